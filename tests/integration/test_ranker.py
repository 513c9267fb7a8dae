"""The second stage of the search: from searches and clicks over GraphQL to another order."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from catalograph.api import create_app
from catalograph.artefacts import artefact_folder
from catalograph.embed.further_counts import search_counts_folder
from catalograph.embed.jobs import JobReport, run_jobs
from catalograph.embed.private_config import PrivateConfig
from catalograph.embed.search_ranking.private_fit import PUBLIC_FEATURES
from catalograph.embed.search_ranking.shown_counts import ShownCounts
from catalograph.embed.search_ranking.training import RankerConfig
from catalograph.errors import PrivacyBudgetError
from catalograph.ml.privacy.accounting import spent_epsilon
from catalograph.ml.search_ranking.artefact import load_ranker
from catalograph.ml.search_ranking.features import FEATURES
from catalograph.ml.search_ranking.serving import ArtefactRanker
from catalograph.schema import Node, SourceRecord, SourceSupport, Triple, brand, category, keys
from catalograph.settings import Settings
from catalograph.store import (
    AsyncConnection,
    Connection,
    Writer,
    erase_user,
    live_models,
    roll_back,
    stale_models,
    state_budget,
)
from catalograph.store.ledger.feedback import prune_searches

from .conftest import open_client, user

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

Send = Callable[..., Awaitable[dict[str, Any]]]
KINDS = ("lamp", "kettle", "chair")
BRANDS = ("Aldova", "Brenwick", "Cortesa", "Liked")
PER_KIND = 120
"""More products of a kind than the second stage ranks."""
SEARCH = """query($query: String!, $first: Int!, $after: String, $filter: ProductFilter) {
  products(query: $query, first: $first, after: $after, filter: $filter) {
    servedId edges { score node { key brands { name } } } pageInfo { endCursor hasNextPage } } }"""
RECORD = """mutation($input: RecordEventsInput!) { recordEvents(input: $input) {
  ... on RecordedEvents { results { ... on RecordedEvent { created responded } } } } }"""


def seed(connection: Connection) -> None:
    """Write the same kinds of goods by four brands; only their descriptions differ in length."""
    draw, support, records = np.random.default_rng(1), SourceSupport("test"), []
    for kind in KINDS:
        for n in range(PER_KIND):
            id_ = f"{kind}-{n:03}"
            said = {
                "source": "shop",
                "id": id_,
                "listed": True,
                "title": f"{kind.title()} {n}",
                "description": f"A {kind} " + "fine " * int(draw.integers(1, 40)),
                "price": float(draw.integers(5, 200)),
                "popularity": float(draw.integers(0, 50)),
            }
            key = keys.product_key("shop", id_)
            tails = [
                ("HAS_BRAND", brand(BRANDS[int(draw.integers(4))])),
                ("IN_CATEGORY", category(["Home", f"{kind}s"])),
            ]
            triples = tuple(Triple(key, relation, tail, support) for relation, tail in tails)
            source = keys.source_key("shop", "catalog", id_)
            records.append(
                SourceRecord(source, "shop", "1", (Node("Product", key, said),), triples)
            )
    writer = Writer(connection)
    writer.write_records(records, writer.start_run("test"))
    connection.execute("CALL db.awaitIndexes(120)")


@asynccontextmanager
async def shop_api(settings: Settings, *, ranks: bool = True) -> AsyncIterator[Send]:
    """Open the API with the second stage on or off."""
    ranker = ArtefactRanker(settings.models_folder) if ranks else None
    async with open_client(create_app(settings, ranker=ranker)) as client:

        async def send(document: str, /, **variables: Any) -> dict[str, Any]:
            if document == "/metrics":
                return {"text": (await client.get("/metrics")).text}
            body = {"query": document, "variables": variables}
            answer: dict[str, Any] = (await client.post("/graphql", json=body)).json()
            assert "errors" not in answer, answer
            data: dict[str, Any] = answer["data"]
            return data

        yield send


async def simulate(send: Send, searches: int, name: str = "") -> None:
    """Search and click: shoppers like one brand, and look at place k with probability 1 / k."""
    draw, events = np.random.default_rng(7), []
    for n in range(searches):
        kind = KINDS[n % len(KINDS)]
        # A filter shows the same products at other places, which tells the places apart.
        given = {"priceMin": float(draw.integers(0, 150))}
        found = (await send(SEARCH, query=kind, first=10, filter=given))["products"]
        for place, edge in enumerate(found["edges"]):
            liked = edge["node"]["brands"][0]["name"] == "Liked"
            if draw.random() < (0.9 if liked else 0.1) / (place + 1):
                events.append(
                    {
                        "source": "shop",
                        "id": f"{name}{n}-{place}",
                        "kind": "PURCHASE" if liked else "CLICK",
                        "userKey": user(f"shopper {n % 50}"),
                        "productKey": edge["node"]["key"],
                        "servedId": found["servedId"],
                        "position": place,
                    }
                )
    for start in range(0, len(events), 100):
        batch = {"events": events[start : start + 100]}
        told = (await send(RECORD, input=batch))["recordEvents"]["results"]
        assert all(one == {"created": True, "responded": True} for one in told)


def learn(connection: Connection, settings: Settings, **options: Any) -> JobReport:
    """Run the job without the student, which takes minutes."""
    configs = {"ranker": RankerConfig(student=False)}
    [report] = run_jobs(connection, settings, ["ranker"], configs=configs, **options)
    return report


async def order(send: Send, query: str = "lamp", page: int = 30) -> list[dict[str, Any]]:
    """Return the edges of all pages; a page of the tests has at most 300 rows before it."""
    edges: list[dict[str, Any]] = []
    after = None
    while True:
        found = (await send(SEARCH, query=query, first=page, after=after))["products"]
        edges += found["edges"]
        after = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            return edges


def keys_of(edges: list[dict[str, Any]]) -> list[str]:
    return [edge["node"]["key"] for edge in edges]


def liked_share(edges: list[dict[str, Any]], first: int = 10) -> float:
    names = [edge["node"]["brands"][0]["name"] for edge in edges[:first]]
    return names.count("Liked") / first


def counted(text: str, outcome: str) -> float:
    """Return a figure of the second stage."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "catalograph_second_stage_total" and sample.labels["outcome"] == outcome
    )


@pytest.fixture(scope="module")
def shop(connection: Connection) -> Connection:
    seed(connection)
    return connection


async def test_a_small_log_is_refused(shop: Connection, settings: Settings) -> None:
    report = learn(shop, settings)
    assert report.refusal is not None
    assert report.refusal.startswith("The log has 0 searches with a click")
    assert "ranker" not in live_models(shop)


async def test_what_shoppers_choose_moves_up_and_a_rollback_restores(
    shop: Connection, settings: Settings
) -> None:
    async with shop_api(settings) as send:
        plain = await order(send)
        assert len(plain) == PER_KIND
        await simulate(send, 300)
        report = learn(shop, settings)
        assert (report.refusal, report.version) == (None, 1)
        assert report.metrics["gain_interval"][0] > 0
        assert report.metrics["propensities"]["10"] < 0.6
        assert learn(shop, settings).unchanged

        ranked = await order(send)
        assert liked_share(plain) < 0.5
        assert liked_share(ranked) == 1.0
        # The pages hold each product once; behind the hundred the order is the first stage's.
        assert sorted(keys_of(ranked)) == sorted(keys_of(plain))
        assert keys_of(ranked)[100:] == keys_of(plain)[100:]
        for size in (7, 100):
            assert keys_of(await order(send, page=size)) == keys_of(ranked)
        # Each product keeps the score of the first stage.
        assert {e["node"]["key"]: e["score"] for e in ranked} == {
            e["node"]["key"]: e["score"] for e in plain
        }
        async with shop_api(settings, ranks=False) as plainly:
            assert keys_of(await order(plainly)) == keys_of(plain)
        feedback = "{ modelFeedback(kind: RANKER) { version live lists items } }"
        await send(RECORD, input={"events": [await click(send)]})
        [version] = (await send(feedback))["modelFeedback"]
        assert version["live"]
        assert version["lists"] > 0

        begun = (await send(SEARCH, query="lamp", first=20))["products"]
        assert not roll_back(shop, "ranker").live
        assert keys_of(await order(send)) == keys_of(plain)
        # A list that was begun with the ranker goes on by place.
        after = begun["pageInfo"]["endCursor"]
        rest = (await send(SEARCH, query="lamp", first=20, after=after))["products"]
        assert keys_of(rest["edges"]) == keys_of(plain)[20:40]
        assert roll_back(shop, "ranker").live
        assert keys_of(await order(send)) == keys_of(ranked)


async def click(send: Send) -> dict[str, Any]:
    """Search and return a click on the first item."""
    found = (await send(SEARCH, query="lamp", first=3))["products"]
    return {
        "source": "shop",
        "id": f"click on {found['servedId']}",
        "kind": "CLICK",
        "userKey": user("somebody"),
        "productKey": found["edges"][0]["node"]["key"],
        "servedId": found["servedId"],
    }


async def test_a_missing_artefact_leaves_the_first_stage(
    shop: Connection, settings: Settings
) -> None:
    folder = artefact_folder(settings.models_folder, live_models(shop)["ranker"].key)
    aside = folder.with_name("aside")
    shutil.move(folder, aside)
    async with shop_api(settings) as send, shop_api(settings, ranks=False) as plainly:
        assert keys_of(await order(send)) == keys_of(await order(plainly))
        text = (await send("/metrics"))["text"]
        assert (counted(text, "ranked"), counted(text, "unavailable") > 0) == (0, True)
    shutil.move(aside, folder)
    async with shop_api(settings) as send:
        assert liked_share(await order(send)) == 1.0
        text = (await send("/metrics"))["text"]
        assert (counted(text, "ranked") > 0, counted(text, "unavailable")) == (True, 0)


async def test_a_search_is_logged_without_personal_data_and_with_its_places(
    shop: Connection, settings: Settings
) -> None:
    async with shop_api(settings) as send:
        first = (await send(SEARCH, query="Lamp  for ann@example.com", first=5))["products"]
        after = first["pageInfo"]["endCursor"]
        again = {"query": "Lamp  for ann@example.com", "first": 5, "after": after}
        second = (await send(SEARCH, **again))["products"]
        query = {
            "source": "shop",
            "id": "a query",
            "kind": "QUERY",
            "query": "lamp",
            "servedId": second["servedId"],
        }
        told = (await send(RECORD, input={"events": [query]}))["recordEvents"]["results"]
        assert told == [{"created": True, "responded": True}]
        unlogged = await send("{ products(first: 1) { servedId nodes { key } } }")
        assert unlogged["products"]["servedId"] is None
    rows = {
        row["id"]: row["list"]
        for row in shop.execute(
            "MATCH (s:Served) WHERE s.query STARTS WITH 'lamp for' "
            "RETURN substring(s.key, 7) AS id, s {.query, .first, .items, .surface} AS list"
        )
    }
    assert "ann@" not in rows[first["servedId"]]["query"]
    assert rows[first["servedId"]]["query"].startswith("lamp for [")
    assert (rows[first["servedId"]]["first"], rows[second["servedId"]]["first"]) == (0, 5)
    assert rows[second["servedId"]]["items"] == keys_of(second["edges"])


async def test_lists_that_were_counted_elsewhere_are_learned_from(
    shop: Connection, settings: Settings
) -> None:
    keys_of_lamps = [keys.product_key("shop", f"lamp-{n:03}") for n in range(PER_KIND)]
    one = np.ones(PER_KIND, np.int64)
    counts = ShownCounts.of_columns(
        ["lamp"] * PER_KIND,
        keys_of_lamps,
        np.zeros(PER_KIND, np.int64),
        0 * one,
        numbers=np.stack([9 * one, 0 * one, 0 * one], axis=1),
        n_lists=9 * PER_KIND,
    )
    file = search_counts_folder(settings) / "elsewhere.npz"
    counts.save(file)
    try:
        before = live_models(shop)["ranker"].metrics["propensities"]
        report = learn(shop, settings, force=True)
        card = live_models(shop)["ranker"]
        assert (report.refusal, card.counts["counted elsewhere"]) == (None, 9 * PER_KIND)
        # At the first place nobody clicked in any of them, so that it is looked at less.
        assert card.metrics["propensities"]["2"] > before["2"]
        assert learn(shop, settings).unchanged
    finally:
        file.unlink()
    assert not learn(shop, settings, force=True).unchanged


async def test_a_search_goes_with_its_user_and_with_time(
    shop: Connection, settings: Settings
) -> None:
    responses = "MATCH (:User {key: $user})-[:PERFORMED]->()-[:RESPONDS_TO]->(s) RETURN s.key AS k"
    held = {row["k"] for row in shop.execute(responses, user=user("shopper 3"))}
    assert held
    report = erase_user(Writer(shop), user("shopper 3"))
    assert "ranker" in report.stale
    left = {row["k"] for row in shop.execute("MATCH (s:Served) RETURN s.key AS k")}
    assert left
    assert not held & left
    # The next version learns from the others alone.
    before = live_models(shop)["ranker"].version
    assert learn(shop, settings, force=True).version == before + 1
    connection = AsyncConnection(shop.address)
    try:
        assert await prune_searches(connection, timedelta(days=1)) == 0
        assert await prune_searches(connection, timedelta(0)) == len(left)
    finally:
        await connection.close()
    assert shop.execute("MATCH (s:Served) RETURN count(s) AS n") == [{"n": 0}]


@pytest.mark.engines
async def test_a_private_ranker_learns_within_its_budget(
    shop: Connection, settings: Settings
) -> None:
    pytest.importorskip("opacus")
    pytest.importorskip("dp_accounting")
    private = {"ranker": RankerConfig(private=PrivateConfig(8.0, 1e-6))}
    async with shop_api(settings) as send:
        await simulate(send, 200, "private")
        plain = await order(send)
        with pytest.raises(PrivacyBudgetError, match="no privacy budget"):
            run_jobs(shop, settings, ["ranker"], configs=private)
        state_budget(shop, 9.0, 1e-6, spent_epsilon)
        [report] = run_jobs(shop, settings, ["ranker"], configs=private)
        assert (report.refusal, report.metrics) == (None, {})
        ranked = await order(send)
        assert keys_of(ranked) != keys_of(plain)
    model = live_models(shop)["ranker"]
    assert model.config["privacy"]["epsilon"] == 8.0
    assert model.config["tuned"]["spent_epsilon"] == pytest.approx(8.0, rel=0.01)
    assert model.counts == {"features": len(FEATURES)}
    # A later training stays private, and is refused; an erasure leaves a private version as it is.
    with pytest.raises(PrivacyBudgetError, match="does not suffice"):
        run_jobs(shop, settings, ["ranker"], force=True)
    assert erase_user(Writer(shop), user("shopper 4")).records
    assert stale_models(shop) == []
    learned = load_ranker(settings.models_folder, model.key, str(model.artefact_hash))
    hidden = [FEATURES.index(name) for name in FEATURES if name not in PUBLIC_FEATURES]
    assert learned.model.arrays["weights"][hidden].tolist() == [0.0] * len(hidden)
    assert not len(learned.clicks.hashes)
