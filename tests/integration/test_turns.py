"""Turns over GraphQL: intents in two languages, several in one, none, and links to the graph."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from catalograph.api import create_app
from catalograph.api.auth import new_key
from catalograph.assistant.intents import LabelledTurn, train_intents
from catalograph.ml.encoders import PACKAGED_MODEL, load_encoder
from catalograph.schema import Node, SourceRecord, SourceSupport, Triple, brand, keys, value
from catalograph.settings import Settings
from catalograph.store import Connection, Writer

from .conftest import Ask, WordEncoder, key, open_client

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]
TURN = """query($text: String!) { understandTurn(text: $text) {
  language sentiment intents { name confidence text start end }
  constraints { kind keys text max negated } slots { kind text keys } } }"""
CUP = "膳魔师 红色保温杯"


@pytest.fixture(scope="module")
def goods(shop: Connection) -> Connection:
    """Add a Chinese product to the shop, and start the server's vocabulary from it."""
    node = Node(
        "Product",
        key("cup1"),
        {"source": "shop", "id": "cup1", "listed": True, "title": CUP, "price": 120.0,
         "currency": "CNY"},
    )  # fmt: skip
    support = SourceSupport("test")
    triples = (
        Triple(key("cup1"), "HAS_BRAND", brand("膳魔师"), support),
        Triple(key("cup1"), "HAS_VALUE", value("colour", "red"), support),
    )
    source = keys.source_key("shop", "catalog", "cup1")
    writer = Writer(shop)
    writer.write_records(
        [SourceRecord(source, "shop", "1", (node,), triples)], writer.start_run("test")
    )
    return shop


async def read(ask: Ask, text: str) -> dict[str, Any]:
    answer = await ask(TURN, text=text)
    assert "errors" not in answer, answer
    found: dict[str, Any] = answer["data"]["understandTurn"]
    return found


def names(turn: dict[str, Any]) -> list[str]:
    return [one["name"] for one in turn["intents"]]


async def test_an_intent_is_linked_to_the_graph(ask: Ask, goods: Connection) -> None:
    turn = await read(ask, "Is the red camera from Acme in stock, and how much is it?")
    assert names(turn) == ["availability", "price"]
    first, second = turn["intents"]
    assert (first["text"], second["text"]) == (
        "Is the red camera from Acme in stock",
        "how much is it?",
    )
    assert all(0.5 < one["confidence"] <= 1 for one in turn["intents"])
    assert turn["language"] == "en"
    assert {"kind": "PRODUCT", "text": "red camera", "keys": [key("cam1")]} in turn["slots"]
    linked = {one["kind"]: one["keys"] for one in turn["constraints"]}
    assert linked["BRAND"] == ["brand:acme"]
    turn = await read(ask, "what colour is the tripod?")
    assert names(turn) == ["attribute"]
    assert {"kind": "ATTRIBUTE", "text": "colour", "keys": ["attribute:colour"]} in turn["slots"]


async def test_chinese_is_read_without_chinese_to_learn_from(ask: Ask, goods: Connection) -> None:
    turn = await read(ask, "膳魔师红色保温杯多少钱，还有货吗")
    assert names(turn) == ["price", "availability"]
    assert turn["language"] == "zh"
    assert {"kind": "PRODUCT", "text": "膳魔师红色保温杯", "keys": [key("cup1")]} in turn["slots"]
    assert ["brand:膳魔师"] in [one["keys"] for one in turn["constraints"]]
    turn = await read(ask, "我想取消订单")
    assert names(turn) == ["cancel_order"]
    turn = await read(ask, "这颜色有哪些，我要投诉你们")
    assert turn["sentiment"] == "NEGATIVE"
    assert {"kind": "ATTRIBUTE", "text": "颜色", "keys": ["attribute:colour"]} in turn["slots"]


async def test_service_and_mood(ask: Ask, goods: Connection) -> None:
    turn = await read(ask, "This is ridiculous! Where is my order 4711? I want to talk to a human.")
    assert names(turn) == ["track_order", "contact_human_agent"]
    assert turn["sentiment"] == "NEGATIVE"
    assert turn["slots"] == [{"kind": "ORDER", "text": "4711", "keys": []}]


@pytest.mark.parametrize("text", ["What is the capital of Peru?", "今天天气怎么样", "hello"])
async def test_what_is_none_of_these_is_told(ask: Ask, goods: Connection, text: str) -> None:
    turn = await read(ask, text)
    assert names(turn) == ["none"]
    assert turn["constraints"] == turn["slots"] == []


async def test_turns_that_are_blank_or_too_long_are_refused(ask: Ask, goods: Connection) -> None:
    for text in (" ", "a" * 501):
        [error] = (await ask(TURN, text=text))["errors"]
        assert error["extensions"]["code"] == "INVALID_INPUT"


async def test_a_trained_model_replaces_the_packaged_one(
    settings: Settings, goods: Connection, tmp_path: Path
) -> None:
    said = {
        "greet": ("hello", "hi there", "good morning", "hey", "good evening"),
        "part": ("bye", "good bye", "see you later", "see you", "farewell"),
    }
    rows = [LabelledTurn(text, name) for name, texts in said.items() for text in texts]
    encoder = load_encoder(settings, name=PACKAGED_MODEL)
    file = tmp_path / "intents.npz"
    train_intents(rows, encoder, PACKAGED_MODEL).save(file)
    secret, line = new_key("desk", ["catalog:read"], None)
    blind, other = new_key("feed", ["catalog:write"], None)
    auth = settings.api.auth.model_copy(update={"api_keys": SecretStr(f"{line};{other}")})
    api = settings.api.model_copy(update={"auth": auth, "intents": file})
    app = create_app(settings.model_copy(update={"api": api}), WordEncoder())
    async with open_client(app) as client:
        body = {"query": TURN, "variables": {"text": "hello!"}}
        answer = await client.post("/graphql", json=body, headers={"x-api-key": secret})
        assert names(answer.json()["data"]["understandTurn"]) == ["greet"]
        refused = await client.post("/graphql", json=body, headers={"x-api-key": blind})
        assert refused.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
