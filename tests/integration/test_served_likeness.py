"""The likeness of texts in served lists: learned, chosen on validation, published, told."""

import math
from typing import Any

import numpy as np
import pytest

from catalograph.embed.jobs import run_jobs
from catalograph.settings import Settings
from catalograph.store import Connection, live_models

from .conftest import Ask, user

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

THINGS = (
    "desk lamp",
    "garden spade",
    "coffee mug",
    "bicycle tyre",
    "wool scarf",
    "chess board",
    "acoustic guitar",
    "frying pan",
    "tennis racket",
    "baby stroller",
    "laptop sleeve",
    "fishing rod",
    "wall clock",
    "dog collar",
    "yoga mat",
    "paint brush",
)
KINDS = ("small", "large", "blue", "red", "cheap", "fine", "old", "new", "light", "heavy")
NEW = len(KINDS) - 1
"""Number of the product of each sort that nobody has chosen."""
SHOPPERS, TAKEN = 160, 4
LIST = """query($user: String!) {
  recommendations(userKey: $user, first: 10, diversity: 0) { items { score product { key }
    shortReasons { text }
    reasons(first: 100) { __typename contribution template text path { key relation }
      chinese: text(locale: ZH_CN) } } } }"""


def key(thing: int, n: int) -> str:
    return f"product:like:{thing:02}-{n}"


@pytest.fixture(scope="module", autouse=True)
def likings(shop: Connection, settings: Settings) -> None:
    """Thin histories: every shopper takes four things of one sort, which only texts tell."""
    shop.execute("MATCH (n) WHERE NOT n:GraphState DETACH DELETE n")
    shop.execute(
        "UNWIND $rows AS row CREATE (:Product {key: row.key, listed: true, title: row.title})",
        rows=[
            {"key": key(thing, n), "title": f"{kind} {name}"}
            for thing, name in enumerate(THINGS)
            for n, kind in enumerate(KINDS)
        ],
    )
    rng = np.random.default_rng(3)
    shop.execute(
        "UNWIND $rows AS row MATCH (p:Product {key: row.on}) MERGE (u:User {key: row.user}) "
        "CREATE (u)-[:PERFORMED]->(:Event {key: row.key, kind: 'click', "
        "  time: datetime({epochSeconds: row.day * 86400})})-[:ON]->(p)",
        rows=[
            {
                "user": user(str(shopper)),
                "key": f"event:like:{shopper}-{n}",
                "on": key(shopper % len(THINGS), number),
                "day": n + 1,
            }
            for shopper in range(SHOPPERS)
            for n, number in enumerate(rng.permutation(NEW)[:TAKEN].tolist())
        ],
    )
    run_jobs(shop, settings, ["text", "preference"])


async def test_the_likeness_of_texts_is_a_part_and_a_reason(ask: Ask, shop: Connection) -> None:
    published = live_models(shop)["preference"]
    assert published.parts[:2] == ("interactions", "text")
    tuned = published.config["tuned"]
    assert tuned["validation"]["text"] > 1.2 * tuned["validation"]["recency"]
    told = new = 0
    for shopper in range(0, SHOPPERS, 8):
        answer = await ask(LIST, user=user(str(shopper)))
        assert "errors" not in answer, answer["errors"]
        items: list[dict[str, Any]] = answer["data"]["recommendations"]["items"]
        thing = shopper % len(THINGS)
        new += key(thing, NEW) in [item["product"]["key"] for item in items]
        for item in items:
            assert math.fsum(r["contribution"] for r in item["reasons"]) == pytest.approx(
                item["score"], abs=1e-9
            )
            for reason in item["reasons"]:
                if reason["__typename"] != "SimilarityReason":
                    continue
                told += 1
                start, end = reason["path"]
                assert end == {"key": item["product"]["key"], "relation": "CO_PREFERRED"}
                assert reason["template"] == "similar.text"
                title = f"{KINDS[int(start['key'][-1])]} {THINGS[int(start['key'][-4:-2])]}"
                assert reason["text"] == f"Its text says much the same as “{title}”."
                assert reason["chinese"] == f"与“{title}”的文字描述相近。"
        assert all(item["shortReasons"] for item in items)
    assert told > 100
    assert new == SHOPPERS / 8  # a product that nobody chose comes by its text


async def test_new_vectors_make_the_weights_out_of_date(
    shop: Connection, settings: Settings
) -> None:
    again = run_jobs(shop, settings, ["text", "preference"])
    assert [report.unchanged for report in again] == [True, True]
    run_jobs(shop, settings, ["text"], force=True)
    [report] = run_jobs(shop, settings, ["preference"])
    assert (report.version, report.unchanged) == (2, False)


async def test_vectors_of_random_walks_contend_if_they_are_learned_quickly(
    shop: Connection, settings: Settings
) -> None:
    said: list[tuple[str, str]] = []
    patient = settings.model_copy(
        update={"embed": settings.embed.model_copy(update={"contender_seconds": 600.0})}
    )
    hasty = settings.model_copy(
        update={"embed": settings.embed.model_copy(update={"contender_seconds": 0.0})}
    )
    run_jobs(shop, patient, ["node2vec", "hashgnn", "preference"])
    tried = live_models(shop)["preference"].config["tuned"]["validation"]
    assert {"text", "node2vec", "hashgnn", "new-products/node2vec"} <= set(tried)
    run_jobs(shop, hasty, ["preference"], progress=lambda kind, line: said.append((kind, line)))
    tried = live_models(shop)["preference"].config["tuned"]["validation"]
    assert "text" in tried
    assert not {"node2vec", "hashgnn"} & set(tried)
    refused = {kind for kind, line in said if line.startswith("does not contend")}
    assert refused == {"node2vec", "hashgnn"}
