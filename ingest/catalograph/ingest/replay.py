"""Replay of rejected catalogue rows, optionally with another mapping."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from catalograph.errors import InvalidInputError, MappingError, NotFoundError
from catalograph.ingest.batches import RecordWriter
from catalograph.ingest.catalog import CatalogFeed
from catalograph.ingest.mapping import CatalogMapping
from catalograph.ingest.quarantine import (
    Quarantine,
    QuarantineEntry,
    Replayer,
    WriteFailure,
)
from catalograph.ingest.readers import FeedRow
from catalograph.ingest.row_preparation import RowPreparer
from catalograph.schema import SourceRecord
from catalograph.schema.feeds import CorrectedRow, RejectedRow, ReplayedRow, ReplayedRows

RECORDS_PER_WRITE = 1_000
_SHOWN_FAULTS = 100


def row_payload(fields: Mapping[str, Any], text: str) -> str:
    """Return the stored form of a row: its columns if it could be read, else its text."""
    said = {"fields": dict(fields)} if fields else {"text": text}
    return json.dumps(said, default=str)


def row_replayer(store: RecordWriter, run: str, mapping: CatalogMapping | None = None) -> Replayer:
    """Return a replayer of catalogue rows, which reads each row without a dictionary of its feed.

    Args:
        store: store to write to.
        run: id of the current run.
        mapping: mapping to use instead of the one that each row was read with.
    """

    def replay(entries: Sequence[QuarantineEntry]) -> dict[str, str | None]:
        outcomes: dict[str, str | None] = {}
        ready: list[tuple[str, SourceRecord]] = []
        for entry in entries:
            records = _records(entry, mapping)
            if isinstance(records, str):
                outcomes[entry.id] = records
            else:
                ready += [(entry.id, record) for record in records]
        for start in range(0, len(ready), RECORDS_PER_WRITE):
            part = ready[start : start + RECORDS_PER_WRITE]
            store.write_records(list({r.key: r for _, r in part}.values()), run)
            outcomes |= {id_: None for id_, _ in part}
        return outcomes

    return replay


def _records(entry: WriteFailure, mapping: CatalogMapping | None) -> list[SourceRecord] | str:
    """Return the records of a row, or why there is none."""
    try:
        fields = _fields(entry.payload or "")
        chosen = mapping or CatalogMapping.model_validate_json(entry.mapping or "{}")
    except (ValueError, MappingError) as exc:
        return str(exc)
    feed = CatalogFeed(chosen, learn=False)
    # A row is kept with what it inherited; the rows above it are not there.
    preparer = RowPreparer(chosen.model_copy(update={"inherit": None}))
    rows = [row for row in preparer.prepare(FeedRow(0, fields)) if row is not None]
    records, faults = [], []
    for row in rows:
        built = feed.build(row.fields if isinstance(row.fields, Mapping) else {})
        if built.record is None:
            faults.append("; ".join(f"{r.field}: {r.detail}" for r in built.rejections))
        else:
            records.append(built.record)
    if faults or not rows:
        return faults[0] if faults else "The mapping leaves this row out ('where')."
    return records


def _fields(payload: str) -> Mapping[str, Any]:
    # Not orjson: it refuses large integers and lone surrogates, which a row may hold.
    said = json.loads(payload)
    fields = said["fields"] if "fields" in said else json.loads(said["text"])
    if not isinstance(fields, dict):
        raise ValueError("The row is no JSON object.")
    return fields


def add_fields(rows: Sequence[RejectedRow], quarantine: Quarantine, feed: str) -> list[RejectedRow]:
    """Return rejected rows with the columns of those that can be replayed.

    Args:
        rows: rejected rows of a feed.
        quarantine: where the rows of catalogues are kept.
        feed: file that they are of.
    """
    lines = {str(row["line"]) for row in rows if row["scope"] == "row"}
    kept = quarantine.find(stage="row", feed=feed, keys=sorted(lines))
    fields = {entry.key: json.loads(entry.payload).get("fields") for entry in kept if entry.payload}
    return [
        {**row, "fields": fields.get(str(row["line"])) if row["scope"] == "row" else None}
        for row in rows
    ]


def replay_rows(
    store: RecordWriter,
    quarantine: Quarantine,
    feed: str,
    mapping: CatalogMapping | None,
    rows: Sequence[CorrectedRow],
) -> ReplayedRows:
    """Try rejected rows of a feed again in a run of their own.

    Args:
        store: store to write to.
        quarantine: where they are kept.
        feed: file that they are of.
        mapping: mapping to use instead of the one that each row was read with.
        rows: rows to try, corrected; empty tries all as they are.

    Raises:
        NotFoundError: no such rows are kept.
        InvalidInputError: their content is not kept.
    """
    corrected = {str(row.line): row.fields for row in rows}
    entries = [
        entry
        for entry in quarantine.find(stage="row", feed=feed)
        if not corrected or _line(entry) in corrected
    ]
    if not entries:
        raise NotFoundError("No such rejected rows are kept. Corrected ones leave the quarantine.")
    if all(entry.payload is None for entry in entries):
        raise InvalidInputError(
            "Rejected rows of reviews, events and orders are kept without their content, which "
            "holds user ids. Correct them in the feed, and bring it in again."
        )
    entries = [_correct(entry, corrected.get(_line(entry), {})) for entry in entries]
    run = store.start_run("replay", {"entries": [entry.id for entry in entries]})
    done = quarantine.replay(entries, {"row": row_replayer(store, run, mapping)})
    counts = {"repaired": done.repaired, "failed": done.failed, "left": done.left}
    store.finish_run(run, counts)
    keys = [entry.key for entry in entries]
    still = [] if not done.failed else quarantine.find(stage="row", feed=feed, keys=keys)
    faults = [ReplayedRow(line=int(_line(one)), fault=one.detail) for one in still if one.payload]
    return ReplayedRows(
        run=run,
        repaired=done.repaired,
        failed=done.failed,
        left=done.left,
        faults=faults[:_SHOWN_FAULTS],
    )


def _line(entry: WriteFailure) -> str:
    """Return the line of a row; its place may also name an element after a dot."""
    return entry.key.partition(".")[0]


def _correct(entry: QuarantineEntry, fields: Mapping[str, Any]) -> QuarantineEntry:
    if not fields or entry.payload is None:
        return entry
    kept = json.loads(entry.payload).get("fields") or {}
    return replace(entry, payload=row_payload({**kept, **fields}, ""))
