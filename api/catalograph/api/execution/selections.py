"""Collected fields of a selection: merged, fragments spread out, by type of object."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    get_argument_values,
    get_directive_values,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    visit,
)
from graphql.execution.values import VariableValues
from graphql.type import GraphQLIncludeDirective, GraphQLSkipDirective

Nodes = dict[str, list[FieldNode]]


@dataclass(frozen=True, slots=True)
class SelectedField:
    """One selected field of an object.

    Attributes:
        name: name of the field.
        key: response key.
        type: type of the field; None for `__typename`.
        arguments: coerced arguments, by name.
        of: fields selected of its objects, by the name of their type.
    """

    name: str
    key: str
    type: GraphQLOutputType | None
    arguments: Mapping[str, Any]
    of: "SelectedFields"


SelectedFields = Mapping[str, tuple[SelectedField, ...]]


class SelectionCollector:
    """Collects the selected fields of one operation.

    Args:
        schema: schema of the operation.
        fragments: fragments of the document, by name.
        variables: coerced values of its variables, by name.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = VariableValues({}, dict(variables))
        self.uses_variables = False

    def of_field(self, type_: GraphQLOutputType, nodes: Iterable[FieldNode]) -> SelectedFields:
        """Return the fields selected of the objects that a field answers.

        Args:
            type_: type of the field.
            nodes: all places in the document that select it under one response key.
        """
        named = get_named_type(type_)
        sets = [node.selection_set for node in nodes if node.selection_set is not None]
        if not is_composite_type(named) or not sets:
            return {}
        return {
            possible.name: tuple(self._picks(possible, sets)) for possible in self._possible(named)
        }

    def _possible(self, type_: GraphQLCompositeType) -> list[GraphQLObjectType]:
        if isinstance(type_, GraphQLObjectType):
            return [type_]
        return list(self._schema.get_possible_types(type_))

    def _picks(
        self, type_: GraphQLObjectType, sets: list[SelectionSetNode]
    ) -> Iterable[SelectedField]:
        collected: Nodes = {}
        visited: set[str] = set()
        for selections in sets:
            self._collect(type_, selections, collected, visited)
        for key, nodes in collected.items():
            node = nodes[0]
            definition = type_.fields.get(node.name.value)
            if definition is None:  # __typename, as the document is valid
                yield SelectedField(node.name.value, key, None, {}, {})
                continue
            arguments = self._arguments(definition, node)
            of = self.of_field(definition.type, nodes)
            yield SelectedField(node.name.value, key, definition.type, arguments, of)

    def _collect(
        self,
        type_: GraphQLObjectType,
        selections: SelectionSetNode,
        collected: Nodes,
        visited: set[str],
    ) -> None:
        for node in selections.selections:
            if not self._is_included(node):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                collected.setdefault(key, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                if condition is None or self._fits(type_, condition.name.value):
                    self._collect(type_, node.selection_set, collected, visited)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in visited:
                visited.add(node.name.value)
                fragment = self._fragments[node.name.value]
                if self._fits(type_, fragment.type_condition.name.value):
                    self._collect(type_, fragment.selection_set, collected, visited)

    def _fits(self, type_: GraphQLObjectType, condition: str) -> bool:
        if type_.name == condition:
            return True
        wanted = self._schema.get_type(condition)
        return is_abstract_type(wanted) and self._schema.is_sub_type(wanted, type_)

    def _is_included(self, node: Any) -> bool:
        if not node.directives:
            return True
        # The condition may be a variable; to assume so only costs the caching of the plan.
        self.uses_variables = True
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        if skip and any(skip.values()):
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return not include or all(include.values())

    def _arguments(self, definition: GraphQLField, node: FieldNode) -> Mapping[str, Any]:
        if not definition.args:
            return {}
        if node.arguments and _has_variable(node):
            self.uses_variables = True
        return get_argument_values(definition, node, self._variables)


class _Variables(Visitor):
    """Visitor that detects a variable."""

    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        """Record that there is a variable."""
        del node
        self.found = True


def _has_variable(node: FieldNode) -> bool:
    seen = _Variables()
    for argument in node.arguments or ():
        visit(argument, seen)
    return seen.found
