"""Chinese turns as English glosses, word by word.

A model that learned from English reads Chinese so, without one Chinese sentence to learn from. The
order of words stays the Chinese one; the features of intents hardly depend on it.
"""

from collections.abc import Iterator
from functools import cache

from catalograph.ingest.packaged_table import load_packaged_table
from catalograph.ml.script import fold_text, is_han

UNKNOWN = "something"
"""Gloss of characters that the table lacks."""


def gloss(text: str) -> str:
    """Return a Chinese text as English words; other scripts stay as they are."""
    return " ".join(_read(fold_text(text)))


def _read(text: str) -> Iterator[str]:
    table, longest = _table()
    at, unknown = 0, False
    while at < len(text):
        if not is_han(text[at]):
            end = next((n for n in range(at, len(text)) if is_han(text[n])), len(text))
            yield from text[at:end].split()
            at, unknown = end, False
            continue
        length = next((n for n in range(longest, 0, -1) if text[at : at + n] in table), 0)
        if length:
            yield from table[text[at : at + length]].split()
        elif not unknown:
            yield UNKNOWN
        unknown = not length
        at += max(1, length)


@cache
def _table() -> tuple[dict[str, str], int]:
    content = load_packaged_table("catalograph.assistant.intents", "glosses")
    table = {word: english for english, listed in content.items() for word in listed}
    return table, max(map(len, table))
