"""The row that every evaluation tells of a model, and the watch that fills in time and memory."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import psutil

__all__ = ["BenchmarkRow", "Profiler"]

_MIB = 1 << 20


@dataclass(frozen=True)
class BenchmarkRow:
    """One model's result."""

    model: str
    """Its name in the evaluation."""
    metrics: Mapping[str, float]
    """By name, fractions unless the name says otherwise."""
    n: int
    """How many users, queries or triples were measured on."""
    config: Mapping[str, Any]
    """What the model was fitted with."""
    seconds: float
    """Wall time of learning and measuring."""
    peak_mb: float
    """Largest resident memory of the process meanwhile, MiB, the data included."""


class Profiler:
    """Takes the time and samples the resident memory while a block runs."""

    def __init__(self, interval: float = 0.02) -> None:
        self._interval = interval
        self._process = psutil.Process()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._began = 0.0
        self.seconds = 0.0
        """Wall time of the block."""
        self.peak_mb = 0.0
        """Largest sample, MiB."""

    def __enter__(self) -> "Profiler":
        self._began = time.perf_counter()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        self.seconds = time.perf_counter() - self._began

    def row(
        self, model: str, metrics: Mapping[str, float], n: int, config: Mapping[str, Any]
    ) -> BenchmarkRow:
        """What the block found, with its time and memory."""
        return BenchmarkRow(
            model, metrics, n, config, round(self.seconds, 3), round(self.peak_mb, 1)
        )

    def _sample(self) -> None:
        while True:
            self.peak_mb = max(self.peak_mb, self._process.memory_info().rss / _MIB)
            if self._stop.wait(self._interval):
                return
