"""What changes over time: how reviews are praised beside before, and prices in a period."""

from collections.abc import Sequence
from typing import Any

from catalograph.schema.query_plan import Period, TrendPlan
from catalograph.store.connection.connect import AsyncConnection, Row
from catalograph.store.queries.opinions import HIGH_RATING, LOW_RATING
from catalograph.store.queries.plans.compile import match_products
from catalograph.store.queries.plans.rows import OfferRow, TopicChange, TrendRow, quote_of
from catalograph.store.queries.projection import CompiledStatement, PriceBasis
from catalograph.store.queries.projection.compile import StatementScope

FEWEST_REVIEWS = 3
"""Number of reviews in each of the two periods, below which nothing is compared."""
_LEAST_CHANGE = 0.1
_EXAMPLES = 5
_TOPICS = 3
_QUOTES = 2
_GROUPS = {
    "product": "WITH p, r, p AS g",
    "brand": "MATCH (p)-[:HAS_BRAND]->(g:Brand)",
    "category": "MATCH (p)-[:IN_CATEGORY]->(g:Category)",
}
_MENTIONED = "COUNT {{ (r)-[m:MENTIONS]->() WHERE m.sentiment = '{mood}' }}"


def _match_groups(plan: TrendPlan, prices: PriceBasis, names: StatementScope) -> str:
    """Return the clauses that bind groups `g` with their share of praise now and before."""
    high, low = names.parameter(HIGH_RATING), names.parameter(LOW_RATING)
    sign = -1 if plan.direction == "worse" else 1
    praised, criticised = (_MENTIONED.format(mood=mood) for mood in ("positive", "negative"))
    return (
        f"{match_products(plan.of, prices, names)}\n"
        "MATCH (p)<-[:REVIEWS]-(r:Review)\n"
        f"WHERE {names.parameter(plan.period.before)} <= r.time "
        f"< {names.parameter(plan.period.end)}\n"
        "  AND (r.rating IS NOT NULL OR EXISTS { (r)-[:MENTIONS]->() })\n"
        f"{_GROUPS[plan.by]}\n"
        f"WITH DISTINCT g, p, r, r.time >= {names.parameter(plan.period.begin)} AS now, CASE\n"
        f"  WHEN r.rating >= {high} THEN 1 WHEN r.rating <= {low} THEN -1\n"
        f"  WHEN r.rating IS NOT NULL THEN 0\n  ELSE sign({praised} - {criticised}) END AS mood\n"
        "WITH g, collect({product: p.key, review: r, now: now}) AS found,\n"
        "  count(CASE WHEN now THEN 1 END) AS reviews,\n"
        "  count(CASE WHEN NOT now THEN 1 END) AS earlier,\n"
        "  avg(CASE WHEN now THEN toFloat(mood) END) AS score,\n"
        "  avg(CASE WHEN NOT now THEN toFloat(mood) END) AS before\n"
        f"WHERE reviews >= {names.parameter(FEWEST_REVIEWS)} "
        f"AND earlier >= {names.parameter(FEWEST_REVIEWS)}\n"
        f"  AND {sign} * (score - before) >= {names.parameter(_LEAST_CHANGE)}\n"
        "WITH g, found, reviews, earlier, score, before\n"
        f"ORDER BY {sign} * (score - before) DESC, g.key LIMIT {names.parameter(plan.limit)}\n"
    )


def trend_statement(plan: TrendPlan, prices: PriceBasis) -> CompiledStatement:
    """Build the statement that reads what is praised less or more: a row for each group."""
    names = StatementScope()
    groups = _match_groups(plan, prices, names)
    mood = names.parameter("negative" if plan.direction == "worse" else "positive")
    return CompiledStatement(
        f"{groups}"
        "RETURN g.key AS key, coalesce(g.name, g.title, g.id) AS name, reviews, earlier, score, "
        f"before,\n  [one IN found WHERE one.now | one.review.key][..{_EXAMPLES}] AS examples,\n"
        "  COLLECT {\n    UNWIND found AS one\n"
        "    WITH one.product AS product, one.review AS r, one.now AS now\n"
        "    MATCH (r)-[m:MENTIONS]->(a:Value)\n"
        f"    WHERE m.sentiment = {mood}\n"
        "    WITH a, count(DISTINCT CASE WHEN now THEN r END) AS said,\n"
        "      count(DISTINCT CASE WHEN NOT now THEN r END) AS said_before,\n"
        "      collect(CASE WHEN now THEN {review: r.key, product: product, "
        "text: r[coalesce(m.field, 'text')], start: m.start, end: m.end, sentiment: m.sentiment} "
        f"END)[..{_QUOTES}] AS quotes\n"
        "    WITH a, said, said_before, quotes,\n"
        "      toFloat(said) / reviews - toFloat(said_before) / earlier AS rise\n"
        f"    WHERE rise > 0 ORDER BY rise DESC, a.key LIMIT {_TOPICS}\n"
        "    RETURN {key: a.key, name: a.name, said: said, before: said_before, quotes: quotes}\n"
        "  } AS topics",
        names.parameters,
    )


def trend_table(plan: TrendPlan, prices: PriceBasis) -> CompiledStatement:
    """Build the statement that reads the same as flat rows."""
    names = StatementScope()
    groups = _match_groups(plan, prices, names)
    return CompiledStatement(
        f"{groups}RETURN coalesce(g.name, g.title, g.id) AS name, reviews, earlier AS "
        "reviews_before, score, before AS score_before",
        names.parameters,
    )


async def read_trends(
    connection: AsyncConnection, plan: TrendPlan, prices: PriceBasis
) -> list[TrendRow]:
    """Return what is praised less or more in a period than before; most changed first."""
    compiled = trend_statement(plan, prices)
    rows = await connection.read_compiled(compiled.text, compiled.parameters, "read_trends")
    return [TrendRow(**{**row, "topics": [_topic(one) for one in row["topics"]]}) for row in rows]


async def read_offers_in(
    connection: AsyncConnection, keys: Sequence[str], period: Period
) -> list[OfferRow]:
    """Return the prices and availability that held in a period, the earliest first."""
    rows = await connection.read(
        "read_offers_in", keys=list(keys), begin=period.begin, end=period.end
    )
    return [_offer(row) for row in rows]


def _topic(row: dict[str, Any]) -> TopicChange:
    quotes = [quote_of(one) for one in row["quotes"]]
    return TopicChange(row["key"], row["name"], row["said"], row["before"], quotes)


def _offer(row: Row) -> OfferRow:
    times = {name: row[name] and row[name].to_native() for name in ("valid_from", "valid_to")}
    return OfferRow(**{**row, **times})
