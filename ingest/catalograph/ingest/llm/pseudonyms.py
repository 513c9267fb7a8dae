"""Pseudonyms for personal data in texts for a language model, reversible in its answer.

Each item becomes a placeholder of its kind, such as `[EMAIL_1]`; the same item has the same
placeholder throughout one request. The assignment is kept in memory only, for that request.
"""

import re
from collections.abc import Iterable

from catalograph.schema.personal_data import find_personal_data

_L = r"(?<![A-Za-z0-9])"
_R = r"(?![A-Za-z0-9])"


class Pseudonyms:
    """Pseudonyms of the personal data in the texts of one request.

    Args:
        texts: all texts of the request.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        shown = list(texts)
        self._words: dict[str, str] = {}
        self._data: dict[str, str] = {}
        for text in shown:
            for kind, start, end in find_personal_data(text):
                datum = text[start:end]
                if datum not in self._words:
                    word = self._new_word(kind, shown)
                    self._words[datum] = word
                    self._data[word] = datum
        self._hide = _join_patterns(_make_pattern(d, w) for d, w in self._words.items())
        self._reveal = _join_patterns(map(re.escape, self._data))

    def _new_word(self, kind: str, shown: list[str]) -> str:
        n = 1
        # A text may contain such a placeholder itself, by chance or on purpose.
        while (word := f"[{kind}_{n}]") in self._data or any(word in text for text in shown):
            n += 1
        return word

    def __len__(self) -> int:
        return len(self._words)

    def hide(self, text: str) -> str:
        """Replace each item of personal data by its pseudonym."""
        return self._hide.sub(lambda m: self._words[m[0]], text) if self._words else text

    def reveal(self, text: str) -> str:
        """Replace each pseudonym by its original data."""
        return self._reveal.sub(lambda m: self._data[m[0]], text) if self._words else text


def _make_pattern(datum: str, word: str) -> str:
    """Return the pattern of an item: a name only as a whole word, other data anywhere."""
    pattern = re.escape(datum)
    return f"{_L}{pattern}{_R}" if word.startswith("[NAME_") else pattern


def _join_patterns(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(patterns, key=len, reverse=True)))
