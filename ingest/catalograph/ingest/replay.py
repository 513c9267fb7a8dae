"""Replay of rejected catalogue rows, optionally with another mapping."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from catalograph.errors import MappingError
from catalograph.ingest.batches import RecordWriter
from catalograph.ingest.catalog import CatalogFeed
from catalograph.ingest.mapping import CatalogMapping
from catalograph.ingest.quarantine import QuarantineEntry, Replayer, WriteFailure
from catalograph.ingest.readers import FeedRow
from catalograph.ingest.row_preparation import RowPreparer
from catalograph.schema import SourceRecord

RECORDS_PER_WRITE = 1_000


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
