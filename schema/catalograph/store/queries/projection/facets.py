"""Statements that count the facet values of a list of products."""

from collections.abc import Sequence
from typing import Any

from catalograph.store.queries.projection.compile import (
    CompiledStatement,
    StatementScope,
    match_clauses,
)
from catalograph.store.queries.projection.fields import PRODUCT_PAGE, WRITTEN_FORMS
from catalograph.store.queries.projection.insertion import insert_selection
from catalograph.store.queries.projection.prices import COMPARABLE_PRICE, with_rates
from catalograph.store.queries.projection.selection import (
    ANY_CURRENCY,
    Filter,
    PageRequest,
    PriceBasis,
)

_COUNTS = """
WITH collect(m) AS found
CALL (found) {
  UNWIND found AS p
  MATCH (p)-[:HAS_BRAND]->(b:Brand)
  WITH b, count(DISTINCT p) AS count ORDER BY count DESC, b.key LIMIT $values
  RETURN collect({key: b.key, label: b.name, count: count}) AS brands
}
CALL (found) {
  UNWIND found AS p
  MATCH (p)-[:IN_CATEGORY]->(:Category)-[:CHILD_OF*0..]->(c:Category)
  WITH c, count(DISTINCT p) AS count ORDER BY count DESC, c.key LIMIT $values
  RETURN collect({key: c.key, label: c.name, count: count}) AS categories
}
CALL (found) {
  UNWIND found AS p
  MATCH (p)-[:HAS_VALUE]->(v:Value)
  WITH v, count(DISTINCT p) AS count ORDER BY count DESC, v.key
  WITH v.attribute AS name, sum(count) AS total,
    collect({value: v, count: count})[..$values] AS values
  ORDER BY total DESC, name LIMIT $attributes
  UNWIND range(0, size(values) - 1) AS place
  WITH name, total, place, values[place].value AS v, values[place].count AS count
  CALL (v) {
    WITH v WHERE v.unit IS NOT NULL
    RETURN {written} AS written
    UNION
    WITH v WHERE v.unit IS NULL
    RETURN [] AS written
  }
  WITH name, total, place,
    v {.key, label: v.name, .number, .unit, count: count, written: written} AS value
  ORDER BY total DESC, name, place
  WITH name, total, collect(value) AS values ORDER BY total DESC, name
  RETURN collect({name: name, values: values}) AS attributes
}
CALL (found) {
  UNWIND found AS p
  WITH coalesce(p.currency, '') AS code, count(p.price) AS count ORDER BY count DESC, code
  WHERE count > 0
  RETURN collect({code: code, count: count}) AS currencies
}
WITH *, coalesce($currency, currencies[0].code, '') AS currency
CALL (found, currency) {
  UNWIND found AS p
  WITH {price} AS price WHERE price IS NOT NULL
  WITH collect(price) AS prices, min(price) AS lowest, percentileDisc(price, 0.25) AS low,
    percentileDisc(price, 0.5) AS middle, percentileDisc(price, 0.75) AS high, max(price) AS highest
  UNWIND [[lowest, low], [low, middle], [middle, high], [high, highest]] AS band
  WITH DISTINCT band, size([price IN prices WHERE band[0] <= price <= band[1]]) AS count
  WHERE count > 0
  RETURN collect({low: band[0], high: band[1], count: count}) AS prices
}
CALL (found) {
  UNWIND found AS p
  MATCH (p)<-[:REVIEWS]-(r:Review)
  WITH p, avg(r.rating) AS rating
  UNWIND [4, 3, 2] AS stars
  WITH stars, count(CASE WHEN rating >= stars THEN 1 END) AS count WHERE count > 0
  ORDER BY stars DESC
  RETURN collect({stars: stars, count: count}) AS ratings
}
RETURN size(found) AS total, brands, categories, attributes, prices, ratings, currency,
  currencies"""


def facets_statement(
    filters: Sequence[Filter], *, values: int, attributes: int, prices: PriceBasis = ANY_CURRENCY
) -> CompiledStatement:
    """Build the statement that counts the facet values of filtered products; it returns one row.

    Args:
        filters: filters of the list of products.
        values: largest number of values of a facet.
        attributes: largest number of attributes.
        prices: currency in which prices are compared.

    Raises:
        UnknownTypeError: a filter is not in the allow-list.
    """
    names = StatementScope()
    request = PageRequest(1, filters=tuple(filters), prices=prices)
    found = match_clauses(PRODUCT_PAGE, request, "", "m", names)
    counted = _parameters(values, attributes, prices)
    return CompiledStatement(found + _counts(prices), names.parameters | counted)


def search_facets_statement(
    name: str,
    filters: Sequence[Filter],
    *,
    values: int,
    attributes: int,
    prices: PriceBasis = ANY_CURRENCY,
) -> CompiledStatement:
    """Build the same statement for the results of a statement of the `cypher` folder; one row.

    Args:
        name: name of the statement, which binds the products to `p` before its final RETURN.
        filters: filters of the products.
        values: largest number of values of a facet.
        attributes: largest number of attributes.
        prices: currency in which prices are compared.

    Raises:
        UnknownTypeError: a filter is not in the allow-list.
    """
    searched = insert_selection(name, None, filters, prices)
    found, _, _ = searched.text.rpartition("\nRETURN ")
    counted = _parameters(values, attributes, prices)
    return CompiledStatement(
        f"{found}\nWITH p AS m{_counts(prices)}", searched.parameters | counted
    )


def _counts(prices: PriceBasis) -> str:
    price = with_rates(COMPARABLE_PRICE, "$rates" if prices.rates else None)
    filled = price.replace("{m}", "p").replace("{currency}", "currency")
    return _COUNTS.replace("{price}", filled).replace(
        "{written}", WRITTEN_FORMS.replace("{n}", "v")
    )


def _parameters(values: int, attributes: int, prices: PriceBasis) -> dict[str, Any]:
    return {
        "values": values,
        "attributes": attributes,
        "currency": prices.currency,
        "rates": dict(prices.rates),
    }
