"""Tagged sentences: files in BIO, BIEOS and span form, and entities as spans."""

import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from catalograph.errors import TrainingDataError

_GZIP_MAGIC = b"\x1f\x8b"
_TAGGED = re.compile(r"\S+[\t ](?:O|[BIES]-\S+)")
_PREFIXES = frozenset("BIESO")


@dataclass(frozen=True, slots=True, order=True)
class Entity:
    """Tokens `start` to `end` (exclusive) of a sentence, of one type."""

    start: int
    end: int
    type: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """Tokens with their entities."""

    tokens: tuple[str, ...]
    entities: frozenset[Entity]

    @property
    def text(self) -> str:
        """Tokens joined without spaces, as Chinese is written."""
        return "".join(self.tokens)


def read_tagged(path: Path) -> list[Sentence]:
    """Read a file with a token and its tag per line and an empty line between sentences.

    A tab or the last space separates them, so a token may be a space itself. BIO, BIOES and
    BIEOS need not be distinguished: one decoder reads them all. Lines of JSON are read too:
    `{"text": "…", "spans": [{"start": 0, "end": 2, "type": "…"}]}`; the text may be named
    `sentences`, and each of its characters is a token.

    Raises:
        TrainingDataError: the file cannot be read, or a line does not have this form.
    """
    sentences: list[Sentence] = []
    tokens: list[str] = []
    tags: list[str] = []
    for number, line in enumerate(read_lines(path), 1):
        if line.startswith("{") and not tokens:
            sentences.append(_read_spans(line, path, number))
        elif line.strip():
            token, tag = _split(line, path, number)
            tokens.append(token)
            tags.append(tag)
        elif tokens:
            sentences.append(Sentence(tuple(tokens), decode(tags)))
            tokens, tags = [], []
    if tokens:
        sentences.append(Sentence(tuple(tokens), decode(tags)))
    if not sentences:
        raise TrainingDataError(
            f"'{path}' holds no sentence; expected a token and its tag on each line."
        )
    return sentences


def _read_spans(line: str, path: Path, number: int) -> Sentence:
    try:
        row = json.loads(line)
        text = row["text"] if "text" in row else row["sentences"]
        spans = [(int(s["start"]), int(s["end"]), str(s["type"])) for s in row["spans"]]
        wrong = [s for s in spans if not 0 <= s[0] < s[1] <= len(text)]
        if wrong:
            raise ValueError(f"the span {wrong[0]} is not within {len(text)} characters")
    except (ValueError, KeyError, TypeError) as exc:
        raise TrainingDataError(
            f"Line {number} of '{path}' is {line[:60]!r} ({exc}); expected "
            '{"text": "…", "spans": [{"start": 0, "end": 2, "type": "…"}]}.'
        ) from exc
    return Sentence(tuple(text), frozenset(Entity(*span) for span in spans))


def _split(line: str, path: Path, number: int) -> tuple[str, str]:
    token, _, tag = line.rpartition("\t" if "\t" in line else " ")
    if not token or tag[:1] not in _PREFIXES or (tag != "O" and tag[1:2] != "-"):
        raise TrainingDataError(
            f"Line {number} of '{path}' is {line[:60]!r}; expected a token and a tag such as "
            "B-BRAND, I-BRAND or O, with a tab or a space between."
        )
    return token, tag


def read_texts(path: Path) -> list[str]:
    """Read raw texts: a tagged file without its tags, else its lines or their last cells.

    Raises:
        TrainingDataError: the file cannot be read.
    """
    lines = list(read_lines(path))
    if lines and _TAGGED.fullmatch(lines[0]):
        return [sentence.text for sentence in read_tagged(path)]
    return [line.rpartition("\t")[2] for line in lines]


def read_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a UTF-8 file, plain or gzipped, without line ends.

    Raises:
        TrainingDataError: the file is missing, damaged or not UTF-8.
    """
    try:
        with _open(path) as stream:
            for line in stream:
                yield line.rstrip("\r\n")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as exc:
        raise TrainingDataError(
            f"'{path}' cannot be read ({exc}); expected a UTF-8 file, plain or gzipped."
        ) from exc


def _open(path: Path) -> IO[str]:
    with path.open("rb") as raw:
        gzipped = raw.read(2) == _GZIP_MAGIC
    return gzip.open(path, "rt", encoding="utf-8") if gzipped else path.open(encoding="utf-8")


def decode(tags: Sequence[str]) -> frozenset[Entity]:
    """Decode BIO or BIEOS tags to entities; a tag that cannot follow begins a new entity."""
    found: set[Entity] = set()
    start = 0
    kind = ""
    for n, tag in enumerate((*tags, "O")):
        prefix, _, named = tag.partition("-")
        if kind and (prefix in "BSO" or named != kind):
            found.add(Entity(start, n, kind))
            kind = ""
        if not kind and prefix != "O":
            start, kind = n, named
        if kind and prefix in "ES":
            found.add(Entity(start, n + 1, kind))
            kind = ""
    return frozenset(found)


def encode(entities: Iterable[Entity], length: int) -> list[str]:
    """Encode non-overlapping entities as BIEOS tags."""
    tags = ["O"] * length
    for entity in entities:
        last = entity.end - 1
        tags[entity.start : entity.end] = [f"I-{entity.type}"] * (entity.end - entity.start)
        tags[entity.start] = f"{'S' if entity.start == last else 'B'}-{entity.type}"
        if entity.start < last:
            tags[last] = f"E-{entity.type}"
    return tags
