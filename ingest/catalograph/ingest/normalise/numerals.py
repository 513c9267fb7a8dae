"""Number parsing: grouped digits, fractions, Chinese numerals, number words."""

import re
import unicodedata
from decimal import Decimal

FRACTIONS = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
CHINESE = "零〇一二两三四五六七八九十百千万半"
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+,\d+|\d{1,12}(?:[.,]\d+)?|\.\d+"
PATTERN = (
    rf"(?:\d{{1,4}}[\s-]{{1,3}}\d{{1,2}}\s?[/⁄]\s?\d{{1,2}}|\d{{1,2}}\s?[/⁄]\s?\d{{1,2}}"
    rf"|\d{{0,4}}\s?[{FRACTIONS}]|{_DIGITS}|[{CHINESE}]{{1,9}})"
)
"""Pattern of a number in any form that `read` knows; it does not check where the number ends."""

_DENOMINATORS = frozenset({2, 3, 4, 5, 6, 8, 10, 16, 32, 64})
_FRACTION = re.compile(r"(?:(\d+)[\s-]{1,3})?(\d+)\s?[/⁄]\s?(\d+)\Z")
_SIGN_FRACTION = re.compile(rf"(\d*)\s?([{FRACTIONS}])\Z")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?\Z")
_GROUPED_BY_DOTS = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?\Z")
_PLAIN = re.compile(r"\d*\.?\d+\Z")
_COMMA = re.compile(r"\d+,(?:\d{1,2}|\d{4,})\Z")
_CHINESE_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_CHINESE_STEPS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_DECIMAL_COMMA = frozenset({"de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "fi", "cs", "ru"})
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")
_BY_WORD = {word: n for n, word in enumerate(_WORDS, 1)} | {
    "single": 1, "twin": 2, "double": 2, "triple": 3, "quad": 4, "twelve": 12, "dozen": 12,
}  # fmt: skip
WORDS = "|".join(_BY_WORD)


def read(text: str, language: str | None = None) -> float | None:
    """Read a number.

    Args:
        text: only the number: "1,234.5", "1 1/2", "1-1/2", "½", "三百五十".
        language: ISO 639-1 code; in a language with a decimal comma, "1.234" means 1234.

    Returns:
        The number; None if the form is unknown or ambiguous.
    """
    text = text.strip()
    for reader in (_fraction, _sign_fraction, chinese):
        found = reader(text)
        if found is not None:
            return found
    if (language or "").split("-")[0] in _DECIMAL_COMMA:
        if _GROUPED_BY_DOTS.match(text):
            text = text.replace(".", "")
        return float(text.replace(",", ".")) if re.fullmatch(r"\d*[.,]?\d+", text) else None
    if _GROUPED.match(text):
        return float(text.replace(",", ""))
    if "," in text and _GROUPED_BY_DOTS.match(text):
        return float(text.replace(".", "").replace(",", "."))
    if _COMMA.match(text):  # three digits after it would be a group
        return float(text.replace(",", "."))
    return float(text) if _PLAIN.match(text) else None


def word(text: str) -> int | None:
    """Return the number of an English word: "two", "twin", "dozen"."""
    return _BY_WORD.get(text.casefold())


def _fraction(text: str) -> float | None:
    match = _FRACTION.match(text)
    if match is None:
        return None
    above, below = int(match[2]), int(match[3])
    # 24/7 and 50/60 Hz are not fractions.
    if not 0 < above < below or below not in _DENOMINATORS:
        return None
    return int(match[1] or 0) + above / below


def _sign_fraction(text: str) -> float | None:
    match = _SIGN_FRACTION.match(text)
    return None if match is None else int(match[1] or 0) + unicodedata.numeric(match[2])


def chinese(text: str) -> float | None:
    """Read a Chinese numeral below a hundred million: "三百五十", "两", "半"."""
    if not text or any(c not in CHINESE for c in text):
        return None
    if text == "半":
        return 0.5
    if "半" in text:
        return None
    if not any(c in _CHINESE_STEPS for c in text):
        return float("".join(str(_CHINESE_DIGITS[c]) for c in text))
    total, part, digit = 0, 0, -1
    for c in text:
        if c in _CHINESE_DIGITS:
            digit = _CHINESE_DIGITS[c]
        elif c == "万":
            total += (part + max(digit, 0)) * 10_000
            part, digit = 0, -1
        else:
            part += (1 if digit < 0 else digit) * _CHINESE_STEPS[c]
            digit = -1
    return float(total + part + max(digit, 0))


def tell(number: float) -> str:
    """Return the shortest text of a number, without an exponent: 396.24, 1000, 0.0833."""
    text = format(Decimal(repr(number)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def round_number(number: float) -> float:
    """Round to four decimals, below one to six digits, to remove noise of conversions."""
    return round(number, 4) if abs(number) >= 1 else float(f"{number:.6g}")
