"""Commerce from feeds to GraphQL and Cypher: money, stock, variants, languages, history."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from catalograph.api import create_app
from catalograph.errors import ConfigError
from catalograph.ingest import CatalogMapping, ingest_catalog
from catalograph.settings import Settings
from catalograph.store import (
    AsyncConnection,
    Connection,
    Writer,
    content_hash,
    resolve_address,
    roll_back_run,
)
from catalograph.store.analyst import ask_statement, saved_query

from .conftest import Ask, open_client, whole_app

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

MAPPING = CatalogMapping.model_validate(
    {
        "source": "shop",
        "id": "sku",
        "sku": "sku",
        "title": "title",
        "brand": "brand",
        "category": {"columns": "category", "split": " > "},
        "price": {"column": "price", "currency_column": "currency"},
        "sale_price": {"column": "sale_price", "currency_column": "currency"},
        "availability": "availability",
        "quantity": "quantity",
        "group": "style",
        "slug": "handle",
        "images": {"columns": ["image", "more_images"], "alt_columns": ["image_alt"]},
        "options": [
            {"name_column": "Option{n} Name", "value_column": "Option{n} Value"},
            {"column": "colour", "name": "Colour"},
        ],
        "attributes": [
            {"column": "cable", "attribute": "length"},
            {"column": "memory", "attribute": "memory"},
        ],
        "language": "en",
        "translations": {"zh-CN": {"title": "title_zh"}, "de": {"title": "title_de"}},
        "deleted": "gone",
    }
)
P1 = "product:shop:p1"
PHONE = {
    "sku": "p1",
    "title": "Phone",
    "title_zh": "智能手机",
    "title_de": "Telefon",
    "brand": "Acme",
    "category": "Audio & Video > Phones",
    "price": "799.00",
    "currency": "USD",
    "sale_price": "749.50",
    "availability": "https://schema.org/InStock",
    "quantity": "12",
    "handle": "acme-phone",
    "cable": "4 ft",
    "memory": "32 MB",
    "image": "https://shop.example/1.jpg",
    "image_alt": "Front",
    "more_images": "https://shop.example/2.jpg, https://shop.example/3.jpg",
}
ROWS: list[dict[str, Any]] = [
    PHONE,
    {"sku": "p2", "title": "Handset", "price": "32,999.00", "currency": "INR", "brand": "Acme"}
    | {"cable": "48 in", "memory": "1.5 GB"},
    {
        "sku": "p3",
        "title": "Cable",
        "cable": "4 ft",
        "price": "9.90",
        "currency": "USD",
        "availability": "缺货",
    },
    {
        "sku": "p4",
        "title": "Fernsprecher",
        "price": "1,299.00",
        "currency": "USD",
        "availability": "nicht lieferbar",
    },
    {"sku": "p5", "title": "電話", "price": "29800", "currency": "JPY", "availability": "预售"},
    *(
        {
            "sku": f"s{size}",
            "title": f"Shirt Bold - {size}",
            "price": "20",
            "currency": "USD",
            "quantity": stock,
            "style": "shirt",
            "Option1 Name": "Size",
            "Option1 Value": size,
            "colour": "Red",
        }
        for size, stock in (("S", 0), ("M", 3), ("XL", -1))
    ),
]
PAGE = """query($filter: ProductFilter, $orderBy: ProductSort!, $query: String) {
  products(first: 20, filter: $filter, orderBy: $orderBy, query: $query, mode: FULL_TEXT) {
    priceCurrency exchangeRates { asOf base currencies } totalCount
    nodes { sourceId }
    facets { name currencyCode values { label count input } }
  }
}"""


def ingest(
    connection: Connection, settings: Settings, folder: Path, rows: list[dict[str, Any]]
) -> str | None:
    """Ingest rows as a feed; return the run."""
    feed = folder / "feed.jsonl"
    feed.write_bytes(b"\n".join(orjson.dumps(row) for row in rows))
    report = ingest_catalog([feed], Writer(connection), settings, MAPPING, rejected=folder / "out")
    assert report.rejected == 0
    return report.run


@pytest.fixture(scope="module")
def shop(
    connection: Connection, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Connection:
    """Ingest the feed into an empty graph."""
    ingest(connection, settings, tmp_path_factory.mktemp("feed"), ROWS)
    connection.execute("CALL db.awaitIndexes(60)")
    return connection


@pytest.fixture
async def rates_client(
    settings: Settings, shop: Connection, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client of an API with a currency and exchange rates of the shop."""
    table = tmp_path / "rates.yaml"
    table.write_text("date: 2026-03-31\nbase: EUR\nrates: {USD: 1.10, INR: 99.0}\n")
    api = settings.api.model_copy(update={"currency": "USD", "exchange_rates": table})
    async with open_client(create_app(settings.model_copy(update={"api": api}))) as opened:
        yield opened


async def run_saved(settings: Settings, name: str, **given: Any) -> list[dict[str, Any]]:
    """Return the rows of a saved query, through the gate of analysts."""
    connection = AsyncConnection(resolve_address(settings))
    try:
        query = saved_query(name)
        answer = await ask_statement(connection, query.text, query.fill(given), caller="tests")
    finally:
        await connection.close()
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


async def read_list(ask: Ask, **given: Any) -> tuple[list[str], dict[str, Any]]:
    answer = await ask(PAGE, **({"orderBy": "KEY"} | given))
    assert "errors" not in answer, answer
    page = answer["data"]["products"]
    return [node["sourceId"] for node in page["nodes"]], page


def facet(page: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in page["facets"] if one["name"] == name)


async def test_prices_are_exact_and_in_their_currency(ask: Ask) -> None:
    answer = await ask(
        """{ phone: product(key: "product:shop:p1") { price pricing { onSale
        listPrice { amount currencyCode } salePrice { amount } current { amount } exchangeRate
        { rate } } }
        yen: product(key: "product:shop:p5") { pricing { listPrice { amount currencyCode } } } }"""
    )
    assert answer["data"] == {
        "phone": {
            "price": 799.0,
            "pricing": {
                "onSale": True,
                "listPrice": {"amount": "799.00", "currencyCode": "USD"},
                "salePrice": {"amount": "749.50"},
                "current": {"amount": "749.50"},
                "exchangeRate": None,
            },
        },
        "yen": {"pricing": {"listPrice": {"amount": "29800", "currencyCode": "JPY"}}},
    }


async def test_filters_orders_and_facets_compare_within_one_currency(
    ask: Ask, shop: Connection
) -> None:
    found, page = await read_list(ask, filter={"priceMin": 100})
    assert (sorted(found), page["priceCurrency"]) == (["p1", "p4"], "USD")
    found, page = await read_list(ask, orderBy="PRICE_DESC")
    assert found[:3] == ["p4", "p1", "sM"]
    assert set(found[-2:]) == {"p2", "p5"}
    assert (page["priceCurrency"], page["exchangeRates"]) == ("USD", None)
    assert {one["label"]: one["count"] for one in facet(page, "currency")["values"]} == {
        "USD": 6,
        "INR": 1,
        "JPY": 1,
    }
    prices = facet(page, "price")
    assert prices["currencyCode"] == "USD"
    assert prices["values"][-1]["label"].endswith("to 1299.00 USD")
    for one in prices["values"] + facet(page, "currency")["values"]:
        _, narrowed = await read_list(ask, filter=one["input"])
        assert narrowed["totalCount"] == one["count"], one
    found, page = await read_list(ask, filter={"price": {"min": "30000", "currencyCode": "INR"}})
    assert (found, page["priceCurrency"]) == (["p2"], "INR")
    assert (await read_list(ask, filter={"currency": "JPY"}))[0] == ["p5"]
    assert (await read_list(ask, query="phone", filter={"priceMin": 1}))[0] == ["p1"]
    rows = shop.execute(
        "MATCH (p:Product) WHERE p.currency = 'USD' AND p.price >= 100 RETURN count(p) AS n"
    )
    assert rows == [{"n": 2}]


async def test_pages_in_the_order_of_prices_meet_each_product_once(ask: Ask) -> None:
    document = """query($after: String) { products(first: 3, after: $after, orderBy: PRICE_ASC)
    { nodes { sourceId } pageInfo { endCursor hasNextPage } } }"""
    found: list[str] = []
    after = None
    for _ in range(3):
        page = (await ask(document, after=after))["data"]["products"]
        found += [node["sourceId"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert found[:2] == ["p3", "sM"]
    assert sorted(found) == sorted(str(row["sku"]) for row in ROWS)


async def test_the_operator_s_rates_convert_and_the_answer_says_so(
    rates_client: httpx.AsyncClient,
) -> None:
    async def ask(document: str, /, **variables: Any) -> Any:
        sent = {"query": document, "variables": variables}
        return (await rates_client.post("/graphql", json=sent)).json()

    found, page = await read_list(ask, orderBy="PRICE_DESC")
    assert found[:3] == ["p4", "p1", "p2"]  # 32,999 INR are 366.66 USD
    assert page["priceCurrency"] == "USD"
    assert page["exchangeRates"] == {
        "asOf": "2026-03-31",
        "base": "EUR",
        "currencies": ["EUR", "INR", "USD"],
    }
    found, _ = await read_list(ask, filter={"price": {"min": "300", "max": "400"}})
    assert found == ["p2"]
    answer = await ask(
        """{ product(key: "product:shop:p2") { inr: pricing { listPrice { amount } }
        eur: pricing(currencyCode: "EUR") { listPrice { amount currencyCode }
        exchangeRate { fromCurrency rate asOf } }
        gbp: pricing(currencyCode: "GBP") { onSale } } }"""
    )
    product = answer["data"]["product"]
    assert product["inr"] == {"listPrice": {"amount": "32999.00"}}
    assert product["eur"]["listPrice"] == {"amount": "333.32", "currencyCode": "EUR"}
    assert product["eur"]["exchangeRate"]["fromCurrency"] == "INR"
    assert product["eur"]["exchangeRate"]["asOf"] == "2026-03-31"
    assert product["gbp"] is None


@pytest.mark.parametrize("text", ["rates: {}", "date: 2026-01-01\nbase: EUR\nrates: {USD: -1}"])
def test_a_wrong_table_of_rates_is_refused(settings: Settings, tmp_path: Path, text: str) -> None:
    table = tmp_path / "rates.yaml"
    table.write_text(text)
    api = settings.api.model_copy(update={"exchange_rates": table})
    with pytest.raises(ConfigError, match="exchange rates"):
        create_app(settings.model_copy(update={"api": api}))


async def test_availability_is_a_code_in_any_language(ask: Ask) -> None:
    answer = await ask(
        "{ products(first: 20) { nodes { sourceId availability availabilityStatus quantity } } }"
    )
    nodes = {n["sourceId"]: n for n in answer["data"]["products"]["nodes"]}
    assert {id_: n["availabilityStatus"] for id_, n in nodes.items()} == {
        "p1": "IN_STOCK",
        "p2": "UNKNOWN",
        "p3": "OUT_OF_STOCK",
        "p4": "OUT_OF_STOCK",
        "p5": "PREORDER",
        "sS": "OUT_OF_STOCK",
        "sM": "IN_STOCK",
        "sXL": "OUT_OF_STOCK",
    }
    assert (nodes["p1"]["availability"], nodes["p1"]["quantity"]) == ("in stock", 12)
    assert (await read_list(ask, filter={"inStock": True}))[0] == ["p1", "p2", "sM"]
    assert (await read_list(ask, filter={"availability": ["PREORDER"]}))[0] == ["p5"]


async def test_a_product_has_media_identifiers_slug_and_breadcrumbs(ask: Ask) -> None:
    answer = await ask(
        """{ product(key: "product:shop:p1") { sku slug imageUrl media { url alt position }
        categories { breadcrumbs { key name } } }
        other: product(key: "product:shop:p4") { slug media { url } } }"""
    )
    product = answer["data"]["product"]
    assert product["media"] == [
        {"url": "https://shop.example/1.jpg", "alt": "Front", "position": 1},
        {"url": "https://shop.example/2.jpg", "alt": None, "position": 2},
        {"url": "https://shop.example/3.jpg", "alt": None, "position": 3},
    ]
    assert product["imageUrl"] == "https://shop.example/1.jpg"
    assert (product["sku"], product["slug"]) == ("p1", "acme-phone")
    [category] = product["categories"]
    assert [one["name"] for one in category["breadcrumbs"]] == ["Audio & Video", "Phones"]
    for one in category["breadcrumbs"]:
        found = await ask("query($key: String!) { category(key: $key) { name } }", key=one["key"])
        assert found["data"]["category"] == {"name": one["name"]}
    assert answer["data"]["other"] == {"slug": "fernsprecher", "media": []}
    assert (await read_list(ask, filter={"slug": "acme-phone"}))[0] == ["p1"]


async def test_variants_have_a_group_with_options(ask: Ask, shop: Connection) -> None:
    answer = await ask(
        """{ product(key: "product:shop:sM") { selectedOptions { name value }
        group { key title options { name values } }
        variants(first: 5, filter: {inStock: true}) { totalCount nodes { sourceId } } }
        productGroup(key: "group:shop:shirt") { sourceId variants(first: 2, orderBy: TITLE)
        { totalCount nodes { sourceId selectedOptions { value } } pageInfo { hasNextPage } } }
        none: productGroup(key: "group:shop:none") { key }
        alone: product(key: "product:shop:p1") { group { key } variants(first: 5)
        { totalCount } } }"""
    )
    data = answer["data"]
    assert data["product"] == {
        "selectedOptions": [
            {"name": "Size", "value": "M"},
            {"name": "Colour", "value": "Red"},
        ],
        "group": {
            "key": "group:shop:shirt",
            "title": "Shirt Bold",
            "options": [
                {"name": "Size", "values": ["M", "S", "XL"]},
                {"name": "Colour", "values": ["Red"]},
            ],
        },
        "variants": {"totalCount": 1, "nodes": [{"sourceId": "sM"}]},
    }
    assert data["productGroup"]["variants"] == {
        "totalCount": 3,
        "nodes": [
            {"sourceId": "sM", "selectedOptions": [{"value": "M"}, {"value": "Red"}]},
            {"sourceId": "sS", "selectedOptions": [{"value": "S"}, {"value": "Red"}]},
        ],
        "pageInfo": {"hasNextPage": True},
    }
    assert data["none"] is None
    assert data["alone"] == {"group": None, "variants": {"totalCount": 0}}
    assert shop.execute("MATCH (p:Product {group: 'shirt'}) RETURN count(p) AS n") == [{"n": 3}]


async def test_titles_are_read_and_found_in_several_languages(ask: Ask) -> None:
    answer = await ask(
        """{ product(key: "product:shop:p1") { language title zh: title(locale: ZH)
        tw: title(locale: ZH_TW) de: title(locale: DE) fr: title(locale: FR)
        en: title(locale: EN) } }"""
    )
    assert answer["data"]["product"] == {
        "language": "en",
        "title": "Phone",
        "zh": "智能手机",
        "tw": "智能手机",
        "de": "Telefon",
        "fr": "Phone",
        "en": "Phone",
    }
    for words in ("智能手机", "手机", "Telefon", "phone"):
        assert (await read_list(ask, query=words))[0] == ["p1"], words


async def test_a_question_names_a_product_by_its_title_in_either_language(ask: Ask) -> None:
    for text, title in (("智能手机多少钱？", "“智能手机”"), ("How much is the phone?", "“Phone”")):
        answer = await ask(
            "query($text: String!) { ask(text: $text) { text productKeys } }", text=text
        )
        answered = answer["data"]["ask"]
        assert answered["productKeys"] == [P1], answered
        assert title in answered["text"]


async def test_values_are_labelled_in_the_unit_that_catalogues_write_most(ask: Ask) -> None:
    _, page = await read_list(ask)
    length, memory = facet(page, "length")["values"], facet(page, "memory")["values"]
    assert [(one["label"], one["count"]) for one in length] == [("4 ft", 3)]
    assert sorted(one["label"] for one in memory) == ["1.5 GB", "32 MB"]
    answer = await ask(
        """{ product(key: "product:shop:p1") { values { attribute label name } } }"""
    )
    labels = {v["attribute"]: v["label"] for v in answer["data"]["product"]["values"]}
    assert labels == {"length": "4 ft", "memory": "32 MB"}
    for one in length:
        assert (await read_list(ask, filter=one["input"]))[1]["totalCount"] == one["count"]


async def test_price_and_stock_history(
    ask: Ask, shop: Connection, settings: Settings, tmp_path: Path
) -> None:
    document = """query($since: DateTime, $until: DateTime) { product(key: "product:shop:p1")
    { priceHistory(first: 10, since: $since, until: $until) { totalCount nodes {
    price { amount currencyCode } availabilityStatus quantity validFrom validTo withdrawn } } } }"""

    async def read(**given: Any) -> list[dict[str, Any]]:
        answer = await ask(document, **given)
        assert "errors" not in answer, answer
        history = answer["data"]["product"]["priceHistory"]
        assert history["totalCount"] == len(history["nodes"])
        nodes: list[dict[str, Any]] = history["nodes"]
        return nodes

    [now] = await read()
    assert (now["price"]["amount"], now["validTo"]) == ("799.00", None)
    before = content_hash(shop)
    middle = datetime.now(UTC)
    # A title alone changes no offer.
    first = ingest(shop, settings, tmp_path, [{**PHONE, "title": "Telephone"}])
    assert len(await read()) == 1
    second = ingest(
        shop, settings, tmp_path, [{**PHONE, "price": "699", "availability": "售罄", "quantity": 0}]
    )
    new, old = await read()
    assert (new["price"]["amount"], new["availabilityStatus"], new["quantity"]) == (
        "699.00",
        "OUT_OF_STOCK",
        0,
    )
    assert (old["price"]["amount"], old["availabilityStatus"]) == ("799.00", "IN_STOCK")
    assert old["validTo"] == new["validFrom"]
    at = {"since": middle.isoformat(), "until": middle.isoformat()}
    assert [one["price"]["amount"] for one in await read(**at)] == ["799.00"]

    [row] = await run_saved(
        settings, "price_at", time=middle.isoformat(), product="product:shop:p1"
    )
    assert (row["price"], row["currency"]) == (799.0, "USD")
    [row] = await run_saved(settings, "ran_out")
    assert (row["product"], row["to_status"], row["back"]) == (
        "product:shop:p1",
        "OUT_OF_STOCK",
        False,
    )
    [row] = await run_saved(settings, "price_changes")
    assert (row["before"], row["after"], row["share"]) == (799.0, 699.0, -0.1252)

    # The second delivery has no length; the first one's is kept with its time.
    unsaid = {name: value for name, value in PHONE.items() if name != "cable"}
    fourth = ingest(shop, settings, tmp_path, [{**unsaid, "price": "699", "quantity": 0}])
    answer = await ask(
        """{ product(key: "product:shop:p1") { pastAssertions(first: 5) { totalCount
        nodes { relation tail validFrom validTo run } }
        assertions(first: 20) { nodes { tail supports { validFrom } } } } }"""
    )
    product = answer["data"]["product"]
    [past] = product["pastAssertions"]["nodes"]
    assert (past["relation"], past["tail"]) == ("HAS_VALUE", "value:length=1219.2 mm")
    assert past["validFrom"] < past["validTo"]
    supports = [s for a in product["assertions"]["nodes"] for s in a["supports"]]
    assert supports
    assert all(support["validFrom"] is not None for support in supports)

    third = ingest(shop, settings, tmp_path, [{"sku": "p1", "gone": True}])
    [row] = await run_saved(settings, "withdrawn_products")
    assert (row["product"], row["price"], row["back"]) == ("product:shop:p1", 699.0, False)
    gone = await run_saved(settings, "withdrawn_facts", product=P1)
    facts = {row["tail"] for row in gone}
    assert facts >= {"brand:acme", "category:audio & video/phones"}

    writer = Writer(shop)
    for run in (third, fourth, second, first):
        assert run is not None
        roll_back_run(writer, run)
    assert content_hash(shop) == before
    assert await read() == [now]
    assert shop.execute("MATCH (n:Offer|PastAssertion) RETURN count(n) AS n") == [{"n": 0}]


async def test_a_mutation_writes_the_commercial_fields(
    settings: Settings, shop: Connection
) -> None:
    document = """mutation($p: UpsertProductInput!) { upsertProduct(input: $p) {
    ... on UpsertedProduct { key dropped } ... on InvalidInput { message } } }"""
    product = {
        "source": "api",
        "id": "1",
        "title": "Shirt XL",
        "price": 20,
        "salePrice": 15.5,
        "currency": "EUR",
        "quantity": 0,
        "sku": "K-1",
        "group": "g",
        "groupTitle": "Shirt",
        "options": [{"name": "Size", "value": "XL"}],
        "media": [{"url": "https://shop.example/x.jpg", "alt": "正面"}],
    }
    async with open_client(whole_app(settings, shop)) as client:

        async def ask(text: str, /, **variables: Any) -> Any:
            sent = {"query": text, "variables": variables}
            return (await client.post("/graphql", json=sent)).json()

        written = await ask(document, p=product)
        assert written["data"]["upsertProduct"] == {"key": "product:api:1", "dropped": []}
        answer = await ask(
            """{ product(key: "product:api:1") { sku quantity availabilityStatus imageUrl
            media { url alt } selectedOptions { name value } group { title }
            pricing { current { amount currencyCode } } values { key } } }"""
        )
    assert answer["data"]["product"] == {
        "sku": "K-1",
        "quantity": 0,
        "availabilityStatus": "OUT_OF_STOCK",
        "imageUrl": "https://shop.example/x.jpg",
        "media": [{"url": "https://shop.example/x.jpg", "alt": "正面"}],
        "selectedOptions": [{"name": "Size", "value": "XL"}],
        "group": {"title": "Shirt"},
        "pricing": {"current": {"amount": "15.50", "currencyCode": "EUR"}},
        "values": [{"key": "value:size=xl"}],
    }
