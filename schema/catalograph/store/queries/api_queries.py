"""Reads of the API: one typed function for each statement."""

import asyncio
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np

from catalograph.errors import NotFoundError
from catalograph.schema import ONTOLOGY
from catalograph.schema.diversity import POOL, diversify, item_features, jaccard
from catalograph.schema.keys import fact_name
from catalograph.store.connection.connect import (
    AsyncConnection,
    Row,
)
from catalograph.store.models.export import (
    INTERACTION_KINDS,
    LIKED_RATING,
)
from catalograph.store.queries.edge_ranking import EdgeState
from catalograph.store.queries.projection import (
    ANY_CURRENCY,
    FacetRequest,
    FieldSelection,
    Filter,
    NodeStatement,
    PageRequest,
    PageSpec,
    PriceBasis,
    Selection,
    currency_statement,
    facets_statement,
    insert_selection,
    page_statement,
)

BEHAVIOUR = (
    "interactions",
    "sequence",
    *(relation.name for relation in ONTOLOGY.facts if relation.along),
)
"""Parts of an item-item weight that come from shopper behaviour, not from product facts."""
FIT = "fit"
"""Part of a complement that fits the product, by texts and titles."""
BESIDE = "beside"
"""Part of a complement that was chosen beside products of the same category."""
COMPLEMENTARY = (*BEHAVIOUR, FIT, BESIDE)
"""Parts of the score of a complement."""
DETAILED_EDGES = 10
"""Number of edges returned one by one for each recommended item; weaker ones are summed."""
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
    "OUT_OF_STOCK",
    "DISCONTINUED",
    "PREORDER",
    "BACKORDER",
    "MADE_TO_ORDER",
)
"""Availability codes of products that cannot be bought now, and texts of products without one."""
NEIGHBOUR_POOL = 50
"""Number of nearest vectors to fetch beyond the requested ones, as some are not listed."""


ProductRow = Mapping[str, Any]
"""Selected fields of a product by slot, always with `key` and `title`."""


@dataclass(frozen=True, slots=True)
class PageRows:
    """Rows of a page.

    Attributes:
        rows: rows in their order.
        total: number of rows on all pages; None if not requested.
        currency: currency in which prices were compared; None if they were not, blank if the
            prices have no currency.
    """

    rows: list[Row]
    total: int | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class ModelRow:
    """The live version of a model."""

    key: str
    kind: str
    version: int
    slot: str
    parts: list[str]
    rival: str | None = None
    """Key of the version that it shares lists with in a trial."""
    diversity: float | None = None
    """Diversity of lists for which the client asks for none."""


class EdgeRow(NamedTuple):
    """A preference edge to a recommended item from the product `key`.

    Attributes:
        key: key of the product whose choice raises the item's score.
        title: title of that product.
        weight: weight added to the score.
        parts: weight split by `ModelRow.parts`.
        shoppers: number of shoppers who had chosen both at the training; None if unknown.
        without: number of those who had chosen only the product `key`; None if unknown.
    """

    key: str
    title: str | None
    weight: float
    parts: list[float]
    shoppers: int | None = None
    without: int | None = None


@dataclass(frozen=True, slots=True)
class RankedRow:
    """A recommended item; the weights of its edges and `rest_weight` sum to its score.

    `kinds` are the keys of its brands, categories and values, set only for a diverse list.
    """

    product: ProductRow
    score: float
    edges: list[EdgeRow]
    rest_weight: float = 0.0
    rest_count: int = 0
    kinds: frozenset[str] = frozenset()


class FactRow(NamedTuple):
    """A tail that several products of a list have in common.

    Attributes:
        relation: part of the model, such as `HAS_BRAND` or `HAS_VALUE:colour`.
        key: key of the tail.
        name: name of the tail.
        degree: number of products with this tail; None for a graded fact.
        products: keys of the products in this list with this tail.
        strengths: for a graded fact, the model's weight of it for each of these products: negative
            where the opposite holds; None for other facts.
    """

    relation: str
    key: str
    name: str
    degree: int | None
    products: frozenset[str]
    strengths: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class PopularRow:
    """A popular product.

    Attributes:
        shoppers: number of shoppers who chose it; None if only a count with noise may be told.
        scale: what that count multiplies the weights of edges to it by, if the model is private.
    """

    product: ProductRow
    shoppers: int | None
    scale: float = 0.0


@dataclass(frozen=True, slots=True)
class SimilarRow:
    """A product and the similarity of its text vector, 0 to 1."""

    product: ProductRow
    similarity: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """A list of recommendations with the data for its reasons.

    Attributes:
        model: live preference model, None if there is none.
        text_model: live text model, if `nearest` may be used.
        items: recommended items, best first.
        facts: facts that items share with the products of their edges.
        products: number of products in the graph.
        users: number of shoppers in the graph.
        popular: popular products as a fallback for a shopper without a history.
        nearest: nearest products as a fallback for a product without edges.
        edges: state of the model's edges, if it ranked for a shopper.
    """

    model: ModelRow | None
    items: list[RankedRow]
    facts: list[FactRow]
    products: int
    users: int = 0
    text_model: ModelRow | None = None
    popular: tuple[PopularRow, ...] = ()
    nearest: tuple[SimilarRow, ...] = ()
    edges: EdgeState | None = None


@dataclass(frozen=True, slots=True)
class History:
    """Choices on which a list is based.

    Attributes:
        user: key of a shopper in the graph, whose events and reviews count.
        session: additional chosen products, with the time if known.
        without: keys of products to treat as never chosen.
    """

    user: str | None = None
    session: tuple[tuple[str, datetime | None], ...] = ()
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """Business rules of a shop for a list.

    Attributes:
        filters: filters of the products, with those that are in stock among them.
        prices: currency in which filters compare prices.
        seen: whether to include products that the shopper interacted with, except bought ones.
        diversity: weight of dissimilarity against the score, 0 to 1; None for the model's own.
    """

    filters: tuple[Filter, ...] = ()
    prices: PriceBasis = ANY_CURRENCY
    seen: bool = False
    diversity: float | None = None

    def diversity_for(self, model: ModelRow | None) -> float:
        """Return the diversity of a list by a model."""
        if self.diversity is not None or model is None:
            return self.diversity or 0.0
        return model.diversity or 0.0


@dataclass(frozen=True, slots=True)
class ModelFeedbackRow:
    """Clicks and purchases in response to the lists of one model version."""

    key: str
    version: int
    live: bool
    lists: int
    items: int
    clicked: int
    converted: int


@dataclass(frozen=True, slots=True)
class Readiness:
    """Schema version, live models and index states of a graph."""

    schema_version: int | None
    models: dict[str, int]
    """Live version by kind."""
    text_dimension: int | None
    """Dimension of the live text model; None without one."""
    unready_indexes: list[str]
    """Indexes that are not online, and missing indexes of live models."""


async def read_recommendations(
    connection: AsyncConnection,
    history: History,
    first: int,
    rules: Rules | None = None,
    selection: Selection | None = None,
    *,
    only: str | None = None,
    model: str | None = None,
) -> Ranking:
    """Rank products for a history of choices, in one statement.

    Args:
        connection: connection to the database.
        history: chosen products.
        first: largest number of products.
        rules: business rules of the list.
        selection: fields to read of products.
        only: key of the only product to rank, whatever its rank; then there is no fallback.
        model: key of the version to rank by, None for the live one.
    """
    rules = rules or Rules()
    rows = await read_products(
        connection,
        "read_recommendations",
        selection,
        rules.filters,
        rules.prices,
        **recommendation_parameters(history, first, rules, only, model),
    )
    popular = tuple(
        PopularRow(p["product"], p["shoppers"], float(p["scale"])) for p in rows[0]["popular"]
    )
    state = edge_state_of(rows[0])
    ranking = _ranking(rows[0], users=rows[0]["users"], popular=popular, edges=state)
    diversity = rules.diversity_for(ranking.model)
    if not diversity:
        return ranking
    items = ranking.items
    chosen = choose_diverse(
        [item.score for item in items],
        [item_features(item.kinds, item.product["title"]) for item in items],
        diversity,
        first,
    )
    return replace(ranking, items=[items[n] for n in chosen])


def recommendation_parameters(
    history: History,
    first: int,
    rules: Rules,
    only: str | None = None,
    model: str | None = None,
) -> dict[str, Any]:
    """Return the parameters of the recommendation statement."""
    return {
        "model": model,
        "user": history.user,
        "session": [{"key": key, "time": time} for key, time in history.session],
        "without": list(history.without),
        "only": only,
        "first": first,
        "pool": first if rules.diversity == 0 else POOL * first,
        "diversity": rules.diversity,
        "kinds": list(INTERACTION_KINDS),
        "detail": DETAILED_EDGES,
        "liked": LIKED_RATING,
        "seen": rules.seen,
        "narrowed": bool(rules.filters),
    }


def choose_diverse(
    scores: Sequence[float], features: Sequence[Set[Any]], diversity: float, first: int
) -> list[int]:
    """Return the places of the items of a diverse list, among candidates with `item_features`."""
    return diversify(np.array(scores), jaccard(features), diversity, first)


async def read_related_products(
    connection: AsyncConnection, key: str, first: int, selection: Selection | None = None
) -> Ranking:
    """Rank products similar to one product, in one statement.

    Raises:
        NotFoundError: there is no such product.
    """
    rows = await read_products(
        connection,
        "read_related_products",
        selection,
        key=key,
        first=first,
        pool=first + NEIGHBOUR_POOL,
    )
    row = _only_row(rows, key)
    nearest = tuple(SimilarRow(n["product"], n["similarity"]) for n in row["nearest"])
    return _ranking(row, text_model=model_of(row["text_model"]), nearest=nearest)


async def read_complementary_products(
    connection: AsyncConnection, key: str, first: int, selection: Selection | None = None
) -> Ranking:
    """Rank complementary products of one product, in one statement.

    Raises:
        NotFoundError: there is no such product.
    """
    rows = await read_products(
        connection,
        "read_complementary_products",
        selection,
        key=key,
        first=first,
        behaviour=list(BEHAVIOUR),
    )
    return _ranking(_only_row(rows, key))


async def read_page(
    connection: AsyncConnection, spec: PageSpec, request: PageRequest, selection: Selection
) -> PageRows:
    """Read the rows of a page, in order."""
    compiled = page_statement(spec, request, selection)
    [row] = await connection.read_compiled(compiled.text, compiled.parameters, "page")
    return PageRows(row["rows"], row.get("total"), row.get("currency"))


async def read_price_currency(connection: AsyncConnection, filters: Sequence[Filter]) -> str:
    """Read the most frequent currency of filtered products; blank if their prices have none.

    Filters by price are ignored.
    """
    compiled = currency_statement(filters)
    [row] = await connection.read_compiled(compiled.text, compiled.parameters, "currency")
    found: str = row["currency"]
    return found


async def read_node(connection: AsyncConnection, statement: NodeStatement, key: str) -> Row | None:
    """Read one node by its key; None if there is none."""
    compiled = statement.for_key(key)
    rows = await connection.read_compiled(compiled.text, compiled.parameters, "node")
    found: Row | None = rows[0]["node"] if rows else None
    return found


async def read_facets(
    connection: AsyncConnection,
    filters: Sequence[Filter],
    wanted: FacetRequest,
    prices: PriceBasis,
) -> Row:
    """Count the facet values of the filtered products."""
    compiled = facets_statement(filters, wanted, prices)
    [row] = await connection.read_compiled(compiled.text, compiled.parameters, "facets")
    return row


async def read_model_feedback(connection: AsyncConnection, kind: str) -> list[ModelFeedbackRow]:
    """Read the feedback of shoppers on each version of a kind of model, newest first."""
    rows = await connection.read("read_model_feedback", kind=kind)
    return [ModelFeedbackRow(**row) for row in rows]


async def read_readiness(connection: AsyncConnection) -> Readiness:
    """Read schema version, live models and index states; two concurrent statements."""
    [state], indexes = await asyncio.gather(
        connection.read("read_live_models"), connection.read("show_index_states")
    )
    states = {row["name"]: row["state"] for row in indexes}
    named = {model["index"] for model in state["models"] if model["index"] is not None}
    live = {model["kind"]: model for model in state["models"]}
    return Readiness(
        state["schema"],
        {kind: model["version"] for kind, model in live.items()},
        live["text"]["dimension"] if "text" in live else None,
        sorted(name for name in named | set(states) if states.get(name) != "ONLINE"),
    )


async def read_products(
    connection: AsyncConnection,
    name: str,
    selection: Selection | None,
    filters: Sequence[Filter] = (),
    prices: PriceBasis = ANY_CURRENCY,
    **parameters: Any,
) -> list[Row]:
    """Run a statement of the `cypher` folder with the selected fields of its products.

    Without a selection all fields are read; `key` and `title` are always read.
    """
    compiled = insert_selection(name, selection and with_names(selection), filters, prices)
    return await connection.read_compiled(compiled.text, parameters | compiled.parameters, name)


def with_names(selection: Selection) -> Selection:
    """Return the selection with `key` and `title` added, which reasons use to name products."""
    there = {field.slot for field in selection.fields}
    more = tuple(FieldSelection(name, name) for name in ("key", "title") if name not in there)
    return replace(selection, fields=selection.fields + more)


def _only_row(rows: list[Row], key: str) -> Row:
    if not rows:
        raise NotFoundError(f"There is no product '{key[:80]}'.", key=key)
    return rows[0]


def model_of(row: Mapping[str, Any] | None) -> ModelRow | None:
    """Return the model of a row; None for none."""
    return None if row is None else ModelRow(**row)


def edge_state_of(row: Row) -> EdgeState | None:
    """Return the state of the edges of a row's model; None for none."""
    model = row["model"]
    if model is None:
        return None
    published, placement = row["published"] or 0, row["placement"] or 0
    return EdgeState(
        model["key"],
        model["slot"],
        row["artefact_hash"],
        published,
        placement,
        row.get("changes", 0),
    )


def fact_of(row: Mapping[str, Any]) -> FactRow:
    """Return the fact of a row."""
    products, strengths = row["products"], row["strengths"]
    return FactRow(
        # The model has one part for each attribute of values.
        fact_name(row["relation"], row["key"]),
        row["key"],
        row["name"] or row["key"],
        row["degree"],
        frozenset(products),
        None if strengths is None else dict(zip(products, strengths, strict=True)),
    )


def _ranking(row: Row, **more: Any) -> Ranking:
    items = [
        RankedRow(
            item["product"],
            item["score"],
            [EdgeRow(**edge) for edge in item["edges"]],
            item["rest_weight"],
            item["rest_count"],
            frozenset(item.get("kinds", ())),
        )
        for item in row["items"]
    ]
    facts = [fact_of(fact) for fact in row["facts"]]
    return Ranking(model_of(row["model"]), items, facts, row["products"], **more)
