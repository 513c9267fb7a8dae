"""Google Merchant product data as RSS 2.0: https://support.google.com/merchants/answer/7052112."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import ClassVar
from xml.sax.saxutils import escape

from catalograph.ingest.feed_export.form import CONDITIONS, FeedForm
from catalograph.schema.commerce import Availability
from catalograph.store.queries.feed_products import FeedProduct, FeedValue

_MAX_TITLE = 150
_MAX_DESCRIPTION = 5_000
_MAX_IMAGES = 11
"""The main picture and ten more."""
_MAX_DETAILS = 100
_STATUSES: Mapping[Availability, str] = {
    Availability.IN_STOCK: "in_stock",
    Availability.LIMITED: "in_stock",
    # Google means sales by the shop's page.
    Availability.IN_STORE_ONLY: "out_of_stock",
    Availability.PREORDER: "preorder",
    Availability.BACKORDER: "backorder",
    Availability.MADE_TO_ORDER: "backorder",
    Availability.OUT_OF_STOCK: "out_of_stock",
}
_OPTIONS = {"color": "color", "colour": "color", "size": "size", "material": "material",
            "pattern": "pattern"}  # fmt: skip
_COLUMNS = {
    "colour": "color",
    "color": "color",
    "material": "material",
    "pattern": "pattern",
    "size": "size",
    "size type": "size_type",
    "size system": "size_system",
    "gender": "gender",
    "age group": "age_group",
    "pack count": "multipack",
    "net content": "unit_pricing_measure",
    "length": "product_length",
    "width": "product_width",
    "height": "product_height",
    "weight": "product_weight",
    "energy efficiency class": "energy_efficiency_class",
}
"""Google's attributes by ours; the others go into `product_detail`."""
_JOINED = frozenset({"color", "material"})
"""Attributes that take several values, joined by slashes."""
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class GoogleFeed(FeedForm):
    """Google's product feed."""

    file_name: ClassVar[str] = "google.xml"
    head: ClassVar[str] = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0">\n<channel>\n'
        "<title>Products</title>\n"
    )
    tail: ClassVar[str] = "</channel>\n</rss>\n"
    needs: ClassVar[tuple[str, ...]] = (
        "title",
        "description",
        "url",
        "images",
        "price",
        "currency",
    )

    def render(self, products: list[FeedProduct]) -> Iterator[str]:
        """Yield one item for each product."""
        for product in products:
            elements = [_element(name, text) for name, text in self._texts(product) if text]
            elements += [_detail(name, text) for name, text in _details(product)]
            yield "<item>\n" + "".join(elements) + "</item>\n"

    def _texts(self, product: FeedProduct) -> Iterator[tuple[str, str | None]]:
        yield "id", product.id
        yield "title", self.cut(product.title or "", _MAX_TITLE)
        yield "description", self.cut(product.description or "", _MAX_DESCRIPTION)
        yield "link", product.url
        yield "image_link", product.images[0][0]
        for url, _ in product.images[1:_MAX_IMAGES]:
            yield "additional_image_link", url
        yield "availability", self.stock_word(product, _STATUSES)
        yield "price", _price(product.price, product.currency)
        yield "sale_price", _price(product.sale_price, product.currency)
        yield "brand", next(iter(product.brands), None)
        for gtin in product.gtins:
            yield "gtin", gtin
        yield "mpn", product.mpn
        yield "item_group_id", product.group
        for path in product.categories:
            yield "product_type", " > ".join(path)
        if product.quantity is not None and product.quantity >= 0:
            yield "sell_on_google_quantity", str(product.quantity)
        condition = next((v.name for v in product.values if v.attribute == "condition"), None)
        yield "condition", condition if condition in CONDITIONS else None
        yield from _column_texts(product).items()


def _column_texts(product: FeedProduct) -> dict[str, str]:
    """Return Google's own attributes; options state theirs as the catalogue writes them."""
    texts = {
        _OPTIONS[name.casefold()]: value
        for name, value in product.options
        if name.casefold() in _OPTIONS
    }
    for value in product.values:
        column = _COLUMNS.get(value.attribute)
        if column is None or column in {_OPTIONS.get(n.casefold()) for n, _ in product.options}:
            continue
        before = texts.get(column)
        if before is None:
            texts[column] = value.name
        elif column in _JOINED:
            texts[column] = f"{before}/{value.name}"
    return texts


def _details(product: FeedProduct) -> list[tuple[str, str]]:
    """Return what Google has no attribute for."""
    said = [(name, value) for name, value in product.options if name.casefold() not in _OPTIONS]
    options = {name.casefold() for name, _ in product.options}
    said += [(v.attribute, v.name) for v in product.values if _is_detail(v, options)]
    return said[:_MAX_DETAILS]


def _is_detail(value: FeedValue, options: set[str]) -> bool:
    if value.attribute == "condition":
        return value.name not in CONDITIONS
    return value.attribute not in _COLUMNS and value.attribute not in options


def _price(amount: Decimal | None, currency: str | None) -> str | None:
    return None if amount is None else f"{amount} {currency}"


def _element(name: str, text: str) -> str:
    return f"<g:{name}>{_plain(text)}</g:{name}>\n"


def _detail(name: str, text: str) -> str:
    return (
        f"<g:product_detail><g:attribute_name>{_plain(name)}</g:attribute_name>"
        f"<g:attribute_value>{_plain(text)}</g:attribute_value></g:product_detail>\n"
    )


def _plain(text: str) -> str:
    """Return a text as XML, without characters that XML cannot have."""
    return escape(_NOT_XML.sub(" ", text))
