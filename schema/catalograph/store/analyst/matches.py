"""Check both sides of `=~`: a constant pattern, and a text of bounded length where needed."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from catalograph.schema import ONTOLOGY
from catalograph.store.analyst.patterns import LINE_LENGTH, Work, work_of
from catalograph.store.analyst.tokens import Token, refuse, spell

_ESCAPE = re.compile(r"\\([\\'\"tnrbf])")
_MEANT = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f"}
_AFTER = frozenset({")", "]", "}", ",", "=", "<", ">"})
"""Symbols that may follow a pattern; others, such as `+`, would change the pattern."""
_BEFORE = frozenset({"(", "[", "{", ",", ":", "|"})
_WRAPPERS = frozenset({"LOWER", "TOLOWER", "UPPER", "TOUPPER", "TRIM", "BTRIM", "LTRIM", "RTRIM"})
"""Functions whose result is about as long as their argument."""


def check_match(tokens: Sequence[Token], n: int, parameters: Mapping[str, Any]) -> None:
    """Refuse a match that may take too long.

    Args:
        tokens: tokens of the whole statement.
        n: index of the `=~`.
        parameters: parameters of the statement.

    Raises:
        StatementRefusedError: the pattern is not constant, or may take too long.
    """
    pattern = _pattern(tokens, n + 1, parameters)
    work = work_of(pattern)
    if work is Work.UNBOUNDED:
        raise refuse(
            "pattern",
            f"The regular expression {pattern!r} may take for ever. Allowed are patterns with one "
            "unbounded repeat (* + {n,}) of a character or class, with several where what follows "
            "each cannot begin with what it repeats, and '(?s).*word.*'; no repeated group without "
            "an end, back reference or look-around. Join several by AND, or use CONTAINS or the "
            "full-text index.",
        )
    if work is Work.LINES and not _is_bounded(tokens, n, parameters):
        raise refuse(
            "pattern",
            f"The regular expression {pattern!r} may take long where line breaks stand in a text, "
            "since a dot takes none. Begin it with (?s), as in '(?s).*word.*' or '(?is).*word.*'. "
            f"As it is, it is matched against a text of at most {LINE_LENGTH:,} characters, or a "
            "property of a matched node that holds no more, as in p.title =~ '.*word.*'.",
        )


def _pattern(tokens: Sequence[Token], at: int, parameters: Mapping[str, Any]) -> str:
    """Return the right side of a match, which must not be computed."""
    pattern = _constant(tokens[at], parameters) if at < len(tokens) else None
    after = [token.text for token in tokens[at + 1 : at + 3]]
    last = not after or after[0] in _AFTER or tokens[at + 1].is_name
    last = last or (after[0] == "|" and after[1:] != ["|"])
    if pattern is None or not last:
        raise refuse(
            "pattern",
            "The right side of =~ must be a string or a parameter that is a string, as it is: "
            "its work is bounded before it is run. Put the whole pattern into one parameter.",
        )
    return pattern


def _constant(token: Token, parameters: Mapping[str, Any]) -> str | None:
    """Return the text of a string or of a parameter; None for anything else."""
    if token.kind == "string":
        return _ESCAPE.sub(lambda match: _MEANT.get(match[1], match[1]), token.text[1:-1])
    value = parameters.get(token.value) if token.kind == "parameter" else None
    return value if isinstance(value, str) else None


def _is_bounded(tokens: Sequence[Token], n: int, parameters: Mapping[str, Any]) -> bool:
    """Return whether the text on the left side of a match has a bounded length."""
    start = _bounded_from(tokens, n, parameters)
    if start is None:
        return False
    before = [token.text for token in reversed(tokens[max(0, start - 2) : start])]
    return tokens[start - 1].kind == "word" or (before[0] in _BEFORE and before != ["|", "|"])


def _bounded_from(tokens: Sequence[Token], end: int, parameters: Mapping[str, Any]) -> int | None:
    """Return the start index of a bounded text that ends before `end`; None if it is unbounded."""
    if end < 2:
        return None
    token = tokens[end - 1]
    value = _constant(token, parameters)
    if value is not None:
        return end - 1 if len(value) <= LINE_LENGTH else None
    if token.text == ")":
        start = _bounded_from(tokens, end - 1, parameters)
        if start is None or start < 2 or tokens[start - 1].text != "(":
            return None
        return start - 2 if tokens[start - 2].value in _WRAPPERS else None
    if end > 3 and token.is_name and tokens[end - 2].text == "." and tokens[end - 3].is_name:
        stored = spell(token) in _bounded_properties() and _is_matched(tokens, end - 3)
        return end - 3 if stored else None
    return None


@cache
def _bounded_properties() -> frozenset[str]:
    """Return the names of the properties whose values are never longer than `LINE_LENGTH`."""
    specs = [spec for node in ONTOLOGY.nodes for spec in node.by_name.values()]
    specs += [spec for relation in ONTOLOGY.relations for spec in relation.by_name.values()]
    longer = {spec.name for spec in specs if spec.max_length > LINE_LENGTH}
    return frozenset(spec.name for spec in specs) - longer


def _is_matched(tokens: Sequence[Token], n: int) -> bool:
    """Return whether a variable is a node or relation and never a computed value."""
    name = spell(tokens[n])
    for at, token in enumerate(tokens):
        if not token.is_name or spell(token) != name:
            continue
        before = tokens[at - 1] if at else None
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        if before is not None and before.kind == "word" and before.value == "AS":
            return False
        if after is not None and after.value == "IN":
            return False
        if before is not None and before.text == "(" and tokens[at - 2].value == "REDUCE":
            return False
    return True
