"""Circuit breaker: stops calls to an endpoint that keeps failing, instead of waiting each time."""

import time
from threading import Lock

from catalograph.errors import (
    BudgetExceededError,
    LanguageModelError,
    ModelOutputError,
    ModelUnavailableError,
)
from catalograph.ingest.llm.limits import Clock
from catalograph.ingest.llm.protocol import Completion, CompletionRequest, LanguageModel


class Breaker:
    """Circuit breaker that opens after consecutive failures; then one request at a time probes.

    An invalid answer closes the circuit as a valid one does, since the endpoint answered. A call
    without an answer for want of budget, or since it was cancelled, changes nothing.

    Args:
        inner: next layer.
        failures: number of consecutive failures that open the circuit.
        seconds: time that the circuit stays open, in seconds.
        clock: monotonic clock, in seconds.
    """

    def __init__(
        self, inner: LanguageModel, failures: int, seconds: float, clock: Clock = time.monotonic
    ) -> None:
        self._inner = inner
        self._limit = failures
        self._seconds = seconds
        self._clock = clock
        self._lock = Lock()
        self._in_a_row = 0
        self._closed_from = 0.0
        self._probing = False

    async def complete(self, request: CompletionRequest) -> Completion:
        """Call the model if the circuit is closed or this request is the probe."""
        probe = self._enter()
        failed: bool | None = None
        try:
            completion = await self._inner.complete(request)
            failed = False
        except ModelOutputError:
            failed = False
            raise
        except BudgetExceededError:
            raise
        except LanguageModelError:
            failed = True
            raise
        finally:
            self._leave(failed, probe)
        return completion

    def _enter(self) -> bool:
        with self._lock:
            if self._in_a_row < self._limit:
                return False
            if self._probing or self._clock() < self._closed_from:
                raise ModelUnavailableError(
                    f"The language model failed {self._in_a_row} times in a row and is left alone "
                    f"for {self._seconds:g} s. Once it answers again, replay the quarantine."
                )
            self._probing = True
            return True

    def _leave(self, failed: bool | None, probe: bool) -> None:
        """Count a call; `failed` is None if the endpoint was not asked."""
        with self._lock:
            if failed is not None:
                self._in_a_row = self._in_a_row + 1 if failed else 0
                if self._in_a_row >= self._limit:
                    self._closed_from = self._clock() + self._seconds
            if probe:
                self._probing = False
