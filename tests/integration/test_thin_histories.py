"""Thin histories in served lists: decided on validation, published, equal to what is measured."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from catalograph.embed.jobs import run_jobs
from catalograph.embed.preference import learn_preferences
from catalograph.embed.recommend.matrices import incidence
from catalograph.embed.served_model import ServedModel
from catalograph.schema import EmbeddingTable
from catalograph.settings import Settings
from catalograph.store import Connection, export_snapshot, live_models, read_vectors

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
)
KINDS = ("small", "large", "blue", "red", "cheap", "fine", "old", "new", "light", "heavy")
MANY, FEW, FIRST = 150, 400, 8
LIST = """query($user: String!, $first: Int!) {
  recommendations(userKey: $user, first: $first, diversity: 0) { items { score product { key }
    reasons(first: 100) { contribution template path { key } } } } }"""


def key(thing: int, n: int) -> str:
    return f"product:thin:{thing:02}-{n}"


@pytest.fixture(scope="module", autouse=True)
def shop_of_newcomers(shop: Connection, settings: Settings) -> None:
    """Regulars take one kind of all things, which no text tells; newcomers one thing of any kind.

    Each kind of the regulars is told by another word in each title, so that texts do not join it.
    """
    shop.execute("MATCH (n) WHERE NOT n:GraphState DETACH DELETE n")
    shop.execute(
        "UNWIND $rows AS row CREATE (:Product {key: row.key, listed: true, title: row.title})",
        rows=[
            {"key": key(thing, n), "title": f"{KINDS[(n + thing) % len(KINDS)]} {name}"}
            for thing, name in enumerate(THINGS)
            for n in range(len(KINDS))
        ],
    )
    rng = np.random.default_rng(3)
    rows = []
    for shopper in range(MANY + FEW):
        if shopper < MANY:
            taken = [(int(thing), shopper % len(KINDS)) for thing in rng.permutation(len(THINGS))]
            taken = taken[:8]
        else:
            kinds = rng.permutation(len(KINDS))[: 3 - shopper % 2]
            taken = [(shopper % len(THINGS), int(n)) for n in kinds]
        rows += [
            {
                "user": user(str(shopper)),
                "key": f"event:thin:{shopper}-{n}",
                "on": key(*place),
            }
            for n, place in enumerate(taken)
        ]
    shop.execute(
        "UNWIND $rows AS row MATCH (p:Product {key: row.on}) MERGE (u:User {key: row.user}) "
        "CREATE (u)-[:PERFORMED]->(:Event {key: row.key, kind: 'click'})-[:ON]->(p)",
        rows=rows,
    )
    run_jobs(shop, settings, ["text", "preference"])


def measured_lists(
    connection: Connection, shoppers: Sequence[str]
) -> tuple[list[list[str]], NDArray[np.int64]]:
    """Return the lists that evaluations measure, and the length of each history."""
    snapshot = export_snapshot(connection)
    vectors: EmbeddingTable = read_vectors(connection, live_models(connection)["text"])
    model = ServedModel.of(learn_preferences(snapshot, vectors={"text": vectors}))
    shape = (len(snapshot.users), len(snapshot.products))
    train = incidence(snapshot.interaction_users, snapshot.interaction_products, shape)
    place = {one: n for n, one in enumerate(snapshot.users)}
    rows = train[[place[shopper] for shopper in shoppers]]
    scores = model.score(rows)
    scores[rows.nonzero()] = -np.inf
    best = np.argsort(-scores, axis=1, kind="stable")[:, :FIRST]
    lists = [
        [snapshot.products[n] for n in row if np.isfinite(own[n])]
        for row, own in zip(best, scores, strict=True)
    ]
    return lists, np.diff(rows.indptr)


async def test_newcomers_lists_follow_texts_as_measured(ask: Ask, shop: Connection) -> None:
    published = live_models(shop)["preference"]
    tuned = published.config["tuned"]
    assert tuned["added_thin"]["text"] > 0
    assert tuned["validation"]["thin/text"] > 1.1 * tuned["validation"]["thin/none"]
    assert published.parts[-1] == "text:thin"
    shoppers = [user(str(n)) for n in range(0, MANY + FEW, 7)]
    expected, lengths = measured_lists(shop, shoppers)
    assert {len_ <= 2 for len_ in lengths.tolist()} == {True, False}
    equal = within = 0
    for shopper, measured, length in zip(shoppers, expected, lengths, strict=True):
        answer = await ask(LIST, user=shopper, first=FIRST)
        assert "errors" not in answer, answer["errors"]
        items: list[dict[str, Any]] = answer["data"]["recommendations"]["items"]
        equal += [item["product"]["key"] for item in items] == measured
        for item in items:
            told = item["reasons"]
            total = math.fsum(reason["contribution"] for reason in told)
            assert total == pytest.approx(item["score"], abs=1e-9)
            # What texts say is told once for a product, whatever parts it is of.
            alike = [r["path"][0]["key"] for r in told if r["template"] == "similar.text"]
            assert len(alike) == len(set(alike))
            within += length <= 2 and bool(alike)
    assert equal == len(shoppers)
    assert within > 100
