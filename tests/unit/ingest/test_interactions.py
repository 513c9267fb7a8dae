from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from catalograph.ingest.events import EventFeed
from catalograph.ingest.mapping import EventMapping, ReviewMapping
from catalograph.ingest.reviews import ReviewFeed
from catalograph.schema import InteractionRecord, RejectionReason

SECRET = b"secret"
REVIEWS = ReviewMapping.model_validate(
    {
        "source": "shop",
        "product": "item",
        "user": "who",
        "rating": "stars",
        "text": "words",
        "time": "when",
        "helpful": "votes.0",
    }
)
REVIEW = {
    "item": "P1",
    "who": "USER-4711",
    "stars": "5",
    "words": "Fine",
    "when": 0,
    "votes": [2, 3],
}
EVENTS = EventMapping.model_validate(
    {
        "source": "shop",
        "product_source": "catalogue",
        "event": {"column": "what", "values": {"addtocart": "cart"}},
        "id": "id",
        "user": "who",
        "product": "item",
        "query": "words",
        "served": "list",
        "position": "place",
    }
)
EVENT = {"what": "addtocart", "id": "e1", "who": "USER-4711", "item": "P1", "list": "L", "place": 2}


def review(change: dict[str, Any] | None = None, mapping: ReviewMapping = REVIEWS) -> Any:
    return ReviewFeed(mapping, SECRET).build(REVIEW | (change or {}))


def event(change: dict[str, Any] | None = None) -> Any:
    return EventFeed(EVENTS, SECRET).build(EVENT | (change or {}))


def test_a_review() -> None:
    record = review().record
    said = record.node.properties
    assert (said["rating"], said["text"], said["helpful"]) == (5.0, "Fine", 2)
    assert said["time"] == datetime(1970, 1, 1, tzinfo=UTC)
    assert record.product == "product:shop:P1"
    assert record.user.startswith("user:shop:")
    assert len(said["content_hash"]) == 32


def test_a_review_is_known_by_user_product_and_time() -> None:
    same = review({"words": "Changed"}).record
    assert same.node.key == review().record.node.key
    assert same.node.properties["content_hash"] != review().record.node.properties["content_hash"]
    assert review({"when": 1}).record.node.key != same.node.key


def test_a_review_without_a_user_is_known_by_its_row() -> None:
    anonymous = REVIEWS.model_copy(update={"user": None})
    record = review(mapping=anonymous).record
    assert record.user is None
    assert record.node.key == review(mapping=anonymous).record.node.key
    assert record.node.key != review({"words": "Other"}, anonymous).record.node.key


@pytest.mark.parametrize(("build", "item"), [(review, "item"), (event, "item")])
def test_a_row_without_product_is_rejected(build: Callable[..., Any], item: str) -> None:
    built = build({item: ""})
    assert built.record is None
    assert built.rejections[0].reason is RejectionReason.MISSING


def test_a_bad_rating_is_dropped() -> None:
    built = review({"stars": "99"})
    assert built.record.node.properties["rating"] is None
    assert [(r.reason, r.scope) for r in built.rejections] == [
        (RejectionReason.OUT_OF_RANGE, "value")
    ]


def test_an_event() -> None:
    record = event().record
    assert record.node.key == "event:shop:e1"
    assert record.node.properties["kind"] == "cart"
    assert record.product == "product:catalogue:P1"
    assert (record.served, record.position) == ("served:L", 2)


def test_a_query_needs_no_product() -> None:
    record = event({"what": "query", "item": None, "words": "kettle"}).record
    assert (record.product, record.node.properties["query"]) == (None, "kettle")


def test_an_unknown_kind_of_event_is_rejected() -> None:
    assert event({"what": "stare"}).rejections[0].field == "event"


@pytest.mark.parametrize(
    "record",
    [
        review().record,
        review(mapping=REVIEWS.model_copy(update={"id": ("who", "item")})).record,
        event({"id": "USER-4711/3"}).record,
        EventFeed(EVENTS.model_copy(update={"id": None}), SECRET).build(EVENT).record,
    ],
)
def test_no_raw_user_id_stands_anywhere(record: InteractionRecord) -> None:
    shown = orjson.dumps([record.node.key, record.node.properties, record.user, record.product])
    assert b"4711" not in shown
