"""Strawberry's decorators with a description each, typed as the function they wrap."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import strawberry
from graphql import GraphQLField

COMPILED = "The statement of the root field answers this one; it is never called."
_READY = "ready"

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T", bound=type)


def field(description: str, *, scope: str | None = None) -> Callable[[F], F]:
    """Make a method a field.

    Args:
        description: for the schema.
        scope: what the caller needs for it, beside what the fields around it need.
    """
    decorator: Callable[[F], F] = strawberry.field(
        description=description, metadata=_metadata(scope)
    )
    return decorator


def resolved_field(
    description: str, type_: object, *, scope: str | None = None
) -> Callable[[F], F]:
    """Make a method a field whose answer comes ready, as `answers.Ready`.

    Args:
        description: of the field.
        type_: of the answer in the schema.
        scope: what the caller needs for it, beside what the fields around it need.
    """
    decorator: Callable[[F], F] = strawberry.field(
        description=description, graphql_type=type_, metadata=_metadata(scope) | {_READY: True}
    )
    return decorator


def comes_ready(field: GraphQLField) -> bool:
    """Tell whether a field was made by `resolved_field`."""
    return _READY in metadata_of(field)


def metadata_of(field: GraphQLField | None) -> Mapping[str, Any]:
    """What was said of a field of the schema beyond GraphQL's own words."""
    definition = None if field is None else field.extensions.get("strawberry-definition")
    return getattr(definition, "metadata", None) or {}


def compiled_field(description: str, *, scope: str | None = None) -> Callable[[F], F]:
    """Make a method a field that the statement of its root field answers; it is never called."""
    return field(description, scope=scope)


def mutation(description: str, *, scope: str | None = None) -> Callable[[F], F]:
    """Make a method a mutation; without a scope of its own it needs every scope there is."""
    decorator: Callable[[F], F] = strawberry.mutation(
        description=description, metadata=_metadata(scope)
    )
    return decorator


def subscription(description: str, *, scope: str | None = None) -> Callable[[F], F]:
    """Make a method a subscription; without a scope of its own it needs every scope there is."""
    decorator: Callable[[F], F] = strawberry.subscription(
        description=description, metadata=_metadata(scope)
    )
    return decorator


def require_scope(scope: str) -> Callable[[T], T]:
    """Make a scope needed for every field of a type, from wherever the type is reached."""

    def mark(type_: T) -> T:
        type_.__catalograph_scope__ = scope  # type: ignore[attr-defined]
        return type_

    return mark


def describe_argument(description: str) -> object:
    """Describe an argument, inside its `Annotated`."""
    return strawberry.argument(description=description)


def _metadata(scope: str | None) -> dict[str, Any]:
    return {} if scope is None else {"scope": scope}
