"""Table of column names by field and language, and the comparison form of names."""

import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from catalograph.ingest.normalise.tables import table
from catalograph.ingest.packaged_table import load_packaged_table

_EXACT = 1.0
_PER_RANK = 0.006
JOINERS = frozenset(
    [
        "in",
        "en",
        "de",
        "del",
        "of",
        "the",
        "der",
        "die",
        "das",
        "per",
        "von",
        "des",
        "du",
        "la",
        "le",
        "di",
        "da",
        "do",
        "della",
        "dell",
        "d",
        "l",
    ]
)
"""Words between the words of a name."""


def fold(text: str) -> str:
    """Return a text for comparing names: NFKC, without case and accents."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize(
        "NFKC", "".join(sign for sign in folded if not 0x300 <= ord(sign) < 0x370)
    )


def flatten(text: str) -> str:
    """Return a name without case, accents, spaces and punctuation."""
    return "".join(sign for sign in fold(text) if sign.isalnum())


def load_table() -> dict[str, Any]:
    """Return the table of names."""
    return load_packaged_table("catalograph.ingest.mapping_inference", "column_names")


@cache
def find_field_words(section: str) -> dict[str, dict[str, tuple[float, str, str]]]:
    """Return score, word and language by flattened word, by field."""
    found: dict[str, dict[str, tuple[float, str, str]]] = {}
    content = attribute_names() if section == "attributes" else load_table()[section]
    for field, languages in content.items():
        words: dict[str, tuple[float, str, str]] = {}
        for language, listed in languages.items():
            for rank, word in enumerate(listed):
                entry = (_EXACT - _PER_RANK * min(rank, 30), str(word), language)
                flat = flatten(str(word))
                if flat not in words or words[flat][0] < entry[0]:
                    words[flat] = entry
        found[field] = words
    return found


def sort_words(words: Sequence[str]) -> tuple[str, ...]:
    """Return the words of a name without joining ones, in one order: `id producto` both ways."""
    return tuple(sorted(word for word in words if word not in JOINERS))


@cache
def find_word_sets(section: str) -> dict[str, dict[tuple[str, ...], tuple[float, str, str]]]:
    """Return score, word and language by the sorted words of names of several words, by field."""
    found: dict[str, dict[tuple[str, ...], tuple[float, str, str]]] = {}
    for field, words in find_field_words(section).items():
        sets: dict[tuple[str, ...], tuple[float, str, str]] = {}
        for entry in words.values():
            parts = sort_words(fold(entry[1]).split())
            if len(parts) > 1 and (parts not in sets or sets[parts][0] < entry[0]):
                sets[parts] = entry
        found[field] = sets
    return found


def attribute_names() -> dict[str, dict[str, list[str]]]:
    """Return the common names of attributes with their spellings, and further ones of columns."""
    found = {
        name: {"en": [name]} | {k: list(map(str, v)) for k, v in languages.items() if k != "en"}
        for name, languages in table("attributes").items()
    }
    for name, languages in table("attributes").items():
        found[name]["en"] += map(str, languages.get("en", ()))
    known = {flatten(w): name for name, ls in found.items() for ws in ls.values() for w in ws}
    for name, languages in load_table()["attributes"].items():
        for language, words in languages.items():
            further = [w for w in map(str, words) if known.get(flatten(w), name) == name]
            found.setdefault(name, {}).setdefault(language, []).extend(further)
    return found


@cache
def find_fillers() -> frozenset[str]:
    """Return the words around a name that say nothing of their own, flattened."""
    return frozenset(flatten(str(word)) for word in load_table()["filler"])


@cache
def event_words() -> Mapping[str, str]:
    """Return the event kind by flattened word."""
    listed: Mapping[str, Sequence[str]] = load_table()["events_by_word"]
    return {flatten(str(word)): kind for kind, words in listed.items() for word in words}


@cache
def skipped_words() -> frozenset[str]:
    """Return flattened words of events that are of no interest."""
    return frozenset(flatten(str(word)) for word in load_table()["events_skipped"])
