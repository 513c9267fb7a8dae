"""Products out of schema.org JSON-LD: in JSON documents, and in HTML pages.

One row a Product. What the vocabulary allows to write in many ways comes in one: names without
prefixes, nested things by the one column that says what they are.

| column | is |
|---|---|
| `@type` | Product, or a kind of it |
| `id` | the first of sku, productID, gtin…, mpn, @id and url |
| `brand`, `category`, `image`, `material`, … | a name or address, also where it was an object |
| `price`, `priceCurrency`, `availability`, `itemCondition` | of the first offer with a price |
| `ratingValue`, `reviewCount` | of `aggregateRating` |
| `image` | addresses of the pictures |
| `media` | the same as objects with `url` and `alt`, if a picture has a caption |
| `productGroupID`, `productGroupName` | of the group that it is a variant of |
| `inventoryLevel` | number of pieces in stock |
| `additionalProperty` | list of objects with `name`, `value` and `unit` |
| `weight`, `width`, `size`, … | a text with its unit, such as "2 KGM" |
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from catalograph.ingest.readers.rows import FeedRow
from catalograph.schema import Rejection

Thing = Mapping[str, Any]

_PRODUCTS = frozenset({"Product", "IndividualProduct", "ProductModel", "SomeProducts", "Vehicle"})
_HOLDERS = ("@graph", "itemListElement", "item", "mainEntity", "hasVariant", "itemOffered")
"""Where products stand inside other things."""
_IDS = (
    "sku", "productID", "gtin", "gtin13", "gtin14", "gtin12", "gtin8", "mpn", "@id", "url",
)  # fmt: skip
_OFFER = (
    "price", "priceCurrency", "availability", "inventoryLevel", "itemCondition", "gtin", "sku",
    "mpn",
)  # fmt: skip
_RATING = ("ratingValue", "reviewCount", "ratingCount")
_PREFIX = re.compile(r"(?:https?://(?:www\.)?schema\.org/|schema:)")
_NAMES = ("name", "@value", "url", "contentUrl", "value", "@id")
"""What stands for a thing where a text is wanted, best first."""
_ADDRESSES = ("contentUrl", "url", "@id")
_CAPTIONS = ("caption", "description", "name")


def product_rows(rows: Iterator[FeedRow]) -> Iterator[FeedRow]:
    """The products within rows that are JSON-LD things; numbered anew, from 1.

    A row without any product in it is passed over, a row that could not be read stays.
    """
    number = 0
    for row in rows:
        found = [row.fields] if isinstance(row.fields, Rejection) else products(row.fields)
        for fields in found:
            number += 1
            yield FeedRow(number, fields, row.raw, row.note)


def products(thing: Any) -> list[dict[str, Any]]:
    """All products in a JSON-LD value, in order; parts named by `@id` are put in their place."""
    plain = _plain(thing)
    index: dict[str, Thing] = {}
    _remember(plain, index)
    return [_row(product, index) for product in _find(plain)]


def _plain(value: Any) -> Any:
    """Names, and the words of enumerations, without the vocabulary's address."""
    if isinstance(value, Mapping):
        if "@value" in value:
            return _plain(value["@value"])
        return {_PREFIX.sub("", name, count=1): _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        parts = [_plain(part) for part in value]
        return parts[0] if len(parts) == 1 else parts
    if isinstance(value, str) and _PREFIX.match(value):
        return _PREFIX.sub("", value, count=1)
    return value


def _remember(value: Any, index: dict[str, Thing]) -> None:
    for part in _to_list(value):
        if isinstance(part, Mapping):
            # A thing with nothing but its @id is a reference, no description.
            if isinstance(part.get("@id"), str) and len(part) > 1:
                index.setdefault(part["@id"], part)
            for inner in part.values():
                if isinstance(inner, Mapping | list):
                    _remember(inner, index)


def _find(value: Any, inherited: Thing | None = None) -> Iterator[Thing]:
    for thing in _to_list(value):
        if not isinstance(thing, Mapping):
            continue
        kinds = set(_to_list(thing.get("@type")))
        if kinds & _PRODUCTS:
            yield {**(inherited or {}), **thing}
            continue
        # Variants have the title, brand and so on of their group unless they say otherwise.
        group = "ProductGroup" in kinds
        shared = {n: v for n, v in thing.items() if not n.startswith("@") and n not in _HOLDERS}
        shared["productGroupName"] = thing.get("name")
        for holder in _HOLDERS:
            yield from _find(thing.get(holder), shared if group else None)


def _row(product: Thing, index: Mapping[str, Thing]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, value in product.items():
        if name == "additionalProperty":
            row[name] = [_property(p) for p in _find_things(value, index)]
        elif name == "image":
            row |= _pictures(value, index)
        elif name not in ("@context", "offers", "review", "aggregateRating"):
            row[name] = _text(value, index)
    for group in _find_things(product.get("isVariantOf"), index):
        said = {
            "productGroupID": group.get("productGroupID"),
            "productGroupName": group.get("name"),
        }
        row |= {name: value for name, value in said.items() if value is not None}
    offer = _offer(product, index)
    row = {name: offer[name] for name in _OFFER if name in offer} | row
    for rating in _find_things(product.get("aggregateRating"), index):
        row |= {name: _text(rating[name], index) for name in _RATING if name in rating}
    row["id"] = next((row[name] for name in _IDS if row.get(name)), None)
    return row


def _offer(product: Thing, index: Mapping[str, Thing]) -> dict[str, Any]:
    """The first offer with a price; of an AggregateOffer the lowest price."""
    found: list[dict[str, Any]] = []
    for offer in _find_things(product.get("offers"), index):
        specified = next(iter(_find_things(offer.get("priceSpecification"), index)), {})
        texts = {n: _text(v, index) for n, v in {**specified, **offer}.items()}
        texts.setdefault("price", texts.get("lowPrice"))
        for level in _find_things(offer.get("inventoryLevel"), index):
            texts["inventoryLevel"] = level.get("value")
        found.append(texts)
    return next((o for o in found if o["price"] is not None), found[0] if found else {})


def _pictures(value: Any, index: Mapping[str, Thing]) -> dict[str, Any]:
    """Return the columns of the pictures: an address each, and a caption where one is given."""
    media: list[dict[str, Any]] = []
    for part in _to_list(value):
        if isinstance(part, Mapping):
            thing = index.get(str(part.get("@id")), part)
            media.append({"url": _first(thing, _ADDRESSES), "alt": _first(thing, _CAPTIONS)})
        else:
            media.append({"url": part})
    addresses = [picture["url"] for picture in media if picture["url"]]
    columns: dict[str, Any] = {"image": addresses[0] if len(addresses) == 1 else addresses}
    return columns | ({"media": media} if any(picture.get("alt") for picture in media) else {})


def _first(thing: Thing, names: tuple[str, ...]) -> Any:
    """Return the first of some properties that a thing has."""
    return next((thing[name] for name in names if thing.get(name)), None)


def _property(part: Thing) -> dict[str, Any]:
    unit = part.get("unitText") or part.get("unitCode")
    return {
        "name": part.get("name") or part.get("propertyID"),
        "value": part.get("value"),
        "unit": unit,
    }


def _text(value: Any, index: Mapping[str, Thing]) -> Any:
    """What a value says in one cell: a thing is told by its name, a quantity with its unit."""
    if isinstance(value, list):
        return [_text(part, index) for part in value]
    if not isinstance(value, Mapping):
        return value
    thing = index.get(str(value.get("@id")), value)
    unit = thing.get("unitText") or thing.get("unitCode")
    if unit and "value" in thing:
        return f"{thing['value']} {unit}"
    said = next((thing[name] for name in _NAMES if thing.get(name) is not None), None)
    return said if isinstance(said, str | int | float) else None


def _find_things(value: Any, index: Mapping[str, Thing]) -> list[Thing]:
    found = [part for part in _to_list(value) if isinstance(part, Mapping)]
    return [index.get(str(part.get("@id")), part) for part in found]


def _to_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


__all__ = ["product_rows", "products"]
