"""Pages of long lists: paging arguments, and Relay's connection made from the rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

import orjson

from catalograph.api.cursors import CursorSigner
from catalograph.api.inputs import MAX_FIRST
from catalograph.api.types.facets import CountRelation
from catalograph.errors import InvalidInputError
from catalograph.store.queries.projection import (
    ANY_CURRENCY,
    AT,
    Filter,
    PageRequest,
    PriceBasis,
)


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """Rows of a page, and the other values of its connection.

    Attributes:
        rows: rows in their order.
        marks: cursor of each row.
        has_next_page: whether there are more rows after them; known where they were read forwards,
            or start before a cursor.
        has_previous_page: whether there are more rows before them, likewise.
        total: number of rows on all pages; None if not selected.
        total_count_relation: relation of `total` to the true number.
        facets: values to narrow the list by, counted; None if not selected.
        price_currency: currency in which its prices are compared; None if not selected, or if the
            prices have no currency.
        exchange_rates: rates of prices in other currencies; None without any.
        understood: what a query was understood as; None without one.
        served_id: id of the list in the log of served lists; None if it is not logged.
    """

    rows: Sequence[Any]
    marks: Sequence[str]
    has_next_page: bool
    has_previous_page: bool
    total: int | None = None
    total_count_relation: CountRelation = CountRelation.EQ
    facets: Any = None
    price_currency: str | None = None
    exchange_rates: Any = None
    understood: Any = None
    served_id: str | None = None


class _Marks(Sequence[str]):
    """A cursor for each row, signed only when it is read."""

    def __init__(
        self, cursors: CursorSigner, scope: str, rows: Sequence[Mapping[str, Any]]
    ) -> None:
        self._cursors, self._scope, self._rows = cursors, scope, rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, n: int) -> str: ...

    @overload
    def __getitem__(self, n: slice) -> Sequence[str]: ...

    def __getitem__(self, n: int | slice) -> str | Sequence[str]:
        if isinstance(n, slice):
            return _Marks(self._cursors, self._scope, self._rows[n])
        return self._cursors.encode(self._scope, list(self._rows[n][AT]))


def page_request(
    cursors: CursorSigner,
    scope: str,
    arguments: Mapping[str, Any],
    *,
    sort: str = "KEY",
    filters: Sequence[Filter] = (),
    total: bool = False,
    prices: PriceBasis = ANY_CURRENCY,
    report_currency: bool = False,
) -> PageRequest:
    """Read Relay's paging arguments; request one extra row, which shows whether there are more.

    Args:
        cursors: signer of cursors.
        scope: name of the list for its cursors; order and filters are added.
        arguments: first, after, last, before; exactly one of first and last.
        sort: order of the list.
        filters: filters of the list.
        total: whether to count all rows.
        prices: currency in which prices are compared.
        report_currency: whether to read that currency.

    Raises:
        InvalidInputError: neither or both of first and last, or not 1 to 100.
        BadCursorError: a cursor is not of this list.
    """
    first: Any = arguments.get("first")
    last: Any = arguments.get("last")
    if (first is None) == (last is None):
        raise InvalidInputError(
            f"A list needs either 'first' or 'last', 1 to {MAX_FIRST}; "
            f"{'neither' if first is None else 'both'} was given."
        )
    count: int = last if first is None else first
    if not 1 <= count <= MAX_FIRST:
        name = "last" if first is None else "first"
        raise InvalidInputError(f"'{name}' is {count}; it must be 1 to {MAX_FIRST}.")
    after, before = arguments.get("after"), arguments.get("before")
    if (after if first is None else before) is not None:
        raise InvalidInputError("'after' goes with 'first', and 'before' with 'last'.")
    cursor = before if first is None else after
    signed = scope_of(scope, sort, filters, prices)
    place = None if cursor is None else tuple(cursors.decode(signed, cursor))
    return PageRequest(
        count + 1, sort, place, first is None, tuple(filters), total, prices, report_currency
    )


def scope_of(scope: str, sort: str, filters: Sequence[Filter], prices: PriceBasis) -> str:
    """Return the text that cursors of a list are signed with beside their place."""
    parts: list[Any] = [scope, sort, [[f.name, f.value] for f in filters]]
    if prices.currency is not None:
        parts.append(prices.currency)
    return orjson.dumps(parts).decode()


def page_answer(
    cursors: CursorSigner,
    scope: str,
    request: PageRequest,
    rows: Sequence[Mapping[str, Any]],
    total: int | None,
    *,
    relation: CountRelation = CountRelation.EQ,
    facets: Any = None,
) -> PageAnswer:
    """Cut the extra row that shows that there are more, and give each of the others a cursor."""
    more = len(rows) >= request.limit
    kept = list(rows[: request.limit - 1])
    if request.backwards:  # the store has read them from the end
        kept.reverse()
    signed = scope_of(scope, request.sort, request.filters, request.prices)
    marks = _Marks(cursors, signed, kept)
    # A cursor is of a row on the other side of the page, so there is at least that one.
    elsewhere = request.after is not None
    has_next, has_previous = (elsewhere, more) if request.backwards else (more, elsewhere)
    return PageAnswer(kept, marks, has_next, has_previous, total, relation, facets)
