"""Scopes of callers, and the scope that each field needs."""

from typing import Literal, get_args

from graphql import GraphQLField, GraphQLNamedType, GraphQLSchema

from catalograph.api.decorators import PUBLIC, metadata_of, require_scope

__all__ = ["ALL_SCOPES", "LABEL_SCOPES", "Scope", "field_scopes", "require_scope", "type_scopes"]

Scope = Literal[
    "catalog:read",
    "catalog:write",
    "recommend:read",
    "user:read",
    "events:write",
    "feeds:write",
    "operations:read",
    "operations:write",
    "users:any",
    "users:erase",
    "cypher:read",
    "review:write",
    "keys:write",
]
"""`users:any` lets a service name any shopper where others may name themselves only."""

ALL_SCOPES: frozenset[str] = frozenset(get_args(Scope))

LABEL_SCOPES: dict[str, Scope] = {
    "User": "user:read",
    "Event": "user:read",
    "Model": "operations:read",
    "Run": "operations:read",
    "Assertion": "operations:read",
    "Source": "operations:read",
}
"""Scope needed to load a node of a label by its global id; `catalog:read` for all others."""


def field_scopes(schema: GraphQLSchema, parent: GraphQLNamedType, name: str) -> frozenset[str]:
    """Return the scopes that a field of a type needs, beside those of the fields around it."""
    if name.startswith("__"):
        return frozenset()
    field: GraphQLField | None = getattr(parent, "fields", {}).get(name)
    scope = metadata_of(field).get("scope")
    if scope == PUBLIC:
        return type_scopes(parent)
    if scope is not None:
        return frozenset({scope}) | type_scopes(parent)
    if parent is schema.query_type:
        return frozenset({"catalog:read"})
    if parent in (schema.mutation_type, schema.subscription_type):
        return ALL_SCOPES  # secure default: a field without a declared scope needs all
    return type_scopes(parent)


def type_scopes(type_: GraphQLNamedType) -> frozenset[str]:
    """Return the scopes that every field of a type needs."""
    definition = type_.extensions.get("strawberry-definition")
    scope = getattr(getattr(definition, "origin", None), "__catalograph_scope__", None)
    return frozenset() if scope is None else frozenset({scope})
