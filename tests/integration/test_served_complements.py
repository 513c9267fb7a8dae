"""Complements as served: what fits, what is universal, and what a category's shoppers chose."""

import math
from typing import Any

import pytest

from catalograph.embed.jobs import run_jobs
from catalograph.settings import Settings
from catalograph.store import Connection

from .conftest import Ask, user

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

PHONES = ("Acme Nova 5", "Acme Nova 6", "Acme Orbit 2", "Acme Orbit 3")
UNCHOSEN = 3
"""Number of the phone that no shopper chose."""
CASES = tuple(f"Case for {phone}" for phone in PHONES[:2])
CHARGERS = ("Wall charger", "Car holder")
LATE = "Acme Orbit 4"
LIST = """query($key: String!) {
  productRecommendations(key: $key, intent: COMPLEMENTARY, first: 6) { items { score
    product { key } reasons(first: 20) { __typename contribution template text
      chinese: text(locale: ZH_CN) path { key relation } } } } }"""


def key(name: str) -> str:
    return "product:goods:" + name.casefold().replace(" ", "-")


@pytest.fixture(scope="module", autouse=True)
def goods(shop: Connection, settings: Settings) -> None:
    """Shoppers of phones chose a charger as well, which no shopper of garden things did."""
    shop.execute("MATCH (n) WHERE NOT n:GraphState DETACH DELETE n")
    kinds = [*((p, "phones") for p in PHONES), *((c, "cases") for c in CASES)]
    kinds += [*((c, "chargers") for c in CHARGERS), ("Spade", "garden"), ("Rake", "garden")]
    write(shop, kinds)
    shop.execute(
        "UNWIND $rows AS row MATCH (p:Product {key: row[0]}) "
        "MERGE (v:Value {key: 'value:device=' + toLower(row[1])}) SET v.name = row[1] "
        "CREATE (p)-[:COMPATIBLE_WITH]->(v)",
        rows=[[key(case), phone] for case, phone in zip(CASES, PHONES, strict=False)],
    )
    taken = []
    for n in range(60):
        phone = PHONES[n % UNCHOSEN]
        chosen = [phone, CHARGERS[0]] if n < 40 else ["Spade", "Rake", CHARGERS[1]]
        taken += [[user(str(n)), f"event:goods:{n}-{m}", key(one)] for m, one in enumerate(chosen)]
    shop.execute(
        "UNWIND $rows AS row MATCH (p:Product {key: row[2]}) MERGE (u:User {key: row[0]}) "
        "CREATE (u)-[:PERFORMED]->(:Event {key: row[1], kind: 'purchase', "
        "  time: datetime('2026-03-01')})-[:ON]->(p)",
        rows=taken,
    )
    run_jobs(shop, settings, ["preference"])
    write(shop, [(LATE, "phones")])


def write(shop: Connection, kinds: list[tuple[str, str]]) -> None:
    shop.execute(
        "UNWIND $rows AS row "
        "CREATE (p:Product {key: row[0], listed: true, title: row[1]}) "
        "MERGE (c:Category {key: 'category:' + row[2]}) SET c.name = row[2] "
        "MERGE (b:Brand {key: 'brand:acme'}) SET b.name = 'Acme' "
        "CREATE (p)-[:IN_CATEGORY]->(c) "
        "FOREACH (_ IN CASE WHEN row[1] STARTS WITH 'Acme' THEN [1] END | "
        "  CREATE (p)-[:HAS_BRAND]->(b))",
        rows=[[key(name), name, kind] for name, kind in kinds],
    )


async def complements(ask: Ask, name: str) -> dict[str, dict[str, Any]]:
    answer = await ask(LIST, key=key(name))
    assert "errors" not in answer, answer["errors"]
    items: list[dict[str, Any]] = answer["data"]["productRecommendations"]["items"]
    for item in items:
        told = math.fsum(reason["contribution"] for reason in item["reasons"])
        assert told == pytest.approx(item["score"], abs=1e-9)
    return {item["product"]["key"]: item for item in items}


@pytest.mark.parametrize("phone", [PHONES[UNCHOSEN], LATE])
async def test_a_phone_nobody_chose_gets_what_is_chosen_beside_phones(ask: Ask, phone: str) -> None:
    found = await complements(ask, phone)
    assert list(found) == [key(CHARGERS[0])]
    [reason] = [r for r in found[key(CHARGERS[0])]["reasons"] if r["template"] == "beside"]
    assert reason["contribution"] == 1.0  # of 40 shoppers of phones, all chose it
    assert reason["text"] == "Chosen beside products of “phones”."
    assert reason["chinese"] == "与“phones”类商品一同被选择。"
    assert [(s["key"], s["relation"]) for s in reason["path"]] == [
        (key(phone), None),
        ("category:phones", "IN_CATEGORY"),
        (key(CHARGERS[0]), None),
    ]


async def test_what_fits_is_there_and_what_fits_others_is_not(ask: Ask) -> None:
    found = await complements(ask, PHONES[0])
    texts = {reason["template"]: reason["text"] for reason in found[key(CASES[0])]["reasons"]}
    assert texts["fit"] == f"Fits {PHONES[0]}."
    assert key(CASES[1]) not in found
    assert key(CHARGERS[0]) in found
    assert {key(phone) for phone in PHONES}.isdisjoint(found)
