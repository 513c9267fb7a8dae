"""The list of rows in a JSON document, found by its structure.

One pass over the text follows brackets and strings; elements of lists are passed over without
being parsed, so memory stays flat. Its result says where each list of objects begins and ends.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

import orjson

from catalograph.errors import SourceFormatError
from catalograph.ingest.readers.column_words import (
    looks_like_product,
    looks_like_record,
    rank_of_list,
)
from catalograph.ingest.readers.lines import BOM

_CHUNK = 256 * 1024
_SAMPLE_BYTES = 64 * 1024
_DEEPEST = 8
"""Levels of objects in which lists are looked for."""
_CHILDREN = 50
"""Objects within an object that are looked into; with more, they are rows by themselves."""
_SHOWN = 6

_TOKEN = re.compile(
    rb'[\s]*+(?:([{}\[\]:,])|("(?:[^"\\]++|\\.)*+")|([^\s{}\[\]:,"]++)(?=[\s{}\[\]:,"]))', re.DOTALL
)
_TO_BRACKET = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+([{}\[\]])', re.DOTALL)
_FILLER = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
_IN_STRING = re.compile(rb'"|\\.', re.DOTALL)


@dataclass(frozen=True, slots=True)
class JsonList:
    """A list of objects in a document, or an object whose values are objects of one form.

    Attributes:
        path: names that lead to it.
        count: number of objects in it.
        start: place of its first byte behind the opening bracket.
        end: place of its closing bracket.
        keyed: whether it is an object; its names are then keys of the rows.
        names: names in its first object.
        parents: names of plain values, for each object on the way to it.
    """

    path: tuple[str, ...]
    count: int
    start: int
    end: int
    keyed: bool
    names: frozenset[str]
    parents: tuple[frozenset[str], ...]

    @property
    def address(self) -> str:
        """Path as a mapping writes it."""
        return ".".join(self.path)


def find_lists(stream: IO[bytes], name: str) -> list[JsonList] | None:
    """Return the lists of a document that is one object; None for any other text.

    Raises:
        SourceFormatError: the text ends within the object.
    """
    try:
        return _Survey(stream).lists()
    except _EndError:
        raise cut_short_error(name) from None


def cut_short_error(name: str) -> SourceFormatError:
    """Return the error of a file whose JSON ends too early."""
    return SourceFormatError(
        f"'{name}' cannot be read: its JSON ends inside an element. It may be cut short or "
        "damaged; get it again and check its size.",
        file=name,
    )


def choose_list(lists: Sequence[JsonList]) -> JsonList | None:
    """Return the list that holds the rows; None if the document is one row itself.

    Lists with a name of rows (`products`, `items`, `data`, `商品`) come before others, and these
    before parts of products such as `images`; among equals the largest is chosen, and a list named
    after products counts as twice as long. A document that has an id, a title or a price of its
    own is one product, whatever lists are in it.
    """
    found = [each for each in lists if not _is_part(each)]
    if not found:
        return None
    return max(found, key=_preference)


def _preference(found: JsonList) -> tuple[int, int, int]:
    rank = _rank(found)
    return min(2, rank), found.count * (2 if rank == 3 else 1), rank


def _rank(found: JsonList) -> int:
    return max(rank_of_list(found.path[-1]), min(2, max(map(rank_of_list, found.path))))


def _is_part(found: JsonList) -> bool:
    """Return whether a list belongs to one product, in which it stands."""
    if rank_of_list(found.path[-1]) == 3:
        return any(looks_like_product(names) for names in found.parents)
    if any(looks_like_record(names) for names in found.parents):
        return True
    if rank_of_list(found.path[-1]) == 0 and any(found.parents):
        return True
    # In a language without known words: an object with more to say than the objects in its list.
    widest = max(map(len, found.parents))
    return rank_of_list(found.path[-1]) < 2 and widest >= 6 and widest > len(found.names)


def describe_lists(lists: Sequence[JsonList]) -> str:
    """Return paths and lengths of lists for people, the longest first."""
    ordered = sorted(lists, key=lambda each: -each.count)
    shown = [f"{each.address} ({each.count:,})" for each in ordered[:_SHOWN]]
    more = [f"{len(ordered) - _SHOWN} more"] if len(ordered) > _SHOWN else []
    return ", ".join(shown + more)


class _EndError(Exception):
    """The text ends within a value."""


class _Survey:
    """Follows the structure of a text."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._buffer = b""
        self._place = 0
        self._before = 0  # bytes let go before the buffer
        self._found: list[JsonList] = []

    def lists(self) -> list[JsonList] | None:
        self._more()
        if self._buffer.startswith(BOM):
            self._place = len(BOM)
        if self._token() != b"{":
            return None
        self._object((), ())
        return None if self._goes_on() else self._found

    def _goes_on(self) -> bool:
        """Return whether anything follows the document."""
        while not self._buffer[self._place :].strip():
            self._place = len(self._buffer)
            if not self._more():
                return False
        return True

    def _object(self, path: tuple[str, ...], parents: tuple[frozenset[str], ...]) -> None:
        """Go through an object whose opening bracket was read."""
        start = self._at
        plain: set[str] = set()
        first: frozenset[str] = frozenset()
        inner = others = 0
        earlier = len(self._found)
        while (token := self._token()) != b"}":
            if not token.startswith(b'"'):
                continue
            name = _name(token)
            if self._token() != b":":
                continue
            value = self._token()
            if value == b"{":
                inner += 1
                names = self._child((*path, name), parents, plain, deep=inner <= _CHILDREN)
                first = first or names
            elif value == b"[":
                others += 1
                self._array((*path, name), (*parents, frozenset(plain)))
            else:
                others += 1
                plain.add(name)
        end = self._at - 1
        self._complete(earlier, len(parents), frozenset(plain))
        if path and inner >= 2 and not others and len(first) >= 2:
            # Objects by key: lists within them are parts of rows.
            del self._found[earlier:]
            above = parents or (frozenset(),)
            self._found.append(JsonList(path, inner, start, end, True, first, above))

    def _child(
        self,
        path: tuple[str, ...],
        parents: tuple[frozenset[str], ...],
        plain: set[str],
        *,
        deep: bool,
    ) -> frozenset[str]:
        """Go through an object within an object; return its names if they are at hand."""
        names = self._names_ahead()
        if deep and len(path) < _DEEPEST:
            self._object(path, (*parents, frozenset(plain)))
        else:
            self._pass_over()
        return names

    def _complete(self, earlier: int, level: int, plain: frozenset[str]) -> None:
        """Give the lists found in an object all its names, also those behind the lists."""
        for place in range(earlier, len(self._found)):
            each = self._found[place]
            parents = (*each.parents[:level], plain, *each.parents[level + 1 :])
            self._found[place] = JsonList(
                each.path, each.count, each.start, each.end, each.keyed, each.names, parents
            )

    def _array(self, path: tuple[str, ...], parents: tuple[frozenset[str], ...]) -> None:
        """Go through an array whose opening bracket was read."""
        start = self._at
        objects = others = 0
        names: frozenset[str] = frozenset()
        while (token := self._token()) != b"]":
            if token == b"{":
                names = names or self._names_ahead()
                objects += 1
                self._pass_over()
            elif token == b"[":
                others += 1
                self._pass_over()
            elif token not in b":,}":
                others += 1
        if objects > others:
            self._found.append(JsonList(path, objects, start, self._at - 1, False, names, parents))

    @property
    def _at(self) -> int:
        return self._before + self._place

    def _names_ahead(self) -> frozenset[str]:
        """Return the names of the object whose opening bracket was read, if it is short."""
        while len(self._buffer) - self._place < _SAMPLE_BYTES and self._more():
            pass
        text = self._buffer[self._place : self._place + _SAMPLE_BYTES]
        depth, place = 1, 0
        while depth:
            match = _TO_BRACKET.match(text, place)
            if match is None:
                return frozenset()
            place = match.end()
            depth += 1 if match[1] in b"{[" else -1
        try:
            return frozenset(orjson.loads(b"{" + text[:place]))
        except orjson.JSONDecodeError:
            return frozenset()

    def _token(self) -> bytes:
        """Return the next bracket, sign, text or number."""
        while (match := _TOKEN.match(self._buffer, self._place)) is None:
            if len(self._buffer) - self._place > 16 * _CHUNK and self._cut_string():
                return b'""'
            if not self._more():
                raise _EndError
        self._place = match.end()
        return match[1] or match[2] or match[3]

    def _cut_string(self) -> bool:
        """Pass over a very long text; whether there was one."""
        rest = self._buffer[self._place :].lstrip()
        if not rest.startswith(b'"'):
            return False
        self._place = len(self._buffer) - len(rest) + 1
        self._pass_string()
        return True

    def _pass_over(self) -> None:
        """Pass over the rest of an object or array whose opening bracket was read."""
        depth = 1
        while depth:
            match = _TO_BRACKET.match(self._buffer, self._place)
            if match is not None:
                self._place = match.end()
                depth += 1 if match[1] in b"{[" else -1
                continue
            filler = _FILLER.match(self._buffer, self._place)
            self._place = self._place if filler is None else filler.end()
            if len(self._buffer) - self._place > _CHUNK:
                self._place += 1
                self._pass_string()
            elif not self._more():
                raise _EndError

    def _pass_string(self) -> None:
        """Pass over the rest of a text whose opening quote was read, without keeping it."""
        while True:
            match = _IN_STRING.search(self._buffer, self._place)
            if match is None:
                cut = self._buffer.endswith(b"\\")
                self._place = max(self._place, len(self._buffer) - cut)
                if not self._more():
                    raise _EndError
                continue
            self._place = match.end()
            if match[0] == b'"':
                return

    def _more(self) -> bool:
        """Read on; whether there was more."""
        chunk = self._stream.read(_CHUNK)
        self._before += self._place
        self._buffer = self._buffer[self._place :] + chunk
        self._place = 0
        return bool(chunk)


def _name(token: bytes) -> str:
    try:
        return str(orjson.loads(token))
    except orjson.JSONDecodeError:
        return token.decode("utf-8", "replace").strip('"')


def read_span(stream: IO[bytes], start: int, end: int) -> Iterator[bytes]:
    """Yield the bytes of a stream from one place up to another, by chunks."""
    place = 0
    while place < end and (chunk := stream.read(_CHUNK)):
        first, last = max(0, start - place), min(len(chunk), end - place)
        place += len(chunk)
        if first < last:
            yield chunk[first:last]


def pick_list(lists: Sequence[JsonList], rows: str, name: str) -> JsonList:
    """Return the list at the path that a mapping names.

    Raises:
        SourceFormatError: there is no such list; the message names those there are.
    """
    for each in lists:
        if each.address == rows:
            return each
    there = describe_lists(lists) or "none"
    raise SourceFormatError(
        f"'{name}' has no list of objects at 'rows: {rows}'. Its lists are: {there}. Correct "
        "'rows:' in the mapping, or leave it out.",
        file=name,
    )


__all__ = [
    "JsonList",
    "choose_list",
    "cut_short_error",
    "describe_lists",
    "find_lists",
    "pick_list",
    "read_span",
]
