"""The result row of every evaluation, and the profiler that measures its time and memory.

Memory is sampled: the resident memory of this process (RSS) while the measured block runs, not the
largest of the process's life (`ru_maxrss`), which would charge each model with what an earlier one
used. What a child process uses does not count.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import psutil

__all__ = ["BenchmarkRow", "Profiler"]

_MIB = 1 << 20
_INTERVAL = 0.02


@dataclass(frozen=True)
class BenchmarkRow:
    """One model's result."""

    model: str
    """Its name in the evaluation."""
    metrics: Mapping[str, float]
    """By name, fractions unless the name says otherwise."""
    n: int
    """How many users, queries, triples or texts were measured on."""
    config: Mapping[str, Any]
    """What the model was fitted with."""
    seconds: float
    """Wall time of learning and measuring."""
    peak_mb: float
    """Largest sample of the process's resident memory meanwhile, MiB, the data included."""


class Profiler:
    """A context manager that takes the time of one block and samples the resident memory.

    Samples are taken as the block begins, every 20 ms, and as it ends.
    """

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._began = 0.0
        self.seconds = 0.0
        """Wall time of the block."""
        self.peak_mb = 0.0
        """Largest sample, MiB."""

    def __enter__(self) -> Self:
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
        """Return the result of the block, with its time and memory."""
        return BenchmarkRow(
            model, metrics, n, config, round(self.seconds, 3), round(self.peak_mb, 1)
        )

    def _sample(self) -> None:
        stopped = False
        while not stopped:
            self._note_memory()
            stopped = self._stop.wait(_INTERVAL)
        self._note_memory()

    def _note_memory(self) -> None:
        self.peak_mb = max(self.peak_mb, self._process.memory_info().rss / _MIB)
