"""Rows of events: what shoppers did; users are pseudonyms from here on."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from catalograph.errors import InvalidInputError
from catalograph.ingest import fingerprint, interactions, values
from catalograph.ingest.gate import Built, pass_interaction
from catalograph.ingest.mapping import EventMapping
from catalograph.ingest.reviews import signed
from catalograph.log import shorten
from catalograph.schema import EventKind, InteractionRecord, Node, Reason, Rejection, keys

_SERVED_PREFIX = "served:"


class EventFeed:
    """Makes records of event rows.

    Args:
        mapping: which column is what.
        secret: key of the HMAC that makes pseudonyms.
    """

    def __init__(self, mapping: EventMapping, secret: bytes) -> None:
        self.mapping = mapping
        self._secret = secret

    def prepare(self, fields: Mapping[str, Any]) -> str | Rejection:
        """The key of a row, or why it cannot be written."""
        bare = self._bare(fields)
        return bare if isinstance(bare, Rejection) else bare.node.key

    def build(self, fields: Mapping[str, Any]) -> Built[InteractionRecord]:
        """Make the record of a row."""
        bare = self._bare(fields)
        if isinstance(bare, Rejection):
            return Built(None, (bare,))
        cells = values.Cells(fields)
        said = dict(bare.node.properties) | self._said(cells)
        served = cells.read("served", self.mapping.served, _served_key)
        draft = replace(
            bare,
            node=replace(bare.node, properties=said),
            served=served,
            position=cells.read("position", self.mapping.position, _position) if served else None,
        )
        record, refused = pass_interaction(draft)
        if record is None:
            return Built(None, tuple(refused))
        return Built(signed(record), (*cells.rejections, *refused))

    def _said(self, cells: values.Cells) -> dict[str, Any]:
        mapping = self.mapping
        when = mapping.time
        return {
            "time": when
            and cells.read("time", when.column, lambda v: values.to_time(v, when.format)),
            "query": cells.read("query", mapping.query, values.to_plain),
            "value": cells.read("value", mapping.value, values.to_number),
        }

    def _bare(self, fields: Mapping[str, Any]) -> InteractionRecord | Rejection:
        """The record without what is optional."""
        mapping, source = self.mapping, self.mapping.source
        kind = self._kind(fields)
        if isinstance(kind, Rejection):
            return kind
        field = "product"
        try:
            product = interactions.text_of(fields, mapping.product)
            if product is None and kind is not EventKind.QUERY:
                return Rejection(Reason.MISSING, "product", f"A {kind} names no product.")
            product_key = interactions.product_key(product, mapping.product_source or source)
            field = "user"
            user = interactions.text_of(fields, mapping.user)
            user_key = interactions.user_key(user, source, self._secret)
            field = "id"
            id_ = self._id(fields, user)
            key = keys.event_key(source, id_)
        except (InvalidInputError, ValueError) as exc:
            return interactions.row_fault(exc, field)
        node = Node(
            "Event", key, {"source": source, "id": id_, "content_hash": "", "kind": str(kind)}
        )
        return InteractionRecord(node, user=user_key, product=product_key)

    def _kind(self, fields: Mapping[str, Any]) -> EventKind | Rejection:
        column = self.mapping.event
        if column.constant is not None:
            return column.constant
        cell = values.lookup(fields, column.column) if column.column else None
        word = "" if values.is_blank(cell) else str(cell).strip()
        known = column.values.get(word)
        if known is not None:
            return known
        try:
            return EventKind(word.casefold())
        except ValueError:
            detail = f"'{shorten(word)}' is none of {', '.join(EventKind)}."
            return Rejection(Reason.OUT_OF_RANGE, "event", detail)

    def _id(self, fields: Mapping[str, Any], user: str | None) -> str:
        own = interactions.column_id(fields, self.mapping.id)
        if own is not None:
            return interactions.hidden(own, user, self.mapping.source, self._secret)
        # The row holds the user's id, so its plain hash could be found by trying ids.
        row = fingerprint.row_hash(fields)
        return fingerprint.secret_id(self._secret, "event", self.mapping.source, row)


def _served_key(cell: Any) -> str:
    text = keys.clean(values.to_text(cell)).removeprefix(_SERVED_PREFIX)
    if not text or len(text) > keys.MAX_ID_LENGTH:
        raise ValueError(f"{len(text)} characters, expected the id of a served list.")
    return f"{_SERVED_PREFIX}{text}"


def _position(cell: Any) -> int:
    number = values.to_whole(cell)
    if not 0 <= number < 2**31:
        raise ValueError(f"{number} is no place in a list; places count from 0.")
    return number
