"""Results of statements as Arrow IPC and Parquet; only a request for them loads pyarrow.

A column is a 64-bit integer, a float, a boolean, a text, or a list of one of these; whatever else
there is, such as a node or a map, is JSON as text. The columns of a saved query have the types of
its head, whatever rows there are.
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from catalograph.store.analyst.csv_cells import as_json
from catalograph.store.analyst.gate import StatementResult
from catalograph.store.analyst.saved_queries import SavedQuery

_SCALARS: dict[str, pa.DataType] = {
    "STRING": pa.string(),
    "INTEGER": pa.int64(),
    "FLOAT": pa.float64(),
    "BOOLEAN": pa.bool_(),
}


def as_arrow(result: StatementResult, saved: SavedQuery | None = None) -> bytes:
    """Return a stream of Arrow IPC.

    Args:
        result: result of a statement.
        saved: saved query that it is of, for the types of its columns.
    """
    table, sink = _table(result, saved), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue())


def as_parquet(result: StatementResult, saved: SavedQuery | None = None) -> bytes:
    """Return a Parquet file; see `as_arrow`."""
    sink = pa.BufferOutputStream()
    pq.write_table(_table(result, saved), sink)
    return bytes(sink.getvalue())


def _table(result: StatementResult, saved: SavedQuery | None) -> pa.Table:
    """Return a table; its metadata says whether rows were cut off, and what was noticed."""
    stated = {} if saved is None else {c.name: _stated_type(c.type) for c in saved.columns}
    columns = [
        _column([row[at] for row in result.rows], stated.get(name))
        for at, name in enumerate(result.columns)
    ]
    notes = [f"{note.title}: {note.description}" for note in result.notifications]
    metadata = {"truncated": str(result.truncated).lower(), "notifications": as_json(notes)}
    return pa.table(columns, names=result.columns, metadata=metadata)


def _column(values: list[Any], stated: pa.DataType | None) -> pa.Array:
    type_ = _found_type(values) if stated is None else stated
    if type_ is not None and not _holds_maps(values):
        try:
            return pa.array(values, type_)
        except (pa.ArrowInvalid, pa.ArrowTypeError):  # a property of several kinds
            pass
    texts = [v if v is None or isinstance(v, str) else as_json(v) for v in values]
    return pa.array(texts, pa.string())


def _holds_maps(values: Sequence[Any]) -> bool:
    return any(
        isinstance(one, dict)
        for value in values
        for one in (value if isinstance(value, list) else (value,))
    )


def _stated_type(type_: str) -> pa.DataType:
    """Return the type of a column as the head of a saved query states it; maps are text."""
    if type_.startswith("LIST<"):
        inner = _SCALARS.get(type_[len("LIST<") : -1])
        return pa.string() if inner is None else pa.list_(inner)
    return _SCALARS.get(type_, pa.string())


def _found_type(values: Sequence[Any]) -> pa.DataType | None:
    """Return the type that all values have; text without any; None if they have several."""
    there = [value for value in values if value is not None]
    if not there:
        return pa.string()
    if all(isinstance(value, list) for value in there):
        inner = _found_type([one for value in there for one in value])
        return None if inner is None or pa.types.is_list(inner) else pa.list_(inner)
    for kinds, type_ in (
        ((bool,), pa.bool_()),
        ((int,), pa.int64()),
        ((int, float), pa.float64()),
        ((str,), pa.string()),
    ):
        if all(type(value) in kinds for value in there):
            return type_
    return None
