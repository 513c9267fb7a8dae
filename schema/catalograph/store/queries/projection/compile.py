"""Compile a selection to Cypher from the fragments of the allow-list."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from catalograph.errors import UnknownTypeError
from catalograph.schema import ONTOLOGY
from catalograph.store.queries.projection.fields import (
    FIELDS,
    ComputedExpression,
    FieldSpec,
    LinkedField,
    PageSpec,
    Sort,
    StoredField,
)
from catalograph.store.queries.projection.selection import (
    FieldSelection,
    Filter,
    PageRequest,
    Selection,
)

AT = "@"
"""Slot of a row's position in its page: the values of the sort key."""


@dataclass(frozen=True, slots=True)
class CompiledStatement:
    """A complete statement with the values of its parameters."""

    text: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NodeStatement:
    """A statement that reads a node by any key; parameter `p1` is the key."""

    text: str
    parameters: dict[str, Any]

    def for_key(self, key: str) -> CompiledStatement:
        """Return the statement for one key."""
        return CompiledStatement(self.text, {**self.parameters, "p1": key})


@dataclass(slots=True)
class StatementScope:
    """Unique variable names of a statement, and the parameter values so far."""

    parameters: dict[str, Any] = field(default_factory=dict)
    variables: int = 0

    def variable(self) -> str:
        """Return a new variable name."""
        self.variables += 1
        return f"n{self.variables}"

    def parameter(self, value: Any) -> str:
        """Add a value; return the name of its parameter."""
        name = f"p{len(self.parameters) + 1}"
        self.parameters[name] = value
        return f"${name}"


def page_statement(spec: PageSpec, request: PageRequest, selection: Selection) -> CompiledStatement:
    """Build the statement that reads a page: one row with `rows` and, on request, `total`.

    Args:
        spec: specification of the page.
        request: requested part of it.
        selection: fields to read of each row.

    Raises:
        UnknownTypeError: a type, field, order or filter is not in the allow-list.
    """
    names = StatementScope()
    rows = _rows(spec, request, "", "m", names)
    made = node_map(selection, "m", names, rows_at(spec, request, "m"))
    text = f"{rows}\nRETURN collect({made}) AS rows"
    if request.total:
        all_ = match_clauses(spec, request, "", "m", names)
        text = (
            f"CALL () {{\n{all_}\nRETURN count(m) AS total\n}}\n"
            f"CALL () {{\n{text}\n}}\nRETURN rows, total"
        )
    return CompiledStatement(text, names.parameters)


def node_statement(selection: Selection) -> NodeStatement:
    """Build the statement that reads one node by any key; it returns no row for a missing node.

    Raises:
        UnknownTypeError: a type or field is not in the allow-list.
    """
    names = StatementScope()
    label = ONTOLOGY.node(selection.type).label
    match = f"MATCH (m:{label} {{key: {names.parameter(None)}}})"
    text = f"{match}\nRETURN {node_map(selection, 'm', names)} AS node"
    return NodeStatement(text, names.parameters)


def rows_at(spec: PageSpec, request: PageRequest, variable: str) -> str:
    """Build the map entry with a row's position in its page."""
    return f"`{AT}`: [{', '.join(_columns(_sort(spec, request), variable))}]"


def _columns(sort: Sort, variable: str) -> list[str]:
    """Return the variables of the sort key's values."""
    return [f"{variable}_{n}" for n in range(1, len(sort.by) + 1)]


def node_map(selection: Selection, variable: str, names: StatementScope, *more: str) -> str:
    """Build the map that reads a selection of the node in a variable, with extra entries."""
    specs = _fields_of(selection.type)
    entries: list[str] = []
    for wanted in selection.fields:
        spec = specs.get(wanted.name)
        if spec is None:
            raise UnknownTypeError(f"'{selection.type}' has no field '{wanted.name}' to read.")
        entries.append(_entry(wanted, spec, variable, names))
    return f"{variable} {{{', '.join([*entries, *more])}}}"


def _entry(wanted: FieldSelection, spec: FieldSpec, variable: str, names: StatementScope) -> str:
    match spec:
        case StoredField(property_) if property_ == wanted.slot:
            return f".{property_}"
        case StoredField(property_):
            return f"{wanted.slot}: {variable}.{property_}"
        case ComputedExpression(text):
            return f"{wanted.slot}: {_fill(text, variable, '')}"
        case LinkedField():
            return f"{wanted.slot}: {_compile_linked(wanted, spec, variable, names)}"
        case PageSpec():
            return f"{wanted.slot}: {_compile_page(wanted, spec, variable, names)}"


def _compile_linked(
    wanted: FieldSelection, spec: LinkedField, variable: str, names: StatementScope
) -> str:
    m = names.variable()
    match = _fill(spec.match, variable, m)
    made = node_map(wanted.of or Selection(spec.type), m, names)
    text = f"COLLECT {{ {match} WITH {m} ORDER BY {_fill(spec.order, '', m)} RETURN {made} }}"
    return f"{text}[0]" if spec.one else text


def _compile_page(
    wanted: FieldSelection, spec: PageSpec, variable: str, names: StatementScope
) -> str:
    request = wanted.page or PageRequest(1)
    m = names.variable()
    rows = _rows(spec, request, variable, m, names)
    made = node_map(wanted.of or Selection(spec.type), m, names, rows_at(spec, request, m))
    entries = [f"rows: COLLECT {{ {rows} RETURN {made} }}"]
    if request.total:
        m = names.variable()
        entries.append(
            f"total: COUNT {{ {match_clauses(spec, request, variable, m, names)} RETURN {m} }}"
        )
    return f"{{{', '.join(entries)}}}"


def _rows(spec: PageSpec, request: PageRequest, n: str, m: str, names: StatementScope) -> str:
    """Return the clauses that bind `m` to the rows of the page, in order."""
    sort = _sort(spec, request)
    behind = _any_key(spec, sort, m)
    if request.after is not None:
        behind = [_compile_after(sort, request, m, names)]
    found = match_clauses(spec, request, n, m, names, behind)
    # Reading backwards reverses the direction of every column.
    directions = (
        "DESC" if descending != request.backwards else "ASC" for descending in sort.descending
    )
    columns = _columns(sort, m)
    # Bound to variables first, since ORDER BY accepts no aggregation.
    bound = ", ".join(
        f"{_fill(by, n, m)} AS {column}" for by, column in zip(sort.by, columns, strict=True)
    )
    order = ", ".join(
        f"{column} {direction}" for column, direction in zip(columns, directions, strict=True)
    )
    limit = names.parameter(request.limit)
    return f"{found} WITH {m}, {bound} ORDER BY {order} LIMIT {limit}"


def match_clauses(
    spec: PageSpec,
    request: PageRequest,
    n: str,
    m: str,
    names: StatementScope,
    more: Iterable[str] = (),
) -> str:
    """Return the clauses that bind `m` to all rows that meet the conditions."""
    conditions = [_fill(spec.where, n, m)] if spec.where else []
    conditions += conditions_of(spec, request.filters, n, m, names)
    conditions += more
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return _fill(spec.match, n, m) + where


def conditions_of(
    spec: PageSpec, filters: Iterable[Filter], n: str, m: str, names: StatementScope
) -> Iterator[str]:
    """Yield the conditions of filters on `m`."""
    for wanted in filters:
        text = spec.filters.get(wanted.name)
        if text is None:
            raise UnknownTypeError(f"A page of '{spec.type}' has no filter '{wanted.name}'.")
        yield _fill(text, n, m).replace("{value}", names.parameter(wanted.value))


def _any_key(spec: PageSpec, sort: Sort, m: str) -> list[str]:
    """Return a condition that is always true, so that the first page uses the index of keys.

    Without it, Neo4j sorts all nodes of the label, because it does not know that each has a key.
    """
    by_key = "{n}" not in spec.match + spec.where and sort.by[0] == "{m}.key"
    return [f"{m}.key > ''"] if by_key else []


def _compile_after(sort: Sort, request: PageRequest, m: str, names: StatementScope) -> str:
    """Return the condition for rows after a position: greater at the first differing value."""
    values = request.after or ()
    places = [names.parameter(value) for value in values]
    columns = [_fill(by, "", m) for by in sort.by]
    later = []
    for n, descending in enumerate(sort.descending):
        equal = [f"{columns[k]} = {places[k]}" for k in range(n)]
        sign = "<" if descending != request.backwards else ">"
        later.append(" AND ".join([*equal, f"{columns[n]} {sign} {places[n]}"]))
    return later[0] if len(later) == 1 else "(" + " OR ".join(f"({one})" for one in later) + ")"


def _sort(spec: PageSpec, request: PageRequest) -> Sort:
    sort = spec.sorts.get(request.sort)
    if sort is None:
        raise UnknownTypeError(f"A page of '{spec.type}' has no order '{request.sort}'.")
    return sort


def _fields_of(type_: str) -> Any:
    if type_ not in FIELDS:
        raise UnknownTypeError(f"There is no type '{type_}' to read fields of.")
    return FIELDS[type_]


def _fill(text: str, n: str, m: str) -> str:
    return text.replace("{n}", n).replace("{m}", m)
