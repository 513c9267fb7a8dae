"""Query plans as statements for analysts: one flat row for each thing that is found."""

from catalograph.schema.query_plan import (
    AggregatePlan,
    ComparePlan,
    FactsPlan,
    FindPlan,
    OpinionPlan,
    PathPlan,
    QueryPlan,
    TrendPlan,
)
from catalograph.store.queries.plans.compile import (
    aggregate_statement,
    match_products,
    order_products,
    path_statement,
    within_period,
)
from catalograph.store.queries.plans.trends import trend_table
from catalograph.store.queries.projection import CompiledStatement, PriceBasis
from catalograph.store.queries.projection.compile import StatementScope

_OFFER = "p.price AS price, p.currency AS currency, p.availability_status AS availability"
_RELATION_OF = {"brand": "HAS_BRAND", "category": "IN_CATEGORY"}


def table_statement(plan: QueryPlan, prices: PriceBasis) -> CompiledStatement | None:
    """Return the statement that reads what a plan asks for as a table.

    Returns:
        The statement; None for plans about documents and about the orders of one shopper.
    """
    match plan:
        case FindPlan():
            return _find_table(plan, prices)
        case FactsPlan() | ComparePlan():
            return _facts_table(plan)
        case AggregatePlan():
            return aggregate_statement(plan, prices)
        case PathPlan():
            return path_statement(plan, prices)
        case OpinionPlan():
            return _opinion_table(plan, prices)
        case TrendPlan():
            return trend_table(plan, prices)
        case _:
            return None


def _find_table(plan: FindPlan, prices: PriceBasis) -> CompiledStatement:
    names = StatementScope()
    matched, order = order_products(plan, prices, names)
    return CompiledStatement(
        f"{matched}\nRETURN p.key AS product, p.title AS title, {_OFFER}\n"
        f"ORDER BY {order} LIMIT {names.parameter(plan.limit)}",
        names.parameters,
    )


def _facts_table(plan: FactsPlan | ComparePlan) -> CompiledStatement:
    names = StatementScope()
    attributes = [key.partition(":")[2] for key in plan.attributes]
    relations: list[str] = []
    if isinstance(plan, ComparePlan):
        relations = [] if attributes else ["HAS_BRAND", "IN_CATEGORY", "HAS_VALUE"]
    else:
        values = [key for group in plan.values for key in group.keys]
        attributes += [key.partition(":")[2].partition("=")[0] for key in values]
        relations = [_RELATION_OF[name] for name in plan.properties if name in _RELATION_OF]
        relations += ["COMPATIBLE_WITH", "PART_OF"] if plan.fits else []
    stated = (
        f"type(f) IN {names.parameter(relations)} OR t.attribute IN {names.parameter(attributes)}"
    )
    return CompiledStatement(
        f"MATCH (p:Product) WHERE p.key IN {names.parameter(list(plan.products))}\n"
        "OPTIONAL MATCH (p)-[f:HAS_BRAND|IN_CATEGORY|HAS_VALUE|COMPATIBLE_WITH|PART_OF]->(t) "
        f"WHERE {stated}\n"
        f"RETURN p.key AS product, p.title AS title, {_OFFER}, type(f) AS relation, "
        "t.attribute AS attribute, coalesce(t.name, t.title) AS value\n"
        "ORDER BY product, relation, attribute, value",
        names.parameters,
    )


def _opinion_table(plan: OpinionPlan, prices: PriceBasis) -> CompiledStatement:
    names = StatementScope()
    matched = match_products(plan.of, prices, names)
    aspects, wanted = names.parameter(list(plan.aspects)), names.parameter(plan.sentiment)
    return CompiledStatement(
        f"{matched}\nMATCH (p)<-[:REVIEWS]-(r:Review){within_period(plan.period, names)}\n"
        "MATCH (r)-[m:MENTIONS]->(a:Value)\n"
        f"WHERE (size({aspects}) = 0 OR a.key IN {aspects})\n"
        f"  AND ({wanted} IS NULL OR m.sentiment = {wanted})\n"
        "RETURN a.name AS aspect, m.sentiment AS sentiment, count(DISTINCT r) AS reviews, "
        "count(DISTINCT p) AS products\nORDER BY reviews DESC, aspect, sentiment",
        names.parameters,
    )
