"""Each saved query, run through the gate on the small shop with a few weeks of life in it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from catalograph.settings import Settings
from catalograph.store import AsyncConnection, Connection, resolve_address
from catalograph.store.analyst import ask_statement, saved_queries, saved_query

from .conftest import key, user

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

RUN = "<the run>"
"""Stands for the id of the run in the rows expected."""
# shopper, kind, product or search words, time
EVENTS = [
    ("ann", "query", "red camera", "2026-03-02T09:00:00Z"),
    ("ann", "click", "cam1", "2026-03-02T09:01:00Z"),
    ("ann", "cart", "cam1", "2026-03-02T09:02:00Z"),
    ("ann", "purchase", "cam1", "2026-03-02T09:05:00Z"),
    ("ann", "purchase", "bag1", "2026-03-02T09:05:00Z"),
    ("ann", "purchase", "cam3", "2026-03-11T10:00:00Z"),
    ("bob", "query", "Red camera ", "2026-03-03T09:00:00Z"),
    ("bob", "view", "cam1", "2026-03-03T09:05:00Z"),
    ("bob", "purchase", "cam1", "2026-03-04T09:00:00Z"),
    ("bob", "purchase", "bag1", "2026-03-04T09:01:00Z"),
    ("bob", "view", "tea1", "2026-03-09T09:00:00Z"),
    ("bob", "purchase", "tea1", "2026-03-10T09:00:00Z"),
]
# author, product, stars, time, verified, text, aspects with sentiment
REVIEWS = [
    ("ann", "cam1", 5.0, "2026-02-10T00:00:00Z", True, "Sharp.", [("lens", "positive")]),
    ("bob", "cam1", 2.0, "2026-03-12T00:00:00Z", False, "Heavy.", [("weight", "negative")]),
    ("ann", "cam3", 4.0, "2026-03-13T00:00:00Z", True, "Fine lens.", [("lens", "positive")]),
]


def live(connection: Connection) -> None:
    """Write events, reviews, served lists, a twin in another catalogue and a doubtful fact."""
    connection.execute(
        "UNWIND $rows AS row MERGE (u:User {key: row.user}) "
        "CREATE (u)-[:PERFORMED]->(e:Event:Source {key: row.key, kind: row.kind, "
        "time: datetime(row.time)}) "
        "WITH e, row CALL (e, row) { WITH e, row WHERE row.kind = 'query' SET e.query = row.what } "
        "WITH e, row MATCH (p:Product {key: row.on}) CREATE (e)-[:ON]->(p)",
        rows=[
            {
                "user": user(who),
                "key": f"event:shop:{n}",
                "kind": kind,
                "what": what,
                "on": key(what),
                "time": time,
            }
            for n, (who, kind, what, time) in enumerate(EVENTS)
        ],
    )
    connection.execute(
        "UNWIND $rows AS row MATCH (p:Product {key: row.on}) MATCH (u:User {key: row.user}) "
        "CREATE (u)-[:WROTE]->(r:Review:Source {key: row.key, rating: row.rating, "
        "text: row.text, time: datetime(row.time), verified: row.verified})-[:REVIEWS]->(p) "
        "WITH r, row UNWIND row.aspects AS aspect "
        "MERGE (v:Value {key: 'value:aspect=' + aspect[0], attribute: 'aspect', name: aspect[0]}) "
        "CREATE (r)-[:MENTIONS {sentiment: aspect[1]}]->(v)",
        rows=[
            {
                "user": user(who),
                "on": key(on),
                "key": f"review:shop:{n}",
                "rating": rating,
                "time": time,
                "verified": verified,
                "text": text,
                "aspects": [list(aspect) for aspect in aspects],
            }
            for n, (who, on, rating, time, verified, text, aspects) in enumerate(REVIEWS)
        ],
    )
    connection.execute(
        "MATCH (m:Model {key: 'model:preference:7'}) MATCH (e:Event {key: 'event:shop:1'}) "
        "CREATE (s:Served {key: 'served:1'})-[:SERVED_BY]->(m) "
        "CREATE (:Served {key: 'served:2'})-[:SERVED_BY]->(m) "
        "CREATE (e)-[:RESPONDS_TO]->(s)"
    )
    connection.execute(
        "MATCH (tea:Product {key: $tea}) MATCH (black:Value {key: 'value:colour=black'}) "
        "MATCH (run:Run) WITH tea, black, run LIMIT 1 "
        "CREATE (twin:Product {key: 'product:other:t', source: 'other', id: 't', listed: false, "
        "title: 'Green Tea', price: 7.5, currency: 'EUR'}) "
        "CREATE (c:Cluster {key: 'cluster:1', kind: 'same'}) "
        "CREATE (tea)-[:MEMBER_OF {score: 0.9, method: 'rules', run: 'x'}]->(c) "
        "CREATE (twin)-[:MEMBER_OF {score: 0.8, method: 'rules', run: 'x'}]->(c) "
        "CREATE (twin)-[:HAS_VALUE]->(black) "
        "CREATE (:Assertion {key: 'assertion:product:other:t\tHAS_VALUE\tvalue:colour=black'})"
        "-[:SUPPORTED_BY {origin: 'EXTRACTED', extractor: 'rules', version: '1', confidence: 0.6, "
        "run: 'x', field: 'title', start: 0, end: 5}]->"
        "(:Source {key: 'source:other:catalog/t', source: 'other', run: 'x'})",
        tea=key("tea1"),
    )
    # The tea cost less, then it ran out, then it was withdrawn and came back.
    connection.execute(
        "UNWIND $rows AS row CREATE (:Offer {key: 'offer:shop:tea1@' + row[0], product: $tea, "
        "title: 'Green tea', price: row[2], currency: 'EUR', availability_status: row[3], "
        "quantity: row[4], valid_from: datetime(row[0]), valid_to: datetime(row[1]), "
        "withdrawn: row[5], run: 'r1'})",
        tea=key("tea1"),
        rows=[
            ("2026-01-01T00:00:00Z", "2026-01-10T00:00:00Z", 4.0, "IN_STOCK", 3, False),
            ("2026-01-10T00:00:00Z", "2026-01-20T00:00:00Z", 5.0, "OUT_OF_STOCK", 0, True),
        ],
    )
    connection.execute(
        "CREATE (:PastAssertion {key: 'past:r1/1', head: $tea, relation: 'HAS_BRAND', "
        "tail: 'brand:acme', valid_from: datetime('2026-01-01T00:00:00Z'), "
        "valid_to: datetime('2026-01-20T00:00:00Z'), run: 'r1'})",
        tea=key("tea1"),
    )
    # The black camera says nothing of its colour any more, and the bag has a picture.
    connection.execute("MATCH (p:Product {key: $cam})-[r:HAS_VALUE]->(v) DELETE r", cam=key("cam3"))
    connection.execute("MATCH (p:Product {key: $bag}) SET p.image_url = 'x'", bag=key("bag1"))


@pytest.fixture(scope="module")
def run(shop: Connection) -> str:
    """The shop, lived in; the id of the run that wrote it."""
    live(shop)
    [row] = shop.execute("MATCH (r:Run) RETURN substring(r.key, 4) AS id")
    return str(row["id"])


@pytest.fixture
async def analyst(settings: Settings, run: str) -> AsyncIterator[AsyncConnection]:
    connection = AsyncConnection(resolve_address(settings))
    yield connection
    await connection.close()


CASES: dict[str, tuple[dict[str, Any], list[list[Any]]]] = {
    "alike_by_text": (
        {"product": key("cam1"), "first": 3},
        [
            [key("cam2"), "Blue camera", 1.0],
            [key("cam3"), "Black camera", 1.0],
            [key("old1"), "Old camera", 1.0],
        ],
    ),
    "aspect_trend_by_week": (
        {"since": "2026-02-01"},
        [
            ["2026-02-09", "lens", 1, 1, 0, 0.0],
            ["2026-03-09", "lens", 1, 1, 0, 0.0],
            ["2026-03-09", "weight", 1, 0, 1, 1.0],
        ],
    ),
    "basket_pairs": ({}, [["Camera bag", "Red camera", 2, 2.0]]),
    "brand_price_position": (
        {},
        [
            ["Bags", "Acme", "EUR", 1, 20.0, 1.0],
            ["Cameras", "Zeta", "EUR", 1, 300.0, 1.73],
            ["Cameras", "Acme", "EUR", 2, 110.0, 0.63],
            ["Tea", "Leaf", "EUR", 2, 5.5, 1.0],
            ["Tripods", "Zeta", "EUR", 1, 45.0, 1.0],
        ],
    ),
    "brand_share_by_week": (
        {},
        [
            ["2026-03-02", "Acme", 4, 1.0],
            ["2026-03-09", "Leaf", 1, 0.5],
            ["2026-03-09", "Zeta", 1, 0.5],
        ],
    ),
    "brand_switching": ({}, [["Cameras", "Acme", "Zeta", 1]]),
    "category_coverage": (
        {},
        [
            ["category:photo/cameras", 3, 1.0, 1.0, 1.0, 0.0, 0.67],
            ["category:food/tea", 2, 1.0, 1.0, 1.0, 0.0, 1.0],
            ["category:photo/bags", 1, 1.0, 1.0, 1.0, 1.0, 1.0],
            ["category:photo/tripods", 1, 1.0, 1.0, 1.0, 0.0, 1.0],
        ],
    ),
    "cold_products": (
        {},
        [
            [key("cam2"), "Blue camera", 3, 1],
            [key("tea2"), "Red tea", 3, 1],
            [key("tri1"), "Tripod", 3, 1],
        ],
    ),
    "conflicting_values": (
        {"attribute": "colour"},
        [
            [
                "colour",
                ["product:other:t", key("tea1")],
                [
                    {"value": "black", "sources": ["other"]},
                    {"value": "green", "sources": ["shop"]},
                ],
            ]
        ],
    ),
    "conversion_by_model": ({}, [["preference 7", True, 2, 1, 0, 0.5, 0.0]]),
    "doubtful_facts": (
        {},
        [["product:other:t", "HAS_VALUE", "value:colour=black", "EXTRACTED", "rules", 0.6]],
    ),
    "duplicates_across_catalogues": (
        {},
        [
            [
                ["product:other:t", key("tea1")],
                ["Green Tea", "Green tea"],
                [7.5, 5.0],
                2.5,
                0.8,
            ]
        ],
    ),
    "funnel_by_brand": ({}, [["Acme", 2, 1, 2, 1.0], ["Leaf", 1, 0, 1, 1.0]]),
    "graph_overview": (
        {"least": 12},
        [
            ["node", "Assertion", 27],
            ["node", "Source", 24],
            ["node", "Event", 12],
            ["relation", "SUPPORTED_BY", 27],
            ["relation", "CO_PREFERRED", 18],
            ["relation", "PERFORMED", 12],
        ],
    ),
    "missing_attributes": (
        {"category": "category:photo/cameras"},
        [[key("cam3"), "Black camera", ["colour"]]],
    ),
    "price_at": (
        {"time": "2026-01-05T00:00:00Z", "brand": "brand:leaf"},
        [
            [
                *(key("tea1"), "Green tea", 4.0, None, "EUR", "IN_STOCK", 3),
                *("2026-01-01T00:00:00Z", "2026-01-10T00:00:00Z"),
            ]
        ],
    ),
    "price_changes": (
        {},
        [[key("tea1"), "Green tea", "2026-01-10T00:00:00Z", 4.0, 5.0, "EUR", 0.25]],
    ),
    "price_bands_by_category": (
        {},
        [
            ["Photo > Cameras", "EUR", 3, 100.0, 110.0, 120.0, 210.0, 300.0],
            ["Food > Tea", "EUR", 2, 5.0, 5.25, 5.5, 5.75, 6.0],
            ["Photo > Bags", "EUR", 1, 20.0, 20.0, 20.0, 20.0, 20.0],
            ["Photo > Tripods", "EUR", 1, 45.0, 45.0, 45.0, 45.0, 45.0],
        ],
    ),
    "provenance": (
        {"product": "product:other:t"},
        [
            [
                "HAS_VALUE",
                "black",
                "EXTRACTED",
                "source:other:catalog/t",
                "title",
                [0, 5],
                0.6,
                "x",
            ]
        ],
    ),
    "ran_out": (
        {"since": "2026-01-01T00:00:00Z"},
        [
            [
                *(key("tea1"), "Green tea", "2026-01-10T00:00:00Z"),
                *("IN_STOCK", "OUT_OF_STOCK", 3, False),
            ]
        ],
    ),
    "rating_changes": ({"since": "2026-03-01"}, [[key("cam1"), 5.0, 2.0, -3.0, 1]]),
    "review_quality": (
        {},
        [[key("cam1"), 2, 3.5, 1.5, 0.5, 6.0, 0], [key("cam3"), 1, 4.0, 0.0, 1.0, 10.0, 0]],
    ),
    "runs_and_changes": ({}, [[RUN, "test", "running", 8, 8, 26, 0]]),
    "search_words": ({}, [["red camera", 2, 2, 0.5, 0.5]]),
    "sentiment_by_aspect": ({}, [["lens", 2, 2, 0, 1.0], ["weight", 1, 0, 1, -1.0]]),
    "trending_by_week": (
        {"week": "2026-03-12", "first": 3},
        [
            [key("tea1"), "Green tea", 6, 0, 6],
            [key("cam3"), "Black camera", 5, 0, 5],
            [key("bag1"), "Camera bag", 0, 10, -10],
        ],
    ),
    "withdrawn_facts": (
        {"product": key("tea1")},
        [
            [
                *(key("tea1"), "HAS_BRAND", "brand:acme"),
                *("2026-01-01T00:00:00Z", "2026-01-20T00:00:00Z", "r1", False),
            ]
        ],
    ),
    "withdrawn_products": (
        {},
        [[key("tea1"), "Green tea", "2026-01-20T00:00:00Z", "r1", 5.0, "EUR", True]],
    ),
    "why_recommended": (
        {"product": key("bag1"), "first": 1},
        [
            [
                key("cam1"),
                "Red camera",
                0.7,
                [
                    {"reason": "interactions", "part": 0.4},
                    {"reason": "HAS_BRAND", "part": 0.1},
                    {"reason": "IN_CATEGORY", "part": 0.0},
                    {"reason": "HAS_VALUE:colour", "part": 0.0},
                    {"reason": "ALSO_BOUGHT", "part": 0.2},
                ],
            ]
        ],
    ),
}
"""Parameters and rows, by name of the query."""


def test_every_saved_query_has_a_case() -> None:
    assert sorted(CASES) == [query.name for query in saved_queries()]


@pytest.mark.parametrize("name", [query.name for query in saved_queries()])
async def test_a_saved_query_answers(name: str, analyst: AsyncConnection, run: str) -> None:
    query = saved_query(name)
    parameters, rows = CASES[name]
    answer = await ask_statement(analyst, query.text, query.fill(parameters), caller="an analyst")
    assert answer.columns == [column.name for column in query.columns]
    for row in answer.rows:
        for column, value in zip(query.columns, row, strict=True):
            assert fits(column.type, value), f"{column.name} is {value!r}"
    assert [[RUN if value == run else value for value in row] for row in answer.rows] == rows


@pytest.mark.parametrize("name", ["brand_price_position", "price_bands_by_category"])
async def test_prices_are_in_the_commonest_currency(
    name: str, analyst: AsyncConnection, shop: Connection, run: str
) -> None:
    """Given a shop in dollars with one product in yen, the default asks for dollars."""
    query = saved_query(name)
    set_currency = (
        "MATCH (p:Product) SET p.currency = CASE p.id WHEN 'tri1' THEN $one ELSE $all END"
    )
    shop.execute(set_currency, one="JPY", all="USD")
    try:
        default = await ask_statement(analyst, query.text, query.fill({}), caller="an analyst")
        yen = await ask_statement(
            analyst, query.text, query.fill({"currency": "JPY"}), caller="an analyst"
        )
        euros = await ask_statement(
            analyst, query.text, query.fill({"currency": "EUR"}), caller="an analyst"
        )
    finally:
        shop.execute(set_currency, one="EUR", all="EUR")
    place = default.columns.index("currency")
    assert {row[place] for row in default.rows} == {"USD"}
    assert [row[place] for row in yen.rows] == ["JPY"]
    assert euros.rows == []


async def test_no_rows_are_explained(analyst: AsyncConnection, run: str) -> None:
    query = saved_query("brand_price_position")
    given = query.fill({"currency": "XXX"})
    answer = query.explain_empty(
        await ask_statement(analyst, query.text, given, caller="an analyst"), given
    )
    [note] = answer.notifications
    assert (note.code, note.title) == ("EMPTY_RESULT", "No rows")
    assert note.description == f"{query.empty} Asked with currency = 'XXX'."
    full = await ask_statement(analyst, query.text, query.fill({}), caller="an analyst")
    assert query.explain_empty(full, {}) == full


KINDS: dict[str, type | tuple[type, ...]] = {
    "STRING": str,
    "INTEGER": int,
    "FLOAT": float,
    "BOOLEAN": bool,
}


def fits(type_: str, value: Any) -> bool:
    """Whether a value is of the type its column is said to have."""
    if value is None:
        return True
    if type_.startswith("LIST<"):
        return isinstance(value, list) and all(fits(type_[5:-1], item) for item in value)
    if type_ == "MAP":
        return isinstance(value, dict)
    return isinstance(value, KINDS[type_])
