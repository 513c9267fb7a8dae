"""Quantities: one unit for each kind of quantity and attribute, converted with pint.

Known forms are a number with its unit ("1 1/2"", "1,5 kg", "五百毫升"), sums of one kind (5' 10",
"1 h 30 min"), ranges ("10 - 20 cm") and dimensions ("10 x 20 x 5 cm").
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from catalograph.ingest.normalise import numerals
from catalograph.ingest.normalise.result import NormalisedValue
from catalograph.ingest.normalise.tables import table
from catalograph.ml.script import has_han

_NOISE = re.compile(r"[\s.-]+")
_TIMES = re.compile(r"\s*[x×✕*X]\s*")
_RANGE = re.compile(r"\s*(?:-|–|—|~|～|\bto\b|至|到)\s*")
_WORD = re.compile(r"[^\W_]+")
_MOST_SIDES = 4
_BIGGEST = 1e12
_AS_COUNTED = frozenset({"mass", "volume"})
"""Kinds for which "6 x 330 ml" means six items, not a dimension."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A unit by pint's name, with its kind."""

    kind: str
    pint: str


@dataclass(frozen=True, slots=True)
class _Part:
    """A number as written, with its unit if it has one."""

    number: float
    unit: _Unit | None


@dataclass(frozen=True, slots=True)
class _Spellings:
    """Units by spelling, and a pattern of a number with its unit."""

    exact: dict[str, _Unit]
    folded: dict[str, _Unit]
    part: re.Pattern[str]


def read_quantity(attribute: str, text: str, language: str | None = None) -> NormalisedValue | None:
    """Read a number with a unit, a sum, a range or dimensions; return None for other forms.

    Args:
        attribute: normalised attribute name, which determines the unit.
        text: clean half-width text.
        language: ISO 639-1 code of the text.
    """
    if not any(c.isnumeric() for c in text):
        return None
    parts = _parts(text, language)
    if parts:
        return _sum(attribute, text, parts)
    return _read_sides(attribute, text, language) or _range(attribute, text, language)


def find_quantities(attribute: str, text: str) -> Iterator[tuple[int, int, NormalisedValue]]:
    """Yield start, end and value of each number with a unit in running text."""
    for match in _spellings().part.finditer(text):
        before = text[match.start("n") - 1 : match.start("n")] if match.start("n") else ""
        said = read_quantity(attribute, text[match.start("n") : match.end("u")])
        # In "AB12 in" the digits belong to a model number.
        if said is not None and not before.isalnum():
            yield match.start("n"), match.end("u"), said


def _sum(attribute: str, text: str, parts: list[_Part]) -> NormalisedValue | None:
    units = [_unit_for(attribute, part.unit) for part in parts if part.unit is not None]
    if len(units) != len(parts) or len({unit.kind for unit in units}) > 1:
        return None
    symbol, target = _display_unit(units[0].kind, attribute)
    # 5' 10" is a sum, 10" 5' is two numbers: each unit must be smaller than the one before it.
    scales = [_factor(unit.pint, target)[0] for unit in units]
    if any(later >= sooner for sooner, later in pairwise(scales)):
        return None
    number = sum(
        convert(part.number, unit.pint, target) for part, unit in zip(parts, units, strict=True)
    )
    number = numerals.round_number(number)
    if not abs(number) < _BIGGEST:
        return None
    return NormalisedValue(
        f"{numerals.tell(number)} {symbol}", text, number, symbol, f"unit:{symbol}"
    )


def _range(attribute: str, text: str, language: str | None) -> NormalisedValue | None:
    ends = _RANGE.split(text)
    if len(ends) != 2:
        return None
    parts = [_single(end, language) for end in ends]
    told = _in_one_unit(attribute, parts)
    if told is None or not 0 <= told[0][0] < told[0][1]:
        return None
    numbers, symbol = told
    name = f"{'-'.join(map(numerals.tell, numbers))} {symbol}"
    return NormalisedValue(name, text, None, symbol, f"range:{symbol}")


def _read_sides(attribute: str, text: str, language: str | None) -> NormalisedValue | None:
    pieces = _TIMES.split(text)
    if not 2 <= len(pieces) <= _MOST_SIDES:
        return None
    parts = [_single(piece, language) for piece in pieces]
    first, last = parts[0], parts[-1]
    if len(parts) == 2 and first and not first.unit and last and last.unit:
        unit = _unit_for(attribute, last.unit)
        if unit.kind in _AS_COUNTED:
            return _multipack(attribute, text, first.number, last.number, unit)
    if last is None or last.unit is None or last.unit.kind != "length":
        return None
    told = _in_one_unit(attribute, parts)
    if told is None:
        return None
    numbers, symbol = told
    name = f"{' x '.join(map(numerals.tell, numbers))} {symbol}"
    return NormalisedValue(name, text, None, symbol, f"sides:{symbol}")


def _multipack(
    attribute: str, text: str, count: float, each: float, unit: _Unit
) -> NormalisedValue:
    symbol, target = _display_unit(unit.kind, attribute)
    each = numerals.round_number(convert(each, unit.pint, target))
    name = f"{numerals.tell(count)} x {numerals.tell(each)} {symbol}"
    return NormalisedValue(name, text, None, symbol, f"multipack:{symbol}")


def _in_one_unit(attribute: str, parts: list[_Part | None]) -> tuple[list[float], str] | None:
    """Convert numbers to the attribute's unit; a part without a unit has that of the last."""
    last = parts[-1]
    if last is None or last.unit is None:
        return None
    units = [part.unit or last.unit for part in parts if part is not None]
    if len(units) != len(parts) or len({unit.kind for unit in units}) > 1:
        return None
    units = [_unit_for(attribute, unit) for unit in units]
    symbol, target = _display_unit(units[0].kind, attribute)
    numbers = [
        numerals.round_number(convert(part.number, unit.pint, target))
        for part, unit in zip(parts, units, strict=True)
        if part is not None
    ]
    return (numbers, symbol) if max(map(abs, numbers)) < _BIGGEST else None


def _unit_for(attribute: str, unit: _Unit) -> _Unit:
    """Return the unit that the attribute implies: ounces of a volume are fluid ounces."""
    if unit.pint == "ounce" and "volume" in _WORD.findall(attribute):
        return _Unit("volume", "fluid_ounce")
    return unit


def _single(text: str, language: str | None) -> _Part | None:
    """Read one number, with or without a unit."""
    parts = _parts(text, language)
    if len(parts) == 1:
        return parts[0]
    number = numerals.read(text, language) if not parts else None
    return None if number is None else _Part(number, None)


def _parts(text: str, language: str | None) -> list[_Part]:
    """Return the numbers with units that make up the whole text; empty for any other text."""
    spellings = _spellings()
    found: list[_Part] = []
    at = 0
    while at < len(text):
        match = spellings.part.match(text, at)
        if match is None:
            return []
        unit = _find(spellings, match["u"])
        number = numerals.read(match["n"], language)
        if unit is None or number is None:
            return []
        found.append(_Part(-number if match["minus"] else number, unit))
        at = match.end()
    return found


def _find(spellings: _Spellings, written: str) -> _Unit | None:
    short = _NOISE.sub("", written)
    return spellings.exact.get(short) or spellings.folded.get(short.casefold())


@cache
def _spellings() -> _Spellings:
    exact: dict[str, _Unit] = {}
    folded: dict[str, _Unit] = {}
    written: set[str] = set()
    for kind, content in table("units").items():
        for name, spelled in content["write"].items():
            for text in spelled.get("exact", ()):
                exact[_NOISE.sub("", text)] = _Unit(kind, name)
            for text in spelled.get("any", ()):
                folded[_NOISE.sub("", text).casefold()] = _Unit(kind, name)
            written |= {*spelled.get("exact", ()), *spelled.get("any", ())}
    longest = sorted(written, key=lambda text: (-len(text), text))
    units = "|".join(re.escape(text).replace(r"\ ", r"[\s.-]{1,2}") for text in longest)
    pattern = (
        rf"\s*(?P<minus>-)?(?P<n>{numerals.PATTERN})\s?-?\s?(?P<u>{units})"
        # "10 mAhx" is not a unit; a letter may follow the sign for inches, as in 12"W.
        r"(?:(?<=[\"”″'’′])|(?![a-zA-Z²³/]))\.?(?:\s*,)?\s*"
    )
    return _Spellings(exact, folded, re.compile(pattern, re.IGNORECASE))


@lru_cache(maxsize=4096)
def _display_unit(kind: str, attribute: str) -> tuple[str, str]:
    """Return symbol and pint's name of an attribute's display unit."""
    content = table("units")[kind]
    present = set(_WORD.findall(attribute))
    for symbol, other in content.get("unless", {}).items():
        if present.intersection(other["words"]):
            return symbol, other["unit"]
    ((symbol, name),) = content["unit"].items()
    return symbol, name


@lru_cache(maxsize=1024)
def find_chinese_unit(unit: str) -> str | None:
    """Return the Chinese word of a unit in any of its spellings; None if it is written in Latin."""
    bare = _NOISE.sub("", unit)
    known = _spellings().exact.get(bare) or _spellings().folded.get(bare.casefold())
    if known is None:
        return None
    words = table("units")[known.kind]["write"][known.pint].get("any", ())
    return next((str(word) for word in words if has_han(str(word))), None)


def convert(number: float, unit: str, target: str) -> float:
    """Convert a number between units by pint's names: 15.6, "inch", "centimeter"."""
    scale, offset = _factor(unit, target)
    return number * scale + offset


@lru_cache(maxsize=4096)
def _factor(unit: str, target: str) -> tuple[float, float]:
    """Return scale and offset of a conversion; the offset is not 0 for temperatures."""
    if unit == target:
        return 1.0, 0.0
    registry = _registry()
    zero, one = (float(registry.Quantity(n, unit).m_as(target)) for n in (0.0, 1.0))
    return one - zero, zero


@cache
def _registry() -> Any:
    """Return the shared unit registry; created on first use, since pint loads slowly."""
    import pint

    registry: Any = pint.UnitRegistry()
    registry.define("jin = 0.5 * kilogram")
    return registry
