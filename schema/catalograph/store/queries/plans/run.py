"""Run compiled plans, each in one statement, and return typed rows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from catalograph.schema.query_plan import AggregatePlan, FindPlan, OpinionPlan, PathPlan
from catalograph.store.connection.connect import AsyncConnection, Row
from catalograph.store.queries.api_queries import read_page
from catalograph.store.queries.plans.compile import (
    aggregate_statement,
    facts_statement,
    find_statement,
    opinion_statement,
    path_statement,
)
from catalograph.store.queries.plans.rows import (
    AggregateRow,
    AspectRow,
    EndRow,
    OpinionRows,
    ProductFact,
    ProductsOfSet,
    StatedProduct,
    quote_of,
)
from catalograph.store.queries.projection import (
    FIELDS,
    PAGES,
    CompiledStatement,
    FieldSelection,
    Filter,
    PageRequest,
    PriceBasis,
    Selection,
)
from catalograph.store.queries.projection.fields import LinkedField

_ORDERS = 20
"""Largest number of orders of a shopper that are looked at, the newest first."""
_PARTS = ("OrderLine", "Shipment", "Return")


async def find_products(
    connection: AsyncConnection, plan: FindPlan, prices: PriceBasis
) -> ProductsOfSet:
    """Return the first products of a set, and the number of all.

    Args:
        connection: open connection.
        plan: the plan.
        prices: currency of prices where the plan names none.
    """
    [row] = await _run(connection, find_statement(plan, prices), "find_products")
    return ProductsOfSet([_product(one) for one in row["rows"]], row["total"])


async def describe_products(
    connection: AsyncConnection, keys: Sequence[str]
) -> list[StatedProduct]:
    """Return what the graph states of products, in the order of the keys that there are."""
    if not keys:
        return []
    [row] = await _run(connection, facts_statement(keys), "describe_products")
    found = {one["key"]: _product(one) for one in row["rows"]}
    return [found[key] for key in keys if key in found]


async def aggregate_products(
    connection: AsyncConnection, plan: AggregatePlan, prices: PriceBasis
) -> list[AggregateRow]:
    """Return a number over products, for all or for each group."""
    rows = await _run(connection, aggregate_statement(plan, prices), "aggregate_products")
    return [AggregateRow(**row) for row in rows]


async def follow_path(
    connection: AsyncConnection, plan: PathPlan, prices: PriceBasis
) -> list[EndRow]:
    """Return the nodes that a path leads to; those with most paths first."""
    rows = await _run(connection, path_statement(plan, prices), "follow_path")
    return [EndRow(label=plan.steps[-1].to, **row) for row in rows]


async def read_opinions_of(
    connection: AsyncConnection, plan: OpinionPlan, prices: PriceBasis
) -> OpinionRows:
    """Return what reviews of products say."""
    [row] = await _run(connection, opinion_statement(plan, prices), "read_opinions_of")
    aspects = [_aspect(one) for one in row.pop("aspects")]
    return OpinionRows(aspects=aspects, **row)


async def read_orders_of(connection: AsyncConnection, user: str) -> list[Row]:
    """Return the newest orders of a shopper, with lines, shipments and returns."""
    request = PageRequest(_ORDERS, "NEWEST", filters=(Filter("user", user),))
    return (await read_page(connection, PAGES["orders"], request, _ORDER)).rows


def _all_fields(type_: str, skip: Iterable[str] = ()) -> Selection:
    """Return the selection of all fields of a part of an order, with its parts."""
    fields = []
    for name, spec in FIELDS[type_].items():
        if name in skip:
            continue
        of = None
        if isinstance(spec, LinkedField):
            of = (
                _all_fields(spec.type, ("lines",))
                if spec.type in _PARTS
                else Selection(spec.type, (FieldSelection("key", "key"),))
            )
        fields.append(FieldSelection(name, name, of))
    return Selection(type_, tuple(fields))


_ORDER = _all_fields("Order")


async def _run(connection: AsyncConnection, compiled: CompiledStatement, name: str) -> list[Row]:
    return await connection.read_compiled(compiled.text, compiled.parameters, name)


def _product(row: Mapping[str, Any]) -> StatedProduct:
    rest = dict(row)
    summary, facts = rest.pop("summary"), rest.pop("facts")
    key, record = rest.pop("key"), rest.pop("record")
    return StatedProduct(
        key,
        rest.pop("title") or key.split(":", 2)[2],
        bool(rest.pop("listed")),
        record,
        rest,
        [_fact(one) for one in facts],
        summary["reviews"],
        summary["rated"],
        summary["average_rating"],
    )


def _fact(row: Mapping[str, Any]) -> ProductFact:
    path = row["path"] or ()
    return ProductFact(**{**row, "path": path, "written": row["written"] or ()})


def _aspect(row: Mapping[str, Any]) -> AspectRow:
    moods = {mood["sentiment"]: mood for mood in row["moods"]}
    said = {name: mood["said"] for name, mood in moods.items()}
    quotes = [quote_of(one) for mood in moods.values() for one in mood["quotes"]]
    return AspectRow(
        row["key"], row["name"], said.get("positive", 0), said.get("negative", 0), quotes
    )
