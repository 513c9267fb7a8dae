"""Numbers with their units, and dates, in English and Chinese texts, in comparable forms."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from catalograph.ingest.normalise import numerals
from catalograph.ingest.normalise.tables import table

_INVISIBLE = frozenset({"Cf", "Cc"})
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = "|".join(f"{name}|{name[:3]}\\.?" for name in _MONTHS)
_WORD_AFTER = re.compile(r" [a-z]")
_DATES = (
    re.compile(r"(?<!\d)(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<y>\d{4})\s?年\s?(?P<m>\d{1,2})\s?月(?:\s?(?P<d>\d{1,2})\s?[日号])?"),
    re.compile(r"(?<!\d)(?P<m>\d{1,2})\s?月\s?(?P<d>\d{1,2})\s?[日号]"),
    re.compile(
        rf"(?<![a-z\d])(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<n>{_MONTH})(?![a-z])"
        r"(?:,? (?P<y>\d{4}))?(?!\d)"
    ),
    re.compile(
        rf"(?<![a-z])(?P<n>{_MONTH}) (?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<y>\d{{4}}))?(?!\d)"
    ),
    re.compile(rf"(?<![a-z])(?P<n>{_MONTH}),? (?P<y>\d{{4}})(?!\d)"),
)
_SYMBOLS = {"$": "$", "€": "EUR", "£": "GBP", "¥": "¥", "₹": "INR"}
_CODES = ("USD", "EUR", "GBP", "CNY", "JPY", "INR", "CAD", "AUD", "CHF", "HKD", "TWD", "KRW", "RMB")
_MONEY_WORDS = {
    "人民币": "CNY", "元": "CNY", "rmb": "CNY", "yuan": "CNY", "美元": "USD", "欧元": "EUR",
    "英镑": "GBP", "日元": "JPY", "港元": "HKD", "港币": "HKD", "卢比": "INR",
    "dollar": "$", "dollars": "$", "euro": "EUR", "euros": "EUR", "rupees": "INR",
}  # fmt: skip
_EQUAL_MONEY = {"$": {"USD", "CAD", "AUD", "HKD", "TWD"}, "¥": {"CNY", "JPY"}}
_OTHER_UNITS = {
    "%": "%", "percent": "%", "per cent": "%",
    "year": "year", "years": "year", "yr": "year", "yrs": "year", "年": "year",
    "month": "month", "months": "month", "个月": "month",
    "week": "week", "weeks": "week", "周": "week", "星期": "week",
    "day": "day", "days": "day", "天": "day", "日": "day",
    "hour": "hour", "hours": "hour", "hr": "hour", "hrs": "hour", "h": "hour", "小时": "hour",
    "minute": "minute", "minutes": "minute", "min": "minute", "分钟": "minute",
    "second": "second", "seconds": "second", "秒": "second",
    "piece": "piece", "pieces": "piece", "pcs": "piece", "pc": "piece",
    "个": "piece", "件": "piece", "只": "piece", "片": "piece", "块": "piece", "支": "piece",
    "条": "piece", "台": "piece", "款": "piece", "张": "piece", "双": "pair", "pair": "pair",
    "pairs": "pair", "套": "set", "set": "set", "sets": "set", "位": "person", "人": "person",
    "people": "person", "persons": "person", "star": "star", "stars": "star", "星": "star",
    "次": "time", "times": "time", "倍": "fold", "x": "fold", "折": "tenth of the price",
    "rpm": "rpm", "dpi": "dpi", "fps": "fps", "ppm": "ppm",
}  # fmt: skip
_SCALES = {
    "万": 10_000, "亿": 100_000_000, "thousand": 1_000, "million": 1_000_000,
    "billion": 1_000_000_000, "hundred": 100, "dozen": 12,
}  # fmt: skip
_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_BY_WORD: dict[str, int | Decimal] = {
    **{word: n for n, word in enumerate(_ONES)},
    **{word: 10 * n for n, word in enumerate(_TENS, 2)},
    "dozen": 12,
    "hundred": 100,
    "thousand": 1_000,
    "half": Decimal("0.5"),
}
_TEN = "|".join(_TENS)
_ONE = "|".join(_ONES)
_WORD = rf"(?:{_TEN})(?:[ -](?:{_ONE}))?|{_ONE}|dozen|hundred|thousand|half"
_DIGITS = (
    r"(?:\d+[ -])?\d+[/⁄]\d+|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+,\d{1,2}(?!\d)|\d+(?:\.\d+)?|\.\d+"
)
_ARTICLES = frozenset({"一个", "一款", "一件", "一种", "一台", "一只", "一条", "一套", "一双"})


@dataclass(frozen=True, slots=True)
class CitedNumber:
    """A number as a text has it.

    Attributes:
        start: offset of its first character, a currency before it included.
        end: offset after its last character, its unit included.
        value: the number.
        unit: its unit in a form that is the same in all spellings; blank without one.
    """

    start: int
    end: int
    value: Decimal
    unit: str

    def is_stated_by(self, other: "CitedNumber") -> bool:
        """Return whether another text's number is the same one, in the same unit."""
        if self.value != other.value:
            return False
        mine, theirs = self.unit, other.unit
        return (
            mine == theirs
            or theirs in _EQUAL_MONEY.get(mine, ())
            or mine in _EQUAL_MONEY.get(theirs, ())
        )


@dataclass(frozen=True, slots=True)
class CitedDate:
    """A date as a text has it; None for a part that it leaves out.

    Attributes:
        start: offset of its first character.
        end: offset after its last character.
        year: year.
        month: month, 1 to 12.
        day: day of the month.
    """

    start: int
    end: int
    year: int | None
    month: int
    day: int | None

    def is_stated_by(self, other: "CitedDate") -> bool:
        """Return whether another text's date has all parts of this one."""
        return all(
            mine is None or mine == theirs
            for mine, theirs in (
                (self.year, other.year),
                (self.month, other.month),
                (self.day, other.day),
            )
        )


def plain_text(text: str) -> str:
    """Return a text in NFKC, in lower case, with single spaces and nothing invisible."""
    normal = unicodedata.normalize("NFKC", text)
    spaced = " ".join(normal.split())
    seen = "".join(c for c in spaced if unicodedata.category(c) not in _INVISIBLE)
    return seen.casefold()


def find_dates(text: str) -> list[CitedDate]:
    """Return the dates of a text of `plain_text`, in their order."""
    found: list[CitedDate] = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            if any(one.start < match.end() and match.start() < one.end for one in found):
                continue
            parts = match.groupdict()
            name = parts.get("n")
            month = int(parts["m"]) if name is None else _month(name)
            year, day = parts.get("y"), parts.get("d")
            if 1 <= month <= 12 and (day is None or 1 <= int(day) <= 31):
                found.append(
                    CitedDate(
                        match.start(),
                        match.end(),
                        None if year is None else int(year),
                        month,
                        None if day is None else int(day),
                    )
                )
    return sorted(found, key=lambda one: one.start)


def find_numbers(text: str) -> list[CitedNumber]:
    """Return the numbers of a text of `plain_text` that belong to no date, in their order.

    Digits within a word that is no number with a unit, such as a model number, belong to the word.
    """
    for date in find_dates(text):
        text = text[: date.start] + " " * (date.end - date.start) + text[date.end :]
    found = [*_digits(text), *_words(text), *_chinese(text)]
    kept: list[CitedNumber] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _digits(text: str) -> Iterator[CitedNumber]:
    for match in _digit_pattern().finditer(text):
        value = _read(match["n"])
        if value is None:
            continue
        if match["sign"]:
            value = -value
        scale = match["scale"]
        unit = match["u"]
        # "8500 in our shop" is no length.
        if unit == "in" and _WORD_AFTER.match(text, match.end()):
            unit = None
        # Letters that are no unit make a word of it: "4g" is a name, unless 4 g is meant.
        if re.match(r"[a-z_]", text[match.end() :]):
            continue
        yield CitedNumber(
            match.start(),
            match.end(),
            value * _SCALES[scale] if scale else value,
            _unit(match["c"] or unit or ""),
        )


def _words(text: str) -> Iterator[CitedNumber]:
    for match in _word_pattern().finditer(text):
        unit = match["u"]
        # "one" alone stands for a thing, "half" and "second" for more than a number.
        if unit is None and match["n"] in ("one", "half"):
            continue
        parts = re.split(r"[ -]", match["n"])
        value = sum((Decimal(_BY_WORD[part]) for part in parts), Decimal(0))
        scale = match["scale"]
        yield CitedNumber(
            match.start(),
            match.end(),
            value * _SCALES[scale] if scale else value,
            _unit(unit or ""),
        )


def _chinese(text: str) -> Iterator[CitedNumber]:
    for match in _chinese_pattern().finditer(text):
        value = numerals.chinese(match["n"])
        if value is not None and match[0] not in _ARTICLES:
            yield CitedNumber(match.start(), match.end(), _exact(value), _unit(match["u"]))


def _read(text: str) -> Decimal | None:
    if "/" in text or "⁄" in text:
        whole = numerals.read(text)
        return None if whole is None else _exact(whole)
    if re.fullmatch(r"\d+,\d{1,2}", text):
        return Decimal(text.replace(",", ".")).normalize()
    return Decimal(text.replace(",", "")).normalize()


def _exact(number: float) -> Decimal:
    return Decimal(repr(number)).normalize()


def _month(name: str) -> int:
    return next(n for n, full in enumerate(_MONTHS, 1) if full.startswith(name[:3]))


def _unit(spelling: str) -> str:
    word = " ".join(spelling.split())
    return _units().get(word, word)


@cache
def _units() -> dict[str, str]:
    """Return units by spelling in lower case; those of attributes, of money, of time and pieces."""
    found: dict[str, str] = {}
    for kind in table("units").values():
        for name, spellings in kind.get("write", {}).items():
            for words in spellings.values():
                found |= {plain_text(str(word)): str(name) for word in words if str(word).strip()}
    # Signs of feet and inches are marks of quotation in running text.
    for sign in ('"', "'", "''", "”", "″", "’", "′"):
        found.pop(sign, None)
    found |= {code.casefold(): "CNY" if code == "RMB" else code for code in _CODES}
    return found | _MONEY_WORDS | _OTHER_UNITS | _SYMBOLS


@cache
def _unit_pattern() -> str:
    """Return a pattern of all units; letters must not go on after one in Latin script."""
    words = sorted(_units(), key=len, reverse=True)
    latin = "|".join(re.escape(word) for word in words if re.match(r"[a-zµμ°]", word))
    other = "|".join(re.escape(word) for word in words if not re.match(r"[a-zµμ°]", word))
    return rf"(?:(?:{latin})(?![a-z0-9])|(?:{other}))"


@cache
def _digit_pattern() -> re.Pattern[str]:
    signs = "".join(map(re.escape, _SYMBOLS))
    codes = "|".join(code.casefold() for code in _CODES)
    scales = "|".join(sorted(_SCALES, key=len, reverse=True))
    return re.compile(
        rf"(?:(?P<c>[{signs}]|(?<![a-z])(?:{codes}))\s?)?"
        rf"(?<![a-z0-9_.,])(?<![a-z][-.])(?P<sign>(?<![a-z0-9 ])-|(?<= )-(?=\d))?(?P<n>{_DIGITS})"
        rf"(?:\s?(?P<scale>{scales})(?![a-z]))?"
        rf"(?:[\s-]?(?P<u>{_unit_pattern()}))?"
    )


@cache
def _word_pattern() -> re.Pattern[str]:
    return re.compile(
        rf"(?<![a-z0-9-])(?P<n>{_WORD})(?![a-z])(?: (?P<scale>hundred|thousand|million|billion)"
        rf"(?![a-z]))?(?:[\s-](?P<u>{_unit_pattern()}))?"
    )


@cache
def _chinese_pattern() -> re.Pattern[str]:
    return re.compile(rf"(?P<n>[{numerals.CHINESE}]{{1,9}})\s?(?P<u>{_unit_pattern()})")
