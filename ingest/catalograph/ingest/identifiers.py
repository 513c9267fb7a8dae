"""Global product numbers: GTINs, in one form, with a validated check digit."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from stdnum import ean
from stdnum.exceptions import ValidationError

from catalograph.ingest import values
from catalograph.log import shorten

_FEWEST_DIGITS = 8
_DIGITS = 14
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_NAME = re.compile(
    r"(?:EAN|UPC|GTIN|ISBN|JAN)(?:-?(?:8|1[0-4]|A))?\s*(?:[:#]\s*|\s)", re.IGNORECASE
)
_RESTRICTED = ("2", "02", "04")
"""GTIN-13 prefixes of numbers that each shop assigns internally."""


def to_gtin(text: str) -> str:
    """Convert a GTIN of 8 to 14 digits (EAN-8, UPC-A, EAN-13, ITF-14) to 14 digits.

    What spreadsheets do to numbers is undone: `="0123"`, `'0123`, `4006381333931.0`, and zeros that
    are missing at the beginning.

    Example:
        >>> to_gtin("4006381333931")
        '04006381333931'

    Raises:
        ValueError: it has another length, a wrong check digit, is in scientific notation, or is a
            shop's internal number, which may mean another product in another shop.
    """
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    digits = re.sub(r"[\s\u2010-\u2015-]", "", values.to_id(_NAME.sub("", plain.strip())))
    if not digits.isdecimal() or not _FEWEST_DIGITS <= len(digits) <= _DIGITS:
        raise ValueError(f"'{shorten(text)}' is no GTIN; expected 8 to 14 digits.")
    padded = digits.zfill(_DIGITS)
    try:
        ean.validate(padded)
    except ValidationError:
        raise ValueError(f"The check digit of the GTIN '{digits}' is wrong.") from None
    if not padded.strip("0"):
        raise ValueError(f"'{digits}' is no GTIN but zeros.")
    if padded[1:].startswith(_RESTRICTED):
        raise ValueError(f"The GTIN '{digits}' is of the range that shops number themselves in.")
    return padded


def read_gtins(cells: values.Cells, columns: Sequence[str]) -> list[str]:
    """Return the sorted GTINs of some columns; reject each invalid one."""
    found: set[str] = set()
    for column in columns:
        for text in cells.read("gtins", column, _codes, "name") or []:
            if values.is_placeholder(text, "name") or not text.strip("0. "):
                continue
            try:
                found.add(to_gtin(text))
            except ValueError as exc:
                cells.reject("gtins", str(exc))
    return sorted(found)


def _codes(cell: Any) -> list[str]:
    """Split a text of several codes at commas or semicolons, else at spaces."""
    found: list[str] = []
    for text in values.to_list(cell):
        # A comma may also be the decimal sign of "4,00638E+12".
        for part in re.split(r"\s*[,;]\s*(?!\d+[eE]\+)", text):
            digits = sum(sign.isdecimal() for sign in part)
            found += part.split() if digits > _DIGITS else [part]
    return found


__all__ = ["read_gtins", "to_gtin"]
