r"""Check a statement's text against allow-lists before the database sees it.

The plan does not show everything: a subquery inside a list comprehension or a CASE is planned as an
expression, so a procedure or a LOAD CSV in it is not a plan operator (tested with 5.26). So the
text is checked against separate allow-lists.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from catalograph.store.analyst.allow_lists import (
    FIRST_WORDS,
    FUNCTIONS,
    KEYWORDS,
    PREFIXES,
    PROCEDURES,
    WRITE_WORDS,
    is_procedure,
)
from catalograph.store.analyst.matches import check_match
from catalograph.store.analyst.tokens import Token, refuse, spell, tokens_of

MAX_SPAN = 100_000
"""Largest product of the lengths of all `range` calls of a statement, as they may be nested."""
MAX_XOR = 10
MAX_SIGNS = 10
"""Measured: Neo4j takes seconds to plan 20 XOR, minutes for 30 or for 500 NOT in a row."""
MAX_DEPTH = {"([{": 40, "{": 6}
"""Largest nesting depth of all brackets, and of braces, which hold subqueries. Measured: Neo4j's
parser does not end with 400 nested parentheses or 20 nested subqueries, and its time limit does not
stop it."""


def check_text(text: str, parameters: Mapping[str, Any]) -> None:
    """Refuse a statement unless all its clauses, procedures and functions are allowed.

    Raises:
        StatementRefusedError: a part is not allowed; the message suggests a replacement.
    """
    tokens = tokens_of(text)
    if tokens and tokens[-1].text == ";":
        tokens.pop()
    _check_shape(tokens)
    _check_depth(tokens)
    _check_planning(tokens)
    for n, token in enumerate(tokens):
        if token.kind == "word" and not _is_name_by_place(tokens, n):
            _check_word(tokens, n)
        if token.text == "(":
            _check_call(tokens, n)
        if "~" in token.text:
            check_match(tokens, n, parameters)
    _check_ranges(tokens, parameters)


def _check_shape(tokens: Sequence[Token]) -> None:
    """Check that there is one statement and that its first word is allowed."""
    if not tokens:
        raise refuse("empty", "The statement is empty. Write one that ends in RETURN.")
    if any(token.text == ";" for token in tokens):
        raise refuse("several", "There are several statements. Send them one by one.")
    first = tokens[0].value if tokens[0].kind == "word" else tokens[0].text
    if first in PREFIXES:
        raise refuse(
            "prefix",
            f"A statement cannot start with {first}. Leave it out; `catalograph cypher --explain` "
            "shows the plan.",
        )
    if first not in FIRST_WORDS:
        raise refuse(
            "command",
            f"A statement cannot start with {first}. Start with one of: "
            f"{', '.join(sorted(FIRST_WORDS))}.",
        )


def _check_depth(tokens: Sequence[Token]) -> None:
    """Refuse nesting that is too deep for the database's parser."""
    for opening, most in MAX_DEPTH.items():
        closing = opening.translate(str.maketrans("([{", ")]}"))
        depth = 0
        for token in tokens:
            if token.kind == "symbol":
                depth += (token.text in opening) - (token.text in closing)
            if depth > most:
                raise refuse(
                    "depth",
                    f"More than {most} of {' '.join(opening)} stand one in the other. Split the "
                    "statement with WITH.",
                )


def _check_planning(tokens: Sequence[Token]) -> None:
    """Refuse chains of operators that the planner expands into very large expressions."""
    exclusive = [token for token in tokens if token.kind == "word" and token.value == "XOR"]
    if len(exclusive) > MAX_XOR:
        raise refuse(
            "operators",
            f"The statement has {len(exclusive)} XOR; at most {MAX_XOR} are planned in time. Count "
            "what is true, as in size([x IN [a, b, c] WHERE x]) % 2 = 1.",
        )
    row = 0
    for token in tokens:
        sign = token.value == "NOT" if token.kind == "word" else token.text in ("+", "-")
        row = row + 1 if sign else 0
        if row > MAX_SIGNS:
            raise refuse(
                "operators",
                f"More than {MAX_SIGNS} of NOT, + and - stand in a row. Leave out those that "
                "cancel each other.",
            )


def _is_name_by_place(tokens: Sequence[Token], n: int) -> bool:
    """Return whether a word is a property, label or map key by its position."""
    before = tokens[n - 1].text if n else ""
    after = tokens[n + 1].text if n + 1 < len(tokens) else ""
    if before == "." and tokens[n - 2].kind == "number":
        return False  # `5.` is a number, so the next word is not a property
    return before in (".", ":") or (after == ":" and before in ("{", ","))


def _check_word(tokens: Sequence[Token], n: int) -> None:
    word = tokens[n].value
    after = tokens[n + 1] if n + 1 < len(tokens) else None
    if word == "USE":
        raise refuse("use", f"USE is not allowed: there is one graph. {_as_name(tokens[n])}")
    if word == "LOAD" and after is not None and after.value == "CSV":
        raise refuse("load-csv", "LOAD CSV is not allowed. Pass the rows as a parameter.")
    if word in ("TRANSACTIONS", "TRANSACTION"):
        raise refuse(
            "transactions",
            f"CALL … IN TRANSACTIONS is not allowed: it is for writing. {_as_name(tokens[n])}",
        )
    if word in WRITE_WORDS:
        raise refuse("write", f"{word} is not allowed: statements only read. {_as_name(tokens[n])}")
    if word == "CALL" and (after is None or after.text not in ("(", "{")):
        name, _ = _name_from(tokens, n + 1)
        if not is_procedure(name):
            raise refuse(
                "procedure",
                f"The procedure '{name}' is not allowed. Allowed: {', '.join(PROCEDURES)}.",
            )


def _as_name(token: Token) -> str:
    return f"If a name is meant, write it in backticks: `{token.text}`."


def _name_from(tokens: Sequence[Token], start: int) -> tuple[str, int]:
    """Read a dotted name forwards; return it and the index after it."""
    parts: list[str] = []
    at = start
    while at < len(tokens) and tokens[at].is_name:
        parts.append(spell(tokens[at]))
        if at + 1 < len(tokens) and tokens[at + 1].text == ".":
            at += 2
        else:
            at += 1
            break
    return ".".join(parts), at


def _name_before(tokens: Sequence[Token], end: int) -> tuple[str, int]:
    """Read a dotted name backwards from a parenthesis; return it and the index of its start."""
    parts: list[str] = []
    at = end - 1
    while at >= 0 and tokens[at].is_name:
        parts.insert(0, spell(tokens[at]))
        if at >= 2 and tokens[at - 1].text == "." and tokens[at - 2].is_name:
            at -= 2
        else:
            break
    return ".".join(parts), at


def _check_call(tokens: Sequence[Token], n: int) -> None:
    """Check the name before a parenthesis against the allow-lists."""
    name, start = _name_before(tokens, n)
    if not name:
        return
    called = start > 0 and tokens[start - 1].kind == "word" and tokens[start - 1].value == "CALL"
    if called and is_procedure(name):
        return
    if tokens[n - 1].kind == "word" and start == n - 1 and name.upper() in KEYWORDS:
        return
    if name.lower() not in FUNCTIONS:
        raise refuse(
            "function",
            f"The function or procedure '{name}' is not allowed. Cypher's own functions are, and "
            "gds.similarity.*; see docs/analyst.md.",
        )


def _check_ranges(tokens: Sequence[Token], parameters: Mapping[str, Any]) -> None:
    """Bound the size of `range` lists: in an expression Neo4j limits neither memory nor time."""
    span = 1
    for n, token in enumerate(tokens):
        if token.is_name and token.value.upper() == "RANGE" and _opens(tokens, n + 1):
            span *= max(1, _span(tokens, n + 1, parameters))
    if span > MAX_SPAN:
        raise refuse(
            "range",
            f"The ranges of this statement make up to {span:,} numbers together; at most "
            f"{MAX_SPAN:,} are allowed. Match nodes in their place, or shorten them.",
        )


def _opens(tokens: Sequence[Token], n: int) -> bool:
    return n < len(tokens) and tokens[n].text == "("


def _span(tokens: Sequence[Token], opening: int, parameters: Mapping[str, Any]) -> int:
    """Return an upper bound of the length of a range; refuse it if the text gives none."""
    depth, total, at = 0, 0, opening
    while at < len(tokens):
        token = tokens[at]
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0:
            return total
        if token.kind == "number" and token.text.isdigit():
            total += int(token.text)
        elif token.kind == "parameter" and type(parameters.get(token.value)) is int:
            total += abs(parameters[token.value])
        elif token.value in ("SIZE", "LENGTH") and _opens(tokens, at + 1):
            # Bounded by the size of something that is already in memory.
            at = _closing(tokens, at + 1)
        elif token.text not in ("(", "+", "-", ","):
            break
        at += 1
    raise refuse(
        "range",
        "The arguments of range must be numbers, parameters that are numbers, or size(…), with + "
        "and - between them.",
    )


def _closing(tokens: Sequence[Token], opening: int) -> int:
    depth = 0
    for at in range(opening, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[at].text, 0)
        if depth == 0:
            return at
    return len(tokens)
