"""What runs in Spark's executors, without Spark: splits, learning in parts, secrets."""

import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from catalograph.errors import ConfigError, IngestError, MappingError
from catalograph.ingest.feeds import feed_of
from catalograph.ingest.mapping import CatalogMapping, ReviewMapping
from catalograph.ingest.readers import DatabaseQuery, FeedLimits
from catalograph.ingest.spark.executors import (
    LearnedSplit,
    ReadingTask,
    executor_settings,
    merge_in_order,
)
from catalograph.ingest.spark.session import SparkOptions
from catalograph.ingest.spark.sources import (
    FoundFile,
    LineSplits,
    TopicSplits,
    list_columns,
    split_topic,
    stem_of,
)
from catalograph.schema import Rejection
from catalograph.settings import Settings, load_settings

MAPPING = CatalogMapping.model_validate(
    {
        "source": "shop",
        "id": "sku",
        "title": "name",
        "price": "price",
        "currency": "EUR",
    }
)
LIMITS = FeedLimits()


class Line(NamedTuple):
    path: str
    start: int
    value: bytes


class Message(NamedTuple):
    partition: int
    offset: int
    value: bytes | None


def line(n: int, price: str) -> bytes:
    return json.dumps({"sku": f"a{n}", "name": f"Kettle {n}", "price": price}).encode()


def rows_of(splits: Any) -> list[tuple[int, str | None, list[int]]]:
    found = []
    for split in splits:
        rows = list(split.read())
        found.append((split.order, split.file, [row.number for row in rows]))
    return found


def test_splits_of_files_keep_their_order_and_count_their_lines() -> None:
    files = {"file:///a": FoundFile("file:/a", 90), "file:///b": FoundFile("file:/b", 10)}
    splits = LineSplits(files, {"file:///a": 0, "file:///b": 2}, 50, LIMITS)
    lines = [
        Line("file:///a", 0, b"\xef\xbb\xbf" + line(1, "1")),
        Line("file:///a", 0, b" \r"),
        Line("file:///a", 50, line(2, "1")),
        Line("file:///b", 0, line(3, "1")),
        Line("file:///b", 0, line(4, "1")),
    ]
    assert rows_of(splits(iter(lines))) == [(0, "/a", [1]), (1, "/a", [1]), (2, "/b", [1, 2])]
    read = next(iter(splits(iter(lines[:2]))))
    assert [row.fields for row in read.read()] == [json.loads(line(1, "1"))]
    assert read.lines == 2


def test_a_message_without_a_value_is_a_rejected_row() -> None:
    messages = [Message(1, 7, line(1, "1")), Message(1, 8, None)]
    split = next(TopicSplits(LIMITS)(iter(messages)))
    rows = list(split.read())
    assert (split.order, [row.number for row in rows]) == (1, [7, 8])
    assert isinstance(rows[1].fields, Rejection)


@pytest.mark.parametrize("address", ["kafka://host:9092", "kafka://host:9092/", "kafka:///topic"])
def test_an_address_without_a_topic_is_refused(address: str) -> None:
    with pytest.raises(IngestError, match="kafka://host:9092/topic"):
        split_topic(None, address, LIMITS)


def reading(settings: Settings, mapping: Any = MAPPING, kind: str = "catalog") -> ReadingTask:
    files = {"file:///a": FoundFile("file:/a", 100)}
    return ReadingTask(
        pickle.dumps(feed_of(mapping, kind, settings)),
        mapping,
        LineSplits(files, {"file:///a": 0}, 50, LIMITS),
        settings.user_secret_fingerprint,
        True,
        lambda rows: None,
    )


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CATALOGRAPH_HOME", str(tmp_path))
    monkeypatch.setenv("CATALOGRAPH_USER_SECRET", "a secret of the tests")
    return load_settings()


def test_splits_that_are_read_apart_teach_what_the_whole_feed_does(settings: Settings) -> None:
    prices = ["1.299", "45", "12,99", "3.500"]
    lines = [Line("file:///a", 50 * (n // 2), line(n, price)) for n, price in enumerate(prices)]
    whole = feed_of(MAPPING, "catalog", settings)
    for one in lines:
        whole.prepare(json.loads(one.value))
    notes = whole.finish_learning()

    task = reading(settings)
    found = [one for part in (lines[2:], lines[:2]) for one in task(iter(part))]
    places = [one[0] for one in found if isinstance(one, tuple)]
    assert sorted(place[1:3] for place in places) == [(0, 1), (0, 2), (1, 1), (1, 2)]
    total = merge_in_order([one for one in found if isinstance(one, LearnedSplit)])
    assert total.lines == {0: 2, 1: 2}
    assert total.rows.feed.finish_learning() == notes
    assert total.rows.feed.mapping == whole.mapping


def test_no_secret_travels_with_a_task(settings: Settings) -> None:
    mapping = ReviewMapping.model_validate(
        {"source": "shop", "user": "user", "product": "sku", "rating": "stars"}
    )
    task = reading(settings, mapping, "reviews")
    assert b"a secret of the tests" not in task.feed
    row = json.dumps({"user": "u", "sku": "a1", "stars": 4}).encode()
    keyed, learned = task(iter([Line("file:///a", 0, row)]))
    assert keyed[0][0] == feed_of(mapping, "reviews", settings).key(json.loads(row))
    assert b"a secret of the tests" not in pickle.dumps(learned)


@pytest.mark.parametrize("theirs", [None, "another secret"])
def test_an_executor_needs_the_same_secret(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, theirs: str | None
) -> None:
    fingerprint = settings.user_secret_fingerprint
    if theirs is None:
        monkeypatch.delenv("CATALOGRAPH_USER_SECRET")
    else:
        monkeypatch.setenv("CATALOGRAPH_USER_SECRET", theirs)
    with pytest.raises(ConfigError, match="CATALOGRAPH_USER_SECRET"):
        executor_settings(fingerprint)
    rows: Iterator[Any] = iter([])
    [error] = reading(settings)(rows)
    assert isinstance(error, ConfigError)


def test_a_mapping_is_chosen_by_files_of_this_machine_only() -> None:
    found = {"s3a://shop/a.csv": FoundFile("s3a://shop/a.csv", 1)}
    for files in (found, None):
        with pytest.raises(MappingError, match="--mapping"):
            list_columns("s3a://shop/a.csv", files, LIMITS)


def test_names_of_feeds() -> None:
    assert stem_of("s3a://shop/feed-*.jsonl") == "feed-"
    assert stem_of("kafka://host:9092/topic") == "topic"
    query = DatabaseQuery("postgresql://u:secret@host/shop", "SELECT 1")
    assert stem_of(str(query)) == "shop"


def test_options_that_are_kept_with_a_run_make_the_same_engine() -> None:
    options = SparkOptions("spark://host:7077", 8, ("a:b:1",))
    said = {"master": "spark://host:7077", "partitions": 8, "packages": ["a:b:1"]}
    assert SparkOptions.of(said) == options
