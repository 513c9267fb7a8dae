import gzip
import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalograph.errors import SourceFormatError
from catalograph.ingest.readers import FeedLimits, FeedRow, open_feed
from catalograph.schema import Rejection, RejectionReason


def read(path: Path, limits: FeedLimits | None = None) -> list[FeedRow]:
    with open_feed(path, limits) as feed:
        return list(feed.rows())


def outcome(row: FeedRow) -> object:
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
        (3, RejectionReason.MALFORMED),
        (4, RejectionReason.MALFORMED),
        (5, RejectionReason.MALFORMED),
        (6, {"a": 3}),
    ]
    assert rows[2].text == "{broken"


def test_quoted_tsv_keeps_tabs_and_lines_within_quotes(tmp_path: Path) -> None:
    content = b'id\ttext\n1\t"a\tb\nc ""d"""\n2\tplain\n3\n'
    rows = read(write(tmp_path, "x.tsv", content))
    assert [(r.number, outcome(r)) for r in rows] == [
        (2, {"id": "1", "text": 'a\tb\nc "d"'}),
        (4, {"id": "2", "text": "plain"}),
        (5, RejectionReason.MALFORMED),
    ]


def test_an_open_quote_costs_its_own_row_only(tmp_path: Path) -> None:
    content = b'id,text\n1,"open\n2,b\n3,c\n4,"two\nlines"\n'
    rows = read(write(tmp_path, "x.csv", content))
    assert [(r.number, outcome(r)) for r in rows] == [
        (2, RejectionReason.MALFORMED),
        (3, {"id": "2", "text": "b"}),
        (4, {"id": "3", "text": "c"}),
        (5, {"id": "4", "text": "two\nlines"}),
    ]


def test_rows_that_are_no_utf8_are_read_as_windows_1252_and_noted(tmp_path: Path) -> None:
    with open_feed(write(tmp_path, "x.csv", b"id,text\n1,\xe9\x80\n2,ok\n")) as feed:
        rows = list(feed.rows())
        assert [outcome(r) for r in rows] == [{"id": "1", "text": "é€"}, {"id": "2", "text": "ok"}]
        assert [note.split(",")[0] for note in feed.notes] == ["rows read as Windows-1252"]


def test_in_a_file_known_to_be_utf8_such_rows_are_rejected(tmp_path: Path) -> None:
    rows = read(write(tmp_path, "x.csv", "id,text\n1,é\n".encode() + b"2,\xff\n3,ok\n"))
    assert [outcome(r) for r in rows] == [
        {"id": "1", "text": "é"},
        RejectionReason.BAD_TEXT,
        {"id": "3", "text": "ok"},
    ]


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


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": "' + b"x" * 5000 + b'"}\n{"a": "2"}\n',
        b'[{"a": "' + b"x" * 5000 + b'"}, {"a": "2"}]',
        b"<r><item><a>" + b"x" * 5000 + b"</a></item><item><a>2</a></item></r>",
    ],
)
def test_a_row_over_the_limit_is_rejected_and_the_next_is_read(
    tmp_path: Path, content: bytes
) -> None:
    rows = read(write(tmp_path, "x", content), FeedLimits(row_bytes=50))
    assert [outcome(r) for r in rows] == [RejectionReason.TOO_LONG, {"a": "2"}]
    assert all(len(r.raw) <= 1_000 for r in rows)


@pytest.mark.parametrize(
    ("name", "content", "mend"),
    [
        ("x.json", b'[{"a": 1', "cut short"),
        ("x.xml", b"<r><item><a>1</a></item>", "well-formed"),
        ("x.xml", b'<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>', "entity"),
        ("x.xml", b'<!DOCTYPE r SYSTEM "file:///etc/passwd"><r/>', "document type"),
        ("x.xml", b"<a>" * 65, "deeper than 64"),
        ("x.bin", b"\x00\x01", "extension"),
        ("x.jsonl", gzip.compress(b'{"a": 1}\n' * 1000, mtime=0)[:-20], "damaged"),
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


@pytest.mark.parametrize("name", ["x", "x.parquet", "x.xml", "x.tsv"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    ("text", "form"),
    [
        ('{"a": "é", "b": "1"}\n', "jsonl"),
        ('[{"a": "é",\n "b": "1"}]', "json"),
        ('{\n"a": "é",\n"b": "1"\n}\n', "json"),
        ("a,b\né,1\n", "csv"),
        ("a;b\né;1\n", "csv"),
        ("a|b\n'é'|1\n", "csv"),
        ("a\tb\né\t1\n", "tsv"),
    ],
)
def test_content_says_what_a_file_is_and_its_name_does_not_mislead(
    tmp_path: Path, name: str, encoding: str, text: str, form: str
) -> None:
    path = write(tmp_path, name, gzip.compress(text.encode(encoding)))
    with open_feed(path) as feed:
        assert feed.format == form
        assert [outcome(r) for r in feed.rows()] == [{"a": "é", "b": "1"}]


def test_quotes_are_told_from_inch_marks(tmp_path: Path) -> None:
    content = b'id\ttitle\n1\t"TV" 5"\n2\t5" screen\n3\t"x" y\n'
    assert [outcome(r) for r in read(write(tmp_path, "x.tsv", content))] == [
        {"id": "1", "title": '"TV" 5"'},
        {"id": "2", "title": '5" screen'},
        {"id": "3", "title": '"x" y'},
    ]


def test_elements_of_an_array_are_rejected_by_themselves(tmp_path: Path) -> None:
    content = b'[{"a": "]}\\"[{"},\n{"a": nope}, [1], {"a": {"b": [2]}}]'
    assert [(r.number, outcome(r)) for r in read(write(tmp_path, "x", content))] == [
        (1, {"a": ']}"[{'}),
        (2, RejectionReason.MALFORMED),
        (3, RejectionReason.MALFORMED),
        (4, {"a": {"b": [2]}}),
    ]


def test_json_too_deep_is_rejected(tmp_path: Path) -> None:
    path = write(tmp_path, "x", b'{"a": ' + b"[" * 70 + b"]" * 70 + b'}\n{"a": 1}\n')
    assert [outcome(r) for r in read(path)] == [RejectionReason.MALFORMED, {"a": 1}]


def test_the_oldest_amazon_files_are_python_literals(tmp_path: Path) -> None:
    path = write(tmp_path, "x.json", b"{'asin': '1', 'title': \"it's\"}\n{'asin': __import__}\n")
    assert [outcome(r) for r in read(path)] == [
        {"asin": "1", "title": "it's"},
        RejectionReason.MALFORMED,
    ]


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    bomb = write(tmp_path, "x.gz", gzip.compress(b"a,b\n" + b"0" * 80_000_000))
    with pytest.raises(SourceFormatError, match="MAX_RATIO"):
        read(bomb)
    with pytest.raises(SourceFormatError, match="MAX_UNPACKED_GB"):
        read(bomb, FeedLimits(unpacked_bytes=1_000_000))


GOOGLE = b"""<?xml version="1.0" encoding="ISO-8859-1"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>
<item><title>plain</title><g:title>Caf\xe9 &amp; co</g:title><g:id>1</g:id>
<g:shipping><g:country>DE</g:country><g:price>1 EUR</g:price></g:shipping>
<g:additional_image_link>a</g:additional_image_link>
<g:additional_image_link>b</g:additional_image_link></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">
<entry><g:id>1</g:id><link href="http://x/1"/><title>T</title></entry></feed>"""


def test_rss_and_atom(tmp_path: Path) -> None:
    assert [outcome(r) for r in read(write(tmp_path, "x", GOOGLE))] == [
        {
            "title": "Café & co",
            "id": "1",
            "shipping": {"country": "DE", "price": "1 EUR"},
            "additional_image_link": ["a", "b"],
        }
    ]
    assert [outcome(r) for r in read(write(tmp_path, "x", ATOM))] == [
        {"id": "1", "link": "http://x/1", "title": "T"}
    ]


LINKED = b"""{"@context": "https://schema.org", "@graph": [
 {"@type": "Product", "sku": "S1", "name": "Mug", "brand": {"@id": "#acme"}, "gtin13": "x",
  "offers": [{"@type": "Offer"}, {"@type": "Offer", "price": 9.5, "priceCurrency": "EUR",
   "availability": "https://schema.org/InStock"}],
  "aggregateRating": {"@type": "AggregateRating", "ratingValue": "4.5", "reviewCount": 3},
  "weight": {"@type": "QuantitativeValue", "value": 2, "unitCode": "KGM"},
  "additionalProperty": {"@type": "PropertyValue", "name": "Finish", "value": "matt"}},
 {"@type": "Brand", "@id": "#acme", "name": "Acme"},
 {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item":
   {"@type": "schema:Product", "productID": "S2", "schema:name": [{"@value": "Cup"}]}}]},
 {"@type": "ProductGroup", "brand": "Zeta", "hasVariant": [{"@type": "Product", "mpn": "S3"}]}]}"""


@pytest.mark.parametrize(
    "content",
    [
        LINKED,
        LINKED.replace(b"\n", b" "),
        b"[" + LINKED + b"]",
        b'<html><script>x</script><script type="application/ld+json">' + LINKED + b"</script>",
    ],
)
def test_json_ld_gives_a_row_for_each_product(tmp_path: Path, content: bytes) -> None:
    rows = [r.fields for r in read(write(tmp_path, "x", content))]
    first, second, third = (r for r in rows if not isinstance(r, Rejection))
    assert {name: first[name] for name in first if name not in ("@type", "gtin13")} == {
        "id": "S1",
        "sku": "S1",
        "name": "Mug",
        "brand": "Acme",
        "price": 9.5,
        "priceCurrency": "EUR",
        "availability": "InStock",
        "ratingValue": "4.5",
        "reviewCount": 3,
        "weight": "2 KGM",
        "additionalProperty": [{"name": "Finish", "value": "matt", "unit": None}],
    }
    assert (second["id"], second["name"]) == ("S2", "Cup")
    assert (third["id"], third["brand"]) == ("S3", "Zeta")
