"""Convert values between JSON and the driver; vectors are replaced by a note of their length."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from neo4j.graph import Node, Path, Relationship
from neo4j.spatial import Point
from neo4j.time import Date, DateTime, Duration, Time

from catalograph.errors import StatementInvalidError

VECTOR_LENGTH = 64
"""Smallest number of floats in a list that counts as a vector, wherever it occurs."""
_MAX_DEPTH = 32
"""Largest nesting depth of parameters."""


def as_json(value: Any) -> Any:
    """Convert a value of a result to JSON types.

    Nodes become `{labels, properties}`, relations `{type, start, end, properties}` with the keys
    of their ends if known, paths `{nodes, relationships}`; times become ISO 8601 texts; a float
    that JSON cannot represent becomes null; a vector becomes a note of its length.
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Node):
        return {"labels": sorted(value.labels), "properties": _map(value.items())}
    if isinstance(value, Relationship):
        return _relationship(value)
    if isinstance(value, Path):
        return {
            "nodes": [as_json(node) for node in value.nodes],
            "relationships": [as_json(edge) for edge in value.relationships],
        }
    if isinstance(value, Mapping):
        return _map(value.items())
    if isinstance(value, list | tuple) and not isinstance(value, Duration | Point):
        return _list(value)
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, Duration | Date | DateTime | Time):
        return value.iso_format().replace(".000000000", "")
    if isinstance(value, Point):
        return {"srid": value.srid, "coordinates": list(value)}
    if isinstance(value, bytes | bytearray):
        return f"({len(value):,} bytes)"
    return value


def _relationship(edge: Relationship) -> dict[str, Any]:
    start, end = edge.start_node, edge.end_node
    return {
        "type": edge.type,
        "start": start.get("key") if start is not None else None,
        "end": end.get("key") if end is not None else None,
        "properties": _map(edge.items()),
    }


def _map(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {
        str(name): _note(value) if _is_embedding(name, value) else as_json(value)
        for name, value in items
    }


def _is_embedding(name: str, value: Any) -> bool:
    return isinstance(value, list) and "_embedding_" in name


def _note(vector: list[Any] | tuple[Any, ...]) -> str:
    return f"(vector of {len(vector)} floats)"


def _list(values: list[Any] | tuple[Any, ...]) -> Any:
    if len(values) >= VECTOR_LENGTH and all(isinstance(value, float) for value in values):
        return _note(values)
    return [as_json(value) for value in values]


def as_parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    """Check that the Bolt protocol can send the parameters.

    Raises:
        StatementInvalidError: an integer exceeds 64 bits, or the nesting is too deep.
    """
    _check_parameter(given, 0)
    return dict(given)


def _check_parameter(value: Any, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise StatementInvalidError(
            f"The parameters are nested deeper than {_MAX_DEPTH} levels. Flatten them."
        )
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise StatementInvalidError(
            f"The parameter value {value} is beyond 64 bits. Pass it as a string."
        )
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            _check_parameter(item, depth + 1)
