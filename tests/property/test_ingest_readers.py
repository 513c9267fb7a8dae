"""Readers against any bytes, and rows through a file and back."""

import csv
import gzip
import io
import tempfile
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalograph.errors import SourceFormatError
from catalograph.ingest.readers import open_feed
from catalograph.ingest.readers.documents import Cutter
from catalograph.schema import Rejection

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00"), max_size=8)


def read(name: str, content: bytes) -> list[object]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        with open_feed(path) as feed:
            return [row.fields for row in feed.rows()]


@pytest.mark.parametrize("name", ["x.jsonl", "x.csv", "x.tsv", "x.parquet", "x"])
@given(content=st.binary(max_size=300), packed=st.booleans())
def test_any_bytes_are_rows_rejections_or_one_clear_error(
    name: str, content: bytes, packed: bool
) -> None:
    try:
        rows = read(name, gzip.compress(content) if packed else content)
    except SourceFormatError:
        return
    assert all(isinstance(row, Rejection | dict) for row in rows)


@given(st.lists(st.dictionaries(CELLS, CELLS | st.integers(-(2**53), 2**53) | st.none())))
def test_json_lines_round_trip(rows: list[dict[str, object]]) -> None:
    assert read("x.jsonl", b"".join(orjson.dumps(row) + b"\n" for row in rows)) == rows


@pytest.mark.parametrize(("name", "delimiter"), [("x.csv", ","), ("x.tsv", "\t")])
@given(rows=st.lists(st.tuples(CELLS, CELLS)))
def test_quoted_cells_round_trip(name: str, delimiter: str, rows: list[tuple[str, str]]) -> None:
    text = io.StringIO()
    out = csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
    out.writerows([("a", "b"), *rows])
    content = text.getvalue().encode()
    assert read(name, content) == [{"a": a, "b": b} for a, b in rows]


@given(
    rows=st.lists(st.dictionaries(CELLS, CELLS | st.lists(CELLS), min_size=1)),
    chunk=st.integers(1, 9),
    indent=st.booleans(),
    array=st.booleans(),
)
def test_json_cut_anywhere_round_trips(
    rows: list[dict[str, object]], chunk: int, indent: bool, array: bool
) -> None:
    option = orjson.OPT_INDENT_2 if indent else None
    parts = [orjson.dumps(row, option=option) for row in rows]
    content = b"[" + b",\n".join(parts) + b"]" if array else b"\n".join(parts)
    cutter = Cutter(10_000)
    found: list[bytes] = []
    for start in range(0, len(content), chunk):
        found += cutter.feed(content[start : start + chunk])
    found += cutter.finish()
    assert (cutter.depth, cutter.in_string) == (0, False)
    assert [orjson.loads(text) for text in found] == rows
