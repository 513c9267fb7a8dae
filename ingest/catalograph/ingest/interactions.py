"""Common part of reviews and events: user, product and pseudonymous id."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self, TypeVar

from catalograph.errors import InvalidInputError
from catalograph.ingest import fingerprint, values
from catalograph.ingest.conventions import ConventionalFeed
from catalograph.ingest.mapping import EventMapping, ReviewMapping, added_columns, is_deleted
from catalograph.ingest.product_ids import ProductIdSample
from catalograph.ingest.validation import BuildResult, pass_interaction, tombstone
from catalograph.schema import InteractionRecord, Rejection, RejectionReason, keys

M = TypeVar("M", bound=ReviewMapping | EventMapping)


class InteractionFeed(ConventionalFeed[M], ABC):
    """Builds records of review or event rows.

    Args:
        mapping: mapping of the columns.
        secret: HMAC key for pseudonyms.
        reader: version of the reader of the texts, so that another version reads them again.
        learn: True lets `prepare` learn the conventions of the columns. Without it a record depends
            on its own row only.

    Attributes:
        mapping: mapping of the columns.
        sample: sample of the product ids of the rows prepared so far.
        catalogue: name of the catalogue that the product ids belong to.
    """

    def __init__(
        self, mapping: M, secret: bytes, reader: str | None = None, *, learn: bool = False
    ) -> None:
        super().__init__(mapping, learn=learn)
        self._given = mapping
        self._secret = secret
        self._reader = reader
        self._added = added_columns(mapping)
        self.sample = ProductIdSample()
        self.catalogue = mapping.product_source or mapping.source
        self._users = mapping.user_source or mapping.source

    def __getstate__(self) -> dict[str, Any]:
        """Leave the secret out: what travels to other machines does not carry it."""
        return self.__dict__ | {"_secret": b""}

    def use_secret(self, secret: bytes) -> None:
        """Turn user ids into pseudonyms by this secret."""
        self._secret = secret

    def use_catalogue(self, name: str) -> None:
        """Let products belong to a catalogue, and shoppers too unless the mapping says whose."""
        self.catalogue = name
        if self.mapping.user_source is None:
            self._users = name

    def merge(self, other: Self) -> None:
        """Add what another builder learned of later rows of the same feed."""
        super().merge(other)
        self.sample.merge(other.sample)

    def _user_key(self, user: str | None) -> str | None:
        """Return the pseudonymous key of the user; None without a user."""
        return None if user is None else keys.user_key(self._users, user, self._secret)

    def _product_key(self, product: str | None) -> str | None:
        """Return the key of the product; None without a product."""
        return None if product is None else keys.product_key(self.catalogue, product)

    def key(self, fields: Mapping[str, Any]) -> str | Rejection:
        """Return the key of a row's record, or why it cannot be written."""
        bare = self._bare(fields)
        return bare if isinstance(bare, Rejection) else bare.node.key

    @abstractmethod
    def key_of(self, id_: str) -> str:
        """Return the record key of an id."""

    def prepare(self, fields: Mapping[str, Any]) -> str | Rejection:
        """Learn from a row; return the key of its record, or why it cannot be written."""
        self._learn_conventions(fields)
        bare = self._bare(fields)
        if isinstance(bare, Rejection):
            return bare
        if bare.product is not None:
            self.sample.add(keys.natural_id(bare.product))
        return bare.node.key

    def build(self, fields: Mapping[str, Any]) -> BuildResult[InteractionRecord]:
        """Build the record of a row."""
        self.finish_learning()
        bare = self._bare(fields)
        if isinstance(bare, Rejection):
            return BuildResult(None, (bare,))
        if is_deleted(fields, self.mapping):
            return tombstone(bare.node.key)
        cells = values.Cells(fields, doubts=self._doubts)
        record, refused = pass_interaction(self._complete(bare, cells))
        if record is None:
            return BuildResult(None, tuple(refused))
        return BuildResult(self.sign(record), (*cells.rejections, *refused))

    def sign(self, record: InteractionRecord) -> InteractionRecord:
        """Return the record with its content hash."""
        return sign(record, self._reader)

    @abstractmethod
    def _bare(self, fields: Mapping[str, Any]) -> InteractionRecord | Rejection:
        """Return the record without optional fields."""

    @abstractmethod
    def _complete(self, bare: InteractionRecord, cells: values.Cells) -> InteractionRecord:
        """Return the record with all fields of the row."""

    def _row_hash(self, fields: Mapping[str, Any]) -> str:
        """Return the hash of a row, whatever columns the mapping adds to it."""
        return fingerprint.row_hash({k: v for k, v in fields.items() if k not in self._added})

    def _time(self, cells: values.Cells) -> Any:
        column = self.mapping.time
        if column is None:
            return None
        return cells.read("time", column.column, lambda v: values.to_time(v, column.format), "time")

    def _time_in_id(self, fields: Mapping[str, Any]) -> str:
        """Return a row's time as part of an id; an ambiguous date as it is written.

        Other rows must not change an id, so what they show of the column is not used.
        """
        column = self._given.time
        cell = None if column is None else values.lookup(fields, column.column)
        if column is None or values.is_missing(cell, "time"):
            return str(None)
        try:
            return str(values.to_time(cell, column.format))
        except values.AmbiguousDateError:
            return keys.clean(values.to_text(cell))
        except ValueError:
            return str(None)


def sign(record: InteractionRecord, reader: str | None = None) -> InteractionRecord:
    """Return the record with its content hash among the node's properties."""
    said = dict(record.node.properties) | {"content_hash": None}
    parts = [record.node.key, said, record.user, record.product, record.served, record.position]
    stamp = fingerprint.properties_hash(*parts, *([reader] if reader else []))
    node = replace(record.node, properties=said | {"content_hash": stamp})
    return replace(record, node=node)


def text_of(
    fields: Mapping[str, Any], column: str | None, kind: values.PlaceholderKind = "name"
) -> str | None:
    """Return the id in a column, as text; None if there is none, or a placeholder of this kind.

    Raises:
        ValueError: the cell holds a list, an object or characters invalid in an id.
    """
    cell = None if column is None else values.lookup(fields, column)
    if values.is_missing(cell, kind):
        return None
    if isinstance(cell, list):
        raise ValueError("A list, expected one id.")
    if isinstance(cell, str) and keys.has_bad_text(cell):
        raise ValueError("A NUL or half a surrogate pair in an id.")
    return values.to_id(cell) or None


def column_id(fields: Mapping[str, Any], columns: tuple[str, ...] | None) -> str | None:
    """Return the record's own id, from one or several columns; None if one of them is empty."""
    if not columns:
        return None
    parts = [text_of(fields, column) for column in columns]
    return None if None in parts else "/".join(str(part) for part in parts)


def hide(id_: str, user: str | None, source: str, secret: bytes) -> str:
    """Return the id, replaced by an HMAC if it is too long or contains the user's id."""
    if len(id_) > keys.MAX_ID_LENGTH or (user and user.casefold() in id_.casefold()):
        return fingerprint.secret_id(secret, "id", source, id_)
    return id_


def row_fault(exc: InvalidInputError | ValueError, field: str) -> Rejection:
    """Build a rejection of the row that does not reveal the content of the cell."""
    reason = (
        RejectionReason.TOO_LONG
        if isinstance(exc, InvalidInputError)
        else RejectionReason.WRONG_TYPE
    )
    return Rejection(
        reason, field, str(exc) if reason is RejectionReason.TOO_LONG else "Not one short id."
    )
