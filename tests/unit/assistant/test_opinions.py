"""Trends from days, and terms that more texts have than before."""

from datetime import date, timedelta

from catalograph.assistant.opinions.terms import find_rising_terms, terms_of
from catalograph.assistant.opinions.trends import OpinionRange, OpinionStep, find_trends
from catalograph.store.queries.opinions import OpinionDay

MONDAY = date(2026, 3, 2)
TOPIC = "value:aspect=battery"


def rows(days: int = 28) -> list[OpinionDay]:
    """Ten weeks and some days; half the reviews mention an aspect, one a day the battery."""
    found = []
    for n in range(-70, days):
        day = MONDAY + timedelta(days=n)
        found.append(OpinionDay(day, "", None, 20, 10, 3, 10))
        found.append(OpinionDay(day, TOPIC, "battery", 1 if n < 20 else 5, 0, int(n >= 20) * 5, 5))
    return found


def test_trends_are_by_step_and_rises_by_all_reviews_that_mention_anything() -> None:
    asked = OpinionRange(None, MONDAY, MONDAY + timedelta(days=27))
    whole, battery = find_trends(rows(), asked, OpinionStep.WEEK)
    assert (whole.name, whole.total.reviews, whole.rises) == (None, 560, [])
    assert [point.start for point in battery.points] == [
        MONDAY + timedelta(weeks=n) for n in range(4)
    ]
    assert [(p.reviews, p.negative) for p in battery.points] == [(7, 0), (7, 0), (11, 5), (35, 35)]
    assert battery.points[-1].negative_share == 1.0
    [rise] = battery.rises
    assert (rise.since, rise.until) == (MONDAY + timedelta(days=20), None)
    assert (rise.shares.recent, rise.shares.recent_negative) == (30, 5)
    [only] = find_trends(rows(), OpinionRange(None, MONDAY, MONDAY, TOPIC), OpinionStep.DAY)
    assert [(p.start, p.reviews) for p in only.points] == [(MONDAY, 1)]


def test_terms_are_words_pairs_and_chinese_pairs_without_stop_words() -> None:
    assert list(terms_of("The hinge of the lid broke, again")) == [
        "hinge",
        "lid",
        "broke",
        "lid broke",
    ]
    assert set(terms_of("充电器的起火")) == {"充电", "电器", "起火"}


def test_terms_rise_only_beyond_chance_and_are_joined() -> None:
    earlier = ["red camera", "新款相机上市。", "The screen is nice"] * 20
    recent = ["red camera", "新款相机上市。"] * 6 + ["充电器起火,失望", "Awful hinge crack"] * 6
    found = {term.term: term for term in find_rising_terms(recent, earlier)}
    assert set(found) == {"awful hinge", "hinge crack", "充电器起火", "失望"}
    assert (found["充电器起火"].recent, found["充电器起火"].earlier) == (6, 0)
    assert (found["hinge crack"].negative, found["hinge crack"].positive) == (6, 0)
    assert find_rising_terms(earlier[:30], earlier[30:]) == []
    assert find_rising_terms([], earlier) == find_rising_terms(recent, []) == []
