"""Rows of reviews; users are pseudonyms from here on."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from catalograph.errors import InvalidInputError
from catalograph.ingest import fingerprint, interactions, values
from catalograph.ingest.gate import Built, pass_interaction
from catalograph.ingest.mapping import ReviewMapping
from catalograph.schema import InteractionRecord, Node, Reason, Rejection, keys


class ReviewFeed:
    """Makes records of review rows.

    Args:
        mapping: which column is what.
        secret: key of the HMAC that makes pseudonyms.
    """

    def __init__(self, mapping: ReviewMapping, secret: bytes) -> None:
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
        record, refused = pass_interaction(replace(bare, node=replace(bare.node, properties=said)))
        if record is None:
            return Built(None, tuple(refused))
        return Built(signed(record), (*cells.rejections, *refused))

    def _said(self, cells: values.Cells) -> dict[str, Any]:
        mapping = self.mapping
        return {
            "rating": cells.read("rating", mapping.rating, values.to_number),
            "title": cells.read("title", mapping.title, values.to_plain),
            "text": cells.read("text", mapping.text, values.to_plain),
            "time": self._time(cells),
            "verified": cells.read("verified", mapping.verified, values.to_flag),
            "helpful": cells.read("helpful", mapping.helpful, values.to_whole),
        }

    def _time(self, cells: values.Cells) -> Any:
        column = self.mapping.time
        if column is None:
            return None
        return cells.read("time", column.column, lambda v: values.to_time(v, column.format))

    def _bare(self, fields: Mapping[str, Any]) -> InteractionRecord | Rejection:
        """The record without what the review says."""
        mapping, source = self.mapping, self.mapping.source
        field = "product"
        try:
            product = interactions.text_of(fields, mapping.product)
            if product is None:
                return Rejection(Reason.MISSING, "product", "The row names no product.")
            product_key = interactions.product_key(product, mapping.product_source or source)
            field = "user"
            user = interactions.text_of(fields, mapping.user)
            user_key = interactions.user_key(user, source, self._secret)
            field = "id"
            id_ = self._id(fields, user, product)
            key = keys.review_key(source, id_)
        except (InvalidInputError, ValueError) as exc:
            return interactions.row_fault(exc, field)
        node = Node("Review", key, {"source": source, "id": id_, "content_hash": ""})
        return InteractionRecord(node, user=user_key, product=product_key)

    def _id(self, fields: Mapping[str, Any], user: str | None, product: str) -> str:
        """Its own id; else one of user, product and time; without a user, of the whole row."""
        own = interactions.column_id(fields, self.mapping.id)
        if own is not None:
            return interactions.hidden(own, user, self.mapping.source, self._secret)
        if user is None:
            return fingerprint.row_hash(fields)
        moment = self._time(values.Cells(fields))
        return fingerprint.secret_id(
            self._secret, "review", self.mapping.source, user, product, str(moment)
        )


def signed(record: InteractionRecord) -> InteractionRecord:
    """The record with its content hash among the node's properties."""
    said = dict(record.node.properties) | {"content_hash": None}
    stamp = fingerprint.properties_hash(
        record.node.key, said, record.user, record.product, record.served, record.position
    )
    node = replace(record.node, properties=said | {"content_hash": stamp})
    return replace(record, node=node)
