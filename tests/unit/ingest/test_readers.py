import gzip
import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalograph.errors import SourceFormatError
from catalograph.ingest import readers
from catalograph.ingest.readers import Row, open_feed
from catalograph.schema import Reason, Rejection


def read(path: Path) -> list[Row]:
    with open_feed(path) as feed:
        return list(feed.rows())


def outcome(row: Row) -> object:
    return row.fields.reason if isinstance(row.fields, Rejection) else dict(row.fields)


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_jsonl_rows_have_line_numbers_and_bad_ones_are_rejections(tmp_path: Path) -> None:
    content = b'\xef\xbb\xbf{"a": 1}\n\n[2]\n{broken\n{"a": "\xff"}\n{"a": 3}'
    rows = read(write(tmp_path, "x.jsonl", content))
    assert [(r.number, outcome(r)) for r in rows] == [
        (1, {"a": 1}),
        (3, Reason.MALFORMED),
        (4, Reason.MALFORMED),
        (5, Reason.MALFORMED),
        (6, {"a": 3}),
    ]
    assert rows[2].text == "{broken"


def test_quoted_tsv_keeps_tabs_and_lines_within_quotes(tmp_path: Path) -> None:
    content = b'id\ttext\n1\t"a\tb\nc ""d"""\n2\tplain\n3\n'
    rows = read(write(tmp_path, "x.tsv", content))
    assert [(r.number, outcome(r)) for r in rows] == [
        (2, {"id": "1", "text": 'a\tb\nc "d"'}),
        (4, {"id": "2", "text": "plain"}),
        (5, Reason.MALFORMED),
    ]


def test_an_open_quote_costs_its_own_row_only(tmp_path: Path) -> None:
    content = b'id,text\n1,"open\n2,b\n3,c\n4,"two\nlines"\n'
    rows = read(write(tmp_path, "x.csv", content))
    assert [(r.number, outcome(r)) for r in rows] == [
        (2, Reason.MALFORMED),
        (3, {"id": "2", "text": "b"}),
        (4, {"id": "3", "text": "c"}),
        (5, {"id": "4", "text": "two\nlines"}),
    ]


def test_csv_bytes_that_are_no_utf8_reject_the_row(tmp_path: Path) -> None:
    rows = read(write(tmp_path, "x.csv", b"id,text\n1,\xff\n2,ok\n"))
    assert [outcome(r) for r in rows] == [Reason.BAD_TEXT, {"id": "2", "text": "ok"}]


@pytest.mark.parametrize(
    ("content", "form"),
    [(b'{"a": 1}\n', "jsonl"), (b"a,b\n1,2\n", "csv"), (b"a\tb\n1\t2\n", "tsv")],
)
def test_format_is_told_by_content_and_gzip_by_its_first_bytes(
    tmp_path: Path, content: bytes, form: str
) -> None:
    for name, data in (("plain", content), ("packed.bin", gzip.compress(content))):
        with open_feed(write(tmp_path, name, data)) as feed:
            assert feed.format == form
            assert len(list(feed.rows())) == 1


def test_parquet_rows(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"id": [1, 2], "tags": [["a"], []]}), path)
    assert [(r.number, r.fields) for r in read(path)] == [
        (1, {"id": 1, "tags": ["a"]}),
        (2, {"id": 2, "tags": []}),
    ]


def test_standard_input_can_be_read_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO(gzip.compress(b'{"a": 1}\n{"a": 2}\n'))
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=stream))
    with open_feed("-") as feed:
        assert [len(list(feed.rows())), len(list(feed.rows()))] == [2, 2]


def test_a_line_over_the_limit_is_rejected_and_the_next_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "MAX_ROW_BYTES", 50)
    path = write(tmp_path, "x.jsonl", b'{"a": "' + b"x" * 500 + b'"}\n{"a": 2}\n')
    assert [outcome(r) for r in read(path)] == [Reason.TOO_LONG, {"a": 2}]


@pytest.mark.parametrize(
    ("name", "content", "mend"),
    [
        ("x.json", b'[{"a": 1}]', "jq"),
        ("x.bin", b"\x00\x01", "extension"),
        ("x.jsonl", gzip.compress(b'{"a": 1}\n' * 1000)[:-20], "damaged"),
        ("x.parquet", b"PAR1 and nothing else", "damaged"),
        ("x.csv", b"", "header"),
        ("x.csv", b"a,a\n1,2\n", "twice"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_what_to_do(
    tmp_path: Path, name: str, content: bytes, mend: str
) -> None:
    path = write(tmp_path, name, content)
    with pytest.raises(SourceFormatError, match=mend) as caught:
        read(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match="nowhere"):
        read(tmp_path / "nowhere")
