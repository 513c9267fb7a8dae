"""Gazetteer: known values, their frequencies, and how often their words mean the value.

Every look-up can leave one example out, so that a model trained with the gazetteer does not learn
to trust it more than it may on unseen examples.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from catalograph.ingest.extract.examples import ProductExample, WordSpan, split_words

_MOST_WORDS = 8
_SHORTEST_PREFIX = 3

Key = tuple[str, str, str]
"""Category, attribute and folded value; the category is "" for all categories together."""


@dataclass(frozen=True, slots=True)
class Match:
    """A known value in a text.

    Attributes:
        start: index of the first word.
        end: index after the last word.
        cut: number of characters of the last word that do not belong to the value.
        attribute: attribute of the value.
        here: number of examples of this category with the value.
        anywhere: number of examples of any category with the value.
        share: share of examples with the value, among those of this category with these words.
    """

    start: int
    end: int
    cut: int
    attribute: str
    here: int
    anywhere: int
    share: float


class Gazetteer:
    """Values of labelled examples.

    Args:
        examples: examples to learn from.
    """

    def __init__(self, examples: Iterable[ProductExample] = ()) -> None:
        self._asserted: Counter[Key] = Counter()
        self._seen: Counter[Key] = Counter()
        self._names: dict[str, set[str]] = defaultdict(set)
        kept = list(examples)
        for example in kept:
            for key in _assertions(example):
                self._asserted[key] += 1
                self._names[key[2]].add(key[1])
        for example in kept:
            self._seen.update(self._occurring(example))

    def matches(
        self, words: Sequence[WordSpan], category: str, own: ProductExample | None = None
    ) -> list[Match]:
        """Return all known values in a text, including overlapping ones.

        Args:
            words: words of the text.
            category: category of the product.
            own: example to leave out of the counts.
        """
        mine = set(_assertions(own)) if own is not None else set()
        seen = self._occurring(own) if own is not None else set()
        found = []
        for start, end, cut, value in self._windows(words):
            for attribute in sorted(self._names[value]):
                key, everywhere = (category, attribute, value), ("", attribute, value)
                here = self._asserted[key] - (key in mine)
                anywhere = self._asserted[everywhere] - (everywhere in mine)
                if anywhere > 0:
                    times = self._seen[key] - (key in seen)
                    share = here / max(times, here, 1)
                    found.append(Match(start, end, cut, attribute, here, anywhere, share))
        return found

    def count(
        self, category: str, attribute: str, value: str, own: ProductExample | None = None
    ) -> int:
        """Return the number of examples of a category with a value."""
        key = (category, attribute, fold(value))
        return self._asserted[key] - (own is not None and key in set(_assertions(own)))

    def _windows(self, words: Sequence[WordSpan]) -> Iterator[tuple[int, int, int, str]]:
        folded = [word.text.casefold() for word in words]
        for start in range(len(words)):
            head = ""
            for end in range(start + 1, min(len(words), start + _MOST_WORDS) + 1):
                last = folded[end - 1]
                for length in range(len(last), _SHORTEST_PREFIX - 1, -1):
                    value = head + last[:length]
                    if value in self._names:
                        yield start, end, len(last) - length, value
                if len(last) < _SHORTEST_PREFIX and head + last in self._names:
                    yield start, end, 0, head + last
                head += last + " "

    def _occurring(self, example: ProductExample) -> set[Key]:
        """Return the values of labelled attributes whose words occur in an example's texts."""
        found = set()
        for text in example.texts.values():
            for _, _, _, value in self._windows(split_words(text)):
                for attribute in self._names[value] & example.targets.keys():
                    found.add((example.category, attribute, value))
        return found

    def to_rows(self) -> list[tuple[str, str, str, int, int]]:
        """Return sorted rows: category, attribute, value, examples with it, examples showing it."""
        return [(*key, n, self._seen[key]) for key, n in sorted(self._asserted.items())]

    @classmethod
    def from_rows(cls, rows: Iterable[Sequence[str | int]]) -> "Gazetteer":
        """Build a gazetteer from the result of `to_rows`."""
        made = cls()
        for category, attribute, value, asserted, seen in rows:
            key = (str(category), str(attribute), str(value))
            made._asserted[key] = int(asserted)
            made._seen[key] = int(seen)
            made._names[key[2]].add(key[1])
        return made


def fold(value: str) -> str:
    """Return the comparison form of a value: its words, case-folded."""
    return " ".join(word.text.casefold() for word in split_words(value))


def _assertions(example: ProductExample) -> Iterator[Key]:
    for attribute, listed in example.targets.items():
        for value in dict.fromkeys(map(fold, listed)):
            yield example.category, attribute, value
            yield "", attribute, value
