"""Compile a selection to Cypher from the fragments of the allow-list."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalograph.errors import BadCursorError, UnknownTypeError
from catalograph.schema import ONTOLOGY
from catalograph.store.queries.projection.fields import (
    FIELDS,
    NODES,
    PRODUCT_PAGE,
    ComputedExpression,
    FieldSpec,
    LinkedField,
    PageSpec,
    Sort,
    StoredField,
)
from catalograph.store.queries.projection.prices import (
    MOST_FREQUENT,
    compares_prices,
    with_rates,
    without_prices,
)
from catalograph.store.queries.projection.selection import (
    FieldSelection,
    Filter,
    PageRequest,
    PriceBasis,
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
    """Build the statement that reads a page: one row with `rows`, and `total` and `currency`.

    The last two only on request.

    Args:
        spec: specification of the page.
        request: requested part of it.
        selection: fields to read of each row.

    Raises:
        UnknownTypeError: a type, field, order or filter is not in the allow-list.
    """
    names = StatementScope()
    priced = request.report_currency or _compares_prices(spec, request)
    # Bound once, as every part of the statement compares prices in the same currency.
    bind = f"{_bind_currency(spec, request, names)}\n" if priced else ""
    rows = _rows(spec, request, "", "m", names, bound=priced)
    made = node_map(selection, "m", names, rows_at(spec, request, "m"))
    parts = {"rows": f"{rows}\nRETURN collect({made}) AS rows"}
    if request.total:
        all_ = match_clauses(spec, request, "", "m", names, bound=priced)
        parts["total"] = f"{all_}\nRETURN count(m) AS total"
    if len(parts) == 1 and not priced:
        return CompiledStatement(parts["rows"], names.parameters)
    scope = "m_currency" if priced else ""
    calls = "\n".join(f"CALL ({scope}) {{\n{part}\n}}" for part in parts.values())
    columns = [*parts, *(["m_currency AS currency"] if priced else [])]
    return CompiledStatement(f"{bind}{calls}\nRETURN {', '.join(columns)}", names.parameters)


def currency_statement(filters: Sequence[Filter]) -> CompiledStatement:
    """Build the statement that reads the most frequent currency of filtered products, as one row.

    Raises:
        UnknownTypeError: a filter is not in the allow-list.
    """
    names = StatementScope()
    bind = _bind_currency(PRODUCT_PAGE, PageRequest(1, filters=tuple(filters)), names)
    return CompiledStatement(f"{bind}\nRETURN m_currency AS currency", names.parameters)


def node_statement(selection: Selection) -> NodeStatement:
    """Build the statement that reads one node by any key; it returns no row for a missing node.

    Raises:
        UnknownTypeError: a type or field is not in the allow-list.
    """
    names = StatementScope()
    label, key = ONTOLOGY.node(selection.type).label, names.parameter(None)
    match = (
        NODES[label].replace("{key}", key)
        if label in NODES
        else f"MATCH (m:{label} {{key: {key}}})"
    )
    text = f"{match}\nRETURN {node_map(selection, 'm', names)} AS node"
    return NodeStatement(text, names.parameters)


def rows_at(spec: PageSpec, request: PageRequest, variable: str) -> str:
    """Build the map entry with a row's position in its page."""
    return f"`{AT}`: [{', '.join(positions(spec, request, variable))}]"


def positions(spec: PageSpec, request: PageRequest, variable: str) -> list[str]:
    """Return the variables that hold a row's position in its page."""
    return _columns(_sort(spec, request), variable)


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


def _rows(
    spec: PageSpec,
    request: PageRequest,
    n: str,
    m: str,
    names: StatementScope,
    *,
    bound: bool = False,
) -> str:
    """Return the clauses that bind `m` to the rows of the page, in order."""
    sort = _sort(spec, request)
    behind = _any_key(spec, sort, m)
    if request.after is not None:
        behind = [after_condition(spec, request, m, names, _currency_of(m))]
    found = match_clauses(spec, request, n, m, names, behind, bound=bound)
    return f"{found} {order_clauses(spec, request, n, m, names, _currency_of(m))}"


def order_clauses(
    spec: PageSpec,
    request: PageRequest,
    n: str,
    m: str,
    names: StatementScope,
    currency: str,
    carried: str = "",
) -> str:
    """Return the clauses that sort rows `m` and cut them to the page, with their positions bound.

    Args:
        spec: specification of the page.
        request: requested part of it.
        n: variable of the node that the page belongs to.
        m: variable of the rows.
        names: names of the statement.
        currency: expression of the currency in which prices are compared.
        carried: further variables to keep.
    """
    sort = _sort(spec, request)
    # Reading backwards reverses the direction of every column.
    directions = (
        "DESC" if descending != request.backwards else "ASC" for descending in sort.descending
    )
    columns = _columns(sort, m)
    # Bound to variables first, since ORDER BY accepts no aggregation.
    bindings = ", ".join(
        f"{_fill(_fill_prices(by, currency, request.prices, names), n, m)} AS {column}"
        for by, column in zip(sort.by, columns, strict=True)
    )
    order = ", ".join(
        f"{column} {direction}" for column, direction in zip(columns, directions, strict=True)
    )
    limit = names.parameter(request.limit)
    kept = f"{m}, {carried}" if carried else m
    return f"WITH {kept}, {bindings} ORDER BY {order} LIMIT {limit}"


def match_clauses(
    spec: PageSpec,
    request: PageRequest,
    n: str,
    m: str,
    names: StatementScope,
    more: Iterable[str] = (),
    *,
    bound: bool = False,
) -> str:
    """Return the clauses that bind `m` to all rows that meet the conditions.

    Args:
        spec: specification of the page.
        request: requested part of it.
        n: variable of the node that the page belongs to.
        m: variable to bind.
        names: names of the statement.
        more: further conditions.
        bound: whether the currency in which prices are compared is bound already.
    """
    currency = _currency_of(m)
    priced = _compares_prices(spec, request) and not bound
    bind = f"WITH {_currency(spec, request, n, names)} AS {currency} " if priced else ""
    conditions = [_fill(spec.where, n, m)] if spec.where else []
    conditions += conditions_of(spec, request.filters, n, m, names, currency, request.prices)
    conditions += more
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    match = _fill(spec.match, n, m).replace("{carry}", f", {currency}" if priced else "")
    return bind + match + where


def conditions_of(
    spec: PageSpec,
    filters: Iterable[Filter],
    n: str,
    m: str,
    names: StatementScope,
    currency: str,
    prices: PriceBasis,
) -> Iterator[str]:
    """Yield the conditions of filters on `m`; `currency` is the expression of the currency."""
    for wanted in filters:
        name, value = wanted.name, wanted.value
        if wanted.known is not None:
            name, value = f"known_{wanted.name}", wanted.known
        text = spec.filters.get(name)
        if text is None:
            raise UnknownTypeError(f"A page of '{spec.type}' has no filter '{wanted.name}'.")
        filled = _fill(_fill_prices(text, currency, prices, names), n, m)
        yield filled.replace("{value}", names.parameter(value))


def _compares_prices(spec: PageSpec, request: PageRequest) -> bool:
    texts = [spec.filters.get(one.name, "") for one in request.filters]
    return compares_prices([*texts, *_sort(spec, request).by])


def _currency_of(m: str) -> str:
    """Return the variable of the currency in which the prices of a page's rows are compared."""
    return f"{m}_currency"


def _currency(spec: PageSpec, request: PageRequest, n: str, names: StatementScope) -> str:
    """Return the expression of the currency in which the prices of a list are compared.

    It is that of the page before, else the requested one, else the most frequent one of the list
    without filters by price.
    """
    if request.after is not None and compares_prices(_sort(spec, request).by):
        return names.parameter(request.after[0])
    if request.prices.currency is not None:
        return names.parameter(request.prices.currency)
    x, y = names.variable(), names.variable()
    request = without_prices(request)
    codes = match_clauses(spec, request, n, x, names, [f"{x}.price IS NOT NULL"])
    same = f"{y}.price IS NOT NULL AND coalesce({y}.currency, '') = code"
    counted = match_clauses(spec, request, n, y, names, [same])
    # Without count(): Neo4j treats it in a subquery as an aggregation of the outer row.
    return (
        f"coalesce(COLLECT {{ UNWIND COLLECT {{ {codes} RETURN DISTINCT "
        f"coalesce({x}.currency, '') }} AS code WITH code, COUNT {{ {counted} RETURN {y} }} "
        "AS priced ORDER BY priced DESC, code LIMIT 1 RETURN code }[0], '')"
    )


def _bind_currency(spec: PageSpec, request: PageRequest, names: StatementScope) -> str:
    """Return the clauses that bind the currency of a page that starts at no node, in one scan."""
    known = request.prices.currency is not None
    if known or (request.after is not None and compares_prices(_sort(spec, request).by)):
        return f"WITH {_currency(spec, request, '', names)} AS m_currency"
    listed = match_clauses(spec, without_prices(request), "", "m", names)
    return f"CALL () {{ {listed} {MOST_FREQUENT.replace('{m}', 'm')} AS m_currency }}"


def _fill_prices(text: str, currency: str, prices: PriceBasis, names: StatementScope) -> str:
    """Fill in how a fragment compares prices, if it does."""
    if "{currency}" not in text:
        return text
    needed = bool(prices.rates) and "{rates}" in text
    rates = names.parameter(dict(prices.rates)) if needed else None
    return with_rates(text, rates).replace("{currency}", currency)


def _any_key(spec: PageSpec, sort: Sort, m: str) -> list[str]:
    """Return a condition that is always true, so that the first page uses the index of keys.

    Without it, Neo4j sorts all nodes of the label, because it does not know that each has a key.
    """
    by_key = "{n}" not in spec.match + spec.where and sort.by[0] == "{m}.key"
    return [f"{m}.key > ''"] if by_key else []


def after_condition(
    spec: PageSpec, request: PageRequest, m: str, names: StatementScope, currency: str
) -> str:
    """Return the condition for rows after a position: greater at the first differing value."""
    sort = _sort(spec, request)
    values = request.after or ()
    if len(values) != len(sort.by):
        raise BadCursorError("The cursor is of another version of this list. Begin without one.")
    places = [names.parameter(value) for value in values]
    columns = [_fill(_fill_prices(by, currency, request.prices, names), "", m) for by in sort.by]
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
