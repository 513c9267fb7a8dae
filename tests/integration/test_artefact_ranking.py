"""Lists by the artefact of the live model, beside those of the statement, on a real Neo4j."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from catalograph.embed.jobs import run_jobs
from catalograph.schema import (
    InteractionRecord,
    Node,
    SourceRecord,
    SourceSupport,
    Triple,
    brand,
    category,
    keys,
    value,
)
from catalograph.settings import Settings
from catalograph.store import (
    Connection,
    Writer,
    erase_user,
    prune_artefacts,
    roll_back,
    roll_back_run,
)
from catalograph.store.models.edge_artefact import load_edges
from catalograph.store.models.incremental_placement import place_products
from tests.conftest import wipe

from .conftest import open_client, user, whole_app

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

SOURCE = "art"
PRODUCTS = 60
SHOPPERS = 80
COLOURS = ("red", "green", "blue")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ITEMS = """{ score product { key title price brands { name } } reasons(first: 20) { __typename
  contribution text path { key name relation } } }"""
LIST = f"""query($u: String, $f: ProductFilter, $s: [SessionEvent!], $seen: Boolean!,
  $stock: Boolean!, $d: Float!) {{ recommendations(userKey: $u, first: 8, filter: $f, session: $s,
  seen: $seen, inStock: $stock, diversity: $d) {{ model {{ version }} items {ITEMS} }} }}"""
BASKET = f"""query($k: [String!]!, $f: ProductFilter) {{
  basketRecommendations(keys: $k, first: 8, filter: $f) {{ items {ITEMS} }} }}"""
WHY = f"query($u: String!, $p: String!) {{ why(userKey: $u, productKey: $p) {ITEMS} }}"
WHAT_IF = """query($u: String, $without: [String!], $with: [String!]) {
  whatIf(userKey: $u, first: 8, without: $without, with: $with) { standings {
    product { key } scoreBefore scoreAfter rankBefore rankAfter } } }"""
EVENT = """mutation($i: RecordEventInput!) { recordEvent(input: $i) {
  ... on RecordedEvent { created } ... on InvalidInput { message } } }"""


def key(n: int) -> str:
    return keys.product_key(SOURCE, str(n))


def product_record(
    rng: random.Random, n: int, title: str | None = None, maker: str | None = None
) -> SourceRecord:
    properties = {
        "source": SOURCE,
        "id": str(n),
        "listed": True,
        "title": title or f"Lamp {n}",
        "price": 5.0 + n,
        "currency": "EUR",
    }
    if n % 9 == 0:
        properties["availability"] = "sold out"
    tails = [
        ("HAS_BRAND", brand(maker or f"Maker {n % 5}")),
        ("IN_CATEGORY", category(["Home", f"Shelf {n % 7}"])),
        ("HAS_VALUE", value("colour", COLOURS[n % 3])),
    ]
    if n % 4 == 0:
        bought = Node("Product", key((n + 1) % PRODUCTS), {})
        tails.append(("ALSO_BOUGHT", bought))
    support = SourceSupport("test")
    return SourceRecord(
        keys.source_key(SOURCE, "catalog", str(n)),
        SOURCE,
        f"{title} {n} {maker}",
        (Node("Product", key(n), properties),),
        tuple(Triple(key(n), relation, tail, support) for relation, tail in tails),
    )


def event(id_: str, shopper: int, product: int, kind: str, day: int) -> InteractionRecord:
    properties = {
        "source": SOURCE,
        "id": id_,
        "content_hash": id_,
        "kind": kind,
        "time": NOW + timedelta(days=day),
    }
    node = Node("Event", f"event:{SOURCE}:{id_}", properties)
    return InteractionRecord(node, user=user(f"s{shopper}"), product=key(product))


def review(id_: str, shopper: int, product: int, rating: float) -> InteractionRecord:
    properties = {"source": SOURCE, "id": id_, "content_hash": id_, "rating": rating}
    node = Node("Review", f"review:{SOURCE}:{id_}", properties)
    return InteractionRecord(node, user=user(f"s{shopper}"), product=key(product))


@pytest.fixture(scope="module")
def settings(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a graph with an artefact, whose workers need not be quick."""
    cache = settings.api.cache.model_copy(update={"megabytes": 0, "max_seconds": 3600.0})
    api = settings.api.model_copy(update={"cache": cache})
    models = tmp_path_factory.mktemp("models")
    return settings.model_copy(update={"api": api, "models": models})


@pytest.fixture(scope="module")
def writer(connection: Connection, settings: Settings) -> Writer:
    """A shop with a published model."""
    wipe(connection)
    rng = random.Random(7)
    made = Writer(connection)
    run = made.start_run("test")
    made.write_records([product_record(rng, n) for n in range(PRODUCTS)], run)
    records = []
    for shopper in range(SHOPPERS):
        taste = rng.randrange(PRODUCTS)
        for n in range(rng.randrange(2, 9)):
            liked = (taste + rng.choice([0, 1, 2, 3, 7, 14])) % PRODUCTS
            kind = rng.choice(["view", "click", "purchase", "dismiss" if n == 3 else "view"])
            records.append(event(f"{shopper}-{n}", shopper, liked, kind, rng.randrange(300)))
        if shopper % 3 == 0:
            rating = rng.choice([1.0, 5.0])
            records.append(review(f"{shopper}", shopper, rng.randrange(PRODUCTS), rating))
    made.write_interactions(records, run)
    run_jobs(connection, settings, ["preference"])
    # Also recency, which the job chooses only with many shoppers.
    connection.execute(
        "MATCH (m:Model {kind: 'preference', live: true}) SET m.half_life_days = 90.0"
    )
    return made


class Shop:
    """Two servers of one graph: one ranks by the artefact, the other by the statement."""

    def __init__(self, app: Any, fast: httpx.AsyncClient, slow: httpx.AsyncClient) -> None:
        self.edges = app.state.services.edges
        self._fast, self._slow = fast, slow

    async def both(self, document: str, **variables: Any) -> tuple[Any, int, Any]:
        """Return the data of both servers, and the statements that the fast one sent."""
        await self.edges.settle()
        body = {"query": document, "variables": variables}
        fast, slow = [
            (await server.post("/graphql", json=body)).json() for server in (self._fast, self._slow)
        ]
        assert "errors" not in fast, fast
        assert "errors" not in slow, slow
        return fast["data"], fast["extensions"]["cost"]["statements"], slow["data"]

    async def agree(self, document: str, statements: int, **variables: Any) -> Any:
        """Check that both answers are the same, and that the fast one came from the artefact.

        The statements are those of the answer once its products are kept.
        """
        fast, _, slow = await self.both(document, **variables)
        assert fast == approximate(slow)
        again, sent, _ = await self.both(document, **variables)
        assert again == fast
        assert sent == statements
        return fast

    async def learn(self) -> None:
        """Let the fast server read what it lacks: the first request begins that."""
        await self.both(LIST, u=user("s1"), seen=False, stock=False, d=0.0)
        await self.edges.settle()


def approximate(data: Any) -> Any:
    """Return the data with numbers that may differ in the ninth digit."""
    if isinstance(data, dict):
        return {name: approximate(part) for name, part in data.items()}
    if isinstance(data, list):
        return [approximate(part) for part in data]
    return pytest.approx(data, abs=1e-9) if isinstance(data, float) else data


@pytest.fixture
async def shop(settings: Settings, connection: Connection, writer: Writer) -> AsyncIterator[Shop]:
    plain = settings.api.model_copy(update={"artefacts": False})
    app = whole_app(settings, connection)
    async with (
        open_client(app) as fast,
        open_client(whole_app(settings.model_copy(update={"api": plain}), connection)) as slow,
    ):
        made = Shop(app, fast, slow)
        await made.learn()
        yield made


async def test_many_shoppers_get_the_same_lists_with_the_same_reasons(shop: Shop) -> None:
    told = 0
    for shopper in range(SHOPPERS):
        for seen in (False, True):
            data = await shop.agree(LIST, 1, u=user(f"s{shopper}"), seen=seen, stock=False, d=0.0)
            items = data["recommendations"]["items"]
            assert items
            for item in items:
                total = sum(reason["contribution"] for reason in item["reasons"])
                assert total == pytest.approx(item["score"], abs=1e-9)
                told += len(item["reasons"])
    assert told > SHOPPERS * 10


async def test_parts_count_more_for_thin_histories(shop: Shop, connection: Connection) -> None:
    asked = {"seen": False, "stock": False, "d": 0.0}
    before = [await shop.agree(LIST, 1, u=user(f"s{n}"), **asked) for n in range(SHOPPERS)]
    # In a thread: a list that is being logged locks the model until this loop goes on.
    await asyncio.to_thread(
        connection.execute,
        "MATCH (m:Model {kind: 'preference', live: true}) SET m.thin_products = 4, "
        "m.thin_factors = [part IN m.parts | CASE part WHEN 'HAS_BRAND' THEN 8.0 ELSE 1.0 END]",
    )
    changed = 0
    try:
        for n in range(SHOPPERS):
            data = await shop.agree(LIST, 1, u=user(f"s{n}"), **asked)
            changed += data != before[n]
            for item in data["recommendations"]["items"]:
                total = sum(reason["contribution"] for reason in item["reasons"])
                assert total == pytest.approx(item["score"], abs=1e-9)
    finally:
        await asyncio.to_thread(
            connection.execute,
            "MATCH (m:Model {kind: 'preference', live: true}) "
            "REMOVE m.thin_products, m.thin_factors",
        )
    assert SHOPPERS / 10 < changed < SHOPPERS * 0.9


FILTERS: list[dict[str, Any]] = [
    {"brand": "brand:maker 1"},
    {"category": "category:home/shelf 2"},
    {"category": "category:home"},
    {"values": ["value:colour=red"]},
    {"priceMin": 20.0, "priceMax": 40.0},
    {"brand": "brand:maker 1", "values": ["value:colour=red"], "priceMin": 10.0},
]


@pytest.mark.parametrize("filter_", FILTERS)
async def test_filters_stock_and_diversity_give_the_same_lists(
    shop: Shop, filter_: dict[str, Any]
) -> None:
    for shopper in range(0, SHOPPERS, 8):
        for stock, diversity in ((False, 0.0), (False, 0.4), (True, 0.0), (True, 0.4)):
            variables = {"u": user(f"s{shopper}"), "seen": False, "stock": stock, "d": diversity}
            fast, _, slow = await shop.both(LIST, f=filter_, **variables)
            assert fast == approximate(slow)
            fast, sent, slow = await shop.both(LIST, **variables)
            assert fast == approximate(slow)
            assert sent in (1, 2, 3)


async def test_sessions_and_baskets_give_the_same_lists(shop: Shop) -> None:
    rng = random.Random(1)
    for _ in range(12):
        chosen = [key(rng.randrange(PRODUCTS)) for _ in range(3)]
        session = [{"productKey": one} for one in chosen]
        for shopper in (None, user(f"s{rng.randrange(SHOPPERS)}")):
            await shop.agree(LIST, 1, u=shopper, s=session, seen=False, stock=False, d=0.0)
        await shop.agree(BASKET, 1, k=chosen)  # diverse by the model's own setting
        await shop.both(BASKET, k=chosen, f={"brand": "brand:maker 2"})


async def test_why_and_what_if_say_the_same(shop: Shop) -> None:
    rng = random.Random(2)
    explained = 0
    for shopper in range(0, SHOPPERS, 4):
        name = user(f"s{shopper}")
        for product in rng.sample(range(PRODUCTS), 4):
            data = await shop.agree(WHY, 1, u=name, p=key(product))
            explained += data["why"] is not None
        changed = {"without": [key(rng.randrange(PRODUCTS))], "with": [key(3), key(17)]}
        await shop.agree(WHAT_IF, 2, u=name, **changed)
    assert explained > 10


async def test_a_click_and_a_dismissal_change_the_very_next_list(shop: Shop) -> None:
    name = user("s2")
    asked = {"u": name, "seen": False, "stock": False, "d": 0.0}
    for kind in ("CLICK", "DISMISS"):
        before = await shop.agree(LIST, 1, **asked)
        first = before["recommendations"]["items"][0]["product"]["key"]
        clicked = {
            "source": SOURCE,
            "id": f"new-{kind}",
            "kind": kind,
            "userKey": name,
            "productKey": first,
        }
        await shop.both(EVENT, i=clicked)
        after = await shop.agree(LIST, 1, **asked)
        assert after != before
        shown = [item["product"]["key"] for item in after["recommendations"]["items"]]
        assert first not in shown


async def test_an_unknown_shopper_gets_the_popular_products(shop: Shop) -> None:
    for name in (None, user("nobody")):
        fast, _, slow = await shop.both(LIST, u=name, seen=False, stock=False, d=0.0)
        assert fast == slow
        assert fast["recommendations"]["items"]
        reason = fast["recommendations"]["items"][0]["reasons"][0]
        assert reason["__typename"] == "PopularityReason"


async def test_withdrawn_returned_new_and_placed_products_are_ranked_as_in_the_graph(
    shop: Shop, writer: Writer, connection: Connection
) -> None:
    rng = random.Random(5)

    async def check() -> None:
        await shop.learn()
        for shopper in range(0, SHOPPERS, 3):
            asked = {"u": user(f"s{shopper}"), "seen": True, "stock": False, "d": 0.0}
            await shop.agree(LIST, 1, **asked)

    run = writer.start_run("test")
    source = keys.source_key(SOURCE, "catalog", "10")
    writer.withdraw_records([source], run)
    await check()
    writer.write_records([product_record(rng, 10, "Lamp again")], run)  # not placed yet
    await check()
    assert place_products(connection, [key(10), key(20)]) == [key(10), key(20)]
    await check()
    writer.write_records([product_record(rng, PRODUCTS + 5, "A new lamp")], run)
    assert place_products(connection, [key(PRODUCTS + 5)]) == [key(PRODUCTS + 5)]
    await check()
    asked = {"s": [{"productKey": key(PRODUCTS + 5)}], "seen": False, "stock": False, "d": 0.0}
    assert (await shop.agree(LIST, 1, **asked))["recommendations"]["items"]


async def test_reasons_follow_every_change_of_facts_at_once_in_all_workers(
    shop: Shop, settings: Settings, writer: Writer, connection: Connection
) -> None:
    rng = random.Random(11)
    second = whole_app(settings, connection)
    async with open_client(second) as other:

        async def check() -> None:
            """Compare all kinds of lists of both workers with the statement's, at once."""
            for shopper in range(0, SHOPPERS, 20):
                name, chosen = user(f"s{shopper}"), [key(rng.randrange(PRODUCTS)) for _ in range(3)]
                session = [{"productKey": one} for one in chosen]
                for document, variables in (
                    (LIST, {"u": name, "seen": True, "stock": False, "d": 0.0}),
                    (LIST, {"u": name, "s": session, "seen": False, "stock": False, "d": 0.0}),
                    (BASKET, {"k": chosen}),
                    (WHY, {"u": name, "p": key(rng.randrange(PRODUCTS))}),
                ):
                    fast, _, slow = await shop.both(document, **variables)
                    assert fast == approximate(slow)
                    body = {"query": document, "variables": variables}
                    answer = (await other.post("/graphql", json=body)).json()
                    assert answer["data"] == approximate(slow)
            asked = {"u": user("s1"), "seen": True, "stock": False, "d": 0.0}
            await shop.agree(LIST, 1, **asked)

        body = {"query": LIST, "variables": {"u": user("s1"), "seen": True, "stock": False, "d": 0}}
        await other.post("/graphql", json=body)
        await second.state.services.edges.settle()
        await check()
        run = writer.start_run("test")
        for n in range(0, 20, 2):  # another brand: shared with others, or new
            maker = "Maker 3" if n % 4 else "A new maker"
            writer.write_records([product_record(rng, n, f"Lamp {n}", maker)], run)
            await check()
        writer.write_records([product_record(rng, 20, "Renamed lamp", "Maker 1")], run)
        await check()
        # A better spelling of a brand, by a record of any product.
        writer.write_records([product_record(rng, 21, "Lamp 21", "MAKER 1")], run)
        await check()
        writer.withdraw_records([keys.source_key(SOURCE, "catalog", str(n)) for n in (3, 9)], run)
        await check()
        connection.execute("MATCH (entry:OutboxEntry) DELETE entry")  # as it drops old ones
        many = [product_record(rng, n, f"Lamp {n}", "Maker 4") for n in range(30, PRODUCTS)]
        writer.write_records(many, run)
        connection.execute("MATCH (entry:OutboxEntry) DELETE entry")
        await check()
        run_jobs(connection, settings, ["preference"], force=True)
        await shop.learn()
        await other.post("/graphql", json=body)
        await second.state.services.edges.settle()
        await check()
        writer.finish_run(run, {})
        roll_back_run(writer, run)
        await check()


async def test_a_withdrawn_fact_is_cited_by_no_later_list(shop: Shop, writer: Writer) -> None:
    def cited(data: Any) -> set[str]:
        items = data["recommendations"]["items"]
        return {step["key"] for i in items for r in i["reasons"] for step in r["path"]}

    asked = {"u": user("s6"), "seen": True, "stock": False, "d": 0.0}
    before = await shop.agree(LIST, 1, **asked)
    maker = next(one for one in sorted(cited(before)) if one.startswith("brand:"))
    run = writer.start_run("test")
    for n in range(PRODUCTS):
        if maker == f"brand:maker {n % 5}":
            writer.write_records([product_record(random.Random(1), n, f"Lamp {n}", "Other")], run)
    fast, _, slow = await shop.both(LIST, **asked)
    assert maker not in cited(fast)
    assert "brand:other" in cited(fast)
    assert fast == approximate(slow)
    writer.finish_run(run, {})
    roll_back_run(writer, run)
    assert await shop.agree(LIST, 1, **asked) == approximate(before)


async def test_a_placement_is_in_the_very_next_list(shop: Shop, connection: Connection) -> None:
    asked = {"u": user("s1"), "seen": True, "stock": False, "d": 0.0}
    await shop.agree(LIST, 1, **asked)
    place_products(connection, [key(30)])
    fast, _, slow = await shop.both(LIST, **asked)
    assert fast == approximate(slow)
    await shop.edges.settle()
    await shop.agree(LIST, 1, **asked)


async def test_without_a_right_artefact_the_statement_serves(
    shop: Shop, settings: Settings, connection: Connection
) -> None:
    folder = settings.models_folder / "preference"
    asked = {"u": user("s1"), "seen": False, "stock": False, "d": 0.0}
    elsewhere = folder.rename(folder.with_name("elsewhere"))
    fresh = whole_app(settings, connection)
    async with open_client(fresh) as server:
        body = {"query": LIST, "variables": asked}
        answer: dict[str, Any] = {}
        for _ in range(3):
            answer = (await server.post("/graphql", json=body)).json()
            await fresh.state.services.edges.settle()
            assert answer["data"] == approximate((await shop.both(LIST, **asked))[2])
        assert answer["extensions"]["cost"]["statements"] == 1
        assert not fresh.state.services.edges.ready
    elsewhere.rename(folder)


async def test_another_version_is_served_as_soon_as_it_is_live(
    shop: Shop, settings: Settings, connection: Connection
) -> None:
    asked = {"u": user("s4"), "seen": False, "stock": False, "d": 0.0}
    old = await shop.agree(LIST, 1, **asked)
    run_jobs(connection, settings, ["preference"], force=True)
    fast, _, slow = await shop.both(LIST, **asked)
    assert fast == approximate(slow)
    await shop.edges.settle()
    new = await shop.agree(LIST, 1, **asked)
    versions = [data["recommendations"]["model"]["version"] for data in (old, new)]
    assert versions[1] == versions[0] + 1
    assert len(list((settings.models_folder / "preference").iterdir())) == 2
    roll_back(connection, "preference")
    await shop.learn()
    assert await shop.agree(LIST, 1, **asked) == approximate(old)


async def test_artefacts_go_with_the_slots_of_their_versions(
    settings: Settings, connection: Connection, writer: Writer
) -> None:
    names: set[str] = set()
    for _ in range(3):
        run_jobs(connection, settings, ["preference"], force=True)
        names = {path.name for path in (settings.models_folder / "preference").iterdir()}
        rows = connection.execute(
            "MATCH (m:Model) WHERE m.artefact_hash IS NOT NULL AND m.slot IS NOT NULL "
            "RETURN m.version AS version"
        )
        assert {str(row["version"]) for row in rows} == names
    assert len(names) == 2
    erase_user(writer, user("s5"))
    prune_artefacts(connection, settings.models_folder)
    assert len(list((settings.models_folder / "preference").iterdir())) == 1


async def test_the_artefact_holds_what_the_graph_holds(
    settings: Settings, connection: Connection, writer: Writer
) -> None:
    run_jobs(connection, settings, ["preference"], force=True)
    [row] = connection.execute(
        "MATCH (m:Model {kind: 'preference', live: true}) "
        "RETURN m {.key, .artefact_hash, .slot} AS live"
    )
    live = row["live"]
    artefact = load_edges(settings.models_folder, live["key"], live["artefact_hash"])
    edges = connection.execute(
        "MATCH (j:Product)-[w:CO_PREFERRED {slot: $slot}]->(i:Product) "
        "RETURN j.key AS source, i.key AS target, w.weight AS weight, w.parts AS parts, "
        "[w.shoppers, w.without] AS shoppers ORDER BY source, target",
        slot=live["slot"],
    )
    found = [
        (artefact.keys[j], artefact.keys[artefact.edges.targets[n]], n)
        for j in range(len(artefact.keys))
        for n in range(artefact.edges.indptr[j], artefact.edges.indptr[j + 1])
    ]
    assert [(e["source"], e["target"]) for e in edges] == [pair[:2] for pair in found]
    places = [n for *_, n in found]
    assert [e["weight"] for e in edges] == artefact.edges.weights[places].tolist()
    assert [e["parts"] for e in edges] == artefact.edges.parts[places].tolist()
    assert artefact.edges.shoppers is not None
    assert [e["shoppers"] for e in edges] == artefact.edges.shoppers[places].tolist()


async def test_a_list_is_full_though_most_products_were_withdrawn(
    shop: Shop, writer: Writer
) -> None:
    gone = [keys.source_key(SOURCE, "catalog", str(n)) for n in range(PRODUCTS) if n % 4]
    run = writer.start_run("test")
    writer.withdraw_records(gone, run)
    for shopper in range(0, SHOPPERS, 5):
        asked = {"u": user(f"s{shopper}"), "seen": True, "stock": False, "d": 0.0}
        fast, _, slow = await shop.both(LIST, **asked)
        assert fast == approximate(slow)
    writer.finish_run(run, {})
    roll_back_run(writer, run)
