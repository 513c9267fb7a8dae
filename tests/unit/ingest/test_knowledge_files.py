"""What a feed taught is kept, and reads single products as the feed's rows were read."""

import json
import os
from pathlib import Path

import pytest

from catalograph.ingest import ingest_catalog
from catalograph.ingest.catalog import CatalogFeed
from catalograph.ingest.extract.knowledge_files import KnowledgeFiles, load_knowledge
from catalograph.ingest.mapping import CatalogMapping
from catalograph.settings import Settings

from .conftest import MemoryWriter

MAPPING = CatalogMapping.model_validate(
    {
        "source": "shop",
        "id": "id",
        "title": "title",
        "brand": "brand",
        "category": {"columns": "category"},
        "attributes": [{"column": "colour", "attribute": "colour"}],
    }
)


def write_feed(path: Path, colour: str = "red") -> None:
    rows = [
        {
            "id": str(n),
            "title": f"{('LG', '格力')[n % 2]} fan {n} - Blue",
            "brand": ("LG", "格力")[n % 2],
            "category": "Fans",
            "colour": colour,
        }
        for n in range(40)
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")


def tails(settings: Settings, title: str) -> set[str]:
    known = KnowledgeFiles(settings).of("shop")
    feed = CatalogFeed(MAPPING, learn=False, knowledge=known)
    record = feed.build({"id": "x", "title": title, "category": "Fans"}).record
    assert record is not None
    return {t.tail.key for t in record.triples if t.relation != "IN_CATEGORY"}


def test_an_ingest_keeps_its_dictionary_and_the_precision_of_its_rules(
    writer: MemoryWriter, settings: Settings, tmp_path: Path
) -> None:
    """Given titles whose colours the columns contradict, neither they nor new titles count."""
    write_feed(tmp_path / "shop.jsonl")
    assert tails(settings, "LG fan - Blue") == {"value:colour=blue"}
    ingest_catalog([tmp_path / "shop.jsonl"], writer, settings, MAPPING)
    assert tails(settings, "LG fan - Blue") == {"brand:lg"}
    assert tails(settings, "格力电风扇") == {"brand:格力"}


def test_what_is_kept_is_read_again_when_it_changes(
    writer: MemoryWriter, settings: Settings, tmp_path: Path
) -> None:
    files = KnowledgeFiles(settings)
    assert files.of("shop") is None
    for colour, sure in (("red", False), ("blue", True)):
        write_feed(tmp_path / "shop.jsonl", colour)
        ingest_catalog([tmp_path / "shop.jsonl"], writer, settings, MAPPING)
        os.utime(settings.home / "knowledge" / "shop.json.gz", ns=(1, 1 + sure))
        feed = CatalogFeed(MAPPING, learn=False, knowledge=files.of("shop"))
        record = feed.build({"id": "x", "title": "Fan - Blue", "category": "Fans"}).record
        assert record is not None
        assert ("value:colour=blue" in {t.tail.key for t in record.triples}) is sure


def test_a_dry_run_keeps_nothing_and_a_damaged_file_is_no_error(
    writer: MemoryWriter, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_feed(tmp_path / "shop.jsonl")
    ingest_catalog([tmp_path / "shop.jsonl"], writer, settings, MAPPING, dry_run=True)
    assert load_knowledge(settings, "shop") is None
    (settings.home / "knowledge").mkdir(parents=True)
    (settings.home / "knowledge" / "shop.json.gz").write_bytes(b"no gzip")
    assert load_knowledge(settings, "shop") is None
    assert "cannot be read" in caplog.text
