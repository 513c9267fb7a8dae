"""Field by role: every field there is, asked without each scope it needs."""

from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest
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
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    parse,
)

from catalograph.api import build_schema
from catalograph.api.auth import ALL_SCOPES, new_key
from catalograph.api.limits import measure_document

from .conftest import Serve

SCHEMA = build_schema()._schema
TYPES = {n: t for n, t in SCHEMA.type_map.items() if not n.startswith("__")}
ROOTS = {
    "query": SCHEMA.query_type,
    "mutation": SCHEMA.mutation_type,
    "subscription": SCHEMA.subscription_type,
}


def literal(type_: Any) -> str:
    """Any value of a type, as it is written in a document."""
    if isinstance(type_, GraphQLNonNull):
        return literal(type_.of_type)
    if isinstance(type_, GraphQLList):
        return "[]"
    if isinstance(type_, GraphQLEnumType):
        return str(next(iter(type_.values)))
    if isinstance(type_, GraphQLInputObjectType):
        needed = {n: f for n, f in type_.fields.items() if isinstance(f.type, GraphQLNonNull)}
        if type_.is_one_of:
            needed = dict([next(iter(type_.fields.items()))])
        return "{" + ", ".join(f"{n}: {literal(f.type)}" for n, f in needed.items()) + "}"
    return {"Int": "1", "Float": "1", "Boolean": "true"}.get(type_.name, '"x"')


def arguments(given: dict[str, GraphQLArgument]) -> str:
    needed = [
        f"{name}: {literal(argument.type)}"
        for name, argument in given.items()
        if is_required_argument(argument) or name == "first"
    ]
    return f"({', '.join(needed)})" if needed else ""


def leaf(field: GraphQLField) -> str:
    return "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"


def reached(type_: GraphQLNamedType) -> Iterator[tuple[str, GraphQLNamedType]]:
    """The types a field of a type leads to, with what stands around their fields."""
    yield "%s", type_
    if isinstance(type_, GraphQLUnionType | GraphQLInterfaceType):
        for possible in SCHEMA.get_possible_types(type_):
            yield f"... on {possible} {{ %s }}", possible
            yield from ((f"... on {shared} {{ %s }}", shared) for shared in possible.interfaces)


def documents() -> Iterator[tuple[str, str]]:
    """One document for every field of every type that a request can reach, by the shortest way."""
    seen: set[str] = set()
    waiting: deque[tuple[str, GraphQLNamedType]] = deque(
        (f"{operation} {{ %s }}", root) for operation, root in ROOTS.items() if root is not None
    )
    while waiting:
        around, type_ = waiting.popleft()
        if type_.name in seen:
            continue
        seen.add(type_.name)
        for name, field in getattr(type_, "fields", {}).items():
            call = name + arguments(field.args)
            yield f"{type_.name}.{name}", around % (call + leaf(field))
            for wrap, inner in reached(get_named_type(field.type)):
                if isinstance(inner, GraphQLObjectType | GraphQLInterfaceType):
                    waiting.append((around % f"{call} {{ {wrap} }}", inner))


FIELDS = dict(documents())
NEEDS = {
    name: frozenset(measure_document(SCHEMA, parse(text))[0].measure.needs)
    for name, text in FIELDS.items()
}


def test_every_field_of_every_type_is_reached() -> None:
    there_are = {
        f"{name}.{field}"
        for name, type_ in TYPES.items()
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
        for field in type_.fields
    }
    assert there_are - set(FIELDS) == set()


def test_no_field_is_open_to_everybody() -> None:
    assert [name for name, needs in NEEDS.items() if not needs] == []


def test_every_field_that_writes_says_what_it_needs() -> None:
    """One that does not say needs every scope, so no key but an administrator's could use it."""
    assert [name for name, needs in NEEDS.items() if needs == ALL_SCOPES] == []


@pytest.mark.anyio
async def test_no_field_is_answered_without_each_scope_it_needs(serve: Serve) -> None:
    """Asked as a key that has all scopes but one, and as nobody."""
    made = {scope: new_key(scope.replace(":", "-"), ALL_SCOPES - {scope}) for scope in ALL_SCOPES}
    lines = ";".join(line for _, line in made.values())
    through = []
    async with serve(auth={"api_keys": lines}, rate="1000000000/minute") as client:
        for name, text in FIELDS.items():
            if text.startswith("subscription"):
                continue  # comes by web socket only; its scopes are found by the same pass
            asked: list[tuple[str, dict[str, str]]] = [("UNAUTHENTICATED", {})]
            asked += [("FORBIDDEN", {"x-api-key": made[scope][0]}) for scope in NEEDS[name]]
            for code, headers in asked:
                answer = (
                    await client.post("/graphql", json={"query": text}, headers=headers)
                ).json()
                codes = {e["extensions"]["code"] for e in answer.get("errors", [])}
                statements = answer["extensions"]["cost"]["statements"]
                if codes != {code} or "data" in answer or statements:
                    through.append((name, code, answer))
    assert through == []


@pytest.mark.anyio
async def test_a_key_of_just_the_scopes_is_let_through(serve: Serve) -> None:
    sets = {needs for needs in NEEDS.values() if needs}
    made = {needs: new_key(f"key{n}", needs) for n, needs in enumerate(sets)}
    lines = ";".join(line for _, line in made.values())
    refused = []
    async with serve(auth={"api_keys": lines}, rate="1000000000/minute") as client:
        for needs, (key, _) in made.items():
            text = next(FIELDS[name] for name in FIELDS if NEEDS[name] == needs)
            answer = (
                await client.post("/graphql", json={"query": text}, headers={"x-api-key": key})
            ).json()
            codes = {e["extensions"]["code"] for e in answer.get("errors", [])}
            if codes & {"FORBIDDEN", "UNAUTHENTICATED"}:
                refused.append((needs, answer))
    assert refused == []
