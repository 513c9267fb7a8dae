"""Plans: the query of the store for a selection, and the function that writes the answer.

Objects of the graph are rows of the store, read through the allow-list of their type in the store.
Other objects are the API's own values, read by attribute. Both are written in one pass.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from operator import attrgetter, itemgetter
from typing import Any

from graphql import GraphQLOutputType, get_named_type, get_nullable_type, is_composite_type
from graphql import is_list_type as is_list

from catalograph.api.cursors import CursorSigner
from catalograph.api.execution.commerce_fields import BOUND_FIELDS, COMMERCE_FIELDS
from catalograph.api.execution.computed_fields import COMPUTED_FIELDS, ComputedField, snake
from catalograph.api.execution.pages import PageAnswer, page_answer, page_request
from catalograph.api.execution.scalar_serializers import Shaper, leaf
from catalograph.api.execution.selections import SelectedField, SelectedFields
from catalograph.api.facets import facet_request
from catalograph.api.filters import filters_of, price_currency
from catalograph.api.prices import ShopPrices
from catalograph.errors import UnknownTypeError
from catalograph.schema.protocols import ValueReader
from catalograph.store.queries.projection import (
    AT,
    FIELDS,
    FacetRequest,
    FieldSelection,
    NodeStatement,
    PageRequest,
    PageSpec,
    Selection,
    depends_on_product_alone,
    node_statement,
)
from catalograph.store.queries.projection.fields import (
    ComputedExpression,
    FieldSpec,
    LinkedField,
    StoredField,
)

GRAPH_TYPES: Mapping[str, str] = {
    "AttributeValue": "Value",
    "ModelCard": "Model",
} | {
    name: name
    for name in (
        "Assertion",
        "Attribute",
        "Brand",
        "Category",
        "Document",
        "Event",
        "ImputedFact",
        "Mention",
        "Offer",
        "Order",
        "OrderLine",
        "Passage",
        "PastAssertion",
        "Product",
        "ProductGroup",
        "Return",
        "Review",
        "Run",
        "Shipment",
        "Support",
        "User",
    )
}
"""GraphQL types that are rows of the graph, and their names in the store."""

HIGHLIGHTED = ("title", "description")
"""Fields of products in which matches are highlighted."""
PAGING = frozenset({"first", "after", "last", "before", "order_by", "filter"})


@dataclass(frozen=True, slots=True)
class NodePlan:
    """A node of the graph.

    Attributes:
        statement: statement that reads it.
        shape: function that writes it.
        alone: whether the answer depends on this one product alone.
    """

    statement: NodeStatement
    shape: Shaper
    alone: bool


@dataclass(frozen=True, slots=True)
class PagePlan:
    """A connection that starts at no node: the query of its rows, and the function that writes it.

    Attributes:
        selection: selection of each row.
        shape: function that writes a `PageAnswer`.
        total: whether the number of all rows is selected.
        facets: facets to count; None if none are selected.
        currency: whether the currency in which prices are compared is selected.
        understood: whether it is selected what a query was understood as.
        highlights: whether matches in texts are selected.
        served: whether the id of the list in the log is selected, so that it is logged.
    """

    selection: Selection
    shape: Shaper
    total: bool
    facets: FacetRequest | None
    currency: bool
    understood: bool
    highlights: bool
    served: bool


@dataclass(frozen=True, slots=True)
class ObjectPlan:
    """A value of the API: the function that writes it, and the selections of the nodes below it.

    Attributes:
        shape: function that writes the value.
        selections: fields of the nodes that it holds as rows, by type of the store.
    """

    shape: Shaper
    selections: Mapping[str, Selection]


@dataclass(slots=True)
class _Wanted:
    """Fields of a node, gathered from all places that select them."""

    type: str
    fields: dict[str, FieldSelection] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """Add a value, which is read once however often it is selected; return its slot."""
        self.fields.setdefault(name, FieldSelection(name, name))
        return name

    def nodes(self, name: str, of: Selection, page: PageRequest | None = None) -> str:
        """Add related nodes, with a slot of their own for each place; return the slot."""
        slot, n = name, 1
        while slot in self.fields:
            n += 1
            slot = f"{name}_{n}"
        self.fields[slot] = FieldSelection(name, slot, of, page)
        return slot

    def selection(self) -> Selection:
        """Return all of them as one selection."""
        return Selection(self.type, tuple(self.fields.values()))


class Planner:
    """Makes plans for one selection.

    Args:
        cursors: signer of cursors.
        prices: settings of the shop that concern prices.
        values: reader of attributes and values in filters.
    """

    def __init__(self, cursors: CursorSigner, prices: ShopPrices, values: ValueReader) -> None:
        self._cursors = cursors
        self._prices = prices
        self._values = values
        self._below: dict[str, _Wanted] = {}

    def node(self, type_: str, picks: tuple[SelectedField, ...]) -> NodePlan:
        """Plan one node of the graph.

        Args:
            type_: GraphQL type of the node.
            picks: fields that are selected of it.
        """
        wanted = _Wanted(GRAPH_TYPES[type_])
        shape = self._row(type_, picks, wanted)
        selection = wanted.selection()
        return NodePlan(node_statement(selection), shape, depends_on_product_alone(selection))

    def page(self, picks: SelectedFields, connection: str) -> PagePlan:
        """Plan a connection that starts at no node."""
        asked = picks[connection]
        wanted = _Wanted(GRAPH_TYPES[connection.removesuffix("Connection")])
        shape = self._connection(picks, connection, wanted)
        names = {pick.name for pick in asked}
        facets = [(p.arguments, _selects_ranges(p)) for p in asked if p.name == "facets"]
        return PagePlan(
            wanted.selection(),
            shape,
            bool(names & {"totalCount", "totalCountRelation"}),
            facet_request(facets),
            "priceCurrency" in names,
            "understood" in names,
            any(one.name == "highlights" for one in _edge_fields(asked)),
            "servedId" in names,
        )

    def object(self, type_: GraphQLOutputType, picks: SelectedFields) -> ObjectPlan:
        """Plan a value of the API."""
        shape = self._value(type_, picks)
        return ObjectPlan(shape, {name: w.selection() for name, w in self._below.items()})

    def _row(self, type_: str, picks: tuple[SelectedField, ...], wanted: _Wanted) -> Shaper:
        """Add the selected fields of a row to `wanted`; return the function that writes them."""
        specs = FIELDS[wanted.type]
        entries: list[tuple[str, Callable[[Any], Any]]] = []
        for pick in picks:
            if pick.type is None:
                entries.append((pick.key, _constant(type_)))
                continue
            name = snake(pick.name)
            made = self._find_computed(wanted.type, name, pick)
            if made is not None:
                for need in made.needs:
                    wanted.value(need)
                shape = self._value(pick.type, pick.of)
                entries.append((pick.key, _after(made.make, shape)))
                continue
            if name not in specs:
                raise UnknownTypeError(f"'{type_}.{pick.name}' has no piece in the allow-list.")
            entries.append((pick.key, self._spec(type_, pick, name, specs[name], wanted)))
        return _object(entries)

    def _find_computed(self, type_: str, name: str, pick: SelectedField) -> ComputedField | None:
        """Return the field that the API computes; None for a field of the store."""
        bind = BOUND_FIELDS.get((type_, name))
        if bind is not None:
            arguments = {snake(key): value for key, value in pick.arguments.items()}
            return bind(arguments, self._prices)
        if name == "id":
            return COMPUTED_FIELDS["", "id"]
        return COMPUTED_FIELDS.get((type_, name)) or COMMERCE_FIELDS.get((type_, name))

    def _spec(
        self, type_: str, pick: SelectedField, name: str, spec: FieldSpec, wanted: _Wanted
    ) -> Callable[[Any], Any]:
        match spec:
            case StoredField() | ComputedExpression():
                slot = wanted.value(name)
                below = self._mapping(pick) if pick.of else None
                return _Item(slot, below or leaf(pick.type))
            case LinkedField():
                [(named, picks)] = pick.of.items()
                inner = _Wanted(spec.type)
                shape = self._row(named, picks, inner)
                slot = wanted.nodes(name, inner.selection())
                return _Item(slot, _nullable(shape) if spec.one else _list(shape))
            case PageSpec():
                return self._nested_page(f"{type_}.{pick.name}", pick, name, spec, wanted)

    def _nested_page(
        self, scope: str, pick: SelectedField, name: str, spec: PageSpec, wanted: _Wanted
    ) -> Callable[[Any], Any]:
        [connection] = pick.of
        total = any(one.name == "totalCount" for one in pick.of[connection])
        arguments = {snake(key): value for key, value in pick.arguments.items()}
        # Other arguments narrow the list, as the fields of its filter do.
        given = {key: value for key, value in arguments.items() if key not in PAGING}
        narrow = arguments.get("filter") or {}
        filters = filters_of(narrow | given, self._values)
        request = page_request(
            self._cursors,
            scope,
            arguments,
            sort=_enum_value(arguments.get("order_by", "KEY")),
            filters=filters,
            total=total,
            prices=self._prices.basis(price_currency(narrow)),
        )
        inner = _Wanted(spec.type)
        shape = self._connection(pick.of, connection, inner)
        slot = wanted.nodes(name, inner.selection(), request)
        cursors = self._cursors

        def complete(row: Any) -> Any:
            found = row[slot]
            answer = page_answer(cursors, scope, request, found["rows"], found.get("total"))
            return shape(answer)

        return complete

    def _connection(self, picks: SelectedFields, connection: str, wanted: _Wanted) -> Shaper:
        """Return the function that writes a connection; add the fields of its nodes to `wanted`."""
        entries: list[tuple[str, Callable[[PageAnswer], Any]]] = []
        for pick in picks[connection]:
            if pick.type is None:
                entries.append((pick.key, _constant(connection)))
            elif pick.name == "nodes":
                row = self._nodes(pick, wanted)
                entries.append((pick.key, _Attribute("rows", shape=_list(row))))
            elif pick.name == "edges":
                entries.append((pick.key, self._edges(pick, wanted)))
            else:
                name = {"totalCount": "total", "pageInfo": ""}.get(pick.name, snake(pick.name))
                shape = self._value(pick.type, pick.of)
                value = _page_info if not name else _Attribute(name, pick.arguments)
                entries.append((pick.key, _after(value, shape)))
        return _object(entries)

    def _nodes(self, pick: SelectedField, wanted: _Wanted) -> Shaper:
        [(named, picks)] = pick.of.items()
        return self._row(named, picks, wanted)

    def _edges(self, pick: SelectedField, wanted: _Wanted) -> Callable[[PageAnswer], Any]:
        [(edge, picks)] = pick.of.items()
        entries: list[tuple[str, Callable[[Any], Any]]] = []
        for one in picks:
            if one.type is None:
                entries.append((one.key, _constant(edge)))
            elif one.name == "cursor":
                entries.append((one.key, _second))
            elif one.name == "node":
                row = self._nodes(one, wanted)
                entries.append((one.key, _after(_first, row)))
            else:  # a value of a search row beside the node, such as its score
                if one.name == "highlights":
                    for text in HIGHLIGHTED:
                        wanted.value(text)
                shape = self._value(one.type, one.of) if one.of else None
                entries.append((one.key, _after(_read_column(snake(one.name)), shape)))
        edges = _object(entries)
        return lambda page: [edges(pair) for pair in zip(page.rows, page.marks, strict=True)]

    def _value(self, type_: GraphQLOutputType, picks: SelectedFields) -> Shaper:
        """Return the writer of a value of the API, of any type, lists and null included."""
        nullable = get_nullable_type(type_)
        if is_list(nullable):
            return _list(self._value(nullable.of_type, picks))
        if not is_composite_type(get_named_type(nullable)):
            return leaf(nullable) or _identity
        shapes = {name: self._of_type(name, asked) for name, asked in picks.items()}
        if len(shapes) == 1:
            [shape] = shapes.values()
            return shape if nullable is not type_ else _nullable(shape)
        # An interface or union: the class of a value has the name of its GraphQL type.
        one_of = _one_of(shapes)
        return one_of if nullable is not type_ else _nullable(one_of)

    def _of_type(self, name: str, picks: tuple[SelectedField, ...]) -> Shaper:
        if name in GRAPH_TYPES:
            wanted = self._below.setdefault(GRAPH_TYPES[name], _Wanted(GRAPH_TYPES[name]))
            return self._row(name, picks, wanted)
        entries: list[tuple[str, Callable[[Any], Any]]] = []
        for pick in picks:
            if pick.type is None:
                entries.append((pick.key, _constant(name)))
                continue
            given = {snake(key): value for key, value in pick.arguments.items()}
            shape = self._value(pick.type, pick.of)
            found = _Attribute(snake(pick.name), given, None if shape is _identity else shape)
            entries.append((pick.key, found))
        return _object(entries)

    def _mapping(self, pick: SelectedField) -> Shaper:
        """Return the writer of a map that an expression of the store makes, such as a summary."""
        [(name, picks)] = pick.of.items()
        entries = [
            (
                one.key,
                _constant(name) if one.type is None else _Item(snake(one.name), leaf(one.type)),
            )
            for one in picks
        ]
        return _nullable(_object(entries))


def _selects_ranges(facets: SelectedField) -> bool:
    """Return whether a selection of facets needs the numbers of attributes."""
    return any(pick.name in ("range", "ranges") for picks in facets.of.values() for pick in picks)


def _object(entries: list[tuple[str, Callable[[Any], Any]]]) -> Shaper:
    """Return the writer of an object; plain fields of a row or value are read in one call."""
    keys = [key for key, _ in entries]
    items = [make for _, make in entries if isinstance(make, _Item)]
    attributes = [make for _, make in entries if isinstance(make, _Attribute)]
    if len(keys) > 1:  # for a single name, itemgetter and attrgetter return no tuple
        if len(keys) == len(items):
            return _of_row(keys, items)
        if len(keys) == len(attributes):
            return _of_value(keys, attributes)
    return lambda value: {key: make(value) for key, make in entries}


def _of_row(keys: list[str], items: list["_Item"]) -> Shaper:
    read = itemgetter(*(item.slot for item in items))
    shaped = [(k, one.shape) for k, one in zip(keys, items, strict=True) if one.shape is not None]

    def complete(row: Any) -> Any:
        answer = dict(zip(keys, read(row), strict=True))
        for key, shape in shaped:
            answer[key] = shape(answer[key])
        return answer

    return complete


def _of_value(keys: list[str], attributes: list["_Attribute"]) -> Shaper:
    read = attrgetter(*(one.name for one in attributes))
    unread: dict[type, list[tuple[str, _Attribute]]] = {}

    def complete(value: Any) -> Any:
        type_ = type(value)
        changed = unread.get(type_)
        if changed is None:
            pairs = zip(keys, attributes, strict=True)
            changed = [(key, one) for key, one in pairs if one.changes(type_)]
            unread[type_] = changed
        answer = dict(zip(keys, read(value)))  # noqa: B905 - there are hundreds in an answer
        for key, one in changed:
            answer[key] = one.complete(answer[key])
        return answer

    return complete


def _one_of(shapes: Mapping[str, Shaper]) -> Shaper:
    return lambda value: shapes[type(value).__name__](value)


def _list(shape: Shaper) -> Shaper:
    return lambda values: None if values is None else [shape(value) for value in values]


def _nullable(shape: Shaper) -> Shaper:
    return lambda value: None if value is None else shape(value)


def _identity(value: Any) -> Any:
    return value


def _edge_fields(picks: tuple[SelectedField, ...]) -> list[SelectedField]:
    """Return the fields that are selected of a connection's edges."""
    edges = [pick for pick in picks if pick.name == "edges"]
    return [one for edge in edges for selected in edge.of.values() for one in selected]


def _enum_value(value: Any) -> str:
    """Return the value of an enum member, of graphql-core's argument value or Strawberry's."""
    return str(value.value if isinstance(value, Enum) else value)


def _first(pair: tuple[Any, str]) -> Any:
    return pair[0]


def _second(pair: tuple[Any, str]) -> str:
    return pair[1]


def _read_column(name: str) -> Callable[[Any], Any]:
    """Return the reader of a column of a search row; null where there was no search."""
    slot = f"{AT}{name}"
    return lambda pair: pair[0].get(slot)


def _constant(value: str) -> Callable[[Any], Any]:
    return lambda _: value


@dataclass(frozen=True, slots=True)
class _Item:
    """Reads a slot of a row, and writes its value."""

    slot: str
    shape: Shaper | None

    def __call__(self, row: Any) -> Any:
        value = row[self.slot]
        return value if self.shape is None else self.shape(value)


def _after(make: Callable[[Any], Any], shape: Shaper | None) -> Callable[[Any], Any]:
    if shape is None or shape is _identity:
        return make
    return lambda value: shape(make(value))


@dataclass(frozen=True, slots=True)
class _Attribute:
    """Reads an attribute, or calls it where it is a field with a resolver."""

    name: str
    given: Mapping[str, Any] = field(default_factory=dict)
    shape: Shaper | None = None

    def __call__(self, value: Any) -> Any:
        return self.complete(getattr(value, self.name))

    def changes(self, type_: type) -> bool:
        """Return whether a value read from objects of a type needs conversion."""
        return self.shape is not None or callable(getattr(type_, self.name, None))

    def complete(self, found: Any) -> Any:
        """Return the value to write for a value that was read."""
        if callable(found):
            found = found(**self.given)
        return found if self.shape is None else self.shape(found)


@dataclass(frozen=True, slots=True)
class _PageInfo:
    """Relay's page info, by attribute."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


def _page_info(page: PageAnswer) -> _PageInfo:
    marks = page.marks
    start, end = (marks[0], marks[-1]) if marks else (None, None)
    return _PageInfo(page.has_next_page, page.has_previous_page, start, end)
