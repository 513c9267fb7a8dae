"""Loaders: what many objects of one answer ask for, fetched in one statement each."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from strawberry.dataloader import DataLoader

from catalograph.store import AsyncConnection, read

T = TypeVar("T")
D = TypeVar("D")


def _loader(
    connection: AsyncConnection,
    fetch: Callable[[AsyncConnection, Sequence[str]], Awaitable[Mapping[str, T]]],
    missing: D,
) -> DataLoader[str, T | D]:
    """Make a loader by key; a key without an answer gives `missing`."""

    async def load(keys: list[str]) -> list[T | D]:
        found = await fetch(connection, keys)
        return [found.get(key, missing) for key in keys]

    return DataLoader(load_fn=load)


class Loaders:
    """The loaders of one request."""

    def __init__(self, connection: AsyncConnection) -> None:
        none: tuple[()] = ()
        self.product_by_key = _loader(connection, read.products, None)
        self.brand_by_key = _loader(connection, read.brands, None)
        self.category_by_key = _loader(connection, read.categories, None)
        self.value_by_key = _loader(connection, read.values, None)
        self.brands_by_product = _loader(connection, read.brands_of_products, none)
        self.categories_by_product = _loader(connection, read.categories_of_products, none)
        self.values_by_product = _loader(connection, read.values_of_products, none)
        self.review_summary_by_product = _loader(
            connection, read.review_summaries, read.ReviewSummaryRow(0, 0, None)
        )
