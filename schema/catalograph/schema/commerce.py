"""Commercial data in the graph: exact prices, stock, media, variants, translations, history."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from catalograph.schema.graph_types import NodeType, PropertySpec, PropertyType

MAX_MEDIA = 100
"""Largest number of pictures of a product."""
MAX_OPTIONS = 20
"""Largest number of options by which the variants of a group differ."""
MAX_PRICE = 1e12
"""Far above any price, in any currency; a higher one is a mistake of its feed."""
_WHOLE = ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI")
_MINOR_DIGITS: Mapping[str, int] = {
    **dict.fromkeys((*_WHOLE, "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


class Availability(StrEnum):
    """Whether a product can be bought: values of schema.org, Google and OpenAI in one list."""

    IN_STOCK = "IN_STOCK"
    LIMITED = "LIMITED"
    IN_STORE_ONLY = "IN_STORE_ONLY"
    PREORDER = "PREORDER"
    BACKORDER = "BACKORDER"
    MADE_TO_ORDER = "MADE_TO_ORDER"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    DISCONTINUED = "DISCONTINUED"
    UNKNOWN = "UNKNOWN"


IN_STOCK = frozenset(
    {
        Availability.IN_STOCK,
        Availability.LIMITED,
        Availability.IN_STORE_ONLY,
        Availability.UNKNOWN,
    }
)
"""Availability of products that the filter of products in stock keeps."""


def minor_digits(currency: str | None) -> int:
    """Return the decimal places in which ISO 4217 writes amounts of a currency; 2 for most."""
    return _MINOR_DIGITS.get(currency or "", 2 if currency else 0)


@lru_cache(maxsize=65_536)
def exact_decimal(text: str, currency: str | None) -> Decimal:
    """Return an amount with all its digits, at least those of the currency's minor unit."""
    value = Decimal(text).normalize()
    digits = max(minor_digits(currency), -int(value.as_tuple().exponent))
    return value.quantize(Decimal(1).scaleb(-digits))


def _text(name: str, doc: str, **limits: object) -> PropertySpec:
    return PropertySpec(name, PropertyType.STRING, doc, **limits)  # type: ignore[arg-type]


def _texts(name: str, doc: str, **limits: object) -> PropertySpec:
    return PropertySpec(name, PropertyType.STRING_LIST, doc, **limits)  # type: ignore[arg-type]


def _time(name: str, doc: str) -> PropertySpec:
    return PropertySpec(name, PropertyType.DATETIME, doc)


def _amount(name: str, doc: str) -> PropertySpec:
    return PropertySpec(name, PropertyType.FLOAT, doc, minimum=0, maximum=MAX_PRICE)


_STATUS = frozenset(Availability)

PRODUCT_PROPERTIES: tuple[PropertySpec, ...] = (
    _text("price_amount", "`price` as an exact decimal, such as 19.90.", max_length=40),
    _text("sale_price_amount", "`sale_price` as an exact decimal.", max_length=40),
    _text("availability_status", "Whether it can be bought, as a code.", choices=_STATUS),
    PropertySpec("quantity", PropertyType.INTEGER, "Pieces in stock; below 0 where oversold."),
    _time("offer_since", "Since when price, availability and quantity are what they are."),
    _text("sku", "Stock keeping unit: the seller's number for it.", max_length=200),
    _text("slug", "Last part of the address of its page, as the catalogue states it."),
    _texts(
        "media_urls",
        "Addresses of its pictures in their order.",
        max_items=MAX_MEDIA,
        max_length=2_000,
        address=True,
    ),
    _texts(
        "media_alts",
        "Alternative texts of `media_urls`, one for each; blank where there is none.",
        max_items=MAX_MEDIA,
    ),
    _texts(
        "option_names",
        "Names of the options that tell it from the other variants of its group.",
        max_items=MAX_OPTIONS,
    ),
    _texts("option_values", "Values of `option_names`, one for each.", max_items=MAX_OPTIONS),
    _text("group_title", "Title of the group of variants, where the catalogue states it."),
    _text("language", "Language of title and description: a tag of BCP 47.", max_length=35),
    _texts("title_languages", "Languages of `title_translations`, one for each."),
    _texts("title_translations", "The title in other languages.", max_length=2_000),
    _texts("description_languages", "Languages of `description_translations`, one for each."),
    _texts("description_translations", "The description in other languages.", max_length=100_000),
)
"""Commercial properties of a product, besides price, currency and addresses."""

OFFER_STATE = ("price", "currency", "sale_price", "availability_status", "quantity")
"""Properties of a product whose changes are its history."""

COMMERCE_NODES = (
    NodeType(
        "Offer",
        "What a product cost, and whether it could be bought, until a run changed it. The "
        "present state is on the product.",
        "`offer:<source>:<id of the product>@<milliseconds since 1970>`",
        (
            _text("product", "Key of the product; it may be gone.", required=True, max_length=600),
            _text("title", "Title of the product then.", max_length=2_000),
            _amount("price", "Price in `currency`."),
            _text("price_amount", "`price` as an exact decimal.", max_length=40),
            _amount("sale_price", "Reduced price in `currency`."),
            _text("sale_price_amount", "`sale_price` as an exact decimal.", max_length=40),
            _text("currency", "ISO 4217 code of the prices.", max_length=3),
            _text("availability_status", "Whether it could be bought.", choices=_STATUS),
            PropertySpec("quantity", PropertyType.INTEGER, "Pieces in stock."),
            _time("valid_from", "When a run wrote it."),
            _time("valid_to", "When a run changed or withdrew it."),
            PropertySpec(
                "withdrawn", PropertyType.BOOLEAN, "True: the catalogue withdrew the product."
            ),
            _text("run", "Run that changed it.", required=True),
        ),
    ),
    NodeType(
        "PastAssertion",
        "A triple that lost its last support, with the time in which it held.",
        "`past:<run>/<hash of the triple>`",
        (
            _text("head", "Key of the head.", required=True, max_length=2_000),
            _text("relation", "Relation.", required=True),
            _text("tail", "Key of the tail.", required=True, max_length=2_000),
            _time("valid_from", "When the run started that wrote its last support."),
            _time("valid_to", "When that support was withdrawn."),
            _text("run", "Run that withdrew it.", required=True),
        ),
    ),
)
"""Nodes of the history of prices, stock and facts."""
