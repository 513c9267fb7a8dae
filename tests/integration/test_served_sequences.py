"""The order of events in served lists: learned, published, equal to what is measured offline."""

import math
from typing import Any

import numpy as np
import pytest

from catalograph.embed.jobs import run_jobs
from catalograph.embed.recommend.matrices import incidence
from catalograph.evaluation.served import learn_served
from catalograph.settings import Settings
from catalograph.store import Connection, export_snapshot, live_models
from catalograph.store.models.incremental_placement import place_products

from .conftest import Ask, user

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

PRODUCTS, SHOPPERS, FIRST = 30, 200, 10
LIST = """query($user: String!, $first: Int!) {
  recommendations(userKey: $user, first: $first, diversity: 0) { items { score product { key }
    reasons(first: 100) { __typename contribution text path { key }
      ... on InteractionReason { later } } } } }"""


def key(n: int) -> str:
    return f"product:walk:{n:02}"


@pytest.fixture(scope="module", autouse=True)
def walks(shop: Connection, settings: Settings) -> None:
    """Shoppers take products anywhere and after each the next one, a day between two events."""
    shop.execute("MATCH (n) WHERE NOT n:GraphState DETACH DELETE n")
    shop.execute(
        "UNWIND range(0, $last) AS n "
        "CREATE (p:Product {key: $keys[n], listed: true, title: $keys[n]}) "
        "MERGE (b:Brand {key: 'brand:' + toString(n % 3)}) SET b.name = b.key "
        "CREATE (p)-[:HAS_BRAND]->(b)",
        last=PRODUCTS - 1,
        keys=[key(n) for n in range(PRODUCTS)],
    )
    rng = np.random.default_rng(3)
    rows = []
    for shopper in range(SHOPPERS):
        starts = 3 * rng.choice(PRODUCTS // 3, 3, replace=False) + rng.integers(3)
        taken = [item for start in starts.tolist() for item in (start, (start + 1) % PRODUCTS)]
        rows += [
            {
                "user": user(str(shopper)),
                "key": f"event:walk:{shopper}-{n}",
                "on": key(item),
                "day": n + 1,
            }
            for n, item in enumerate(taken[: 6 - shopper % 2])
        ]
    shop.execute(
        "UNWIND $rows AS row MATCH (p:Product {key: row.on}) MERGE (u:User {key: row.user}) "
        "CREATE (u)-[:PERFORMED]->(:Event {key: row.key, kind: 'click', "
        "  time: datetime({epochSeconds: row.day * 86400})})-[:ON]->(p)",
        rows=rows,
    )
    run_jobs(shop, settings, ["preference"])


async def test_served_lists_are_those_that_are_measured(ask: Ask, shop: Connection) -> None:
    snapshot = export_snapshot(shop)
    model, found = learn_served(snapshot)
    published = live_models(shop)["preference"]
    assert published.config["tuned"] == found.tuned
    assert published.parts == found.edges.part_names
    assert "sequence" in published.parts
    train = incidence(
        snapshot.interaction_users, snapshot.interaction_products, (SHOPPERS, PRODUCTS)
    )
    scores = model.score(model.rows(train, snapshot.interaction_times))
    scores[train.nonzero()] = -np.inf
    later = 0
    for row in range(0, SHOPPERS, 8):
        answer = await ask(LIST, user=snapshot.users[row], first=FIRST)
        assert "errors" not in answer, answer["errors"]
        items: list[dict[str, Any]] = answer["data"]["recommendations"]["items"]
        expected = np.sort(scores[row])[::-1][:FIRST]
        assert [item["score"] for item in items] == pytest.approx(
            expected[np.isfinite(expected)].tolist(), abs=1e-6
        )
        for item in items:
            place = snapshot.products.index(item["product"]["key"])
            assert item["score"] == pytest.approx(scores[row, place], abs=1e-6)
            assert math.fsum(r["contribution"] for r in item["reasons"]) == pytest.approx(
                item["score"], abs=1e-9
            )
            told = [r for r in item["reasons"] if r.get("later")]
            later += len(told)
            assert all("later" in r["text"] for r in told)
    assert later > 100


async def test_placing_a_product_again_keeps_its_order(shop: Connection) -> None:
    parts = live_models(shop)["preference"].parts
    place = parts.index("sequence")

    def orders() -> dict[tuple[str, str], float]:
        rows = shop.execute(
            "MATCH (m:Model {kind: 'preference', live: true}) "
            "MATCH (p:Product {key: $key})-[w:CO_PREFERRED]-() WHERE w.slot = m.slot "
            "RETURN startNode(w).key AS source, endNode(w).key AS target, w.parts AS parts, "
            "w.weight AS weight",
            key=key(5),
        )
        assert all(
            row["weight"] == pytest.approx(math.fsum(row["parts"]), abs=1e-6) for row in rows
        )
        return {
            (row["source"], row["target"]): row["parts"][place]
            for row in rows
            if row["parts"][place]
        }

    before = orders()
    assert before[key(5), key(6)] > 0
    assert place_products(shop, [key(5)]) == [key(5)]
    assert orders() == before
