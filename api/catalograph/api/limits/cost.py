"""Cost of an operation: the number of objects that it may request, computed from its variables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLList,
    IntValueNode,
    ValueNode,
    VariableNode,
    get_nullable_type,
)

_SIZES = ("first", "last")
_SIZED = ("edges", "nodes", "items", "values")
"""Lists whose size is set by `first` or `last` of the field around them, or by `values`."""
_INNER = "values"
"""Argument of a list that sets the size of the lists within it, as of facets."""


@dataclass(frozen=True)
class FieldShape:
    """The number of objects that a field answers.

    Attributes:
        many: whether it is a list.
        sized: whether the field around it sets its size.
        sizes: values of `first` and `last`: a number, or the name of a variable.
        inner: value of `values`, likewise; None without one.
    """

    many: bool
    sized: bool
    sizes: tuple[int | str, ...]
    inner: int | str | None = None


@dataclass(frozen=True)
class Term:
    """A field that answers objects, and the cost of one of them."""

    shape: FieldShape
    inner: "Cost"


@dataclass
class Cost:
    """A sum of fields, and of fragments, which occur in it once for each spread."""

    terms: list[Term] = field(default_factory=list)
    parts: list["Cost"] = field(default_factory=list)


def shape_of(node: FieldNode, definition: GraphQLField | None) -> FieldShape:
    """Return the shape of a field by its arguments and type."""
    type_ = None if definition is None else get_nullable_type(definition.type)
    many = isinstance(type_, GraphQLList)
    given = {argument.name.value: argument.value for argument in node.arguments or ()}

    def read_size(name: str) -> int | str | None:
        default = None
        if definition is not None and name in definition.args:
            default = definition.args[name].default_value
        return _size(given.get(name), default)

    sizes = tuple(size for name in _SIZES if (size := read_size(name)) is not None)
    return FieldShape(
        many, many and not sizes and node.name.value in _SIZED, sizes, read_size(_INNER)
    )


def _size(value: ValueNode | None, default: Any) -> int | str | None:
    if isinstance(value, VariableNode):
        return value.name.value
    if isinstance(value, IntValueNode):
        return max(int(value.value), 0)
    return default if isinstance(default, int) else None


def evaluate(cost: Cost, variables: Mapping[str, Any], list_size: int) -> int:
    """Return the value of a cost.

    A cost is a + b N, where N is the size set by the field around; each sum is computed once
    as the pair of a and b, for any N.

    Args:
        cost: cost of an operation.
        variables: variables with their defaults.
        list_size: size assumed for a list without one.
    """
    known: dict[int, tuple[int, int]] = {}

    def pair(sum_: Cost) -> tuple[int, int]:
        found = known.get(id(sum_))
        if found is not None:
            return found
        a = b = 0
        for part in sum_.parts:
            more_a, more_b = pair(part)
            a, b = a + more_a, b + more_b
        for term in sum_.terms:
            size = _stated_length(term.shape.sizes, variables)
            inner_a, inner_b = pair(term.inner)
            inner = () if term.shape.inner is None else (term.shape.inner,)
            within = _stated_length(inner, variables) if term.shape.many else size
            told = list_size if within is None else within
            one = 1 + inner_a + inner_b * told
            if term.shape.sized:
                b += one
            elif term.shape.many:
                a += one * (list_size if size is None else size)
            else:
                a += one
        known[id(sum_)] = a, b
        return a, b

    a, b = pair(cost)
    return a + b * list_size


def _stated_length(sizes: Sequence[int | str], variables: Mapping[str, Any]) -> int | None:
    values = [variables.get(size) if isinstance(size, str) else size for size in sizes]
    # GraphQL itself refuses a value that is not a number, when it coerces the variables.
    numbers = [max(size, 0) for size in values if isinstance(size, int)]
    return max(numbers, default=None)
