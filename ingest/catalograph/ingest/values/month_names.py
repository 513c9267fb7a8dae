"""Names of months and weekdays in many languages, from Unicode's CLDR by Babel."""

import unicodedata
from collections import defaultdict
from functools import cache

_LANGUAGES = (
    "en", "de", "fr", "es", "it", "nl", "pt", "sv", "da", "nb", "fi", "pl", "cs", "sk", "hu", "ro",
    "tr", "ru", "uk", "el", "ca", "id",
)  # fmt: skip
_MORE = {"sept": 9, "set": 9, "juil": 7, "jänner": 1, "jan": 1}


def fold_name(name: str) -> str:
    """Return the form for comparing names: case-folded, without accents and dots."""
    parts = unicodedata.normalize("NFKD", name.casefold().replace("ı", "i"))
    return "".join(c for c in parts if c.isalnum())


@cache
def month_names() -> dict[str, int]:
    """Return the month, 1 to 12, by folded name or abbreviation.

    A name of different months in two languages is left out.
    """
    found: dict[str, set[int]] = defaultdict(set)
    for context, width in (("format", "wide"), ("format", "abbreviated"), ("stand-alone", "wide")):
        for language in _LANGUAGES:
            for month, name in _names(language, "months", context, width).items():
                found[fold_name(name)].add(month)
    for name, month in _MORE.items():
        found[fold_name(name)] = {month}
    return {
        name: next(iter(months))
        for name, months in found.items()
        if len(months) == 1 and not name.isdigit() and len(name) > 1
    }


@cache
def weekday_names() -> frozenset[str]:
    """Return the folded names and abbreviations of weekdays."""
    return frozenset(
        fold_name(name)
        for language in _LANGUAGES
        for width in ("wide", "abbreviated")
        for name in _names(language, "days", "format", width).values()
    )


def _names(language: str, kind: str, context: str, width: str) -> dict[int, str]:
    from babel import Locale

    names: dict[int, str] = dict(getattr(Locale(language), kind)[context][width].items())
    return names
