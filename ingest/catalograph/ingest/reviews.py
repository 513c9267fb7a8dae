"""Review rows, with user ids replaced by pseudonyms."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from catalograph.errors import InvalidInputError
from catalograph.ingest import fingerprint, interactions, values
from catalograph.ingest.interactions import InteractionFeed, sign
from catalograph.ingest.mapping import ReviewMapping
from catalograph.schema import InteractionRecord, Node, Rejection, RejectionReason, keys
from catalograph.schema.personal_data import remove_personal_data


class ReviewFeed(InteractionFeed[ReviewMapping]):
    """Builds records of review rows.

    Args:
        mapping: mapping of the columns.
        secret: HMAC key for pseudonyms.
        reader: version of the reader of the texts, so that another version reads them again.
        learn: True lets `prepare` learn the conventions of the columns.
        anonymous: True removes personal data from titles and texts.
    """

    def __init__(
        self,
        mapping: ReviewMapping,
        secret: bytes,
        reader: str | None = None,
        *,
        learn: bool = False,
        anonymous: bool = False,
    ) -> None:
        super().__init__(mapping, secret, reader, learn=learn)
        self._anonymous = anonymous

    def key_of(self, id_: str) -> str:
        """Return the review key of an id."""
        return keys.review_key(self.mapping.source, id_)

    def _complete(self, bare: InteractionRecord, cells: values.Cells) -> InteractionRecord:
        properties = dict(bare.node.properties) | self._read_properties(cells)
        return replace(bare, node=replace(bare.node, properties=properties))

    def _read_properties(self, cells: values.Cells) -> dict[str, Any]:
        mapping = self.mapping
        author = (
            interactions.text_of(cells.fields, mapping.user, "user") if self._anonymous else None
        )

        def convert(text: str) -> str:
            return remove_personal_data(text, author) if self._anonymous else text

        return {
            "rating": cells.read("rating", mapping.rating, values.to_rating, "number"),
            "title": cells.read("title", mapping.title, lambda v: convert(values.to_plain(v))),
            "text": cells.read("text", mapping.text, lambda v: convert(values.to_paragraphs(v))),
            "time": self._time(cells),
            "verified": cells.read("verified", mapping.verified, values.to_flag, "number"),
            "helpful": cells.read("helpful", mapping.helpful, values.to_whole, "number"),
        }

    def _bare(self, fields: Mapping[str, Any]) -> InteractionRecord | Rejection:
        """Return the record without the review's content."""
        mapping, source = self.mapping, self.mapping.source
        field = "product"
        try:
            product = interactions.text_of(fields, mapping.product)
            if product is None:
                return Rejection(RejectionReason.MISSING, "product", "The row names no product.")
            product_key = self._product_key(product)
            field = "user"
            user = interactions.text_of(fields, mapping.user, "user")
            user_key = self._user_key(user)
            field = "id"
            id_ = self._id(fields, user, product)
            key = keys.review_key(source, id_)
        except (InvalidInputError, ValueError) as exc:
            return interactions.row_fault(exc, field)
        node = Node("Review", key, {"source": source, "id": id_, "content_hash": ""})
        return InteractionRecord(node, user=user_key, product=product_key)

    def _id(self, fields: Mapping[str, Any], user: str | None, product: str) -> str:
        """Return the row's id, else one of user, product and time; without user, of the row."""
        own = interactions.column_id(fields, self.mapping.id)
        if own is not None:
            return interactions.hide(own, user, self.mapping.source, self._secret)
        if user is None:
            return self._row_hash(fields)
        moment = self._time_in_id(fields)
        return fingerprint.secret_id(
            self._secret, "review", self.mapping.source, user, product, moment
        )


__all__ = ["ReviewFeed", "sign"]
