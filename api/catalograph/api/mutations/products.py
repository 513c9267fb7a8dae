"""Products by mutation: written and recommended within the request, or withdrawn exactly."""

import asyncio
from typing import Annotated, Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from catalograph.api.context import Context
from catalograph.api.inputs import MAX_KEY_LENGTH
from catalograph.api.mutations.results import Conflict, InvalidInput, NotFound, prefix_errors
from catalograph.errors import InvalidInputError, NotFoundError
from catalograph.schema import keys
from catalograph.schema.protocols import ProductWriter

MAX_VALUES = 200
"""Maximum number of categories, attributes or ids in one list."""
MAX_TEXT = 20_000
_RELATED = ("also_bought", "also_viewed", "bought_together")


@strawberry.input(description="A value of an attribute.")
class AttributeInput:
    """One attribute of a product."""

    name: str = strawberry.field(description="Name of the attribute, such as colour.")
    value: str = strawberry.field(description="Its value; read as a feed's would be.")
    unit: str | None = strawberry.field(default=None, description="Unit of a number.")


@strawberry.input(description="A picture of a product.")
class MediaInput:
    """One picture of a product."""

    url: str = strawberry.field(description="Absolute http or https address.")
    alt: str | None = strawberry.field(default=None, description="Alternative text.")


@strawberry.input(description="An option that tells a variant from the others of its group.")
class OptionInput:
    """One option of a variant."""

    name: str = strawberry.field(description="Name of the option, such as Size.")
    value: str = strawberry.field(description="Its value, such as XL.")


@strawberry.input(
    description="All that a catalogue says of a product; what is left out is taken away."
)
class UpsertProductInput:
    """Input of `upsertProduct`."""

    source: str = strawberry.field(description="Catalogue it is numbered in; lower case.")
    id: str = strawberry.field(description="Its id there.")
    title: str = strawberry.field(description="Title.")
    description: str | None = strawberry.field(default=None, description="Description.")
    brand: str | None = strawberry.field(default=None, description="Name of its brand.")
    categories: list[list[str]] = strawberry.field(
        default_factory=list, description="Its categories, each by the names from the root."
    )
    attributes: list[AttributeInput] = strawberry.field(
        default_factory=list, description="Its attribute values."
    )
    price: float | None = strawberry.field(default=None, description="Price in `currency`.")
    sale_price: float | None = strawberry.field(
        default=None, description="Reduced price in `currency`."
    )
    currency: str | None = strawberry.field(default=None, description="ISO 4217 code.")
    availability: str | None = strawberry.field(
        default=None, description="Whether it can be had, such as “in stock”."
    )
    gtins: list[str] = strawberry.field(
        default_factory=list, description="Global trade item numbers."
    )
    quantity: int | None = strawberry.field(default=None, description="Pieces in stock.")
    sku: str | None = strawberry.field(default=None, description="The seller's number for it.")
    mpn: str | None = strawberry.field(default=None, description="The maker's number for it.")
    group: str | None = strawberry.field(default=None, description="Id of its group of variants.")
    group_title: str | None = strawberry.field(default=None, description="Title of that group.")
    options: list[OptionInput] = strawberry.field(
        default_factory=list, description="Options that tell it from the other variants."
    )
    media: list[MediaInput] = strawberry.field(
        default_factory=list, description="Its pictures, in their order."
    )
    slug: str | None = strawberry.field(
        default=None, description="Last part of the address of its page."
    )
    url: str | None = strawberry.field(default=None, description="Page of the product.")
    image_url: str | None = strawberry.field(default=None, description="Picture of it.")
    also_bought: list[str] = strawberry.field(
        default_factory=list, description="Ids of products in the same catalogue."
    )
    also_viewed: list[str] = strawberry.field(
        default_factory=list, description="Ids of products in the same catalogue."
    )
    bought_together: list[str] = strawberry.field(
        default_factory=list, description="Ids of products in the same catalogue."
    )


@strawberry.type(description="A product that is in the graph.")
class UpsertedProduct:
    """Outcome of an upsert."""

    key: str = strawberry.field(description="Key of the product.")
    changed: bool = strawberry.field(description="False when it was the same already.")
    placed: bool = strawberry.field(
        description="Whether it can be recommended from now on by what it has in common with "
        "others; false as well when nothing changed."
    )
    embedded: bool = strawberry.field(
        description="Whether search finds its present text by meaning from now on; false as well "
        "when nothing changed, or no text model is live."
    )
    dropped: list[str] = strawberry.field(
        description="Values that were left out, with the reason; the rest was written."
    )


UpsertProductResult = Annotated[
    UpsertedProduct | InvalidInput | NotFound | Conflict,
    strawberry.union("UpsertProductResult", description="A product that was written, or why not."),
]


@strawberry.input(description="Which product its catalogue no longer has.")
class WithdrawProductInput:
    """Input of `withdrawProduct`."""

    source: str = strawberry.field(description="Catalogue it is numbered in.")
    id: str = strawberry.field(description="Its id there.")


@strawberry.type(description="A product that its catalogue no longer has.")
class WithdrawnProduct:
    """Outcome of a withdrawal."""

    key: str = strawberry.field(description="Key of the product.")


WithdrawProductResult = Annotated[
    WithdrawnProduct | InvalidInput | NotFound | Conflict,
    strawberry.union("WithdrawProductResult", description="What was taken away, or why not."),
]


async def upsert_product(context: Context, product: UpsertProductInput) -> UpsertedProduct:
    """Write a product.

    Raises:
        InvalidInputError: it cannot be written, or this server does not accept products.
    """
    writer = _writer(context)
    with prefix_errors("input"):
        fields = _fields(product)
        # In a thread: the writer of feeds is not asynchronous.
        async with context.connection.guard():
            done = await asyncio.to_thread(writer.upsert, product.source, fields)
    await context.services.answers.catch_up()
    return UpsertedProduct(
        key=done.key,
        changed=done.changed,
        placed=done.placed,
        embedded=done.embedded,
        dropped=list(done.dropped),
    )


async def withdraw_product(context: Context, given: WithdrawProductInput) -> WithdrawnProduct:
    """Delete a product's record, and exactly the facts that it stated.

    Raises:
        InvalidInputError: source or id is missing, or this server does not accept products.
        NotFoundError: its catalogue has no such product.
    """
    writer = _writer(context)
    with prefix_errors("input"):
        with prefix_errors("source"):
            keys.product_key(given.source, "1")
        with prefix_errors("id"):
            key = keys.product_key(given.source, given.id)
            async with context.connection.guard():
                known = await asyncio.to_thread(writer.withdraw, given.source, given.id)
            if not known:
                raise NotFoundError(f"The catalogue '{given.source}' has no product of this id.")
    await context.services.answers.catch_up()
    return WithdrawnProduct(key=key)


def _writer(context: Context) -> ProductWriter:
    if context.services.products is None:
        raise InvalidInputError("This server does not accept products.")
    return context.services.products


def _fields(product: UpsertProductInput) -> dict[str, Any]:
    """Return the product as a row of a feed."""
    lists = ("categories", "attributes", "gtins", "options", "media", *_RELATED)
    fields = {name: value for name, value in vars(product).items() if name != "source"}
    for name in lists:
        if len(fields[name]) > MAX_VALUES:
            with prefix_errors(to_camel_case(name)):
                raise InvalidInputError(f"'{name}' has more than {MAX_VALUES} entries.")
    for name, value in fields.items():
        if isinstance(value, str) and len(value) > MAX_TEXT:
            with prefix_errors(to_camel_case(name)):
                raise InvalidInputError(f"'{name}' has more than {MAX_TEXT:,} characters.")
    if len(product.id) > MAX_KEY_LENGTH:
        with prefix_errors("id"):
            raise InvalidInputError("'id' is too long to be one.")
    with prefix_errors("source"):
        keys.product_key(product.source, "1")
    with prefix_errors("id"):
        keys.product_key(product.source, product.id)
    return fields | {
        "attributes": [vars(attribute) for attribute in product.attributes],
        "options": [vars(option) for option in product.options],
        "media": [vars(picture) for picture in product.media],
    }
