"""What the API reads and writes: one typed function for each statement it sends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from catalograph.errors import NotFoundError
from catalograph.schema.diversity import diversify, jaccard
from catalograph.store.connect import AsyncConnection, Row
from catalograph.store.export import INTERACTION_KINDS, LIKED_RATING

BEHAVIOUR = ("interactions", "ALSO_BOUGHT", "BOUGHT_TOGETHER")
"""Parts of an item-item weight that come from what shoppers did, not from what products are."""
DETAILED_EDGES = 10
"""Edges told one by one for each recommended item; the weaker ones are summed."""
SEARCH_POOL = 300
"""Candidates that full text and vectors each bring into a search."""
OUT_OF_STOCK = (
    "out of stock",
    "sold out",
    "discontinued",
    "unavailable",
    "not available",
    "backorder",
    "back order",
    "preorder",
    "pre order",
    "pre sale",
    "reserved",
)
"""Words of a catalogue for what cannot be had now."""
DIVERSE_POOL = 5
"""Items to choose from for each place of a diverse list."""
NEIGHBOUR_POOL = 50
"""Nearest vectors to fetch beyond those asked for, as some are not listed."""


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product as stored; vectors are never read."""

    key: str
    source: str
    id: str
    listed: bool
    title: str | None
    description: str | None
    price: float | None
    currency: str | None
    gtins: list[str]
    url: str | None
    image_url: str | None
    released: datetime | None
    popularity: float | None


@dataclass(frozen=True, slots=True)
class BrandRow:
    """A brand."""

    key: str
    name: str | None


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category; `path` begins at the root."""

    key: str
    name: str | None
    path: list[str]


@dataclass(frozen=True, slots=True)
class ValueRow:
    """A value of an attribute."""

    key: str
    attribute: str
    name: str
    number: float | None
    unit: str | None


@dataclass(frozen=True, slots=True)
class ReviewSummaryRow:
    """A product's reviews in numbers."""

    reviews: int
    rated: int
    average_rating: float | None


@dataclass(frozen=True, slots=True)
class ModelRow:
    """The live version of a model."""

    key: str
    kind: str
    version: int
    slot: str
    parts: list[str]


@dataclass(frozen=True, slots=True)
class EdgeRow:
    """A preference edge to a recommended item from the product `key`.

    Attributes:
        key: the product whose choice raises the item's score.
        title: its title.
        weight: by how much.
        parts: the weight split by `ModelRow.parts`.
    """

    key: str
    title: str | None
    weight: float
    parts: list[float]


@dataclass(frozen=True, slots=True)
class RankedRow:
    """A recommended item; the weights of its edges and `rest_weight` add up to its score.

    `kinds` are the keys of its brands, categories and values, where a diverse list is made.
    """

    product: ProductRow
    score: float
    edges: list[EdgeRow]
    rest_weight: float = 0.0
    rest_count: int = 0
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FactRow:
    """A tail that several products of a list have in common.

    Attributes:
        relation: part of the model it belongs to, such as `HAS_BRAND` or `HAS_VALUE:colour`.
        key: of the tail.
        name: of the tail.
        degree: how many products have it.
        products: keys of those in this list that have it.
    """

    relation: str
    key: str
    name: str
    degree: int
    products: frozenset[str]


@dataclass(frozen=True, slots=True)
class PopularRow:
    """A product and how many shoppers chose it."""

    product: ProductRow
    shoppers: int


@dataclass(frozen=True, slots=True)
class SimilarRow:
    """A product and how near its text vector is, 0 to 1."""

    product: ProductRow
    similarity: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """A list of recommendations with all that its reasons are made of.

    Attributes:
        model: the live preference model, None when there is none.
        text_model: the live text model, where `nearest` may be used.
        items: best first.
        facts: what items share with the products of their edges.
        products: number of products in the graph.
        users: number of shoppers in the graph.
        popular: what to show instead, for a shopper without a history.
        nearest: what to show instead, for a product without edges.
    """

    model: ModelRow | None
    items: list[RankedRow]
    facts: list[FactRow]
    products: int
    users: int = 0
    text_model: ModelRow | None = None
    popular: tuple[PopularRow, ...] = ()
    nearest: tuple[SimilarRow, ...] = ()


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Which products a page may hold; what is None or empty does not narrow it."""

    brand: str | None = None
    category: str | None = None
    values: tuple[str, ...] = ()
    price_min: float | None = None
    price_max: float | None = None

    def parameters(self) -> dict[str, Any]:
        """Parameters of the statements that filter."""
        return {
            "brand": self.brand,
            "category": self.category,
            "values": list(self.values),
            "price_min": self.price_min,
            "price_max": self.price_max,
        }


@dataclass(frozen=True, slots=True)
class Rules:
    """What a shop wants of a list beside its being good.

    Attributes:
        filter: which products it may hold.
        in_stock: leave out what the catalogue says cannot be had; what says nothing stays.
        seen: show what the shopper took to as well, but for what was bought.
        diversity: 0 to 1; how much unlikeness counts against the score.
    """

    filter: ProductFilter = ProductFilter()
    in_stock: bool = False
    seen: bool = False
    diversity: float = 0.0


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A product found, with its score where there were search words."""

    product: ProductRow
    score: float | None


@dataclass(frozen=True, slots=True)
class ModelFeedbackRow:
    """How shoppers answered to what one model version showed."""

    key: str
    version: int
    live: bool
    lists: int
    items: int
    clicked: int
    converted: int


@dataclass(frozen=True, slots=True)
class Readiness:
    """What a graph has."""

    schema_version: int | None
    models: dict[str, int]
    """Live version by kind."""
    unready_indexes: list[str]


async def recommendations(
    connection: AsyncConnection, user: str | None, first: int, rules: Rules | None = None
) -> Ranking:
    """Rank products for one shopper, in one statement."""
    rules = rules or Rules()
    rows = await connection.read(
        "read_recommendations", **recommendation_parameters(user, first, rules)
    )
    popular = tuple(PopularRow(_product(p["product"]), p["shoppers"]) for p in rows[0]["popular"])
    ranking = _ranking(rows[0], users=rows[0]["users"], popular=popular)
    return _diverse(ranking, rules.diversity, first) if rules.diversity else ranking


def recommendation_parameters(user: str | None, first: int, rules: Rules) -> dict[str, Any]:
    """Parameters of the statement that recommends."""
    return {
        "user": user,
        "first": first,
        "pool": DIVERSE_POOL * first if rules.diversity else first,
        "kinds": list(INTERACTION_KINDS),
        "detail": DETAILED_EDGES,
        "liked": LIKED_RATING,
        "seen": rules.seen,
        "in_stock": rules.in_stock,
        "gone": list(OUT_OF_STOCK),
        **rules.filter.parameters(),
    }


def _diverse(ranking: Ranking, diversity: float, first: int) -> Ranking:
    scores = np.array([item.score for item in ranking.items])
    similarity = jaccard([item.kinds for item in ranking.items])
    chosen = diversify(scores, similarity, diversity, first)
    return replace(ranking, items=[ranking.items[n] for n in chosen])


async def related_products(connection: AsyncConnection, key: str, first: int) -> Ranking:
    """Rank products like one product, in one statement.

    Raises:
        NotFoundError: no such product.
    """
    rows = await connection.read(
        "read_related_products", key=key, first=first, pool=first + NEIGHBOUR_POOL
    )
    row = _only(rows, key)
    nearest = tuple(SimilarRow(_product(n["product"]), n["similarity"]) for n in row["nearest"])
    return _ranking(row, text_model=_model(row["text_model"]), nearest=nearest)


async def complementary_products(connection: AsyncConnection, key: str, first: int) -> Ranking:
    """Rank products that go with one product, in one statement.

    Raises:
        NotFoundError: no such product.
    """
    rows = await connection.read(
        "read_complementary_products", key=key, first=first, behaviour=list(BEHAVIOUR)
    )
    return _ranking(_only(rows, key))


async def list_products(
    connection: AsyncConnection, filter_: ProductFilter, *, after: str, limit: int
) -> list[FoundRow]:
    """List products in the order of their keys, beginning behind `after`."""
    rows = await connection.read("list_products", after=after, limit=limit, **filter_.parameters())
    return [FoundRow(_product(row["product"]), None) for row in rows]


async def search_products(
    connection: AsyncConnection,
    filter_: ProductFilter,
    *,
    text: str,
    vector: Sequence[float] | None,
    after: tuple[float, str] | None,
    limit: int,
) -> list[FoundRow]:
    """Find products by escaped Lucene text and, where given, by the vector of the query."""
    score, key = after or (None, None)
    rows = await connection.read(
        "search_products",
        text=text,
        vector=vector,
        pool=SEARCH_POOL,
        after_score=score,
        after_key=key,
        limit=limit,
        **filter_.parameters(),
    )
    return [FoundRow(_product(row["product"]), row["score"]) for row in rows]


async def products(connection: AsyncConnection, keys: Sequence[str]) -> dict[str, ProductRow]:
    """Products by key; those that do not exist are left out."""
    rows = await connection.read("read_products", keys=list(keys))
    return {row["product"]["key"]: _product(row["product"]) for row in rows}


async def brands_of_products(
    connection: AsyncConnection, keys: Sequence[str]
) -> dict[str, list[BrandRow]]:
    """Brands by product."""
    rows = await connection.read("read_brands_of_products", keys=list(keys))
    found: dict[str, list[BrandRow]] = {}
    for row in rows:
        found.setdefault(row["product"], []).append(BrandRow(**row["brand"]))
    return found


async def categories_of_products(
    connection: AsyncConnection, keys: Sequence[str]
) -> dict[str, list[CategoryRow]]:
    """Categories by product."""
    rows = await connection.read("read_categories_of_products", keys=list(keys))
    found: dict[str, list[CategoryRow]] = {}
    for row in rows:
        found.setdefault(row["product"], []).append(_category(row["category"]))
    return found


async def values_of_products(
    connection: AsyncConnection, keys: Sequence[str]
) -> dict[str, list[ValueRow]]:
    """Attribute values by product."""
    rows = await connection.read("read_values_of_products", keys=list(keys))
    found: dict[str, list[ValueRow]] = {}
    for row in rows:
        found.setdefault(row["product"], []).append(ValueRow(**row["value"]))
    return found


async def review_summaries(
    connection: AsyncConnection, keys: Sequence[str]
) -> dict[str, ReviewSummaryRow]:
    """Reviews in numbers by product; products without any are left out."""
    rows = await connection.read("read_review_summaries", keys=list(keys))
    return {row.pop("product"): ReviewSummaryRow(**row) for row in rows}


async def brands(connection: AsyncConnection, keys: Sequence[str]) -> dict[str, BrandRow]:
    """Brands by key."""
    rows = await _shared(connection, "Brand", keys)
    return {row["key"]: BrandRow(row["key"], row.get("name")) for row in rows}


async def categories(connection: AsyncConnection, keys: Sequence[str]) -> dict[str, CategoryRow]:
    """Categories by key."""
    return {row["key"]: _category(row) for row in await _shared(connection, "Category", keys)}


async def values(connection: AsyncConnection, keys: Sequence[str]) -> dict[str, ValueRow]:
    """Attribute values by key."""
    rows = await _shared(connection, "Value", keys)
    return {
        row["key"]: ValueRow(
            row["key"], row["attribute"], row["name"], row.get("number"), row.get("unit")
        )
        for row in rows
    }


async def model_feedback(connection: AsyncConnection, kind: str) -> list[ModelFeedbackRow]:
    """How shoppers answered to each version of a kind of model, newest first."""
    rows = await connection.read("read_model_feedback", kind=kind)
    return [ModelFeedbackRow(**row) for row in rows]


async def readiness(connection: AsyncConnection) -> Readiness:
    """What the graph has and lacks; two statements."""
    state = (await connection.read("read_live_models"))[0]
    indexes = await connection.read("show_unready_indexes")
    return Readiness(
        state["schema"],
        {model["kind"]: model["version"] for model in state["models"]},
        sorted(row["name"] for row in indexes),
    )


async def _shared(connection: AsyncConnection, label: str, keys: Sequence[str]) -> list[Row]:
    rows = await connection.read("read_shared_nodes", {"label": label}, keys=list(keys))
    return [row["node"] for row in rows]


def _only(rows: list[Row], key: str) -> Row:
    if not rows:
        raise NotFoundError(f"There is no product '{key[:80]}'.", key=key)
    return rows[0]


def _product(row: Mapping[str, Any]) -> ProductRow:
    released = row["released"]
    changes = {"released": released and released.to_native(), "gtins": row["gtins"] or []}
    return ProductRow(**{**row, **changes})


def _category(row: Mapping[str, Any]) -> CategoryRow:
    return CategoryRow(row["key"], row.get("name"), row.get("path") or [])


def _model(row: Mapping[str, Any] | None) -> ModelRow | None:
    return None if row is None else ModelRow(**row)


def _fact(row: Mapping[str, Any]) -> FactRow:
    attribute = row["attribute"]
    # Values of different attributes are different parts of the model.
    relation = row["relation"] if attribute is None else f"{row['relation']}:{attribute}"
    return FactRow(
        relation, row["key"], row["name"] or row["key"], row["degree"], frozenset(row["products"])
    )


def _ranking(row: Row, **more: Any) -> Ranking:
    items = [
        RankedRow(
            _product(item["product"]),
            item["score"],
            [EdgeRow(**edge) for edge in item["edges"]],
            item["rest_weight"],
            item["rest_count"],
            frozenset(item.get("kinds", ())),
        )
        for item in row["items"]
    ]
    facts = [_fact(fact) for fact in row["facts"]]
    return Ranking(_model(row["model"]), items, facts, row["products"], **more)
