"""Strawberry's decorators with a description each, typed as the function they wrap."""

from collections.abc import Callable
from typing import Any, TypeVar

import strawberry

F = TypeVar("F", bound=Callable[..., Any])


def field(description: str) -> Callable[[F], F]:
    """Make a method a field."""
    decorator: Callable[[F], F] = strawberry.field(description=description)
    return decorator


def mutation(description: str) -> Callable[[F], F]:
    """Make a method a mutation."""
    decorator: Callable[[F], F] = strawberry.mutation(description=description)
    return decorator


def about(description: str) -> object:
    """Describe an argument, inside its `Annotated`."""
    return strawberry.argument(description=description)
