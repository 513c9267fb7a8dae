"""The Python clients against the small shop, over a real socket."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from catalograph.client import (
    AsyncCatalograph,
    AttributeInput,
    Catalograph,
    EventKind,
    FeedbackAction,
    Intent,
    ProductFilter,
    ProductSort,
    RecordEventInput,
    RecordFeedbackInput,
    SearchMode,
    SessionEvent,
    SuggestionKind,
    UpsertProductInput,
    WriteReviewInput,
)
from catalograph.errors import OperationError
from catalograph.settings import Settings
from catalograph.store import Connection
from tests.serving import served

from .conftest import WordEncoder, key, user, whole_app

pytestmark = pytest.mark.neo4j


@pytest.fixture(scope="module")
def address(settings: Settings, shop: Connection) -> Iterator[str]:
    """The shop's API."""
    with served(whole_app(settings, shop, WordEncoder())) as found:
        yield found


@pytest.fixture
def catalograph(address: str) -> Iterator[Catalograph]:
    """A client of it."""
    with Catalograph(address, timeout=60) as client:
        yield client


def test_a_product_by_its_key(catalograph: Catalograph) -> None:
    product = catalograph.product(key("cam1"))
    assert product is not None
    assert (product.title, product.price, product.currency) == ("Red camera", 100.0, "EUR")
    assert [brand.name for brand in product.brands] == ["Acme"]
    assert [category.path for category in product.categories] == [["Photo", "Cameras"]]
    assert [(value.attribute, value.name) for value in product.values] == [("colour", "red")]
    assert catalograph.product(key("nothing")) is None


def test_pages_facets_and_what_they_narrow_to(catalograph: Catalograph) -> None:
    first = catalograph.products(first=4, order_by=ProductSort.PRICE_ASC)
    assert first.total_count == 7
    assert [product.price for product in first.nodes] == [5.0, 6.0, 20.0, 45.0]
    rest = catalograph.products(
        first=4, after=first.page_info.end_cursor, order_by=ProductSort.PRICE_ASC
    )
    assert [product.price for product in rest.nodes] == [100.0, 120.0, 300.0]
    assert not rest.page_info.has_next_page
    assert first.facets is not None
    [brands] = [facet for facet in first.facets if facet.name == "brand"]
    acme = next(value for value in brands.values if value.label == "Acme")
    narrowed = catalograph.products(first=10, filter_=ProductFilter.model_validate(acme.input))
    assert narrowed.total_count == acme.count == 3
    cheap = catalograph.products(first=10, filter_=ProductFilter(price_max=10))
    assert {product.key for product in cheap.nodes} == {key("tea1"), key("tea2")}


def test_search_and_suggestions(catalograph: Catalograph) -> None:
    found = catalograph.search("tripod", first=3, mode=SearchMode.FULL_TEXT)
    assert [edge.node.key for edge in found.edges] == [key("tri1")]
    assert found.edges[0].score is not None
    [acme] = catalograph.suggestions("acm")
    assert (acme.kind, acme.text) == (SuggestionKind.BRAND, "Acme")


def test_reasons_add_up_and_have_their_own_types(catalograph: Catalograph) -> None:
    session = [SessionEvent(product_key=key("cam1"))]
    answer = catalograph.session_recommendations(session=session, first=3)
    assert answer.model is not None
    assert (answer.model.kind, answer.model.version) == ("preference", 7)
    assert answer.items
    for item in answer.items:
        assert sum(reason.contribution for reason in item.reasons) == pytest.approx(item.score)
    shared = [
        reason.name
        for item in answer.items
        for reason in item.reasons
        if reason.typename__ == "SharedFactReason"
    ]
    assert "Acme" in shared


def test_lists_for_a_product_and_a_basket(catalograph: Catalograph) -> None:
    related = catalograph.product_recommendations(key("cam1"), Intent.RELATED, first=2)
    assert key("cam1") not in {item.product.key for item in related.items}
    basket = catalograph.basket_recommendations([key("cam1"), key("cam2")], first=2)
    assert basket.items[0].product.key == key("bag1")


def test_from_an_event_to_reasons_and_back(catalograph: Catalograph) -> None:
    alice = user(f"alice {uuid4()}")
    event = RecordEventInput(
        source="shop",
        id=str(uuid4()),
        kind=EventKind.CLICK,
        user_key=alice,
        product_key=key("cam1"),
    )
    recorded = catalograph.record_event(event, idempotency_key=event.id)
    assert recorded.typename__ == "RecordedEvent"
    assert recorded.created
    listed = catalograph.recommendations(user_key=alice, first=3)
    best = listed.items[0]
    assert best.product.key == key("bag1")
    why = catalograph.why(alice, best.product.key)
    assert why is not None
    assert why.score == pytest.approx(best.score)
    otherwise = catalograph.what_if(user_key=alice, without=[key("cam1")], first=3)
    assert {s.product.key for s in otherwise.standings} >= {best.product.key}
    feedback = RecordFeedbackInput(
        served_id=listed.served_id, action=FeedbackAction.DISMISSED, position=0, user_key=alice
    )
    dismissed = catalograph.record_feedback(feedback)
    assert dismissed.typename__ == "RecordedFeedback"
    assert (dismissed.kind, dismissed.product_key) == (EventKind.DISMISS, key("bag1"))
    after = catalograph.recommendations(user_key=alice, first=3)
    assert key("bag1") not in {item.product.key for item in after.items}


def test_what_was_refused_says_where(catalograph: Catalograph) -> None:
    event = RecordEventInput(source="shop", id="1", kind=EventKind.CLICK)
    refused = catalograph.record_event(event)
    assert refused.typename__ == "InvalidInput"
    assert (refused.code, refused.path) == ("INVALID_INPUT", ["input", "productKey"])


def test_a_product_and_a_review_are_written(catalograph: Catalograph) -> None:
    lamp = UpsertProductInput(
        source="shop",
        id="lamp",
        title="Desk lamp",
        categories=[["Home", "Light"]],
        attributes=[AttributeInput(name="colour", value="white")],
        price=30,
        currency="EUR",
    )
    written = catalograph.upsert_product(lamp)
    assert written.typename__ == "UpsertedProduct"
    assert (written.key, written.changed) == (key("lamp"), True)
    review = WriteReviewInput(
        source="shop", user_key=user("bob"), product_key=key("lamp"), rating=4, text="Bright."
    )
    reviewed = catalograph.write_review(review)
    assert reviewed.typename__ == "WrittenReview"
    product = catalograph.product(key("lamp"))
    assert product is not None
    assert product.review_summary.average_rating == 4
    catalograph.products(first=1)


def test_an_error_carries_its_code(catalograph: Catalograph) -> None:
    with pytest.raises(OperationError) as failed:
        catalograph.products(first=1, after="nonsense")
    assert failed.value.code == "BAD_CURSOR"
    assert not failed.value.retryable


def test_many_may_ask_at_once(address: str) -> None:
    async def ask() -> list[str | None]:
        async with AsyncCatalograph(address, timeout=60) as catalograph:
            asked = (catalograph.product(key(id_)) for id_ in ("cam1", "bag1", "tea1"))
            return [product.title if product else None for product in await asyncio.gather(*asked)]

    assert asyncio.run(ask()) == ["Red camera", "Camera bag", "Green tea"]


def test_what_the_page_shows_runs(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "clients.md").read_text()
    [block] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    exec(block.replace("http://127.0.0.1:8000", address).replace("timeout=5", "timeout=60"), {})  # noqa: S102
    assert "Green tea 5.0" in capsys.readouterr().out
