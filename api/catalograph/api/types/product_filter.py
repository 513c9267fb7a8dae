"""Filters of products: inputs of lists, search and recommendations."""

import strawberry

from catalograph.api.types.commerce import PriceRange
from catalograph.schema.commerce import Availability


@strawberry.input(
    description="Values of one attribute: any of `values`, or a number from `min` to `max`."
)
class AttributeFilter:
    """A filter of an attribute."""

    attribute: str = strawberry.field(
        description="Name of the attribute, such as colour, or its key; other names of the same "
        "attribute, such as color or 颜色, are understood."
    )
    values: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="Names of values, such as red or 64 GB, or their keys or ids; any of them. "
        "At most 50.",
    )
    min: float | None = strawberry.field(default=None, description="Least number.")
    max: float | None = strawberry.field(default=None, description="Highest number.")
    unit: str | None = strawberry.field(
        default=None,
        description="Unit of `min` and `max`, such as GB or inch; converted. Null: numbers are "
        "taken as they are stored, see `AttributeValue.unit`.",
    )


@strawberry.input(description="Products to leave out: those with any of these.")
class ProductExclusion:
    """A negative filter of products."""

    brands: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Keys or ids of brands. At most 50."
    )
    categories: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="Keys or ids of categories; narrower ones count as well. At most 50.",
    )
    attributes: list[AttributeFilter] = strawberry.field(
        default_factory=list, description="Values of attributes. At most 20."
    )
    words: list[str] = strawberry.field(
        default_factory=list,
        description="Words, such as wireless: products that say so in their title, description, "
        "brand or values, unless negated, as in `non-wireless` or `wireless: no`. At most 20.",
    )


_INSTEAD = "Takes one only. Give `{}`."


@strawberry.input(
    description="Which products to keep; what is left out does not narrow. Within one field any of "
    "the given keys has to hold, and all fields together."
)
class ProductFilter:
    """A filter of products."""

    brands: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Keys or ids of brands; any of them. At most 50."
    )
    categories: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="Keys or ids of categories; any of them, and narrower categories count as "
        "well. At most 50.",
    )
    attributes: list[AttributeFilter] = strawberry.field(
        default_factory=list,
        description="Values of attributes: of each attribute any, of different ones all. "
        "At most 20.",
    )
    communities: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="Keys or ids of products: what is in the community of any of them, in the live "
        "version; nothing without one. At most 50.",
    )
    not_: ProductExclusion | None = strawberry.field(
        default=None, name="not", description="Products to leave out."
    )
    brand: str | None = strawberry.field(
        default=None,
        description="Key of a brand.",
        deprecation_reason=_INSTEAD.format("brands"),
    )
    category: str | None = strawberry.field(
        default=None,
        description="Key of a category; narrower categories count as well.",
        deprecation_reason=_INSTEAD.format("categories"),
    )
    values: list[str] = strawberry.field(
        default_factory=list,
        description="Keys of attribute values; all must hold. At most 20.",
        deprecation_reason="Give `attributes`, of which any value of an attribute may hold.",
    )
    price: PriceRange | None = strawberry.field(
        default=None, description="Range of prices in one currency."
    )
    currency: str | None = strawberry.field(
        default=None,
        description="ISO 4217 code: only products that the catalogue prices in it. Prices are "
        "compared in it too, unless `price` names another.",
    )
    price_min: float | None = strawberry.field(
        default=None,
        description="Least price.",
        deprecation_reason="A float is not exact. Give `price { min }`.",
    )
    price_max: float | None = strawberry.field(
        default=None,
        description="Highest price.",
        deprecation_reason="A float is not exact. Give `price { max }`.",
    )
    rating_min: float | None = strawberry.field(
        default=None, description="Least mean rating, in stars."
    )
    source: str | None = strawberry.field(default=None, description="Catalogue it is numbered in.")
    slug: str | None = strawberry.field(
        default=None, description="Last part of the page's address, as the catalogue states it."
    )
    availability: list[Availability] = strawberry.field(
        default_factory=list, description="Whether it can be bought: any of these."
    )
    in_stock: bool = strawberry.field(
        default=False,
        description="Leave out what the catalogue says cannot be had; what says nothing stays.",
    )
