"""What a shop may ask of its lists, and what a shopper or a shop may change between two of them."""

import asyncio
import math
import secrets
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from catalograph.api import create_app
from catalograph.embed.jobs import run_jobs
from catalograph.ingest.upsert import ProductUpserts
from catalograph.settings import Settings
from catalograph.store import Connection, Writer, export_snapshot, live_models

from .conftest import Ask, WordEncoder, key, user

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

LIST = """query($user: String, $first: Int!, $filter: ProductFilter, $inStock: Boolean! = false,
    $seen: Boolean! = false, $diversity: Float) {
  recommendations(userKey: $user, first: $first, filter: $filter, inStock: $inStock, seen: $seen,
      diversity: $diversity) {
    servedId items { score product { key } reasons { contribution } } } }"""
RECORD = """mutation($input: RecordEventInput!) { recordEvent(input: $input) {
  ... on RecordedEvent { key created responded } ... on MutationError { message } } }"""
UPSERT = """mutation($input: UpsertProductInput!) { upsertProduct(input: $input) {
  ... on UpsertedProduct { key changed placed dropped } ... on MutationError { code message } } }"""


async def recommend(ask: Ask, user_key: str | None, **arguments: Any) -> list[dict[str, Any]]:
    answer = await ask(LIST, **{"user": user_key, "first": 10} | arguments)
    assert answer["extensions"]["cost"]["statements"] <= 3
    items: list[dict[str, Any]] = answer["data"]["recommendations"]["items"]
    for item in items:
        total = math.fsum(reason["contribution"] for reason in item["reasons"])
        assert abs(total - item["score"]) < 1e-9
    return items


def keys_of(items: list[dict[str, Any]]) -> list[str]:
    return [item["product"]["key"] for item in items]


async def record(ask: Ask, **event: Any) -> dict[str, Any]:
    event = {"source": "shop", "id": secrets.token_hex(8), "kind": "CLICK"} | event
    result: dict[str, Any] = (await ask(RECORD, input=event))["data"]["recordEvent"]
    assert "message" not in result, result
    return result


async def test_filters_hold_before_the_list_is_cut(ask: Ask, shop: Connection) -> None:
    shopper = user("filters")
    await record(ask, userKey=shopper, productKey=key("cam1"))
    best = await recommend(ask, shopper, first=1)
    assert keys_of(best) == [key("bag1")]
    zeta = await recommend(ask, shopper, first=1, filter={"brand": "brand:zeta"})
    assert keys_of(zeta) == [key("cam3")]
    photo = await recommend(ask, shopper, filter={"category": "category:photo/tripods"})
    assert keys_of(photo) == [key("tri1")]
    dear = await recommend(ask, shopper, filter={"priceMin": 200, "currency": "EUR"})
    assert keys_of(dear) == [key("cam3")]
    zeta_but_tripods = {"brands": ["brand:zeta", "brand:leaf"], "not": {"words": ["tripod"]}}
    assert keys_of(await recommend(ask, shopper, filter=zeta_but_tripods)) == [key("cam3")]
    blue = {"attributes": [{"attribute": "color", "values": ["blue", "green"]}]}
    assert keys_of(await recommend(ask, shopper, filter=blue)) == [key("cam2")]
    tea = {"categories": ["category:food", "category:photo/bags"], "not": {"words": ["red"]}}
    assert set(keys_of(await recommend(ask, None, filter=tea))) == {key("tea1"), key("bag1")}
    assert await recommend(ask, shopper, filter={"ratingMin": 5}) == []
    for popular in await recommend(ask, None, filter={"brand": "brand:leaf"}):
        assert popular["product"]["key"] in (key("tea1"), key("tea2"))
    refused = await ask(LIST, user=shopper, first=1, filter={"brand": "tea"})
    assert refused["errors"][0]["extensions"]["code"] == "INVALID_INPUT"


async def test_what_cannot_be_had_is_left_out_on_demand(ask: Ask, shop: Connection) -> None:
    shopper = user("stock")
    await record(ask, userKey=shopper, productKey=key("cam1"))
    shop.execute(
        "MATCH (p:Product) WHERE p.key IN [$bag, $tripod] "
        "SET p.availability = CASE p.key WHEN $bag THEN 'out of stock' ELSE 'in stock' END",
        bag=key("bag1"),
        tripod=key("tri1"),
    )
    assert key("bag1") in keys_of(await recommend(ask, shopper))
    left = keys_of(await recommend(ask, shopper, inStock=True))
    shop.execute("MATCH (p:Product) REMOVE p.availability")
    assert key("bag1") not in left
    assert {key("tri1"), key("cam2")} <= set(left)


async def test_what_was_seen_may_be_shown_again_but_not_what_was_bought(ask: Ask) -> None:
    shopper = user("again")
    await record(ask, userKey=shopper, productKey=key("cam1"))
    await record(ask, userKey=shopper, productKey=key("cam2"), kind="VIEW")
    await record(ask, userKey=shopper, productKey=key("bag1"), kind="PURCHASE")
    usual = keys_of(await recommend(ask, shopper))
    assert not {key("cam1"), key("cam2"), key("bag1")} & set(usual)
    again = keys_of(await recommend(ask, shopper, seen=True))
    assert {key("cam1"), key("cam2")} <= set(again)
    assert key("bag1") not in again


async def test_a_diverse_list_begins_with_the_best_and_mixes_kinds(
    ask: Ask, shop: Connection
) -> None:
    # The tripod is then the one thing that has nothing in common with the bag.
    shop.execute("MATCH (:Product {key: $key})-[r:HAS_VALUE]->() DELETE r", key=key("tri1"))
    shopper = user("diverse")
    await record(ask, userKey=shopper, productKey=key("cam1"))
    usual = await recommend(ask, shopper)
    mixed = await recommend(ask, shopper, diversity=0.9)
    assert sorted(keys_of(mixed)) == sorted(keys_of(usual))
    assert keys_of(usual)[:2] == [key("bag1"), key("cam2")]
    assert keys_of(mixed)[:2] == [key("bag1"), key("tri1")]
    refused = await ask(LIST, user=shopper, first=3, diversity=1.5)
    assert refused["errors"][0]["extensions"]["code"] == "INVALID_INPUT"
    # Without a wish the model decides; a short list is chosen from more than it shows.
    await asyncio.to_thread(
        shop.execute, "MATCH (m:Model {kind: 'preference', live: true}) SET m.diversity = 0.9"
    )
    try:
        assert keys_of(await recommend(ask, shopper)) == keys_of(mixed)
        assert keys_of(await recommend(ask, shopper, first=2)) == [key("bag1"), key("tri1")]
        assert keys_of(await recommend(ask, shopper, diversity=0.0)) == keys_of(usual)
    finally:
        await asyncio.to_thread(shop.execute, "MATCH (m:Model) REMOVE m.diversity")
    assert keys_of(await recommend(ask, shopper)) == keys_of(usual)


async def test_a_dismissed_item_is_never_shown_again_nor_learned_from(
    ask: Ask, shop: Connection
) -> None:
    shopper = user("dismisses")
    await record(ask, userKey=shopper, productKey=key("cam1"))
    answer = await ask(LIST, user=shopper, first=2)
    served = answer["data"]["recommendations"]
    assert keys_of(served["items"])[0] == key("bag1")
    clicked = {"userKey": shopper, "productKey": key("bag1"), "servedId": served["servedId"]}
    assert (await record(ask, **clicked))["responded"]
    assert key("bag1") in interactions(shop, shopper)
    assert (await record(ask, **clicked, kind="DISMISS"))["responded"]
    items = await recommend(ask, shopper, seen=True)
    # It is not in the list, and the click on it no longer leads anywhere.
    assert key("bag1") not in keys_of(items)
    assert items == await recommend(ask, await same_without(ask, "bag1"), seen=True)
    assert interactions(shop, shopper) == {key("cam1")}


async def same_without(ask: Ask, id_: str) -> str:
    """Another shopper with the same history, but for one product, which is disliked."""
    other = user(f"never met {id_}")
    await record(ask, userKey=other, productKey=key("cam1"))
    await record(ask, userKey=other, productKey=key(id_), kind="DISMISS")
    return other


def interactions(connection: Connection, shopper: str) -> set[str]:
    """Products that training counts for a shopper."""
    snapshot = export_snapshot(connection)
    place = snapshot.users.index(shopper)
    chosen = snapshot.interaction_products[snapshot.interaction_users == place]
    return {snapshot.products[n] for n in chosen}


async def test_older_interactions_count_less_where_the_model_says_so(
    ask: Ask, shop: Connection
) -> None:
    shopper = user("recent")
    for id_, day in (("cam1", 1), ("tea1", 21)):
        time = f"2026-01-{day:02}T00:00:00Z"
        await record(ask, userKey=shopper, productKey=key(id_), time=time)
    before = {item["product"]["key"]: item["score"] for item in await recommend(ask, shopper)}
    assert max(before, key=before.__getitem__) == key("tea2")
    await asyncio.to_thread(
        shop.execute, "MATCH (m:Model {kind: 'preference', live: true}) SET m.half_life_days = 10.0"
    )
    try:
        after = {item["product"]["key"]: item["score"] for item in await recommend(ask, shopper)}
    finally:
        await asyncio.to_thread(shop.execute, "MATCH (m:Model) REMOVE m.half_life_days")
    assert after[key("tea2")] == pytest.approx(before[key("tea2")])
    assert after[key("bag1")] == pytest.approx(before[key("bag1")] / 4)  # twice ten days older


class TestProducts:
    """Products by mutation, on a model that was really learned."""

    @pytest.fixture(scope="class")
    def learned(self, shop: Connection, settings: Settings) -> Connection:
        """The shop with shoppers who like cameras or tea, and a live model of them."""
        rows = [
            {"user": user(f"{kind}{n}"), "key": f"event:shop:{kind}{n}-{id_}", "on": key(id_)}
            for kind, ids in (("photo", ("cam1", "cam2", "bag1")), ("tea", ("tea1", "tea2")))
            for n in range(6)
            for id_ in ids[n % len(ids) :] + ids[: n % len(ids)][:1]
        ]
        shop.execute(
            "MATCH (m:Model) DETACH DELETE m",
        )
        shop.execute("MATCH ()-[w:CO_PREFERRED]->() DELETE w")
        shop.execute(
            "UNWIND $rows AS row MATCH (p:Product {key: row.on}) MERGE (u:User {key: row.user}) "
            "CREATE (u)-[:PERFORMED]->(:Event:Source {key: row.key, kind: 'click'})-[:ON]->(p)",
            rows=rows,
        )
        run_jobs(shop, settings, ["preference"])
        return shop

    @pytest.fixture
    async def client(
        self, settings: Settings, learned: Connection
    ) -> AsyncIterator[httpx.AsyncClient]:
        """A client of a server that takes products."""
        app = create_app(settings, WordEncoder(), ProductUpserts(Writer(learned)))
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app, raise_app_exceptions=False),
                base_url="http://127.0.0.1",
            ) as opened,
        ):
            yield opened

    async def upsert(self, ask: Ask, **product: Any) -> dict[str, Any]:
        """Send a product."""
        result: dict[str, Any] = (await ask(UPSERT, input=product))["data"]["upsertProduct"]
        return result

    async def test_a_product_with_facts_alone_is_recommended_at_once(
        self, ask: Ask, learned: Connection
    ) -> None:
        new = {
            "source": "shop",
            "id": "tea3",
            "title": "Black tea",
            "brand": "Leaf",
            "categories": [["Food", "Tea"]],
            "attributes": [{"name": "colour", "value": "black"}],
            "price": 4.5,
            "currency": "EUR",
        }
        shopper = user("tea0")
        assert key("tea3") not in keys_of(await recommend(ask, shopper, seen=True))
        done = await self.upsert(ask, **new)
        assert done == {"key": key("tea3"), "changed": True, "placed": True, "dropped": []}
        items = await recommend(ask, shopper, seen=True)
        assert key("tea3") in keys_of(items)
        # And an event with it leads to its likes.
        stranger = user("a stranger")
        await record(ask, userKey=stranger, productKey=key("tea3"))
        assert set(keys_of(await recommend(ask, stranger))[:2]) == {key("tea1"), key("tea2")}
        again = await self.upsert(ask, **new)
        assert again["changed"] is False
        [row] = learned.execute(
            "MATCH (p:Product {key: $key})<-[:DESCRIBES]-(s:Source)-[]-(a:Assertion) "
            "MATCH (r:Run {key: 'run:' + s.run}) "
            "RETURN count(DISTINCT a) AS facts, collect(DISTINCT r.status) AS runs, "
            "p.price AS price",
            key=key("tea3"),
        )
        assert row == {"facts": 3, "runs": ["finished"], "price": 4.5}

    async def test_a_product_that_changes_its_facts_changes_company(self, ask: Ask) -> None:
        moved = {"source": "shop", "id": "tea2", "title": "Red tea", "brand": "Acme"}
        before = await recommend(ask, user("photo0"), seen=True)
        done = await self.upsert(ask, **moved, categories=[["Photo", "Cameras"]])
        assert done["placed"] is True
        after = {i["product"]["key"]: i["score"] for i in await recommend(ask, user("photo0"))}
        scores = {i["product"]["key"]: i["score"] for i in before}
        assert after[key("tea2")] > scores.get(key("tea2"), 0.0)

    async def test_what_is_wrong_is_refused_and_values_are_dropped_with_a_word(
        self, ask: Ask, learned: Connection
    ) -> None:
        count = "MATCH (n) RETURN count(n) AS n"
        before = learned.execute(count)
        for wrong in (
            {"source": "shop", "id": "", "title": "No id"},
            {"source": "shop", "id": "x", "title": " "},
            {"source": "Not A Source", "id": "x", "title": "x"},
            {"source": "shop", "id": "x", "title": "x", "gtins": ["1"] * 500},
        ):
            assert (await self.upsert(ask, **wrong))["code"] == "INVALID_INPUT"
        assert learned.execute(count) == before
        odd = await self.upsert(ask, source="shop", id="odd", title="Odd", gtins=["12345"])
        assert odd["changed"] is True
        assert odd["placed"] is False  # nothing in common with anything
        assert len(odd["dropped"]) == 1
        assert live_models(learned)["preference"].live
