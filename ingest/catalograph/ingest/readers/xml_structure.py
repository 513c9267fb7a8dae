"""The elements of an XML file that are rows, found by its structure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from catalograph.errors import SourceFormatError
from catalograph.ingest.readers.column_words import looks_like_record, rank_of_element
from catalograph.ingest.readers.rows import FeedLimits
from catalograph.ingest.readers.source import FeedSource
from catalograph.ingest.readers.xml_events import parse_xml, plain_attributes, refuse_xml

_ENOUGH_BYTES = 512 * 1024
_MOST_BYTES = 16 * 1024**2
"""Bytes read at least, and at most, to find the rows."""
_ENOUGH_ROWS = {3: 2, 2: 100}
"""Rows that end the search, by what their name says."""
_MOST_PATHS = 2_000
_SHOWN = 12

Path = tuple[str, ...]


@dataclass
class ElementCount:
    """How the elements at one path look.

    Attributes:
        path: names from the root to the element.
        count: number of elements.
        siblings: largest number of them within one element.
        structured: number of them with inner elements or several attributes.
        weight: number of elements and attributes within all of them.
        leaves: names of their attributes and of inner elements without further ones.
    """

    path: Path
    count: int = 0
    siblings: int = 0
    structured: int = 0
    weight: int = 0
    leaves: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """Name of the element."""
        return self.path[-1]


def find_row_element(source: FeedSource) -> str:
    """Return the name of the elements that are rows; reads the first part of the file.

    Raises:
        SourceFormatError: the file has no such elements, or is no XML.
    """
    counter = _Counter(source.name, source.limits)
    fault: SourceFormatError | None = None
    try:
        for size in parse_xml(source, counter):
            enough = size > _ENOUGH_BYTES and counter.has_rows()
            if enough or size > _MOST_BYTES:
                break
    except SourceFormatError as exc:
        # Reading the rows comes to the same place and says so, after the rows before it.
        fault = exc
    counts = list(counter.counts.values())
    chosen = _choose(counts)
    if chosen is None:
        raise fault or no_rows_error(source.name, (each.name for each in counts))
    others = [each.name for each in _repeated_elements(counts) if each.name != chosen.name]
    if rank_of_element(chosen.name) < 2 or others:
        among = f", chosen among {_join_names([chosen.name, *others])}" if others else ""
        source.note(f"rows read from the elements '{chosen.name}'{among}; 'rows:' names other ones")
    return chosen.name


def no_rows_error(name: str, elements: Iterable[str], rows: str | None = None) -> SourceFormatError:
    """Return the error of a file without rows."""
    there = _join_names(dict.fromkeys(elements)) or "none"
    what = "no elements that could be rows" if rows is None else f"no element '{rows}'"
    return SourceFormatError(
        f"'{name}' has {what}. Its elements are: {there}. Name the element of one row with 'rows:' "
        "in the mapping.",
        file=name,
    )


def _join_names(names: Iterable[str]) -> str:
    unique = list(dict.fromkeys(names))
    return ", ".join(unique[:_SHOWN]) + (", …" if len(unique) > _SHOWN else "")


def _choose(counts: Sequence[ElementCount]) -> ElementCount | None:
    """Return the elements that are rows.

    Elements named as products are, come first; then elements named as rows; then those that
    repeat side by side and hold the most. What stands within such an element is a part of it.
    """
    structured = [each for each in counts if each.structured * 2 > each.count]
    repeated = _repeated_elements(counts)
    products = _outermost([each for each in structured if rank_of_element(each.name) == 3])
    if products:
        return _heaviest(products)
    plain = [each for each in structured if rank_of_element(each.name) == 2]
    inside = [
        each
        for each in _outermost(plain)
        if not any(_is_within(each, outer) and outer.leaves for outer in repeated)
        and not any(_is_within(each, outer) and looks_like_record(outer.leaves) for outer in counts)
    ]
    if inside:
        return _heaviest(inside)
    records = [each for each in structured if looks_like_record(each.leaves)]
    rows = _outermost([*repeated, *records])
    if rows:
        return _heaviest(rows)
    # One record: the element with the most leaves.
    single = [each for each in structured if len(each.leaves) >= 2]
    return max(single, key=lambda each: len(each.leaves), default=None)


def _repeated_elements(counts: Sequence[ElementCount]) -> list[ElementCount]:
    found = [
        each
        for each in counts
        if each.siblings >= 2 and each.structured * 2 > each.count and rank_of_element(each.name)
    ]
    return _outermost(found)


def _outermost(counts: Sequence[ElementCount]) -> list[ElementCount]:
    return [each for each in counts if not any(_is_within(each, outer) for outer in counts)]


def _is_within(inner: ElementCount, outer: ElementCount) -> bool:
    depth = len(outer.path)
    return len(inner.path) > depth and inner.path[:depth] == outer.path


def _heaviest(counts: Sequence[ElementCount]) -> ElementCount:
    weights: Counter[str] = Counter()
    for each in counts:
        weights[each.name] += each.weight
    return max(counts, key=lambda each: weights[each.name])


class _Counter:
    """Counts the elements of each path."""

    def __init__(self, name: str, limits: FeedLimits) -> None:
        self._name = name
        self._depth = limits.depth
        self.counts: dict[Path, ElementCount] = {}
        self._path: list[str] = []
        self._open: list[tuple[ElementCount | None, int, Counter[str], list[int]]] = []

    def has_rows(self) -> bool:
        """Return whether several whole elements are named as products, or many as rows."""
        return any(
            each.structured >= _ENOUGH_ROWS.get(rank_of_element(each.name), each.structured + 1)
            for each in self.counts.values()
        )

    def open_element(self, name: str, attributes: dict[str, str]) -> None:
        """Count an element and its attributes."""
        name = name.rpartition(" ")[2]
        attributes = plain_attributes(attributes)
        self._path.append(name)
        if len(self._path) > self._depth:
            raise refuse_xml(self._name, f"elements nested deeper than {self._depth}")
        path = tuple(self._path)
        if len(self.counts) < _MOST_PATHS:
            self.counts.setdefault(path, ElementCount(path))
        count = self.counts.get(path)
        if count is not None:
            count.count += 1
            count.weight += len(attributes)
            count.leaves.update(attributes)
        if self._open:
            _, _, siblings, _ = self._open[-1]
            siblings[name] += 1
            if count is not None:
                count.siblings = max(count.siblings, siblings[name])
        self._open.append((count, len(attributes), Counter(), [0]))

    def close_element(self, name: str) -> None:
        """Note whether the element had inner ones."""
        name = self._path.pop()
        count, attributes, inner, weight = self._open.pop()
        if count is not None and (inner or attributes >= 2):
            count.structured += 1
        total = weight[0] + sum(inner.values())
        if count is not None:
            count.weight += total
        if self._open:
            parent, _, _, parent_weight = self._open[-1]
            parent_weight[0] += total + attributes
            if parent is not None and not inner:
                parent.leaves.add(name)

    def add_text(self, text: str) -> None:
        """Pass over a text."""


__all__ = ["find_row_element", "no_rows_error"]
