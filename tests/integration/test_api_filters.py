"""Filters, facets and orders of lists and searches over GraphQL, against truth in Cypher."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import orjson
import pytest

from catalograph.ingest import CatalogMapping, ingest_catalog
from catalograph.settings import Settings
from catalograph.store import Connection, Writer
from catalograph.store.queries import search

from .conftest import Ask

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

MAPPING = CatalogMapping.model_validate(
    {
        "source": "shop",
        "id": "id",
        "title": "title",
        "description": "description",
        "brand": "brand",
        "category": {"columns": "category", "split": " > "},
        "price": {"column": "price", "currency_column": "currency"},
        "popularity": "popularity",
        "availability": "stock",
        "released": "released",
        "attributes": [
            {"column": name, "attribute": name} for name in ("colour", "memory", "link")
        ],
    }
)
BRANDS = ("Acme", "Birch", "Corvo")
KINDS = (
    ("Headphones", "Audio > Headphones", "studio headphones"),
    ("Speaker", "Audio > Speakers", "portable speaker"),
    ("Phone", "Phones", "smart phone"),
    ("Case", "Phones > Cases", "protective phone case"),
)
COLOURS = ("red", "blue", "black")
MEMORY = ("32 GB", "64 GB", "128 GB", "1 TB")
LINKS = ("wireless", "wired", "non-wireless")


def rows() -> list[dict[str, Any]]:
    """Return 36 products: each brand, kind and colour, with memory, link and price by turns."""
    made = []
    for n, (brand, (name, path, text), colour) in enumerate(product(BRANDS, KINDS, COLOURS)):
        made.append(
            {
                "id": f"p{n:02}",
                "title": f"{brand} {name} {colour}",
                "description": f"A {LINKS[n % 3]} {text}.",
                "brand": brand,
                "category": path,
                "price": f"{10 + n * 7 % 36}.50",
                "currency": "EUR" if n % 6 else "USD",
                "popularity": n * 5 % 36,
                "stock": "in stock" if n % 4 else "sold out",
                "released": f"2025-{1 + n % 12:02}-{1 + n % 28:02}",
                "colour": colour,
                "memory": MEMORY[n % 4],
            }
        )
    made[7]["link"] = "no wireless"
    made[8] |= {"link": "wireless", "description": "A smart phone."}
    made += [
        {"id": "zh1", "title": "红色无线耳机", "brand": "华为", "category": "耳机", "颜色": "红色"},
        {"id": "zh2", "title": "红色有线耳机", "brand": "华为", "category": "耳机"},
    ]
    return made


@pytest.fixture(scope="module")
def shop(
    connection: Connection, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Connection:
    """Ingest the feed; rate some products."""
    folder = tmp_path_factory.mktemp("feed")
    feed = folder / "feed.jsonl"
    feed.write_bytes(b"\n".join(orjson.dumps(row) for row in rows()))
    report = ingest_catalog([feed], Writer(connection), settings, MAPPING, rejected=folder / "out")
    assert report.rejected == 0
    connection.execute(
        "MATCH (p:Product) WHERE p.listed WITH p ORDER BY p.key LIMIT 20 "
        "WITH collect(p) AS some UNWIND range(0, size(some) - 1) AS n "
        "WITH some[n] AS p, n CREATE (:Review {key: 'review:t:' + n, source: 't', "
        "rating: 1.0 + n % 5})-[:REVIEWS]->(p)"
    )
    connection.execute("CALL db.awaitIndexes(60)")
    return connection


LIST = """query($filter: ProductFilter, $query: String, $orderBy: ProductSort, $mode: SearchMode!) {
  products(first: 100, filter: $filter, query: $query, orderBy: $orderBy, mode: $mode,
      understand: false) {
    totalCount totalCountRelation nodes { key }
  }
}"""
SOUND = "speaker phone headphones"


async def keys_of(ask: Ask, **given: Any) -> list[str]:
    """Return the keys of a list, which is whole, so that its total must agree."""
    answer = await ask(LIST, **({"mode": "FULL_TEXT"} | given))
    assert "errors" not in answer, answer
    found = answer["data"]["products"]
    keys = [node["key"] for node in found["nodes"]]
    assert (found["totalCount"], found["totalCountRelation"]) == (len(keys), "EQ")
    return keys


def truth(shop: Connection, condition: str) -> set[str]:
    """Return the keys of the listed products that meet a condition in Cypher."""
    found = shop.execute(f"MATCH (p:Product) WHERE p.listed AND ({condition}) RETURN p.key AS key")
    return {row["key"] for row in found}


def has(kind: str, *names: str) -> str:
    relation = {"Brand": "HAS_BRAND", "Value": "HAS_VALUE"}[kind]
    return f"EXISTS {{ (p)-[:{relation}]->(t) WHERE toLower(t.name) IN {list(names)} }}"


MEMORY_FROM_64 = (
    "EXISTS { (p)-[:HAS_VALUE]->(t {attribute: 'memory'}) WHERE t.number >= 64 AND t.unit = 'GB' }"
)
SAYS_WIRELESS = (
    "(coalesce(p.description, '') CONTAINS ' wireless' OR p.title CONTAINS '无线' "
    f"OR {has('Value', 'wireless')})"
)
FILTERS: list[tuple[dict[str, Any], str]] = [
    ({"brands": ["brand:acme", "brand:corvo"]}, has("Brand", "acme", "corvo")),
    (
        {"categories": ["category:audio/speakers", "category:phones"]},
        "EXISTS { (p)-[:IN_CATEGORY]->(c) WHERE c.key IN ['category:audio/speakers', "
        "'category:phones', 'category:phones/cases'] }",
    ),
    (
        {"attributes": [{"attribute": "colour", "values": ["red", "value:colour=blue"]}]},
        has("Value", "red", "blue"),
    ),
    ({"attributes": [{"attribute": "颜色", "values": ["红色"]}]}, has("Value", "red", "红色")),
    (
        {"attributes": [{"attribute": "attribute:memory", "min": 64, "unit": "GB"}]},
        MEMORY_FROM_64,
    ),
    (
        {"attributes": [{"attribute": "memory", "min": 0.5, "max": 2, "unit": "TB"}]},
        "EXISTS { (p)-[:HAS_VALUE]->({attribute: 'memory', number: 1000.0}) } OR "
        "EXISTS { (p)-[:HAS_VALUE]->({attribute: 'memory', number: 1024.0}) }",
    ),
    (
        {
            "attributes": [
                {"attribute": "memory", "values": ["32 GB"]},
                {"attribute": "memory", "min": 100, "max": 200},
                {"attribute": "colour", "values": ["black"]},
            ],
            "brands": ["brand:acme", "brand:birch"],
        },
        f"({has('Value', '32 gb')} OR {has('Value', '128 gb')}) AND {has('Value', 'black')} "
        f"AND {has('Brand', 'acme', 'birch')}",
    ),
    ({"not": {"brands": ["brand:acme"]}}, f"NOT {has('Brand', 'acme')}"),
    (
        {"not": {"categories": ["category:phones"], "attributes": [
            {"attribute": "colour", "values": ["red"]}]}},
        "NOT EXISTS { (p)-[:IN_CATEGORY]->(c) WHERE c.key STARTS WITH 'category:phones' } "
        f"AND NOT {has('Value', 'red', '红色')}",
    ),
    ({"not": {"words": ["Wireless", "无线"]}}, f"NOT {SAYS_WIRELESS}"),
    ({"not": {"words": ["phone cases"]}}, "NOT coalesce(p.description, '') CONTAINS 'phone case'"),
    (
        {"ratingMin": 3, "price": {"min": "12", "max": "40", "currencyCode": "EUR"}},
        "p.currency = 'EUR' AND 12 <= p.price <= 40 AND "
        "COLLECT { MATCH (p)<-[:REVIEWS]-(r) RETURN r.rating }[0] >= 3",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("filter_", "condition"), FILTERS)
async def test_filters_find_what_cypher_finds(
    ask: Ask, shop: Connection, filter_: Mapping[str, Any], condition: str
) -> None:
    expected = truth(shop, condition)
    assert 0 < len(expected) < 38
    assert set(await keys_of(ask, filter=filter_)) == expected
    everything = set(await keys_of(ask, query=SOUND))
    assert len(everything) == 36
    assert set(await keys_of(ask, query=SOUND, filter=filter_)) == expected & everything
    assert set(await keys_of(ask, query=SOUND, filter=filter_, orderBy="NEWEST")) == (
        expected & everything
    )


async def test_filters_take_ids_and_narrow_nested_lists(ask: Ask, shop: Connection) -> None:
    answer = await ask(
        """{ brand(key: "brand:birch") { id products(first: 50, filter: {categories:
        ["category:audio"], not: {words: ["wireless"]}, attributes: [{attribute: "color",
        values: ["red", "black"]}]}) { totalCount nodes { key } facets { name } } } }"""
    )
    found = answer["data"]["brand"]
    expected = truth(
        shop,
        f"{has('Brand', 'birch')} AND {has('Value', 'red', 'black')} AND NOT {SAYS_WIRELESS} "
        "AND EXISTS { (p)-[:IN_CATEGORY]->()-[:CHILD_OF]->({key: 'category:audio'}) }",
    )
    assert {node["key"] for node in found["products"]["nodes"]} == expected
    assert found["products"]["totalCount"] == len(expected) > 0
    assert set(await keys_of(ask, filter={"brands": [found["id"]]})) == truth(
        shop, has("Brand", "birch")
    )


@pytest.mark.parametrize(
    ("filter_", "said"),
    [
        ({"brands": ["category:audio"]}, "'brands' is '…', which is no key of a Brand."),
        ({"brands": ["nonsense"]}, "'…' is not an id of this API"),
        (
            {"not": {"categories": ["brand:acme"]}},
            "'not.categories' is '…', which is no key of a Category.",
        ),
        ({"not": {"words": [" "]}}, "'not.words' has ' ', which is no word"),
        ({"attributes": [{"attribute": "colour"}]}, "'attributes[0]' needs 'values', 'min'"),
        ({"attributes": [{"attribute": " ", "min": 1}]}, "'attributes[0].attribute' is ' '"),
        (
            {"attributes": [{"attribute": "memory", "min": 1, "unit": "furlong"}]},
            "'attributes[0].unit' is '…', which is no unit of '…'.",
        ),
        (
            {"attributes": [{"attribute": "memory", "min": 2, "max": 1}]},
            "'attributes[0].min' is 2.0, which is more than 'max', 1.0",
        ),
        ({"brands": [f"brand:{n}" for n in range(51)]}, "'brands' has 51 keys, at most 50"),
        ({"price": {"currencyCode": "euro"}}, "'price.currencyCode' is '…'"),
    ],
)
async def test_filters_that_cannot_be_are_refused(
    ask: Ask, filter_: Mapping[str, Any], said: str
) -> None:
    answer = await ask(LIST, filter=filter_, mode="FULL_TEXT")
    [error] = answer["errors"]
    assert said in error["message"]


ORDERS: dict[str, str] = {
    "KEY": "p.key",
    "TITLE": "p.title, p.key",
    "PRICE_ASC": "p.currency = 'USD', p.price, p.key",
    "PRICE_DESC": "p.currency = 'USD', p.price DESC, p.key",
    "POPULARITY": "p.popularity DESC, p.key",
    "NEWEST": "p.released DESC, p.key",
    "RATING": "coalesce(COLLECT { MATCH (p)<-[:REVIEWS]-(r) RETURN r.rating }[0], -1.0) DESC, "
    "p.key",
}
PAGED = """query($query: String!, $orderBy: ProductSort!, $first: Int, $after: String,
    $last: Int, $before: String) {
  products(query: $query, mode: FULL_TEXT, understand: false, orderBy: $orderBy,
      first: $first, after: $after,
      last: $last, before: $before, filter: {price: {min: "1", currencyCode: "EUR"}}) {
    edges { score node { key } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    priceCurrency
  }
}"""


@pytest.mark.parametrize("order", ORDERS)
async def test_a_search_is_sorted_and_paged(ask: Ask, shop: Connection, order: str) -> None:
    expected = [
        row["key"]
        for row in shop.execute(
            "MATCH (p:Product) WHERE p.currency = 'EUR' AND p.title CONTAINS 'Phone' "
            f"RETURN p.key AS key ORDER BY {ORDERS[order]}"
        )
    ]
    assert len(expected) == 6
    forwards: list[str] = []
    after = None
    while True:
        answer = await ask(PAGED, query="phone smart", orderBy=order, first=3, after=after)
        page = answer["data"]["products"]
        forwards += [edge["node"]["key"] for edge in page["edges"]]
        assert all(edge["score"] > 0 for edge in page["edges"])
        assert page["priceCurrency"] == "EUR"
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert forwards == expected
    answer = await ask(PAGED, query="phone smart", orderBy=order, last=4, before=after)
    page = answer["data"]["products"]
    assert [edge["node"]["key"] for edge in page["edges"]] == expected[-5:-1]
    assert page["pageInfo"]["hasPreviousPage"]
    other = next(one for one in ORDERS if one != order)
    refused = await ask(PAGED, query="phone smart", orderBy=other, first=3, after=after)
    assert refused["errors"][0]["extensions"]["code"] == "BAD_CURSOR"


async def test_sorted_searches_keep_products_with_all_words(ask: Ask, shop: Connection) -> None:
    assert set(await keys_of(ask, query="acme phone", orderBy="PRICE_ASC")) == truth(
        shop, f"{has('Brand', 'acme')} AND p.description CONTAINS ' phone'"
    )
    by_score = await keys_of(ask, query="acme phone")
    assert len(by_score) == 24
    # No product has all of these words: what has any of them is sorted.
    assert await keys_of(ask, query="corvo 华为", orderBy="KEY") == sorted(
        truth(shop, has("Brand", "corvo", "华为"))
    )


FACETS = """query($filter: ProductFilter, $query: String, $orderBy: ProductSort) {
  products(first: 1, filter: $filter, query: $query, mode: FULL_TEXT, understand: false,
      orderBy: $orderBy) {
    totalCount
    facets { name relation currencyCode range { min max unit }
      values { ...one } ranges { ...one } } } }
fragment one on FacetValue { label count input filter { brands categories currency ratingMin
  availability
  attributes { attribute values min max unit } price { min max currencyCode } } }"""
CHOICES: list[dict[str, Any]] = [
    {},
    {"brands": ["brand:acme"]},
    {"categories": ["category:phones/cases"], "brands": ["brand:acme", "brand:birch"]},
    {
        "brands": ["brand:acme"],
        "attributes": [{"attribute": "colour", "values": ["red"]}],
        "price": {"min": "15", "max": "40", "currencyCode": "EUR"},
        "ratingMin": 2,
    },
    {
        "attributes": [
            {"attribute": "memory", "max": 64, "unit": "GB"},
            {"attribute": "colour", "values": ["red", "blue"]},
        ],
        "currency": "EUR",
    },
    {"not": {"words": ["wireless"]}, "ratingMin": 3},
    {"availability": ["IN_STOCK"], "brands": ["brand:acme"]},
]


def without_nulls(value: Any) -> Any:
    """Return a facet's filter as the input that it stands for."""
    if isinstance(value, list):
        return [without_nulls(one) for one in value]
    if isinstance(value, dict):
        return {name: without_nulls(one) for name, one in value.items() if one is not None}
    return value


def chosen(filter_: Mapping[str, Any], facet: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a list's filter with another value in place of its own choice in a facet."""
    selects = without_nulls(value)
    kept = dict(filter_)
    others = [one for one in kept.pop("attributes", ()) if one["attribute"] != facet]
    if mine := selects.pop("attributes", None):
        return kept | {"attributes": [*others, *mine]}
    kept_others: dict[str, Any] = {"attributes": others} if others else {}
    return {**kept, **kept_others, **selects}


@pytest.mark.parametrize("query", [None, SOUND])
@pytest.mark.parametrize("filter_", CHOICES)
async def test_each_count_is_what_its_filter_finds(
    ask: Ask, filter_: dict[str, Any], query: str | None
) -> None:
    answer = await ask(FACETS, filter=filter_, query=query)
    assert "errors" not in answer, answer
    page = answer["data"]["products"]
    assert page["totalCount"] == len(await keys_of(ask, filter=filter_, query=query))
    facets = {facet["name"]: facet for facet in page["facets"]}
    assert {"brand", "category", "price", "rating", "colour", "memory"} <= facets.keys()
    counted = 0
    for facet in facets.values():
        assert facet["relation"] == "EQ"
        for value in [*facet["values"], *facet["ranges"]]:
            narrowed = chosen(filter_, facet["name"], value["filter"])
            found = await keys_of(ask, filter=narrowed, query=query)
            assert len(found) == value["count"] > 0, (facet["name"], value)
            counted += 1
    assert counted >= 15
    if query is None and filter_.keys() <= {"brands"}:
        counts = {value["label"]: value["count"] for value in facets["brand"]["values"]}
        assert counts == {"Acme": 12, "Birch": 12, "Corvo": 12, "Huawei": 2}


async def test_inputs_of_old_facets_find_their_counts(ask: Ask) -> None:
    filter_ = {"category": "category:phones/cases", "brand": "brand:acme"}
    answer = await ask(FACETS, filter=filter_)
    for facet in answer["data"]["products"]["facets"]:
        for value in facet["values"]:
            assert len(await keys_of(ask, filter=filter_ | value["input"])) == value["count"]


async def test_numbers_have_ranges(ask: Ask) -> None:
    answer = await ask(FACETS)
    facets = {facet["name"]: facet for facet in answer["data"]["products"]["facets"]}
    memory = facets["memory"]
    unit = memory["range"]["unit"]
    low, high = memory["range"]["min"], memory["range"]["max"]
    assert memory["ranges"][0]["label"].startswith(f"{low:g} to ")
    assert all(one["filter"]["attributes"][0]["unit"] == unit for one in memory["ranges"])
    assert memory["ranges"][-1]["filter"]["attributes"][0]["max"] == high
    assert facets["colour"]["range"] is None
    assert facets["colour"]["ranges"] == []
    assert facets["price"]["range"]["min"] == 11.5


async def test_as_many_facets_and_values_as_asked_for(ask: Ask) -> None:
    document = """{ products(first: 1) {
      few: facets(first: 2, values: 1) { name values { label count } }
      named: facets(names: ["colour", "brand"], values: 2) { name values { label } }
      all: facets(first: 100, values: 100) { name values { label } } } }"""
    answer = await ask(document)
    found = answer["data"]["products"]
    assert found["few"] == [
        {"name": "brand", "values": [{"label": "Acme", "count": 12}]},
        {"name": "category", "values": [{"label": "Audio", "count": 18}]},
    ]
    assert [facet["name"] for facet in found["named"]] == ["brand", "colour"]
    assert all(len(facet["values"]) == 2 for facet in found["named"])
    assert {facet["name"] for facet in found["all"]} >= {"brand", "memory", "link", "rating"}
    assert answer["extensions"]["cost"]["statements"] == 2
    for arguments, said in (
        ("first: 0", "'facets.first' is 0; it must be 1 to 100."),
        ("values: 1001", "'facets.values' is 1001; it must be 1 to 1,000."),
    ):
        refused = await ask(f"{{ products(first: 1) {{ facets({arguments}) {{ name }} }} }}")
        assert refused["errors"][0]["message"] == said


async def test_many_values_cost_much(ask: Ask) -> None:
    document = """query($n: Int!, $m: Int!) { products(first: 1) {
      facets(first: $n, values: $m) { values { label } } } }"""
    small = await ask(document, n=3, m=5)
    large = await ask(document, n=30, m=50)
    assert small["extensions"]["cost"]["requested"] == 1 + 3 + 15
    assert large["extensions"]["cost"]["requested"] == 1 + 30 + 1500
    refused = await ask(document, n=100, m=1000)
    assert refused["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"


async def test_counts_of_cut_searches_say_so(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SEARCH_POOL", 10)
    answer = await ask(FACETS, query=SOUND)
    assert answer["data"]["products"]["totalCount"] == 10
    assert {one["relation"] for one in answer["data"]["products"]["facets"]} == {"GTE"}
    empty = await ask(LIST, query=SOUND, mode="FULL_TEXT", filter={"source": "other"})
    assert empty["data"]["products"]["totalCountRelation"] == "GTE"
    whole = await ask(LIST, query="nothing of it", mode="FULL_TEXT")
    assert whole["data"]["products"] == {
        "totalCount": 0,
        "totalCountRelation": "EQ",
        "nodes": [],
    }
