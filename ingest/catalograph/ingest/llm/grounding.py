"""Grounding of a model's answer: only values in the product's own text are accepted."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from catalograph.ingest.llm.json_schema import LONGEST_ATTRIBUTE, LONGEST_VALUE, StatedValue
from catalograph.ingest.values import PlaceholderKind, is_placeholder
from catalograph.schema import Span, keys

_MOST_NAME_WORDS = 4
_NO_NAME = re.compile(r"[\[\]{}<>@:;.!?。！？：；\n]")


class RefusalReason(StrEnum):
    """Reason why a statement was refused."""

    UNKNOWN_ATTRIBUTE = "unknown_attribute"
    """Not a requested attribute, so not an allowed relation."""
    NOT_IN_TEXT = "not_in_text"
    """Not a quote from the product's own text."""
    NO_VALUE = "no_value"
    """Empty, or a placeholder for a missing value."""
    TOO_LONG = "too_long"
    """Too long for a value."""
    REPEATED = "repeated"
    """Stated already."""
    REJECTED_ATTRIBUTE = "rejected_attribute"
    """A new attribute that people rejected in reviews, or that a column states."""


@dataclass(frozen=True, slots=True)
class RefusedStatement:
    """A refused statement with its reason."""

    attribute: str
    value: str
    reason: RefusalReason


@dataclass(frozen=True, slots=True)
class GroundedStatement:
    """A statement with its evidence: `name` is the text at `span`."""

    attribute: str
    name: str
    span: Span
    is_new: bool = False
    """Whether the attribute was not among the requested ones."""


def judge(
    stated: Iterable[StatedValue],
    attributes: Iterable[str],
    texts: Mapping[str, str],
    excluded: Iterable[str] | None = None,
) -> tuple[list[GroundedStatement], list[RefusedStatement]]:
    """Split statements into grounded and refused ones; together they are all statements.

    Args:
        stated: statements of the answer, with pseudonyms replaced by the original data.
        attributes: requested attributes; other spellings of them are accepted.
        texts: texts of the product by field, the most reliable first.
        excluded: names of new attributes that are refused; None refuses all new attributes.
    """
    unwanted = None if excluded is None else {keys.normalise(name) for name in excluded}
    known = {keys.normalise(name): name for name in attributes}
    accepted: dict[tuple[str, str], GroundedStatement] = {}
    refused = []
    for one in stated:
        verdict = _judge(one, known, texts, unwanted)
        if isinstance(verdict, GroundedStatement):
            said = (verdict.attribute, keys.normalise(verdict.name))
            if said not in accepted:
                accepted[said] = verdict
                continue
            verdict = RefusalReason.REPEATED
        refused.append(RefusedStatement(one.attribute, one.value, verdict))
    return list(accepted.values()), refused


def _judge(
    one: StatedValue,
    known: Mapping[str, str],
    texts: Mapping[str, str],
    unwanted: Collection[str] | None,
) -> GroundedStatement | RefusalReason:
    plain = keys.normalise(one.attribute)
    attribute = known.get(plain)
    if attribute is None:
        plain = plain.replace("_", " ").strip()
        if unwanted is None or not _may_be_attribute(plain):
            return RefusalReason.UNKNOWN_ATTRIBUTE
        if plain in unwanted:
            return RefusalReason.REJECTED_ATTRIBUTE
    if len(one.value) > LONGEST_VALUE:
        return RefusalReason.TOO_LONG
    kind: PlaceholderKind = "brand" if keys.normalise(one.attribute) == "brand" else "value"
    if not any(c.isalnum() for c in one.value) or is_placeholder(one.value, kind):
        return RefusalReason.NO_VALUE
    for field, text in texts.items():
        found = locate(one.value, text)
        if found:
            name = keys.clean(text[found[0] : found[1]])
            return GroundedStatement(
                attribute or plain, name, Span(field, *found), is_new=attribute is None
            )
    return RefusalReason.NOT_IN_TEXT


def _may_be_attribute(name: str) -> bool:
    """Return whether a text has the form of an attribute's name: some words, no sentence."""
    short = 0 < len(name) <= LONGEST_ATTRIBUTE and len(name.split()) <= _MOST_NAME_WORDS
    return short and name[0].isalpha() and not _NO_NAME.search(name)


def locate(value: str, text: str) -> tuple[int, int] | None:
    """Return the span of a value in a text, at word boundaries; None if there is none.

    An exact match is preferred; else case, full and half width, white space and invisible
    characters are ignored.

    Example:
        >>> locate("nautical navy", "Flat,Nautical  Navy,4 M")
        (5, 19)
    """
    exact = _find_first(value.strip(), text)
    if exact:
        return exact
    folded, places = _fold(text)
    wanted = _fold(value)[0].strip()
    found = _find_first(wanted, folded)
    return (places[found[0]], places[found[1] - 1] + 1) if found else None


def _find_first(value: str, text: str) -> tuple[int, int] | None:
    start = text.find(value) if value else -1
    while start >= 0:
        end = start + len(value)
        if not (_splits(text, start) or _splits(text, end)):
            return start, end
        start = text.find(value, start + 1)
    return None


def _splits(text: str, at: int) -> bool:
    """Return whether a cut here splits a word or a number; Chinese has no word gaps."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    letters = before.isalpha() and after.isalpha()
    # Category Lo: letters without case, such as Han characters.
    if letters and unicodedata.category(before) == "Lo" and unicodedata.category(after) == "Lo":
        return False
    return letters or (before.isdigit() and after.isdigit())


def _fold(text: str) -> tuple[str, list[int]]:
    """Return the comparison form of a text, with the original index of each character."""
    folded: list[str] = []
    places: list[int] = []
    for n, character in enumerate(text):
        # Format and control characters are invisible.
        if unicodedata.category(character) in ("Cf", "Cc") and not character.isspace():
            continue
        for part in unicodedata.normalize("NFKD", character).casefold():
            space = part.isspace()
            if space and folded and folded[-1] == " ":
                continue
            folded.append(" " if space else part)
            places.append(n)
    return "".join(folded), places
