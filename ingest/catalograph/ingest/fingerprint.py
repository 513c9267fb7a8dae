"""Content hashes, equal on every machine and in every run for equal content."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from catalograph.schema import CompositeRecord, Node, SourceSupport, Triple


def content_hash(nodes: Iterable[Node], triples: Iterable[Triple]) -> str:
    """Return BLAKE2b-128 of a record's nodes, triples and supports, in any order."""
    said = {
        "nodes": sorted(_canonical([n.label, n.key, _flat(n.properties)]) for n in nodes),
        "triples": sorted(map(_canonical_triple, triples)),
    }
    return digest(_canonical(said))


def properties_hash(*parts: object) -> str:
    """Return BLAKE2b-128 of plain values, dictionaries in any order."""
    return digest(_canonical([_flat(p) if isinstance(p, Mapping) else p for p in parts]))


def sign_composite(record: CompositeRecord) -> CompositeRecord:
    """Return a document or an order with its content hash among the node's properties."""
    said = dict(record.node.properties) | {"content_hash": None}
    stamp = properties_hash(
        record.node.key,
        said,
        record.user,
        *({"key": part.key, **part.properties} for part in record.parts),
        *(f"{link.head}\t{link.relation}\t{link.tail.key}" for link in record.links),
    )
    return replace(record, node=replace(record.node, properties=said | {"content_hash": stamp}))


def row_hash(fields: Mapping[str, Any]) -> str:
    """Return BLAKE2b-128 of a whole row, the id of a row without one."""
    return digest(_canonical(_flat(fields)))


def secret_id(secret: bytes, *parts: str) -> str:
    """Return an id of confidential parts: HMAC-SHA256 cut to 128 bits."""
    message = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return hmac.new(secret, message, hashlib.sha256).hexdigest()[:32]


def digest(data: bytes | str) -> str:
    """Return BLAKE2b-128 as hexadecimal digits."""
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    return hashlib.blake2b(raw, digest_size=16).hexdigest()


def short_hash(text: str) -> int:
    """Return 64-bit BLAKE2b, to keep many keys in little memory."""
    raw = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(raw, "big")


def _canonical(value: object) -> str:
    try:
        return orjson.dumps(value, default=_plain, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:  # half a surrogate pair
        return json.dumps(value, default=_plain, sort_keys=True)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def _flat(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name): _exact(value) for name, value in properties.items() if value is not None}


def _exact(value: Any) -> Any:
    if value.__class__ is str and value.isascii():
        return value
    # orjson refuses integers beyond 64 bits and lone surrogates.
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "backslashreplace").decode()
    return str(value) if isinstance(value, int) and abs(value) >= 2**63 else value


def _canonical_triple(triple: Triple) -> str:
    """Return the canonical form of a triple, most of it from the last triples with its tail."""
    tail, support = triple.tail, triple.support
    if support.span is not None:  # of this text alone
        return _canonical([triple.head, triple.relation, *_rest_of(triple)])
    known = _RESTS.texts.get((id(tail), id(support)))
    if known is None or known[0] is not tail or known[1] is not support:
        known = (tail, support, _canonical(_rest_of(triple))[1:])
        if len(_RESTS.texts) >= _MOST_RESTS:
            _RESTS.texts.clear()
        _RESTS.texts[id(tail), id(support)] = known
    return f"{_canonical([triple.head, triple.relation])[:-1]},{known[2]}"


class _Rests(threading.local):
    """Canonical forms of tails with their support, by identity: feeds use one object for many."""

    def __init__(self) -> None:
        self.texts: dict[tuple[int, int], tuple[Node, SourceSupport, str]] = {}


_MOST_RESTS = 16_384
_RESTS = _Rests()


def _rest_of(triple: Triple) -> list[object]:
    """Return what a triple consists of beside head and relation."""
    support = triple.support
    span = support.span
    return [
        triple.tail.key,
        _flat(triple.tail.properties),
        support.extractor,
        support.version,
        str(support.origin),
        support.confidence,
        None if span is None else [span.field, span.start, span.end],
        support.model,
        support.prompt_hash,
        support.original,
        support.rule,
    ]
