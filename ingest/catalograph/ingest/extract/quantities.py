"""Patterns of numbers and units, and of preceding words that change their meaning."""

import re

from catalograph.ingest.extract.rule_units import Unit

_FRACTION = r"(?P<f>\.\d{1,3})?"
NUMBER = rf"(?<![\w.,/-])(?<!\d\. )(?!0\d)(?P<n>\d{{1,3}}(?:,\d{{3}})+|\d{{1,6}}){_FRACTION}"
# After a label the number may follow without a space: "Item Weight998 g".
LABELLED = rf"(?<![\d.,/-])(?P<n>\d{{1,3}}(?:,\d{{3}})+|\d{{1,6}}){_FRACTION}"
INCH = r"(?P<u>[\"”″]|''|[\s-]{0,2}inch(?:es)?\b)"


def rx(pattern: str) -> re.Pattern[str]:
    """Compile a case-insensitive pattern."""
    return re.compile(pattern, re.IGNORECASE)


# "Up to 128GB" is the supported, not the included capacity.
LIMIT = rx(
    r"\b(?:up\s?to|max(?:imum)?(?: of)?|expand\w*|add(?:s|ing)?|supports?|additional|extra|minimum"
    r"|at least|less than|more than|over|under|above|below|per|fits?|from|within|holds?|every)"
    r"[\s:(]*(?:an? |the |most |\w+ to )?\Z"
)
# "For 15-inch laptops" is about another product.
OTHER = rx(
    rf"(?:{LIMIT.pattern[:-2]}\Z|\b(?:for|fits?|most|compatible|accommodates?)\b"
    r"[^.;]{0,30}\Z)"
)


def units(name: str, **factors: float) -> dict[str, Unit]:
    """Return a canonical unit by the units as written, each with its factor."""
    return {written: Unit(name, factor) for written, factor in factors.items()}


_QUOTES = ('"', "”", "″", "''")
INCHES = units("in", inch=1, inches=1) | dict.fromkeys(_QUOTES, Unit("in"))
LENGTHS = units(
    "mm", mm=1, cm=10, m=1000, meters=1000, metres=1000, ft=304.8, feet=304.8, foot=304.8,
    inch=25.4, inches=25.4,
) | dict.fromkeys(_QUOTES, Unit("mm", 25.4))  # fmt: skip
CABLES = units(
    "m", m=1, meter=1, meters=1, metre=1, metres=1, ft=0.3048, feet=0.3048, foot=0.3048
) | dict.fromkeys(("'", "’"), Unit("m", 0.3048))
WEIGHTS = units(
    "g", g=1, gram=1, grams=1, kg=1000, kilograms=1000, lb=453.59237, lbs=453.59237,
    pound=453.59237, pounds=453.59237, oz=28.349523, ounce=28.349523, ounces=28.349523,
)  # fmt: skip
VOLUMES = units("ml", ml=1, cl=10, floz=29.5735, liter=1000, liters=1000, litre=1000, litres=1000)
SIZES = units("GB", mb=1 / 1024, gb=1, tb=1024)
