"""Insert a selection, filters and an order into a statement of the `cypher` folder."""

import re
from collections.abc import Sequence
from functools import cache

from catalograph.store.connection.cypher_loader import statement
from catalograph.store.queries.projection.compile import (
    CompiledStatement,
    StatementScope,
    after_condition,
    conditions_of,
    node_map,
    order_clauses,
    positions,
)
from catalograph.store.queries.projection.fields import PRODUCT_PAGE
from catalograph.store.queries.projection.prices import compares_prices
from catalograph.store.queries.projection.selection import (
    ANY_CURRENCY,
    Filter,
    PageRequest,
    PriceBasis,
    Selection,
)

_PRODUCT = re.compile(r"(\w+) \{\.key, \.source, \.id, \.listed,[^{}]*?\.popularity\}")
_PASSAGE = "p {.key, .heading, .text}"
_LISTED = re.compile(r"WHERE ([ip])\.listed\b")
"""Where filters go: behind the condition on a candidate `p`, or a recommended item `i`."""
_BEST_FIRST = re.compile(
    r"WITH p, score, parts, ranker\nWHERE \$after_score.*?LIMIT \$limit\n", re.DOTALL
)
_CARRIED = "score, parts, ranker"


def insert_selection(
    name: str,
    selection: Selection | None,
    filters: Sequence[Filter] = (),
    prices: PriceBasis = ANY_CURRENCY,
) -> CompiledStatement:
    """Return a statement that reads the selected fields of its products; by default all fields.

    Args:
        name: name of the statement.
        selection: fields to read of products.
        filters: filters of products, for a statement with lines such as `WHERE p.listed`.
        prices: currency in which filters compare prices; None for prices without a currency.

    Raises:
        UnknownTypeError: a filter is not in the allow-list.
    """
    names = StatementScope()
    text = insert_filters(_read(name, selection, names), filters, prices, names)
    return CompiledStatement(text, names.parameters)


def insert_order(name: str, selection: Selection | None, request: PageRequest) -> CompiledStatement:
    """Return the statement of a search that sorts its products, with the position of each.

    Args:
        name: name of the statement, which keeps its best products in a block that begins with
            `WITH p, score, parts, ranker` and ends with `LIMIT $limit`.
        selection: fields to read of products.
        request: requested page with its order and filters.

    Raises:
        UnknownTypeError: a filter or the order is not in the allow-list.
    """
    names = StatementScope()
    text = insert_filters(_read(name, selection, names), request.filters, request.prices, names)
    code = names.parameter(_currency(request)) if sorts_by_price(request) else ""
    after = ""
    if request.after is not None:
        after = (
            f"WITH p, {_CARRIED} WHERE {after_condition(PRODUCT_PAGE, request, 'p', names, code)}\n"
        )
    order = order_clauses(PRODUCT_PAGE, request, "", "p", names, code, carried=_CARRIED)
    text = _BEST_FIRST.sub(lambda _: f"{after}{order}\n", text)
    return CompiledStatement(
        f"{text},\n  [{', '.join(positions(PRODUCT_PAGE, request, 'p'))}] AS place",
        names.parameters,
    )


def insert_passages(name: str, selection: Selection, label: str) -> CompiledStatement:
    """Return a search of passages that reads the selected fields of each.

    Args:
        name: name of the statement.
        selection: fields to read of passages.
        label: label of the node that passages are preferred for.

    Raises:
        UnknownTypeError: a field or the label is not in the allow-list.
    """
    names = StatementScope()
    before, after = statement(name, label=label).split(_PASSAGE)
    return CompiledStatement(f"{before}{node_map(selection, 'p', names)}{after}", names.parameters)


def insert_filters(
    text: str, filters: Sequence[Filter], prices: PriceBasis, names: StatementScope
) -> str:
    """Return a statement with the conditions of filters behind each `WHERE x.listed`.

    Raises:
        UnknownTypeError: a filter is not in the allow-list.
    """
    if not filters:
        return text

    def narrow(match: re.Match[str]) -> str:
        conditions = product_conditions(filters, match[1], prices, names)
        return "\n  AND ".join((match[0], *conditions))

    return _LISTED.sub(narrow, text)


def product_conditions(
    filters: Sequence[Filter], variable: str, prices: PriceBasis, names: StatementScope
) -> list[str]:
    """Return the conditions of filters on the product in a variable.

    Raises:
        UnknownTypeError: a filter is not in the allow-list.
    """
    texts = [PRODUCT_PAGE.filters.get(one.name, "") for one in filters]
    code = names.parameter(prices.currency or "") if compares_prices(texts) else ""
    return list(conditions_of(PRODUCT_PAGE, filters, "", variable, names, code, prices))


def sorts_by_price(request: PageRequest) -> bool:
    """Return whether a page of products is sorted by price."""
    sort = PRODUCT_PAGE.sorts.get(request.sort)
    return sort is not None and compares_prices(sort.by)


def _currency(request: PageRequest) -> str:
    """Return the currency of an order by price: that of the page before, else that of the list."""
    if request.after is not None:
        return str(request.after[0])
    return request.prices.currency or ""


def _read(name: str, selection: Selection | None, names: StatementScope) -> str:
    if selection is None:
        return statement(name)
    before, *more = _pieces(name)
    made = [before]
    for variable, text in zip(more[::2], more[1::2], strict=True):
        made += node_map(selection, variable, names), text
    return "".join(made)


@cache
def _pieces(name: str) -> list[str]:
    """Split a statement at the maps that read products; return texts and variables in turn."""
    return _PRODUCT.split(statement(name))
