"""Requests and tokens per minute, shared by all workers of a process."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from threading import Lock

from catalograph.errors import ModelUnavailableError
from catalograph.ingest.llm.cost import estimate_tokens
from catalograph.ingest.llm.protocol import Completion, CompletionRequest, LanguageModel

BURST = 6.0
"""Seconds' worth of unused allowance that may be taken at once."""

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]


class RateLimiter:
    """Tells how long to wait so that no 60 seconds hold more than the allowance.

    The generic cell rate algorithm: the next free moment moves on by what is taken. Whoever comes
    first is first in line. Safe for many threads and event loops.

    Args:
        per_minute: the allowance, infinite for none; an amount larger than it is not refused, but
            takes its share of time.
        clock: seconds, never going back.
    """

    def __init__(self, per_minute: float, clock: Clock = time.monotonic) -> None:
        # A burst and what follows it in the same minute must stay within the allowance together.
        self._interval = (60.0 + BURST) / per_minute
        self._clock = clock
        self._free = clock() - BURST
        self._lock = Lock()

    def take(self, amount: float) -> float:
        """Take a place in line; returns the seconds to wait for it."""
        with self._lock:
            now = self._clock()
            start = max(self._free, now - BURST)
            self._free = start + amount * self._interval
            return max(0.0, start - now)

    def give_back(self, amount: float) -> None:
        """Return what was taken and not used; a negative amount takes more."""
        with self._lock:
            self._free -= amount * self._interval

    def pause(self, seconds: float) -> None:
        """Let nobody start for so long."""
        with self._lock:
            self._free = max(self._free, self._clock() + seconds)


class RateLimitedModel:
    """Keeps to the pace, and stops everybody when the endpoint asks one to wait.

    Args:
        inner: who is asked.
        requests: pace of requests.
        tokens: pace of tokens, prompt and answer.
        max_wait: seconds that a Retry-After stops everybody at most.
        sleep: waits.
    """

    def __init__(
        self,
        inner: LanguageModel,
        requests: RateLimiter,
        tokens: RateLimiter,
        max_wait: float,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._inner = inner
        self._requests = requests
        self._tokens = tokens
        self._max_wait = max_wait
        self._sleep = sleep

    async def complete(self, request: CompletionRequest) -> Completion:
        """Wait for a place in both lines, then ask."""
        expected = estimate_tokens(request) + request.max_tokens
        wait = max(self._requests.take(1), self._tokens.take(expected))
        if wait > 0:
            await self._sleep(wait)
        try:
            completion = await self._inner.complete(request)
        except ModelUnavailableError as exc:
            asked = exc.context.get("retry_after")
            if isinstance(asked, float):
                self._requests.pause(min(asked, self._max_wait))
            raise
        self._tokens.give_back(expected - completion.sent - completion.received)
        return completion
