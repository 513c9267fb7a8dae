"""Event rows, with user ids replaced by pseudonyms."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from catalograph.errors import InvalidInputError
from catalograph.ingest import fingerprint, interactions, values
from catalograph.ingest.interactions import InteractionFeed
from catalograph.ingest.mapping import EventMapping
from catalograph.log import shorten
from catalograph.schema import EventKind, InteractionRecord, Node, Rejection, RejectionReason, keys

_SERVED_PREFIX = "served:"


class EventFeed(InteractionFeed[EventMapping]):
    """Builds records of event rows.

    Args:
        mapping: mapping of the columns.
        secret: HMAC key for pseudonyms.
    """

    def __init__(self, mapping: EventMapping, secret: bytes) -> None:
        super().__init__(mapping, secret)
        own = {word.strip().casefold(): kind for word, kind in mapping.event.values.items()}
        self._kinds = {str(kind): kind for kind in EventKind} | own

    def key_of(self, id_: str) -> str:
        """Return the event key of an id."""
        return keys.event_key(self.mapping.source, id_)

    def _complete(self, bare: InteractionRecord, cells: values.Cells) -> InteractionRecord:
        served = cells.read("served", self.mapping.served, _served_key)
        return replace(
            bare,
            node=replace(
                bare.node, properties=dict(bare.node.properties) | self._read_properties(cells)
            ),
            served=served,
            position=cells.read("position", self.mapping.position, _position) if served else None,
        )

    def _read_properties(self, cells: values.Cells) -> dict[str, Any]:
        mapping = self.mapping
        return {
            "time": self._time(cells),
            "query": cells.read("query", mapping.query, values.to_plain),
            "value": cells.read("value", mapping.value, values.to_number),
        }

    def _bare(self, fields: Mapping[str, Any]) -> InteractionRecord | Rejection:
        """Return the record without optional fields."""
        mapping, source = self.mapping, self.mapping.source
        kind = self._kind(fields)
        if isinstance(kind, Rejection):
            return kind
        field = "product"
        try:
            product = interactions.text_of(fields, mapping.product)
            if product is None and kind is not EventKind.QUERY:
                return Rejection(RejectionReason.MISSING, "product", f"A {kind} names no product.")
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
        known = column.values.get(word) or self._kinds.get(word.casefold())
        if known is not None:
            return known
        detail = (
            f"'{shorten(word)}' is none of {', '.join(EventKind)}. Name its kind in the mapping, "
            "under 'event', 'values', or leave such rows out with 'skip'."
        )
        return Rejection(RejectionReason.OUT_OF_RANGE, "event", detail)

    def _id(self, fields: Mapping[str, Any], user: str | None) -> str:
        own = interactions.column_id(fields, self.mapping.id)
        if own is not None:
            return interactions.hide(own, user, self.mapping.source, self._secret)
        # The row holds the user's id, so trying ids could reveal it from a plain hash.
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
