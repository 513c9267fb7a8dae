"""Cues: what a text must contain for a rule to find something, so that most rules need no search.

A cue is a word in lower case, or `#` and the sign that follows a number: `#g` is a cue of "64 GB".
"""

import re
from collections.abc import Iterable

_FOLLOWING = re.compile(r"\d[\s-]{0,2}([^\s\d-])")
# Letters that a pattern without case takes for another one, and `lower` does not.
_SAME_LETTERS = str.maketrans({"\u0130": "i", "\u0131": "i", "\u017f": "s"})

Cues = frozenset[str]


def after_number(signs: str) -> Cues:
    """Return the cues of a number before one of these signs, with at most two spaces between."""
    return frozenset(f"#{sign}" for sign in signs)


def any_of(words: Iterable[str]) -> Cues:
    """Return the cues of one of several words, in lower case."""
    return frozenset(words)


class CueFinder:
    """Finds cues in texts.

    Args:
        cues: cues to look for.
    """

    def __init__(self, cues: Iterable[str]) -> None:
        self._words = tuple(sorted(cue for cue in set(cues) if not cue.startswith("#")))

    def find(self, text: str) -> Cues:
        """Return the cues in a text."""
        low = (text if text.isascii() else text.translate(_SAME_LETTERS)).lower()
        found = [word for word in self._words if word in low]
        found += [f"#{sign}" for sign in set(_FOLLOWING.findall(low))]
        return frozenset(found)
