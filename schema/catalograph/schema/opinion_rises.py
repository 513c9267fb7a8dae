"""Find rises of a daily share above its own history, with hysteresis.

Each day the last days are compared with the weeks before them, by the test of `share_alert`. A
rise begins when the share exceeds an upper bound and ends when it is below a lower one, so a share
that wavers about one bound is one rise. The days of a rise are left out of later history.

What is found depends on the days alone: no state is stored, and counts that arrive late, or go,
change it. Shares are tested and not counts, so busy weekdays and sales raise no alert.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from catalograph.schema.share_alert import CALM_PROBABILITY, Shares

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RiseRule:
    """When a share has risen.

    Attributes:
        windows: lengths of the tested windows, in days; short ones find strong rises early, long
            ones find weak rises.
        history: length of the compared period before the longest window, in days.
        level: chance of a false alarm on a day, over all windows.
        calm: p-value from which the longest window no longer differs from its history.
        minimum: smallest number of negatives in a window.
        past: smallest size of the history's sample.
        ratio: smallest recent share over the earlier one: among many even a little is significant.
        longest: number of days after which a rise is the new usual and ends.
    """

    windows: tuple[int, ...] = (3, 7)
    history: int = 56
    level: float = 0.0005
    calm: float = CALM_PROBABILITY
    minimum: int = 4
    past: int = 50
    ratio: float = 1.5
    longest: int = 56

    @property
    def warm_up(self) -> int:
        """Number of days before a day on which what is found on it depends."""
        return 2 * self.longest + self.history + max(self.windows)


@dataclass(frozen=True, slots=True)
class DayCount:
    """A day's sample.

    Attributes:
        total: size of the sample.
        negative: number of negatives in it.
    """

    total: int
    negative: int


@dataclass(frozen=True, slots=True)
class Rise:
    """A rise.

    Attributes:
        since: day on which the share exceeded the upper bound.
        until: day on which it was below the lower one; None while it is not.
        days: length of the window that exceeded it, in days.
        shares: that window and its history, as counted.
        probability: p-value, with the days' spread in the history considered.
    """

    since: date
    until: date | None
    days: int
    shares: Shares
    probability: float


def find_rises(
    counts: Mapping[date, DayCount], first: date, last: date, rule: RiseRule | None = None
) -> list[Rise]:
    """Return the rises from one day to another, oldest first; only the last may be without end.

    Args:
        counts: samples by day; days without one are left out.
        first: first day that is tested; history is taken from before it.
        last: last day that is tested.
        rule: when a share has risen; None for the default.
    """
    days = _Days(counts, rule or RiseRule())
    found: list[Rise] = []
    for n in range((last - first).days + 1):
        day = first + n * DAY
        if found and found[-1].until is None:
            found[-1] = days.follow(found[-1], day)
        elif (rise := days.test(day)) is not None:
            found.append(rise)
    return found


class _Days:
    """The days so far, and which of them later history leaves out."""

    def __init__(self, counts: Mapping[date, DayCount], rule: RiseRule) -> None:
        self._counts = counts
        self._rule = rule
        self._left_out: set[date] = set()
        self._usual: list[DayCount] = []  # weeks before the rise that lasts

    def test(self, day: date) -> Rise | None:
        """Return the rise that begins on a day, by the shortest window that shows one."""
        rule = self._rule
        weeks = self._weeks_before(day - max(rule.windows) * DAY)
        if sum(week.total for week in weeks) < rule.past:
            return None
        for length in rule.windows:
            shares = _compare(self._window(day, length), weeks)
            if (
                shares.recent_negative < rule.minimum
                or shares.recent_share < rule.ratio * shares.earlier_share
            ):
                continue
            probability = _scale(shares, _spread(weeks)).probability()
            if probability <= rule.level / len(rule.windows):
                self._usual = weeks
                self._leave_out(day, max(rule.windows))
                return Rise(day, None, length, shares, probability)
        return None

    def follow(self, rise: Rise, day: date) -> Rise:
        """Return a rise as it stands on a later day: as before, or ended."""
        rule = self._rule
        if (day - rise.since).days >= rule.longest:
            self._left_out.clear()
            return _end(rise, day)
        self._leave_out(day, 1)
        shares = _compare(self._window(day, max(rule.windows)), self._usual)
        if _scale(shares, _spread(self._usual)).probability() > rule.calm:
            return _end(rise, day)
        return rise

    def _window(self, day: date, length: int) -> DayCount:
        return _add([c for n in range(length) if (c := self._counts.get(day - n * DAY))])

    def _weeks_before(self, day: date) -> list[DayCount]:
        """Return the samples of blocks of seven days up to a day, without those left out."""
        blocks = []
        for start in range(0, self._rule.history, 7):
            days = (day - (start + n) * DAY for n in range(7))
            kept = [self._counts.get(one) for one in days if one not in self._left_out]
            blocks.append(_add([count for count in kept if count is not None]))
        return [block for block in blocks if block.total]

    def _leave_out(self, day: date, length: int) -> None:
        self._left_out |= {day - n * DAY for n in range(length)}


def _end(rise: Rise, day: date) -> Rise:
    return Rise(rise.since, day, rise.days, rise.shares, rise.probability)


def _add(counts: Sequence[DayCount]) -> DayCount:
    return DayCount(sum(c.total for c in counts), sum(c.negative for c in counts))


def _compare(window: DayCount, weeks: Sequence[DayCount]) -> Shares:
    earlier = _add(weeks)
    return Shares(window.total, window.negative, earlier.total, earlier.negative)


def _spread(weeks: Sequence[DayCount]) -> float:
    """Return the factor, at least 1, by which weeks vary more than a binomial share would.

    Pearson's chi-squared over its degrees of freedom, as in quasi-likelihood.
    """
    all_ = _add(weeks)
    share = all_.negative / all_.total
    if len(weeks) < 2 or not 0 < share < 1:
        return 1.0
    squares = sum(
        (week.negative - week.total * share) ** 2 / (week.total * share * (1 - share))
        for week in weeks
    )
    return max(1.0, squares / (len(weeks) - 1))


def _scale(shares: Shares, spread: float) -> Shares:
    """Return the samples made smaller by the spread, so that their variance is right."""
    return Shares(
        round(shares.recent / spread),
        round(shares.recent_negative / spread),
        round(shares.earlier / spread),
        round(shares.earlier_negative / spread),
    )
