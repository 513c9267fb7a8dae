"""Communities and PageRank in the answers of the API: from the jobs of GDS to served lists."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest

from catalograph.embed.jobs import run_jobs
from catalograph.ml.search_ranking.click_rates import NO_CLICKS
from catalograph.ml.search_ranking.features import FEATURES, candidate_features
from catalograph.schema import (
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
from catalograph.store import Connection, Writer, live_models, roll_back
from catalograph.store.queries.search_candidates import read_candidates

from .conftest import Ask

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

NOW = datetime(2026, 3, 1, tzinfo=UTC)
# category path, brands, number of products; nothing is shared between two kinds
KINDS: list[tuple[list[str], list[str], int]] = [
    (["Photo", "Cameras"], ["Acme"], 6),
    (["Food", "Tea"], ["Leaf", "Dale"], 5),
    (["Garden", "Tools"], ["Bolt"], 4),
    (["Home", "Lamps"], ["Zeta"], 2),
]


def records() -> Iterator[SourceRecord]:
    """Yield products; of a kind, later ones share more values, so they are more central."""
    support = SourceSupport("test")
    for path, makers, count in KINDS:
        for n in range(count):
            id_ = f"{path[1].lower()}-{n}"
            key = keys.product_key("shop", id_)
            tails = [
                ("HAS_BRAND", brand(makers[n % len(makers)])),
                ("IN_CATEGORY", category(path)),
                *(("HAS_VALUE", value("series", f"{path[1]} {m}")) for m in range(n)),
            ]
            triples = tuple(Triple(key, relation, tail, support) for relation, tail in tails)
            said = {"source": "shop", "id": id_, "listed": True, "title": f"Fine {id_}"}
            node = Node("Product", key, {**said, "price": 10.0 + n, "currency": "EUR"})
            source = keys.source_key("shop", "catalog", id_)
            yield SourceRecord(source, "shop", "1", (node,), triples)


@pytest.fixture(scope="module")
def shop(connection: Connection) -> Connection:
    """Write the products; a recommender without edges, so that everyone gets popular products."""
    writer = Writer(connection)
    writer.write_records(list(records()), writer.start_run("test"))
    connection.execute(
        "CREATE (:Model {key: 'model:preference:1', kind: 'preference', version: 1, live: true, "
        "slot: 'a', parts: ['interactions']})"
    )
    connection.execute("CALL db.awaitIndexes(60)")
    return connection


@pytest.fixture
def learned(shop: Connection, settings: Settings) -> Connection:
    """The shop with live versions of both kinds."""
    run_jobs(shop, settings, ["community", "pagerank"])
    return shop


def product_keys(ids: list[str]) -> list[str]:
    return [keys.product_key("shop", id_) for id_ in ids]


def central_first(shop: Connection) -> list[str]:
    """Return the keys of all products, the most central first."""
    ranks = live_models(shop)["pagerank"].property
    found = shop.execute(
        "MATCH (p:Product) RETURN p.key AS key ORDER BY p[$ranks] DESC, key", ranks=ranks
    )
    return [row["key"] for row in found]


LIST = """query($filter: ProductFilter, $query: String) {
  products(first: 100, filter: $filter, query: $query, mode: FULL_TEXT, understand: false) {
    totalCount nodes { key }
    facets(names: ["community", "brand"]) {
      name relation values { label count input filter { communities brands } } } } }"""


async def page(ask: Ask, **given: Any) -> dict[str, Any]:
    answer = await ask(LIST, **given)
    assert "errors" not in answer, answer
    found: dict[str, Any] = answer["data"]["products"]
    return found


def communities(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the values of the facet by label; empty without it."""
    facets = {facet["name"]: facet for facet in found["facets"]}
    values = facets.get("community", {"values": []})["values"]
    return {one["label"]: one for one in values}


async def read_until_shown(ask: Ask) -> dict[str, dict[str, Any]]:
    """Return the values of the facet as soon as no kept answer hides it, within seconds."""
    for _ in range(100):
        if found := communities(await page(ask)):
            return found
        await anyio.sleep(0.1)
    raise AssertionError("The facet is not shown.")


POPULAR = """query($filter: ProductFilter) {
  recommendations(first: 5, filter: $filter) { items { product { key } } } }"""
TRENDING = """query($first: Int!, $until: DateTime!, $filter: ProductFilter) {
  trending(first: $first, days: 7, until: $until, filter: $filter) {
    product { key } recent earlier reviews score } }"""


async def popular(ask: Ask, filter_: dict[str, Any] | None = None) -> list[str]:
    answer = await ask(POPULAR, filter=filter_)
    assert "errors" not in answer, answer
    return [one["product"]["key"] for one in answer["data"]["recommendations"]["items"]]


async def trending(ask: Ask, first: int, **given: Any) -> list[dict[str, Any]]:
    answer = await ask(TRENDING, first=first, until=NOW.isoformat(), **given)
    assert "errors" not in answer, answer
    assert answer["extensions"]["cost"]["statements"] == 1 + (
        "communities" in given.get("filter", {})
    )
    found: list[dict[str, Any]] = answer["data"]["trending"]
    return found


async def test_without_a_version_lists_are_as_they_were(ask: Ask, shop: Connection) -> None:
    assert communities(await page(ask)) == {}
    [cameras] = product_keys(["cameras-0"])
    assert (await page(ask, filter={"communities": [cameras]}))["totalCount"] == 0
    everything = sorted(row["key"] for row in shop.execute("MATCH (p:Product) RETURN p.key AS key"))
    assert await popular(ask) == everything[:5]
    assert await trending(ask, 5) == []
    found = read_candidates(shop, text="fine", vector=None).candidates
    assert {one.pagerank for one in found} == {None}


async def test_a_community_is_a_facet_by_which_lists_are_narrowed(
    ask: Ask, shop: Connection, settings: Settings
) -> None:
    before = await page(ask)  # kept until the switch tells of a change
    assert communities(before) == {}
    run_jobs(shop, settings, ["community"])
    found = await read_until_shown(ask)
    # Lamps are too few to be shown, and a community of two brands is named by its category alone.
    counts = {label: one["count"] for label, one in found.items()}
    assert sorted(counts.values(), reverse=True) == [6, 5, 4]
    assert {next(n for n in ("Acme", "Tea", "Bolt") if n in label) for label in counts} == {
        "Acme",
        "Tea",
        "Bolt",
    }
    for query in (None, "fine"):
        for filter_ in ({}, {"brands": ["brand:leaf"]}, {"price": {"max": "12"}}):
            listed = await page(ask, filter=filter_, query=query)
            for one in communities(listed).values():
                narrowed = await page(ask, filter=filter_ | one["input"], query=query)
                assert narrowed["totalCount"] == one["count"] == len(narrowed["nodes"]) > 0
                assert one["filter"] == {"communities": one["input"]["communities"], "brands": None}
                # The list's own choice does not count in its facet.
                assert communities(narrowed) == communities(listed)
    tea = next(one for label, one in found.items() if "Tea" in label)
    chosen = await page(ask, filter=tea["input"])
    assert {one["key"].split(":")[2].split("-")[0] for one in chosen["nodes"]} == {"tea"}
    brands = next(one for one in chosen["facets"] if one["name"] == "brand")["values"]
    assert {one["label"]: one["count"] for one in brands} == {"Leaf": 3, "Dale": 2}
    # Any product stands for its community, so a kept link finds it in a later version.
    run_jobs(shop, settings, ["community"], force=True)
    other = await page(ask, filter={"communities": product_keys(["tea-4"])})
    assert other["nodes"] == chosen["nodes"]
    assert roll_back(shop, "community").version == 1
    assert communities(await page(ask)).keys() == found.keys()


async def test_a_filter_by_a_community_holds_below_a_brand_and_from_page_to_page(
    ask: Ask, learned: Connection, settings: Settings
) -> None:
    tea = {"communities": product_keys(["tea-1", "lamps-0"])}
    answer = await ask(
        """query($filter: ProductFilter) { brand(key: "brand:leaf") {
          products(first: 9, filter: $filter) { totalCount nodes { key } } } }""",
        filter=tea,
    )
    nodes = answer["data"]["brand"]["products"]["nodes"]
    assert [one["key"] for one in nodes] == product_keys(["tea-0", "tea-2", "tea-4"])
    document = """query($filter: ProductFilter, $query: String, $after: String) {
      products(first: 3, after: $after, filter: $filter, query: $query, mode: FULL_TEXT) {
        nodes { key } pageInfo { endCursor hasNextPage } } }"""
    for query in (None, "fine"):
        found: list[str] = []
        after, more = None, True
        while more:
            answer = await ask(document, filter=tea, query=query, after=after)
            assert "errors" not in answer, answer
            listed = answer["data"]["products"]
            found += [one["key"] for one in listed["nodes"]]
            after, more = listed["pageInfo"]["endCursor"], listed["pageInfo"]["hasNextPage"]
            # Cursors are signed with the product, not with the number that a version gives it.
            run_jobs(learned, settings, ["community"], force=True)
        expected = [f"tea-{n}" for n in range(5)] + ["lamps-0", "lamps-1"]
        assert sorted(found) == sorted(product_keys(expected))


async def test_the_product_that_stands_for_a_community_may_go(
    ask: Ask, learned: Connection
) -> None:
    tea = next(one for label, one in communities(await page(ask)).items() if "Tea" in label)
    [key] = tea["input"]["communities"]
    learned.execute("MATCH (p:Product {key: $key}) SET p.key = p.key + '-gone'", key=key)
    try:
        for query in (None, "fine"):
            values = communities(await page(ask, query=query, filter={"source": "shop"}))
            again = next(one for label, one in values.items() if "Tea" in label)
            assert again["input"]["communities"] != [key]
            assert (await page(ask, filter=again["input"]))["totalCount"] == again["count"] == 5
    finally:
        learned.execute("MATCH (p:Product {key: $key + '-gone'}) SET p.key = $key", key=key)


async def test_central_products_come_first_where_nothing_is_popular(
    ask: Ask, learned: Connection
) -> None:
    order = central_first(learned)
    assert order != sorted(order)
    assert await popular(ask) == order[:5]
    tea = [key for key in order if ":tea-" in key]
    assert await popular(ask, {"communities": tea[2:3]}) == tea
    learned.execute("MATCH (p:Product {key: $key}) SET p.popularity = 3.0", key=order[-1])
    try:
        assert await popular(ask) == [order[-1], *order[:4]]
    finally:
        learned.execute("MATCH (p:Product) REMOVE p.popularity")


async def test_central_products_fill_up_what_trends(ask: Ask, learned: Connection) -> None:
    order = central_first(learned)
    trends = [order[-1], order[2], order[4]]
    rows = [
        {"on": on, "key": f"event:shop:{on}-{n}", "time": NOW - timedelta(days=days)}
        for on, days, count in [
            *((on, 2, 3) for on in trends[1:]),
            (trends[0], 2, 9),
            (order[0], 9, 4),
        ]
        for n in range(count)
    ]
    learned.execute(
        "MERGE (u:User {key: 'user:shop:one'}) WITH u UNWIND $rows AS row "
        "MATCH (p:Product {key: row.on}) CREATE (u)-[:PERFORMED]->"
        "(:Event:Source {key: row.key, kind: 'view', time: row.time})-[:ON]->(p)",
        rows=rows,
    )
    try:
        found = await trending(ask, 6)
        # Two with equal events by their rank, then others by theirs.
        others = [key for key in order if key not in trends]
        assert [one["product"]["key"] for one in found] == [*trends, *others[:3]]
        assert [one["recent"] for one in found] == [9, 3, 3, 0, 0, 0]
        assert (found[3]["earlier"], found[3]["score"]) == (4, -2.0)
        assert [one["product"]["key"] for one in await trending(ask, 2)] == trends[:2]
        tea = {"communities": product_keys(["tea-0"])}
        keys_ = [one["product"]["key"] for one in await trending(ask, 20, filter=tea)]
        assert len(keys_) == 5
        assert all(":tea-" in key for key in keys_)
        cheap = await trending(ask, 20, filter={"price": {"max": "10", "currencyCode": "EUR"}})
        assert len(cheap) == len(KINDS)
    finally:
        learned.execute("MATCH (u:User) DETACH DELETE u")
        learned.execute("MATCH (e:Event) DETACH DELETE e")


async def test_candidates_of_a_search_carry_their_rank(learned: Connection) -> None:
    found = read_candidates(learned, text="fine", vector=None).candidates
    ranks = {one.key: one.pagerank for one in found}
    assert sorted(ranks, key=lambda key: (-(ranks[key] or 0.0), key)) == central_first(learned)
    column = candidate_features("fine", found, NO_CLICKS)[:, FEATURES.index("pagerank")]
    assert found[int(column.argmax())].key == central_first(learned)[0]
