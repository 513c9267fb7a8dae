"""Mapping proposals from column names and values, for a person to check."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from catalograph.ingest import values
from catalograph.ingest.mapping import (
    AttributeColumn,
    AttributePrefix,
    CatalogMapping,
    CategoryColumns,
    EventColumn,
    EventMapping,
    Kind,
    ReviewMapping,
)
from catalograph.ingest.mapping import Mapping as FeedMapping
from catalograph.schema import EventKind

_Rows = Sequence[Mapping[str, Any]]

# Names by field, best first; compared without case, spaces and punctuation.
_CATALOG_NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "productid", "sku", "asin", "upc", "uniqid", "itemid", "ean", "gtin", "code"),
    "title": ("title", "name", "productname", "producttitle", "itemname"),
    "description": (
        "description",
        "longdescription",
        "productdescription",
        "shortdescription",
        "aboutproduct",
        "body",
    ),
    "brand": ("brand", "brandname", "productbrand", "manufacturer", "maker", "vendor"),
    "category": (
        "categories",
        "category",
        "categorypath",
        "productcategorytree",
        "producttype",
        "department",
    ),
    "price": ("price", "saleprice", "discountedprice", "currentprice", "priceinr", "priceusd"),
    "sale_price": ("saleprice", "specialprice"),
    "mpn": ("mpn", "modelno", "modelnumber", "partnumber", "itemmodelnumber"),
    "availability": ("availability", "stockstatus"),
    "group": ("itemgroupid", "groupid"),
    "gtins": ("gtin", "gtins", "ean", "eans", "upc", "barcode"),
    "url": ("url", "link", "productlink", "producturl"),
    "image_url": ("image", "imageurl", "imurl", "picture", "thumbnail"),
    "released": ("released", "datereleased", "releasedate", "date", "datefirstavailable"),
    "popularity": ("popularity", "salesrank", "bestsellingrank"),
    "also_bought": ("alsobought", "alsobuy"),
    "also_viewed": ("alsoviewed", "alsoview"),
    "bought_together": ("boughttogether",),
}
_REVIEW_NAMES: dict[str, tuple[str, ...]] = {
    "id": ("reviewid", "id"),
    "user": ("userid", "reviewerid", "user", "customerid", "username", "reviewer", "author"),
    "product": (
        "productid",
        "asin",
        "parentasin",
        "itemid",
        "sku",
        "product",
        "item",
        "clothingid",
    ),
    "rating": ("rating", "overall", "stars", "score", "reviewrating"),
    "title": ("title", "summary", "reviewtitle", "headline"),
    "text": ("text", "reviewtext", "review", "body", "content", "reviewbody", "comment"),
    "time": ("unixreviewtime", "timestamp", "time", "date", "reviewdate", "reviewtime"),
    "verified": ("verified", "verifiedpurchase"),
    "helpful": ("helpful", "helpfulvote", "vote", "votes", "numhelpful", "positivefeedbackcount"),
}
_EVENT_NAMES: dict[str, tuple[str, ...]] = {
    "id": ("eventid", "id"),
    "user": ("userid", "visitorid", "customerid", "user", "sessionid", "usersession"),
    "product": ("productid", "itemid", "asin", "sku", "product", "item"),
    "time": ("timestamp", "time", "eventtime", "date", "datetime", "unixtime"),
    "query": ("query", "searchquery", "searchterms", "keywords"),
    "value": ("value", "amount", "price", "revenue"),
    "served": ("served", "servedid", "listid"),
    "position": ("position", "rank"),
}
_EVENT_COLUMNS = ("event", "eventtype", "kind", "action", "type", "behavior")
_EVENT_WORDS: dict[str, EventKind] = {
    "addtocart": EventKind.CART,
    "addtobasket": EventKind.CART,
    "basket": EventKind.CART,
    "buy": EventKind.PURCHASE,
    "detail": EventKind.VIEW,
    "order": EventKind.PURCHASE,
    "pageview": EventKind.VIEW,
    "pv": EventKind.VIEW,
    "search": EventKind.QUERY,
    "transaction": EventKind.PURCHASE,
}
_SEPARATORS = (">>", ">", "|", "/")
_WORDS_AT_MOST = 4
_DISTINCT_AT_MOST = 0.5
"""Largest share of distinct values among the rows of an attribute column."""


def guess(rows: Iterable[Mapping[str, Any]], kind: Kind, source: str) -> FeedMapping:
    """Propose a mapping from the first rows of a file.

    Args:
        rows: first rows; a few hundred are enough.
        kind: kind of the file.
        source: name of the feed, often the file's name.

    Returns:
        A mapping with every field whose column name was recognised. A required field that was not
        recognised gets the most likely column.
    """
    sample = list(rows)
    columns = list(dict.fromkeys(name for row in sample for name in row))
    name = source_name(source)
    if kind == "catalog":
        return _guess_catalog(name, columns, sample)
    if kind == "reviews":
        found = _by_name(columns, _REVIEW_NAMES)
        free = [column for column in columns if column not in found.values()]
        found.setdefault("product", _identifier(free or columns, sample))
        return ReviewMapping.model_validate({"source": name} | found)
    return _guess_events(name, columns, sample)


def source_name(text: str) -> str:
    """Turn any text into a source name."""
    name = re.sub(r"[^a-z0-9_.-]+", "_", text.lower()).strip("_.-")[:63]
    return name or "feed"


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def _by_name(columns: list[str], names: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """Return the column of each field; a column is used once, for the first field."""
    free = {_plain(column): column for column in reversed(columns)}
    found: dict[str, Any] = {}
    for field, known in names.items():
        column = next((free.pop(word) for word in known if word in free), None)
        if column is not None:
            found[field] = column
    return found


def _identifier(columns: list[str], sample: _Rows) -> str:
    """Return the first column with a distinct short text in every row, else the first column."""
    for column in columns:
        seen = [str(row.get(column)) for row in sample if not values.is_blank(row.get(column))]
        if seen and len(set(seen)) == len(sample) and max(map(len, seen)) <= 64:
            return column
    return columns[0] if columns else "id"


def _guess_catalog(source: str, columns: list[str], sample: _Rows) -> CatalogMapping:
    found = _by_name(columns, _CATALOG_NAMES)
    found.setdefault("id", _identifier(columns, sample))
    rest = [c for c in columns if c not in found.values()]
    if "title" not in found:
        found["title"] = rest[0] if rest else found["id"]
    if "category" in found:
        found["category"] = _category(found["category"], sample)
    found["attributes"] = tuple(_attributes(rest, sample))
    return CatalogMapping.model_validate({"source": source} | found)


def _category(column: str, sample: _Rows) -> CategoryColumns:
    texts = [text for row in sample for text in values.to_list(row.get(column))]
    for separator in _SEPARATORS:
        if sum(separator in text for text in texts) * 2 > len(texts):
            return CategoryColumns(columns=(column,), split=rf"\s*{re.escape(separator)}\s*")
    return CategoryColumns(columns=(column,))


def _attributes(columns: list[str], sample: _Rows) -> Iterator[AttributeColumn | AttributePrefix]:
    for column in columns:
        cells = [row[column] for row in sample if not values.is_blank(row.get(column))]
        if cells and all(isinstance(cell, dict) for cell in cells):
            yield AttributePrefix(prefix=f"{column}.")
        elif _looks_like_attribute(cells):
            yield AttributeColumn(
                column=column, attribute=re.sub(r"[\W_]+", " ", column).strip().lower()
            )


def _looks_like_attribute(cells: list[Any]) -> bool:
    """Return whether the cells are short, repeated texts that are not numbers."""
    if not cells or not all(isinstance(cell, str) for cell in cells):
        return False
    texts = [cell.strip() for cell in cells]
    wordy = all(re.search(r"[^\W\d]", text) for text in texts)
    short = all(len(text.split()) <= _WORDS_AT_MOST for text in texts)
    return wordy and short and len(set(texts)) <= max(1, len(texts) * _DISTINCT_AT_MOST)


def _guess_events(source: str, columns: list[str], sample: _Rows) -> EventMapping:
    kinds = _by_name(columns, {"event": _EVENT_COLUMNS})
    found = _by_name([c for c in columns if c not in kinds.values()], _EVENT_NAMES)
    if "event" in kinds:
        column = kinds["event"]
        words = {str(row[column]) for row in sample if not values.is_blank(row.get(column))}
        known = {w: k for w in sorted(words) if (k := _EVENT_WORDS.get(_plain(w))) is not None}
        event = EventColumn(column=column, values=known)
    else:
        event = EventColumn(constant=EventKind.VIEW)
    return EventMapping.model_validate({"source": source, "event": event} | found)
