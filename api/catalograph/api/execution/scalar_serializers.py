"""Serializers of scalar and enum values for the response."""

import datetime as dt
from collections.abc import Callable
from enum import Enum
from typing import Any

from graphql import GraphQLEnumType, get_named_type, get_nullable_type
from graphql import is_list_type as is_list

Shaper = Callable[[Any], Any]


def leaf(type_: Any) -> Shaper | None:
    """Return the serializer of a leaf type, lists included; None if values need no conversion."""
    nullable = get_nullable_type(type_)
    if is_list(nullable):
        one = leaf(nullable.of_type)
        return None if one is None else _serialize_list(one)
    named = get_named_type(nullable)
    if isinstance(named, GraphQLEnumType):
        return _enum(named)
    if named.name in ("DateTime", "Date"):
        return _time
    if named.name == "Decimal":
        return _decimal
    return None


def _serialize_list(one: Shaper) -> Shaper:
    return lambda values: None if values is None else [one(value) for value in values]


def _enum(type_: GraphQLEnumType) -> Shaper:
    names: dict[Any, str] = {}
    for name, entry in type_.values.items():
        value = entry.value.value if isinstance(entry.value, Enum) else entry.value
        names[value] = name
    names[None] = None  # type: ignore[assignment]

    def name_of(value: Any) -> str:
        return names[value.value if isinstance(value, Enum) else value]

    return name_of


def _decimal(value: Any) -> str | None:
    """Return a decimal number as text, without an exponent."""
    return None if value is None else format(value, "f")


def _time(value: Any) -> str | None:
    """Return ISO 8601, of Neo4j's times as of Python's."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dt.date):
        return value.isoformat()
    text: str = value.to_native().isoformat()
    return text
