"""Selection and application of the rules for an attribute."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from catalograph.ingest.normalise import numerals
from catalograph.ingest.normalise.brands import read_brand
from catalograph.ingest.normalise.packs import read_pack
from catalograph.ingest.normalise.result import NormalisedValue
from catalograph.ingest.normalise.tables import endings
from catalograph.ingest.normalise.units import read_quantity
from catalograph.ingest.normalise.words import read_colours, read_size, read_word
from catalograph.schema import keys

_LONGEST = 100
"""Length limit; rules know no longer values."""
_WIDE = re.compile(r"[\u3000\uff01-\uffee]+")
_PLAIN = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,10})?\Z")
_GROUPED = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?\Z")
_PERCENT = re.compile(
    r"(?P<n>-?\d{1,9}(?:\.\d{1,9})?) ?(?:%|per ?cent|pct)\Z"
    r"|百分之(?P<z>[零一二两三四五六七八九十百]{1,5})\Z",
    re.IGNORECASE,
)
_BRAND = ("brand", "brands", "brand name", "manufacturer", "maker", "品牌", "制造商")
_COUNTS = (
    "pack", "packs", "count", "pack count", "pack size", "quantity", "pack quantity", "pieces",
    "number of pieces", "number of items", "number in pack", "数量", "件数", "包装数量",
)  # fmt: skip
_READERS: dict[str, Callable[[str], NormalisedValue | None]] = {
    "brand": read_brand,
    "count": read_pack,
    "colour": read_colours,
    "size": read_size,
    "gender": lambda text: read_word("gender", text),
    "material": lambda text: read_word("material", text),
}


@lru_cache(maxsize=262_144)
def normalise(attribute: str, text: str, *, language: str | None = None) -> NormalisedValue:
    """Bring a value into its canonical form.

    Args:
        attribute: name of the attribute, "brand" for brands; it determines the rules and the
            unit.
        text: value as written.
        language: ISO 639-1 code of the text, if known; it distinguishes decimal commas from
            thousands separators.

    Returns:
        The canonical value; the text itself, with rule None, if no rule knows the form.
    """
    name = keys.normalise(attribute)
    short = keys.clean(text)
    half = _half_width(short)
    found = _read(name, half, language) if half and len(half) <= _LONGEST else None
    if found is None:
        return NormalisedValue(half, text, rule="width" if half != short else None)
    return NormalisedValue(found.name, text, found.number, found.unit, found.rule)


def _read(attribute: str, text: str, language: str | None) -> NormalisedValue | None:
    kind = _kind(attribute)
    own = None if kind is None else _READERS[kind](text)
    if own is not None or kind == "brand":
        return own
    return (
        read_quantity(attribute, text, language)
        or _number(kind, text, language)
        or _percent(text)
        or read_word("flag", text)
    )


@lru_cache(maxsize=65_536)
def _kind(attribute: str) -> str | None:
    """Return the kind of an attribute, by the words at the end of its name."""
    plain = attribute.replace("(s)", "s")
    kinds = {"brand": _BRAND, "count": _COUNTS} | {
        kind: endings(kind) for kind in ("colour", "size", "gender", "material")
    }
    fitting = [
        (len(word), kind)
        for kind, listed in kinds.items()
        for word in listed
        if plain == word or plain.endswith(f" {word}")
    ]
    return max(fitting)[1] if fitting else None


def _number(kind: str | None, text: str, language: str | None) -> NormalisedValue | None:
    """Read a bare number, without thousands separators, or a count in Chinese numerals."""
    if _PLAIN.match(text):  # written out in full: "5.0" may be a version, so it stays "5.0"
        return NormalisedValue(text, text, float(text), None, "number")
    number = None
    if _GROUPED.match(text):
        number = numerals.read(text.lstrip("-"), language)
    elif kind == "count":
        number = numerals.chinese(text)
    if number is None:
        return None
    number = -number if text.startswith("-") else number
    return NormalisedValue(numerals.tell(number), text, number, None, "number")


def _percent(text: str) -> NormalisedValue | None:
    match = _PERCENT.match(text)
    if match is None:
        return None
    number = float(match["n"]) if match["n"] else numerals.chinese(match["z"])
    if number is None:
        return None
    return NormalisedValue(f"{numerals.tell(number)} %", text, number, "%", "percent")


def _half_width(text: str) -> str:
    """Convert full-width letters, digits and signs to half width; keep other characters."""
    return keys.clean(_WIDE.sub(lambda m: unicodedata.normalize("NFKC", m[0]), text))
