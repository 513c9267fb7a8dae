"""OpenAI's product feed as JSON lines: https://developers.openai.com/commerce/specs/feed.

A line is a variant. The products may be found; checkout is another contract with OpenAI, so that
none is offered.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar

import orjson

from catalograph.errors import ConfigError
from catalograph.ingest.feed_export.form import CONDITIONS, FeedForm, FeedReport, FeedSeller
from catalograph.schema.commerce import Availability
from catalograph.store.queries.feed_products import FeedProduct

_MAX_TITLE = 150
_MAX_DESCRIPTION = 5_000
_STATUSES: Mapping[Availability, str] = {
    Availability.IN_STOCK: "in_stock",
    Availability.LIMITED: "in_stock",
    Availability.IN_STORE_ONLY: "out_of_stock",
    Availability.PREORDER: "pre_order",
    Availability.BACKORDER: "backorder",
    Availability.MADE_TO_ORDER: "backorder",
    Availability.OUT_OF_STOCK: "out_of_stock",
    Availability.UNKNOWN: "unknown",
}
_COLUMNS = {
    "condition": "condition",
    "colour": "color",
    "material": "material",
    "size": "size",
    "size system": "size_system",
    "gender": "gender",
    "age group": "age_group",
    "dimensions": "dimensions",
}
_JOINED = frozenset({"color", "material"})
_DIMENSIONS = ("length", "width", "height")
_OPTION_COLUMNS = {"color": "color", "colour": "color", "size": "size"}


class OpenAiFeed(FeedForm):
    """OpenAI's product feed.

    Raises:
        ConfigError: the seller has no name.
    """

    file_name: ClassVar[str] = "openai.jsonl"
    needs: ClassVar[tuple[str, ...]] = (
        "title",
        "description",
        "url",
        "brands",
        "images",
        "price",
        "currency",
    )
    states_stock: ClassVar[bool] = False

    def __init__(self, seller: FeedSeller, report: FeedReport) -> None:
        super().__init__(seller, report)
        if not seller.name:
            raise ConfigError("OpenAI's feed names the seller of each product: --seller-name NAME.")

    def render(self, products: list[FeedProduct]) -> Iterator[str]:
        """Yield one line for each product."""
        for product in products:
            row = self._row(product, several=len(products) > 1)
            kept = {name: value for name, value in row.items() if value not in (None, [], {}, "")}
            yield orjson.dumps(kept).decode() + "\n"

    def _row(self, product: FeedProduct, *, several: bool) -> dict[str, Any]:
        grouped = product.group is not None
        return {
            "is_eligible_search": True,
            "is_eligible_checkout": False,
            "item_id": product.id,
            "title": self.cut(product.title or "", _MAX_TITLE),
            "description": self.cut(product.description or "", _MAX_DESCRIPTION),
            "url": product.url,
            "brand": product.brands[0],
            "seller_name": self.seller.name,
            "image_url": product.images[0][0],
            "additional_image_urls": [url for url, _ in product.images[1:]],
            "availability": self.stock_word(product, _STATUSES),
            "inventory_quantity": None if product.quantity is None else max(product.quantity, 0),
            "price": _price(product.price, product.currency),
            "sale_price": _price(product.sale_price, product.currency),
            "product_category": next((" > ".join(path) for path in product.categories), None),
            "gtin": next(iter(product.gtins), None),
            "mpn": product.mpn,
            "group_id": product.group,
            "item_group_title": product.group_title if grouped else None,
            "listing_has_variations": several,
            "variant_dict": dict(product.options),
            "target_countries": list(self.seller.countries),
            "store_country": self.seller.country,
            **_columns(product),
        }


def _columns(product: FeedProduct) -> dict[str, Any]:
    """Return OpenAI's own attributes; options state theirs as the catalogue writes them."""
    columns: dict[str, Any] = {}
    for value in product.values:
        column = _COLUMNS.get(value.attribute)
        if column is None or (column == "condition" and value.name not in CONDITIONS):
            continue
        if column not in columns:
            columns[column] = value.name
        elif column in _JOINED:
            columns[column] += f"/{value.name}"
    for name, text in product.options:
        if (column := _OPTION_COLUMNS.get(name.casefold())) is not None:
            columns[column] = text
    return columns | _measures(product)


def _measures(product: FeedProduct) -> dict[str, Any]:
    """Return weight and dimensions, whose units stand in columns of their own."""
    found = {v.attribute: v for v in product.values if v.number is not None and v.unit}
    columns: dict[str, Any] = {}
    if (weight := found.get("weight")) is not None:
        columns |= {"weight": f"{weight.number:g}", "item_weight_unit": weight.unit}
    sides = {name: found[name] for name in _DIMENSIONS if name in found}
    if len({side.unit for side in sides.values()}) == 1:
        columns |= {name: f"{side.number:g}" for name, side in sides.items()}
        columns["dimensions_unit"] = next(iter(sides.values())).unit
    return columns


def _price(amount: Decimal | None, currency: str | None) -> str | None:
    return None if amount is None else f"{amount} {currency}"
