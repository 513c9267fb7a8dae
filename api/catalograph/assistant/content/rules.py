"""Rules by lists: superlatives, claims about health, stereotypes and abuse."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from catalograph.assistant.cited_quantities import plain_text
from catalograph.ingest.packaged_table import load_packaged_table
from catalograph.ml.script import has_han

RULES = ("superlative", "health", "stereotype", "abuse")
_PACKAGE = "catalograph.assistant.content"


@dataclass(frozen=True, slots=True)
class RuleHit:
    """A word that a rule forbids.

    Attributes:
        rule: `superlative`, `health`, `stereotype` or `abuse`.
        text: the word.
    """

    rule: str
    text: str


def find_rule_hits(text: str, names: Iterable[str] = ()) -> Iterator[RuleHit]:
    """Yield the words of a text that the rules forbid, whatever its language.

    Args:
        text: text to check.
        names: names of brands that it has. Superlatives within one, as in "Best Buy", are no
            claims; Chinese law makes no such difference, so Chinese ones count there, too.
    """
    plain = plain_text(text)
    masked = plain
    for name in names:
        if name and not has_han(name):
            masked = masked.replace(plain_text(name), " ")
    for rule in RULES:
        patterns = _patterns(rule)
        for match in patterns["en"].finditer(masked if rule == "superlative" else plain):
            yield RuleHit(rule, match[0])
        for match in patterns["zh"].finditer(plain.replace(" ", "")):
            yield RuleHit(rule, match[0])


def load_rules() -> dict[str, Any]:
    """Return the packaged lists by rule."""
    return load_packaged_table(_PACKAGE, "rules") | load_packaged_table(_PACKAGE, "abuse")


@cache
def _patterns(rule: str) -> dict[str, re.Pattern[str]]:
    lists = load_rules()[rule]
    english = "|".join(re.escape(word) for word in sorted(lists["en"], key=len, reverse=True))
    chinese = "|".join(re.escape(word) for word in sorted(lists["zh"], key=len, reverse=True))
    return {
        "en": re.compile(rf"(?<![a-z0-9])(?:{english})(?![a-z0-9])"),
        "zh": re.compile(chinese),
    }
