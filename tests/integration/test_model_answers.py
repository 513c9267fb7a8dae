"""Answers with a language model: it plans and words, and nothing that it invents goes out."""

import json
from typing import Any

import pytest

from catalograph.api import create_app
from catalograph.cli.wording_model import find_wording_model
from catalograph.settings import Settings
from catalograph.store import Connection
from tests.model_endpoint import serving

from .conftest import WordEncoder, key, open_client

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]
ASK = """query($text: String!, $model: Boolean) { ask(text: $text, useModel: $model) {
  status text productKeys plannedBy wordedBy plans statements { text sources } } }"""
HARD = "Would Acme be my best bet for a snapshot machine?"
GOOD = {"op": "find", "of": {"brands": ["brand:acme"]}, "limit": 10}


async def ask_with(
    settings: Settings, answers: list[Any], text: str, *, use: bool = True
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Ask a server whose language model gives some answers; return the answer and what it got."""
    sent: list[dict[str, Any]] = []
    given = iter(answers)

    def reply(body: dict[str, Any]) -> str:
        sent.append(body)
        one = next(given)
        return one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)

    with serving(reply) as endpoint:
        llm = {"base_url": endpoint.url, "model": "planner", "cache": False}
        asked = settings.model_copy(update={"llm": settings.llm.model_copy(update=llm)})
        app = create_app(settings, WordEncoder(), wording=find_wording_model(asked))
        async with open_client(app) as client:
            body = {"query": ASK, "variables": {"text": text, "model": use}}
            answer = (await client.post("/graphql", json=body)).json()
    assert "errors" not in answer, answer
    return answer["data"]["ask"], sent


async def test_a_plan_of_the_model_is_run_where_the_rules_have_none(
    settings: Settings, shop: Connection
) -> None:
    plain, sent = await ask_with(settings, [], HARD, use=False)
    assert (plain["status"], sent) == ("UNKNOWN", [])
    found, sent = await ask_with(settings, [{"plans": [GOOD]}, "no sentences"], HARD)
    assert (found["status"], found["plannedBy"], found["wordedBy"]) == (
        "ANSWERED", "planner", "template",
    )  # fmt: skip
    assert set(found["productKeys"]) == {key(one) for one in ("cam1", "cam2", "bag1")}
    assert "brand:acme" in json.dumps(sent[0])


@pytest.mark.parametrize(
    "plan",
    [
        {"op": "find", "of": {"brands": ["brand:other shop"]}},
        {"op": "path", "start": ["brand:acme"], "steps": [{"relation": "WROTE", "to": "Product"}]},
        {"op": "cypher", "text": "MATCH (n) DETACH DELETE n"},
        "I would say yes.",
    ],
)
async def test_a_plan_of_another_form_or_with_other_names_is_not_run(
    settings: Settings, shop: Connection, plan: Any
) -> None:
    said = plan if isinstance(plan, str) else {"plans": [plan]}
    # An answer that is no JSON is asked for once more.
    found, _ = await ask_with(settings, [said] * 3, HARD)
    assert (found["status"], found["plannedBy"]) == ("UNKNOWN", "rules")


@pytest.mark.parametrize(
    ("sentences", "shown"),
    [
        ([{"text": "The price of “Tripod” is 45.00 EUR.", "cite": ["s0"]}], True),
        ([{"text": "The price of “Tripod” is 44.00 EUR.", "cite": ["s0"]}], False),
        ([{"text": "The price of “Tripod” is 45.00 EUR.", "cite": []}], False),
        ([{"text": "The price of “Tripod” is 45.00 EUR.", "cite": ["s9"]}], False),
        ([{"text": "“Tripod” costs 45.00 EUR and comes from Zeta.", "cite": ["s0"]}], False),
        ([{"text": "三脚架的价格是45.00 EUR。", "cite": ["s0"]}], False),
    ],
)
async def test_only_proved_words_go_out(
    settings: Settings, shop: Connection, sentences: list[Any], shown: bool
) -> None:
    found, _ = await ask_with(settings, [{"sentences": sentences}], "How much is the tripod?")
    assert found["wordedBy"] == ("planner" if shown else "template"), found
    assert "45.00 EUR" in found["text"]
    assert "44.00" not in found["text"]
    assert found["statements"][0]["sources"] == [1]


async def test_a_missing_fact_stays_missing(settings: Settings, shop: Connection) -> None:
    question = "What is the material of the red camera?"
    found, sent = await ask_with(settings, [{"plans": [GOOD]}], question)
    assert (found["status"], found["plannedBy"], sent) == ("UNKNOWN", "rules", [])


async def test_a_server_without_a_model_says_so(settings: Settings, shop: Connection) -> None:
    async with open_client(create_app(settings, WordEncoder())) as client:
        body = {"query": ASK, "variables": {"text": "Hello", "model": True}}
        answer = (await client.post("/graphql", json=body)).json()
    assert "no language model" in answer["errors"][0]["message"]
