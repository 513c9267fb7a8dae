"""Import of a review queue that an earlier version kept in a file of one home."""

import logging
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from catalograph.ingest.extract.findings import Finding
from catalograph.ingest.review.facts import value_question
from catalograph.schema import Span
from catalograph.schema.review import ReviewOpinion, ReviewVerdict
from catalograph.settings import Settings
from catalograph.store import Connection
from catalograph.store.queries.review_queue import (
    ReviewQuestion,
    StoredItem,
    change_opinions,
    put_items,
    settle_items,
)

FILE = "aside.sqlite"
REVIEWER = "imported"
"""Reviewer of the decisions that a file held; it named none."""
_log = logging.getLogger(__name__)
_BATCH = 500


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """What a file held.

    Attributes:
        waiting: number of values without a decision.
        decided: number of decisions.
        moved_to: where the file is now.
    """

    waiting: int
    decided: int
    moved_to: Path


def import_review_file(settings: Settings, connection: Connection) -> ImportedFile | None:
    """Move the review queue of this home into the graph, once; nothing of it is lost.

    The graph follows these decisions already. When it is interrupted, the next call goes on: what
    is in the graph stays as it is.

    Returns:
        None if there is no such file.
    """
    path = settings.home / FILE
    if not path.exists():
        return None
    rows = _read_rows(path)
    put_items(connection, [question for question, _ in rows])
    decided = {q.key: opinion for q, opinion in rows if opinion is not None}

    def decide(item: StoredItem) -> tuple[ReviewOpinion, ...]:
        others = [one for one in item.opinions if one.reviewer != REVIEWER]
        return (*others, decided[item.key])

    keys = sorted(decided)
    for start in range(0, len(keys), _BATCH):
        batch = keys[start : start + _BATCH]
        settle_items(connection, change_opinions(connection, batch, decide))
    moved = path.with_name(f"{FILE}.imported")
    path.rename(moved)
    for rest in (f"{FILE}-wal", f"{FILE}-shm"):
        path.with_name(rest).unlink(missing_ok=True)
    done = ImportedFile(len(rows) - len(decided), len(decided), moved)
    _log.warning(
        "The review queue is in the graph now: %d waiting values and %d decisions of %s were "
        "imported. The file is kept as %s.",
        done.waiting, done.decided, path, moved,
    )  # fmt: skip
    return done


def _read_rows(path: Path) -> list[tuple[ReviewQuestion, ReviewOpinion | None]]:
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return [_read_row(row) for row in database.execute("SELECT * FROM aside ORDER BY id")]


def _read_row(row: sqlite3.Row) -> tuple[ReviewQuestion, ReviewOpinion | None]:
    finding = Finding(
        row["attribute"],
        row["name"],
        row["extractor"],
        row["version"],
        row["confidence"],
        Span(row["field"], row["start"], row["end"]),
        row["number"],
        row["unit"],
    )
    question = value_question(row["product"], finding, row["text"], row["category"])
    if row["accepted"] is None:
        return question, None
    time = datetime.fromisoformat(row["decided"]) if row["decided"] else datetime.now(UTC)
    verdict = ReviewVerdict.ACCEPT if row["accepted"] else ReviewVerdict.REJECT
    return question, ReviewOpinion(REVIEWER, verdict, None, time)
