"""Insert a selection and filters into a statement of the `cypher` folder."""

import re
from collections.abc import Sequence
from functools import cache

from catalograph.store.connection.cypher_loader import statement
from catalograph.store.queries.projection.compile import (
    CompiledStatement,
    StatementScope,
    conditions_of,
    node_map,
)
from catalograph.store.queries.projection.fields import PRODUCT_PAGE
from catalograph.store.queries.projection.prices import filters_by_price
from catalograph.store.queries.projection.selection import (
    ANY_CURRENCY,
    Filter,
    PriceBasis,
    Selection,
)

_PRODUCT = re.compile(r"(\w+) \{\.key, \.source, \.id, \.listed,[^{}]*?\.popularity\}")

_LISTED = "WHERE p.listed"


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
        filters: filters of products, for a statement with the line `WHERE p.listed`.
        prices: currency in which filters compare prices; None for prices without a currency.

    Raises:
        UnknownTypeError: a filter is not in the allow-list.
    """
    names = StatementScope()
    text = statement(name) if selection is None else _insert(name, selection, names)
    if filters:
        code = names.parameter(prices.currency or "") if filters_by_price(filters) else ""
        conditions = conditions_of(PRODUCT_PAGE, filters, "", "p", names, code, prices)
        text = text.replace(_LISTED, "\n  AND ".join((_LISTED, *conditions)))
    return CompiledStatement(text, names.parameters)


def _insert(name: str, selection: Selection, names: StatementScope) -> str:
    before, *more = _pieces(name)
    made = [before]
    for variable, text in zip(more[::2], more[1::2], strict=True):
        made += node_map(selection, variable, names), text
    return "".join(made)


@cache
def _pieces(name: str) -> list[str]:
    """Split a statement at the maps that read products; return texts and variables in turn."""
    return _PRODUCT.split(statement(name))
