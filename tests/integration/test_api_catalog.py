"""Products over GraphQL: one by key, pages, search, filters; and how many statements each takes."""

from typing import Any

import pytest

from catalograph.store import Connection
from catalograph.store.queries.search import TEXT_SHARE

from .conftest import GOODS, Ask, key

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

PAGE = """query($first: Int!, $after: String, $query: String, $filter: ProductFilter) {
  products(first: $first, after: $after, query: $query, filter: $filter, understand: false) {
    edges { cursor score node { key title } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""
LISTED = sorted(key(id_) for id_, good in GOODS.items() if good[5])


async def pages(ask: Ask, first: int, **arguments: Any) -> list[str]:
    """Read all pages; return the keys in order."""
    found: list[str] = []
    after = None
    for _ in range(50):
        answer = await ask(PAGE, first=first, after=after, **arguments)
        page = answer["data"]["products"]
        found += [edge["node"]["key"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
    raise AssertionError("paging does not end")


def code(answer: dict[str, Any]) -> str:
    [error] = answer["errors"]
    return str(error["extensions"]["code"])


async def test_a_product_with_all_that_belongs_to_it(ask: Ask) -> None:
    answer = await ask(
        """query($key: String!) { product(key: $key) {
          id key source sourceId listed title description price currency gtins
          brands { name } categories { name path } values { attribute name }
          reviewSummary { reviews averageRating } } }""",
        key=key("cam1"),
    )
    product = answer["data"]["product"]
    assert product.pop("id")
    assert product == {
        "key": key("cam1"),
        "source": "shop",
        "sourceId": "cam1",
        "listed": True,
        "title": "Red camera",
        "description": "Red camera, well made.",
        "price": 100.0,
        "currency": "EUR",
        "gtins": [],
        "brands": [{"name": "Acme"}],
        "categories": [{"name": "Cameras", "path": ["Photo", "Cameras"]}],
        "values": [{"attribute": "colour", "name": "red"}],
        "reviewSummary": {"reviews": 0, "averageRating": None},
    }
    assert answer["extensions"]["cost"]["statements"] == 1


@pytest.mark.parametrize(
    ("query", "statements"),
    [
        ('{ product(key: "product:shop:cam1") { title } }', 1),
        ("{ products(first: 5) { nodes { key } } }", 1),
        ("{ products(first: 5) { nodes { key brands { name } } } }", 1),
        (
            "{ products(first: 5) { nodes { brands { key } categories { key } values { key } } } }",
            1,
        ),
        ('{ products(first: 5, query: "camera", understand: false) { nodes { key } } }', 1),
        ("{ recommendations(first: 5) { items { product { title } reasons { text } } } }", 1),
        (
            '{ a: product(key: "product:shop:cam1") { key } b: product(key: "product:shop:cam2") '
            "{ key } }",
            2,
        ),
        ("{ __typename }", 0),
    ],
)
async def test_statements_are_counted_exactly(ask: Ask, query: str, statements: int) -> None:
    answer = await ask(query)
    assert "errors" not in answer
    assert answer["extensions"]["cost"]["statements"] == statements


@pytest.mark.parametrize(
    ("node_key", "type_"),
    [
        ("product:shop:cam1", "Product"),
        ("brand:acme", "Brand"),
        ("category:photo/cameras", "Category"),
        ("value:colour=red", "AttributeValue"),
    ],
)
async def test_a_node_comes_back_by_its_global_id(ask: Ask, node_key: str, type_: str) -> None:
    listed = await ask(
        """{ products(first: 10) { nodes { id key brands { id key } categories { id key }
        values { id key } } } }"""
    )
    nodes = listed["data"]["products"]["nodes"]
    for product in list(nodes):
        nodes += product["brands"] + product["categories"] + product["values"]
    id_ = next(node["id"] for node in nodes if node["key"] == node_key)
    answer = await ask("query($id: ID!) { node(id: $id) { __typename id key } }", id=id_)
    assert answer["data"]["node"] == {"__typename": type_, "id": id_, "key": node_key}


async def test_what_does_not_exist_is_null(ask: Ask) -> None:
    answer = await ask('{ product(key: "product:shop:none") { key } }')
    assert answer["data"] == {"product": None}
    assert "errors" not in answer


@pytest.mark.parametrize("first", [1, 2, 3, 7, 100])
async def test_paging_is_complete_and_in_order(ask: Ask, first: int) -> None:
    assert await pages(ask, first) == LISTED


@pytest.mark.parametrize("first", [1, 2, 100])
async def test_search_pages_hold_every_match_once(ask: Ask, first: int) -> None:
    found = await pages(ask, first, query="camera")
    assert found == await pages(ask, 50, query="camera")
    assert len(found) == len(set(found))
    assert {key("cam1"), key("cam2"), key("cam3"), key("bag1")} <= set(found[:4])


async def test_paging_is_stable_when_products_come_in_between(ask: Ask, shop: Connection) -> None:
    first = await ask(PAGE, first=2)
    after = first["data"]["products"]["pageInfo"]["endCursor"]
    shop.execute("CREATE (:Product {key: 'product:shop:a', source: 'shop', id: 'a', listed: true})")
    try:
        second = await ask(PAGE, first=100, after=after)
    finally:
        shop.execute("MATCH (p:Product {key: 'product:shop:a'}) DELETE p")
    seen = [e["node"]["key"] for page in (first, second) for e in page["data"]["products"]["edges"]]
    assert seen == LISTED


async def test_unlisted_products_are_shown_by_key_only(ask: Ask) -> None:
    assert key("old1") not in await pages(ask, 100)
    assert key("old1") not in await pages(ask, 100, query="old camera")
    answer = await ask("query($key: String!) { product(key: $key) { listed } }", key=key("old1"))
    assert answer["data"]["product"] == {"listed": False}


@pytest.mark.parametrize(
    ("filter_", "ids"),
    [
        ({"brand": "brand:acme"}, ["bag1", "cam1", "cam2"]),
        ({"category": "category:photo"}, ["bag1", "cam1", "cam2", "cam3", "tri1"]),
        ({"category": "category:photo/cameras"}, ["cam1", "cam2", "cam3"]),
        ({"values": ["value:colour=black"]}, ["bag1", "cam3", "tri1"]),
        ({"values": ["value:colour=black", "value:colour=red"]}, []),
        ({"priceMin": 20, "priceMax": 100}, ["bag1", "cam1", "tri1"]),
        ({"brand": "brand:acme", "priceMax": 100}, ["bag1", "cam1"]),
        ({"brand": "brand:unknown"}, []),
        ({}, ["bag1", "cam1", "cam2", "cam3", "tea1", "tea2", "tri1"]),
    ],
)
async def test_filters_narrow_lists_and_searches(
    ask: Ask, filter_: dict[str, Any], ids: list[str]
) -> None:
    assert await pages(ask, 2, filter=filter_) == [key(id_) for id_ in ids]
    found = await pages(ask, 100, filter=filter_, query="well made")
    assert sorted(found) == [key(id_) for id_ in ids]


async def test_search_adds_up_full_text_and_vectors(ask: Ask) -> None:
    answer = await ask(PAGE, first=10, query="tea")
    edges = answer["data"]["products"]["edges"]
    # Both teas match alike in both ways, best of all; the key decides which is first by words.
    assert [edge["node"]["key"] for edge in edges[:2]] == [key("tea1"), key("tea2")]
    second = TEXT_SHARE * 61 / 62 + 1 - TEXT_SHARE
    assert [edge["score"] for edge in edges[:2]] == pytest.approx([1.0, second], abs=1e-4)
    # Found by its vector alone, as it has not the word.
    assert key("tri1") in {edge["node"]["key"] for edge in edges[2:]}


@pytest.mark.parametrize(("mode", "found"), [("FULL_TEXT", 2), ("VECTOR", 3), ("HYBRID", 3)])
async def test_a_search_goes_by_what_is_asked_for(ask: Ask, mode: str, found: int) -> None:
    answer = await ask(
        'query($mode: SearchMode!) { products(first: 50, query: "tea", mode: $mode, '
        "understand: false) { edges { score node { key } } } }",
        mode=mode,
    )
    edges = answer["data"]["products"]["edges"]
    assert len(edges) == found
    assert {edge["node"]["key"] for edge in edges[:2]} == {key("tea1"), key("tea2")}
    assert edges[0]["score"] == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize(
    "cursor", ["", "x", "AAAA", "Zm9yZ2VkLWJ5LWhhbmQtd2l0aG91dC1hLWtleQ", "' OR 1=1 //", "é"]
)
async def test_a_forged_cursor_is_refused(ask: Ask, cursor: str) -> None:
    answer = await ask(PAGE, first=2, after=cursor)
    assert code(answer) == "BAD_CURSOR"
    assert answer["extensions"]["cost"]["statements"] == 0


async def test_a_cursor_of_another_query_or_filter_is_refused(ask: Ask) -> None:
    cursor = (await ask(PAGE, first=2))["data"]["products"]["pageInfo"]["endCursor"]
    assert code(await ask(PAGE, first=2, after=cursor, query="camera")) == "BAD_CURSOR"
    filtered = await ask(PAGE, first=2, after=cursor, filter={"brand": "brand:acme"})
    assert code(filtered) == "BAD_CURSOR"


@pytest.mark.parametrize("first", [0, -1, 101, 1_000])
async def test_first_is_1_to_100(ask: Ask, first: int) -> None:
    assert code(await ask(PAGE, first=first)) == "INVALID_INPUT"


async def test_a_page_without_end_is_refused_for_its_cost(ask: Ask) -> None:
    answer = await ask(PAGE, first=2**31 - 1)
    assert code(answer) == "LIMIT_EXCEEDED"
    assert answer["extensions"]["cost"]["statements"] == 0


@pytest.mark.parametrize(
    "text",
    [
        "title:camera OR listed:false",
        "*:*",
        "camera~2",
        '"',
        "((((",
        "a AND",
        "[* TO *]",
        "\\",
        "/[a-z/",
        "' }) MATCH (n) DETACH DELETE n //",
        "`) DELETE n",
        "{{{",
        "&& || !",
        "\u0000",
        "𝕏\u202e",
        "x^",
        "+-+-",
    ],
)
async def test_search_words_are_never_syntax(ask: Ask, shop: Connection, text: str) -> None:
    count = "MATCH (n) RETURN count(n) AS nodes"
    before = shop.execute(count)
    answer = await ask(PAGE, first=100, query=text)
    assert "errors" not in answer
    assert key("old1") not in {e["node"]["key"] for e in answer["data"]["products"]["edges"]}
    assert shop.execute(count) == before


@pytest.mark.parametrize(
    "filter_",
    [
        {"brand": "product:shop:cam1"},
        {"category": "') RETURN 1 //"},
        {"values": ["value:colour=red"] * 21},
        {"values": ["brand:acme"]},
    ],
)
async def test_filters_take_keys_of_their_kind(ask: Ask, filter_: dict[str, Any]) -> None:
    assert code(await ask(PAGE, first=2, filter=filter_)) == "INVALID_INPUT"


BACKWARDS = """query($last: Int!, $before: String, $order: ProductSort!) {
  products(last: $last, before: $before, orderBy: $order) {
    nodes { key } pageInfo { hasPreviousPage startCursor } } }"""
SORTED = """query($first: Int!, $order: ProductSort!) {
  products(first: $first, orderBy: $order) { nodes { key } } }"""


@pytest.mark.parametrize("order", ["KEY", "TITLE", "PRICE_ASC", "PRICE_DESC", "NEWEST", "RATING"])
async def test_pages_from_the_end_are_those_from_the_beginning(ask: Ask, order: str) -> None:
    whole = await ask(SORTED, first=100, order=order)
    expected = [node["key"] for node in whole["data"]["products"]["nodes"]]
    assert sorted(expected) == LISTED
    found: list[str] = []
    before = None
    for _ in range(10):
        page = (await ask(BACKWARDS, last=2, before=before, order=order))["data"]["products"]
        found = [node["key"] for node in page["nodes"]] + found
        before = page["pageInfo"]["startCursor"]
        if not page["pageInfo"]["hasPreviousPage"]:
            break
    assert found == expected


async def test_prices_order_products_and_those_without_come_last(
    ask: Ask, shop: Connection
) -> None:
    shop.execute("CREATE (:Product {key: 'product:shop:0', source: 'shop', id: '0', listed: true})")
    try:
        found = {}
        for order in ("PRICE_ASC", "PRICE_DESC"):
            answer = await ask(SORTED, first=100, order=order)
            found[order] = [node["key"] for node in answer["data"]["products"]["nodes"]]
    finally:
        shop.execute("MATCH (p:Product {key: 'product:shop:0'}) DELETE p")
    cheapest = ["tea1", "tea2", "bag1", "tri1", "cam1", "cam2", "cam3"]
    assert found["PRICE_ASC"] == [*map(key, cheapest), "product:shop:0"]
    assert found["PRICE_DESC"] == [*map(key, reversed(cheapest)), "product:shop:0"]


@pytest.mark.parametrize(
    "arguments", ["", "first: 2, last: 2", "last: 0", "last: 101", 'first: 2, before: "x"']
)
async def test_a_list_needs_first_or_last(ask: Ask, arguments: str) -> None:
    for field in ("products", "brands", "categories", "attributes", "models", "runs"):
        asked = f"{field}({arguments})" if arguments else field
        assert code(await ask(f"{{ {asked} {{ nodes {{ key }} }} }}")) == "INVALID_INPUT"


async def test_facets_posted_back_give_what_they_count(ask: Ask) -> None:
    document = """query($filter: ProductFilter) { products(first: 1, filter: $filter) { totalCount
      facets { name values { label count input } } } }"""
    base = {"category": "category:photo"}
    answer = await ask(document, filter=base)
    facets = answer["data"]["products"]["facets"]
    assert {facet["name"] for facet in facets} == {"brand", "category", "price", "colour"}
    colours = next(facet for facet in facets if facet["name"] == "colour")["values"]
    assert [(v["label"], v["count"]) for v in colours] == [("black", 3), ("blue", 1), ("red", 1)]
    for facet in facets:
        for value in facet["values"]:
            narrowed = await ask(document, filter=base | value["input"])
            assert narrowed["data"]["products"]["totalCount"] == value["count"]


async def test_facets_of_a_search_count_what_it_finds(ask: Ask) -> None:
    document = """query($filter: ProductFilter) { products(first: 1, query: "camera",
      mode: FULL_TEXT, understand: false, filter: $filter) { totalCount edges { node { key } }
      facets { name values { label count input } } } }"""
    answer = await ask(document)
    found = answer["data"]["products"]
    assert (len(found["edges"]), found["totalCount"]) == (1, 4)
    brands = next(facet for facet in found["facets"] if facet["name"] == "brand")["values"]
    assert [(v["label"], v["count"]) for v in brands] == [("Acme", 3), ("Zeta", 1)]
    for facet in found["facets"]:
        for value in facet["values"]:
            narrowed = await ask(document, filter=value["input"])
            assert narrowed["data"]["products"]["totalCount"] == value["count"]
    assert answer["extensions"]["cost"]["statements"] == 2


async def test_a_search_takes_every_filter(ask: Ask) -> None:
    document = """query($filter: ProductFilter) {
      products(first: 9, query: "camera", understand: false, filter: $filter) { totalCount } }"""
    for filter_, count in (
        ({"source": "shop"}, 5),
        ({"source": "other"}, 0),
        ({"ratingMin": 1}, 0),
        ({"inStock": True, "priceMax": 30}, 1),
    ):
        answer = await ask(document, filter=filter_)
        assert answer["data"]["products"]["totalCount"] == count, filter_


async def test_what_belongs_to_a_brand_or_category_is_paged_as_well(ask: Ask) -> None:
    answer = await ask(
        """{ brand(key: "brand:acme") { name productCount
          products(first: 2, orderBy: PRICE_ASC) { nodes { title } totalCount
            pageInfo { hasNextPage endCursor } } }
        category(key: "category:photo") { productCount parent { key }
          children { name productCount } products(first: 1) { totalCount } } }"""
    )
    brand, category = answer["data"]["brand"], answer["data"]["category"]
    assert [node["title"] for node in brand["products"]["nodes"]] == ["Camera bag", "Red camera"]
    assert (brand["productCount"], brand["products"]["totalCount"]) == (3, 3)
    assert category["parent"] is None
    assert [(c["name"], c["productCount"]) for c in category["children"]] == [
        ("Bags", 1),
        ("Cameras", 3),
        ("Tripods", 1),
    ]
    assert category["productCount"] == category["products"]["totalCount"] == 5
    after = brand["products"]["pageInfo"]["endCursor"]
    rest = await ask(
        f'{{ brand(key: "brand:acme") {{ products(first: 2, orderBy: PRICE_ASC, after: "{after}") '
        "{ nodes { title } pageInfo { hasNextPage hasPreviousPage } } } }"
    )
    assert rest["data"]["brand"]["products"] == {
        "nodes": [{"title": "Blue camera"}],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": True},
    }
    document = """query($after: String!) { brand(key: "brand:acme") {
      products(first: 2, after: $after) { nodes { key } } } }"""
    assert code(await ask(document, after=after)) == "BAD_CURSOR"


async def test_why_a_fact_is_here(ask: Ask) -> None:
    answer = await ask(
        """query($key: String!) { product(key: $key) { assertions(first: 10) { totalCount
          nodes { __typename id head relation tail supports { record origin extractor } } } } }""",
        key=key("cam1"),
    )
    found = answer["data"]["product"]["assertions"]
    assert found["totalCount"] == 4
    told = [(one["relation"], one["tail"]) for one in found["nodes"]]
    assert told == [
        ("ALSO_BOUGHT", key("bag1")),
        ("HAS_BRAND", "brand:acme"),
        ("HAS_VALUE", "value:colour=red"),
        ("IN_CATEGORY", "category:photo/cameras"),
    ]
    assert {one["head"] for one in found["nodes"]} == {key("cam1")}
    assert found["nodes"][1]["supports"] == [
        {"record": "source:shop:catalog/cam1", "origin": "ASSERTED", "extractor": "test"}
    ]
    again = await ask(
        "query($id: ID!) { node(id: $id) { __typename ... on Assertion { relation } } }",
        id=found["nodes"][1]["id"],
    )
    assert again["data"]["node"] == {"__typename": "Assertion", "relation": "HAS_BRAND"}


async def test_fragments_aliases_and_directives_are_merged(ask: Ask) -> None:
    answer = await ask(
        """query($key: String!, $no: Boolean!) {
          product(key: $key) { ...Names brands { key } name: title title @skip(if: $no)
            ... on Node { id } ... @include(if: $no) { currency }
            few: reviews(first: 1) { totalCount } more: reviews(first: 2) { nodes { rating } } } }
        fragment Names on Product { brands { name } kinds: categories { name } }""",
        key=key("cam1"),
        no=True,
    )
    product = answer["data"]["product"]
    assert product.pop("id")
    assert product == {
        "brands": [{"name": "Acme", "key": "brand:acme"}],
        "kinds": [{"name": "Cameras"}],
        "name": "Red camera",
        "currency": "EUR",
        "few": {"totalCount": 0},
        "more": {"nodes": []},
    }
    assert answer["extensions"]["cost"]["statements"] == 1


async def test_models_and_runs_are_listed(ask: Ask) -> None:
    answer = await ask(
        """{ models(first: 5, orderBy: KEY, kind: "preference") { totalCount
          nodes { key version live parts metrics } }
        runs(first: 5) { nodes { kind status } } }"""
    )
    models = answer["data"]["models"]
    assert models["totalCount"] == 2
    assert [(m["version"], m["live"]) for m in models["nodes"]] == [(6, False), (7, True)]
    assert {run["kind"] for run in answer["data"]["runs"]["nodes"]} == {"test"}
