"""Products as lists show them, kept in one process until they change."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

from catalograph.store.connection.connect import AsyncConnection
from catalograph.store.queries.api_queries import ProductRow, read_products
from catalograph.store.queries.projection import Selection, depends_on_product_alone

MOST_ROWS = 20_000
"""Number of rows in a process; some 20 MB of titles and prices."""
_MOST_SELECTIONS = 100


class ProductRows:
    """A bounded cache of the rows of products, by the selection of their fields.

    Args:
        max_seconds: age at most of a row, for changes that nobody announces.
        clock: clock in seconds.
    """

    def __init__(self, max_seconds: float, clock: Callable[[], float]) -> None:
        self._max_seconds = max_seconds
        self._clock = clock
        self._drops = 0  # number of times that rows were dropped
        self._selections: OrderedDict[Selection, int] = OrderedDict()
        self._kept: OrderedDict[tuple[int, str], tuple[ProductRow, float]] = OrderedDict()
        self._numbered = 0

    async def read(
        self, connection: AsyncConnection, selection: Selection | None, keys: Sequence[str]
    ) -> dict[str, ProductRow]:
        """Return the selected fields of products by key; a statement reads those not kept.

        Products that are no more are left out.
        """
        number = self._number(selection)
        found: dict[str, ProductRow] = {}
        now = self._clock()
        for key in keys:
            row, since = self._kept.get((number, key), (None, 0.0))
            if row is not None and now - since <= self._max_seconds:
                found[key] = row
        missing = [key for key in keys if key not in found]
        if not missing:
            return found
        drops = self._drops
        rows = await read_products(connection, "read_products_by_key", selection, keys=missing)
        more = {row["product"]["key"]: row["product"] for row in rows}
        if number and drops == self._drops:  # else they may have been read before a change
            self._kept |= {(number, key): (row, now) for key, row in more.items()}
            while len(self._kept) > MOST_ROWS:
                self._kept.popitem(last=False)
        return found | more

    def forget(self, keys: Iterable[str]) -> None:
        """Drop products that changed."""
        self._drops += 1
        for key in keys:
            for number in self._selections.values():
                self._kept.pop((number, key), None)

    def clear(self) -> None:
        """Drop all."""
        self._drops += 1
        self._kept.clear()

    def _number(self, selection: Selection | None) -> int:
        """Return the number of a selection; 0 for one that is not to be kept.

        It may change with other products, or have pages, which have no hash.
        """
        if selection is None or not depends_on_product_alone(selection) or _has_page(selection):
            return 0
        number = self._selections.get(selection)
        if number is None:
            self._numbered += 1
            number = self._selections[selection] = self._numbered
            if len(self._selections) > _MOST_SELECTIONS:
                self._selections.popitem(last=False)
                self._kept.clear()
        return number


def _has_page(selection: Selection) -> bool:
    return any(
        field.page is not None or (field.of is not None and _has_page(field.of))
        for field in selection.fields
    )
