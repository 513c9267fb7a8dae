"""Hold a statement's graph patterns against the ontology: directions, ends, properties.

The database takes a pattern that no relation of the ontology has, and finds nothing. Whoever writes
statements without knowing the graph, such as a language model, gets the reason here.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from catalograph.schema import ONTOLOGY
from catalograph.schema.suggest import did_you_mean
from catalograph.store.analyst.tokens import Token, spell, tokens_of

_LABELS = {node.label: node.by_name for node in ONTOLOGY.nodes}
_RELATIONS = {relation.name: relation for relation in ONTOLOGY.relations}
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_SHOWN = 30


@dataclass(frozen=True, slots=True)
class PatternReport:
    """What a statement's patterns say against the ontology.

    Attributes:
        text: the statement, with the relations turned that only lead the other way.
        turned: a sentence for each of these.
        faults: what the ontology has not, and the statement still says.
    """

    text: str
    turned: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Element:
    """A node or relation of a pattern: its variable, labels or types, and places of properties."""

    name: str | None = None
    types: frozenset[str] = frozenset()
    properties: tuple[str, ...] = ()
    repeated: bool = False


@dataclass(slots=True)
class _Bound:
    """Labels and types by variable; variables that are computed values somewhere."""

    types: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    computed: set[str] = field(default_factory=set)

    def of(self, one: _Element) -> set[str]:
        """Return the labels of a node; empty where they are not known."""
        found = set(one.types)
        if one.name is not None and one.name not in self.computed:
            found |= self.types.get(one.name, set())
        return found


def check_patterns(text: str) -> PatternReport:
    """Return what a statement's patterns say against the ontology.

    Names that the ontology does not have are left to the database, which tells of them.

    Args:
        text: a statement that the gate's tokens can be read from.

    Raises:
        StatementRefusedError: it cannot be read.
    """
    tokens = tokens_of(text)
    bound = _read_bound(tokens)
    turned: list[str] = []
    faults: list[str] = []
    edits: list[tuple[int, int, str]] = []
    for left, right in _relations(tokens):
        start, end = _element_before(tokens, left), _element_after(tokens, right)
        if start is None or end is None:
            continue
        relation = _read_element(tokens, left + 1, right)
        back, forth = tokens[left - 2].text == "<", tokens[right + 2].text == ">"
        fault = _judge(bound.of(start), relation, bound.of(end), back=back, forth=forth)
        if fault is None:
            continue
        if fault.turnable:
            turned.append(fault.text)
            edits += _turn(tokens, left, right, back=back)
        else:
            faults.append(fault.text)
    faults += _check_properties(tokens, bound)
    for at, length, new in sorted(edits, reverse=True):
        text = text[:at] + new + text[at + length :]
    return PatternReport(text, tuple(turned), tuple(dict.fromkeys(faults)))


@dataclass(frozen=True, slots=True)
class _PatternFault:
    text: str
    turnable: bool = False


def _judge(
    start: set[str], relation: _Element, end: set[str], *, back: bool, forth: bool
) -> _PatternFault | None:
    """Return what is wrong with a step; None if the ontology may have it."""
    known = [_RELATIONS[name] for name in relation.types if name in _RELATIONS]
    if not known or len(known) < len(relation.types) or not (start | end) <= _LABELS.keys():
        return None
    patterns = [pattern for one in known for pattern in one.patterns]
    ahead = _joins(patterns, start, end, repeated=relation.repeated)
    behind = _joins(patterns, end, start, repeated=relation.repeated)
    if (ahead and not (back and not forth)) or (behind and not (forth and not back)):
        return None
    names = "|".join(sorted(relation.types))
    goes = ", ".join(f"{head} to {tail}" for head, tail in dict.fromkeys(patterns))
    if ahead or behind:
        return _PatternFault(f"{names} goes from {goes}, so its arrow was turned.", turnable=True)
    ends = [" or ".join(sorted(labels)) or "any node" for labels in (start, end)]
    return _PatternFault(f"{names} does not join {ends[0]} and {ends[1]}; it goes from {goes}.")


def _joins(
    patterns: Sequence[tuple[str, str]], heads: set[str], tails: set[str], *, repeated: bool
) -> bool:
    at_head = [pattern for pattern in patterns if not heads or pattern[0] in heads]
    at_tail = [pattern for pattern in patterns if not tails or pattern[1] in tails]
    if repeated:
        return bool(at_head and at_tail)
    return any(pattern in at_tail for pattern in at_head)


def _turn(
    tokens: Sequence[Token], left: int, right: int, *, back: bool
) -> list[tuple[int, int, str]]:
    """Return the edits that turn an arrow: place, length and new text."""
    if back:
        return [(tokens[left - 2].start, 1, ""), (tokens[right + 1].start, 1, "->")]
    return [(tokens[left - 1].start, 0, "<"), (tokens[right + 2].start, 1, "")]


def _relations(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Yield the places of the brackets of relations in patterns."""
    for n, token in enumerate(tokens):
        if token.text != "[" or n < 2 or tokens[n - 1].text != "-":
            continue
        end = _close(tokens, n)
        if end is not None and end + 2 < len(tokens) and tokens[end + 1].text == "-":
            yield n, end


def _close(tokens: Sequence[Token], opening: int) -> int | None:
    """Return the place of the bracket that closes one."""
    depth = 0
    first, last = tokens[opening].text, _CLOSING[tokens[opening].text]
    for at in range(opening, len(tokens)):
        if tokens[at].kind == "symbol":
            depth += (tokens[at].text == first) - (tokens[at].text == last)
        if depth == 0:
            return at
    return None


def _element_before(tokens: Sequence[Token], left: int) -> _Element | None:
    """Return the node on the left of a relation's bracket."""
    at = left - (3 if tokens[left - 2].text == "<" else 2)
    if at < 0 or tokens[at].text != ")":
        return None
    depth = 0
    for start in range(at, -1, -1):
        depth += (tokens[start].text == ")") - (tokens[start].text == "(")
        if depth == 0:
            return _read_element(tokens, start + 1, at)
    return None


def _element_after(tokens: Sequence[Token], right: int) -> _Element | None:
    """Return the node on the right of a relation's bracket."""
    at = right + (3 if tokens[right + 2].text == ">" else 2)
    end = _close(tokens, at) if at < len(tokens) and tokens[at].text == "(" else None
    return None if end is None else _read_element(tokens, at + 1, end)


def _read_element(tokens: Sequence[Token], start: int, end: int) -> _Element:
    """Read what stands between the brackets of a node or relation."""
    at, name = start, None
    if at < end and tokens[at].is_name and tokens[at].value != "WHERE":
        name, at = spell(tokens[at]), at + 1
    types: set[str] = set()
    while at + 1 < end and tokens[at].text in (":", "|", "&") and tokens[at + 1].is_name:
        types.add(spell(tokens[at + 1]))
        at += 2
    if at < end and tokens[at].text in ("!", "%", "(", ":", "|", "&"):
        types = set()  # an expression of labels, which is not judged
    repeated = at < end and tokens[at].text == "*"
    properties: list[str] = []
    opening = next((n for n in range(at, end) if tokens[n].text == "{"), None)
    if opening is not None and all(tokens[n].value != "WHERE" for n in range(at, opening)):
        depth = 0
        for n in range(opening, end):
            depth += (tokens[n].text in _CLOSING) - (tokens[n].text in _CLOSING.values())
            if depth == 1 and tokens[n].text in ("{", ",") and tokens[n + 1].is_name:
                properties.append(spell(tokens[n + 1]))
    return _Element(name, frozenset(types), tuple(properties), repeated)


def _elements(tokens: Sequence[Token]) -> Iterator[_Element]:
    """Yield what reads like a node or a relation of a pattern."""
    for n, token in enumerate(tokens):
        if token.text not in ("(", "["):
            continue
        called = n > 0 and tokens[n - 1].is_name and token.text == "("
        keyword = called and tokens[n - 1].value in _BEFORE_PATTERNS
        if (called and not keyword) or (token.text == "[" and tokens[n - 1].text != "-"):
            continue
        end = _close(tokens, n)
        if end is not None:
            yield _read_element(tokens, n + 1, end)


_BEFORE_PATTERNS = frozenset(
    ("MATCH", "WHERE", "AND", "OR", "NOT", "XOR", "SHORTESTPATH", "ALLSHORTESTPATHS")
)
"""Words after which a parenthesis may open a pattern."""


def _read_bound(tokens: Sequence[Token]) -> _Bound:
    bound = _Bound()
    for one in _elements(tokens):
        if one.name is not None:
            bound.types[one.name] |= one.types
    for before, token in pairwise(tokens):
        if before.kind == "word" and before.value in ("AS", "UNWIND") and token.is_name:
            bound.computed.add(spell(token))
    for token, after in pairwise(tokens):
        if token.is_name and after.value == "IN":
            bound.computed.add(spell(token))
    return bound


def _check_properties(tokens: Sequence[Token], bound: _Bound) -> Iterator[str]:
    """Yield the properties that no node or relation of a variable's labels may have."""
    for one in _elements(tokens):
        for named in one.properties:
            yield from _missing(one.types, named)
    for n in range(len(tokens) - 2):
        variable, dot, name = tokens[n : n + 3]
        if dot.text != "." or not variable.is_name or not name.is_name:
            continue
        if n > 0 and tokens[n - 1].text == ".":
            continue
        if n + 3 < len(tokens) and tokens[n + 3].text in ("(", "."):
            continue  # a function's name
        types = bound.of(_Element(spell(variable)))
        yield from _missing(types, spell(name))


def _missing(types: Collection[str], name: str) -> Iterator[str]:
    known: list[Mapping[str, object]] = [
        _LABELS[one] if one in _LABELS else _RELATIONS[one].by_name
        for one in sorted(types)
        if one in _LABELS or one in _RELATIONS
    ]
    if not known or len(known) < len(types) or any(name in names for names in known):
        return
    names = list(dict.fromkeys(one for listed in known for one in listed))
    suggestion = did_you_mean(name, names) or f" It has: {', '.join(names[:_SHOWN]) or 'none'}."
    yield f"{' or '.join(sorted(types))} has no property '{name}'.{suggestion}"
