"""Answers of Universal Commerce Protocol's catalogue capability, and how products become them.

https://ucp.dev/2026-08-25/specification/shopping/catalog/: a product has variants, which are what
is bought; a product of this API without a group is its own only variant.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from catalograph.api.mcp.tool import ToolAnswer
from catalograph.schema.commerce import minor_digits

VERSION = "2026-08-25"
SEARCH = "dev.ucp.shopping.catalog.search"
LOOKUP = "dev.ucp.shopping.catalog.lookup"
SERVICE = "dev.ucp.shopping"
_SITE = f"https://ucp.dev/{VERSION}"
_PAGES = {SEARCH: "search", LOOKUP: "lookup"}
_STATUSES: Mapping[str, tuple[bool, str]] = {
    "IN_STOCK": (True, "in_stock"),
    "LIMITED": (True, "in_stock"),
    "IN_STORE_ONLY": (True, "in_store_only"),
    "PREORDER": (True, "preorder"),
    "BACKORDER": (True, "backorder"),
    "MADE_TO_ORDER": (True, "made_to_order"),
    "OUT_OF_STOCK": (False, "out_of_stock"),
    "DISCONTINUED": (False, "discontinued"),
}
"""Whether a product can be bought, and UCP's word, by the API's word; UNKNOWN has neither."""
_MAX_STARS = 5


class UcpPrice(ToolAnswer):
    """An amount in the minor unit of its currency: 1999 USD are 19.99 dollars."""

    amount: int = Field(ge=0)
    currency: str = Field(pattern="^[A-Z]{3}$")


class UcpPriceRange(ToolAnswer):
    """Least and highest price."""

    min: UcpPrice
    max: UcpPrice


class UcpDescription(ToolAnswer):
    """A description as plain text."""

    plain: str


class UcpCategory(ToolAnswer):
    """A category: its path in the shop, such as `Photo > Cameras`."""

    value: str
    taxonomy: str = "merchant"


class UcpMedia(ToolAnswer):
    """A picture."""

    type: Literal["image"] = "image"
    url: str
    alt_text: str | None = None


class UcpBarcode(ToolAnswer):
    """A GTIN."""

    type: Literal["GTIN"] = "GTIN"
    value: str


class UcpAvailability(ToolAnswer):
    """Whether a variant can be bought."""

    available: bool
    status: str


class UcpSelectedOption(ToolAnswer):
    """An option of a variant, with its value."""

    name: str
    label: str


class UcpOptionValue(ToolAnswer):
    """A value of an option; get_product says whether a variant has it with the selection."""

    label: str
    available: bool | None = None
    exists: bool | None = None


class UcpOption(ToolAnswer):
    """An option with its values."""

    name: str
    values: list[UcpOptionValue] = Field(min_length=1)


class UcpRating(ToolAnswer):
    """Stars of the reviews."""

    value: float
    scale_min: int = 1
    scale_max: int = _MAX_STARS
    count: int


class UcpInput(ToolAnswer):
    """An id of a request, and how it led to a variant."""

    id: str
    match: Literal["exact", "featured"]


class UcpVariant(ToolAnswer):
    """What is bought."""

    id: str = Field(description="The id of the product in GraphQL.")
    sku: str | None = None
    barcodes: list[UcpBarcode] | None = None
    handle: str | None = None
    title: str
    description: UcpDescription
    url: str | None = None
    categories: list[UcpCategory] | None = None
    price: UcpPrice
    list_price: UcpPrice | None = None
    availability: UcpAvailability | None = None
    options: list[UcpSelectedOption] | None = None
    media: list[UcpMedia] | None = None
    rating: UcpRating | None = None
    metadata: dict[str, Any] | None = None
    inputs: list[UcpInput] | None = None


class UcpProduct(ToolAnswer):
    """A product with the variants that were asked for, the best first."""

    id: str = Field(description="Key of the group of variants; without one, that of the variant.")
    handle: str | None = None
    title: str
    description: UcpDescription
    url: str | None = None
    categories: list[UcpCategory] | None = None
    price_range: UcpPriceRange
    media: list[UcpMedia] | None = None
    options: list[UcpOption] | None = None
    selected: list[UcpSelectedOption] | None = None
    variants: list[UcpVariant] = Field(min_length=1)
    rating: UcpRating | None = None


class UcpVersion(ToolAnswer):
    """Version of a capability."""

    version: str = VERSION


class UcpEnvelope(ToolAnswer):
    """Version and capability of an answer."""

    version: str = VERSION
    status: Literal["success", "error"] = "success"
    capabilities: dict[str, list[UcpVersion]]


class UcpMessage(ToolAnswer):
    """A remark on an answer."""

    type: Literal["info", "warning", "error"]
    code: str
    content: str
    severity: Literal["recoverable", "unrecoverable"] | None = None


class UcpPagination(ToolAnswer):
    """Where the list goes on."""

    cursor: str | None = Field(None, description="Give it as `pagination.cursor` for more.")
    has_next_page: bool
    total_count: int | None = None


class SearchCatalogAnswer(ToolAnswer):
    """Answer of search_catalog."""

    ucp: UcpEnvelope
    products: list[UcpProduct]
    pagination: UcpPagination
    messages: list[UcpMessage] | None = None


class LookupCatalogAnswer(ToolAnswer):
    """Answer of lookup_catalog."""

    ucp: UcpEnvelope
    products: list[UcpProduct]
    messages: list[UcpMessage] | None = None


class GetProductAnswer(ToolAnswer):
    """Answer of get_product; without a product, `messages` say why."""

    ucp: UcpEnvelope
    product: UcpProduct | None = None
    messages: list[UcpMessage] | None = None


def envelope(capability: str, *, failed: bool = False) -> UcpEnvelope:
    """Return the envelope of an answer."""
    return UcpEnvelope(
        status="error" if failed else "success", capabilities={capability: [UcpVersion()]}
    )


def business_profile(endpoint: str) -> dict[str, Any]:
    """Return the profile for `/.well-known/ucp`.

    Args:
        endpoint: public address of the MCP server.
    """
    return {
        "ucp": {
            "version": VERSION,
            "services": {
                SERVICE: [
                    {
                        "version": VERSION,
                        "spec": f"{_SITE}/specification/overview",
                        "transport": "mcp",
                        "schema": f"{_SITE}/services/shopping/mcp.openrpc.json",
                        "endpoint": endpoint,
                    }
                ]
            },
            "capabilities": {
                name: [
                    {
                        "version": VERSION,
                        "spec": f"{_SITE}/specification/shopping/catalog/{page}",
                        "schema": f"{_SITE}/schemas/shopping/catalog_{page}.json",
                    }
                ]
                for name, page in _PAGES.items()
            },
            "payment_handlers": {},
        }
    }


def minor_amount(amount: Decimal, currency: str) -> int:
    """Return an amount in the minor unit of its currency, rounded half up."""
    scaled = amount.scaleb(minor_digits(currency))
    return int(scaled.to_integral_value(rounding="ROUND_HALF_UP"))


def major_amount(amount: int, currency: str) -> str:
    """Return an amount of minor units as a decimal number."""
    return str(Decimal(amount).scaleb(-minor_digits(currency)))


def show_price(price: UcpPrice) -> str:
    """Return a price for people, such as `EUR 100.00`."""
    return f"{price.currency} {major_amount(price.amount, price.currency)}"


def read_variant(card: Mapping[str, Any]) -> UcpVariant | None:
    """Return the variant of a product of GraphQL; None for one that cannot be shown.

    UCP has no variant without a title or a price with a currency.
    """
    pricing = _pricing(card)
    if not card["listed"] or not card["title"] or pricing is None:
        return None
    price, list_price = pricing
    status = _STATUSES.get(card["availabilityStatus"])
    brands = [one["name"] for one in card["brands"]]
    return UcpVariant(
        id=card["id"],
        sku=card["sku"],
        barcodes=[UcpBarcode(value=gtin) for gtin in card["gtins"]] or None,
        handle=card["slug"],
        title=card["title"],
        description=UcpDescription(plain=card["description"] or ""),
        url=card["url"],
        categories=[UcpCategory(value=" > ".join(one["path"])) for one in card["categories"]]
        or None,
        price=price,
        list_price=list_price,
        availability=status and UcpAvailability(available=status[0], status=status[1]),
        options=[
            UcpSelectedOption(name=one["name"], label=one["value"])
            for one in card["selectedOptions"]
        ]
        or None,
        media=[UcpMedia(url=one["url"], alt_text=one["alt"] or None) for one in card["media"]]
        or None,
        rating=_rating(card["reviewSummary"]),
        metadata={"key": card["key"], **({"brands": brands} if brands else {})},
    )


def make_product(
    variants: Sequence[UcpVariant],
    group: Mapping[str, Any] | None,
) -> UcpProduct:
    """Return a product.

    Args:
        variants: its variants to show, the featured one first; at least one.
        group: its group in GraphQL; None for a product that has none.
    """
    first = variants[0]
    prices = [one.price for one in variants]
    options = None
    if group is not None:
        prices += [
            read[0] for end in ("cheapest", "dearest") for read in _costs(group[end]["nodes"])
        ]
        options = [
            UcpOption(name=one["name"], values=[UcpOptionValue(label=v) for v in one["values"]])
            for one in group["options"]
            if one["values"]
        ]
    prices = [one for one in prices if one.currency == first.price.currency]
    alone = group is None
    return UcpProduct(
        id=first.id if group is None else group["key"],
        handle=first.handle if alone else None,
        title=(group or {}).get("title") or first.title,
        description=first.description,
        url=first.url if alone else None,
        categories=first.categories,
        price_range=UcpPriceRange(
            min=min(prices, key=lambda price: price.amount),
            max=max(prices, key=lambda price: price.amount),
        ),
        media=first.media,
        options=options or None,
        variants=list(variants),
        rating=first.rating if alone else None,
    )


def not_found(id_: str) -> UcpMessage:
    """Return the remark that there is no product of an id."""
    return UcpMessage(type="info", code="not_found", content=id_[:200])


def _costs(cards: Iterable[Mapping[str, Any]]) -> list[tuple[UcpPrice, UcpPrice | None]]:
    return [read for card in cards if (read := _pricing(card)) is not None]


def _pricing(card: Mapping[str, Any]) -> tuple[UcpPrice, UcpPrice | None] | None:
    """Return price and, of a reduced one, list price; converted, if there is a rate."""
    pricing = card["converted"] or card["pricing"]
    current = pricing and _price(pricing["current"])
    if not current:
        return None
    return current, _price(pricing["listPrice"]) if pricing["onSale"] else None


def _price(money: Mapping[str, Any]) -> UcpPrice | None:
    currency = money["currencyCode"]
    if currency is None:
        return None
    return UcpPrice(amount=minor_amount(Decimal(money["amount"]), currency), currency=currency)


def _rating(summary: Mapping[str, Any]) -> UcpRating | None:
    mean = summary["averageRating"]
    return None if mean is None else UcpRating(value=round(mean, 2), count=summary["rated"])
