"""Facets of a list of products: values with counts, and the filters that select them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import strawberry

from catalograph.api.inputs import MAX_FIRST
from catalograph.api.prices import read_money
from catalograph.api.types.facets import (
    FACET_VALUES,
    FACETS,
    CountRelation,
    Facet,
    FacetAttributeFilter,
    FacetFilter,
    FacetPriceFilter,
    FacetValue,
    NumberRange,
)
from catalograph.assistant.labels import label_value, round_number
from catalograph.errors import InvalidInputError
from catalograph.schema.commerce import Availability
from catalograph.store.queries.projection import FacetRequest

MAX_VALUES = 1_000
"""Maximum number of values of a facet."""
MAX_NAMES = 100
"""Maximum number of names of facets in a query."""


@dataclass(frozen=True, slots=True)
class CountedFacets:
    """All facets of a page; a call returns those that one selection asks for."""

    facets: Sequence[Facet]

    def __call__(
        self,
        first: int = FACETS,
        values: int = FACET_VALUES,
        names: Sequence[str] | None = None,
    ) -> list[Facet]:
        """Return facets in their order, cut to the wanted number of facets and values."""
        wanted = [one for one in self.facets if names is None or one.name in names]
        return [Facet(**(vars(one) | {"values": one.values[:values]})) for one in wanted[:first]]


def facet_request(selected: Sequence[tuple[Mapping[str, Any], bool]]) -> FacetRequest | None:
    """Return what to count for all places of a query that select facets.

    Args:
        selected: arguments of each place, and whether it selects ranges.

    Returns:
        The request; None where no place selects facets.

    Raises:
        InvalidInputError: a number is out of range, or there are too many names.
    """
    if not selected:
        return None
    for given, _ in selected:
        _check_number("facets.first", given["first"], MAX_FIRST)
        _check_number("facets.values", given["values"], MAX_VALUES)
        if len(given.get("names") or ()) > MAX_NAMES:
            raise InvalidInputError(f"'facets.names' has more than {MAX_NAMES} names.")
    named = [given.get("names") for given, _ in selected]
    return FacetRequest(
        attributes=max(given["first"] for given, _ in selected),
        values=max(given["values"] for given, _ in selected),
        names=None if None in named else frozenset(name for names in named for name in names or ()),
        ranges=any(ranges for _, ranges in selected),
    )


def _check_number(name: str, number: int, most: int) -> None:
    if not 1 <= number <= most:
        raise InvalidInputError(f"'{name}' is {number}; it must be 1 to {most:,}.")


def facets_of(row: Mapping[str, Any], relation: CountRelation) -> CountedFacets:
    """Return the facets of a row of counts, without empty ones."""
    facets = (
        _facet(name, values, relation, currency_code=code, range=span)
        for name, values, code, span in _fixed_facets(row)
    )
    ranges = {one["name"]: one for one in row.get("ranges", ())}
    attributes = (
        _attribute(one, ranges.get(one["name"]), relation) for one in row.get("attributes", ())
    )
    return CountedFacets([one for one in (*facets, *attributes) if one.values])


def _facet(name: str, values: list[FacetValue], relation: CountRelation, **more: Any) -> Facet:
    given = {"currency_code": None, "range": None, "ranges": []} | more
    return Facet(name=name, relation=relation, values=values, **given)


def _fixed_facets(
    row: Mapping[str, Any],
) -> Iterator[tuple[str, list[FacetValue], str | None, NumberRange | None]]:
    """Yield name, values, currency and range of each facet that is no attribute."""
    ids = strawberry.ID
    brands = [
        _value(one, {"brand": one["key"]}, FacetFilter(brands=[ids(one["key"])]))
        for one in row.get("brands", ())
    ]
    yield "brand", brands, None, None
    categories = [
        _value(one, {"category": one["key"]}, FacetFilter(categories=[ids(one["key"])]))
        for one in row.get("categories", ())
    ]
    yield "category", categories, None, None
    yield "currency", _currencies(row["currencies"]), None, None
    bands = row.get("prices", ())
    span = NumberRange(min=bands[0]["low"], max=bands[-1]["high"], unit=None) if bands else None
    yield "price", _prices(bands, row["currency"]), row["currency"] or None, span
    yield "rating", [_stars(one) for one in row.get("ratings", ())], None, None
    yield "availability", _availabilities(row.get("availabilities", ())), None, None
    yield "community", _communities(row.get("communities", ())), None, None


def _attribute(
    row: Mapping[str, Any], numbers: Mapping[str, Any] | None, relation: CountRelation
) -> Facet:
    name = row["name"]
    values = [_attribute_value(name, one) for one in row["values"]]
    if numbers is None:
        return _facet(name, values, relation)
    unit = numbers["unit"] or None
    span = NumberRange(min=numbers["lowest"], max=numbers["highest"], unit=unit)
    ranges = [_band(name, band, unit) for band in numbers["bands"]]
    return _facet(name, values, relation, range=span, ranges=ranges)


def _input(**fields: Any) -> Any:
    """Return fields of a filter as JSON."""
    return fields


def _value(row: Mapping[str, Any], input_: Any, selects: FacetFilter) -> FacetValue:
    return FacetValue(
        label=row["label"] or row["key"], count=row["count"], filter=selects, input=input_
    )


def _attribute_value(attribute: str, row: Mapping[str, Any]) -> FacetValue:
    name = row["label"] or row["key"]
    chosen = FacetAttributeFilter(attribute=attribute, values=[strawberry.ID(row["key"])])
    return FacetValue(
        label=label_value(name, row["number"], row["unit"], row["written"]),
        count=row["count"],
        filter=FacetFilter(attributes=[chosen]),
        input=_input(values=[row["key"]]),
    )


def _band(attribute: str, band: Mapping[str, Any], unit: str | None) -> FacetValue:
    """Return a range of an attribute's numbers."""
    low, high = band["low"], band["high"]
    ends = {"attribute": attribute, "min": low, "max": high}
    said = f"{round_number(low)} to {round_number(high)} {unit or ''}".rstrip()
    return FacetValue(
        label=said,
        count=band["count"],
        filter=FacetFilter(attributes=[FacetAttributeFilter(values=[], unit=unit, **ends)]),
        input=_input(attributes=[ends | ({"unit": unit} if unit else {})]),
    )


def _currencies(counts: Sequence[Mapping[str, Any]]) -> list[FacetValue]:
    """Return the currencies of a list; none if there is nothing to choose from."""
    if len(counts) < 2:
        return []
    return [
        FacetValue(
            label=one["code"],
            count=one["count"],
            filter=FacetFilter(currency=one["code"]),
            input=_input(currency=one["code"]),
        )
        for one in counts
        if one["code"]
    ]


def _prices(bands: Sequence[Mapping[str, Any]], currency: str) -> list[FacetValue]:
    def text(amount: float) -> str:
        money = read_money(amount, None, currency or None)
        return "" if money is None else f"{money.amount:f}"

    basis = {"price": {"currencyCode": currency}} if currency else {}
    return [
        FacetValue(
            label=f"{text(band['low'])} to {text(band['high'])} {currency}".rstrip(),
            count=band["count"],
            filter=FacetFilter(
                price=FacetPriceFilter(
                    min=band["low"], max=band["high"], currency_code=currency or None
                )
            ),
            input=_input(priceMin=band["low"], priceMax=band["high"], **basis),
        )
        for band in bands
    ]


def _availabilities(counts: Sequence[Mapping[str, Any]]) -> list[FacetValue]:
    """Return whether products can be bought; none if there is nothing to choose from."""
    if len(counts) < 2:
        return []
    return [
        FacetValue(
            label=one["status"].replace("_", " ").capitalize(),
            count=one["count"],
            filter=FacetFilter(availability=[Availability[one["status"]]]),
            input=_input(availability=[one["status"]]),
        )
        for one in counts
    ]


def _communities(rows: Sequence[Mapping[str, Any]]) -> list[FacetValue]:
    """Return communities by their facts; those with equal ones also by a product of each."""
    labels = [
        " · ".join(
            label_value(one["name"] or one["key"], one["number"], one["unit"], ())
            for one in row["facts"]
        )
        for row in rows
    ]
    often = Counter(labels)
    return [
        FacetValue(
            label=label
            if label and often[label] == 1
            else " · ".join(filter(None, (label, row["title"] or row["key"]))),
            count=row["count"],
            filter=FacetFilter(communities=[strawberry.ID(row["key"])]),
            input=_input(communities=[row["key"]]),
        )
        for label, row in zip(labels, rows, strict=True)
    ]


def _stars(row: Mapping[str, Any]) -> FacetValue:
    stars = float(row["stars"])
    return FacetValue(
        label=f"{row['stars']} and more",
        count=row["count"],
        filter=FacetFilter(rating_min=stars),
        input=_input(ratingMin=stars),
    )
