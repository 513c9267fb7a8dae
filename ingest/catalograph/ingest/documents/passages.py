"""Passages: blocks under the same headings, joined or cut to a length that can be cited.

A Han character counts as two: an encoder makes a token of it, as of a few Latin letters.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from catalograph.ingest.documents.blocks import TextBlock
from catalograph.ml.script import is_han

USUAL_LENGTH = 600
"""Length up to which short blocks are joined."""
LARGEST_LENGTH = 1_200
"""Length above which a block is cut between sentences, or words where a sentence is longer."""
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？；])|\n")
_HEADING_SIGN = " › "


@dataclass(frozen=True, slots=True)
class PassageText:
    """A passage.

    Attributes:
        heading: headings above it, from the outermost; None where there are none.
        text: text.
        page: page of the file on which it begins, from 1; None where the form has none.
    """

    heading: str | None
    text: str
    page: int | None = None


def cut_passages(blocks: Iterable[TextBlock], title: str | None = None) -> list[PassageText]:
    """Join and cut blocks.

    Args:
        blocks: blocks of a document.
        title: title of the document, which is left out as the outermost heading.
    """
    found: list[PassageText] = []
    open_: list[str] = []
    last: TextBlock | None = None

    def close() -> None:
        if last is not None and open_:
            found.append(PassageText(_heading(last, title), "\n".join(open_), last_page))
            open_.clear()

    last_page: int | None = None
    for block in blocks:
        for piece in _pieces(block.text):
            same = last is not None and last.headings == block.headings
            if not same or length_of("\n".join([*open_, piece])) > USUAL_LENGTH:
                close()
            if not open_:
                last_page = block.page
            last = block
            open_.append(piece)
    close()
    return found


def length_of(text: str) -> int:
    """Return the number of characters, Han characters counted twice."""
    return len(text) + sum(map(is_han, text))


def _heading(block: TextBlock, title: str | None) -> str | None:
    headings = block.headings
    if headings and headings[0] == title:
        headings = headings[1:]
    return _HEADING_SIGN.join(headings) or None


def _pieces(text: str) -> Iterator[str]:
    """Yield the text, cut where it is too long."""
    if length_of(text) <= LARGEST_LENGTH:
        yield text
        return
    sentences = [part for part in _SENTENCE_END.split(text) if part.strip()]
    yield from _pack(_cut_sentences(sentences))


def _cut_sentences(sentences: Sequence[str]) -> Iterator[str]:
    for sentence in sentences:
        if length_of(sentence) <= LARGEST_LENGTH:
            yield sentence
            continue
        words = re.findall(r"\s*(?:[^\s\u3400-\u9fff]+|[\u3400-\u9fff])", sentence)
        # A word may be longer than a passage: an address, base 64.
        short = (w[n : n + USUAL_LENGTH] for w in words for n in range(0, len(w), USUAL_LENGTH))
        yield from (part.strip() for part in _pack(short, ""))


def _pack(parts: Iterable[str], between: str = " ") -> Iterator[str]:
    """Join parts as long as they stay within the usual length."""
    text = ""
    for part in parts:
        joined = f"{text}{between}{part}" if text else part
        if text and length_of(joined) > USUAL_LENGTH:
            yield text
            joined = part
        text = joined
    if text:
        yield text
