"""The schema as committed, that it tells what everything is, and that it breaks no client."""

from pathlib import Path

import graphql
import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLNamedType

from catalograph.api import build_schema, schema_sdl

SDL = Path(__file__).parents[3] / "api" / "schema.graphql"
RELEASED = SDL.parent / "clients" / "released.graphql"
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


def broken(released: str, current: str) -> list[str]:
    """What a client of the released schema could no longer do."""
    schemas = (graphql.build_schema(text) for text in (released, current))
    return [change.type.name for change in graphql.find_breaking_changes(*schemas)]


def test_nothing_is_broken_that_was_released() -> None:
    assert broken(RELEASED.read_text(), SDL.read_text()) == [], "see CONTRIBUTING.md, Releases"


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("  totalCount: Int\n", "  total: Int\n", "FIELD_REMOVED"),
        ("  totalCount: Int\n", "  totalCount: Float\n", "FIELD_CHANGED_KIND"),
        ("  POPULARITY\n", "  POPULAR\n", "VALUE_REMOVED_FROM_ENUM"),
        (
            "  userKey: String!\n",
            "  userKey: String!\n  more: String!\n",
            "REQUIRED_INPUT_FIELD_ADDED",
        ),
        ("    key: String!\n  ): Product\n", "    key: ID!\n  ): Product\n", "ARG_CHANGED_KIND"),
    ],
)
def test_what_would_break_a_client_is_noticed(old: str, new: str, change: str) -> None:
    sdl = RELEASED.read_text()
    assert old in sdl
    assert change in broken(sdl, sdl.replace(old, new))


def test_what_only_adds_breaks_nothing() -> None:
    sdl = RELEASED.read_text()
    old = "    key: String!\n  ): Product\n"
    assert old in sdl
    more = "    key: String!\n    locale: String\n  ): Product\n  count: Int!\n"
    assert broken(sdl, sdl.replace(old, more)) == []
