"""Generated texts in the graph: written with their sources, withdrawn when one of these changes."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from catalograph.errors import NotFoundError
from catalograph.store.connection.connect import Connection, Row, Transaction


@dataclass(frozen=True, slots=True)
class ContentRow:
    """A generated text to write.

    Attributes:
        key: key `content:<hash>`.
        properties: properties of its node but the key.
        sources: key and content hash of each record that it rests on.
        assertions: keys of the assertions that it rests on.
    """

    key: str
    properties: Mapping[str, Any]
    sources: tuple[tuple[str, str], ...]
    assertions: tuple[str, ...]


def write_contents(connection: Connection, rows: Sequence[ContentRow]) -> frozenset[str]:
    """Write the variants of one text in place of earlier ones, in one transaction. Idempotent.

    Args:
        connection: connection to the graph.
        rows: at least one, all of one product, kind, language, audience and tone.

    Returns:
        Keys of those written; a text whose sources changed since they were read is not.
    """
    names = ("product", "kind", "language", "audience", "tone")
    common = {name: rows[0].properties[name] for name in names}
    given = [
        {
            "key": row.key,
            "properties": dict(row.properties),
            "sources": sorted(map(list, row.sources)),
            "assertions": sorted(row.assertions),
        }
        for row in rows
    ]
    written = connection.write(lambda tx: tx.run("write_contents", rows=given, **common))
    return frozenset(row["key"] for row in written)


def withdraw_stale_contents(tx: Transaction, products: Collection[str] | None) -> int:
    """Remove the generated texts of products whose sources changed; None looks at all products.

    Returns:
        Number of texts removed.
    """
    if products is not None and not products:
        return 0
    keys = None if products is None else sorted(products)
    [row] = tx.run("remove_stale_contents", products=keys)
    removed: int = row["removed"]
    return removed


def judge_content(connection: Connection, key: str, *, accepted: bool) -> None:
    """Note whether a generated text is good. A later judgement of the same text replaces it.

    Raises:
        NotFoundError: there is no such text; it may have been withdrawn.
    """
    found = list(connection.read("read_content", key=key))
    if found:
        parameters: Row = {
            "key": key,
            "judgement": judgement_key(key, found[0]["content"]["text"]),
            "accepted": accepted,
            "now": datetime.now(UTC),
        }
        if connection.write(lambda tx: tx.run("judge_content", **parameters)):
            return
    raise NotFoundError(
        f"There is no text '{key[:80]}'. It may have been withdrawn, as a source of it changed."
    )


def unjudge_content(connection: Connection, key: str, text: str) -> None:
    """Take the judgement of a generated text back, if there is one."""
    judgement = judgement_key(key, text)
    connection.write(lambda tx: tx.run("unjudge_content", key=key, judgement=judgement))


def judgement_key(key: str, text: str) -> str:
    """Return the key of the judgement of a text, by the key of the text and its words."""
    digest = hashlib.blake2b(f"{key}\x1f{text}".encode(), digest_size=16).hexdigest()
    return f"content-judgement:{digest}"
