"""Profiles of a file's columns, over all of its rows, in one reading and bounded memory."""

import heapq
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from catalograph.ingest import fingerprint, values
from catalograph.ingest.mapping_inference.forms import (
    LONGEST_SHORT,
    Form,
    find_currency,
    read_form,
    split_day_and_month,
)
from catalograph.ingest.readers import dump_cells
from catalograph.schema import Rejection

_MOST_COUNTED = 4_096
"""Distinct texts whose frequencies are kept of a column."""
_MOST_COLUMNS = 2_000
_MOST_KEYS = 200
"""Keys of a nested object above which it is a table of its own, not columns."""
_SAMPLE_ROWS = 2_000
_SAMPLE_CHARACTERS = 600
_SKETCH = 16_384
_SAMPLES = 5
_DEEPEST = 3
_SEPARATORS = (
    ">>",
    ">",
    "»",
    "›",
    "→",
    "|",
    "::",
    "/",
    "\\",
    ",",
    ";",
    "、",
    "，",
    " - ",
    ":",
    "->",
)
_DECIMAL = re.compile(r"(?P<sign>[.,])(?P<tail>\d+)\D*\Z")
_DIGITS = re.compile(r"[-+]?[.,]?\d[\d., \u00a0\u202f'\u2019]*")


class DistinctSketch:
    """Number of distinct values: exact up to a bound, then an estimate from the smallest hashes.

    The estimate is that of k minimum values: Bar-Yossef et al., "Counting distinct elements in a
    data stream" (2002). Its standard error is 1/sqrt(k), below 1 %.
    """

    def __init__(self, size: int = _SKETCH) -> None:
        self._size = size
        self._hashes: set[int] = set()
        self._largest: list[int] = []

    def add(self, value: int) -> None:
        """Add a 64-bit hash."""
        if value in self._hashes:
            return
        if len(self._hashes) < self._size:
            self._hashes.add(value)
            heapq.heappush(self._largest, -value)
        elif value < -self._largest[0]:
            self._hashes.discard(-heapq.heappushpop(self._largest, -value))
            self._hashes.add(value)

    @property
    def is_exact(self) -> bool:
        """Whether the number is exact."""
        return len(self._hashes) < self._size

    @property
    def count(self) -> int:
        """Number of distinct hashes."""
        if self.is_exact:
            return len(self._hashes)
        return int((self._size - 1) / (-self._largest[0] / 2.0**64))


@dataclass
class ColumnProfile:
    """What the cells of one column are.

    Attributes:
        name: name of the column, or dotted path of a nested value.
        rows: number of rows of the file, or of elements of the list that the column is in.
        filled: number of cells that are not blank.
        kinds: number of cells by kind: text, number, flag, list, objects (a list of objects) or
            object.
        forms: number of cells by form; one cell may have several.
        counts: number of cells by text; None if there are too many texts.
        currencies: number of cells by currency, "" for a sign of several currencies.
        separators: number of cells by separator that they contain.
        decimals: number of cells with a decimal comma, a decimal point, or either (`unclear`).
        samples: some distinct texts.
        characters: sum of the lengths of the texts.
        words: sum of the words of the texts.
        longest: length of the longest text.
        least: smallest number.
        greatest: largest number.
        first: largest first number of dates such as 31.01.2026.
        second: largest second number of such dates.
        keys: keys of the objects, or of the objects in the lists.
    """

    name: str
    rows: int = 0
    filled: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    forms: Counter[int] = field(default_factory=Counter)
    counts: dict[str, int] | None = field(default_factory=dict)
    currencies: Counter[str] = field(default_factory=Counter)
    separators: Counter[str] = field(default_factory=Counter)
    decimals: Counter[str] = field(default_factory=Counter)
    samples: list[str] = field(default_factory=list)
    characters: int = 0
    words: int = 0
    longest: int = 0
    least: float = float("inf")
    greatest: float = float("-inf")
    first: int = 0
    second: int = 0
    keys: dict[str, None] = field(default_factory=dict)
    _sketch: DistinctSketch = field(default_factory=DistinctSketch)

    @property
    def blank_share(self) -> float:
        """Share of the rows without a value."""
        return 1 - self.filled / self.rows if self.rows else 1.0

    @property
    def distinct(self) -> int:
        """Number of distinct values."""
        return min(self._sketch.count, self.filled)

    @property
    def distinct_share(self) -> float:
        """Distinct values of the filled cells."""
        return self.distinct / self.filled if self.filled else 0.0

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value of its own, as far as the profile can tell."""
        if self.filled < self.rows or not self.filled:
            return False
        return self.distinct == self.filled if self._sketch.is_exact else self.distinct_share > 0.97

    @property
    def mean_words(self) -> float:
        """Mean number of words of the texts."""
        return self.words / self.filled if self.filled else 0.0

    @property
    def mean_characters(self) -> float:
        """Mean length of the texts."""
        return self.characters / self.filled if self.filled else 0.0

    def share(self, *forms: int) -> float:
        """Share of the filled cells that have one of these forms."""
        if not self.filled:
            return 0.0
        wanted = sum(forms)  # of different bits
        return sum(n for form, n in self.forms.items() if form & wanted) / self.filled

    def share_of_kind(self, *kinds: str) -> float:
        """Share of the filled cells that are of one of these kinds."""
        return sum(self.kinds[kind] for kind in kinds) / self.filled if self.filled else 0.0

    @property
    def numeric_share(self) -> float:
        """Share of the filled cells that are numbers, with or without a currency."""
        return self.share(Form.NUMBER, Form.MONEY)

    def example(self) -> str:
        """Return a sample value for people."""
        return self.samples[0] if self.samples else ""

    def observe(self, cell: Any) -> None:
        """Take a cell that is not blank."""
        self.filled += 1
        kind = _kind(cell)
        self.kinds[kind] += 1
        if kind in ("object", "objects"):
            self._observe_structure(cell)
            return
        text = _text(cell)
        self._count_lengths(text, cell)
        counts = self.counts
        if counts is not None and text in counts:
            counts[text] += 1
            return
        self._sketch.add(fingerprint.short_hash(text))
        self._add_sample(text)
        if counts is not None and len(text) <= LONGEST_SHORT:
            if len(counts) < _MOST_COUNTED:
                counts[text] = 1
                return
            self._spill()
        self._describe(text, 1)

    def finish(self, rows: int) -> None:
        """Take the number of rows, and describe the texts that were only counted."""
        self.rows = max(rows, self.filled)
        for text, number in (self.counts or {}).items():
            self._describe(text, number)
        if not self.samples:
            self.samples = list(self.counts or ())[:_SAMPLES]

    def _spill(self) -> None:
        """Describe the counted texts and stop counting."""
        for text, number in (self.counts or {}).items():
            self._describe(text, number)
        self.counts = None

    def _add_sample(self, text: str) -> None:
        if len(self.samples) < _SAMPLES:
            self.samples.append(text)

    def _observe_structure(self, cell: Any) -> None:
        parts = cell if isinstance(cell, list) else [cell]
        for part in parts:
            if isinstance(part, Mapping) and len(self.keys) <= _MOST_KEYS:
                self.keys.update(dict.fromkeys(map(str, part)))
        if len(self.samples) < _SAMPLES:
            self.samples.append(dump_cells(cell).decode()[:LONGEST_SHORT])
        self._sketch.add(fingerprint.short_hash(dump_cells(cell).decode()))

    def _count_lengths(self, text: str, cell: Any) -> None:
        self.characters += len(text)
        self.words += _count_words(text)
        self.longest = max(self.longest, len(text))
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            self._note_number(float(cell))

    def _note_number(self, number: float) -> None:
        self.least, self.greatest = min(self.least, number), max(self.greatest, number)

    def _describe(self, text: str, number: int) -> None:
        form = read_form(text)
        self.forms[form] += number
        for separator in _SEPARATORS:
            if separator in text:
                self.separators[separator] += number
        if form & Form.MONEY:
            self.currencies[find_currency(text) or ""] += number
        if form & (Form.NUMBER | Form.MONEY):
            self._describe_number(text, number)
        if form & Form.DAY_OR_MONTH and (parts := split_day_and_month(text)):
            self.first, self.second = max(self.first, parts[0]), max(self.second, parts[1])

    def _describe_number(self, text: str, number: int) -> None:
        digits = _DIGITS.search(text)
        if digits is None:
            return
        written = digits[0].strip(" \u00a0\u202f'").rstrip(".,")
        match = _DECIMAL.search(written)
        if match is not None:
            many = written.count(match["sign"]) > 1
            other = "," if match["sign"] == "." else "."
            if many:  # grouped, so the other sign would be decimal
                self.decimals["comma" if match["sign"] == "." else "point"] += number
            elif len(match["tail"]) != 3 or other in written or written.startswith("0"):
                self.decimals["comma" if match["sign"] == "," else "point"] += number
            else:
                self.decimals["unclear"] += number
        try:
            self._note_number(values.to_number(written))
        except ValueError:
            return


@dataclass
class FeedProfile:
    """Profile of a file.

    Attributes:
        rows: number of rows that could be read.
        columns: profile by column; nested values under dotted paths.
        elements: profiles of the columns of lists of objects, by path of the list.
        sample: rows drawn evenly from the whole file, flat and with texts cut.
        unreadable: number of rows that could not be read, by reason.
    """

    rows: int = 0
    columns: dict[str, ColumnProfile] = field(default_factory=dict)
    elements: dict[str, dict[str, ColumnProfile]] = field(default_factory=dict)
    sample: list[dict[str, Any]] = field(default_factory=list)
    unreadable: Counter[str] = field(default_factory=Counter)

    def pairs(self, *columns: str) -> Iterator[tuple[Any, ...]]:
        """Yield the cells of some columns of the sample, of rows where none is blank."""
        for row in self.sample:
            cells = tuple(row.get(column) for column in columns)
            if not any(values.is_blank(cell) for cell in cells):
                yield cells


def profile_rows(rows: Iterable[Mapping[str, Any] | Rejection]) -> FeedProfile:
    """Profile the rows of a file, or why they could not be read, in one pass."""
    profile = FeedProfile()
    counts: Counter[str] = Counter()
    chance = random.Random(0)  # noqa: S311 - a sample, the same in each run
    for fields in rows:
        if isinstance(fields, Rejection):
            profile.unreadable[fields.detail or str(fields.reason)] += 1
            continue
        profile.rows += 1
        _draw(profile, _profile_row(profile, fields, counts), chance)
    for column in profile.columns.values():
        column.finish(profile.rows)
    for path, columns in profile.elements.items():
        for column in columns.values():
            column.finish(counts[path])
    return profile


def _profile_row(
    profile: FeedProfile, fields: Mapping[str, Any], counts: Counter[str]
) -> dict[str, Any]:
    """Take the cells of a row; return them flat and cut, and count elements of lists."""
    flat: dict[str, Any] = {}
    for path, cell in _flat_cells(fields):
        column = profile.columns.get(path)
        if column is None:
            if len(profile.columns) >= _MOST_COLUMNS:
                continue
            column = profile.columns[path] = ColumnProfile(path)
        if values.is_blank(cell):
            continue
        column.observe(cell)
        flat[path] = cell[:_SAMPLE_CHARACTERS] if isinstance(cell, str) else cell
        if _kind(cell) == "objects":
            counts[path] += len(cell)
            _profile_elements(profile, path, cell)
    return flat


def _profile_elements(profile: FeedProfile, path: str, cell: list[Any]) -> None:
    columns = profile.elements.setdefault(path, {})
    for element in cell:
        if not isinstance(element, Mapping):
            continue
        for name, value in _flat_cells(element):
            inner = f"{path}.{name}"
            if inner not in columns:
                if len(columns) >= _MOST_KEYS:
                    continue
                columns[inner] = ColumnProfile(inner)
            if not values.is_blank(value):
                columns[inner].observe(value)


def _draw(profile: FeedProfile, flat: dict[str, Any], chance: random.Random) -> None:
    """Keep a row by reservoir sampling: each row of the file with the same chance."""
    if len(profile.sample) < _SAMPLE_ROWS:
        profile.sample.append(flat)
    else:
        place = chance.randrange(profile.rows)
        if place < _SAMPLE_ROWS:
            profile.sample[place] = flat


def _flat_cells(
    fields: Mapping[str, Any], before: str = "", depth: int = 0
) -> Iterator[tuple[str, Any]]:
    """Yield path and value of each cell; of a nested object the object and then its parts."""
    for name, cell in fields.items():
        path = f"{before}{name}"
        yield path, cell
        if depth < _DEEPEST and len(fields) <= _MOST_KEYS:
            if isinstance(cell, Mapping) and len(cell) <= _MOST_KEYS:
                yield from _flat_cells(cell, f"{path}.", depth + 1)
            elif _kind(cell) == "objects":
                yield from _flat_cells({"0": cell[0]}, f"{path}.", depth + 1)


def _kind(cell: Any) -> str:
    if isinstance(cell, str):
        return "text"
    if isinstance(cell, bool):
        return "flag"
    if isinstance(cell, int | float):
        return "number"
    if isinstance(cell, Mapping):
        return "object"
    if isinstance(cell, list):
        return "objects" if cell and isinstance(cell[0], Mapping) else "list"
    return "text"


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, list):
        return "\n".join(_text(part) for part in cell if not values.is_blank(part))
    if isinstance(cell, Mapping):
        return dump_cells(cell).decode()
    return str(cell)


def _count_words(text: str) -> int:
    """Count words; two signs of a script without spaces count as one word."""
    if text.isascii():
        return len(text.split())
    wide = sum(1 for sign in text if "\u3040" <= sign <= "\u9fff" or "\uac00" <= sign <= "\ud7af")
    return len(text.split()) + wide // 2


text_of_cell = _text
"""Text of a cell as profiles count it."""
