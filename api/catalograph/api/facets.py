"""Facets of a list of products: values with counts, and the filters that select them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalograph.api.labels import label_value
from catalograph.api.prices import read_money
from catalograph.store import AsyncConnection
from catalograph.store.queries import api_queries
from catalograph.store.queries.projection import Filter, PriceBasis

VALUES = 20
"""Maximum number of values of a facet."""
ATTRIBUTES = 10
"""Maximum number of attributes: those that most products of the list have."""


@dataclass(frozen=True, slots=True)
class FacetValueCount:
    """A value, its number of products in the list, and the filter that selects those."""

    label: str
    count: int
    input: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """A way to narrow a list."""

    name: str
    values: list[FacetValueCount]
    currency_code: str | None = None


async def read_facets(
    connection: AsyncConnection, filters: Sequence[Filter], prices: PriceBasis
) -> list[FacetCounts]:
    """Count the values of all products that match the filters, in one statement."""
    row = await api_queries.read_facets(
        connection, filters, values=VALUES, attributes=ATTRIBUTES, prices=prices
    )
    return facets_of(row)


def facets_of(row: Mapping[str, Any]) -> list[FacetCounts]:
    """Return the facets of a row of counts."""
    facets = [
        FacetCounts("brand", [_value(one, {"brand": one["key"]}) for one in row["brands"]]),
        FacetCounts(
            "category", [_value(one, {"category": one["key"]}) for one in row["categories"]]
        ),
        FacetCounts("currency", _currencies(row["currencies"])),
        FacetCounts("price", _prices(row["prices"], row["currency"]), row["currency"] or None),
        FacetCounts("rating", [_stars(one) for one in row["ratings"]]),
        *(
            FacetCounts(one["name"], [_attribute_value(v) for v in one["values"]])
            for one in row["attributes"]
        ),
    ]
    return [facet for facet in facets if facet.values]


def _value(row: dict[str, Any], input_: dict[str, Any]) -> FacetValueCount:
    return FacetValueCount(row["label"] or row["key"], row["count"], input_)


def _attribute_value(row: dict[str, Any]) -> FacetValueCount:
    name = row["label"] or row["key"]
    label = label_value(name, row["number"], row["unit"], row["written"])
    return FacetValueCount(label, row["count"], {"values": [row["key"]]})


def _currencies(counts: Sequence[dict[str, Any]]) -> list[FacetValueCount]:
    """Return the currencies of a list; none if there is nothing to choose from."""
    known = [one for one in counts if one["code"]]
    if len(counts) < 2:
        return []
    return [FacetValueCount(c["code"], c["count"], {"currency": c["code"]}) for c in known]


def _prices(bands: Sequence[dict[str, Any]], currency: str) -> list[FacetValueCount]:
    def text(amount: float) -> str:
        money = read_money(amount, None, currency or None)
        return "" if money is None else f"{money.amount:f}"

    basis = {"price": {"currencyCode": currency}} if currency else {}
    return [
        FacetValueCount(
            f"{text(band['low'])} to {text(band['high'])} {currency}".rstrip(),
            band["count"],
            {"priceMin": band["low"], "priceMax": band["high"], **basis},
        )
        for band in bands
    ]


def _stars(row: dict[str, Any]) -> FacetValueCount:
    return FacetValueCount(
        f"{row['stars']} and more", row["count"], {"ratingMin": float(row["stars"])}
    )
