"""Regular expressions that find a word in the texts of products, unless it is negated there."""

import re
from collections.abc import Sequence

from catalograph.api.inputs import MAX_QUERY_LENGTH
from catalograph.errors import InvalidInputError
from catalograph.schema import keys
from catalograph.store.queries.search import has_cjk

_NEGATED_BEFORE = "".join(
    rf"(?<!\b{word})" for word in ("no ", "not ", "non ", "non-", "without ", "never ")
)
_NEGATED_BEFORE_CJK = "(?<![无無不非未没沒])"
_NEGATED_BEHIND = r"(?!\s*[:=]?\s*(?:no|false|none|not|否|无|無)\b)"
_PLURAL_FROM = 4
"""Least length of a word that is also found with another ending of the plural."""


def word_patterns(name: str, words: Sequence[str]) -> list[str]:
    """Return patterns, in Java's syntax, of which one matches a text that says one of the words.

    Args:
        name: name of the argument in GraphQL, for messages.
        words: words or phrases, taken literally; case and plural do not matter.

    Raises:
        InvalidInputError: a word is blank or too long.
    """
    patterns = []
    for word in words:
        text = keys.normalise(word)
        if not text or len(text) > MAX_QUERY_LENGTH:
            raise InvalidInputError(f"'{name}' has '{word[:80]}', which is no word.")
        patterns.append(_pattern(text))
    return sorted(set(patterns))


def _pattern(text: str) -> str:
    parts = re.split(r"[\s\-]+", text)
    *before, last = [re.escape(part) for part in parts if part] or [re.escape(text)]
    if last.isascii() and last.isalpha() and len(last) >= _PLURAL_FROM and not last.endswith("ss"):
        last = rf"{last.removesuffix('s')}(?:s|es)?"
    body = r"[\s\-]*".join([*before, last])
    if has_cjk(text):
        return f"(?isU).*{_NEGATED_BEFORE_CJK}{body}{_NEGATED_BEHIND}.*"
    starts = r"\b" if text[0].isalnum() else ""
    ends = r"\b" if text[-1].isalnum() else ""
    return rf"(?isuU).*{_NEGATED_BEFORE}{starts}{body}{ends}{_NEGATED_BEHIND}.*"
