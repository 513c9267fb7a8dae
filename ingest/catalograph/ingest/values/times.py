"""Times of cells: epoch numbers, ISO 8601, RFC 2822 and dates as people write them.

The order of day and month in "03/04/2026" is not in the value: the column decides it, see
`catalograph.ingest.conventions`, or the mapping.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Any, Literal

from catalograph.ingest.values.cells import to_text
from catalograph.ingest.values.month_names import fold_name, month_names, weekday_names
from catalograph.log import shorten

DayOrder = Literal["day-first", "month-first"]
"""Order of day and month in dates of numbers."""
ORDERS: frozenset[str] = frozenset({"day-first", "month-first"})

_EPOCH_DIGITS = re.compile(r"\d{9,19}(?:\.\d+)?\Z")
_EPOCH_STEPS = ((1e11, 1), (1e14, 1_000), (1e17, 1_000_000), (float("inf"), 1_000_000_000))
"""Limits of epoch numbers, and parts of a second: 1e11 seconds would be the year 5138."""
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)[T ]?(?:(\d\d)(\d\d)(\d\d)?)?(?:\.\d+)?\Z")
_TIMEZONE = re.compile(
    r"\s*(?:(?P<utc>\(?(?:UTC|GMT|Z|Zulu)\)?)|(?P<name>[A-Z]{3,4})|(?:UTC|GMT)?\s?(?P<sign>[+-])(?P<h>\d{1,2}):?(?P<m>\d\d)?)"
    r"(?:\s?\([^()]*\)|\[[^\[\]]*\])?\Z"
)
# Without CST, which is China's time as well as Chicago's.
_TIMEZONE_HOURS = {
    "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "CET": 1,
    "CEST": 2, "MEZ": 1, "MESZ": 2, "WET": 0, "WEST": 1, "EET": 2, "EEST": 3, "MSK": 3, "JST": 9,
    "KST": 9, "BST": 1,
}  # fmt: skip
_YEAR_AT_END = re.compile(r"\s(?:19|20)\d\d\Z")
_CLOCK = re.compile(
    r"(?P<half>上午|下午|午前|午後|凌晨|早上|中午|晚上|오전|오후)?\s*"
    r"(?<![\d./-])(?P<h>\d{1,2})(?:[:：時时]\s?(?P<m>\d{1,2})(?:[:：分]\s?(?P<s>\d{1,2})"
    r"(?:[.,:](?P<f>\d{1,9}))?秒?|分)?|[hH点點](?P<m2>\d\d)?分?|(?=\s?[ap]\.?\s?m\b)|[時时])"
    r"\s*(?P<half2>[ap]\.?\s?m\.?|Uhr)?(?!(?!Z)\w|[/-])",
    re.IGNORECASE,
)
_AFTERNOON = frozenset({"下午", "午後", "晚上", "오후", "中午"})
_DOTTED_CLOCK = re.compile(r"(?<![\d.])(\d{1,2})\.(\d\d)\s?Uhr\b")
_FILLER_AT_END = re.compile(r"[\s,]+(?:T|at|um|à|às|om|kl|ore|a las|alle)\.?\s*\Z|(?<=\d)T\s*\Z")
_WEEKDAY = re.compile(
    r"\s*[(（]?(?:星期|周|週|礼拜)[一二三四五六日天][)）]?|\s*[(（][月火水木金土日](?:曜日?)?[)）]"
    r"|\s*[月火水木金土日]曜日"
)
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
"""Years before the first of an era of Japan, and of the Republic of China."""
_ERA_YEAR = re.compile(rf"({'|'.join(_ERAS)})\s?(\d{{1,3}}|元)年")
_YEAR_FIRST = re.compile(r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?[日号號.]?\Z")
_NUMBERS = re.compile(r"(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{4}|\d\d)\.?\Z")
_MONTH_DAY_YEAR = re.compile(r"(\d{1,2}) (\d{1,2}), ?(\d{4})\Z")
_WORD = re.compile(
    r"[^\W\d_]+(?:['’][^\W\d_]+)?\.?|\d+(?:st|nd|rd|th|er|º|ª|\.o)?(?![^\W\d_])", re.IGNORECASE
)
_FILLERS_TEXT = """
de del d of the le den der il el la am on at um t a à o em di às das do г года roku
"""
_FILLERS = frozenset(_FILLERS_TEXT.split())
_LONGEST = 80
_SHORT_YEAR_FROM = 70
"""Two digits from here on are a year of the last century."""


class AmbiguousDateError(ValueError):
    """A date of numbers whose day may be its month."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"'{shorten(text)}' may begin with the day or the month, and no other value of its "
            "column decides. Write `format: day-first` or `format: month-first` at this column in "
            "the mapping."
        )


@dataclass(frozen=True, slots=True)
class _Date:
    """Date read from a text: either certain, or in both orders."""

    day_first: date | None
    month_first: date | None
    usual: DayOrder | None = None
    """Order that the form is usual with."""

    @property
    def certain(self) -> bool:
        return self.day_first == self.month_first or None in (self.day_first, self.month_first)


def to_time(value: Any, form: str | None = None) -> datetime:
    """Return the time of a cell.

    Args:
        value: cell, as a time, an epoch number (seconds to nanoseconds), ISO 8601, RFC 2822, or a
            date in one of some twenty languages: "5. Januar 2026", "2026年1月5日".
        form: `strptime` format, if the feed has its own; or `day-first` or `month-first` for
            dates such as "03/04/2026".

    Returns:
        Time with a time zone; UTC if the cell names none.

    Raises:
        AmbiguousDateError: day and month may be swapped and `form` does not say it.
        ValueError: the cell is no time.
    """
    try:
        moment = _parse_time(value, form)
    except AmbiguousDateError:
        raise
    except (ValueError, OverflowError, OSError):
        expected = f"`{form}`" if form else "epoch numbers, ISO 8601, a date or a `format`"
        raise ValueError(f"'{shorten(value)}' is no time; {expected} is expected.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def day_order(value: Any) -> DayOrder | None:
    """Return the order of day and month that a cell shows, such as "31/01/2026"; else None."""
    found = _date_of(value)
    if found is None or found.day_first == found.month_first:
        return None
    if found.day_first is None:
        return "month-first"
    return "day-first" if found.month_first is None else None


def has_two_orders(value: Any) -> bool:
    """Return whether a cell is a date whose day may be its month."""
    found = _date_of(value)
    return found is not None and not found.certain


def _date_of(value: Any) -> _Date | None:
    if not isinstance(value, str) or len(value) > _LONGEST or value[:4].isdigit():
        return None
    try:
        found = _split(value.strip())
    except ValueError:
        return None
    return found[0]


def _parse_time(value: Any, form: str | None) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    text = to_text(value).strip()
    if form is not None and form not in ORDERS:
        return datetime.strptime(text, form)  # noqa: DTZ007 - the caller sets the zone
    if isinstance(value, bool) or len(text) > _LONGEST:
        raise ValueError(text)
    compact = _COMPACT.match(text)
    if compact is not None and (moment := _compact_time(compact)) is not None:
        return moment
    if isinstance(value, int | float) or _EPOCH_DIGITS.match(text):
        return _epoch_time(text)
    try:
        return datetime.fromisoformat(text.removesuffix(" UTC"))
    except ValueError:
        return _written_time(text, form)


def _compact_time(match: "re.Match[str]") -> datetime | None:
    """Return the time of "20260105" or "20260105103000"; None if it is none."""
    parts = [int(part) for part in match.groups() if part is not None]
    try:
        return datetime(*parts)  # type: ignore[arg-type] # noqa: DTZ001 - the caller sets the zone
    except ValueError:
        return None


def _epoch_time(text: str) -> datetime:
    number = float(text)
    parts = next(parts for limit, parts in _EPOCH_STEPS if abs(number) <= limit)
    whole, _, _ = text.partition(".")
    if parts == 1 or not whole.lstrip("-").isdigit():
        return datetime.fromtimestamp(number / parts, UTC)
    # In whole numbers, since a float has too few digits for microseconds.
    seconds, rest = divmod(int(whole), parts)
    return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=rest * 1_000_000 // parts)


def _written_time(text: str, form: str | None) -> datetime:
    found, clock, zone = _split(text)
    day = found.day_first if found.month_first is None else found.month_first
    if not found.certain:
        order = form or found.usual
        if order is None:
            raise AmbiguousDateError(text)
        day = found.day_first if order == "day-first" else found.month_first
    if day is None:
        raise ValueError(text)
    return datetime.combine(day, clock, zone)


@lru_cache(maxsize=65_536)
def _split(text: str) -> tuple[_Date, time, timezone | None]:
    """Split a text into date, time of day and time zone.

    Raises:
        ValueError: it is no time.
    """
    text = _DOTTED_CLOCK.sub(r"\1:\2 ", unicodedata.normalize("NFKC", text))
    text = _ERA_YEAR.sub(_common_year, text)
    zone, clock = None, time()
    found = _CLOCK.search(text)
    if found is not None:
        clock = _clock_time(found)
        rest = text[found.end() :]
        # Java writes the zone before the year: "Tue Oct 01 10:15:00 UTC 2019".
        year = _YEAR_AT_END.search(rest)
        offset = _TIMEZONE.match(rest if year is None else rest[: year.start()])
        if offset is not None:
            zone = _zone(offset)
            rest = "" if year is None else year[0]
        text = f"{text[: found.start()]} {rest}"
    text = _FILLER_AT_END.sub("", _WEEKDAY.sub(" ", text).strip(" ,;"))
    return _read_date(text.strip(" ,;")), clock, zone


def _common_year(match: "re.Match[str]") -> str:
    year = 1 if match[2] == "元" else int(match[2])
    return f"{_ERAS[match[1]] + year}年"


def _clock_time(match: "re.Match[str]") -> time:
    hour = int(match["h"])
    half = (match["half"] or match["half2"] or "").casefold().replace(".", "").replace(" ", "")
    if half in ("am", "pm") and not 1 <= hour <= 12:
        raise ValueError(match[0])
    if (half == "pm" or half in _AFTERNOON) and hour < 12:
        hour += 12
    elif half in ("am", "凌晨", "上午", "午前", "오전") and hour == 12:
        hour = 0
    fraction = (match["f"] or "").ljust(6, "0")[:6]
    return time(hour, int(match["m"] or match["m2"] or 0), int(match["s"] or 0), int(fraction))


def _zone(match: "re.Match[str]") -> timezone:
    """Return the time zone of a match; an unknown abbreviation is an error."""
    if match["utc"]:
        return UTC
    if match["name"]:
        if match["name"] not in _TIMEZONE_HOURS:
            raise ValueError(match["name"])
        return timezone(timedelta(hours=_TIMEZONE_HOURS[match["name"]]))
    minutes = 60 * int(match["h"]) + int(match["m"] or 0)
    return timezone(timedelta(minutes=-minutes if match["sign"] == "-" else minutes))


def _read_date(text: str) -> _Date:
    weekday, _, rest = text.partition(" ")
    if rest[:1].isdigit() and fold_name(weekday) in weekday_names():
        text = rest
    if match := _YEAR_FIRST.match(text):
        year, month, day = map(int, match.groups())
        return _certain(year, month, day)
    if match := _MONTH_DAY_YEAR.match(text):
        month, day, year = map(int, match.groups())
        return _certain(year, month, day)
    if match := _NUMBERS.match(text):
        first, second, year = int(match[1]), int(match[3]), _full_year(match[4])
        # No country writes dots with the month first, by CLDR's date formats.
        usual: DayOrder | None = "day-first" if match[2] == "." else None
        found = _Date(_date(year, second, first), _date(year, first, second), usual)
        if found.day_first is None and found.month_first is None:
            raise ValueError(text)
        return found
    return _named_date(text)


def _named_date(text: str) -> _Date:
    """Read a date with the name of a month: "5. Januar 2026", "Jan 5, 2026", "Mon, 5 Jan 2026"."""
    words = _WORD.findall(text.replace("-", " ").replace("/", " "))
    numbers = [int(re.match(r"\d+", word)[0]) for word in words if word[0].isdigit()]  # type: ignore[index]
    names = [fold_name(word) for word in words if not word[0].isdigit()]
    names = [name for name in names if name not in _FILLERS]
    months = [name for name in names if name in month_names()]
    if len(months) > 1:  # "mar. 5 mai": the first is a Tuesday
        months = [name for name in months if name not in weekday_names()] or months
    others = [n for n in names if n not in months and n not in weekday_names()]
    if len(months) != 1 or others or len(numbers) != 2:
        raise ValueError(text)
    day, year = numbers
    if day > 31 and year <= 31:
        day, year = year, day
    elif year < 100 and not re.search(r"\d{4}", text):
        year = _full_year(f"{year:02d}")
    return _certain(year, month_names()[months[0]], day)


def _certain(year: int, month: int, day: int) -> _Date:
    found = date(year, month, day)
    return _Date(found, found)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _full_year(digits: str) -> int:
    if len(digits) == 4:
        return int(digits)
    return int(digits) + (1900 if int(digits) >= _SHORT_YEAR_FROM else 2000)
