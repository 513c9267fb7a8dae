"""Prompt context of a category: attributes, example values and demonstrations.

The nearest solved cases serve as demonstrations, as in ExtractGPT (Brinkmann et al., 2023).
"""

import heapq
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalograph.errors import TrainingDataError
from catalograph.ingest.extract.findings import BRAND
from catalograph.ingest.fingerprint import digest
from catalograph.ingest.llm.grounding import locate
from catalograph.schema import keys

_EXAMPLES = 5
_FEWEST = 2
"""Attributes besides the brand from which on a category counts as known."""
_WORD = re.compile(r"\w+")
_NOT_STATED = "n/a"


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A text with known values.

    Attributes:
        texts: text by field.
        category: category of the product; None if unknown.
        values: values by attribute.
    """

    texts: Mapping[str, str]
    category: str | None
    values: Mapping[str, tuple[str, ...]]


def read_demonstration(row: Mapping[str, Any]) -> Demonstration:
    """Read a row in ExtractGPT's or WDC-PAVE's form.

    Raises:
        TrainingDataError: the row has neither form.
    """
    title = row.get("input", row.get("input_title"))
    scores = row.get("target_scores")
    if not isinstance(title, str) or not isinstance(scores, Mapping):
        raise TrainingDataError(
            "A training row needs `input` (or `input_title`) and `target_scores`; this one has "
            f"{', '.join(row) or 'nothing'}."
        )
    texts = {"title": title}
    if description := row.get("input_description"):
        texts["description"] = str(description)
    values = {
        str(attribute): tuple(v for v in scored if v != _NOT_STATED)
        for attribute, scored in scores.items()
    }
    return Demonstration(texts, row.get("category"), values)


class AttributeGuide:
    """Allowed attributes by category, with their most frequent values as examples.

    Args:
        solved: cases to learn from.
        rejected: names of proposed attributes that people rejected, by category.
    """

    def __init__(
        self,
        solved: Iterable[Demonstration] = (),
        rejected: Mapping[str | None, frozenset[str]] | None = None,
    ) -> None:
        self._rejected = dict(rejected or {})
        counted: dict[str | None, dict[str, Counter[str]]] = {}
        for case in solved:
            for category in {case.category, None}:
                by_attribute = counted.setdefault(category, defaultdict(Counter))
                for attribute, values in case.values.items():
                    by_attribute[attribute].update(values)
        self._attributes = {
            category: {
                # Ties are sorted by name, so that the prompt does not depend on the order of rows.
                name: tuple(v for v, _ in sorted(n.items(), key=_frequent_first)[:_EXAMPLES])
                for name, n in sorted(by_attribute.items())
            }
            for category, by_attribute in counted.items()
        }

    @classmethod
    def of(cls, attributes: Mapping[str | None, Mapping[str, Sequence[str]]]) -> "AttributeGuide":
        """Build a guide from known attributes.

        Args:
            attributes: attribute names with example values, by category; None is any other one.
        """
        guide = cls()
        guide._attributes = {
            category: {name: tuple(values) for name, values in listed.items()}
            for category, listed in attributes.items()
        }
        return guide

    @property
    def fingerprint(self) -> str:
        """Hash of the guide's content."""
        rejected = sorted((str(c), sorted(names)) for c, names in self._rejected.items())
        return digest(repr((self._attributes, rejected) if rejected else self._attributes))

    def knows(self, category: str | None) -> bool:
        """Return whether enough attributes of a category are known to ask for these only."""
        listed = self._attributes.get(category, {})
        return len({keys.normalise(name) for name in listed} - {BRAND}) >= _FEWEST

    def rejected_names(self, category: str | None) -> frozenset[str]:
        """Return the attributes that are not to be proposed for a category again."""
        return self._rejected.get(category, frozenset())

    def attributes(self, category: str | None) -> Mapping[str, tuple[str, ...]]:
        """Return the attributes of a category; those of all categories for an unknown one."""
        return self._attributes.get(category, self._attributes.get(None, {}))


def _frequent_first(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]


class DemonstrationIndex:
    """Finds the solved cases most similar to a text.

    Similarity is the cosine of TF-IDF vectors of lower-cased words, among the cases of the same
    category if there are enough. Only values that occur in their text are shown, since the prompt
    asks for quotes.

    Args:
        solved: solved cases.
    """

    def __init__(self, solved: Iterable[Demonstration] = ()) -> None:
        self._solved = [_keep_quoted(case) for case in solved]
        words = [Counter(_words(case.texts)) for case in self._solved]
        seen = Counter(word for counted in words for word in counted)
        self._idf = {word: math.log(1 + len(words) / n) for word, n in seen.items()}
        self._index: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for n, counted in enumerate(words):
            weights = {w: f * self._idf[w] for w, f in counted.items()}
            length = math.hypot(*weights.values()) or 1.0
            for word, weight in weights.items():
                self._index[word].append((n, weight / length))
        self._of_category = Counter(case.category for case in self._solved)

    @property
    def fingerprint(self) -> str:
        """Hash of all cases."""
        return digest(repr(self._solved))

    def nearest(
        self, texts: Mapping[str, str], category: str | None, most: int
    ) -> list[Demonstration]:
        """Return the most similar cases, the nearest last, right before the question."""
        scores: dict[int, float] = defaultdict(float)
        for word, frequency in Counter(_words(texts)).items():
            for n, weight in self._index.get(word, ()):
                scores[n] += frequency * self._idf[word] * weight
        if self._of_category[category] >= most:
            scores = {n: s for n, s in scores.items() if self._solved[n].category == category}
        best = heapq.nlargest(most, scores, key=lambda n: (scores[n], -n))
        return [self._solved[n] for n in reversed(best)]


def _words(texts: Mapping[str, str]) -> list[str]:
    return [word for text in texts.values() for word in _WORD.findall(text.casefold())]


def _keep_quoted(case: Demonstration) -> Demonstration:
    values = {
        attribute: tuple(v for v in listed if any(locate(v, t) for t in case.texts.values()))
        for attribute, listed in case.values.items()
    }
    return Demonstration(case.texts, case.category, {a: v for a, v in values.items() if v})
