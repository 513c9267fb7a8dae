"""products.jsonl of the Agentic Commerce Protocol, version 2026-04-17.

A line is a product with its variants; amounts are in minor units. The protocol has no brand, no
stock of pieces, and no attributes beside the options and the condition.
"""

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar

import orjson

from catalograph.ingest.feed_export.form import FeedForm
from catalograph.schema.commerce import Availability, minor_digits
from catalograph.store.queries.feed_products import FeedProduct

_STATUSES: Mapping[Availability, str] = {
    Availability.IN_STOCK: "in_stock",
    Availability.LIMITED: "limited_stock",
    Availability.IN_STORE_ONLY: "in_store_only",
    Availability.PREORDER: "preorder",
    Availability.BACKORDER: "backorder",
    Availability.MADE_TO_ORDER: "made_to_order",
    Availability.OUT_OF_STOCK: "out_of_stock",
}


class AcpFeed(FeedForm):
    """ACP's product feed."""

    file_name: ClassVar[str] = "products.jsonl"
    needs: ClassVar[tuple[str, ...]] = ("title",)
    states_stock: ClassVar[bool] = False

    def render(self, products: list[FeedProduct]) -> Iterator[str]:
        """Yield one line."""
        first = products[0]
        grouped = first.group is not None
        line = {
            "id": first.group if grouped else first.id,
            "title": (first.group_title if grouped else None) or first.title,
            "variants": [self._variant(one) for one in products],
        }
        yield orjson.dumps(line).decode() + "\n"

    def _variant(self, product: FeedProduct) -> dict[str, Any]:
        conditions = [v.name for v in product.values if v.attribute == "condition"]
        sold = product.sale_price if product.sale_price is not None else product.price
        listed = product.price if product.sale_price is not None else None
        variant: dict[str, Any] = {
            "id": product.id,
            "title": product.title,
            "description": {"plain": product.description} if product.description else None,
            "url": product.url,
            "barcodes": [{"type": "GTIN", "value": gtin} for gtin in product.gtins],
            "price": _price(sold, product.currency),
            "list_price": _price(listed, product.currency),
            "availability": self._availability(product),
            "categories": [
                {"value": " > ".join(path), "taxonomy": "merchant"} for path in product.categories
            ],
            "condition": conditions,
            "variant_options": [{"name": name, "value": value} for name, value in product.options],
            "media": [
                {"type": "image", "url": url, **({"alt_text": alt} if alt else {})}
                for url, alt in product.images
            ],
            "seller": {"name": self.seller.name} if self.seller.name else None,
        }
        return {name: value for name, value in variant.items() if value}

    def _availability(self, product: FeedProduct) -> dict[str, Any] | None:
        if product.availability is Availability.UNKNOWN and not self.seller.in_stock:
            return None
        word = self.stock_word(product, _STATUSES)
        return {"available": word != "out_of_stock", "status": word}


def _price(amount: Decimal | None, currency: str | None) -> dict[str, Any] | None:
    if amount is None or currency is None:
        return None
    minor = amount.scaleb(minor_digits(currency)).to_integral_value(ROUND_HALF_UP)
    return {"amount": int(minor), "currency": currency}
