"""Phrases of feeds in any language, compared without case, accents and punctuation."""

import re
import unicodedata

_BETWEEN = re.compile(r"[^\w']+|_+")
_WORDY = re.compile(r"[a-zà-ɏͰ-ӿ]")
"""Letters of scripts that write spaces between words."""


def phrase_occurs(phrase: str, words: str) -> bool:
    """Return whether a text has a phrase; short words such as "no" count only as whole texts."""
    if _WORDY.search(phrase):
        return len(phrase) > 3 and f" {phrase} " in f" {words} "
    return len(phrase) > 1 and phrase in words


def fold_phrase(text: str) -> str:
    """Return a text without case, accents and punctuation, with single spaces."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    # Marks of kana and Hangul stay, since without them a word is another one.
    bare = "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")
    return _BETWEEN.sub(" ", unicodedata.normalize("NFC", bare)).strip()
