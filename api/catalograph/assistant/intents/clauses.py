"""Clauses of a turn, each of which may have an intent of its own."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from catalograph.assistant.intents.sentences import first_verbs

_STOP = re.compile(r"[.?!;:\n。？！；：…]+(?=\s|\Z|[\u3400-\u9fff])|[。？！；…\n]+")
_LINK = re.compile(
    r",\s*(?:and\s+|also\s+|then\s+|but\s+|plus\s+)*|\s(?:and|also|then|plus|but|as\s+well\s+as)\s+"
    r"(?:also\s+|then\s+)?|[，、]?(?:还有(?=[，,我你请能可怎这那帮想要什哪])|另外|并且|而且|然后|"
    r"同时|顺便|以及|此外)[，,]?|，|、",
    re.IGNORECASE,
)
_HAN = re.compile(r"[\u3400-\u9fff]")
# What a clause begins with; "red and black" is one clause.
_SUBJECTS_TEXT = """
i i'd i'm i've you it this that these they can could do does did is are was were will would
have has may should what what's where where's when how which who why please also my your the
tell show give let hi
"""
_SUBJECTS = frozenset(_SUBJECTS_TEXT.split())
_LEAST_HAN, _LEAST_WORDS = 2, 2


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a turn, `turn[start:end]`.

    Attributes:
        text: the part.
        start: offset of its first character.
        end: offset after its last character.
    """

    text: str
    start: int
    end: int


def split_clauses(turn: str) -> list[Clause]:
    """Return the clauses of a turn, at least one; a link parts only what can stand by itself."""
    found: list[Clause] = []
    for start, end in _sentences(turn):
        begin = start
        for link in _LINK.finditer(turn, start, end):
            if _stands(turn[begin : link.start()]) and _begins(turn[link.end() : end]):
                found.append(_clause(turn, begin, link.start()))
                begin = link.end()
        found.append(_clause(turn, begin, end))
    return [one for one in found if one.text] or [_clause(turn, 0, len(turn))]


def join_clauses(turn: str, clauses: Sequence[Clause]) -> Clause:
    """Return the clause from the first of some clauses to the last."""
    return _clause(turn, clauses[0].start, clauses[-1].end)


def _sentences(turn: str) -> Iterator[tuple[int, int]]:
    begin = 0
    for stop in _STOP.finditer(turn):
        yield begin, stop.end()
        begin = stop.end()
    if begin < len(turn):
        yield begin, len(turn)


def _clause(turn: str, start: int, end: int) -> Clause:
    text = turn[start:end]
    start += len(text) - len(text.lstrip())
    return Clause(text.strip(), start, start + len(text.strip()))


def _stands(text: str) -> bool:
    return len(_HAN.findall(text)) >= _LEAST_HAN or len(text.split()) >= _LEAST_WORDS


def _begins(text: str) -> bool:
    if _HAN.match(text.lstrip()):
        return _stands(text)
    words = text.lower().split()
    return len(words) >= _LEAST_WORDS and words[0].strip(",'") in _SUBJECTS | _verbs()


@cache
def _verbs() -> frozenset[str]:
    return first_verbs()
