"""Placeholders, which stand for "no value": "N/A", "-", "unbranded", "无品牌", "keine Angabe".

A placeholder is a whole cell, never a part of one: "None" is a placeholder, "None of Us" is a name.
A name that is one of these words by chance is stated in the mapping (`real_names`). The table is
`placeholders.yaml`, by kind of column and language.
"""

import re
import unicodedata
from functools import cache, lru_cache
from itertools import product
from typing import Literal

from catalograph.ingest.packaged_table import load_packaged_table

PlaceholderKind = Literal[
    "title", "text", "number", "time", "price", "name", "brand", "value", "user"
]
"""Kind of column. A title has no placeholders, since without it the whole row would be lost; texts
have few; names are those of categories and groups, and ids."""

_SECTIONS: dict[PlaceholderKind, tuple[str, ...]] = {
    "title": (),
    "text": ("missing",),
    "number": ("missing", "bare"),
    "time": ("missing", "bare", "time"),
    "price": ("missing", "bare", "unspecific", "price"),
    "name": ("missing", "bare", "unspecific"),
    "brand": ("missing", "bare", "unspecific", "brand"),
    "value": ("missing", "bare", "unspecific", "value"),
    "user": ("missing", "bare", "unspecific", "user"),
}
_SIGNS_ONLY = re.compile(r"[-‐-―−ー_.·…?？*/\\~|#=,;:'\"\s]+\Z")
_AROUND = re.compile(r"\A[\[({<【「\s.*-]+|[\])}>】」\s.*!。-]+\Z")
_BETWEEN = re.compile(r"[|,;()\[\]、]")
_BETWEEN_OR_SLASH = re.compile(r"[/|,;()\[\]、]")
_INNER_SPACE = re.compile(r"(?<=[./]) | (?=/)")
"""Spaces within "k. A." and "N / A"."""
_UNSPACED = ("zh", "ja")
_LONGEST = 40


def is_placeholder(text: str, kind: PlaceholderKind = "text") -> bool:
    """Return whether a whole text stands for "no value".

    Args:
        text: text of a cell.
        kind: kind of its column.
    """
    return len(text) <= _LONGEST and kind != "title" and _lookup(text, kind)


@lru_cache(maxsize=65_536)
def _lookup(text: str, kind: PlaceholderKind) -> bool:
    plain = text.strip().casefold()
    if plain in _words(kind):
        return True
    if plain.isascii() and plain.replace(" ", "").isalnum():
        return False  # the usual case: there is nothing to fold
    plain = unicodedata.normalize("NFKC", text).strip()
    if _SIGNS_ONLY.match(plain):
        return True
    plain = _INNER_SPACE.sub("", " ".join(plain.casefold().split()))
    if _is_known(plain, kind):
        return True
    # "No brand / generic", "其他/other", "N/A (不适用)": each part says that there is none.
    for separator in (_BETWEEN, _BETWEEN_OR_SLASH):
        parts = [part.strip() for part in separator.split(plain) if part.strip()]
        if len(parts) > 1 and all(_is_known(part, kind) for part in parts):
            return True
    return False


def _is_known(plain: str, kind: PlaceholderKind) -> bool:
    known = _words(kind)
    bare = _AROUND.sub("", plain)
    return plain in known or bare in known or bare.replace("-", " ") in known


@cache
def _words(kind: PlaceholderKind) -> frozenset[str]:
    table = load_packaged_table("catalograph.ingest.values", "placeholders")
    words = [
        word for section in _SECTIONS[kind] for listed in table[section].values() for word in listed
    ]
    for section in _SECTIONS[kind]:
        for language, pairs in table["phrases"].get(section, {}).items():
            between = "" if language in _UNSPACED else " "
            words += [between.join(both) for pair in pairs for both in product(*pair)]
    return frozenset(unicodedata.normalize("NFKC", word).casefold() for word in words)
