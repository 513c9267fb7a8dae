"""Orders with their lines, shipments and returns, readable by their owner only.

A feed has one row for each order with lists in it, or one for each line; rows with the same id are
one order, wherever they stand. Names, addresses and telephone numbers are not read.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import orjson

from catalograph.errors import InvalidInputError
from catalograph.ingest import fingerprint, interactions, values
from catalograph.ingest.commerce import exact_amount
from catalograph.ingest.mapping import OrderMapping, is_deleted
from catalograph.ingest.mapping_columns import TimeColumn
from catalograph.ingest.order_columns import PartColumns
from catalograph.ingest.packaged_table import load_packaged_table
from catalograph.ingest.phrases import fold_phrase, phrase_occurs
from catalograph.ingest.validation import BuildResult, pass_composite, tombstone
from catalograph.ingest.values.currencies import to_currency
from catalograph.log import shorten
from catalograph.schema import CompositeRecord, Node, RecordEdge, Rejection, RejectionReason, keys
from catalograph.schema.service import OrderStatus
from catalograph.schema.triples import unlisted_product

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


class OrderFeed:
    """Builds records of orders.

    Args:
        mapping: mapping of the columns.
        secret: HMAC key for pseudonyms.

    Attributes:
        mapping: mapping of the columns.
        catalogue: name of the catalogue that the product ids belong to.
    """

    def __init__(self, mapping: OrderMapping, secret: bytes) -> None:
        self.mapping = mapping
        self._secret = secret
        self.catalogue = mapping.product_source or mapping.source
        self._users = mapping.user_source or mapping.source

    def use_catalogue(self, name: str) -> None:
        """Let products belong to a catalogue, and shoppers too unless the mapping says whose."""
        self.catalogue = name
        if self.mapping.user_source is None:
            self._users = name

    def key(self, fields: Mapping[str, Any]) -> str | Rejection:
        """Return the key of a row's order, or why it has none."""
        try:
            own = interactions.column_id(fields, self.mapping.id)
            if own is None:
                return Rejection(RejectionReason.MISSING, "id", "The row names no order.")
            user = interactions.text_of(fields, self.mapping.user, "user")
            hidden = interactions.hide(own, user, self.mapping.source, self._secret)
            return keys.order_key(self.mapping.source, hidden)
        except (InvalidInputError, ValueError) as exc:
            return interactions.row_fault(exc, "id")

    def list_products(self, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        """Return the product ids of an order's lines, as written."""
        column = self.mapping.lines.product
        found = []
        for fields in _elements(rows, self.mapping.lines):
            try:
                id_ = interactions.text_of(fields, column)
            except ValueError:
                continue
            if id_ is not None:
                found.append(id_)
        return found

    def build(
        self, key: str, rows: Sequence[Mapping[str, Any]], products: Mapping[str, str]
    ) -> BuildResult[CompositeRecord]:
        """Build the record of an order.

        Args:
            key: key of the order.
            rows: its rows.
            products: id that the catalogue lists, by id as written, where it is another.
        """
        if is_deleted(rows[0], self.mapping):
            return tombstone(key)
        return _OrderBuilder(self.mapping, self.catalogue, key, rows, products).build(
            self._user_key(rows)
        )

    def _user_key(self, rows: Sequence[Mapping[str, Any]]) -> str | None:
        for fields in rows:
            try:
                user = interactions.text_of(fields, self.mapping.user, "user")
            except ValueError:
                continue
            if user is not None:
                return keys.user_key(self._users, user, self._secret)
        return None


class _OrderBuilder:
    """Builds one order."""

    def __init__(
        self,
        mapping: OrderMapping,
        catalogue: str,
        key: str,
        rows: Sequence[Mapping[str, Any]],
        products: Mapping[str, str],
    ) -> None:
        self._mapping, self._catalogue, self._key = mapping, catalogue, key
        self._rows, self._products = rows, products
        self._rejections: list[Rejection] = []
        self._currency: str | None = None
        self._links: list[RecordEdge] = []
        self._lines: list[tuple[Node, str | None]] = []

    def build(self, user: str | None) -> BuildResult[CompositeRecord]:
        mapping = self._mapping
        own = [values.Cells(fields) for fields in self._rows]
        self._currency = self._first(own, "currency", mapping.currency_column, _read_currency)
        self._currency = self._currency or mapping.currency
        properties = {
            "source": mapping.source,
            "id": keys.natural_id(self._key),
            "content_hash": "",
            **self._status(own, mapping.status),
            "time": self._first(own, "time", *_time(mapping.time)),
            **self._money(own, "total", mapping.total),
            "currency": self._currency,
        }
        parts = [*self._read_lines(), *self._read_shipments(), *self._read_returns()]
        record = CompositeRecord(
            Node("Order", self._key, properties), tuple(parts), tuple(self._links), user
        )
        passed, refused = pass_composite(record)
        rejections = (*self._rejections, *refused)
        if passed is None:
            return BuildResult(None, rejections)
        return BuildResult(fingerprint.sign_composite(passed), rejections)

    def _read_lines(self) -> Iterator[Node]:
        columns = self._mapping.lines
        for fields in _elements(self._rows, columns):
            cells = values.Cells(fields)
            said = {
                "title": cells.read("title", columns.title, values.to_plain),
                "quantity": cells.read("quantity", columns.quantity, values.to_whole, "number"),
                **self._money([cells], "price", columns.price),
                "currency": self._currency,
            }
            product = cells.read("product", columns.product, values.to_id, "name") or None
            self._rejections += cells.rejections
            line = self._part("OrderLine", len(self._lines) + 1, said)
            self._lines.append((line, product))
            if product is not None:
                id_ = self._products.get(product, product)
                try:
                    tail = unlisted_product(self._catalogue, id_)
                except InvalidInputError as exc:
                    self._rejections.append(
                        Rejection(RejectionReason.TOO_LONG, "product", str(exc), "value")
                    )
                else:
                    self._links.append(RecordEdge(line.key, "OF_PRODUCT", tail))
            yield line

    def _read_shipments(self) -> Iterator[Node]:
        columns = self._mapping.shipments
        if columns is None:
            return
        seen: list[Mapping[str, Any]] = []
        for fields in _elements(self._rows, columns):
            cells = [values.Cells(fields)]
            said = {
                **self._status(cells, columns.status),
                "carrier": self._first(cells, "carrier", columns.carrier, values.to_plain),
                "tracking": self._first(cells, "tracking", columns.tracking, values.to_id),
            }
            for name in ("shipped", "expected", "delivered"):
                said[name] = self._first(cells, name, *_time(getattr(columns, name)))
            # Rows of one order repeat its shipment.
            if said not in seen and any(value is not None for value in said.values()):
                seen.append(said)
                yield self._part("Shipment", len(seen), said)

    def _read_returns(self) -> Iterator[Node]:
        columns = self._mapping.returns
        if columns is None:
            return
        seen: list[Mapping[str, Any]] = []
        for fields in _elements(self._rows, columns):
            cells = [values.Cells(fields)]
            product = self._first(cells, "product", columns.product, values.to_id, "name")
            said = {
                **self._status(cells, columns.status),
                "reason": self._first(cells, "reason", columns.reason, values.to_plain),
                **self._money(cells, "refund", columns.refund),
            }
            for name in ("requested", "received", "refunded"):
                said[name] = self._first(cells, name, *_time(getattr(columns, name)))
            if all(value is None for value in said.values()):
                continue
            whole = {**said, "product": product}
            if whole in seen:
                continue
            seen.append(whole)
            part = self._part("Return", len(seen), {**said, "currency": self._currency})
            self._links += (
                RecordEdge(part.key, "RETURNS", line)
                for line, of in self._lines
                if product is not None and of == product
            )
            yield part

    def _part(self, label: str, number: int, said: Mapping[str, Any]) -> Node:
        return Node(label, keys.part_key(label, self._key, number), {"number": number, **said})

    def _status(self, cells: Sequence[values.Cells], column: str | None) -> dict[str, Any]:
        text = self._first(cells, "status", column, values.to_plain)
        return {"status": None if text is None else str(read_status(text)), "status_text": text}

    def _money(
        self, cells: Sequence[values.Cells], name: str, column: str | None
    ) -> dict[str, Any]:
        decimal = self._mapping.decimal
        amount = self._first(
            cells, name, column, lambda cell: values.to_number(cell, decimal), "price"
        )
        return {name: amount, f"{name}_amount": exact_amount(amount, self._currency)}

    def _first(
        self,
        cells: Sequence[values.Cells],
        name: str,
        column: str | None,
        convert: Callable[[Any], Any],
        kind: values.PlaceholderKind = "text",
    ) -> Any:
        """Return the first value of a column; a row of a line may leave out the order's own."""
        for each in cells:
            before = len(each.rejections)
            found = each.read(name, column, convert, kind)
            self._rejections += each.rejections[before:]
            if found is not None:
                return found
        return None


def read_status(text: str) -> OrderStatus:
    """Return where an order, shipment or return stands, by a shop's word for it."""
    words = fold_phrase(_HUMP.sub(" ", text))
    known = _phrases()
    if words in known:
        return known[words]
    found = (status for phrase, status in known.items() if phrase_occurs(phrase, words))
    return next(found, OrderStatus.UNKNOWN)


@cache
def _phrases() -> dict[str, OrderStatus]:
    """Return the status of each phrase, the longest first."""
    table = load_packaged_table("catalograph.ingest", "order_status")
    known = {
        fold_phrase(phrase): OrderStatus(name)
        for name, lines in table.items()
        for line in lines
        for phrase in line
    }
    return dict(sorted(known.items(), key=lambda item: -len(item[0])))


def _elements(
    rows: Sequence[Mapping[str, Any]], columns: PartColumns
) -> Iterator[Mapping[str, Any]]:
    """Yield the parts of an order: elements of a list, or its rows."""
    if columns.list is None:
        yield from rows
        return
    for fields in rows:
        cell = values.lookup(fields, columns.list)
        if isinstance(cell, str) and cell.lstrip().startswith("["):
            try:
                cell = orjson.loads(cell)
            except orjson.JSONDecodeError:
                cell = None
        yield from (each for each in cell or () if isinstance(each, dict))


def _time(column: TimeColumn | None) -> tuple[str | None, Callable[[Any], Any], Any]:
    """Return the arguments by which a time is read."""
    if column is None:
        return None, values.to_time, "time"
    return column.column, lambda cell: values.to_time(cell, column.format), "time"


def _read_currency(cell: Any) -> str:
    text = values.to_plain(cell)
    code = to_currency(text).code
    if code is None:
        raise ValueError(f"'{shorten(text)}' is the sign of several currencies; give its code.")
    return code
