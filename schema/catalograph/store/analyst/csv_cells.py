"""Results of statements as CSV, and values as a table shows them."""

import csv
import io
from typing import Any

import orjson

from catalograph.store.analyst.gate import StatementResult


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
