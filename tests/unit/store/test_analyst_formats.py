"""Results of statements as CSV, Arrow IPC and Parquet."""

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalograph.store.analyst import Notification, StatementResult, saved_query
from catalograph.store.analyst.arrow import as_arrow, as_parquet
from catalograph.store.analyst.csv_cells import as_csv


def result_of(columns: list[str], *rows: list[Any], truncated: bool = False) -> StatementResult:
    notes = (Notification("X", "No such property", "Did you mean 'price'?"),)
    return StatementResult(columns, list(rows), truncated, 1.0, notes)


@pytest.mark.parametrize(
    ("values", "type_", "held"),
    [
        ([1, None, 2], pa.int64(), [1, None, 2]),
        ([1, 2.5], pa.float64(), [1.0, 2.5]),
        ([True, None], pa.bool_(), [True, None]),
        (["a", None], pa.string(), ["a", None]),
        ([["a"], [], None], pa.list_(pa.string()), [["a"], [], None]),
        ([None, None], pa.string(), [None, None]),
        ([1, "a"], pa.string(), ["1", "a"]),
        ([True, 1], pa.string(), ["true", "1"]),
        ([{"labels": ["Brand"]}], pa.string(), ['{"labels":["Brand"]}']),
        ([[{"a": 1}]], pa.string(), ['[{"a":1}]']),
        ([[[1]]], pa.string(), ["[[1]]"]),
    ],
)
def test_a_column_has_the_type_of_its_values(
    values: list[Any], type_: pa.DataType, held: list[Any]
) -> None:
    result = result_of(["v"], *([value] for value in values))
    table = pa.ipc.open_stream(as_arrow(result)).read_all()
    assert table.schema.field("v").type == type_
    assert table["v"].to_pylist() == held
    assert pq.read_table(io.BytesIO(as_parquet(result)))["v"].to_pylist() == held


def test_a_saved_query_has_its_types_without_rows() -> None:
    query = saved_query("why_recommended")
    columns = [column.name for column in query.columns]
    empty = pa.ipc.open_stream(as_arrow(result_of(columns, truncated=True), query)).read_all()
    assert [str(field.type) for field in empty.schema] == ["string", "string", "double", "string"]
    assert empty.schema.metadata == {
        b"truncated": b"true",
        b"notifications": b"[\"No such property: Did you mean 'price'?\"]",
    }


def test_csv_quotes_and_leaves_nulls_empty() -> None:
    text = as_csv(result_of(["a", "b"], ['x,"y"\n', None], ["燕麦", [1, 2]])).decode()
    assert text == 'a,b\n"x,""y""\n",\n燕麦,"[1,2]"\n'
