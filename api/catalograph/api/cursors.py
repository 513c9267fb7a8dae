"""Opaque cursors and ids of the API.

A cursor holds the place where a page ended. It is signed together with the list that it belongs
to, so a cursor that is forged, changed, or taken from another query is refused.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass

import orjson

from catalograph.errors import BadCursorError, InvalidInputError

_SIGNATURE_BYTES = 16
"""HMAC-SHA256 is truncated to 128 bits, which keeps cursors short."""
_MAX_LENGTH = 2_000
"""Maximum length of a cursor or id; a longer one is refused before it is decoded."""
Position = list[str | float]


@dataclass(frozen=True)
class CursorSigner:
    """Makes and checks cursors with one secret."""

    secret: bytes

    def encode(self, scope: str, position: Position) -> str:
        """Return a signed cursor.

        Args:
            scope: list that the cursor belongs to: the field and its arguments.
            position: values of the sort key at the last item seen.
        """
        payload = orjson.dumps(position)
        return _text(self._signature(scope, payload) + payload)

    def decode(self, scope: str, cursor: str) -> Position:
        """Read a cursor of this scope.

        Raises:
            BadCursorError: the cursor is not from this server, or is of another query or filter.
        """
        refusal = BadCursorError(
            "This cursor was not made by this server for this query and filter. "
            "Begin without one, and use the cursors of that answer."
        )
        try:
            data = _bytes(cursor)
        except ValueError:
            raise refusal from None
        signature, payload = data[:_SIGNATURE_BYTES], data[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(scope, payload)):
            raise refusal
        position: Position = orjson.loads(payload)
        return position

    def _signature(self, scope: str, payload: bytes) -> bytes:
        # The length in front makes the border between scope and payload unambiguous.
        message = f"{len(scope.encode())}:{scope}".encode() + payload
        return hmac.digest(self.secret, message, "sha256")[:_SIGNATURE_BYTES]


def global_id(key: str) -> str:
    """Return the opaque id of the node with this key."""
    return _text(key.encode())


def key_of(id_: str) -> str:
    """Return the key behind an opaque id.

    Raises:
        InvalidInputError: the text is not an id of this API.
    """
    try:
        return _bytes(id_).decode()
    except ValueError:
        raise InvalidInputError(
            f"'{id_[:80]}' is not an id of this API. Use the `id` of an earlier answer."
        ) from None


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """Undo `_text`; accept only what `_text` writes, so that each value has one form."""
    if not text or len(text) > _MAX_LENGTH:
        raise ValueError(text)
    try:
        data = base64.b64decode(
            text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True
        )
    except binascii.Error as exc:
        raise ValueError(text) from exc
    if _text(data) != text:
        raise ValueError(text)
    return data
