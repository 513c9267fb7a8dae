"""Conversion of cells to text, number, time, flag or list, from the forms that feeds use.

Each `to_…` function raises ValueError that states what was found and what was expected.
"""

import html
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import orjson

from catalograph.log import shorten
from catalograph.schema import Rejection, RejectionReason, SourceSupport, keys

T = TypeVar("T")

_TAG = re.compile(r"<(?:/?[a-zA-Z][^<>]{0,1000}|!--.{0,1000}?--)>", re.DOTALL)
_NUMBER = re.compile(r"[^\d+-]{0,8}?([-+]?\d[\d., \u00a0\u202f']*)[^\d]{0,8}\Z")
# 1,234,567 and 1.234.567, and 12,34,567 as written in India.
_GROUPED = re.compile(r"[-+]?\d{1,3}(?:([,.])\d{3}(?:\1\d{3})*|(?:,\d{2})+,\d{3})\Z")
_DATE_FORMS = ("%m %d, %Y", "%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y", "%Y/%m/%d")
_TRUE = frozenset({"true", "t", "yes", "y", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "0"})
_EPOCH_DIGITS = re.compile(r"\d{9,14}(?:\.\d+)?\Z")
_MILLISECONDS_FROM = 1e11
"""An epoch number above this is in milliseconds: in seconds it would be the year 5138."""


def lookup(fields: Mapping[str, Any], path: str) -> Any:
    """Return the value at a column name or dotted path; None if there is none.

    Example:
        >>> lookup({"price": {"eur": [7, 8]}}, "price.eur.1")
        8
    """
    if path in fields:
        return fields[path]
    current: Any = fields
    for part in path.split("."):
        if isinstance(current, Mapping):
            current = current.get(part)
        elif isinstance(current, list) and part.isdigit() and int(part) < len(current):
            current = current[int(part)]
        else:
            return None
    return current


def is_blank(value: Any) -> bool:
    """Return whether a cell is absent, empty, white space or not-a-number."""
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or (isinstance(value, list | dict) and not value)


def to_text(value: Any) -> str:
    """Return the text of a cell; a list of texts becomes lines, and 5.0 becomes "5"."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, int | float | Decimal | date):
        return str(value)
    if isinstance(value, list) and all(isinstance(v, str | int | float) for v in value):
        return "\n".join(to_text(v) for v in value)
    raise ValueError(f"{shorten(value)} is a {type(value).__name__}, expected text.")


def to_plain(value: Any) -> str:
    """Return the text on one line, with HTML tags and entities resolved."""
    text = to_text(value)
    if "<" in text:
        text = _TAG.sub(" ", text)
    if "&" in text:
        text = html.unescape(text)
    return keys.clean(text)


def to_number(value: Any) -> float:
    """Return the number of a cell: 5, "5.0", "$1,234.50", "1.234,50 €", "Rs. 399"."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number = float(value)
        if not math.isfinite(number):
            raise ValueError(f"{value} is no finite number.")
        return number
    text = to_text(value).strip()
    match = None if isinstance(value, bool) or len(text) > 60 else _NUMBER.match(text)
    if match is None:
        raise ValueError(f"'{shorten(text)}' is not one number.")
    digits = re.sub(r"[ \u00a0\u202f']", "", match[1]).rstrip(".,")
    try:
        return float(_plain_digits(digits))
    except ValueError:
        raise ValueError(f"'{shorten(text)}' is not one number.") from None


def _plain_digits(digits: str) -> str:
    """Drop thousands separators; the last of two kinds, or an ungrouped one, is decimal."""
    comma, dot = digits.rfind(","), digits.rfind(".")
    if comma >= 0 and dot >= 0:
        thousands, decimal = (",", ".") if dot > comma else (".", ",")
        return digits.replace(thousands, "").replace(decimal, ".")
    if comma >= 0:
        return digits.replace(",", "" if _GROUPED.match(digits) else ".")
    return digits.replace(".", "") if digits.count(".") > 1 and _GROUPED.match(digits) else digits


def to_whole(value: Any) -> int:
    """Return the whole number of a cell."""
    number = to_number(value)
    if not number.is_integer():
        raise ValueError(f"{number} is no whole number.")
    return int(number)


def to_flag(value: Any) -> bool:
    """Return the truth value of a cell: true or false, yes or no, 1 or 0."""
    if isinstance(value, bool):
        return value
    text = to_text(value).strip().casefold()
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise ValueError(f"'{shorten(text)}' is neither true nor false.")


def to_time(value: Any, form: str | None = None) -> datetime:
    """Return the time of a cell.

    Forms: epoch seconds or milliseconds, ISO 8601, "06 17, 2018", "May 15, 2009".

    Args:
        value: cell.
        form: `strptime` format, if the feed has its own.

    Returns:
        Time with a time zone; UTC if the cell names none.
    """
    try:
        moment = _parse_time(value, form)
    except (ValueError, OverflowError, OSError):
        raise ValueError(
            f"'{shorten(value)}' is no time; epoch seconds, ISO 8601 or a `format` are understood."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _parse_time(value: Any, form: str | None) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    text = to_text(value).strip()
    if form is not None:
        return datetime.strptime(text, form)  # noqa: DTZ007 - the caller sets the zone
    if isinstance(value, int | float) or _EPOCH_DIGITS.match(text):
        seconds = float(text)
        return datetime.fromtimestamp(
            seconds / 1000 if abs(seconds) > _MILLISECONDS_FROM else seconds, UTC
        )
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _first_date_form(text)


def _first_date_form(text: str) -> datetime:
    for form in _DATE_FORMS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the caller sets the zone
        except ValueError:
            continue
    raise ValueError(text)


def to_list(value: Any, split: re.Pattern[str] | None = None) -> list[str]:
    """Return the non-blank texts of a list, of a JSON list, or of a text cut at `split`."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = _json_list(value)
    parts = value if isinstance(value, list) else [value]
    texts = [to_plain(part) for part in parts if not is_blank(part)]
    if split is not None:
        texts = [part.strip() for text in texts for part in split.split(text)]
    return [text for text in texts if text]


def _json_list(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


class Cells:
    """Reads the cells of one row; keeps a rejection for each unreadable value."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = fields
        self.rejections: list[Rejection] = []
        self.supports: dict[str, SourceSupport] = {}
        """Support of values that a cell writes in another form, by key of the tail."""

    def read(self, name: str, column: str | None, convert: Callable[[Any], T]) -> T | None:
        """Return the value at `column`; None if the column is missing, blank or unreadable."""
        value = None if column is None else lookup(self.fields, column)
        if is_blank(value):
            return None
        self.note_bad_text(name, value)
        try:
            return convert(value)
        except ValueError as exc:
            self.reject(name, str(exc))
            return None

    def note_bad_text(self, name: str, value: Any) -> None:
        """Keep a rejection for characters removed from a text since the graph cannot store them."""
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and keys.has_bad_text(text) for text in texts):
            detail = "A NUL or half a surrogate pair was taken out of the text."
            self.reject(name, detail, RejectionReason.BAD_TEXT)

    def reject(
        self, name: str, detail: str, reason: RejectionReason = RejectionReason.WRONG_TYPE
    ) -> None:
        """Keep a rejection that states why a value was dropped."""
        self.rejections.append(Rejection(reason, name, detail, "value"))
