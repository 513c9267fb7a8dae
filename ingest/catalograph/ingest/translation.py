"""Messages in the reader's language, by a table of their forms; English ones stay as they are."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from catalograph.ingest.normalise.tables import table
from catalograph.ingest.packaged_table import load_packaged_table

MessageLanguage = Literal["en", "zh"]
_PLACE = re.compile(r"\{(\w+)\}")
_BETWEEN = re.compile(r"(; )")
_SAMPLE = re.compile(r"(?:^|; )e\.g\. ")
_LONG = frozenset({"part", "why", "sample", "example", "examples"})
"""Places whose text may hold semicolons."""


@dataclass(frozen=True, slots=True)
class _Form:
    """A form of messages: a pattern of the English ones, and the text of the others."""

    pattern: re.Pattern[str]
    text: str


def translate(message: str, language: MessageLanguage) -> str:
    """Return a message in a language; parts without a translation stay English.

    Args:
        message: one message, or several with semicolons between them; what stands after "e.g." is
            a sample of the data, and stays.
        language: language to translate to.
    """
    if language == "en" or not message:
        return message
    whole = _translate_whole(message, language)
    if whole is not None:
        return whole
    sample = _SAMPLE.search(message)
    if sample is not None:
        shown = _translate_whole(message[sample.start() :].removeprefix("; "), language)
        before = message[: sample.start()]
        return ";".join(filter(None, (translate(before, language), shown)))
    parts = _BETWEEN.split(message)[::2]
    if len(parts) == 1:
        return message
    return ";".join(translate(part, language) for part in parts)


def _translate_whole(message: str, language: MessageLanguage) -> str | None:
    for form in _forms(language):
        match = form.pattern.fullmatch(message)
        if match is None:
            continue
        filled = {name: _fill(name, said, language) for name, said in match.groupdict().items()}
        if None not in filled.values():
            return _fill_places(form.text, filled)
    return None


def _fill_places(text: str, filled: Mapping[str, str | None]) -> str:
    return _PLACE.sub(lambda place: str(filled[place[1]]), text)


def _fill(name: str, said: str, language: MessageLanguage) -> str | None:
    """Return what stands in a place of a message; None if the form does not fit after all."""
    words = load_packaged_table("catalograph.ingest", f"messages_{language}")
    if name == "field":
        return str(words["fields"][said]) if said in words["fields"] else None
    if name == "attribute":
        named = table("attributes").get(said, {}).get(language, ())
        return str(named[0]) if named else said
    if name == "kind":
        return str(words["kinds"].get(said, said))
    return translate(said, language) if name == "part" else said


@cache
def _forms(language: str) -> tuple[_Form, ...]:
    """Return the forms, those with the most text of their own first."""
    messages = load_packaged_table("catalograph.ingest", f"messages_{language}")["messages"]
    longest = sorted(messages.items(), key=lambda item: -len(_PLACE.sub("", item[0])))
    return tuple(
        _Form(re.compile("".join(_pattern(english)), re.DOTALL), text) for english, text in longest
    )


def _pattern(english: str) -> Iterator[str]:
    """Yield the parts of the pattern of a form: text as it is, a group for each place."""
    for n, piece in enumerate(_PLACE.split(english)):
        said = ".*?" if piece in _LONG else "(?:(?!; ).)*?"
        yield f"(?P<{piece}>{said})" if n % 2 else re.escape(piece)
