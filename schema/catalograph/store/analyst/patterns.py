r"""Bound the steps of Java's regular expression matcher, against catastrophic backtracking.

Neo4j matches `text =~ pattern` with `java.util.regex`, a backtracking matcher that no time limit
interrupts. So a pattern is accepted only if a bound of its steps, computed before the database sees
it, is small enough. The matcher explores each path through the pattern at most once, so its steps
are at most the number of paths. That number is computed from the end of the pattern to its start:
`_Costs` holds, for each possible next character of the text, the steps from there on.
An unbounded repeat costs one step for each character; where the rest of the pattern may begin with
a character of the repeat, it also costs the whole rest at each position. Two such repeats give the
square of the text's length, three the cube.

Only syntax that is parsed here exactly as in Java is accepted; everything else, such as back
references, look-around and unbounded repeats of groups, is refused.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

TEXT_LENGTH = 100_000
"""Text length for which steps are counted: no description or review is longer."""
LINE_LENGTH = 10_000
"""Largest text length for a pattern of `Work.LINES`."""
_MOST_LINEAR = 500.0 * TEXT_LENGTH
"""Largest number of steps with linear growth: about 0.2 seconds."""
_MOST_IN_LINES = 30.0 * TEXT_LENGTH**2
"""Largest number of steps with quadratic growth in a line: about 9 seconds for `LINE_LENGTH`, and a
tenth of that for a pattern such as `.*word.*`."""
_MAX_LENGTH = 500
_MAX_DEPTH = 20
_MAX_PARTS = 2_000
"""Largest number of parts of a pattern, with those in a counted repeat multiplied by its count."""


class Work(Enum):
    """Growth of a pattern's matching time with the length of the text."""

    LINEAR = "linear"
    """Linear in the length."""
    LINES = "lines"
    """Linear, but quadratic in the first line if the text contains a line break."""
    UNBOUNDED = "unbounded"
    """Faster growth, or unknown."""


def work_of(pattern: str) -> Work:
    """Return how the time of matching a whole text against a pattern grows.

    Measured on Neo4j 5.26 with 100,000 characters: `(?s).*x.*` took 0.05 seconds on any text;
    `.*x.*` took 0.1 on a line of `x`, and 87 with a line break after it, where the second repeat
    scans to the end of the line and fails at each `x`.
    """
    try:
        parsed = _Parser(pattern).parse()
    except _UnknownSyntaxError:
        return Work.UNBOUNDED
    if _steps(parsed, until_end=parsed.dot_all) <= _MOST_LINEAR:
        return Work.LINEAR
    in_one_line = _steps(parsed, until_end=True)
    if in_one_line <= _MOST_LINEAR and _steps(parsed, until_end=False) <= _MOST_IN_LINES:
        return Work.LINES
    return Work.UNBOUNDED


_OTHER = 128
_END = 129
_ALL = frozenset(range(_OTHER + 1))
"""The ASCII characters and `_OTHER`, which stands for all other characters."""
_DIGITS = frozenset(range(ord("0"), ord("9") + 1))
_LETTERS = frozenset(ord(c) for c in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_BREAKS = frozenset((ord("\n"), ord("\r")))
_CLASSES = {
    "d": _DIGITS,
    "w": _DIGITS | _LETTERS | {ord("_")},
    "s": frozenset(ord(c) for c in " \t\n\x0b\f\r"),
}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_Costs = tuple[float, ...]


class _UnknownSyntaxError(Exception):
    """Regular expression syntax that the parser does not support."""


@dataclass(frozen=True, slots=True)
class _Chars:
    """One character of a set; an empty set stands for a zero-width anchor, such as `^`.

    The set may be larger than Java's, so only `is_dot` identifies a dot.
    """

    of: frozenset[int]
    is_dot: bool = False


@dataclass(frozen=True, slots=True)
class _Counted:
    """A part repeated `least` to `most` times."""

    part: "_Part"
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class _Unbounded:
    """A character repeated `least` times or more."""

    chars: _Chars
    least: int


@dataclass(frozen=True, slots=True)
class _Choice:
    ways: tuple[tuple["_Part", ...], ...]


_Part = _Chars | _Counted | _Unbounded | _Choice


@dataclass(frozen=True, slots=True)
class _Parsed:
    whole: _Choice
    dot_all: bool


def _steps(parsed: _Parsed, *, until_end: bool) -> float:
    """Return an upper bound of the steps for a text of `TEXT_LENGTH` characters.

    Args:
        parsed: parsed pattern.
        until_end: whether a final `.*` matches the rest of any text, so that the first path that
            reaches it succeeds.
    """
    done = (1.0,) * (_END + 1)
    ways = parsed.whole.ways
    if until_end:
        ways = tuple(way[:-1] if way and _takes_rest(way[-1]) else way for way in ways)
    return max(_of_choice(_Choice(ways), done)) + TEXT_LENGTH


def _takes_rest(part: _Part) -> bool:
    """Return whether a part is `.*`."""
    return isinstance(part, _Unbounded) and part.least == 0 and part.chars.is_dot


def _of_sequence(parts: Sequence[_Part], then: _Costs) -> _Costs:
    for part in reversed(parts):
        then = _of(part, then)
    return then


def _of(part: _Part, then: _Costs) -> _Costs:
    if isinstance(part, _Choice):
        return _of_choice(part, then)
    if isinstance(part, _Counted):
        return _of_counted(part, then)
    if isinstance(part, _Unbounded):
        return _of_unbounded(part, then)
    if not part.of:
        return tuple(1.0 + cost for cost in then)
    after = 1.0 + max(then)
    return tuple(after if char in part.of else 1.0 for char in range(_END + 1))


def _of_choice(choice: _Choice, then: _Costs) -> _Costs:
    ways = [_of_sequence(way, then) for way in choice.ways]
    return tuple(1.0 + sum(costs) for costs in zip(*ways, strict=True))


def _of_counted(repeat: _Counted, then: _Costs) -> _Costs:
    leaving = then
    for _ in range(repeat.most - repeat.least):
        more = _of(repeat.part, then)
        then = tuple(1.0 + a + b for a, b in zip(more, leaving, strict=True))
    for _ in range(repeat.least):
        then = _of(repeat.part, then)
    return then


def _of_unbounded(repeat: _Unbounded, then: _Costs) -> _Costs:
    """Return the costs of an unbounded repeat, which may end at each position of a run."""
    of = repeat.chars.of
    run = TEXT_LENGTH * (2.0 + max(then[char] for char in of)) + max(then)
    then = tuple(run if char in of else 1.0 + then[char] for char in range(_END + 1))
    for _ in range(repeat.least):
        then = _of(repeat.chars, then)
    return then


_QUANTIFIER = re.compile(r"(?:[*+?]|\{(\d{1,4})(,(\d{1,4})?)?\})[?+]?")
_FLAGS = re.compile(r"\(\?([ims]+)\)")


class _Parser:
    """Parser of the supported part of Java's syntax."""

    def __init__(self, pattern: str) -> None:
        if len(pattern) > _MAX_LENGTH:
            raise _UnknownSyntaxError
        flags = _FLAGS.match(pattern)
        self._text = pattern
        self._at = flags.end() if flags else 0
        self._flags = flags[1] if flags else ""
        self._parts = 0
        self._depth = 0

    def parse(self) -> _Parsed:
        whole = self._choice()
        if self._at < len(self._text):
            raise _UnknownSyntaxError  # a parenthesis that was not opened
        return _Parsed(whole, "s" in self._flags)

    def _choice(self) -> _Choice:
        ways = [self._sequence()]
        while self._next() == "|":
            self._at += 1
            ways.append(self._sequence())
        return _Choice(tuple(ways))

    def _sequence(self) -> tuple[_Part, ...]:
        parts: list[_Part] = []
        while self._next() not in ("", "|", ")"):
            before = self._parts
            part = self._part()
            while match := _QUANTIFIER.match(self._text, self._at):
                self._at = match.end()
                part = self._repeat(part, match, self._parts - before)
            parts.append(part)
        return tuple(parts)

    def _part(self) -> _Part:
        self._count(1)
        char = self._take()
        if char == "(":
            return self._group()
        if char == "[":
            return _Chars(self._class())
        if char == "\\":
            return self._read_escape()
        if char == ".":
            return _Chars(_ALL if "s" in self._flags else _ALL - _BREAKS, is_dot=True)
        if char in "^$":
            return _Chars(frozenset())
        if char in "*+?{":
            raise _UnknownSyntaxError
        return _Chars(self._fold_case(char))

    def _group(self) -> _Choice:
        if self._next() == "?":
            self._at += 1
            if self._take() != ":":
                raise _UnknownSyntaxError
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise _UnknownSyntaxError
        group = self._choice()
        self._depth -= 1
        if self._take() != ")":
            raise _UnknownSyntaxError
        return group

    def _repeat(self, part: _Part, match: re.Match[str], size: int) -> _Part:
        least, most = _bounds(match)
        self._count(size * (least if most is None else most))
        if most is None:
            if not isinstance(part, _Chars) or not part.of:
                raise _UnknownSyntaxError
            return _Unbounded(part, least)
        if most < least:
            raise _UnknownSyntaxError
        return _Counted(part, least, most)

    def _read_escape(self) -> _Chars:
        char = self._take()
        if char in "bB":
            return _Chars(frozenset())
        return _Chars(self._set_after_backslash(char))

    def _set_after_backslash(self, char: str) -> frozenset[int]:
        if char.lower() in _CLASSES:
            known = _CLASSES[char.lower()]
            return known if char.islower() else _ALL - known
        if char in "pP" and re.compile(r"\{\w+\}").match(self._text, self._at):
            self._at = self._text.index("}", self._at) + 1
            return _ALL
        if char in _CONTROLS:
            return frozenset((ord(_CONTROLS[char]),))
        if char.isalnum():
            raise _UnknownSyntaxError
        return self._fold_case(char)

    def _class(self) -> frozenset[int]:
        """Parse a bracketed class, without nested classes and intersections."""
        negated = self._next() == "^"
        self._at += negated
        if self._next() == "]":
            raise _UnknownSyntaxError
        chars: set[int] = set()
        while (char := self._take()) != "]":
            if char == "[" or (char == "&" and self._next() == "&"):
                raise _UnknownSyntaxError
            if negated and char == "\\" and self._next() in ("p", "P"):
                raise _UnknownSyntaxError  # its set is overestimated, so the complement is unknown
            chars |= self._of_class(char)
        return (_ALL - chars) | {_OTHER} if negated else frozenset(chars)

    def _of_class(self, char: str) -> frozenset[int]:
        first = self._set_after_backslash(self._take()) if char == "\\" else self._fold_case(char)
        if not re.compile(r"-[^\]]").match(self._text, self._at):
            return first
        self._at += 1
        last = self._take()
        if char == "\\" or last in "[\\&":
            raise _UnknownSyntaxError
        return self._range(char, last)

    def _range(self, first: str, last: str) -> frozenset[int]:
        if last < first:
            raise _UnknownSyntaxError
        chars: frozenset[int] = frozenset()
        for code in range(ord(first), min(ord(last), _OTHER) + 1):
            chars |= self._fold_case(chr(code))
        return chars | {_OTHER} if ord(last) >= _OTHER else chars

    def _fold_case(self, char: str) -> frozenset[int]:
        """Return a character's set, with both cases if the pattern ignores case."""
        if ord(char) >= _OTHER:
            return frozenset((_OTHER,))
        if "i" not in self._flags:
            return frozenset((ord(char),))
        return frozenset((ord(char.lower()), ord(char.upper())))

    def _count(self, parts: int) -> None:
        self._parts += parts
        if self._parts > _MAX_PARTS:
            raise _UnknownSyntaxError

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        char = self._next()
        if not char:
            raise _UnknownSyntaxError
        self._at += 1
        return char


def _bounds(match: re.Match[str]) -> tuple[int, int | None]:
    kind = match[0][0]
    if kind != "{":
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[kind]
    least = int(match[1])
    if match[2] is None:
        return least, least
    return least, None if match[3] is None else int(match[3])
