"""Quarantine (dead letters): items that could not be written, kept for a replay.

It holds rows of catalogues, texts that a model failed on, and records whose model answer was
refused, each with reason, payload and number of attempts. Rows of reviews and events are kept
without their content and user, so they cannot be replayed: ingest their feed again. The quarantine
is a SQLite file of the user, shared by processes.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from catalograph.errors import NotFoundError
from catalograph.ingest import fingerprint
from catalograph.ingest.private_database import PrivateDatabase
from catalograph.settings import Settings

FILE = "quarantine.sqlite"
Stage = Literal["row", "text", "model"]
_PER_WRITE = 500
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    id TEXT PRIMARY KEY, stage TEXT NOT NULL, source TEXT NOT NULL, feed TEXT NOT NULL,
    key TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, payload TEXT, mapping TEXT,
    subject TEXT, attempts INTEGER NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS entry_subject ON entry (subject);
CREATE INDEX IF NOT EXISTS entry_feed ON entry (feed);
"""
_PUT = """
INSERT INTO entry VALUES (:id, :stage, :source, :feed, :key, :reason, :detail, :payload, :mapping,
    :subject, 1, :now, :now)
ON CONFLICT (id) DO UPDATE SET reason = :reason, detail = :detail, payload = :payload,
    mapping = :mapping, subject = :subject, attempts = attempts + 1, last = :now
"""


@dataclass(frozen=True, slots=True)
class WriteFailure:
    """An item that could not be written.

    Attributes:
        stage: `row` of a feed, `text` of a product, or `model` for a refused answer.
        source: name of the feed's source.
        feed: file or topic, "" if there is none.
        key: identifier within stage and feed: a record's key, or the position in the feed.
        reason: short reason, used to group and filter.
        detail: what was found and what was expected.
        payload: JSON for the replay; None if it may not be kept.
        mapping: JSON of the mapping that the row was read with.
        subject: key of the product or review concerned, so that erasure finds the item.
    """

    stage: Stage
    source: str
    feed: str
    key: str
    reason: str
    detail: str
    payload: str | None = None
    mapping: str | None = None
    subject: str | None = None

    @property
    def id(self) -> str:
        """Id of the failure; the same item has the same id each time it fails."""
        return fingerprint.digest("\x1f".join((self.stage, self.source, self.feed, self.key)))[:12]


@dataclass(frozen=True, slots=True)
class QuarantineEntry(WriteFailure):
    """A failure in the quarantine.

    Attributes:
        attempts: number of failed attempts.
        first: time of the first failure.
        last: time of the last failure.
    """

    attempts: int = 1
    first: str = ""
    last: str = ""


Replayer = Callable[[Sequence[QuarantineEntry]], Mapping[str, str | None]]
"""Function that tries entries again. It returns, by id, why an entry failed again, or None if it
succeeded; an entry missing from the result was not tried."""


@dataclass(frozen=True)
class ReplayReport:
    """Counts of a replay; entries = repaired + failed + left."""

    repaired: int = 0
    failed: int = 0
    left: int = 0
    """Entries without payload, or of a stage without a replayer."""


class Quarantine(PrivateDatabase):
    """The quarantine file; a context manager."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _SCHEMA)

    def put(self, failures: Iterable[WriteFailure]) -> None:
        """Store failures; for a stored one, count one more attempt."""
        now = _now()
        self._many(_PUT, [_row(failure, now) for failure in failures])

    def find(
        self,
        *,
        ids: Sequence[str] = (),
        reason: str | None = None,
        stage: Stage | None = None,
        feed: str | None = None,
        keys: Sequence[str] | None = None,
        limit: int | None = None,
    ) -> list[QuarantineEntry]:
        """Return entries, the most recent failures first.

        Args:
            ids: only these.
            reason: only those of a reason.
            stage: only those of a stage.
            feed: only those of a file or topic.
            keys: only those of these records or places.
            limit: how many at most.

        Raises:
            NotFoundError: one of `ids` does not exist.
        """
        rows = self._database.execute(
            "SELECT * FROM entry WHERE (:reason IS NULL OR reason = :reason) "
            "AND (:stage IS NULL OR stage = :stage) AND (:feed IS NULL OR feed = :feed) "
            "AND (:keys IS NULL OR key IN (SELECT value FROM json_each(:keys))) "
            "ORDER BY last DESC, id",
            {
                "reason": reason,
                "stage": stage,
                "feed": feed,
                "keys": None if keys is None else json.dumps(list(keys)),
            },
        )
        if not ids:
            chosen = rows if limit is None else rows.fetchmany(limit)
            return [_entry(row) for row in chosen]
        found = {row["id"]: _entry(row) for row in rows if row["id"] in ids}
        missing = [id_ for id_ in ids if id_ not in found]
        if missing:
            raise NotFoundError(
                f"Nothing in quarantine has the id {', '.join(missing)}. "
                "`catalograph quarantine list` names what there is."
            )
        return [found[id_] for id_ in ids]

    def count(self) -> dict[str, int]:
        """Return the number of entries by reason."""
        rows = self._database.execute(
            "SELECT reason, count(*) AS n FROM entry GROUP BY reason ORDER BY n DESC, reason"
        )
        return {row["reason"]: row["n"] for row in rows}

    def replay(
        self, entries: Sequence[QuarantineEntry], replayers: Mapping[Stage, Replayer]
    ) -> ReplayReport:
        """Try entries again; remove those that succeed, count an attempt for those that fail."""
        left = repaired = failed = 0
        for stage in sorted({entry.stage for entry in entries}):
            mine = [entry for entry in entries if entry.stage == stage]
            tried = [entry for entry in mine if entry.payload is not None]
            replay = replayers.get(stage)
            outcomes = replay(tried) if replay and tried else {}
            left += len(mine) - len(outcomes)
            good = [id_ for id_, fault in outcomes.items() if fault is None]
            bad = [(fault, _now(), id_) for id_, fault in outcomes.items() if fault is not None]
            self.remove(good)
            self._many(
                "UPDATE entry SET detail = ?, last = ?, attempts = attempts + 1 WHERE id = ?", bad
            )
            repaired, failed = repaired + len(good), failed + len(bad)
        return ReplayReport(repaired, failed, left)

    def remove(self, ids: Iterable[str]) -> None:
        """Remove entries."""
        self._many("DELETE FROM entry WHERE id = ?", [(id_,) for id_ in ids])

    def settle(self, feed: str, since: str) -> None:
        """Remove a feed's rows that have not failed again since a time (ISO 8601)."""
        self._database.execute(
            "DELETE FROM entry WHERE stage = 'row' AND feed = ? AND last < ?", (feed, since)
        )

    def purge(self, subjects: Iterable[str]) -> int:
        """Erase all entries about products, reviews or users, from the write-ahead log too.

        Returns:
            Number of entries erased.
        """
        erase = "DELETE FROM entry WHERE subject = :s OR key = :s"
        gone = sum(self._database.execute(erase, {"s": s}).rowcount for s in subjects)
        # Otherwise erased data would stay readable in the write-ahead log.
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone

    def _many(self, statement: str, rows: Sequence[Any]) -> None:
        if rows:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.executemany(statement, rows)
            self._database.execute("COMMIT")


class FeedQuarantine:
    """Stores the rejected rows of one feed; a context manager.

    At the end it removes rows stored by an earlier ingest of the feed that did not fail again.

    Args:
        quarantine: quarantine to store in.
        source: name of the feed's source.
        feed: file or topic.
        mapping: JSON of the feed's mapping.
        with_text: true to store the content of rows too; false for reviews and events.
    """

    def __init__(
        self,
        quarantine: Quarantine,
        source: str,
        feed: str,
        mapping: str | None,
        *,
        with_text: bool,
    ) -> None:
        self._quarantine = quarantine
        self._source = source
        self._feed = feed
        self._mapping = mapping
        self._with_text = with_text
        self._failures: list[WriteFailure] = []
        self._since = _now()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._flush()
        if error is None:
            self._quarantine.settle(self._feed, self._since)

    def keep(self, place: str, payload: str, reason: str, detail: str) -> None:
        """Store a row by its place in the feed."""
        self._failures.append(
            WriteFailure(
                "row",
                self._source,
                self._feed,
                place,
                reason,
                detail,
                payload if self._with_text else None,
                self._mapping,
            )
        )
        if len(self._failures) >= _PER_WRITE:
            self._flush()

    def _flush(self) -> None:
        self._quarantine.put(self._failures)
        self._failures.clear()


def open_quarantine(settings: Settings) -> Quarantine:
    """Open the quarantine of this user."""
    return Quarantine(settings.home / FILE)


def purge_quarantine(settings: Settings, subjects: Iterable[str]) -> int:
    """Erase all entries about products, reviews or users, if there is a quarantine.

    Returns:
        Number of entries erased.
    """
    if not (settings.home / FILE).exists():
        return 0
    with open_quarantine(settings) as quarantine:
        return quarantine.purge(subjects)


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _row(failure: WriteFailure, now: str) -> dict[str, Any]:
    return {
        "id": failure.id,
        "stage": failure.stage,
        "source": failure.source,
        "feed": failure.feed,
        "key": failure.key,
        "reason": failure.reason,
        "detail": failure.detail,
        "payload": failure.payload,
        "mapping": failure.mapping,
        "subject": failure.subject,
        "now": now,
    }


def _entry(row: sqlite3.Row) -> QuarantineEntry:
    said = dict(row)
    said.pop("id")  # follows from the rest
    return QuarantineEntry(**said)
