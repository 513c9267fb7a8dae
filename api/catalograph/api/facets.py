"""Facets of a list of products: values with counts, and the filters that select them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalograph.store import AsyncConnection
from catalograph.store.queries import api_queries
from catalograph.store.queries.projection import Filter

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


async def read_facets(connection: AsyncConnection, filters: Sequence[Filter]) -> list[FacetCounts]:
    """Count the values of all products that match the filters, in one statement."""
    row = await api_queries.read_facets(connection, filters, values=VALUES, attributes=ATTRIBUTES)
    return facets_of(row)


def facets_of(row: Mapping[str, Any]) -> list[FacetCounts]:
    """Return the facets of a row of counts."""
    facets = [
        FacetCounts("brand", [_value(one, {"brand": one["key"]}) for one in row["brands"]]),
        FacetCounts(
            "category", [_value(one, {"category": one["key"]}) for one in row["categories"]]
        ),
        FacetCounts("price", _prices(row["prices"])),
        FacetCounts("rating", [_stars(one) for one in row["ratings"]]),
        *(
            FacetCounts(one["name"], [_value(v, {"values": [v["key"]]}) for v in one["values"]])
            for one in row["attributes"]
        ),
    ]
    return [facet for facet in facets if facet.values]


def _value(row: dict[str, Any], input_: dict[str, Any]) -> FacetValueCount:
    return FacetValueCount(row["label"] or row["key"], row["count"], input_)


def _prices(bands: Sequence[dict[str, Any]]) -> list[FacetValueCount]:
    return [
        FacetValueCount(
            f"{band['low']:g} to {band['high']:g}",
            band["count"],
            {"priceMin": band["low"], "priceMax": band["high"]},
        )
        for band in bands
    ]


def _stars(row: dict[str, Any]) -> FacetValueCount:
    return FacetValueCount(
        f"{row['stars']} and more", row["count"], {"ratingMin": float(row["stars"])}
    )
