"""Cells: look-up, blanks, texts, ids, lists and flags."""

import math
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from catalograph.ingest.values.placeholders import PlaceholderKind, is_placeholder
from catalograph.ingest.values.text import to_lines
from catalograph.log import shorten
from catalograph.schema import keys

_TRUE = frozenset(
    ["true", "t", "yes", "y", "1", "ja", "j", "oui", "sí", "si", "vero", "はい", "是"]
)
_FALSE = frozenset(["false", "f", "no", "n", "0", "nein", "non", "falso", "faux", "いいえ", "否"])
_EXCEL_TEXT = re.compile(r"=\s*\"+(.*?)\"+\Z|\"([^\"]*)\"\Z|'(?=\S)", re.DOTALL)
_FLOAT_ID = re.compile(r"-?\d+\.0+\Z")
_SCIENTIFIC_FROM = 12
"""Digits from which spreadsheets write numbers in scientific notation."""
_EXCEL_NUMBER = re.compile(r"(\d)(?:[.,](\d+))?[eE]\+?(\d{2})\Z")


def lookup(fields: Mapping[str, Any], path: str) -> Any:
    """Return the value at a column name or dotted path; None if there is none.

    `*` stands for every element of a list: the values below them are listed.

    Example:
        >>> lookup({"price": {"eur": [7, 8]}}, "price.eur.1")
        8
    """
    if path in fields:
        return fields[path]
    current: Any = fields
    parts = path.split(".")
    for place, part in enumerate(parts):
        if isinstance(current, Mapping):
            # A name may have dots itself, as those of attributes in XML: shipping, price.currency.
            rest = ".".join(parts[place:])
            if rest in current:
                return current[rest]
            current = current.get(part)
        elif isinstance(current, list) and part.isdigit() and int(part) < len(current):
            current = current[int(part)]
        elif isinstance(current, list) and part == "*":
            below = ".".join(parts[place + 1 :])
            found = (lookup(one, below) for one in current if isinstance(one, Mapping))
            return [value for value in found if value is not None] or None
        else:
            return None
    return current


def is_blank(value: Any) -> bool:
    """Return whether a cell is absent, empty, white space or not-a-number."""
    if isinstance(value, str):
        return not value or value.isspace()
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or (isinstance(value, list | dict) and not value)


def is_missing(value: Any, kind: PlaceholderKind) -> bool:
    """Return whether a cell is blank or holds a placeholder of this kind, such as "N/A"."""
    return is_blank(value) or (isinstance(value, str) and is_placeholder(value, kind))


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
    return keys.clean(to_lines(text) if _needs_reading(text) else text)


def to_paragraphs(value: Any) -> str:
    """Return the text with HTML resolved, and a line for each paragraph, list item or `<br>`."""
    text = to_text(value)
    if not _needs_reading(text):
        return keys.clean(text)
    lines = (keys.clean(line) for line in to_lines(text).split("\n"))
    return "\n".join(line for line in lines if line)


def _needs_reading(text: str) -> bool:
    return "<" in text or "&" in text or "\\" in text


def to_id(value: Any) -> str:
    """Return the text of an id, without the marks that spreadsheets leave; "" for a placeholder.

    `="0012"` and `'0012` are 0012, and 12.0 is 12.

    Raises:
        ValueError: the cell is no text, or a number in scientific notation, whose last digits
            are lost.
    """
    text = keys.clean(to_text(value))
    if is_placeholder(text, "name"):
        return ""
    if text[:1] in ("=", "'", '"') and (match := _EXCEL_TEXT.match(text)) is not None:
        inner = match[1] if match[1] is not None else match[2]
        text = keys.clean(inner if inner is not None else text[1:].removesuffix("'"))
    if _FLOAT_ID.match(text):
        return text.partition(".")[0]
    if (match := _EXCEL_NUMBER.match(text)) is not None:
        return _whole_number(text, match)
    return text


def _whole_number(text: str, match: "re.Match[str]") -> str:
    """Return the digits of a number in scientific notation if it has them all."""
    digits = f"{match[1]}{match[2] or ''}"
    length = int(match[3]) + 1
    if length < _SCIENTIFIC_FROM:
        return text  # "1E05" is an id
    if len(digits) != length:
        raise ValueError(
            f"'{shorten(text)}' is a number in scientific notation, as spreadsheets write long "
            "ones; its last digits are lost. Format the column as text and export it again."
        )
    return digits


def to_flag(value: Any) -> bool:
    """Return the truth value of a cell: true or false, yes or no, 1 or 0, 是 or 否."""
    if isinstance(value, bool):
        return value
    text = to_text(value).strip().casefold()
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise ValueError(f"'{shorten(text)}' is neither true nor false.")


def to_list(
    value: Any, split: re.Pattern[str] | None = None, *, kind: PlaceholderKind | None = None
) -> list[str]:
    """Return the non-blank texts of a list, of a JSON list, or of a text cut at `split`.

    Args:
        value: cell.
        split: pattern that separates the texts.
        kind: kind of column, whose placeholders are left out.
    """
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = _json_list(value)
    parts = value if isinstance(value, list) else [value]
    texts = [to_plain(part) for part in parts if not is_blank(part)]
    if split is not None:
        texts = [part.strip() for text in texts for part in split.split(text)]
    return [text for text in texts if text and not (kind and is_placeholder(text, kind))]


def _json_list(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
