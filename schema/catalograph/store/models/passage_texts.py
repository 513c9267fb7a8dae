"""Texts of passages, for encoders."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalograph.store.connection.connect import Connection


@dataclass(frozen=True, slots=True)
class EncodedText:
    """What an encoder reads of a passage.

    Attributes:
        key: key of the passage.
        heading: its heading, or "".
        text: its text.
        language: its language, a tag of BCP 47, or "".
        document: content hash of its document.
        vector: its vector in the slot that was asked for; None if it has none.
    """

    key: str
    heading: str
    text: str
    language: str
    document: str
    vector: Sequence[float] | None = None


def export_passages(
    connection: Connection, prop: str | None = None, *, missing: bool = False
) -> list[EncodedText]:
    """Read all passages, or those without a vector, sorted by key.

    Args:
        connection: connection to the graph.
        prop: node property of a slot of vectors, to read these too.
        missing: whether only passages without such a vector are read.
    """
    rows = connection.read("export_passages", property=prop, missing=missing)
    found = [
        EncodedText(
            row["key"],
            row["heading"] or "",
            row["text"],
            row["language"] or "",
            row["document_hash"],
            row["vector"],
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: one.key)


def hash_passages(passages: Iterable[EncodedText]) -> str:
    """Return BLAKE2b-256 of keys and documents, in hexadecimal."""
    digest = hashlib.blake2b(digest_size=32)
    for one in passages:
        digest.update(f"{one.key}\t{one.document}\n".encode())
    return digest.hexdigest()
