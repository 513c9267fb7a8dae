"""Results of statements in other forms than JSON, by media type."""

import csv
import io
from collections.abc import Callable
from typing import Any

import orjson

from catalograph.store.analyst.gate import StatementResult
from catalograph.store.analyst.saved_queries import SavedQuery


def as_csv(result: StatementResult) -> bytes:
    """Return the rows as CSV in UTF-8, under a line of the columns' names; a null is empty."""
    stream = io.StringIO()
    rows = ([csv_cell(value) for value in row] for row in result.rows)
    csv.writer(stream, lineterminator="\n").writerows([result.columns, *rows])
    return stream.getvalue().encode()


def csv_cell(value: Any) -> Any:
    """Return a value in the form that a table or CSV shows: lists and maps as JSON."""
    if value is None:
        return ""
    return as_json(value) if isinstance(value, list | dict) else value


def as_json(value: Any) -> str:
    """Return a value as JSON."""
    return orjson.dumps(value).decode()


def _as_arrow(result: StatementResult, saved: SavedQuery | None) -> bytes:
    from catalograph.store.analyst.arrow import as_arrow  # loads pyarrow

    return as_arrow(result, saved)


def _as_parquet(result: StatementResult, saved: SavedQuery | None) -> bytes:
    from catalograph.store.analyst.arrow import as_parquet  # loads pyarrow

    return as_parquet(result, saved)


FORMATS: dict[str, Callable[[StatementResult, SavedQuery | None], bytes]] = {
    "text/csv": lambda result, saved: as_csv(result),
    "application/vnd.apache.arrow.stream": _as_arrow,
    "application/vnd.apache.parquet": _as_parquet,
}
"""Writer of each media type other than JSON."""
