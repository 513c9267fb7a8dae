"""Asks again, later and later, when an endpoint gave no answer."""

import asyncio

from catalograph.errors import MissingExtraError, ModelUnavailableError
from catalograph.ingest.llm.limits import Sleep
from catalograph.ingest.llm.protocol import Completion, CompletionRequest, LanguageModel

try:
    import tenacity
except ImportError as exc:
    raise MissingExtraError("llm", "tenacity") from exc


class RetryingModel:
    """Tries a request several times, with jittered waits that double.

    An endpoint that names a time is asked at that time; one that names a time beyond `max_wait`
    counts as unavailable.

    Args:
        inner: who is asked.
        attempts: tries at most.
        backoff: seconds of the first wait, before jitter.
        max_wait: seconds of a wait at most.
        sleep: waits.
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
        """Ask until there is an answer or the tries are used up."""
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
    """Seconds that the endpoint asked to wait."""
    asked = error.context.get("retry_after") if isinstance(error, ModelUnavailableError) else None
    return asked if isinstance(asked, float) else 0.0
