"""Rate limits of requests and tokens per minute, shared by all workers of a process."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from threading import Lock

from catalograph.errors import ModelUnavailableError
from catalograph.ingest.llm.cost import estimate_tokens
from catalograph.ingest.llm.protocol import Completion, CompletionRequest, LanguageModel

BURST = 6.0
"""Unused allowance that may be taken at once, in seconds."""

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]


class RateLimiter:
    """Rate limiter that computes waits so that no 60 seconds exceed the allowance.

    It uses the generic cell rate algorithm: each amount taken moves the next free time. Requests
    are served in order of arrival. Safe for many threads and event loops.

    Args:
        per_minute: allowance per minute, infinite for no limit; a larger amount is not refused,
            but takes proportionally longer.
        clock: monotonic clock, in seconds.
    """

    def __init__(self, per_minute: float, clock: Clock = time.monotonic) -> None:
        # A burst and the rest of the same minute must together stay within the allowance.
        self._interval = (60.0 + BURST) / per_minute
        self._clock = clock
        self._free = clock() - BURST
        self._lock = Lock()

    def take(self, amount: float) -> float:
        """Reserve an amount; return the seconds to wait for it."""
        with self._lock:
            now = self._clock()
            start = max(self._free, now - BURST)
            self._free = start + amount * self._interval
            return max(0.0, start - now)

    def give_back(self, amount: float) -> None:
        """Return an unused amount; a negative amount takes more."""
        with self._lock:
            self._free -= amount * self._interval

    def pause(self, seconds: float) -> None:
        """Delay all requests for some seconds."""
        with self._lock:
            self._free = max(self._free, self._clock() + seconds)


class RateLimitedModel:
    """Keeps to the rate limits, and pauses all requests after a Retry-After.

    Args:
        inner: next layer.
        requests: limiter of requests.
        tokens: limiter of tokens, prompt and answer.
        max_wait: longest pause after a Retry-After, in seconds.
        sleep: function that waits.
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
        """Wait for both limiters, then call the model."""
        # Reserve the longest answer; the unused part is given back.
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
