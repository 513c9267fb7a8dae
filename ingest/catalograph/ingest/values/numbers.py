"""Numbers of cells, with the decimal sign that the column writes.

"1.299" is 1299 where the comma is the decimal sign and 1.299 where the dot is. A number that shows
its decimal sign ("12,99", "1.299,00", "1.234.567") is read whatever the column says; of an
ambiguous one the column decides, see `catalograph.ingest.conventions`.
"""

import math
import re
import unicodedata
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from catalograph.ingest.values.cells import to_text
from catalograph.log import shorten

DecimalSign = Literal[",", "."]

_SPACES = " \u00a0\u2000-\u200a\u202f\u205f\u3000"
_APOSTROPHES = "'’‘`´ʼ＇"
_DIGITS = rf"\d[\d.,{_SPACES}{_APOSTROPHES}]*"
_NUMBER = re.compile(
    rf"(?:([-+]) ?)?[^\d+-]{{0,12}}?([-+]? ?(?:{_DIGITS}|(?<![^\s+-])[.,]\d+))([^\d]{{0,12}})\Z"
)
_GROUPED = re.compile(r"\d{1,3}(?:([ ',.])\d{3})(?:\1\d{3})*|\d{1,2}(?:,\d{2})+,\d{3}")
_MULTIPLES = {"k": 1e3, "K": 1e3, "千": 1e3, "百": 1e2, "万": 1e4, "萬": 1e4, "億": 1e8, "亿": 1e8}
_MULTIPLES |= {"十万": 1e5, "百万": 1e6, "千万": 1e7, "M": 1e6, "mio": 1e6, "mln": 1e6, "tsd": 1e3}
_MULTIPLES |= dict.fromkeys(["tausend", "mille", "mil", "thousand"], 1e3)
_MULTIPLES |= dict.fromkeys(["million", "millions", "millionen"], 1e6)
_MULTIPLES |= dict.fromkeys(["lakh", "lakhs"], 1e5) | dict.fromkeys(["crore", "crores"], 1e7)
_MULTIPLES["billion"] = 1e9
_MULTIPLE = re.compile(
    r"\s?(?:(十万|百万|千万|[千百万萬億亿])|(?<!\s)([kKM])(?!\w)|(?i:(mio|mln|tsd|tausend|mille|mil|thousand|million(?:s|en)?|billion|lakhs?|crores?))\b\.?)"
)
_SCIENTIFIC = re.compile(r"[-+]?\d(?:[.,]\d+)?[eE][-+]?\d{1,3}\Z")
_FULL_WIDTH = str.maketrans(
    {"．": ".", "，": ",", "٫": ".", "٬": ",", "−": "-", "﹣": "-", "－": "-"}
)
_DASHES = ("-", "–", "—", "―")
_LONGEST = 60


class AmbiguousNumberError(ValueError):
    """A number that is a thousand times larger with the other decimal sign.

    Attributes:
        text: cell.
    """

    def __init__(self, text: str, grouped: float, decimal: float) -> None:
        super().__init__(
            f"'{shorten(text)}' is {grouped:.10g} or {decimal:.10g}, and no other value of its "
            'column decides. Write `decimal: ","` or `decimal: "."` at this column in the mapping.'
        )
        self.text = text


def to_number(value: Any, decimal: DecimalSign | None = ".", *, unit: str | None = None) -> float:
    """Return the number of a cell: 5, "5.0", "$1,234.50", "1.234,50 €", "Rs. 399", "1.2万".

    Args:
        value: cell.
        decimal: decimal sign of ambiguous numbers such as "1.299"; None refuses them.
        unit: unit of the column, which the cell may repeat.

    Raises:
        AmbiguousNumberError: the number is ambiguous and `decimal` is None.
        ValueError: the cell is not one number.
    """
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number = float(value)
        if not math.isfinite(number):
            raise ValueError(f"{value} is no finite number.")
        return number
    text = "" if isinstance(value, bool) else to_text(value).strip()
    found = _readings(text, unit) if text and len(text) <= _LONGEST else {}
    if not found:
        raise ValueError(f"'{shorten(text or value)}' is not one number.")
    if len(set(found.values())) == 1:
        return next(iter(found.values()))
    if decimal is None:
        raise AmbiguousNumberError(text, max(found.values()), min(found.values()))
    return found[decimal]


def to_whole(value: Any) -> int:
    """Return the whole number of a cell; of an ambiguous one, the reading that is whole."""
    number = to_count(value)
    if not number.is_integer():
        raise ValueError(f"{number} is no whole number.")
    return int(number)


def to_count(value: Any) -> float:
    """Return the number of a cell that counts: "1.234" and "1,234" are both 1234."""
    try:
        return to_number(value, None)
    except AmbiguousNumberError as exc:
        return max(_readings(exc.text, None).values(), key=abs)


_OF_SCALE = re.compile(
    r"(?P<rating>\d{1,2}(?:[.,]\d+)?)\s*"
    r"(?:/|out of|of|von|sur|de|su|av|van|из|满分|（满分|\(满分)\s*"
    r"(?P<scale>5|10|100)(?:[.,]0)?[\s)）]*"
    r"(?:stars?|sternen?|étoiles?|estrellas?|stelle|sterren|分|星)?\.?",
    re.IGNORECASE,
)
_SCALE_FIRST = re.compile(
    r"(?P<scale>5|10)\s*(?:つ星のうち|段階中|点満点中|分满分)\s*(?P<rating>\d{1,2}(?:[.,]\d+)?)(?:点|分)?"
)


def to_rating(value: Any) -> float:
    """Return the number of a cell on a scale without thousands: "4,375" is 4.375.

    "4.0 out of 5 stars", "8/10" and "5つ星のうち4" are read on a scale of 5, "★★★★☆" is 4.
    """
    if isinstance(value, str):
        text = value.strip()
        if text and set(text) <= set("★☆⭐"):
            return float(len(text) - text.count("☆"))
        match = _OF_SCALE.fullmatch(text) or _SCALE_FIRST.fullmatch(text)
        if match is not None:
            return to_rating(match["rating"]) * 5 / float(match["scale"])
    try:
        return to_number(value, None)
    except AmbiguousNumberError as exc:
        return min(_readings(exc.text, None).values(), key=abs)


def decimal_sign(value: Any) -> DecimalSign | None:
    """Return the decimal sign that a cell shows; None if it shows none, is 0 or no text.

    A missing price is often "0.00", whatever the other prices look like.
    """
    found = _readings(value.strip(), None) if _is_short(value) else {}
    return next(iter(found)) if len(found) == 1 and any(found.values()) else None


def is_ambiguous(value: Any) -> bool:
    """Return whether a cell is a text whose number depends on the decimal sign."""
    return _is_short(value) and len(set(_readings(value.strip(), None).values())) > 1


def _is_short(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST


@lru_cache(maxsize=65_536)
def _readings(text: str, unit: str | None) -> dict[DecimalSign, float]:
    """Return the number of a text by decimal sign; without a sign that would make it no number."""
    if not text.isascii():
        text = to_ascii_digits(text)
    if text.startswith("(") and text.endswith(")"):
        text = f"-{text[1:-1]}"  # as bookkeepers write what is below zero
    if unit and text.casefold().endswith(unit.casefold()):
        text = text[: -len(unit)].rstrip()
    if _SCIENTIFIC.match(text):
        number = float(text.replace(",", "."))
        return {",": number, ".": number} if math.isfinite(number) else {}
    match = _NUMBER.match(text)
    if match is None:
        return {}
    sign, written, after = match.groups()
    digits = re.sub(f"[{_APOSTROPHES}]", "'", re.sub(f"[{_SPACES}]", " ", written))
    factor = -1.0 if sign == "-" or digits.startswith("-") else 1.0
    times = _MULTIPLE.match(f" {after}" if digits.endswith(" ") else after)
    if times is not None:
        word = next(filter(None, times.groups()))
        factor *= _MULTIPLES.get(word) or _MULTIPLES[word.casefold()]
    plain = digits.lstrip("+- ").rstrip("., '")
    signs: tuple[DecimalSign, ...] = (",", ".")
    if after.lstrip().startswith(_DASHES) and digits.rstrip(" ").endswith((",", ".")):
        # "1.299,-" has a dash in place of the hundredths.
        signs = (",",) if digits.rstrip(" ").endswith(",") else (".",)
    read = {decimal: _read_with(plain, decimal) for decimal in signs}
    return {
        decimal: number * factor
        for decimal, number in read.items()
        if number is not None and math.isfinite(number * factor)
    }


def _read_with(digits: str, decimal: DecimalSign) -> float | None:
    """Return the number with this decimal sign, or None if its groups are then wrong."""
    whole, sign, fraction = digits.rpartition(decimal) if decimal in digits else (digits, "", "")
    if sign and not fraction.isdigit():
        return None
    if whole and not whole.isdigit():
        if decimal in whole or whole.startswith("0") or not _GROUPED.fullmatch(whole):
            return None
        whole = re.sub(r"[ ',.]", "", whole)
    return float(f"{whole or '0'}.{fraction or '0'}")


def to_ascii_digits(text: str) -> str:
    """Return a text with the digits and signs of any script as ASCII has them: ٤٥٫٥ is 45.5."""
    return "".join(_ascii(character) for character in text.translate(_FULL_WIDTH))


def _ascii(character: str) -> str:
    """Return the ASCII form of a full-width or other digit or sign."""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    narrow = unicodedata.normalize("NFKC", character)
    return narrow if "\uff01" <= character <= "\uff5e" else character
