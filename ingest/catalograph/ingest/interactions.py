"""What reviews and events have in common: whose they are, of what, and an id that tells nobody."""

from collections.abc import Mapping
from typing import Any

from catalograph.errors import InvalidInputError
from catalograph.ingest import fingerprint, values
from catalograph.schema import Reason, Rejection, keys


def text_of(fields: Mapping[str, Any], column: str | None) -> str | None:
    """Id in a column, as text; None where there is none.

    Raises:
        ValueError: the cell holds a list or an object.
    """
    cell = None if column is None else values.lookup(fields, column)
    if values.is_blank(cell):
        return None
    if isinstance(cell, list):
        raise ValueError("A list, expected one id.")
    return keys.clean(values.to_text(cell)) or None


def column_id(fields: Mapping[str, Any], columns: tuple[str, ...] | None) -> str | None:
    """The record's own id, of one or several columns; None where any of them is empty."""
    if not columns:
        return None
    parts = [text_of(fields, column) for column in columns]
    return None if None in parts else "/".join(str(part) for part in parts)


def hidden(id_: str, user: str | None, source: str, secret: bytes) -> str:
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
    reason = Reason.TOO_LONG if isinstance(exc, InvalidInputError) else Reason.WRONG_TYPE
    return Rejection(reason, field, str(exc) if reason is Reason.TOO_LONG else "Not one short id.")
