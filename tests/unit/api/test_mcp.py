"""The MCP server without a database: operations, arguments, prices, options, what is missing."""

import sys
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from graphql import parse, validate
from mcp import Client
from pydantic import ValidationError
from ucp_sdk.models.schemas import profile
from ucp_sdk.models.schemas.shopping.types import product as ucp_product

from catalograph.api import create_app
from catalograph.api.auth import EVERYBODY
from catalograph.api.cursors import global_id
from catalograph.api.limits import Documents
from catalograph.api.mcp import selection, ucp
from catalograph.api.mcp.catalog_arguments import (
    GetProductArguments,
    LookupCatalogArguments,
    SearchCatalogArguments,
)
from catalograph.api.mcp.operations import Operations, ToolError, read_operations
from catalograph.api.mcp.server import ToolServer
from catalograph.api.mcp.tool import read_key, read_locale
from catalograph.api.schema import build_schema
from catalograph.errors import ConfigError, MissingExtraError
from catalograph.settings import Settings
from catalograph.settings.api import ApiSettings

EUROS = {"currency": "EUR"}
CARD: dict[str, Any] = {
    "id": "cDE",
    "key": "product:shop:1",
    "listed": True,
    "title": "Shirt",
    "description": None,
    "url": "https://shop.example/1",
    "slug": "shirt",
    "sku": "S-1",
    "gtins": ["04006381333931"],
    "availabilityStatus": "LIMITED",
    "brands": [{"name": "Nord"}],
    "categories": [{"path": ["Wear", "Shirts"]}],
    "media": [{"url": "https://i.example/1.jpg", "alt": ""}],
    "selectedOptions": [{"name": "Size", "value": "M"}],
    "reviewSummary": {"rated": 3, "averageRating": 4.3333},
    "pricing": {
        "onSale": True,
        "current": {"amount": "15.00", "currencyCode": "EUR"},
        "listPrice": {"amount": "20.00", "currencyCode": "EUR"},
    },
    "converted": None,
}


def variant(id_: str, **options: str) -> ucp.UcpVariant:
    available = not id_.endswith("out")
    status = "in_stock" if available else "out_of_stock"
    return ucp.UcpVariant(
        id=id_,
        title=id_,
        description=ucp.UcpDescription(plain=""),
        price=ucp.UcpPrice(amount=1, currency="EUR"),
        availability=ucp.UcpAvailability(available=available, status=status),
        options=[ucp.UcpSelectedOption(name=n, label=v) for n, v in options.items()],
    )


SHIRTS = [
    variant("m-red", Size="M", Colour="Red"),
    variant("l-red-out", Size="L", Colour="Red"),
    variant("l-blue", Size="L", Colour="Blue"),
]


def test_every_operation_is_valid_and_reads() -> None:
    schema = build_schema()._schema
    for name, text in read_operations().items():
        assert validate(schema, parse(text)) == [], name
        assert text.lstrip().startswith("query"), name


def test_limits_that_refuse_an_operation_are_named() -> None:
    settings = ApiSettings().model_copy(
        update={"limits": ApiSettings().limits.model_copy(update={"depth": 3})}
    )
    documents = Documents(settings)
    with pytest.raises(ConfigError, match="Raise that limit"):
        Operations(build_schema(settings, documents), documents)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("19.90", "EUR", 1990), ("1980", "JPY", 1980), ("1.2345", "KWD", 1235), ("0.005", "USD", 1)],
)
def test_amounts_are_counted_in_minor_units(amount: str, currency: str, minor: int) -> None:
    assert ucp.minor_amount(Decimal(amount), currency) == minor
    assert ucp.minor_amount(Decimal(ucp.major_amount(minor, currency)), currency) == minor


def test_a_card_becomes_a_product_of_ucp() -> None:
    found = ucp.read_variant(CARD)
    assert found is not None
    made = ucp.make_product([found], None).dump()
    ucp_product.Product.model_validate(made)
    [only] = made["variants"]
    assert only["price"] == {"amount": 1500, "currency": "EUR"}
    assert only["list_price"] == {"amount": 2000, "currency": "EUR"}
    assert only["availability"] == {"available": True, "status": "in_stock"}
    assert only["media"] == [{"type": "image", "url": "https://i.example/1.jpg"}]
    assert made["rating"] == {"value": 4.33, "scale_min": 1, "scale_max": 5, "count": 3}
    assert made["categories"] == [{"value": "Wear > Shirts", "taxonomy": "merchant"}]


def test_a_group_s_prices_reach_over_all_its_variants() -> None:
    found = ucp.read_variant(CARD)
    assert found is not None

    def ends(amount: str, currency: str = "EUR") -> Mapping[str, Any]:
        money = {"amount": amount, "currencyCode": currency}
        pricing = {"onSale": False, "current": money, "listPrice": money}
        return {"nodes": [{"pricing": pricing, "converted": None}]}

    group = {
        "key": "group:shop:shirt",
        "title": None,
        "options": [{"name": "Size", "values": ["M", "L"]}],
        "cheapest": ends("12.00"),
        "dearest": ends("1", "USD"),  # in another currency: left out
    }
    made = ucp.make_product([found], group)
    assert (made.id, made.title) == ("group:shop:shirt", "Shirt")
    assert (made.price_range.min.amount, made.price_range.max.amount) == (1200, 1500)


@pytest.mark.parametrize(
    "change",
    [
        {"listed": False},
        {"title": None},
        {"pricing": None},
        {"pricing": {**CARD["pricing"], "current": {"amount": "1", "currencyCode": None}}},
    ],
)
def test_what_ucp_cannot_say_is_no_variant(change: dict[str, Any]) -> None:
    assert ucp.read_variant({**CARD, **change}) is None


def test_a_selection_is_relaxed_from_the_end_of_the_preferences() -> None:
    wanted = {"Size": "M", "Colour": "Blue"}
    assert selection.relax_selection(SHIRTS, wanted, ["Colour", "Size"]) == {"Colour": "Blue"}
    assert selection.relax_selection(SHIRTS, wanted, ["size"]) == {"Size": "M"}
    assert selection.relax_selection(SHIRTS, {"Fit": "slim"}, []) == {}
    assert selection.relax_selection(SHIRTS, {"size": "m"}, []) == {"size": "m"}


def test_values_say_whether_they_can_be_had_with_the_selection() -> None:
    options = [
        ucp.UcpOption(name="Size", values=[ucp.UcpOptionValue(label=v) for v in "ML"]),
        ucp.UcpOption(name="Colour", values=[ucp.UcpOptionValue(label=v) for v in ("Red", "Blue")]),
    ]
    [size, colour] = selection.describe_options(options, SHIRTS, {"Colour": "Red"})
    assert [(v.label, v.exists, v.available) for v in size.values] == [
        ("M", True, True),
        ("L", True, False),
    ]
    assert [(v.label, v.exists, v.available) for v in colour.values] == [
        ("Red", True, True),
        ("Blue", True, True),
    ]
    assert [one.id for one in selection.order_variants(SHIRTS, "l-blue")] == [
        "l-blue",
        "m-red",
        "l-red-out",
    ]


def test_the_profile_is_one_of_ucp() -> None:
    profile.BusinessSchema.model_validate(ucp.business_profile("https://shop.example/mcp"))


@pytest.mark.parametrize(
    ("tag", "locale"),
    [
        ("zh", "ZH"),
        ("zh-CN", "ZH_CN"),
        ("zh-Hans", "ZH_CN"),
        ("zh-Hant-TW", "ZH_TW"),
        ("pt-BR", "PT_BR"),
        ("de-AT", "DE"),
        ("en", "EN"),
        ("tlh", None),
        (None, None),
    ],
)
def test_languages_are_read_as_graphql_names_them(tag: str | None, locale: str | None) -> None:
    assert read_locale(tag) == locale


def test_ids_and_keys_name_products() -> None:
    assert read_key(global_id("product:shop:1"), "Product") == "product:shop:1"
    assert read_key("product:shop:1", "Product") == "product:shop:1"
    for wrong in ("", "x", "user:shop:1", global_id("brand:acme"), "a" * 3_000):
        with pytest.raises(ToolError, match="is no id of a product"):
            read_key(wrong, "Product")


@pytest.mark.parametrize(
    ("model", "catalog"),
    [
        (SearchCatalogArguments, {"query": "  "}),
        (SearchCatalogArguments, {"query": "x", "pagination": {"limit": 0}}),
        (SearchCatalogArguments, {"filters": {"price": {"min": 1}}}),
        (
            SearchCatalogArguments,
            {"filters": {"price": {"min": -1}}, "context": {"currency": "EUR"}},
        ),
        (SearchCatalogArguments, {"filters": {"colour": "red"}}),
        (LookupCatalogArguments, {"ids": []}),
        (LookupCatalogArguments, {"ids": ["x" * 3_000]}),
        (
            GetProductArguments,
            {
                "id": "x",
                "selected": [{"name": "Size", "label": "M"}, {"name": "size", "label": "L"}],
            },
        ),
    ],
)
def test_arguments_out_of_range_are_refused(model: Any, catalog: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate({"catalog": catalog})


def test_hints_of_ucp_that_have_no_effect_are_taken() -> None:
    SearchCatalogArguments.model_validate(
        {
            "meta": {"ucp-agent": {"profile": "https://agent.example"}},
            "catalog": {
                "query": "x",
                "context": {"address_country": "DE", "intent": "a gift"},
                "signals": {"dev.ucp.buyer_ip": "192.0.2.1"},
                "attribution": {"utm_source": "x"},
            },
        }
    )


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_fault_of_the_server_names_nothing(mode: Any) -> None:
    class Broken:
        async def run(self, *arguments: Any) -> None:
            raise RuntimeError("password of bolt://10.0.0.1")

    def caller_of(context: Any) -> Any:
        return EVERYBODY, None

    tools = ToolServer(Broken(), None, caller_of)  # type: ignore[arg-type]
    async with Client(tools.server, mode=mode) as client:
        result = await client.call_tool("search_catalog", {"catalog": {"query": "x"}})
    assert result.is_error
    [content] = result.content
    assert content.text.startswith("INTERNAL: Internal error (request ")  # type: ignore[union-attr]


def test_a_missing_extra_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("catalograph.api.mcp")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mcp_types", None)
    api = settings.api.model_copy(update={"mcp": True})
    with pytest.raises(MissingExtraError, match=r"pip install 'catalograph\[mcp\]'"):
        create_app(settings.model_copy(update={"api": api}))
