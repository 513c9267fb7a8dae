"""Cost of an operation: the number of objects that it may request, computed from its variables."""

from collections.abc import Mapping
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
_SIZED = ("edges", "nodes", "items")
"""Lists whose size is set by `first` or `last` of the field around them."""


@dataclass(frozen=True)
class FieldShape:
    """The number of objects that a field answers.

    Attributes:
        many: whether it is a list.
        sized: whether the field around it sets its size.
        sizes: values of `first` and `last`: a number, or the name of a variable.
    """

    many: bool
    sized: bool
    sizes: tuple[int | str, ...]


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
    sizes = []
    for name in _SIZES:
        default = None
        if definition is not None and name in definition.args:
            default = definition.args[name].default_value
        size = _size(given.get(name), default)
        if size is not None:
            sizes.append(size)
    return FieldShape(many, many and not sizes and node.name.value in _SIZED, tuple(sizes))


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
            size = _stated_length(term.shape, variables)
            inner_a, inner_b = pair(term.inner)
            told = list_size if size is None or term.shape.many else size
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


def _stated_length(shape: FieldShape, variables: Mapping[str, Any]) -> int | None:
    sizes = [variables.get(size) if isinstance(size, str) else size for size in shape.sizes]
    # GraphQL itself refuses a value that is not a number, when it coerces the variables.
    numbers = [max(size, 0) for size in sizes if isinstance(size, int)]
    return max(numbers, default=None)
