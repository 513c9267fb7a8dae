"""Limits of time and memory within which models are trained."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from catalograph.errors import ConfigError, LearningLimitError

__all__ = ["LEAST_GIGABYTES", "Limits"]

LEAST_GIGABYTES = 1.0
"""Smallest limit of memory: less than this the libraries themselves need."""


@dataclass(frozen=True)
class Limits:
    """What one call of `learn` may take.

    Raises:
        ConfigError: a limit is too small to do anything.
    """

    minutes: float | None = None
    """Time for everything; None for no limit."""
    gigabytes: float | None = None
    """Memory of this process, without files that it maps; None for no limit."""
    began: float = field(default_factory=time.monotonic)
    """Start by the monotonic clock."""

    def __post_init__(self) -> None:
        if self.minutes is not None and self.minutes <= 0:
            raise ConfigError(f"{self.minutes} minutes is no time to learn in; give more than 0.")
        if self.gigabytes is not None and self.gigabytes < LEAST_GIGABYTES:
            raise ConfigError(
                f"{self.gigabytes} GB of memory is too little; give {LEAST_GIGABYTES:g} or more."
            )

    @property
    def seconds_left(self) -> float:
        """Seconds until the time is over; infinite without a limit."""
        if self.minutes is None:
            return float("inf")
        return self.began + 60 * self.minutes - time.monotonic()

    def check(self) -> None:
        """Raise if the time is over.

        Raises:
            LearningLimitError: it is.
        """
        if self.seconds_left <= 0:
            raise LearningLimitError(
                f"The {self.minutes:g} minutes are over; the live version stays. Give more with "
                "`--minutes`; the next run goes on from here."
            )

    @contextmanager
    def bound_memory(self) -> Iterator[None]:
        """Let no allocation in the block pass the limit; the system enforces it, except on Windows.

        Raises:
            LearningLimitError: more memory was needed.
        """
        if self.gigabytes is None:
            yield
            return
        import resource

        kind = resource.RLIMIT_DATA
        before = resource.getrlimit(kind)
        wanted = int(self.gigabytes * 1e9)
        if before[1] != resource.RLIM_INFINITY:
            wanted = min(wanted, before[1])
        resource.setrlimit(kind, (wanted, before[1]))
        try:
            yield
        except MemoryError as exc:
            raise LearningLimitError(
                f"It needs more than the {self.gigabytes:g} GB of memory that it may take; the "
                "live version stays. Give more with `--memory`."
            ) from exc
        finally:
            resource.setrlimit(kind, before)
