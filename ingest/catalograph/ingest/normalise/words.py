"""Word values by alias tables: colours, sizes, genders, materials, yes and no."""

import re

from catalograph.ingest.normalise import numerals
from catalograph.ingest.normalise.result import NormalisedValue
from catalograph.ingest.normalise.tables import words
from catalograph.schema import keys

_BETWEEN = re.compile(r"\s*(?:[/,&+|;、和]|\band\b)\s*", re.IGNORECASE)
_SYSTEM = "EUR?|UK|US|CN|JP"
_POINTS = r"\d{1,2}(?:[.,]5| ?½| 1/2)?"
_SHOE = re.compile(
    rf"(?P<a>{_SYSTEM})[ .:-]{{0,2}}(?P<w>M|W|Men(?:'?s)?|Women(?:'?s)?)? ?(?P<n>{_POINTS})\Z"
    rf"|(?P<n2>{_POINTS}) ?\(?(?P<b>{_SYSTEM})\)?\Z",
    re.IGNORECASE,
)
_SYSTEMS = {"eur": "EU"}
_WHOSE = {"m": "men", "men": "men", "mens": "men", "men's": "men"} | {
    "w": "women", "women": "women", "womens": "women", "women's": "women",
}  # fmt: skip


def read_word(kind: str, text: str) -> NormalisedValue | None:
    """Return the canonical value of a word; None for an unknown one."""
    name = words(kind).get(keys.normalise(text))
    return None if name is None else NormalisedValue(name, text, None, None, kind)


def read_colours(text: str) -> NormalisedValue | None:
    """Read one or several colours, such as "Black / Gray"; return None if a part is not one."""
    single = read_word("colour", text)
    if single is not None:
        return single
    parts = [words("colour").get(keys.normalise(part)) for part in _BETWEEN.split(text)]
    names = [name for name in parts if name is not None]
    if len(names) != len(parts) or not 2 <= len(names) <= 6:
        return None
    return NormalisedValue("/".join(dict.fromkeys(names)), text, None, None, "colour")


def read_size(text: str) -> NormalisedValue | None:
    """Read a letter size of clothes, or a shoe size with its system: "X-Large", "42 EU"."""
    return read_word("size", text) or _shoe(text)


def plain_colour(name: str) -> str:
    """Return the colour of a shade, "blue" for "navy"; other names stay."""
    return words("shade").get(keys.normalise(name), name)


def _shoe(text: str) -> NormalisedValue | None:
    match = _SHOE.match(text)
    if match is None:
        return None
    written = (match["a"] or match["b"]).casefold()
    system = _SYSTEMS.get(written, written.upper())
    number = numerals.read(match["n"] or match["n2"])
    if number is None:
        return None
    whose = _WHOSE.get((match["w"] or "").casefold())
    unit = f"{system} {whose}" if whose else system
    return NormalisedValue(f"{unit} {numerals.tell(number)}", text, number, unit, "shoe-size")
