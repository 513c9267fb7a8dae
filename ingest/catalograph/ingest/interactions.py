"""What reviews and events have in common: whose they are, of what, and an id that tells nobody."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Generic, TypeVar

from catalograph.errors import InvalidInputError
from catalograph.ingest import fingerprint, values
from catalograph.ingest.mapping import EventMapping, ReviewMapping, is_deleted
from catalograph.ingest.validation import BuildResult, pass_interaction, tombstone
from catalograph.schema import InteractionRecord, Rejection, RejectionReason, keys

M = TypeVar("M", bound=ReviewMapping | EventMapping)


class InteractionFeed(ABC, Generic[M]):
    """Makes records of review or event rows.

    Args:
        mapping: which column is what.
        secret: key of the HMAC that makes pseudonyms.
        reader: names what will read the texts, so that another one reads them again.
    """

    def __init__(self, mapping: M, secret: bytes, reader: str | None = None) -> None:
        self.mapping = mapping
        self._secret = secret
        self._reader = reader

    def key(self, fields: Mapping[str, Any]) -> str | Rejection:
        """The key of a row's record, or why it cannot be written."""
        bare = self._bare(fields)
        return bare if isinstance(bare, Rejection) else bare.node.key

    @abstractmethod
    def key_of(self, id_: str) -> str:
        """The key of the record of an id."""

    def prepare(self, fields: Mapping[str, Any]) -> str | Rejection:
        """The key of a row's record; there is nothing to learn from a row."""
        return self.key(fields)

    def build(self, fields: Mapping[str, Any]) -> BuildResult[InteractionRecord]:
        """Make the record of a row."""
        bare = self._bare(fields)
        if isinstance(bare, Rejection):
            return BuildResult(None, (bare,))
        if is_deleted(fields, self.mapping):
            return tombstone(bare.node.key)
        cells = values.Cells(fields)
        record, refused = pass_interaction(self._complete(bare, cells))
        if record is None:
            return BuildResult(None, tuple(refused))
        return BuildResult(sign(record, self._reader), (*cells.rejections, *refused))

    @abstractmethod
    def _bare(self, fields: Mapping[str, Any]) -> InteractionRecord | Rejection:
        """The record without what is optional."""

    @abstractmethod
    def _complete(self, bare: InteractionRecord, cells: values.Cells) -> InteractionRecord:
        """The record with all that the row says."""

    def _time(self, cells: values.Cells) -> Any:
        column = self.mapping.time
        if column is None:
            return None
        return cells.read("time", column.column, lambda v: values.to_time(v, column.format))


def sign(record: InteractionRecord, reader: str | None = None) -> InteractionRecord:
    """The record with its content hash among the node's properties."""
    said = dict(record.node.properties) | {"content_hash": None}
    parts = [record.node.key, said, record.user, record.product, record.served, record.position]
    stamp = fingerprint.properties_hash(*parts, *([reader] if reader else []))
    node = replace(record.node, properties=said | {"content_hash": stamp})
    return replace(record, node=node)


def text_of(fields: Mapping[str, Any], column: str | None) -> str | None:
    """Id in a column, as text; None where there is none.

    Raises:
        ValueError: the cell holds a list, an object or signs that no id has.
    """
    cell = None if column is None else values.lookup(fields, column)
    if values.is_blank(cell):
        return None
    if isinstance(cell, list):
        raise ValueError("A list, expected one id.")
    text = values.to_text(cell)
    if keys.has_bad_text(text):
        raise ValueError("A NUL or half a surrogate pair in an id.")
    return keys.clean(text) or None


def column_id(fields: Mapping[str, Any], columns: tuple[str, ...] | None) -> str | None:
    """The record's own id, of one or several columns; None where any of them is empty."""
    if not columns:
        return None
    parts = [text_of(fields, column) for column in columns]
    return None if None in parts else "/".join(str(part) for part in parts)


def hide(id_: str, user: str | None, source: str, secret: bytes) -> str:
    """The id, by HMAC where it is too long for a key or would give the user's id away."""
    if len(id_) > keys.MAX_ID_LENGTH or (user and user.casefold() in id_.casefold()):
        return fingerprint.secret_id(secret, "id", source, id_)
    return id_


def user_key(user: str | None, source: str, secret: bytes) -> str | None:
    """Key of the user by pseudonym, None for nobody."""
    return None if user is None else keys.user_key(source, user, secret)


def product_key(product: str | None, source: str) -> str | None:
    """Key of the product, None for none."""
    return None if product is None else keys.product_key(source, product)


def row_fault(exc: InvalidInputError | ValueError, field: str) -> Rejection:
    """A rejection of the row that says nothing of what the cell holds."""
    reason = (
        RejectionReason.TOO_LONG
        if isinstance(exc, InvalidInputError)
        else RejectionReason.WRONG_TYPE
    )
    return Rejection(
        reason, field, str(exc) if reason is RejectionReason.TOO_LONG else "Not one short id."
    )
