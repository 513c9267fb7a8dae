"""When to learn again: after an interval, or at a time of day."""

import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as clock

from catalograph.errors import CatalographError, ConfigError

__all__ = ["Schedule", "watch"]

_log = logging.getLogger(__name__)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_INTERVAL = re.compile(r"(\d+)([smhd])")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_SLEEP_SECONDS = 60.0
"""Longest sleep at a time, so that a clock that is set anew counts."""


@dataclass(frozen=True)
class Schedule:
    """When to start: `every` after the last start, or each day `at` a local time."""

    every: timedelta = timedelta(days=1)
    at: clock | None = None

    @classmethod
    def parse(cls, every: str | None = None, at: str | None = None) -> "Schedule":
        """Read an interval such as `6h`, or a time of day such as `03:30`.

        Raises:
            ConfigError: both are given, or one is malformed.
        """
        if every is not None and at is not None:
            raise ConfigError("An interval and a time of day contradict each other; give one.")
        if at is not None:
            found = _TIME.fullmatch(at)
            if found is None:
                raise ConfigError(f"'{at}' is no time of day; expected one such as 03:30.")
            return cls(at=clock(int(found[1]), int(found[2])))
        if every is None:
            return cls()
        match = _INTERVAL.fullmatch(every)
        if match is None or int(match[1]) == 0:
            raise ConfigError(f"'{every}' is no interval; expected one such as 30m, 6h or 1d.")
        return cls(timedelta(**{_UNITS[match[2]]: int(match[1])}))

    def next_start(self, last: datetime | None, now: datetime) -> datetime:
        """Return when to start next; without an earlier start, an interval begins at once.

        Args:
            last: time of the last start; None if there was none.
            now: time now.
        """
        if self.at is None:
            return now if last is None else max(now, last + self.every)
        today = now.replace(hour=self.at.hour, minute=self.at.minute, second=0, microsecond=0)
        # A start counts for the minute that it falls in.
        late = today + timedelta(minutes=1) <= now or (last is not None and last >= today)
        return today + timedelta(days=1) if late else max(now, today)


def watch(
    schedule: Schedule,
    work: Callable[[], None],
    failed: Callable[[CatalographError], None],
    *,
    rounds: int | None = None,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], datetime] = datetime.now,
) -> None:
    """Work by a schedule; an error is told, and the next time comes all the same.

    Args:
        schedule: when to work.
        work: what to do.
        failed: callback that receives an error.
        rounds: number of times to work; None for ever.
        sleep: waits for some seconds.
        now: returns the local time.
    """
    last: datetime | None = None
    done = 0
    while rounds is None or done < rounds:
        start = schedule.next_start(last, now())
        while (left := (start - now()).total_seconds()) > 0:
            sleep(min(left, _SLEEP_SECONDS))
        last = now()
        try:
            work()
        except CatalographError as exc:
            _log.warning("learning failed, the next time comes", extra={"error": str(exc)})
            failed(exc)
        done += 1
