"""Tokens of queries and titles: words, numbers, and single Han characters, with their offsets."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from catalograph.ml.script import fold_text, is_han

# Digits and letters are separate tokens, so that "64gb" and "64 GB" have the same ones.
_TOKEN = re.compile(
    r"[\u3400-\u4dbf\u4e00-\u9fff]|\d+(?:[.,]\d+)*|[^\W\d_\u3400-\u4dbf\u4e00-\u9fff]+"
    r"(?:&[^\W\d_\u3400-\u4dbf\u4e00-\u9fff]+)*"
    r"(?:['’][^\W\d_]{1,2}(?![^\W\d_]))?"
)
_SHORTEST_PLURAL = 4
_STOP_TEXT = """
a an and are as at be but by for i if in into is it me my of on or some such that the their then
there these they this to want was with which will need looking show find please
的 了 吗 呢 和 与 跟 想 要 我 买 找 带 有 款 个
"""
STOP_WORDS = frozenset(_STOP_TEXT.split())
"""Words beside constraints that nothing is searched by."""


@dataclass(frozen=True, slots=True)
class QueryToken:
    """A token.

    Attributes:
        text: token in half width and lower case.
        fold: the same without the ending of a plural.
        start: offset of its first character.
        end: offset after its last character.
        tied: whether a letter or digit stands right before it, as in "s7".
    """

    text: str
    fold: str
    start: int
    end: int
    tied: bool

    @property
    def is_han(self) -> bool:
        """Whether it is a Han character."""
        return is_han(self.text)


def split_tokens(text: str) -> list[QueryToken]:
    """Return the tokens of a text."""
    folded = fold_text(text)
    found: list[QueryToken] = []
    for match in _TOKEN.finditer(folded):
        word = match[0].replace("’", "'")
        last = found[-1] if found else None
        tied = last is not None and last.end == match.start()
        tied = tied and not is_han(last.text) and not is_han(word) if last is not None else False
        found.append(QueryToken(word, fold_plural(word), match.start(), match.end(), tied))
    return found


def fold_tokens(text: str) -> tuple[str, ...]:
    """Return the folded tokens of a text."""
    return tuple(token.fold for token in split_tokens(text))


def fold_plural(word: str) -> str:
    """Return an English word without the ending of a plural or genitive."""
    if not word.isascii() or len(word) < _SHORTEST_PLURAL:
        return word
    if word.endswith("'s"):
        return word[:-2]
    if word.endswith("ies") and len(word) > _SHORTEST_PLURAL:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "ches", "shes", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def is_free(tokens: Iterable[QueryToken]) -> bool:
    """Return whether some of the tokens can be searched by."""
    return any(token.text not in STOP_WORDS for token in tokens)
