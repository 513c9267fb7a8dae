"""Labels for people: values in the unit that catalogues write most, titles by language."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from catalograph.assistant.unit_names import find_chinese_unit
from catalograph.ingest.normalise.tables import table

_WRITTEN = re.compile(
    r"(?P<number>[-+]?\d+(?:[.,]\d+)?)[\s-]*"
    r"(?P<unit>[^\W\d_][\w.²³/]{0,14}|[\"'″′”’%°])\Z"
)
_SIGNS = {"'": "ft", "′": "ft", "’": "ft", '"': "in", "″": "in", "”": "in"}
_DIGITS = 4
"""Significant digits of a number in a label."""


def label_value(
    name: str,
    number: float | None,
    unit: str | None,
    written: Sequence[str],
    locale: str | None = None,
) -> str:
    """Return the label of a value.

    Args:
        name: canonical name, such as "1219.2 mm".
        number: canonical number; None for a value that is no quantity.
        unit: unit of the number.
        written: the value as records write it, such as "4 ft", once for each record.
        locale: language tag of the unit, such as `zh`; None for the unit as it is written.

    Returns:
        The form that most records use, with a number of four significant digits; the canonical
        form if they use none that is a number with a unit. In Chinese the unit is the Chinese word
        where there is one: "4 英尺", but "32 GB".
    """
    if number is None or unit is None:
        return name
    labels = Counter(label for text in written if (label := _label(text)) is not None)
    # Equally frequent ones in the order of the alphabet, so that the label stays the same.
    best = min(labels, key=lambda label: (-labels[label], label), default=None)
    best = best or f"{round_number(number)} {unit}"
    if locale is None or not locale.lower().startswith("zh"):
        return best
    amount, _, said = best.partition(" ")
    return f"{amount} {find_chinese_unit(said) or said}"


@cache
def chinese_attributes() -> dict[str, str]:
    """Return the Chinese names of attributes by their canonical names, where there are any."""
    return {
        str(name): str(languages["zh"][0])
        for name, languages in table("attributes").items()
        if languages.get("zh")
    }


def _label(text: str) -> str | None:
    match = _WRITTEN.match(text.strip())
    if match is None:
        return None
    unit = _SIGNS.get(match["unit"], match["unit"].rstrip("."))
    return f"{round_number(float(match['number'].replace(',', '.')))} {unit}"


def round_number(number: float) -> str:
    """Return a number with four significant digits; whole numbers stay whole."""
    return f"{number:.0f}" if number.is_integer() else f"{number:.{_DIGITS}g}"


def titles_by_language(properties: Mapping[str, Any]) -> dict[str, str]:
    """Return the titles of a product by language, such as `en` or `zh`."""
    languages = properties.get("title_languages") or ()
    texts = properties.get("title_translations") or ()
    found = {tag[:2].lower(): text for tag, text in zip(languages, texts, strict=False)}
    if properties.get("title") and properties.get("language"):
        found.setdefault(str(properties["language"])[:2].lower(), properties["title"])
    return found
