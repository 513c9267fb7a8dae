"""Products as feeds state them: what their records assert, in order of their groups."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from catalograph.schema.commerce import Availability, exact_decimal
from catalograph.store.connection.connect import Connection

_KEYS_PER_PAGE = 20_000
_PRODUCTS_PER_PAGE = 500


@dataclass(frozen=True, slots=True)
class FeedValue:
    """A value of an attribute; of a quantity also number and unit."""

    attribute: str
    name: str
    number: float | None
    unit: str | None


@dataclass(frozen=True, slots=True)
class FeedProduct:
    """A product with what its records assert.

    Attributes:
        id: its id in the catalogue.
        title: title; None if it has none.
        description: description, plain text.
        url: page of the product.
        price: price without a reduction, exact.
        sale_price: reduced price, where it is lower.
        currency: ISO 4217 code; None if the catalogue states none.
        availability: whether it can be bought.
        quantity: pieces in stock.
        gtins: global trade item numbers.
        mpn: number of the maker.
        group: id of its group of variants.
        group_title: title of the group.
        options: names and values of its options.
        images: addresses of its pictures with alternative texts, blank where there is none.
        brands: names of its brands.
        categories: paths of its categories.
        values: values of its attributes.
    """

    id: str
    title: str | None
    description: str | None
    url: str | None
    price: Decimal | None
    sale_price: Decimal | None
    currency: str | None
    availability: Availability
    quantity: int | None
    gtins: tuple[str, ...]
    mpn: str | None
    group: str | None
    group_title: str | None
    options: tuple[tuple[str, str], ...]
    images: tuple[tuple[str, str], ...]
    brands: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]
    values: tuple[FeedValue, ...]


def read_feed_products(connection: Connection, source: str) -> Iterator[FeedProduct]:
    """Yield the listed products of a catalogue; those of one group follow each other.

    Args:
        connection: connection to the graph.
        source: name of the catalogue.
    """
    # Products without a group first, by key; then groups by their ids.
    found = sorted(_list_keys(connection, source), key=lambda pair: (pair[1] or "", pair[0]))
    for start in range(0, len(found), _PRODUCTS_PER_PAGE):
        keys = [key for key, _ in found[start : start + _PRODUCTS_PER_PAGE]]
        rows = {
            row["product"]["key"]: row for row in connection.read("read_feed_products", keys=keys)
        }
        # A product that was withdrawn meanwhile is no longer there.
        yield from (_product(rows[key]) for key in keys if key in rows)


def _list_keys(connection: Connection, source: str) -> Iterator[tuple[str, str | None]]:
    after, before = f"product:{source}:", f"product:{source};"
    while True:
        [row] = connection.read(
            "list_feed_products", after=after, before=before, limit=_KEYS_PER_PAGE
        )
        yield from ((key, group) for key, group in row["products"])
        if len(row["products"]) < _KEYS_PER_PAGE:
            return
        after = row["products"][-1][0]


def _product(row: Mapping[str, Any]) -> FeedProduct:
    said = row["product"]
    currency = said["currency"]
    price = _amount(said["price"], said["price_amount"], currency)
    sale = _amount(said["sale_price"], said["sale_price_amount"], currency)
    return FeedProduct(
        id=said["id"],
        title=said["title"],
        description=said["description"],
        url=said["url"],
        price=price,
        sale_price=sale if price is not None and sale is not None and sale < price else None,
        currency=currency,
        availability=Availability(said["availability_status"] or Availability.UNKNOWN),
        quantity=said["quantity"],
        gtins=tuple(said["gtins"] or ()),
        mpn=said["mpn"],
        group=said["group"],
        group_title=said["group_title"],
        options=_pairs(said["option_names"], said["option_values"]),
        images=_images(said),
        brands=tuple(row["brands"]),
        categories=tuple(tuple(path) for path in row["categories"]),
        values=tuple(FeedValue(*value) for value in row["values"]),
    )


def _amount(amount: float | None, exact: str | None, currency: str | None) -> Decimal | None:
    if amount is None:
        return None
    # Graphs of earlier versions have no decimal text; repr() of a float reads as the same float.
    return exact_decimal(exact if exact is not None else repr(amount), currency)


def _pairs(names: Sequence[str] | None, texts: Sequence[str] | None) -> tuple[tuple[str, str], ...]:
    return tuple(zip(names or (), texts or (), strict=False))


def _images(said: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    urls = said["media_urls"] or ([said["image_url"]] if said["image_url"] else [])
    texts = said["media_alts"] or [""] * len(urls)
    return _pairs(urls, texts)
