import gzip
from pathlib import Path
from typing import Any

import orjson
import pytest

from catalograph.errors import IngestError, MappingError, SourceFormatError
from catalograph.ingest import (
    CatalogMapping,
    IngestReport,
    ReviewMapping,
    ingest_catalog,
    ingest_reviews,
    ingest_triples,
)
from catalograph.settings import Settings

from .conftest import MemoryWriter

MAPPING = CatalogMapping(source="shop", id=("id",), title="name", brand="brand", popularity="n")


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def jsonl(name: str, *rows: Any) -> Path:
    lines = [row if isinstance(row, bytes) else orjson.dumps(row) for row in rows]
    Path(name).write_bytes(b"\n".join(lines))
    return Path(name)


def numbers(report: IngestReport) -> tuple[int, int, int, int, int]:
    assert report.rows == (report.written + report.unchanged + report.superseded + report.rejected)
    return (report.rows, report.written, report.unchanged, report.superseded, report.rejected)


def test_rows_add_up_and_a_second_run_changes_nothing(
    writer: MemoryWriter, settings: Settings
) -> None:
    path = jsonl(
        "feed.jsonl",
        {"id": 1, "name": "old"},
        {"id": 2, "name": "two", "n": "many"},
        b"{broken",
        {"id": 1, "name": "new"},
        {"id": 1},
    )
    report = ingest_catalog([path], writer, settings, MAPPING)
    assert numbers(report) == (5, 2, 0, 1, 2)
    # The last good row of a key wins; the bad one after it does not.
    record = writer.records["source:shop:catalog/1"]
    assert record.nodes[0].properties["title"] == "new"  # type: ignore[union-attr]
    assert report.value_rejections == 1
    assert numbers(ingest_catalog([path], writer, settings, MAPPING)) == (5, 0, 2, 1, 2)
    assert len(writer.finished) == 2


def test_rejections_go_to_a_file_with_line_reason_and_row(
    writer: MemoryWriter, settings: Settings
) -> None:
    path = jsonl(
        "feed.jsonl", {"id": 1, "name": "a"}, {"name": "b"}, {"id": 3, "name": "c", "n": "x"}
    )
    report = ingest_catalog([path], writer, settings, MAPPING)
    assert report.rejected_files == ("feed.jsonl.rejected.jsonl",)
    lines = Path("feed.jsonl.rejected.jsonl").read_bytes().splitlines()
    first, second = map(orjson.loads, lines)
    assert (first["line"], first["scope"], first["reason"], first["field"]) == (
        2,
        "row",
        "missing",
        "id",
    )
    assert orjson.loads(first["row"]) == {"name": "b"}
    assert (second["line"], second["scope"], second["field"]) == (3, "value", "popularity")
    # Once mended there is no such file any more.
    jsonl("feed.jsonl", {"id": 1, "name": "a"})
    assert ingest_catalog([path], writer, settings, MAPPING).rejected_files == ()
    assert not Path("feed.jsonl.rejected.jsonl").exists()


def test_rejected_reviews_are_reported_without_their_text(
    writer: MemoryWriter, settings: Settings
) -> None:
    path = jsonl("r.jsonl", {"user": "USER-4711"}, {"user": "USER-4711", "item": "P", "stars": "x"})
    mapping = ReviewMapping(source="shop", product="item", user="user", rating="stars")
    report = ingest_reviews([path], writer, settings, mapping, rejected=Path("kept-out"))
    assert numbers(report) == (2, 1, 0, 0, 1)
    assert b"4711" not in Path("kept-out").read_bytes()


def test_a_dry_run_writes_nothing_and_says_what_it_would(
    writer: MemoryWriter, settings: Settings, tmp_path: Path
) -> None:
    path = jsonl("feed.jsonl", {"id": 1, "name": "a"}, {"name": "b"})
    report = ingest_catalog([path], writer, settings, MAPPING, dry_run=True)
    assert numbers(report) == (2, 1, 0, 0, 1)
    assert (writer.records, writer.finished, report.run) == ({}, [], None)
    assert [p.name for p in tmp_path.iterdir()] == ["feed.jsonl"]


def test_batches_are_bounded(writer: MemoryWriter, settings: Settings) -> None:
    path = jsonl("feed.jsonl", *({"id": n, "name": "a"} for n in range(2_500)))
    seen: list[float] = []
    ingest_catalog(
        [path], writer, settings, MAPPING, progress=lambda _, share, __: seen.append(share)
    )
    assert writer.batches == [1000, 1000, 500]
    assert seen[-1] == 1.0


def test_a_damaged_file_writes_nothing(writer: MemoryWriter, settings: Settings) -> None:
    path = Path("feed.jsonl.gz")
    content = b"".join(orjson.dumps({"id": n, "name": "a"}) + b"\n" for n in range(5_000))
    path.write_bytes(gzip.compress(content)[:-50])
    with pytest.raises(SourceFormatError):
        ingest_catalog([path], writer, settings, MAPPING)
    assert writer.records == {}


def test_a_mapping_of_another_kind_is_refused(writer: MemoryWriter, settings: Settings) -> None:
    path = jsonl("feed.jsonl", {"id": 1, "name": "a"})
    with pytest.raises(MappingError, match="ingest catalog"):
        ingest_reviews([path], writer, settings, MAPPING)


def test_the_feed_itself_is_never_overwritten(writer: MemoryWriter, settings: Settings) -> None:
    path = jsonl("feed.jsonl", {"name": "b"})
    with pytest.raises(IngestError, match="overwrite"):
        ingest_catalog([path], writer, settings, MAPPING, rejected=path)
    assert path.read_bytes() == b'{"name":"b"}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tables = {
        "product": "id\tname\n0\tA0\n1\tA1\n2\tA2\n",
        "product_titles": "product_id\tasin\ttitle\n0\tA0\tSoap\n",
        "brand": "id\tname\n0\tAcme\n",
        "category": "id\tname\n0\tBeauty\n",
        "related_product": "id\tname\n0\tA1\n1\tX9\n",
        "kg": "product_id\trelation\ttail_type\ttail_id\n"
        "1\talso_bought\trelated_product\t1\n"
        "0\tproduced_by\tbrand\t0\n"
        "0\tproduced_by\tbrand\t0\n"
        "0\talso_viewed\trelated_product\t0\n"
        "1\talso_viewed\trelated_product\t0\n"
        "0\tsmells_like\tbrand\t0\n"
        "9\tbelongs_to\tcategory\t0\n",
        "users": "id\tname\n0\tUSER-4711\n",
        "train": "user_id\tproduct_id\n0\t0\n0\t1\n0\t0\n0\t9\n",
        "test": "user_id\tproduct_id\n0\t2\n",
    }
    made = tmp_path / "shop_kg"
    made.mkdir()
    for name, text in tables.items():
        (made / f"{name}.tsv.gz").write_bytes(gzip.compress(text.encode()))
    return made


def test_a_folder_of_triples(writer: MemoryWriter, settings: Settings, folder: Path) -> None:
    report = ingest_triples(folder, writer, settings)
    # 7 lines of kg and 4 of train; repeated: one of each; bad: three of kg, one of train.
    assert numbers(report) == (11, 5, 0, 2, 4)
    assert (report.records, report.triples) == (5, 3)
    soap = writer.records["source:shop_kg:triples/A0"]
    assert soap.nodes[0].properties["title"] == "Soap"  # type: ignore[union-attr]
    assert [t.tail.key for t in soap.triples] == ["brand:acme", "product:shop_kg:A1"]  # type: ignore[union-attr]
    events = [r for key, r in writer.records.items() if key.startswith("event:")]
    assert sorted(r.product for r in events) == ["product:shop_kg:A0", "product:shop_kg:A1"]  # type: ignore[union-attr, type-var]
    assert b"4711" not in repr(writer.records).encode()
    assert numbers(ingest_triples(folder, writer, settings)) == (11, 0, 5, 2, 4)


def test_rejected_triples_of_a_second_run_replace_those_of_the_first(
    writer: MemoryWriter, settings: Settings, folder: Path, tmp_path: Path
) -> None:
    kept_out = tmp_path / "kept-out.jsonl"
    for _ in range(2):
        ingest_triples(folder, writer, settings, rejected=kept_out)
        assert len(kept_out.read_text().splitlines()) == 4


def test_rows_of_a_changed_product_are_told_from_the_others(
    writer: MemoryWriter, settings: Settings, folder: Path
) -> None:
    ingest_triples(folder, writer, settings)
    kg = folder / "kg.tsv.gz"
    more = gzip.decompress(kg.read_bytes()) + b"1\tbelongs_to\tcategory\t0\n"
    kg.write_bytes(gzip.compress(more))
    assert numbers(ingest_triples(folder, writer, settings)) == (12, 2, 4, 2, 4)
