"""Content hash of a graph, equal for two graphs with the same content."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from itertools import chain

import orjson

from catalograph.schema import Origin
from catalograph.schema.ddl import CHANGE, PLACEMENT
from catalograph.schema.keys import assertion_key
from catalograph.schema.model_kinds import MODEL_KINDS
from catalograph.schema.vectors import SLOTS
from catalograph.store.connection.connect import (
    Connection,
    Row,
)

_MODULUS = 2**256
_LEFT_OUT = frozenset({"run", "changed", "variants", "offer_since", CHANGE, PLACEMENT}).union(
    *(kind.properties(slot) for kind in MODEL_KINDS.values() for slot in SLOTS)
)


def content_hash(connection: Connection) -> str:
    """Hash all nodes and edges by key, independent of the order in which they were written.

    Excluded: data that differs between two runs of the same job (run ids and times, element ids),
    changes kept for roll-backs, the outbox, the history of prices and facts, and derived data
    (models, vectors, item-item weights, clusters, served lists, generated texts).

    Returns:
        64 hexadecimal digits: the sum of each item's BLAKE2b-256, so no sorting is needed.
    """
    total = 0
    for row in chain(connection.read("read_all_nodes"), _edges(connection)):
        digest = hashlib.blake2b(_canonical(row), digest_size=32).digest()
        total = (total + int.from_bytes(digest)) % _MODULUS
    return f"{total:064x}"


def _edges(connection: Connection) -> Iterator[Row]:
    """Yield all edges; an inline support as the assertion and the support that it stands for."""
    for row in connection.read("read_all_edges"):
        source, support = row.pop("source"), row["properties"]
        if source is None:
            yield row
            continue
        key = assertion_key(row["head"], row["relation"], row["tail"])
        given = {"origin": Origin.ASSERTED.value, "confidence": 1.0}
        yield row | {"properties": {}}
        yield {"key": key, "labels": ["Assertion"], "properties": {"key": key}}
        yield {
            "head": key,
            "relation": "SUPPORTED_BY",
            "tail": source,
            "properties": support | given,
        }


def _canonical(row: Row) -> bytes:
    properties = {
        k: v.isoformat() if isinstance(v, datetime) or hasattr(v, "iso_format") else v
        for k, v in row.pop("properties").items()
        if k not in _LEFT_OUT and "_embedding_" not in k
    }
    return orjson.dumps(row | {"properties": properties}, option=orjson.OPT_SORT_KEYS, default=str)
