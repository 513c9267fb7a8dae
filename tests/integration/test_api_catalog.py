"""Products over GraphQL: one by key, pages, search, filters; and how many statements each takes."""

from typing import Any

import pytest

from catalograph.store import Connection

from .conftest import GOODS, Ask, key

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

PAGE = """query($first: Int!, $after: String, $query: String, $filter: ProductFilter) {
  products(first: $first, after: $after, query: $query, filter: $filter) {
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
    assert answer["extensions"]["cost"] == {"requested": 32, "statements": 5}


@pytest.mark.parametrize(
    ("query", "statements"),
    [
        ('{ product(key: "product:shop:cam1") { title } }', 1),
        ("{ products(first: 5) { nodes { key } } }", 1),
        ("{ products(first: 5) { nodes { key brands { name } } } }", 2),
        (
            "{ products(first: 5) { nodes { brands { key } categories { key } values { key } } } }",
            4,
        ),
        ('{ products(first: 5, query: "camera") { nodes { key } } }', 1),
        ("{ recommendations(first: 5) { items { product { title } reasons { text } } } }", 1),
        (
            '{ a: product(key: "product:shop:cam1") { key } b: product(key: "product:shop:cam2") '
            "{ key } }",
            1,
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


async def test_search_fuses_full_text_and_vectors(ask: Ask) -> None:
    answer = await ask(PAGE, first=10, query="tea")
    edges = answer["data"]["products"]["edges"]
    # Both teas are first or second in both lists, of which one has ties broken by key.
    assert {edge["node"]["key"] for edge in edges[:2]} == {key("tea1"), key("tea2")}
    assert edges[0]["score"] <= 2 / 61
    assert edges[1]["score"] >= 2 / 62
    # Found by its vector alone, as it has not the word.
    assert key("tri1") in {edge["node"]["key"] for edge in edges[2:]}


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


@pytest.mark.parametrize("first", [0, -1, 101])
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
