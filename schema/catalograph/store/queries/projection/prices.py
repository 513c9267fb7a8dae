"""Comparison of prices in several currencies, in one currency at a time.

In a fragment, `{currency}` stands for the currency of comparison, and `{rates}` for the exchange
rates: amounts of each currency for one unit of a common base. A price in another currency takes
part only if there are rates for both currencies.
"""

from collections.abc import Iterable
from dataclasses import replace

from catalograph.store.queries.projection.selection import Filter, PageRequest

PRICE_FILTERS = frozenset({"price_min", "price_max"})
"""Filters that compare prices."""
_CONVERTED = " ELSE {m}.price * {rates}[{currency}] / {rates}[{m}.currency]"
COMPARABLE_PRICE = (
    f"CASE WHEN coalesce({{m}}.currency, '') = {{currency}} THEN {{m}}.price{_CONVERTED} END"
)
"""Price in the currency of comparison; null where there is none."""
MOST_FREQUENT = (
    "WITH coalesce({m}.currency, '') AS code, count({m}.price) AS priced "
    "ORDER BY priced DESC, code LIMIT 1 WHERE priced > 0 RETURN coalesce(head(collect(code)), '')"
)
"""Clauses that return the currency of most prices of a list; blank if it has none."""


def with_rates(text: str, rates: str | None) -> str:
    """Fill in the expression of the exchange rates; None leaves out prices of other currencies."""
    return text.replace(_CONVERTED, "") if rates is None else text.replace("{rates}", rates)


def compares_prices(texts: Iterable[str]) -> bool:
    """Return whether one of the fragments compares prices."""
    return any("{currency}" in text for text in texts)


def without_prices(request: PageRequest) -> PageRequest:
    """Return the request for the same list without filters and order by price."""
    kept = tuple(one for one in request.filters if one.name not in PRICE_FILTERS)
    return replace(request, filters=kept, sort="KEY", after=None, report_currency=False)


def filters_by_price(filters: Iterable[Filter]) -> bool:
    """Return whether a filter compares prices."""
    return any(one.name in PRICE_FILTERS for one in filters)
