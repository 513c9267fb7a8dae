"""A bulk load by Spark makes the files that one process makes."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from catalograph.errors import IngestError
from catalograph.ingest.bulk_load import BulkFeed, write_import_files
from catalograph.ingest.spark import SparkEngine, SparkOptions
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

pytestmark = [
    pytest.mark.engines,
    # PySpark leaves the sockets of its results to the collector.
    pytest.mark.filterwarnings("ignore:unclosed <socket.socket:ResourceWarning"),
]

SECRET = "a secret of the tests"
PRODUCTS = 240


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of this process and of Spark's executors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CATALOGRAPH_USER_SECRET", SECRET)
    monkeypatch.setenv("CATALOGRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SPARK_LOCAL_DIRS", str(tmp_path / "spark"))
    return load_settings()


def feeds_of(folder: Path) -> list[BulkFeed]:
    products = write_rows(folder / "all.jsonl", product_rows(PRODUCTS))
    reviews = write_rows(folder / "reviews.jsonl", review_rows(120, PRODUCTS))
    events = write_rows(folder / "events.jsonl", event_rows(120, PRODUCTS))
    return [
        BulkFeed("catalog", (products,), CATALOG),
        BulkFeed("reviews", (reviews,), REVIEWS),
        BulkFeed("events", (events,), EVENTS),
    ]


def files_of(
    feeds: list[BulkFeed], folder: Path, settings: Settings, **options: Any
) -> tuple[Counter[str], list[Any]]:
    folder.mkdir()
    reports = write_import_files(feeds, folder, settings, **options)
    counts = [
        (r.rows, r.written, r.superseded, r.rejected, r.products.get("grouped")) for r in reports
    ]
    return read_import_rows(folder), counts


@pytest.mark.parametrize("partitions", [1, 3])
def test_spark_makes_the_files_of_one_process(
    tmp_path: Path, settings: Settings, partitions: int
) -> None:
    feeds = feeds_of(tmp_path)
    engine = SparkEngine(settings, SparkOptions("local[2]", partitions))
    here = files_of(feeds, tmp_path / "here", settings)
    spark = files_of(feeds, tmp_path / "spark-files", settings, engine=engine)
    assert spark[0] == here[0]
    assert spark[1] == here[1]
    assert here[1][0][2] > 0  # rows with a repeated key


def test_spark_reads_the_files_of_a_kind_as_one_feed_only(
    tmp_path: Path, settings: Settings
) -> None:
    feeds = feeds_of(tmp_path)
    several = BulkFeed("catalog", feeds[0].paths * 2, CATALOG)
    engine = SparkEngine(settings, SparkOptions("local[2]", 1))
    (tmp_path / "files").mkdir()
    with pytest.raises(IngestError, match="Name their folder or a glob"):
        write_import_files([several], tmp_path / "files", settings, engine=engine)
