"""Periods that words name: "in March", "since May 2026", "last month", 三月, 上个月, 最近三个月."""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any, cast

from catalograph.ingest.packaged_table import load_packaged_table
from catalograph.ml.script import fold_text
from catalograph.schema.query_plan import Period

_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_EARLIEST = 1990


@dataclass(frozen=True, slots=True)
class FoundPeriod:
    """A period with its place in the text: first character, and one past the last."""

    start: int
    end: int
    period: Period


def find_period(text: str, today: date) -> FoundPeriod | None:
    """Return the first period that a text names; None without one.

    A month without a year is the latest that has begun. A bare "May" is no month.

    Args:
        text: text in English or Chinese.
        today: day from which "last month" is counted.
    """
    folded = fold_text(text)
    for pattern, read in _rules():
        for match in pattern.finditer(folded):
            period = read(match, today)
            if period is not None:
                return FoundPeriod(*match.span(), period)
    return None


Rule = tuple[re.Pattern[str], Callable[[re.Match[str], date], Period | None]]


@cache
def _table() -> Mapping[str, Any]:
    return load_packaged_table("catalograph.assistant.planning", "periods")


@cache
def _rules() -> tuple[Rule, ...]:
    """Patterns with their readers; a pattern comes before those that would read a part of it."""
    en, zh = (_join_months(language) for language in ("en", "zh"))
    year = r"(?P<year>(?:19|20)\d\d)"
    day = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
    units = {lang: "|".join(_units(lang).values()) for lang in ("en", "zh")}
    counts = {lang: "|".join([r"\d{1,3}", *_numbers(lang)]) for lang in ("en", "zh")}
    rules: list[tuple[str, Callable[[re.Match[str], date], Period | None]]] = [
        (r"\b(?:on |at )?(?P<iso>(?:19|20)\d\d-\d\d-\d\d)\b", _read_iso),
        (rf"\b(?:between|from) (?P<first>{en}) (?:and|to|until|till) (?P<last>{en})(?: {year})?\b",
         _read_months),
        (rf"\b(?:on )?(?:the )?{day} (?:of )?(?P<month>{en})(?:,? {year})?\b", _read_month),
        (rf"\bon (?P<month>{en}) {day}(?:,? {year})?\b", _read_month),
        (rf"\b(?P<since>since) (?:the beginning of )?(?P<month>{en})(?: {year})?\b", _read_month),
        (rf"\b(?:in|during|over|for|throughout|last|of) (?P<month>{en})(?:,? (?:of )?{year})?\b",
         _read_month),
        (rf"\b(?P<month>{en}),? {year}\b", _read_month),
        (rf"\b(?:in |over |during |for |within )?(?:the )?(?:last|past|previous) "
         rf"(?P<count>{counts['en']}) (?P<unit>{units['en']})\b", _read_back),
        (r"\b(?:in |during |over )?(?:the )?(?P<which>last|previous|past|this) "
         rf"(?P<unit>{units['en']})\b", _read_unit),
        (r"\b(?P<which>yesterday)\b", _read_unit),
        (rf"\b(?P<since>since) {year}\b", _read_year),
        (rf"\b(?:in|during) {year}\b", _read_year),
        (rf"(?:从|自)?(?P<first>{zh})份?(?:到|至|-|~)(?P<last>{zh})份?", _read_months),
        (rf"(?:从|自)?(?:{year}年|(?P<which>去年|今年))?(?P<month>{zh})份?(?P<since>以来|起|开始|至今)",
         _read_month),
        (rf"(?:在|于)?(?:{year}年|(?P<which>去年|今年))?(?P<month>{zh})份?"
         r"(?:(?P<day>\d{1,2})[日号])?(?:里|中|期间|内)?", _read_month),
        (rf"(?:在)?(?:最近|过去|近)的?(?P<count>{counts['zh']})(?P<unit>{units['zh']})(?:里|内|来)?",
         _read_back),
        (r"(?P<which>上个月|上月|上个?星期|上周|去年|本月|这个月|本周|这周|今年|昨天)", _read_unit),
        (rf"(?P<since>自从?){year}年(?:以来)?", _read_year),
        (rf"(?:在)?{year}年", _read_year),
    ]  # fmt: skip
    return tuple((re.compile(pattern), read) for pattern, read in rules)


def _join_months(language: str) -> str:
    # The longest first: 十一月 before 一月.
    return "|".join(sorted(_table()["months"][language], key=len, reverse=True))


def _units(language: str) -> Mapping[str, str]:
    return cast(Mapping[str, str], _table()["units"][language])


def _numbers(language: str) -> Mapping[str, float]:
    return cast(Mapping[str, float], _table()["numbers"][language])


def _month_of(name: str) -> int:
    return next(
        number
        for names in _table()["months"].values()
        for number, pattern in enumerate(names, 1)
        if re.fullmatch(pattern, name)
    )


def _unit_of(name: str) -> str:
    return next(
        unit
        for language in _table()["units"]
        for unit, pattern in _units(language).items()
        if re.fullmatch(pattern, name)
    )


def _group(match: re.Match[str], name: str) -> str | None:
    return match.groupdict().get(name)


def _between(first: date, last: date) -> Period | None:
    return Period(since=first, until=last) if first.year >= _EARLIEST and first <= last else None


def _whole_month(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def _year_of(match: re.Match[str], month: int, today: date) -> int:
    """Return the stated year, or that of the latest such month that has begun."""
    if stated := _group(match, "year"):
        return int(stated)
    if which := _group(match, "which"):
        return today.year - (which == "去年")
    return today.year if month <= today.month else today.year - 1


def _read_month(match: re.Match[str], today: date) -> Period | None:
    month = _month_of(match["month"])
    year = _year_of(match, month, today)
    first, last = _whole_month(year, month)
    if day := _group(match, "day"):
        if not 1 <= int(day) <= last.day:
            return None
        first = last = date(year, month, int(day))
    return _between(first, today if _group(match, "since") else last)


def _read_months(match: re.Match[str], today: date) -> Period | None:
    begin, end = _month_of(match["first"]), _month_of(match["last"])
    year = _year_of(match, end, today)
    return _between(_whole_month(year - (begin > end), begin)[0], _whole_month(year, end)[1])


def _read_year(match: re.Match[str], today: date) -> Period | None:
    year = int(match["year"])
    return _between(date(year, 1, 1), today if _group(match, "since") else date(year, 12, 31))


def _read_iso(match: re.Match[str], today: date) -> Period | None:
    try:
        day = date.fromisoformat(match["iso"])
    except ValueError:
        return None
    return _between(day, day)


def _read_back(match: re.Match[str], today: date) -> Period | None:
    given = match["count"]
    numbers = {**_numbers("en"), **_numbers("zh")}
    count = float(given) if given.isdigit() else numbers[given]
    days = round(count * _DAYS[_unit_of(match["unit"])])
    return _between(today - timedelta(days=max(days, 1) - 1), today)


_CHINESE_UNITS = {"月": "month", "周": "week", "期": "week", "年": "year"}


def _read_unit(match: re.Match[str], today: date) -> Period | None:
    which = match["which"]
    if which in ("yesterday", "昨天"):
        day = today - timedelta(days=1)
        return _between(day, day)
    stated = _group(match, "unit")
    unit = _unit_of(stated) if stated else _CHINESE_UNITS[which[-1]]
    back = 0 if which in ("this", "今年") or which[0] in "本这" else 1
    if unit == "month":
        months = today.year * 12 + today.month - 1 - back
        return _between(*_whole_month(months // 12, months % 12 + 1))
    if unit == "year":
        return _between(date(today.year - back, 1, 1), date(today.year - back, 12, 31))
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + 7 * back)
        return _between(monday, monday + timedelta(days=6))
    day = today - timedelta(days=back)
    return _between(day, day)
