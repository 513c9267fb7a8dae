"""Imputed facts in served lists: trained with, chosen on validation, published, told as guesses."""

import math
from typing import Any

import numpy as np
import pytest

from catalograph.embed.jobs import run_jobs
from catalograph.schema import Node, Origin, SourceRecord, SourceSupport, Triple, brand, keys
from catalograph.settings import Settings
from catalograph.store import Connection, Writer, export_snapshot, live_models

from .conftest import Ask, user

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

SORTS, EACH, SHOPPERS, TAKEN = 8, 12, 240, 3
GUESSED = EACH // 2
"""Number of a sort's products from which on the brand is guessed."""
LIST = """query($user: String!) {
  recommendations(userKey: $user, first: 10, diversity: 0) { items { score product { key }
    shortReasons { text }
    reasons(first: 100) { __typename contribution template text path { key relation }
      chinese: text(locale: ZH_CN) ... on SharedFactReason { relation } } } } }"""


def key(sort: int, n: int) -> str:
    return keys.product_key("guess", f"{sort}-{n:02}")


def described(sort: int, n: int) -> SourceRecord:
    """A record of a feed: the product, with its brand if that is stated."""
    properties = {"source": "guess", "id": f"{sort}-{n:02}", "listed": True, "title": f"Nr {n:02}"}
    stated = SourceSupport("column", "1")
    triples = () if n >= GUESSED else (Triple(key(sort, n), "HAS_BRAND", _brand(sort), stated),)
    return SourceRecord(
        keys.source_key("guess", "catalog", f"{sort}-{n:02}"),
        "guess",
        "1",
        (Node("Product", key(sort, n), properties),),
        triples,
    )


def guessed(sort: int, n: int) -> SourceRecord:
    """A record of completion."""
    support = SourceSupport("complete", "1", Origin.IMPUTED, 0.9)
    return SourceRecord(
        keys.source_key("guess", "imputed", f"{sort}-{n:02}"),
        "guess",
        "1",
        (),
        (Triple(key(sort, n), "HAS_BRAND", _brand(sort), support),),
    )


def _brand(sort: int) -> Node:
    return brand(f"Brand {sort}")


@pytest.fixture(scope="module", autouse=True)
def brands(shop: Connection) -> None:
    """Thin histories: every shopper takes three things of one brand, half of them guessed."""
    shop.execute("MATCH (n) WHERE NOT n:GraphState DETACH DELETE n")
    writer = Writer(shop)
    run = writer.start_run("test")
    places = [(sort, n) for sort in range(SORTS) for n in range(EACH)]
    writer.write_records([described(*place) for place in places], run)
    writer.write_records([guessed(sort, n) for sort, n in places if n >= GUESSED], run)
    rng = np.random.default_rng(3)
    shop.execute(
        "UNWIND $rows AS row MATCH (p:Product {key: row.on}) MERGE (u:User {key: row.user}) "
        "CREATE (u)-[:PERFORMED]->(:Event {key: row.key, kind: 'click'})-[:ON]->(p)",
        rows=[
            {
                "user": user(str(shopper)),
                "key": f"event:guess:{shopper}-{n}",
                "on": key(shopper % SORTS, number),
            }
            for shopper in range(SHOPPERS)
            for n, number in enumerate(rng.permutation(EACH)[:TAKEN].tolist())
        ],
    )


async def test_guesses_that_validation_favours_are_served_and_told_as_such(
    ask: Ask, shop: Connection, settings: Settings
) -> None:
    snapshot = export_snapshot(shop)
    assert len(snapshot.facts["HAS_BRAND"]) == SORTS * GUESSED
    assert len(snapshot.imputed["HAS_BRAND"]) == SORTS * (EACH - GUESSED)
    run_jobs(shop, settings, ["preference"])
    published = live_models(shop)["preference"]
    tuned = published.config["tuned"]
    assert published.parts == ("interactions", "HAS_BRAND", "predicted")
    assert tuned["predicted"] > 0
    assert tuned["validation"]["predicted"] > tuned["validation"]["predicted/0"]
    told = 0
    for shopper in range(0, SHOPPERS, 12):
        answer = await ask(LIST, user=user(str(shopper)))
        assert "errors" not in answer, answer["errors"]
        items: list[dict[str, Any]] = answer["data"]["recommendations"]["items"]
        for item in items:
            total = math.fsum(reason["contribution"] for reason in item["reasons"])
            assert total == pytest.approx(item["score"], abs=1e-9)
            for reason in item["reasons"]:
                ends = {reason["path"][0]["key"], item["product"]["key"]} if reason["path"] else {}
                if reason["__typename"] == "SharedFactReason":
                    assert all(int(end[-2:]) < GUESSED for end in ends)
                if reason["template"] == "similar.predicted":
                    told += 1
                    assert any(int(end[-2:]) >= GUESSED for end in ends)
                    assert "Predicted" in reason["text"]
                    assert "no source says so" in reason["text"]
                    assert reason["chinese"].startswith("预测")
    assert told > 50


async def test_without_guesses_the_model_has_no_such_part(
    shop: Connection, settings: Settings
) -> None:
    shop.execute("MATCH (a:Assertion)-[:SUPPORTED_BY {origin: 'IMPUTED'}]->(s) DETACH DELETE a, s")
    [report] = run_jobs(shop, settings, ["preference"])
    assert not report.unchanged
    assert live_models(shop)["preference"].config["tuned"]["predicted"] == 0
    assert "predicted" not in (live_models(shop)["preference"].parts or ())
