"""One pass over a document: its size, the cost of its operations and the scopes they need.

Every fragment is measured once, by itself, and not again at each place where it is spread: its
height is its own, and the number of its fields is found by multiplication. So the pass is linear in
the document, also where fragments spread each other twice on every level, and the result is the
same whether fragments are named or written out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SchemaMetaFieldDef,
    SelectionNode,
    SelectionSetNode,
    TypeMetaFieldDef,
    get_named_type,
    value_from_ast_untyped,
)

from catalograph.api.auth.scopes import field_scopes
from catalograph.api.limits.cost import Cost, Term, shape_of

_INTROSPECTION = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}


@dataclass
class Measure:
    """Measures of a selection, with all fragments spread out.

    Attributes:
        depth: levels of fields.
        fields: number of fields; likewise `spreads`, `aliases`, `directives`. Spreads are counted
            separately, as a fragment may be empty.
        root_fields: number of fields of the uppermost level.
        lists: depth of lists within lists, below an introspection field.
        introspects: whether the schema is selected.
        needs: each scope needed, with the first field that needs it.
        cost: number of objects, as a sum that may hold variables.
    """

    depth: int = 0
    fields: int = 0
    spreads: int = 0
    aliases: int = 0
    directives: int = 0
    root_fields: int = 0
    lists: int = 0
    introspects: bool = False
    needs: dict[str, str] = field(default_factory=dict)
    cost: Cost = field(default_factory=Cost)

    def add(self, other: "Measure") -> None:
        """Add the measure of a sibling on the same level."""
        self.depth = max(self.depth, other.depth)
        self.lists = max(self.lists, other.lists)
        self.fields += other.fields
        self.spreads += other.spreads
        self.aliases += other.aliases
        self.directives += other.directives
        self.root_fields += other.root_fields
        self.introspects |= other.introspects
        self.needs = other.needs | self.needs


@dataclass(frozen=True)
class MeasuredOperation:
    """An operation with its measures.

    Attributes:
        name: name; None without one.
        type: query, mutation or subscription.
        measure: measure of all its fields.
        node: node of the document.
        defaults: default values of its variables.
        fragments: fragments of the document, by name.
    """

    name: str | None
    type: OperationType
    measure: Measure
    node: OperationDefinitionNode
    defaults: Mapping[str, Any]
    fragments: dict[str, FragmentDefinitionNode]


def measure_document(schema: GraphQLSchema, document: DocumentNode) -> list[MeasuredOperation]:
    """Measure each operation of a document, which may be invalid.

    Raises:
        GraphQLError: fragments spread each other in a circle; one is unknown or never spread; a
            type has no such field.
    """
    return _Pass(schema, document).operations()


class _Pass:
    """State of the pass: the measures of the fragments so far."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._document = document
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._measured: dict[str, Measure | None] = {}

    def operations(self) -> list[MeasuredOperation]:
        found = [
            MeasuredOperation(
                node.name.value if node.name else None,
                node.operation,
                self._operation(node),
                node,
                _defaults(node),
                self._fragments,
            )
            for node in self._document.definitions
            if isinstance(node, OperationDefinitionNode)
        ]
        for name, node in self._fragments.items():
            # An unused fragment was not measured, so it might have any size.
            if name not in self._measured:
                raise GraphQLError(f"Fragment '{name}' is never used.", node)
        return found

    def _operation(self, node: OperationDefinitionNode) -> Measure:
        root = self._schema.get_root_type(node.operation)
        measure = self._selections(node.selection_set, root)
        measure.directives += len(node.directives or ())
        measure.directives += sum(len(v.directives or ()) for v in node.variable_definitions or ())
        return measure

    def _selections(self, node: SelectionSetNode, parent: GraphQLNamedType | None) -> Measure:
        total = Measure()
        for selection in node.selections:
            if isinstance(selection, FieldNode):
                part = self._field(selection, parent)
                total.cost.terms.extend(part.cost.terms)
            else:
                part = self._spread(selection, parent)
                total.cost.parts.append(part.cost)
                total.spreads += 1
            total.add(part)
            total.directives += len(selection.directives or ())
        return total

    def _spread(self, node: SelectionNode, parent: GraphQLNamedType | None) -> Measure:
        if isinstance(node, InlineFragmentNode):
            condition = node.type_condition
            type_ = self._schema.get_type(condition.name.value) if condition else parent
            return self._selections(node.selection_set, type_)
        return self._fragment(cast("FragmentSpreadNode", node))

    def _fragment(self, node: FragmentSpreadNode) -> Measure:
        name = node.name.value
        if name in self._measured:
            known = self._measured[name]
            if known is None:
                raise GraphQLError(f"Fragment '{name}' spreads itself.", self._fragments[name])
            return known
        fragment = self._fragments.get(name)
        if fragment is None:
            raise GraphQLError(f"Unknown fragment '{name}'.", node)
        self._measured[name] = None  # in progress: a second visit means a circle
        type_ = self._schema.get_type(fragment.type_condition.name.value)
        measure = self._selections(fragment.selection_set, type_)
        measure.directives += len(fragment.directives or ())
        self._measured[name] = measure
        return measure

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Measure:
        name = node.name.value
        definition = self._definition(parent, name)
        if definition is None and parent is not None and name != "__typename":
            # Stop at the first unknown field: one error is enough to refuse the document.
            raise GraphQLError(f"Cannot query field '{name}' on type '{parent}'.", node)
        type_ = None if definition is None else get_named_type(definition.type)
        inner = self._selections(node.selection_set, type_) if node.selection_set else Measure()
        shape = shape_of(node, definition)
        introspects = name in _INTROSPECTION
        needs = {} if parent is None else field_scopes(self._schema, parent, name)
        return Measure(
            depth=inner.depth + 1,
            fields=inner.fields + 1,
            spreads=inner.spreads,
            aliases=inner.aliases + (node.alias is not None),
            directives=inner.directives,
            root_fields=1,
            lists=inner.lists + (shape.many and (parent is None or parent.name.startswith("__"))),
            introspects=inner.introspects or introspects,
            needs=dict.fromkeys(needs, f"{parent}.{name}") | inner.needs,
            # Introspection is free: it does not read the graph.
            cost=Cost()
            if introspects or not node.selection_set
            else Cost([Term(shape, inner.cost)]),
        )

    def _definition(self, parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
        if parent is self._schema.query_type and name in _INTROSPECTION:
            return _INTROSPECTION[name]
        found: GraphQLField | None = getattr(parent, "fields", {}).get(name)
        return found


def pairs_alike(document: DocumentNode, budget: int) -> int:
    """Return the number of pairs of fields at the same place with the same response name.

    GraphQL's validation compares each such pair. Everything is spread out here, so a document's
    number of fields and of spreads has to be checked first.

    Args:
        document: document without circles and unknown fragments.
        budget: limit of the count; counting stops when it is exceeded.
    """
    fragments: Mapping[str, SelectionSetNode] = {
        node.name.value: node.selection_set
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    waiting = [
        [node.selection_set]
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
    ]
    pairs = 0
    while waiting and pairs <= budget:
        alike: dict[str, list[SelectionSetNode | None]] = {}
        for selections in waiting.pop():
            for node in _spread_out(selections, fragments):
                name = (node.alias or node.name).value
                alike.setdefault(name, []).append(node.selection_set)
        for inner in alike.values():
            pairs += len(inner) * (len(inner) - 1) // 2
            if below := [selections for selections in inner if selections is not None]:
                waiting.append(below)
    return pairs


def _spread_out(
    selections: SelectionSetNode, fragments: Mapping[str, SelectionSetNode]
) -> Iterator[FieldNode]:
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _spread_out(node.selection_set, fragments)
        elif isinstance(node, FragmentSpreadNode) and node.name.value in fragments:
            yield from _spread_out(fragments[node.name.value], fragments)


def _defaults(node: OperationDefinitionNode) -> Mapping[str, Any]:
    return {
        variable.variable.name.value: value_from_ast_untyped(variable.default_value)
        for variable in node.variable_definitions or ()
        if variable.default_value is not None
    }
