"""Words around a match that change its meaning: negations, ranges, sums and alternatives.

"No silicone", "silicone-free" and 不含硅 deny a value. "5 to 8 pcs" and "100 ml + 80 ml" state no
single quantity; "50 ml / 1.7 fl oz" states one, twice.
"""

import re
from collections.abc import Mapping

from catalograph.ingest.extract.rule_units import Unit, unit_key

_LOOKED_BACK = 60
_LOOKED_AHEAD = 40
_SAME = 0.06
"""Largest relative difference of two quantities that count as one, in two units."""
_DENIED_BEFORE = re.compile(
    r"(?:\b(?:no(?!\.)|not|non|without|zero|never|nor|0\s?%|anti|faux|imitation|fake|simulated"
    r"|instead of|rather than|exclud(?:es?|ing)|(?:does|is|are)n['’]t|ohne|kein|sans|sin|senza)"
    r"[\s-]+(?:(?:any|added|real|genuine|made|of|from|contain(?:s|ing)?|harsh|artificial|cheap"
    r"|a|the)[\s-]+){0,3}"
    r"|\bfree (?:of|from) (?:[^.;:()!?]{0,40}[\s,])?"
    r"|(?:无|不含|未添加|不添加|零添加|不是|并非|非|免|仿)(?:[任何有]{1,2})?)\Z",
    re.IGNORECASE,
)
_DENIED_AFTER = re.compile(
    r"(?:-free\b|\s+free\b(?!\s*(?:size|shipping|delivery|gift|sample|returns?|with|\d))|[-\s]?less\b)",
    re.IGNORECASE,
)
_JOIN = r"(?P<j>,\s*(?:and|or)\b|[-–—~～+&,/、]|\b(?:to|and|or|plus)\b|至|到|和|或)"
_NUMBER = r"(?P<n>\d[\d,]*(?:\.\d+)?)"
_UNIT = r"(?P<u>fl\.? ?oz|[a-z]{1,11}\b|[\"”″′'’]{1,2}|[\u4e00-\u9fff]{1,3})"
_INCLUSIVE = r"(?:\s?[(（]不?含[)）])?"
_JOINED_BEFORE = re.compile(
    rf"(?<![\w.]){_NUMBER}[\s-]?{_UNIT}?\.?{_INCLUSIVE}\)?\s*{_JOIN}\s*\(?\Z", re.IGNORECASE
)
_JOINED_AFTER = re.compile(rf"{_INCLUSIVE}\)?\s*{_JOIN}\s*\(?{_NUMBER}[\s-]?{_UNIT}", re.IGNORECASE)
_LIST_SIGN = r"\s*(?:[,/&+、|]|\band\b|\bor\b|和|或)\s*(?:[a-z]+[\s-])?"
_LISTED_AFTER = re.compile(_LIST_SIGN, re.IGNORECASE)
_LISTED_BEFORE = re.compile(rf"{_LIST_SIGN}\Z", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween\s*\Z", re.IGNORECASE)
_DASHES = "-–—"
_RANGE_SIGNS = frozenset({"to", "~", "～", "至", "到"})


def is_denied(text: str, start: int, end: int) -> bool:
    """Return whether the words around `text[start:end]` say that the product lacks it."""
    before = text[max(0, start - _LOOKED_BACK) : start]
    if _DENIED_BEFORE.search(before):
        return True
    return _DENIED_AFTER.match(text, end, end + _LOOKED_AHEAD) is not None


def is_joined(text: str, start: int, end: int, number: float, units: Mapping[str, Unit]) -> bool:
    """Return whether a quantity is one end of a range, or one of several different quantities.

    Args:
        text: text with the quantity at `text[start:end]`.
        start: index of its first character.
        end: index after its last character.
        number: quantity in the canonical unit.
        units: units of the attribute; quantities in other units are of no concern.
    """
    before = text[max(0, start - _LOOKED_BACK) : start]
    match = _JOINED_BEFORE.search(before)
    if match is not None:
        between = match["j"].casefold().endswith("and") and _BETWEEN.search(before[: match.start()])
        if match["u"] is None:
            sign = match["j"].casefold()
            return bool(between) or sign in _RANGE_SIGNS or _is_lower_end(match, number, units)
        if _differs(match, number, units):
            return True
    match = _JOINED_AFTER.match(text, end, end + _LOOKED_AHEAD)
    return match is not None and _differs(match, number, units)


def is_listed(text: str, start: int, end: int, word: re.Pattern[str]) -> bool:
    """Return whether another such word is joined to `text[start:end]`, as in "Black, Red & Blue".

    Args:
        text: text with the word.
        start: index of its first character.
        end: index after its last character.
        word: pattern of the words of its kind.
    """
    after = _LISTED_AFTER.match(text, end, end + _LOOKED_AHEAD)
    if after is not None and word.match(text, after.end()):
        return True
    before = text[max(0, start - _LOOKED_BACK) : start]
    joined = _LISTED_BEFORE.search(before)
    return joined is not None and any(
        match.end() == joined.start() for match in word.finditer(before)
    )


def _is_lower_end(match: re.Match[str], number: float, units: Mapping[str, Unit]) -> bool:
    """Return whether "220 -" before 240 V is a lower end; "iPhone 7 -" before 128 GB is none."""
    if match["j"] not in _DASHES:
        return False
    lower = float(match["n"].replace(",", ""))
    factors = {unit.factor for unit in units.values()}
    return any(0.2 * number <= lower * factor < number for factor in factors)


def _differs(match: re.Match[str], number: float, units: Mapping[str, Unit]) -> bool:
    unit = units.get(unit_key(match["u"]))
    if unit is None:
        return False
    other = float(match["n"].replace(",", "")) * unit.factor
    # "4.7 V to 5 V" is a range, "50 ml / 1.7 fl oz" one quantity in two units.
    same = 0 if match["j"].casefold() in _RANGE_SIGNS else _SAME
    return abs(other - number) > same * max(other, number)
