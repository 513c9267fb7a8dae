"""The schema as committed, and that it tells what everything is."""

from pathlib import Path

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLNamedType

from catalograph.api import build_schema, schema_sdl

SDL = Path(__file__).parents[3] / "api" / "schema.graphql"
TYPES = {
    name: type_
    for name, type_ in build_schema()._schema.type_map.items()
    if not name.startswith("__")
}


def test_the_committed_schema_is_current() -> None:
    assert SDL.read_text() == schema_sdl(), "print catalograph.api.schema_sdl() into it"


@pytest.mark.parametrize("type_", TYPES.values(), ids=str)
def test_everything_is_described(type_: GraphQLNamedType) -> None:
    assert type_.description
    if isinstance(type_, GraphQLEnumType):
        return
    for name, field in getattr(type_, "fields", {}).items():
        assert field.description, f"{type_}.{name}"
        if not isinstance(type_, GraphQLInputObjectType):
            for argument, value in field.args.items():
                assert value.description, f"{type_}.{name}({argument})"
