"""Statements that count the facet values of a list of products.

The counts of a facet ignore the list's own choice in it, so that they say how many products another
choice would find (disjunctive facets). A product that meets all choices but one therefore counts
in the facet of that one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalograph.store.connection.cypher_loader import statement
from catalograph.store.queries.projection.compile import (
    CompiledStatement,
    StatementScope,
    match_clauses,
)
from catalograph.store.queries.projection.facet_counts import (
    FACET_COLUMNS,
    FIXED_FACETS,
    attribute_counts,
    fixed_counts,
    range_counts,
)
from catalograph.store.queries.projection.fields import PRODUCT_PAGE
from catalograph.store.queries.projection.insertion import (
    insert_filters,
    product_conditions,
)
from catalograph.store.queries.projection.selection import (
    ANY_CURRENCY,
    Filter,
    PageRequest,
    PriceBasis,
)

_FACET_OF = {
    "brand": "brand",
    "brands": "brand",
    "category": "category",
    "categories": "category",
    "currency": "currency",
    "price_min": "price",
    "price_max": "price",
    "rating_min": "rating",
    "availability": "availability",
    "communities": "community",
}
"""Facet in which a filter is a choice."""
_CANDIDATES = "RETURN collect({product: p, place: place, close: close, bm25: bm25}) AS candidates"
_SCORED = "\nCALL (m, candidates) {"


@dataclass(frozen=True, slots=True)
class FacetRequest:
    """Facets to count.

    Attributes:
        attributes: largest number of attributes.
        values: largest number of values of a facet.
        names: names of the wanted facets; None for all.
        ranges: whether to count ranges of the numbers of attributes.
    """

    attributes: int
    values: int
    names: frozenset[str] | None = None
    ranges: bool = False

    def wants(self, name: str) -> bool:
        """Return whether a facet is wanted."""
        return self.names is None or name in self.names


@dataclass(frozen=True, slots=True)
class _Choices:
    """Filters of a list: conditions on every facet, and the choices by facet."""

    fixed: tuple[Filter, ...]
    by_facet: Mapping[str, tuple[Filter, ...]]

    def products(self, facet: str) -> str:
        """Return the expression of the products that count in a facet."""
        if facet not in self.by_facet:
            return "found"
        return f"found + also_{list(self.by_facet).index(facet) + 1}"

    @property
    def lists(self) -> list[str]:
        """Variables of the lists of products."""
        return ["found", *(f"also_{n}" for n in range(1, len(self.by_facet) + 1))]

    @property
    def attributes(self) -> list[tuple[Sequence[str], str]]:
        """Spellings of each attribute with a choice, and the expression of its products."""
        return [
            (own[0].value["names"], self.products(facet))
            for facet, own in self.by_facet.items()
            if own[0].name == "attribute"
        ]


def facets_statement(
    filters: Sequence[Filter], wanted: FacetRequest, prices: PriceBasis = ANY_CURRENCY
) -> CompiledStatement:
    """Build the statement that counts the facet values of filtered products; it returns one row.

    Args:
        filters: filters of the list of products.
        wanted: facets to count.
        prices: currency in which prices are compared.

    Raises:
        UnknownTypeError: a filter is not in the allow-list.
    """
    names = StatementScope()
    choices = _choices(filters, wanted)
    request = PageRequest(1, filters=choices.fixed, prices=prices)
    found = match_clauses(PRODUCT_PAGE, request, "", "m", names)
    found += _lists(choices, "m", prices, names)
    return _counting(found, wanted, choices, prices, names)


def search_facets_statement(
    name: str,
    filters: Sequence[Filter],
    wanted: FacetRequest | None,
    prices: PriceBasis = ANY_CURRENCY,
) -> CompiledStatement:
    """Build the same statement for the candidates of a search, with `cut`; it returns one row.

    Args:
        name: name of the search's statement.
        filters: filters of the products.
        wanted: facets to count; None counts the products alone.
        prices: currency in which prices are compared.

    Raises:
        UnknownTypeError: a filter is not in the allow-list.
    """
    names = StatementScope()
    choices = _choices(filters, wanted)
    before, _, _ = statement(name).partition(_SCORED)
    before = insert_filters(before, choices.fixed, prices, names)
    lists = _lists(choices, "p", prices, names)
    before = before.replace(_CANDIDATES, f"{lists.strip()}\n  RETURN {', '.join(choices.lists)}")
    return _counting(before, wanted, choices, prices, names, "cut")


def _choices(filters: Sequence[Filter], wanted: FacetRequest | None) -> _Choices:
    """Split filters into choices of wanted facets, and conditions on all of them."""
    fixed: list[Filter] = []
    by_facet: dict[str, tuple[Filter, ...]] = {}
    for one in filters:
        of_attribute = one.name == "attribute"
        name = one.value["name"] if of_attribute else _FACET_OF.get(one.name)
        if name is None or wanted is None or not wanted.wants(name):
            fixed.append(one)
        else:
            # An attribute may be called as another facet is.
            facet = f"attribute:{name}" if of_attribute else name
            by_facet[facet] = (*by_facet.get(facet, ()), one)
    return _Choices(tuple(fixed), by_facet)


def _lists(choices: _Choices, m: str, prices: PriceBasis, names: StatementScope) -> str:
    """Return the clauses that collect the products of the list and of each facet with a choice."""
    if not choices.by_facet:
        return f"\nWITH collect({m}) AS found"
    meets = [
        f"coalesce({' AND '.join(product_conditions(own, m, prices, names))}, false)"
        for own in choices.by_facet.values()
    ]
    also = "".join(
        f",\n  collect(CASE WHEN missed = [{n}] THEN {m} END) AS also_{n + 1}"
        for n in range(len(meets))
    )
    return (
        f"\nWITH {m}, [{', '.join(meets)}] AS meets"
        f"\nWITH {m}, [n IN range(0, size(meets) - 1) WHERE NOT meets[n]] AS missed"
        "\nWHERE size(missed) < 2"
        f"\nWITH collect(CASE WHEN missed = [] THEN {m} END) AS found{also}"
    )


def _counting(
    found: str,
    wanted: FacetRequest | None,
    choices: _Choices,
    prices: PriceBasis,
    names: StatementScope,
    *more: str,
) -> CompiledStatement:
    """Append the counts of facets to clauses that bind the lists of products."""
    parts, columns = [found], ["size(found) AS total", *more]
    parameters: dict[str, Any] = {"currency": prices.currency, "rates": dict(prices.rates)}
    for facet in FIXED_FACETS:
        # The currency is always counted: a page says in which one its prices are compared.
        if facet == "currency" or (wanted is not None and wanted.wants(facet)):
            parts.append(fixed_counts(facet, choices.products(facet), choices.lists, prices))
            columns += FACET_COLUMNS[facet]
    if wanted is not None:
        parameters |= {"values": wanted.values, "attributes": wanted.attributes}
        named = None if wanted.names is None else sorted(wanted.names)
        parts.append(attribute_counts(choices.attributes, choices.lists, named, names))
        columns.append("attributes")
    if wanted is not None and wanted.ranges:
        parts.append(range_counts(choices.attributes, choices.lists, names))
        columns.append("ranges")
    parts.append(f"RETURN {', '.join(columns)}")
    return CompiledStatement("\n".join(parts), names.parameters | parameters)
