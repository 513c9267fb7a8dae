"""Rises of a daily share: found once, ended below a lower bound, rarely false."""

import random
from datetime import date, timedelta

from catalograph.schema.opinion_rises import DayCount, Rise, RiseRule, find_rises

RULE = RiseRule()
FIRST = date(2026, 3, 1)
LAST = date(2026, 4, 30)


def counts(share: dict[int, int], *, per_day: int = 40, usual: int = 2) -> dict[date, DayCount]:
    """Days from 80 before the first on; `share` gives negatives of days after the first."""
    return {
        FIRST + timedelta(days=n): DayCount(per_day, share.get(n, usual))
        for n in range(-80, (LAST - FIRST).days + 1)
    }


def spans(rises: list[Rise]) -> list[tuple[int, int | None]]:
    return [
        ((r.since - FIRST).days, None if r.until is None else (r.until - FIRST).days)
        for r in rises
    ]  # fmt: skip


def test_a_rise_is_found_on_its_first_days_and_ends_when_the_window_is_calm() -> None:
    [(since, until)] = spans(find_rises(counts(dict.fromkeys(range(20, 26), 12)), FIRST, LAST))
    assert since == 21
    assert until is not None
    assert 26 <= until <= 32


def test_a_share_that_wavers_is_one_rise_and_a_calm_between_makes_two() -> None:
    wavering = {n: 14 if n % 3 == 0 else 4 for n in range(20, 40)}
    assert len(find_rises(counts(wavering), FIRST, LAST)) == 1
    twice = dict.fromkeys([*range(10, 15), *range(35, 40)], 14)
    found = spans(find_rises(counts(twice), FIRST, LAST))
    assert [since for since, _ in found] == [10, 35]
    assert all(until is not None for _, until in found)


def test_a_rise_that_lasts_becomes_the_usual() -> None:
    rule = RiseRule(longest=20)
    found = spans(find_rises(counts(dict.fromkeys(range(10, 61), 12)), FIRST, LAST, rule))
    assert found == [(11, 31)]
    lasting = find_rises(counts(dict.fromkeys(range(50, 61), 12)), FIRST, LAST)
    assert spans(lasting) == [(51, None)]
    assert (lasting[0].shares.recent, lasting[0].shares.recent_negative) == (120, 26)


def test_what_is_found_until_a_day_does_not_depend_on_later_days() -> None:
    days = counts(dict.fromkeys(range(20, 26), 12))
    for last in (19, 20, 23, 40):
        until = FIRST + timedelta(days=last)
        known = {day: count for day, count in days.items() if day <= until}
        assert find_rises(known, FIRST, until) == find_rises(days, FIRST, until)


def test_volume_alone_few_negatives_and_a_short_past_raise_nothing() -> None:
    busy = counts({}) | {FIRST + timedelta(days=n): DayCount(400, 20) for n in range(20, 27)}
    assert find_rises(busy, FIRST, LAST) == []
    assert find_rises(counts(dict.fromkeys(range(20, 26), 3), usual=0), FIRST, LAST) != []
    assert find_rises(counts({20: 3}, usual=0), FIRST, LAST) == []
    fresh = {day: count for day, count in counts({20: 12}).items() if day >= FIRST}
    assert find_rises({d: c for d, c in fresh.items() if (d - FIRST).days > 12}, FIRST, LAST) == []
    assert find_rises({}, FIRST, LAST) == []


def test_weeks_that_vary_need_a_larger_rise() -> None:
    steady = counts(dict.fromkeys(range(20, 23), 7))
    varied = dict(steady)
    for n in range(-80, 13):
        varied[FIRST + timedelta(days=n)] = DayCount(40, 4 if (n // 7) % 2 else 0)
    assert find_rises(steady, FIRST, FIRST + timedelta(days=22)) != []
    assert find_rises(varied, FIRST, FIRST + timedelta(days=22)) == []


def test_false_alarms_keep_to_the_level() -> None:
    """A hundred topics without a rise, each day of two months tested."""
    draw = random.Random(3)
    false = 0
    for _ in range(100):
        days = {
            FIRST + timedelta(days=n): DayCount(30, sum(draw.random() < 0.08 for _ in range(30)))
            for n in range(-80, 61)
        }
        false += len(find_rises(days, FIRST, LAST))
    assert false <= 100 * 61 * RULE.level
