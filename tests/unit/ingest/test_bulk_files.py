"""The files of a bulk load: the same for one process and several, for one file and its parts."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from catalograph.ingest.bulk_load import BulkFeed, write_import_files
from catalograph.ingest.mapping import CatalogMapping
from catalograph.schema.ddl import MIGRATIONS, newest_schema
from catalograph.settings import Settings, load_settings
from tests.bulk_shop import (
    CATALOG,
    EVENTS,
    REVIEWS,
    event_rows,
    product_rows,
    read_import_rows,
    review_rows,
    write_rows,
)

PRODUCTS = 240


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return load_settings(home=tmp_path / "home", user_secret="a secret of the tests")


def files_of(
    feeds: list[BulkFeed], folder: Path, settings: Settings, processes: int = 1
) -> tuple[Counter[str], list[Any]]:
    folder.mkdir()
    reports = write_import_files(feeds, folder, settings, processes=processes)
    return read_import_rows(folder), [
        (r.rows, r.rejected, r.products.get("grouped")) for r in reports
    ]


def test_the_files_do_not_depend_on_processes_or_on_how_rows_are_divided(
    tmp_path: Path, settings: Settings
) -> None:
    products = product_rows(PRODUCTS)
    whole = write_rows(tmp_path / "all.jsonl", products)
    reviews = write_rows(tmp_path / "reviews.jsonl", review_rows(120, PRODUCTS))
    events = write_rows(tmp_path / "events.jsonl", event_rows(120, PRODUCTS))
    others = [BulkFeed("reviews", (reviews,), REVIEWS), BulkFeed("events", (events,), EVENTS)]
    one = files_of([*others, BulkFeed("catalog", (whole,), CATALOG)], tmp_path / "1", settings)
    two = files_of(
        [BulkFeed("catalog", (whole,), CATALOG), *others], tmp_path / "2", settings, processes=2
    )
    assert one == two
    assert max(one[0].values()) == 1

    lines = whole.read_text().splitlines(keepends=True)
    parts = []
    for n in range(3):
        parts.append(tmp_path / f"part{n}.jsonl")
        parts[n].write_text("".join(lines[n * 80 : (n + 1) * 80]))
    for processes in (1, 2):
        divided = [BulkFeed("catalog", tuple(parts), CATALOG), *others]
        found = files_of(divided, tmp_path / f"parts{processes}", settings, processes)
        assert found[0] == one[0]


def test_a_product_that_the_last_file_deletes_is_not_loaded(
    tmp_path: Path, settings: Settings
) -> None:
    mapping = CatalogMapping.model_validate(
        CATALOG.model_dump() | {"deleted": {"column": "gone", "values": ["yes"]}}
    )
    rows = [{"sku": "1", "name": "One"}, {"sku": "2", "name": "Two"}]
    first = write_rows(tmp_path / "first.jsonl", rows)
    last = write_rows(tmp_path / "last.jsonl", [rows[0] | {"gone": "yes"}])
    found, _ = files_of([BulkFeed("catalog", (first, last), mapping)], tmp_path / "f", settings)
    assert [row for row in found if "product:shop:1" in row] == []
    assert [row for row in found if "product:shop:2" in row] != []


def test_the_newest_schema_has_no_index_that_a_migration_drops() -> None:
    names = [text.split(" IF NOT EXISTS")[0].split()[-1] for text in newest_schema()]
    assert len(names) == len(set(names))
    made = {text for step in MIGRATIONS for text in step.statements if text.startswith("CREATE")}
    assert set(newest_schema()) <= made
    assert {"product_text", "product_words", "assertion_key", "content_product"} <= set(names)
