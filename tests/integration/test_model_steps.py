"""Answers in steps with a language model: plans as tools, bounded, each statement proved."""

from typing import Any

import pytest

from catalograph.settings import Settings
from catalograph.store import Connection

from .conftest import key
from .test_model_answers import HARD, ask_with

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]
CHEAPEST = {"op": "find", "of": {"brands": ["brand:acme"]}, "order": "PRICE_ASC", "limit": 1}
MAKER = {
    "op": "path", "of": {"products": [key("bag1")]},
    "steps": [{"relation": "HAS_BRAND", "to": "Brand"}, {"relation": "HAS_BRAND", "to": "Product"}],
}  # fmt: skip


async def test_a_later_step_uses_what_an_earlier_one_found(
    settings: Settings, shop: Connection
) -> None:
    compare = {"op": "compare", "products": [key("cam1"), key("cam2")]}
    answers = [
        {"plans": [CHEAPEST], "more": True}, {"plans": [MAKER], "more": True},
        {"plans": [compare]}, "no sentences",
    ]  # fmt: skip
    found, sent = await ask_with(settings, answers, HARD)
    assert (found["status"], found["plannedBy"]) == ("ANSWERED", "planner")
    assert set(found["productKeys"]) == {key("cam1"), key("cam2")}
    assert len(found["plans"]) == 3
    assert all(one["sources"] for one in found["statements"])
    # The second request knows what the first plan found.
    assert key("bag1") not in sent[0]["messages"][1]["content"]
    assert key("bag1") in sent[1]["messages"][1]["content"]


async def test_steps_end(settings: Settings, shop: Connection) -> None:
    many: list[Any] = [
        {"plans": [{**CHEAPEST, "order": order, "limit": n}], "more": True}
        for order in ("PRICE_ASC", "PRICE_DESC")
        for n in range(1, 6)
    ]
    found, sent = await ask_with(settings, many, HARD)
    # Four steps, and one request for words, which gets no sentences and is asked again.
    assert len([one for one in sent if "query plans" in one["messages"][0]["content"]]) == 4
    assert len(found["plans"]) == 4
    again = [{"plans": [CHEAPEST], "more": True}, {"plans": [CHEAPEST], "more": True}, "no words"]
    found, sent = await ask_with(settings, again, HARD)
    assert len(found["plans"]) == 1


async def test_a_last_step_without_rows_answers_nothing(
    settings: Settings, shop: Connection
) -> None:
    empty = {"op": "find", "of": {"brands": ["brand:acme"], "price_max": 0.5}}
    answers = [{"plans": [CHEAPEST], "more": True}, {"plans": [empty]}]
    found, _ = await ask_with(settings, answers, HARD)
    assert (found["status"], found["plannedBy"], found["productKeys"]) == ("UNKNOWN", "rules", [])


async def test_a_step_names_only_what_is_known(settings: Settings, shop: Connection) -> None:
    stranger = {"op": "facts", "products": ["product:other:1"], "properties": ["price"]}
    answers = [{"plans": [CHEAPEST], "more": True}, {"plans": [stranger]}, "no sentences"]
    found, _ = await ask_with(settings, answers, HARD)
    assert found["productKeys"] == [key("bag1")]
    assert len(found["plans"]) == 1
