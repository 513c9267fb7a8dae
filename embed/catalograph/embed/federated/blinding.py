"""Matching identifiers between shops without telling them: Diffie-Hellman on Curve25519.

An identifier is hashed to a point of the curve, and each shop multiplies it by a secret number of
its own. The order does not matter: after all shops have done so, equal identifiers are equal
points, and whoever lacks one of the secrets can neither recognise a point nor try identifiers out.
It protects from shops and a coordinator that follow the protocol; a shop can ask the others to
blind identifiers that it does not sell. The method is that of Meadows (1986) and of Huberman,
Franklin and Hogg (1999).
"""

import hashlib
from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

__all__ = ["POINT", "blind_points", "blind_texts", "make_secret", "split_points"]

POINT = 32
"""Bytes of a point."""
_PRIME = 2**255 - 19
_COEFFICIENT = 486662


def make_secret() -> bytes:
    """Return a new secret of a shop."""
    return X25519PrivateKey.generate().private_bytes(
        Encoding.Raw, PrivateFormat.Raw, NoEncryption()
    )


def blind_texts(secret: bytes, texts: Iterable[str]) -> bytes:
    """Hash texts to points and multiply these by the secret; return them one after another."""
    return blind_points(secret, b"".join(_point_of(text) for text in texts))


def blind_points(secret: bytes, points: bytes) -> bytes:
    """Multiply points, one after another, by the secret; their order stays."""
    key = X25519PrivateKey.from_private_bytes(secret)
    return b"".join(
        key.exchange(X25519PublicKey.from_public_bytes(point)) for point in split_points(points)
    )


def split_points(points: bytes) -> list[bytes]:
    """Return the points of a byte string."""
    return [points[start : start + POINT] for start in range(0, len(points), POINT)]


def _point_of(text: str) -> bytes:
    """Hash a text to the u-coordinate of a point, the first hash of several that is on the curve.

    One that is on its twist would stay there, which would tell one bit of the text.
    """
    for attempt in range(256):
        digest = hashlib.sha256(b"catalograph product|%d|" % attempt + text.encode()).digest()
        u = int.from_bytes(digest, "little") % 2**255 % _PRIME
        if pow(u * (u * u + _COEFFICIENT * u + 1), (_PRIME - 1) // 2, _PRIME) == 1:
            return u.to_bytes(POINT, "little")
    raise AssertionError(text)  # one in 2^256
