"""Facets of a list of products: values and ranges to narrow it by, with counts."""

from enum import Enum
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from catalograph.api.decorators import describe_argument
from catalograph.schema.commerce import Availability

FACETS, FACET_VALUES = 15, 20
"""Numbers of facets, and of values of each, unless a query says otherwise."""

FacetLimit = Annotated[
    int,
    describe_argument(
        "How many at most, 1 to 100: brand, category, currency, price, rating, availability and "
        "community, then the attributes that are chosen or that most products have."
    ),
]
ValueLimit = Annotated[int, describe_argument("How many values of each at most, 1 to 1,000.")]
FacetNames = Annotated[
    list[str] | None, describe_argument("Only the facets of these names. At most 100.")
]


@strawberry.enum(description="How a count relates to the true number.")
class CountRelation(Enum):
    """Relations of a count to the true number."""

    EQ = strawberry.enum_value("EQ", description="It is the number.")
    GTE = strawberry.enum_value("GTE", description="The number is this or higher.")


@strawberry.type(description="An attribute of a `FacetFilter`, as `AttributeFilter` takes it.")
class FacetAttributeFilter:
    """An attribute's part of a facet's filter."""

    attribute: str = strawberry.field(description="Name of the attribute.")
    values: list[strawberry.ID] = strawberry.field(description="Keys of its values.")
    min: float | None = strawberry.field(default=None, description="Least number.")
    max: float | None = strawberry.field(default=None, description="Highest number.")
    unit: str | None = strawberry.field(default=None, description="Unit of the numbers.")


@strawberry.type(description="A range of prices of a `FacetFilter`, as `PriceRange` takes it.")
class FacetPriceFilter:
    """A price range of a facet's filter."""

    min: float = strawberry.field(description="Least price.")
    max: float = strawberry.field(description="Highest price.")
    currency_code: str | None = strawberry.field(description="ISO 4217 code.")


@strawberry.type(
    description="A `ProductFilter` with one value alone; fields that are null are no part of it."
)
class FacetFilter:
    """The filter of a facet's value."""

    brands: list[strawberry.ID] | None = strawberry.field(default=None, description="A brand.")
    categories: list[strawberry.ID] | None = strawberry.field(
        default=None, description="A category."
    )
    attributes: list[FacetAttributeFilter] | None = strawberry.field(
        default=None, description="A value or range of an attribute."
    )
    price: FacetPriceFilter | None = strawberry.field(
        default=None, description="A range of prices."
    )
    currency: str | None = strawberry.field(default=None, description="A currency.")
    rating_min: float | None = strawberry.field(default=None, description="Least mean rating.")
    availability: list[Availability] | None = strawberry.field(
        default=None, description="Whether it can be bought."
    )
    communities: list[strawberry.ID] | None = strawberry.field(
        default=None, description="A product, for the community that it is in."
    )


@strawberry.type(description="A value to narrow a list of products by.")
class FacetValue:
    """A facet's value."""

    label: str = strawberry.field(description="For people.")
    count: int = strawberry.field(
        description="Products that the list would have with this value in place of its own choice "
        "in this facet; see `Facet.relation`."
    )
    filter: FacetFilter = strawberry.field(
        description="Filter with this value. Put into the list's filter, in place of its own "
        "choice in this facet or beside it, it selects this value."
    )
    input: JSON = strawberry.field(
        description="A `ProductFilter` with this value alone, ready to be posted back.",
        deprecation_reason="It is not typed. Read `filter`.",
    )


@strawberry.type(description="Least and highest number of a facet.")
class NumberRange:
    """A range of numbers."""

    min: float = strawberry.field(description="Least number.")
    max: float = strawberry.field(description="Highest number.")
    unit: str | None = strawberry.field(description="Unit of attribute values.")


@strawberry.type(description="One way to narrow a list of products.")
class Facet:
    """A facet."""

    name: str = strawberry.field(
        description="brand, category, currency, price, rating, availability, community (products "
        "that are tied more closely with each other than with the rest), or the name of an "
        "attribute."
    )
    currency_code: str | None = strawberry.field(
        description="ISO 4217 code of the prices of the facet `price`."
    )
    relation: CountRelation = strawberry.field(
        description="EQ: counts are exact. GTE: a search has more candidates than are counted."
    )
    values: list[FacetValue] = strawberry.field(description="Values, most frequent first.")
    range: NumberRange | None = strawberry.field(
        description="Range of the prices, or of an attribute's numbers in their most frequent "
        "unit; null where there are none."
    )
    ranges: list[FacetValue] = strawberry.field(
        description="Quarters of that range by number of products, of an attribute; the values of "
        "`price` are such ranges."
    )
