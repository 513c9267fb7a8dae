"""Search and suggestions over GraphQL: typing errors, attributes, Chinese, what changes."""

from collections.abc import Iterator

import pytest

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
from catalograph.schema.ddl import FULL_TEXT_INDEX, NAME_INDEX, WORD_INDEX, full_text_index
from catalograph.settings import Settings
from catalograph.store import (
    Connection,
    Writer,
    content_hash,
    migrate,
)
from tests.injections import INJECTIONS

from .conftest import Ask

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

SEARCH = """query($query: String!, $mode: SearchMode!) {
  products(first: 20, query: $query, mode: $mode, understand: false) { nodes { key } }
}"""
SUGGEST = """query($query: String!, $first: Int!) {
  suggestions(query: $query, first: $first) { kind key text products }
}"""
# id: title, brand, category, attributes
GOODS: dict[str, tuple[str, str, str, dict[str, str]]] = {
    "k1": ("Wireless keyboard", "Logi", "Keyboards", {"colour": "black"}),
    "k2": ("Gaming keyboard", "Roccat", "Keyboards", {"colour": "red"}),
    "p1": ("Phone X100", "Huawei", "Phones", {"memory": "64 GB", "colour": "red"}),
    "p2": ("Phone X200", "Huawei", "Phones", {"memory": "128 GB", "colour": "red"}),
    "z1": ("红色无线键盘", "华为", "键盘", {"颜色": "红色"}),
    "z2": ("蓝色手机壳", "小米", "手机配件", {"颜色": "蓝色"}),
}


def record(id_: str, maker: str | None = None) -> SourceRecord:
    title, own, path, attributes = GOODS[id_]
    key = keys.product_key("shop", id_)
    tails = [("HAS_BRAND", brand(maker or own)), ("IN_CATEGORY", category([path]))]
    tails += [("HAS_VALUE", value(name, said)) for name, said in attributes.items()]
    said = {"source": "shop", "id": id_, "listed": True, "title": title}
    return SourceRecord(
        keys.source_key("shop", "catalog", id_),
        "shop",
        maker or "1",
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


@pytest.fixture
def changed(shop: Connection) -> Iterator[Writer]:
    """A writer whose changes are taken back."""
    writer = Writer(shop)
    yield writer
    writer.write_records([record(id_) for id_ in GOODS], writer.start_run("test"))


async def found(ask: Ask, query: str, mode: str = "FULL_TEXT") -> list[str]:
    answer = await ask(SEARCH, query=query, mode=mode)
    return [node["key"].rsplit(":", 1)[1] for node in answer["data"]["products"]["nodes"]]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("keybord", {"k1", "k2"}),
        ("KEYBAORDS", {"k1", "k2"}),
        ("Hauwei", {"p1", "p2"}),
        ("phnoe", {"p1", "p2"}),
        ("gamming", {"k2"}),
    ],
)
async def test_typing_errors_are_forgiven(ask: Ask, query: str, ids: set[str]) -> None:
    assert set(await found(ask, query)) == ids


async def test_a_mistyped_word_helps_the_right_ones(ask: Ask) -> None:
    assert (await found(ask, "wirless keyboard"))[0] == "k1"


async def test_model_numbers_are_no_typing_errors(ask: Ask) -> None:
    assert await found(ask, "X100") == ["p1"]
    assert await found(ask, "X300") == []


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("64 GB red", "p1"),
        ("128 GB", "p2"),
        ("colour:red keyboard", "k2"),
        ("roccat", "k2"),
        ("huawei 128", "p2"),
    ],
)
async def test_brands_and_values_are_searched(ask: Ask, query: str, first: str) -> None:
    assert (await found(ask, query))[0] == first


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("键盘", ["z1"]),
        ("无线键盘", ["z1"]),
        ("手机壳", ["z2"]),
        ("小米", ["z2"]),
        ("华为", ["z1"]),
        ("蓝色", ["z2"]),
    ],
)
async def test_chinese_words_are_found(ask: Ask, query: str, ids: list[str]) -> None:
    assert await found(ask, query) == ids


async def test_what_is_searched_follows_the_edges(ask: Ask, changed: Writer) -> None:
    changed.write_records([record("k1", "Cherry")], changed.start_run("test"))
    assert await found(ask, "cherry") == ["k1"]
    assert await found(ask, "logi") == []
    changed.withdraw_records([keys.source_key("shop", "catalog", "k1")], changed.start_run("test"))
    assert await found(ask, "cherry") == []


async def test_vectors_are_asked_only_where_a_model_is_live(ask: Ask) -> None:
    assert await found(ask, "keyboard", "VECTOR") == []
    assert set(await found(ask, "keyboard", "HYBRID")) == {"k1", "k2"}


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("hua", [("BRAND", "brand:huawei", "Huawei", 2)]),
        (
            "keyb",
            [
                ("CATEGORY", "category:keyboards", "Keyboards", 2),
                ("PRODUCT", "product:shop:k2", "Gaming keyboard", None),
                ("PRODUCT", "product:shop:k1", "Wireless keyboard", None),
            ],
        ),
        ("phone x2", [("PRODUCT", "product:shop:p2", "Phone X200", None)]),
        ("华", [("BRAND", "brand:华为", "华为", 1)]),
        ("手机壳", [("PRODUCT", "product:shop:z2", "蓝色手机壳", None)]),
        ("nothing like it", []),
        ("+-*", []),
    ],
)
async def test_suggestions_while_typing(
    ask: Ask, query: str, rows: list[tuple[str, str, str, int | None]]
) -> None:
    answer = await ask(SUGGEST, query=query, first=9)
    assert [tuple(row.values()) for row in answer["data"]["suggestions"]] == rows


async def test_suggestions_take_one_statement_and_keep_to_their_number(ask: Ask) -> None:
    answer = await ask(SUGGEST, query="p", first=2)
    assert len(answer["data"]["suggestions"]) == 2
    assert answer["extensions"]["cost"]["statements"] == 1


async def test_no_words_are_syntax(ask: Ask, shop: Connection) -> None:
    before = content_hash(shop)
    for text, _ in INJECTIONS:
        for mode in ("FULL_TEXT", "HYBRID"):
            answer = await ask(SEARCH, query=text, mode=mode)
            assert "errors" not in answer, text
        assert "errors" not in await ask(SUGGEST, query=text, first=5), text
    assert content_hash(shop) == before


async def test_a_graph_of_the_version_before_is_brought_up_to_date(
    ask: Ask, shop: Connection, settings: Settings
) -> None:
    before = content_hash(shop)
    for name in (FULL_TEXT_INDEX, WORD_INDEX, NAME_INDEX):
        shop.execute(f"DROP INDEX {name}")
    shop.execute(full_text_index())
    shop.execute("MATCH (p:Product) SET p.search_brands = null, p.search_values = null")
    shop.execute("MATCH (s:GraphState) SET s.version = 3")
    assert content_hash(shop) != before

    assert migrate(shop, settings.user_secret_fingerprint).current
    assert content_hash(shop) == before
    assert await found(ask, "64 GB red") == ["p1", "p2", "k2"]
