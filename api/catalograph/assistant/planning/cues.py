"""Words that tell what a question asks, from the table beside this module."""

import re
from dataclasses import dataclass
from functools import cache

from catalograph.assistant.query_understanding.limits import blank
from catalograph.ingest.packaged_table import load_packaged_table
from catalograph.ml.script import fold_text

_SPACE = re.compile(r" (?![?)\]])")


@dataclass(frozen=True, slots=True)
class Cue:
    """Where a text has words of a cue.

    Attributes:
        start: first character.
        end: one past the last character.
        about: what the question asks about, where the words say it; else blank.
    """

    start: int
    end: int
    about: str = ""


@cache
def _table() -> dict[str, tuple[re.Pattern[str], ...]]:
    return {
        name: tuple(_compile(lang, patterns) for lang, patterns in languages.items())
        for name, languages in load_packaged_table("catalograph.assistant.planning", "cues").items()
    }


def _compile(language: str, patterns: list[str]) -> re.Pattern[str]:
    # Names and pronouns in a text are blanked, which leaves several spaces where one was.
    text = _SPACE.sub(" +", "|".join(patterns))
    return re.compile(rf"\b(?:{text})(?!\w)" if language == "en" else text)


def find_cue(name: str, text: str) -> Cue | None:
    """Return the first place of a text with words of a cue; None without one.

    Args:
        name: name in the table.
        text: text in any case.
    """
    folded = fold_text(text)
    found = [match for pattern in _table()[name] if (match := pattern.search(folded))]
    if not found:
        return None
    first = min(found, key=lambda match: (match.start(), -match.end()))
    about = next((group for group in first.groups() if group), "")
    return Cue(first.start(), first.end(), about)


def has_cue(name: str, text: str) -> bool:
    """Return whether a text has words of a cue."""
    return find_cue(name, text) is not None


def blank_cues(text: str, *names: str) -> str:
    """Return a text with spaces for all words of some cues; offsets stay the same."""
    folded = fold_text(text)
    for name in names:
        for pattern in _table()[name]:
            for match in pattern.finditer(folded):
                text = blank(text, *match.span(), " ")
    return text
