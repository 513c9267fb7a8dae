"""Every field of the schema, each by the shortest path of a request to it."""

import json
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from catalograph.api import build_schema

SCHEMA = build_schema()._schema
ROOTS = {
    "query": SCHEMA.query_type,
    "mutation": SCHEMA.mutation_type,
    "subscription": SCHEMA.subscription_type,
}


Place = tuple[str, ...]
"""Path to a text in an argument: the argument, then fields of input objects."""
TEXT = "$text"
"""Variable at that path; every document that has one begins with its declaration."""


class Walk:
    """Writes documents for fields.

    Args:
        known: values of arguments and input fields by name; others get any value.
    """

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self._known = known or {}

    def documents(self) -> Iterator[tuple[str, str]]:
        """Yield the name and one document of every field of every type, by the shortest path."""
        for name, around, field in self._fields():
            yield name, around % self._call(name, field)

    def texts(self) -> Iterator[tuple[str, str, str]]:
        """Yield name, type of `$text` and a document for every place where a field takes a text."""
        for name, around, field in self._fields():
            for argument, spec in field.args.items():
                for place, type_ in _places(spec.type):
                    document = around % self._call(name, field, (argument, *place))
                    operation, rest = document.split(" ", 1)
                    yield (
                        ".".join((name, argument, *place)),
                        type_,
                        f"{operation}({TEXT}: {type_}) {rest}",
                    )

    def _fields(self) -> Iterator[tuple[str, str, GraphQLField]]:
        seen: set[str] = set()
        waiting: deque[tuple[str, GraphQLNamedType]] = deque(
            (f"{operation} {{ %s }}", root) for operation, root in ROOTS.items() if root is not None
        )
        by_id: deque[tuple[str, GraphQLNamedType]] = deque()
        while waiting or by_id:
            around, type_ = (waiting or by_id).popleft()
            if type_.name in seen:
                continue
            seen.add(type_.name)
            for name, field in getattr(type_, "fields", {}).items():
                yield f"{type_.name}.{name}", around, field
                call = name + self._arguments(field.args)
                for wrap, inner in _reached(get_named_type(field.type)):
                    if isinstance(inner, GraphQLObjectType | GraphQLInterfaceType):
                        # The id given to `node` is of one type, so all other paths come first.
                        following = by_id if name == "node" else waiting
                        following.append((around % f"{call} {{ {wrap} }}", inner))

    def _call(self, name: str, field: GraphQLField, place: Place = ()) -> str:
        leaf = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
        return name.split(".")[-1] + self._arguments(field.args, place) + leaf

    def _arguments(self, given: dict[str, GraphQLArgument], place: Place = ()) -> str:
        written = [
            f"{name}: {self._literal(name, argument.type, place[1:] if at else None)}"
            for name, argument in given.items()
            if (at := name in place[:1]) or is_required_argument(argument) or name == "first"
        ]
        return f"({', '.join(written)})" if written else ""

    def _literal(self, name: str, type_: Any, place: Place | None = None) -> str:
        """Return any value of a type; with a place, the text is put there."""
        if isinstance(type_, GraphQLNonNull):
            return self._literal(name, type_.of_type, place)
        if isinstance(type_, GraphQLList):
            inner = self._literal(name, type_.of_type, place)
            return f"[{inner}]" if place is not None or name in self._known else "[]"
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_, place)
        if place is not None:
            return TEXT
        if isinstance(type_, GraphQLEnumType):
            return str(next(iter(type_.values)))
        plain = {"Int": "1", "Float": "1", "Boolean": "true", "DateTime": '"2026-01-02T03:04:05Z"'}
        return plain.get(type_.name) or json.dumps(self._known.get(name, "x"))

    def _object(self, type_: GraphQLInputObjectType, place: Place | None) -> str:
        there = (place or ())[:1]
        needed = {n for n, f in type_.fields.items() if isinstance(f.type, GraphQLNonNull)}
        if type_.is_one_of:
            needed = set() if there else {next(iter(type_.fields))}
        written = [
            f"{n}: {self._literal(n, f.type, place[1:] if place and n in there else None)}"
            for n, f in type_.fields.items()
            if n in needed or n in there
        ]
        return "{" + ", ".join(written) + "}"


def _places(type_: Any) -> Iterator[tuple[Place, str]]:
    """Yield the path and the type of each text in a value."""
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        for name, field in named.fields.items():
            yield from (((name, *place), inner) for place, inner in _places(field.type))
    elif isinstance(named, GraphQLScalarType) and named.name not in ("Int", "Float", "Boolean"):
        yield (), f"{named.name}!"


def _reached(type_: GraphQLNamedType) -> Iterator[tuple[str, GraphQLNamedType]]:
    """Yield the types that a field of a type leads to, with the text around their fields."""
    yield "%s", type_
    if isinstance(type_, GraphQLUnionType | GraphQLInterfaceType):
        for possible in SCHEMA.get_possible_types(type_):
            yield f"... on {possible} {{ %s }}", possible
            yield from ((f"... on {shared} {{ %s }}", shared) for shared in possible.interfaces)
