"""Products out of schema.org JSON-LD: in JSON documents, and in HTML pages.

One row a Product. What the vocabulary allows to write in many ways comes in one: names without
prefixes, nested things by the one column that says what they are.

| column | is |
|---|---|
| `@type` | Product, or a kind of it |
| `id` | the first of sku, productID, gtin…, mpn, @id and url of the product itself |
| `brand` | name of the brand; a list if there are several |
| `category`, `image`, `material`, … | a name or address, also where it was an object |
| `price`, `priceCurrency`, `availability`, `itemCondition` | of the first offer with a price |
| `salePrice` | price to pay, where `price` is a list price or one that is struck through |
| `productGroupID`, `productGroupName` | of the group of its variants |
| `ratingValue`, `reviewCount` | of `aggregateRating` |
| `image` | addresses of the pictures |
| `media` | the same as objects with `url` and `alt`, if a picture has a caption |
| `inventoryLevel` | number of pieces in stock |
| `additionalProperty` | list of objects with `name`, `value` and `unit` |
| `weight`, `width`, `size`, … | a text with its unit, such as "2 KGM" |

An AggregateOffer gives its lowest price. A thing may be described in several places of a document
and be named by its `@id` in others; all that is said of it counts.
"""

from collections.abc import Iterator
from typing import Any

from catalograph.ingest.readers.linked_graph import LinkedGraph, Thing, to_list
from catalograph.ingest.readers.linked_offers import read_offers
from catalograph.ingest.readers.rows import FeedRow
from catalograph.schema import Rejection

_PRODUCTS = frozenset({"Product", "IndividualProduct", "ProductModel", "SomeProducts", "Vehicle"})
_HOLDERS = (
    "@graph", "itemListElement", "item", "mainEntity", "hasVariant", "itemOffered",
)  # fmt: skip
"""Names under which products stand inside other things."""
_IDS = (
    "sku", "productID", "gtin", "gtin13", "gtin14", "gtin12", "gtin8", "mpn", "@id", "url",
)  # fmt: skip
_GROUP_IDS = ("productGroupID", "sku", "@id", "url")
_OFFER = (
    "price", "salePrice", "priceCurrency", "availability", "inventoryLevel", "itemCondition",
    "gtin", "sku", "mpn",
)  # fmt: skip
_ADDRESSES = ("contentUrl", "url", "@id")
_CAPTIONS = ("caption", "description", "name")
_RATING = ("ratingValue", "reviewCount", "ratingCount")
_OWN = frozenset({*_IDS, *_HOLDERS, "@type", "@context", "variesBy"}) - {"url"}
"""Names that a variant does not take from its group."""
_NO_COLUMNS = frozenset(
    {"@context", "offers", "review", "aggregateRating", "isVariantOf", "inProductGroupWithID"}
)


def product_rows(rows: Iterator[FeedRow]) -> Iterator[FeedRow]:
    """The products within rows that are JSON-LD things; numbered anew, from 1.

    A row without any product in it is passed over, a row that could not be read stays.
    """
    number = 0
    for row in rows:
        found = [row.fields] if isinstance(row.fields, Rejection) else products(row.fields)
        for fields in found:
            number += 1
            yield FeedRow(number, fields, row.raw, row.note, row.rejections)


def products(thing: Any) -> list[dict[str, Any]]:
    """All products in a JSON-LD value, in order; parts named by `@id` are put in their place."""
    finder = _Finder(LinkedGraph(thing))
    finder.visit(finder.graph.document)
    return [_row(product, own_id, finder.graph) for product, own_id in finder.found]


class _Finder:
    """Finds the products of a document, each once.

    Attributes:
        graph: the document.
        found: products with what they inherit from their group, and their own ids.
    """

    def __init__(self, graph: LinkedGraph) -> None:
        self.graph = graph
        self.found: list[tuple[Thing, Any]] = []
        self._places: dict[str, int] = {}
        self._visited: set[str] = set()

    def visit(self, value: Any, inherited: Thing | None = None) -> None:
        """Find the products in a value.

        Args:
            value: a thing or a list of things.
            inherited: fields of the group whose variants the things are.
        """
        for thing in self.graph.things(value):
            kinds = set(to_list(thing.get("@type")))
            group = "ProductGroup" in kinds
            if kinds & _PRODUCTS and not (group and "hasVariant" in thing):
                self._add(thing, inherited)
                continue
            name = thing.get("@id")
            if isinstance(name, str):
                if name in self._visited:
                    continue
                self._visited.add(name)
            shared = _shared_fields(thing) if group else None
            for holder in _HOLDERS:
                self.visit(thing.get(holder), shared)

    def _add(self, product: Thing, inherited: Thing | None) -> None:
        name = product.get("@id")
        if not set(product) - {"@id", "@type"}:
            return  # a reference to a product of another document
        if inherited is None:
            groups = self.graph.things(product.get("isVariantOf"))
            inherited = _shared_fields(groups[0]) if groups else None
        own_id = next((product[key] for key in _IDS if product.get(key)), None)
        entry = ({**(inherited or {}), **product}, own_id)
        place = self._places.get(name) if isinstance(name, str) else None
        if place is None:
            if isinstance(name, str):
                self._places[name] = len(self.found)
            self.found.append(entry)
        elif inherited is not None:
            # Found by itself before, now as a variant of its group.
            self.found[place] = entry


def _shared_fields(group: Thing) -> dict[str, Any]:
    """Return the fields that variants have from their group unless they say otherwise."""
    shared = {name: value for name, value in group.items() if name not in _OWN}
    group_id = next((group[name] for name in _GROUP_IDS if group.get(name)), None)
    shared["productGroupName"] = group.get("name")
    return shared if group_id is None else shared | {"productGroupID": group_id}


def _row(product: Thing, own_id: Any, graph: LinkedGraph) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, value in product.items():
        if name == "additionalProperty":
            row[name] = [_property(part) for part in graph.things(value)]
        elif name == "image":
            row |= _pictures(value, graph)
        elif name not in _NO_COLUMNS:
            row[name] = graph.text(value)
    group_id = product.get("inProductGroupWithID")
    if group_id is not None:
        row.setdefault("productGroupID", graph.text(group_id))
    offer = read_offers(graph, graph.offers_of(product))
    row = {name: offer[name] for name in _OFFER if name in offer} | row
    for rating in graph.things(product.get("aggregateRating")):
        row |= {name: graph.text(rating[name]) for name in _RATING if name in rating}
    id_ = graph.text(own_id)
    offered = next((row[name] for name in ("sku", "gtin", "mpn") if name in offer), None)
    row["id"] = offered if id_ is None else id_
    return row


def _pictures(value: Any, graph: LinkedGraph) -> dict[str, Any]:
    """Return the columns of the pictures: their addresses, and captions if one has a caption."""
    media: list[dict[str, Any]] = []
    for part in to_list(value):
        if isinstance(part, dict):
            thing = graph.resolve(part)
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


__all__ = ["product_rows", "products"]
