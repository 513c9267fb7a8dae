"""Texts as subwords, tags of subwords, and values read from their probabilities."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from catalograph.ingest.multitask.tasks import TaskExample

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

IGNORED = -100
"""Tag of subwords that do not count: special ones and those of the category."""

Ints = NDArray[np.int64]
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class EncodedTexts:
    """Texts or pairs as subwords, padded at the end.

    Attributes:
        ids: int64 [b, n].
        mask: int64 [b, n]; 0 where there is no subword.
        kinds: int64 [b, n]; 1 for the second text of a pair.
        encodings: places of the subwords in the texts.
    """

    ids: Ints
    mask: Ints
    kinds: Ints
    encodings: "Sequence[Encoding]"


@dataclass(frozen=True, slots=True)
class FoundValue:
    """A value in a text: attribute, first character, end, and the mean probability of its tags."""

    attribute: str
    start: int
    end: int
    score: float


def encode_texts(
    tokenizer: "Tokenizer", firsts: Sequence[str], seconds: Sequence[str], length: int
) -> EncodedTexts:
    """Encode pairs of texts; a second text of "" is none.

    Args:
        tokenizer: tokenizer of the encoder; its truncation is set.
        firsts: texts.
        seconds: second texts, as many.
        length: maximum number of subwords of both together.
    """
    tokenizer.enable_truncation(length)
    pairs = [(a, b) if b else a for a, b in zip(firsts, seconds, strict=True)]
    encodings = tokenizer.encode_batch(pairs)
    shape = (len(pairs), max((len(one.ids) for one in encodings), default=0))
    ids, mask, kinds = (np.zeros(shape, np.int64) for _ in range(3))
    for row, one in enumerate(encodings):
        ids[row, : len(one.ids)] = one.ids
        mask[row, : len(one.ids)] = 1
        kinds[row, : len(one.ids)] = one.type_ids
    return EncodedTexts(ids, mask, kinds, encodings)


def list_tags(attributes: Sequence[str]) -> list[str]:
    """Return the tags of attributes: outside, then begin and inside of each."""
    return ["O", *(f"{side}-{name}" for name in attributes for side in "BI")]


def tag_subwords(encoding: "Encoding", example: TaskExample, attributes: Sequence[str]) -> Ints:
    """Return the tag of each subword of a labelled text, int64 [n], or `IGNORED`."""
    tags = np.full(len(encoding.ids), IGNORED, np.int64)
    places = {name: n for n, name in enumerate(attributes)}
    begun: set[int] = set()
    for n, (part, (start, end)) in enumerate(
        zip(encoding.sequence_ids, encoding.offsets, strict=True)
    ):
        if part != 1:
            continue
        tags[n] = 0
        for k, span in enumerate(example.spans):
            if start < span.end and end > span.start and span.attribute in places:
                tags[n] = 1 + 2 * places[span.attribute] + (k in begun)
                begun.add(k)
    return tags


def allowed_tags(unknown: Collection[str], attributes: Sequence[str]) -> NDArray[np.bool_]:
    """Return which tags a subword outside all values may have, bool [tags]."""
    allowed = np.zeros(1 + 2 * len(attributes), np.bool_)
    allowed[0] = True
    for n, name in enumerate(attributes):
        allowed[1 + 2 * n : 3 + 2 * n] = name in unknown
    return allowed


def decode_values(
    encoding: "Encoding",
    chances: Floats,
    attributes: Sequence[str],
    wanted: Collection[str] | None = None,
) -> list[FoundValue]:
    """Return the values of a text by the likeliest attribute of each word.

    A word is read by its first subword; neighbours of one attribute are one value, up to where a
    new one begins.

    Args:
        encoding: subwords of a category and a text.
        chances: float [n, tags], probabilities of the tags.
        attributes: attributes that the tags are of.
        wanted: attributes that the category has; None for all.
    """
    begin, inside = chances[:, 1::2], chances[:, 2::2]
    either = begin + inside
    if wanted is not None:
        either = either * np.array([name in wanted for name in attributes])
    found: list[FoundValue] = []
    words: list[int] = []
    last: tuple[int, int] | None = None  # word and attribute before
    seen: set[int] = set()
    rows = zip(encoding.sequence_ids, encoding.word_ids, encoding.offsets, strict=True)
    for n, (part, word, (start, end)) in enumerate(rows):
        if part != 1 or word is None:
            continue
        if word in seen:
            if last is not None and last[0] == word:  # a later subword of a word that was taken
                found[-1] = _extend(found[-1], end)
            continue
        seen.add(word)
        best = int(either[n].argmax())
        if either[n, best] <= chances[n, 0]:
            last = None
            continue
        score = float(either[n, best])
        joined = last == (word - 1, best) and begin[n, best] <= inside[n, best]
        if joined:
            words[-1] += 1
            before = found[-1]
            mean = before.score + (score - before.score) / words[-1]
            found[-1] = FoundValue(before.attribute, before.start, end, mean)
        else:
            words.append(1)
            found.append(FoundValue(attributes[best], start, end, score))
        last = (word, best)
    return found


def _extend(value: FoundValue, end: int) -> FoundValue:
    return FoundValue(value.attribute, value.start, end, value.score)
