"""Items of the review queue with all that a person needs to decide them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from catalograph.ingest.review.kinds import REVIEW_KINDS
from catalograph.schema.graph_types import Wording
from catalograph.schema.review import ReviewCase, ReviewFeature, ReviewSide
from catalograph.store import Connection
from catalograph.store.queries.review_queue import StoredItem, read_sides

_LONGEST_FIELD = 600


def build_cases(connection: Connection, items: Sequence[StoredItem]) -> list[ReviewCase]:
    """Return items as cases, with the products that they are about as these are now."""
    wanted = {key for item in items for key in _side_keys(item)}
    rows = read_sides(connection, wanted) if wanted else []
    sides = {row["product"]["key"]: _side(row) for row in rows}
    return [_case(item, sides) for item in items]


def _side_keys(item: StoredItem) -> list[str]:
    own = [] if item.product is None else [item.product]
    return list(item.question.get("sides", own))


def _case(item: StoredItem, sides: dict[str, ReviewSide]) -> ReviewCase:
    said = item.question
    now = datetime.now(UTC)
    held = item.claimed_until is not None and item.claimed_until > now
    kind = REVIEW_KINDS.get(item.kind)
    return ReviewCase(
        key=item.key,
        kind=item.kind,
        subject=item.subject,
        attribute=item.attribute,
        category=item.category,
        confidence=item.confidence,
        proposed=said.get("proposed"),
        text=said.get("text"),
        field=said.get("field"),
        start=said.get("start"),
        end=said.get("end"),
        origin=said.get("origin", ""),
        notes=tuple(Wording(en, zh) for en, zh in said.get("notes", ())),
        sides=tuple(sides[key] for key in _side_keys(item) if key in sides),
        features=tuple(ReviewFeature(*feature) for feature in said.get("features", ())),
        base=said.get("base"),
        scale=said.get("scale"),
        correctable=kind is not None and kind.check is not None,
        queued=item.queued,
        verdict=item.verdict,
        correction=item.correction,
        opinions=item.opinions,
        wanted=item.wanted,
        claimed_by=item.claimed_by if held else None,
        claimed_until=item.claimed_until if held else None,
    )


def _side(row: dict[str, Any]) -> ReviewSide:
    product = row["product"]
    fields = [(name, text[:_LONGEST_FIELD]) for name, text in _fields(row) if text]
    return ReviewSide(
        product["key"], product["title"] or product["key"], product["image_url"], tuple(fields)
    )


def _fields(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield names and texts of what is known of a product, in the order to show them."""
    product = row["product"]
    yield "brand", ", ".join(row["brands"])
    yield "category", ", ".join(row["categories"])
    if product["price"] is not None:
        yield "price", f"{product['price']:g} {product['currency'] or ''}".strip()
    yield "gtin", ", ".join(product["gtins"] or ())
    yield "mpn", product["mpn"] or ""
    for value in row["values"]:
        yield value["attribute"], value["name"]
    yield "description", product["description"] or ""
    yield "source", product["source"]
