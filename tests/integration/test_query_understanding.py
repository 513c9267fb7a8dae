"""Search words that become filters, over GraphQL: English and Chinese, and what is taken back."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from catalograph.api import create_app
from catalograph.ingest.normalise import canonical_brand, canonical_value
from catalograph.schema import Node, SourceRecord, SourceSupport, Triple, category, keys
from catalograph.settings import Settings
from catalograph.store import Connection, Writer

from .conftest import Ask, WordEncoder, open_client

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

SEARCH = """query(
  $query: String!, $mode: SearchMode = FULL_TEXT, $back: [ID!], $understand: Boolean = true
  $filter: ProductFilter
) {
  products(
    first: 20, query: $query, mode: $mode, takeBack: $back, understand: $understand
    filter: $filter
  ) {
    totalCount
    nodes { key }
    understood {
      words didYouMean
      constraints {
        id kind key keys label text start end min max currencyCode negated applied
      }
    }
  }
}"""
HIGHLIGHTS = """query($query: String!) {
  products(first: 5, query: $query, mode: FULL_TEXT) {
    edges { highlights { field parts { text matched } } node { key } }
  }
}"""
SUGGEST = """query($query: String!, $kinds: [SuggestionKind!]) {
  suggestions(query: $query, first: 9, kinds: $kinds) { kind key text }
}"""
# id: title, brand, category path, price, attributes
GOODS: dict[str, tuple[str, str, list[str], float, dict[str, str]]] = {
    "h1": ("Sony wireless headphones, black", "Sony", ["Audio", "Headphones"], 80.0,
           {"colour": "black", "connectivity": "wireless"}),
    "h2": ("Sony studio headphones, red", "Sony", ["Audio", "Headphones"], 150.0,
           {"colour": "red"}),
    "h3": ("Samsung headphones, black, Bluetooth", "Samsung", ["Audio", "Headphones"], 60.0,
           {"colour": "black", "bluetooth": "yes"}),
    "s1": ("Samsung Galaxy phone 64GB, black", "Samsung", ["Phones"], 300.0,
           {"colour": "black", "storage": "64 GB", "operating system": "Android"}),
    "s2": ("Samsung Galaxy phone 128GB, red", "Samsung", ["Phones"], 400.0,
           {"colour": "red", "storage": "128 GB", "operating system": "Android"}),
    "i1": ("Apple iPhone 7 32GB, black", "Apple", ["Phones", "iPhone"], 500.0,
           {"colour": "black", "storage": "32 GB"}),
    **{
        f"c{n}": (f"{maker} case for Apple iPhone 7 <b>", maker, ["Cases"], 9.0 + 5 * n,
                  {"colour": "red" if n % 2 else "black"})
        for n, maker in enumerate(("OtterBox", "Speck", "OtterBox", "Speck", "OtterBox", "Speck"))
    },
    "z1": ("膳魔师 红色保温杯 500ml", "膳魔师", ["水杯", "保温杯"], 120.0,
           {"颜色": "红色", "容量": "500毫升"}),
    "z2": ("膳魔师 蓝色保温杯 350ml", "膳魔师", ["水杯", "保温杯"], 90.0,
           {"颜色": "蓝色", "容量": "350毫升"}),
    "z3": ("小米 无线耳机 白色", "小米", ["数码", "耳机"], 99.0,
           {"颜色": "白色", "连接方式": "无线"}),
    "z4": ("小米 有线耳机 黑色", "小米", ["数码", "耳机"], 49.0,
           {"颜色": "黑色", "连接方式": "有线"}),
    "z5": ("蓝色手机壳", "小米", ["手机配件"], 19.0, {"颜色": "蓝色"}),
}  # fmt: skip


def record(id_: str) -> SourceRecord:
    title, maker, path, price, attributes = GOODS[id_]
    key = keys.product_key("shop", id_)
    said = {
        "source": "shop", "id": id_, "listed": True, "title": title, "price": price,
        "currency": "CNY" if id_.startswith("z") else "USD", "popularity": 100.0 - price / 10,
        "description": f"{title}. Well made.",
    }  # fmt: skip
    tails = [("HAS_BRAND", canonical_brand(maker)), ("IN_CATEGORY", category(path))]
    tails += [("HAS_VALUE", canonical_value(name, text)) for name, text in attributes.items()]
    return SourceRecord(
        keys.source_key("shop", "catalog", id_),
        "shop",
        "1",
        (Node("Product", key, said),),
        tuple(Triple(key, relation, tail, SourceSupport("test")) for relation, tail in tails),
    )


@pytest.fixture(scope="module")
def shop(connection: Connection) -> Connection:
    """Goods in two languages; takes the place of the usual shop."""
    writer = Writer(connection)
    writer.write_records([record(id_) for id_ in GOODS], writer.start_run("test"))
    connection.execute("CALL db.awaitIndexes(60)")
    return connection


async def search(ask: Ask, query: str, **variables: Any) -> tuple[list[str], dict[str, Any]]:
    answer = await ask(SEARCH, query=query, **variables)
    assert "errors" not in answer, answer
    found = answer["data"]["products"]
    return [node["key"].rsplit(":", 1)[1] for node in found["nodes"]], found["understood"]


def told(understood: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (one["kind"], one["key"] or (one["min"], one["max"]), one["text"], one["negated"])
        for one in understood["constraints"]
    ]


@pytest.mark.parametrize(
    ("query", "ids", "constraints"),
    [
        (
            "headphones under 100",
            {"h1", "h3"},
            [
                ("CATEGORY", "category:audio/headphones", "headphones", False),
                ("PRICE", (None, 100.0), "under 100", False),
            ],
        ),
        (
            "samsung 64gb black",
            {"s1"},
            [
                ("BRAND", "brand:samsung", "samsung", False),
                ("VALUE", "value:storage=64 gb", "64gb", False),
                ("VALUE", "value:colour=black", "black", False),
            ],
        ),
        (
            "headphones not wireless",
            {"h2", "h3"},
            [
                ("CATEGORY", "category:audio/headphones", "headphones", False),
                ("VALUE", "value:connectivity=wireless", "not wireless", True),
            ],
        ),
        (
            "headphones without bluetooth",
            {"h1", "h2"},
            [
                ("CATEGORY", "category:audio/headphones", "headphones", False),
                ("VALUE", "value:bluetooth=yes", "without bluetooth", True),
            ],
        ),
        (
            "phones between 250 and 350 dollars",
            {"s1"},
            [
                ("CATEGORY", "category:phones", "phones", False),
                ("PRICE", (250.0, 350.0), "between 250 and 350 dollars", False),
            ],
        ),
        (
            "phones with at least 64 GB",
            {"s1", "s2"},
            [
                ("CATEGORY", "category:phones", "phones", False),
                ("VALUE", "value:storage=128 gb", "at least 64 GB", False),
            ],
        ),
        (
            "红色保温杯 500ml",
            {"z1"},
            [
                ("VALUE", "value:colour=red", "红色", False),
                ("CATEGORY", "category:水杯/保温杯", "保温杯", False),
                ("VALUE", "value:capacity=500 ml", "500ml", False),
            ],
        ),
        (
            "100元以下的耳机，不要无线",
            {"z4"},
            [
                ("PRICE", (None, 100.0), "100元以下", False),
                ("CATEGORY", "category:数码/耳机", "耳机", False),
                ("VALUE", "value:连接方式=无线", "不要无线", True),
            ],
        ),
        (
            "除了小米以外的耳机在100元以内",
            {"z3", "z4"},
            [
                ("BRAND", "brand:xiaomi", "除了小米以外的", True),
                ("CATEGORY", "category:数码/耳机", "耳机", False),
                ("PRICE", (None, 100.0), "在100元以内", False),
            ],
        ),
    ],
)
async def test_words_become_filters(
    ask: Ask, query: str, ids: set[str], constraints: list[tuple[Any, ...]]
) -> None:
    found, understood = await search(ask, query)
    assert told(understood) == constraints
    assert set(found) == ids


async def test_a_device_that_an_accessory_fits_is_no_filter(ask: Ask) -> None:
    found, understood = await search(ask, "case for iphone 7 under 20")
    assert told(understood) == [
        ("CATEGORY", "category:cases", "case", False),
        ("PRICE", (None, 20.0), "under 20", False),
    ]
    assert understood["words"] == "iphone 7"
    assert set(found) == {"c0", "c1", "c2"}


async def test_a_brand_whose_word_mostly_means_something_else_is_no_filter(ask: Ask) -> None:
    _, understood = await search(ask, "apple iphone 7 case")
    assert [one["key"] for one in understood["constraints"]] == ["category:cases"]


async def test_part_of_a_chinese_word_is_no_filter(ask: Ask) -> None:
    found, understood = await search(ask, "手机壳")
    assert (found, understood["constraints"]) == (["z5"], [])


async def test_a_mistyped_brand_is_read(ask: Ask) -> None:
    found, understood = await search(ask, "samsnug headphones")
    assert told(understood)[0] == ("BRAND", "brand:samsung", "samsnug", False)
    assert (found, understood["didYouMean"]) == (["h3"], "samsung headphones")


async def test_constraints_are_taken_back(ask: Ask) -> None:
    _, understood = await search(ask, "samsung 64gb black")
    [_, value, colour] = [one["id"] for one in understood["constraints"]]
    found, understood = await search(ask, "samsung 64gb black", back=[value, colour])
    assert [one["key"] for one in understood["constraints"]] == ["brand:samsung"]
    assert understood["words"] == "64gb black"
    assert set(found) == {"s1", "s2", "h3"}
    assert found[0] == "s1"


async def test_what_would_leave_nothing_is_reported_and_not_applied(ask: Ask) -> None:
    found, understood = await search(ask, "samsung headphones under 5")
    applied = {one["kind"]: one["applied"] for one in understood["constraints"]}
    assert applied == {"BRAND": True, "CATEGORY": True, "PRICE": False}
    assert found == ["h3"]


async def test_without_understanding_words_are_words(ask: Ask) -> None:
    found, understood = await search(ask, "samsung 64gb black", understand=False)
    assert understood["constraints"] == []
    assert {"s1", "s2", "h3", "h1"} <= set(found)


async def test_explicit_filters_stay(ask: Ask) -> None:
    found, _ = await search(ask, "headphones under 100", filter={"brand": "brand:sony"})
    assert found == ["h1"]


async def test_pages_go_on_under_the_same_constraints(ask: Ask) -> None:
    page = """query($after: String) {
      products(first: 1, after: $after, query: "headphones under 100", mode: FULL_TEXT) {
        totalCount edges { cursor node { key } } pageInfo { hasNextPage }
      }
    }"""
    seen: list[str] = []
    after = None
    for _ in range(2):
        found = (await ask(page, after=after))["data"]["products"]
        assert found["totalCount"] == 2
        seen += [edge["node"]["key"] for edge in found["edges"]]
        after = found["edges"][-1]["cursor"]
    assert {key.rsplit(":", 1)[1] for key in seen} == {"h1", "h3"}
    assert (await ask(page, after=after))["data"]["products"]["edges"] == []


async def test_limits_alone_list_the_popular_products(ask: Ask) -> None:
    found, understood = await search(ask, "under 70 dollars")
    assert (understood["words"], set(found)) == ("", {"h3", *(f"c{n}" for n in range(6))})
    assert found[0] == "c0"


async def test_matches_are_highlighted_as_plain_pieces(ask: Ask) -> None:
    [first, *_] = (await ask(HIGHLIGHTS, query="speck cases"))["data"]["products"]["edges"]
    [title, description] = first["highlights"]
    assert [(part["text"], part["matched"]) for part in title["parts"]] == [
        ("Speck case", True),
        (" for Apple iPhone 7 <b>", False),
    ]
    assert description["field"] == "description"


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("iphnoe", "Apple iPhone 7 32GB, black"),
        ("samsnug", "Samsung"),
        ("oterbox", "OtterBox"),
        ("wireles head", "Sony wireless headphones, black"),
        ("hedpho", "Headphones"),
    ],
)
async def test_suggestions_forgive_typing_errors(ask: Ask, typed: str, text: str) -> None:
    await search(ask, typed)  # reads the vocabulary
    answer = await ask(SUGGEST, query=typed)
    assert text in [one["text"] for one in answer["data"]["suggestions"]]
    assert answer["extensions"]["cost"]["statements"] == 1


async def test_what_is_typed_right_comes_before_what_is_nearly_so(ask: Ask) -> None:
    rows = (await ask(SUGGEST, query="case"))["data"]["suggestions"]
    assert [row["text"] for row in rows][:1] == ["Cases"]


@pytest.fixture
def typed(shop: Connection) -> Iterator[None]:
    """Queries: one of five shoppers, one of a single shopper who typed it five times."""
    shop.execute(
        "UNWIND range(1, 5) AS n CREATE (:User {key: 'user:t:' + n})-[:PERFORMED]->"
        "(:Event {key: 'event:t:a' + n, kind: 'query', query: 'Red phone '}) "
        "WITH n MATCH (u:User {key: 'user:t:1'}) CREATE (u)-[:PERFORMED]->"
        "(:Event {key: 'event:t:b' + n, kind: 'query', query: 'red secret'})"
    )
    yield
    shop.execute("MATCH (n) WHERE n.key STARTS WITH 'user:t:' DETACH DELETE n")
    shop.execute("MATCH (n) WHERE n.key STARTS WITH 'event:t:' DETACH DELETE n")


async def test_only_queries_of_several_shoppers_are_suggested(typed: None, ask: Ask) -> None:
    rows = (await ask(SUGGEST, query="red", kinds=["QUERY"]))["data"]["suggestions"]
    assert [tuple(row.values()) for row in rows] == [("QUERY", "red phone", "red phone")]
    assert "QUERY" not in {
        row["kind"] for row in (await ask(SUGGEST, query="red"))["data"]["suggestions"]
    }


async def test_too_many_ids_are_refused(ask: Ask) -> None:
    answer = await ask(SEARCH, query="phone", back=[f"brand:{n}" for n in range(51)])
    assert "'takeBack' has 51 ids" in answer["errors"][0]["message"]


async def test_new_names_are_read_after_a_change(settings: Settings, shop: Connection) -> None:
    quick = settings.api.search.model_copy(update={"vocabulary_seconds": 0.05})
    changed = settings.model_copy(update={"api": settings.api.model_copy(update={"search": quick})})
    async with open_client(create_app(changed, WordEncoder())) as client:
        assert await _brands(client, "zeta headphones") == []
        writer = Writer(shop)
        GOODS["n1"] = ("Zeta headphones", "Zeta", ["Audio", "Headphones"], 70.0, {})
        writer.write_records([record("n1")], writer.start_run("test"))
        found: list[str] = []
        for _ in range(100):
            if found := await _brands(client, "zeta headphones"):
                break
        del GOODS["n1"]
        writer.withdraw_records(
            [keys.source_key("shop", "catalog", "n1")], writer.start_run("test")
        )
        assert found == ["brand:zeta"]


async def _brands(client: httpx.AsyncClient, query: str) -> list[str]:
    body = {"query": SEARCH, "variables": {"query": query}}
    answer = (await client.post("/graphql", json=body)).json()["data"]["products"]["understood"]
    return [one["key"] for one in answer["constraints"] if one["kind"] == "BRAND"]
