"""Retry layer with exponential backoff."""

import asyncio

from catalograph.errors import MissingExtraError, ModelUnavailableError
from catalograph.ingest.llm.limits import Sleep
from catalograph.ingest.llm.protocol import Completion, CompletionRequest, LanguageModel

try:
    import tenacity
except ImportError as exc:
    raise MissingExtraError("llm", "tenacity") from exc


class RetryingModel:
    """Retries a request without an answer, with jittered waits that double.

    If the endpoint sends a Retry-After, the next attempt follows it; if that exceeds `max_wait`,
    the endpoint counts as unavailable.

    Args:
        inner: next layer.
        attempts: maximum number of attempts.
        backoff: first wait, in seconds, before jitter.
        max_wait: longest wait, in seconds.
        sleep: function that waits.
    """

    def __init__(
        self,
        inner: LanguageModel,
        attempts: int,
        backoff: float,
        max_wait: float,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._inner = inner
        self._attempts = attempts
        self._max_wait = max_wait
        self._sleep = sleep
        self._backoff = tenacity.wait_random_exponential(backoff, max_wait, min=backoff / 2)

    async def complete(self, request: CompletionRequest) -> Completion:
        """Call the model until it answers or the attempts are used up."""
        tries = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(self._attempts),
            wait=self._wait,
            retry=tenacity.retry_if_exception(self._is_worth_retrying),
            sleep=self._sleep,
            reraise=True,
        )
        completion: Completion = await tries(self._inner.complete, request)
        return completion

    def _is_worth_retrying(self, error: BaseException) -> bool:
        return isinstance(error, ModelUnavailableError) and _requested_wait(error) <= self._max_wait

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        return max(_requested_wait(error), self._backoff(state))


def _requested_wait(error: BaseException | None) -> float:
    """Return the wait that the endpoint requested, in seconds."""
    asked = error.context.get("retry_after") if isinstance(error, ModelUnavailableError) else None
    return asked if isinstance(asked, float) else 0.0
