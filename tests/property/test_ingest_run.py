"""Rows always add up, and a second run changes nothing."""

import tempfile
from pathlib import Path

import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from catalograph.ingest import CatalogMapping, ingest_catalog
from catalograph.settings import load_settings
from tests.unit.ingest.conftest import MemoryWriter

MAPPING = CatalogMapping(source="s", id=("id",), title="title", popularity="n")
SETTINGS = load_settings(user_secret="x")
ROWS = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {"id": st.integers(0, 4)},
            optional={
                "title": st.text(st.characters(exclude_categories=["Cs"]), max_size=3),
                "n": st.integers(-9, 9)
                | st.text(st.characters(exclude_categories=["Cs"]), max_size=2),
            },
        ),
        st.binary(max_size=5).map(lambda raw: raw.replace(b"\n", b"")),
    ),
    max_size=12,
)


@given(ROWS)
@example([b"[", b"["])
def test_rows_add_up_whatever_they_are(rows: list[object]) -> None:
    lines = [
        row if isinstance(row, bytes) else orjson.dumps(row, option=orjson.OPT_NON_STR_KEYS)
        for row in rows
    ]
    writer = MemoryWriter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.jsonl"
        # Told by its content, a file is lines of JSON only where a line of it is an object.
        path.write_bytes(b"\n".join([b"{}", *lines]))
        kept_out = Path(folder) / "rejected"
        first = ingest_catalog([path], writer, SETTINGS, MAPPING, rejected=kept_out)
        second = ingest_catalog([path], writer, SETTINGS, MAPPING, rejected=kept_out)
        assert kept_out.exists() == bool(first.rejected or first.value_rejections)
    for report in (first, second):
        parts = report.written + report.unchanged + report.superseded + report.rejected
        assert report.rows == parts
    assert first.written == len(writer.records)
    assert (second.written, second.unchanged) == (0, first.written)
