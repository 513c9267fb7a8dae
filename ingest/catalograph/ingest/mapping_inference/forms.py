"""Forms of cells: number, price, date, web address, GTIN, truth value and others."""

import re
from functools import cache
from typing import Final

from stdnum import ean

from catalograph.ingest.money import CURRENCIES
from catalograph.ingest.values.numbers import to_ascii_digits

LONGEST_SHORT = 200
"""Characters above which a text is prose and has no other form."""


class Form:
    """Bits for the forms of one text; several may hold at once.

    Attributes:
        MONEY: a number with a sign or code of a currency.
        FLAG: one of two words or signs for yes and no.
        GTIN: 8 to 14 digits with a right check digit.
        DATE: a date or time that reads one way only.
        DAY_OR_MONTH: a date that begins with two numbers, day and month in some order.
        CODE: one word with a digit, or in capitals.
        WORDS: a text with letters.
        OBJECT: JSON text of an object.
        LIST: JSON text of a list.
        PAIRS: text of several keys and values, such as `colour=red,size=M`.
        STARS: a rating out of five, in words or stars.
    """

    # Plain numbers: a file has millions of cells, and members of enum.Flag take ten times as long.
    NONE: Final = 0
    NUMBER: Final = 1
    WHOLE: Final = 2
    MONEY: Final = 4
    FLAG: Final = 8
    URL: Final = 16
    IMAGE: Final = 32
    GTIN: Final = 64
    EPOCH: Final = 128
    DATE: Final = 256
    DAY_OR_MONTH: Final = 512
    HTML: Final = 1_024
    EMAIL: Final = 2_048
    UUID: Final = 4_096
    CODE: Final = 8_192
    WORDS: Final = 16_384
    OBJECT: Final = 32_768
    LIST: Final = 65_536
    PAIRS: Final = 131_072
    STARS: Final = 262_144


_NUMBER = re.compile(
    r"[-+]?(?:\d{1,3}(?:[ .,'\u2019\u00a0\u202f]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?|[.,]\d+)\Z"
)
_CODE_BESIDE = re.compile(
    r"(?:\A|(?<=[\d\s.]))([A-Z]{3}|[A-Z]{2}\$|Rs\.?|rs\.?|[a-z]{3})(?=[\s\d.]|\Z)"
)
_CURRENCY_WORDS = """
EUR € eur euro euros 欧元 ユーロ
USD usd us$ dollar dollars 美元 ドル
GBP £
INR ₹ rs rs. rupees
CNY 元 人民币 rmb 块
JPY 円 yen 日元 日圓
KRW ₩ 원
RUB ₽ руб руб.
TRY ₺ tl
PLN zł pln
CZK kč
HUF ft
CHF chf
BRL r$
SAR ر.س ريال
AED د.إ درهم
EGP ج.م
KWD د.ك
HKD hk$ 港币
TWD nt$ 台币
AUD a$
CAD ca$
"""
CURRENCY_SIGNS = {
    word: line.split()[0]
    for line in _CURRENCY_WORDS.split("\n")
    if line
    for word in line.split()[1:]
}
"""Currencies by what is written for them, in lower case; not $, ¥ or kr, which mean several."""
_SIGN = re.compile(
    r"€|£|₹|₩|₽|₺|\$|¥|￥|zł|元|円|원|руб\.?|\brs\.?|\bkr\.?|\bkč|人民币|\bus ?\$|\br\$",
    re.IGNORECASE,
)
_URL = re.compile(r"(?:https?:)?//[^\s/?#]+\.[^\s]+\Z|www\.[^\s]+\.[^\s]+\Z", re.IGNORECASE)
_IMAGE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|bmp|tiff?|svg)(?:[?#&!@][^\s,;|]*)?\Z", re.IGNORECASE
)
_IMAGE_PLACE = re.compile(r"(?:image|img|photo|picture|/media/|cdn)[^\s]*\Z", re.IGNORECASE)
_ISO_DATE = re.compile(
    r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:[T ,]+\d{1,2}[:時时]\d{2}.*)?\Z"
    r"|(?:19|20)\d{6}\Z|\d{4}-\d{2}-\d{2}T.*\Z"
)
_DAY_OR_MONTH = re.compile(
    r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?:[ ,T]+\d{1,2}[:.h]\d{2}.*)?\Z"
)
_MONTH_NAME = re.compile(
    r"(?:\d{1,2}(?:st|nd|rd|th)?[. ]+)?"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?[ ,]+"
    r"(?:\d{1,2}(?:st|nd|rd|th)?,? +)?\d{4}.*\Z|\d{2} \d{1,2}, \d{4}\Z|\d{1,2}-[a-z]{3}-\d{2,4}\Z",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"(?:9[4-9]|1[0-9])\d{8}(?:\d{3}|\d{6}|\.\d+)?\Z")
_TAG = re.compile(
    r"</?(?:p|br|ul|ol|li|div|span|b|i|strong|em|h[1-6]|table|td|tr|img|a|font|style)\b[^<>]*/?>",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[a-z]{2,}\Z", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\Z|[0-9a-f]{32}\Z", re.IGNORECASE)
_CODE = re.compile(r"(?=.*\d|[A-Z_-]+\Z)[\w./#:+-]{1,64}\Z")
_PAIRS = re.compile(r"\s*[^=:,;|\n]{1,40}([=:])[^=\n]*?(?:[,;|\n]\s*[^=:,;|\n]{1,40}\1[^=\n]*?)+\Z")
_STARS = re.compile(
    r"[1-5](?:[.,]\d)? *(?:out of|/|von|sur|de|su|van|из) *5\b|[★⭐☆*]{1,5}\Z"
    r"|[1-5](?:[.,]\d)? *(?:stars?|星|sterne?|étoiles?|estrellas?|stelle|つ星)\Z",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_FOREIGN_DIGIT = re.compile(r"[^\W\D0-9]")
_LETTER = re.compile(r"[^\W\d_]")
_YES = """
true t yes y 1 1.0 ja oui si sí sì sim 是 有 wahr vrai vero verdadero はい да tak 예 o on x
"""
_NO = """
false f no n 0 0.0 nein non nee não nej 否 无 falsch faux falso いいえ нет nie 아니오 off
"""
FLAG_WORDS = dict.fromkeys(_YES.split(), True) | dict.fromkeys(_NO.split(), False)
"""Words for yes and no, in lower case."""
_GTIN_LENGTHS = (8, 12, 13, 14)
_AMOUNT = re.compile(r"\d[\d.,'\u2019\u00a0\u202f+-]*|(?<!\w)[.,'\u2019\u00a0\u202f+-]+")
"""A number, and signs that are no part of a word such as "ر.س" or "Rs."."""
_MOST_CURRENCY_TEXT = 12
_MOST_MONEY_TEXT = 30


def read_form(text: str) -> int:
    """Return the forms of a text without space around it."""
    if not text.isascii() and _FOREIGN_DIGIT.search(text):
        text = to_ascii_digits(text)
    if len(text) > LONGEST_SHORT:
        return _read_long(text)
    first = text[:1]
    if first in "{[":
        return (Form.OBJECT if first == "{" else Form.LIST) | Form.WORDS
    form = Form.NONE
    if _LETTER.search(text):
        form |= Form.WORDS
    if "@" in text and _EMAIL.match(text):
        form |= Form.EMAIL
    if "/" in text or "www" in text or "." in text:
        form |= _read_address(text)
    if text.casefold() in FLAG_WORDS:
        form |= Form.FLAG
    if "<" in text and _TAG.search(text):
        form |= Form.HTML
    if form & (Form.URL | Form.EMAIL | Form.HTML):
        return form
    return form | _read_numeric(text) | _read_word(text)


def _read_long(text: str) -> int:
    form = Form.WORDS
    if text[0] == "{":
        form |= Form.OBJECT
    elif text[0] == "[":
        form |= Form.LIST
    elif "<" in text and _TAG.search(text):
        form |= Form.HTML
    elif len(text) < 20 * LONGEST_SHORT and _may_be_pairs(text) and _PAIRS.match(text):
        form |= Form.PAIRS
    if not re.search(r"\s", text) or re.match(r"https?://\S+[,;| ]+https?://", text):
        form |= _read_address(text)
    return form


def _read_address(text: str) -> int:
    parts = [part for part in re.split(r"[\s,;|]+(?=https?:|//|www)", text) if part]
    if parts and all(_URL.match(part) for part in parts):
        image = all(_IMAGE.search(part) or _IMAGE_PLACE.search(part) for part in parts)
        return Form.URL | (Form.IMAGE if image else Form.NONE)
    return Form.IMAGE if _IMAGE.search(text) and " " not in text else Form.NONE


def _read_numeric(text: str) -> int:
    if not _DIGIT.search(text):
        return Form.STARS if _STARS.match(text) else Form.NONE
    dated = Form.DAY_OR_MONTH if split_day_and_month(text) is not None else Form.NONE
    if _NUMBER.match(text):
        return dated | _read_number(text)
    if len(text) <= _MOST_MONEY_TEXT and find_currency(text) is not None:
        dated |= Form.MONEY
    if _ISO_DATE.match(text) or _MONTH_NAME.match(text):
        return dated | Form.DATE
    return dated | (Form.STARS if _STARS.match(text) else Form.NONE)


def _read_number(text: str) -> int:
    form = Form.NUMBER
    if text.lstrip("+-").isdigit():
        form |= Form.WHOLE
        if len(text) in _GTIN_LENGTHS and is_gtin(text):
            form |= Form.GTIN
        if _ISO_DATE.match(text) and _is_day(text):
            form |= Form.DATE
    return form | (Form.EPOCH if _EPOCH.match(text) else Form.NONE)


def _is_day(text: str) -> bool:
    """Return whether eight digits may be year, month and day."""
    return 1 <= int(text[4:6]) <= 12 and 1 <= int(text[6:8]) <= 31


def _read_word(text: str) -> int:
    form = Form.NONE
    if _UUID.match(text):
        form |= Form.UUID
    if _CODE.match(text):
        form |= Form.CODE
    elif _may_be_pairs(text) and _PAIRS.match(text):
        form |= Form.PAIRS
    return form


def _may_be_pairs(text: str) -> bool:
    return text.count("=") > 1 or text.count(":") > 1


def is_gtin(digits: str) -> bool:
    """Return whether 8, 12, 13 or 14 digits end with the right check digit."""
    return bool(digits.strip("0")) and ean.is_valid(digits.zfill(14))


def split_day_and_month(text: str) -> tuple[int, int] | None:
    """Return the first two numbers of a date such as 31.01.2026; None if it is of another form."""
    match = _DAY_OR_MONTH.match(text)
    if match is None or not match[2] or int(match[1]) > 31 or int(match[3]) > 31:
        return None
    return int(match[1]), int(match[3])


def find_currency(text: str) -> str | None:
    """Return the currency beside a number; "" for a sign of several currencies, else None."""
    rest = _AMOUNT.sub(" ", to_ascii_digits(text)).strip()
    if not rest or len(rest) > _MOST_CURRENCY_TEXT:
        return None
    return read_currency(rest)


@cache
def read_currency(word: str) -> str | None:
    """Return the ISO 4217 code of a sign, code or word; "" for one of several currencies.

    None means that the word is no currency.
    """
    short = word.strip(" ()[]:").rstrip(".")
    if short.upper() in CURRENCIES and (short.isupper() or short.islower()):
        return short.upper()
    known = CURRENCY_SIGNS.get(short.casefold()) or CURRENCY_SIGNS.get(f"{short.casefold()}.")
    if known:
        return known
    if _SIGN.fullmatch(short) or short in ("kr", "Kr"):
        return ""
    return None
