"""Availability in the words of feeds and shop pages, of any language, as one of a few codes."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from catalograph.ingest import values
from catalograph.ingest.packaged_table import load_packaged_table
from catalograph.ingest.phrases import fold_phrase, phrase_occurs
from catalograph.schema.commerce import Availability

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ADDRESS = re.compile(r"\s*(?:https?://)?(?:www\.)?schema\.org/(\w+)/?\s*\Z", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![A-Za-z\d.,])(-?\d{1,3}(?:[., ]\d{3})+|-?\d{1,7})(?![A-Za-z\d])")
_BARE = re.compile(r"\s*[<>≥≤~]?\s*-?\d+(?:[.,]0+)?\s*\+?\s*\Z")
# A number beside one of these is a time or a price, not a number of pieces.
_TIME = re.compile(
    r"day|week|month|hour|business|tag|woche|stunde|monat|werktag|jour|semaine|heure|mois|d[ií]a|"
    r"semana|hora|mes|giorn|settiman|ore|dia|weken|dagen|uur|dni|tygod|dag|vecka|uker|den|týd|"
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|\d[-/]\d|\d\.\d{1,2}\.|"
    r"дн|недел|час|gün|hafta|saat|天|日|周|週|小时|小時|月|時間|营业|일|주|시간|%|€|\$|£|¥",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class StockReading:
    """Content of an availability cell.

    Attributes:
        status: availability; UNKNOWN if no phrase of the table occurs in it.
        quantity: number of pieces, if the cell states one.
    """

    status: Availability
    quantity: int | None = None


def read_availability(cell: Any) -> StockReading:
    """Read availability from a text, an address of schema.org, a truth value or a number."""
    if isinstance(cell, bool):
        return StockReading(Availability.IN_STOCK if cell else Availability.OUT_OF_STOCK)
    return _read_text(values.to_plain(cell[0] if isinstance(cell, list) and cell else cell))


def status_of_quantity(quantity: int) -> Availability:
    """Return the availability of a number of pieces."""
    return Availability.IN_STOCK if quantity > 0 else Availability.OUT_OF_STOCK


def availability_words(cell: Any) -> str:
    """Return the words of an availability: "in stock" for "in_stock" and an address' "InStock"."""
    text = values.to_plain(cell[0] if isinstance(cell, list) and cell else cell)
    address = _ADDRESS.match(text)
    text = text if address is None else address[1]
    return _HUMP.sub(" ", text).replace("_", " ").lower()


@lru_cache(maxsize=4_096)
def _read_text(text: str) -> StockReading:
    if _BARE.match(text):
        number = int(values.to_number(re.sub(r"[<>≥≤~+\s]", "", text)))
        # 1 may be a flag as well as a count.
        return StockReading(status_of_quantity(number), None if number == 1 else number)
    words = fold_phrase(availability_words(text))
    status = _phrases().get(words) or _longest_phrase(words)
    quantity = _read_quantity(text)
    if quantity is not None and status is None and any(word in words for word in _stock_words()):
        return StockReading(status_of_quantity(quantity), quantity)
    if quantity is None or status is None or not _counts_pieces(status):
        return StockReading(status or Availability.UNKNOWN)
    return StockReading(status if quantity > 0 else Availability.OUT_OF_STOCK, quantity)


def _counts_pieces(status: Availability) -> bool:
    return status in (Availability.IN_STOCK, Availability.LIMITED, Availability.IN_STORE_ONLY)


def _read_quantity(text: str) -> int | None:
    numbers = _NUMBER.findall(text)
    if len(numbers) != 1 or _TIME.search(text):
        return None
    return int(re.sub(r"[., ]", "", numbers[0]))


def _longest_phrase(words: str) -> Availability | None:
    """Return the availability of the longest phrase in a text, but LIMITED before IN_STOCK."""
    found = None
    for phrase, status in _by_length():
        if phrase_occurs(phrase, words):
            if found is None and status is not Availability.IN_STOCK:
                return status
            if found is not None and status is Availability.LIMITED:
                return status
            found = Availability.IN_STOCK
    return found


@cache
def _table() -> dict[str, tuple[str, ...]]:
    """Return the phrases of each code, folded."""
    table = load_packaged_table("catalograph.ingest", "availability")
    return {
        name: tuple(fold_phrase(phrase) for line in lines for phrase in line)
        for name, lines in table.items()
    }


@cache
def _stock_words() -> tuple[str, ...]:
    return _table()["NUMBER_OF_PIECES"]


@cache
def _phrases() -> dict[str, Availability]:
    return {
        phrase: Availability(name)
        for name, phrases in _table().items()
        if name != "NUMBER_OF_PIECES"
        for phrase in phrases
    }


@cache
def _by_length() -> tuple[tuple[str, Availability], ...]:
    return tuple(sorted(_phrases().items(), key=lambda item: -len(item[0])))
