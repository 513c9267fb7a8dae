"""Periods that words name."""

from datetime import date

import pytest

from catalograph.assistant.planning.periods import find_period

TODAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("text", "words", "since", "until"),
    [
        ("what did it cost in March?", "in march", "2026-03-01", "2026-03-31"),
        ("what did it cost in March 2025?", "in march 2025", "2025-03-01", "2025-03-31"),
        ("in December", "in december", "2026-12-01", "2026-12-31"),
        ("reviews since June", "since june", "2026-06-01", "2026-12-01"),
        ("last month", "last month", "2026-11-01", "2026-11-30"),
        ("over the past three months", "over the past three months", "2026-09-03", "2026-12-01"),
        ("the last 30 days", "the last 30 days", "2026-11-02", "2026-12-01"),
        ("last week", "last week", "2026-11-23", "2026-11-29"),
        ("on 3 March", "on 3 march", "2026-03-03", "2026-03-03"),
        ("on March 3rd, 2025", "on march 3rd, 2025", "2025-03-03", "2025-03-03"),
        ("between January and March", "between january and march", "2026-01-01", "2026-03-31"),
        ("from November to February 2026", "from november to february 2026", "2025-11-01",
         "2026-02-28"),
        ("yesterday", "yesterday", "2026-11-30", "2026-11-30"),
        ("in 2025", "in 2025", "2025-01-01", "2025-12-31"),
        ("2026-03-05", "2026-03-05", "2026-03-05", "2026-03-05"),
        ("三月哪些品牌口碑下滑", "三月", "2026-03-01", "2026-03-31"),
        ("去年十二月多少钱", "去年十二月", "2025-12-01", "2025-12-31"),
        ("2026年3月5日多少钱", "2026年3月5日", "2026-03-05", "2026-03-05"),
        ("二月到四月", "二月到四月", "2026-02-01", "2026-04-30"),
        ("三月以来", "三月以来", "2026-03-01", "2026-12-01"),
        ("上个月的评价", "上个月", "2026-11-01", "2026-11-30"),
        ("最近两周", "最近两周", "2026-11-18", "2026-12-01"),
        ("今年", "今年", "2026-01-01", "2026-12-31"),
    ],
)  # fmt: skip
def test_a_period_is_read(text: str, words: str, since: str, until: str) -> None:
    found = find_period(text, TODAY)
    assert found is not None
    assert text[found.start : found.end].lower() == words
    assert (str(found.period.since), str(found.period.until)) == (since, until)


@pytest.mark.parametrize(
    "text", ["may I return it?", "the march hare", "the iPhone 7 in black", "on 31 February",
             "2026-13-40", "一月星黑巧克力里"[2:]],
)  # fmt: skip
def test_other_words_are_no_period(text: str) -> None:
    assert find_period(text, TODAY) is None
