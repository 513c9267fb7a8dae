"""Pages of products: in the order of keys, or by search words."""

import asyncio
from dataclasses import asdict

import orjson

from catalograph.api.context import Context
from catalograph.api.inputs import check_first, check_key, lucene_text
from catalograph.api.types.catalog import ProductConnection, ProductFilter
from catalograph.errors import InvalidInputError
from catalograph.schema import TextEncoder
from catalograph.store import read

MAX_VALUES = 20


async def find_products(
    context: Context,
    first: int,
    after: str | None,
    query: str | None,
    filter_: ProductFilter | None,
) -> ProductConnection:
    """Find one page of listed products, in one statement.

    Raises:
        InvalidInputError: an argument is out of range or no key of its kind.
        BadCursorError: `after` is no cursor of this query and filter.
    """
    limit = check_first(first) + 1
    wanted = check_filter(filter_ or ProductFilter())
    scope = orjson.dumps(["products", query, asdict(wanted)]).decode()
    cursors = context.services.cursors
    position = None if after is None else cursors.decode(scope, after)
    if query is None:
        key = "" if position is None else str(position[0])
        rows = await read.list_products(context.connection, wanted, after=key, limit=limit)
    else:
        rows = await read.search_products(
            context.connection,
            wanted,
            text=lucene_text(query),
            vector=await _query_vector(context.services.encoder, query),
            after=None if position is None else (float(position[0]), str(position[1])),
            limit=limit,
        )
    page = rows[:first]
    marks = [cursors.encode(scope, _position(row)) for row in page]
    return ProductConnection.of(page, marks, more=len(rows) > first)


def _position(row: read.FoundRow) -> list[str | float]:
    return [row.product.key] if row.score is None else [row.score, row.product.key]


async def _query_vector(encoder: TextEncoder | None, query: str) -> list[float] | None:
    if encoder is None:
        return None
    # Off the event loop: encoding takes milliseconds of computing.
    vectors = await asyncio.to_thread(encoder.encode_queries, [query])
    vector: list[float] = vectors[0].tolist()
    return vector


def check_filter(wanted: ProductFilter) -> read.ProductFilter:
    """Turn a filter into the store's.

    Raises:
        InvalidInputError: a key is none of its kind, or there are too many.
    """
    if len(wanted.values) > MAX_VALUES:
        raise InvalidInputError(f"'values' has {len(wanted.values)} keys, at most {MAX_VALUES}.")
    if wanted.brand is not None:
        check_key("brand", wanted.brand, "Brand")
    if wanted.category is not None:
        check_key("category", wanted.category, "Category")
    for value in wanted.values:
        check_key("values", value, "Value")
    return read.ProductFilter(
        wanted.brand,
        wanted.category,
        tuple(sorted(set(wanted.values))),
        wanted.price_min,
        wanted.price_max,
    )
