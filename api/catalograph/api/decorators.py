"""Strawberry's decorators with a description each, typed as the function they wrap."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import strawberry
from graphql import GraphQLField

COMPILED = "The statement of the root field answers this one; it is never called."
PUBLIC = "public"
"""In place of a scope: the field tells nothing of the graph, and everybody may ask for it."""
_READY = "ready"
_KEPT = "kept"

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T", bound=type)


def field(description: str, *, scope: str | None = None) -> Callable[[F], F]:
    """Make a method a field.

    Args:
        description: description in the schema.
        scope: scope that the field needs, beside those of the fields around it.
    """
    decorator: Callable[[F], F] = strawberry.field(
        description=description, metadata=_metadata(scope)
    )
    return decorator


def resolved_field(
    description: str, type_: object, *, scope: str | None = None, kept: bool = False
) -> Callable[[F], F]:
    """Make a method a field whose answer is already complete, an `executor.CompletedValue`.

    Args:
        description: description in the schema.
        type_: type of the answer in the schema.
        scope: scope that the field needs, beside those of the fields around it.
        kept: whether its answers come by `execution.answer_kept`.
    """
    metadata = _metadata(scope) | {_READY: True, _KEPT: kept}
    decorator: Callable[[F], F] = strawberry.field(
        description=description, graphql_type=type_, metadata=metadata
    )
    return decorator


def comes_ready(field: GraphQLField) -> bool:
    """Return whether a field was made by `resolved_field`."""
    return _READY in metadata_of(field)


def may_be_kept(field: GraphQLField) -> bool:
    """Return whether answers of a field may be in the cache."""
    return bool(metadata_of(field).get(_KEPT))


def metadata_of(field: GraphQLField | None) -> Mapping[str, Any]:
    """Return this project's metadata of a field of the schema."""
    definition = None if field is None else field.extensions.get("strawberry-definition")
    return getattr(definition, "metadata", None) or {}


def compiled_field(description: str, *, scope: str | None = None) -> Callable[[F], F]:
    """Make a method a field that its root field's statement answers; the method is never called."""
    return field(description, scope=scope)


def mutation(description: str, *, scope: str | None = None) -> Callable[[F], F]:
    """Make a method a mutation; without a scope of its own it needs all scopes."""
    decorator: Callable[[F], F] = strawberry.mutation(
        description=description, metadata=_metadata(scope)
    )
    return decorator


def subscription(description: str, *, scope: str | None = None) -> Callable[[F], F]:
    """Make a method a subscription; without a scope of its own it needs all scopes."""
    decorator: Callable[[F], F] = strawberry.subscription(
        description=description, metadata=_metadata(scope)
    )
    return decorator


def require_scope(scope: str) -> Callable[[T], T]:
    """Require a scope for every field of a type, on every path to the type."""

    def mark(type_: T) -> T:
        type_.__catalograph_scope__ = scope  # type: ignore[attr-defined]
        return type_

    return mark


def describe_argument(description: str) -> object:
    """Describe an argument, inside its `Annotated`."""
    return strawberry.argument(description=description)


def _metadata(scope: str | None) -> dict[str, Any]:
    return {} if scope is None else {"scope": scope}
