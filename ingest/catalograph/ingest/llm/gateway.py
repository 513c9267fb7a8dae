"""Gateway to a language model: one stack of layers around the endpoint, kept for a whole run.

From the outside in: count, pseudonymise, cache, repair, circuit breaker, retry, budget, rate limit,
endpoint. Only valid answers reach the cache; budget and rate limit apply to each attempt.
"""

import contextlib
import logging
import math
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

from catalograph.ingest.fingerprint import properties_hash
from catalograph.ingest.llm.breaker import Breaker
from catalograph.ingest.llm.cache import FILE, AnswerStore, CachingModel
from catalograph.ingest.llm.client import HttpModel, request_body
from catalograph.ingest.llm.cost import Budget, CountingModel, Estimate, Usage, estimate, price_of
from catalograph.ingest.llm.limits import RateLimitedModel, RateLimiter
from catalograph.ingest.llm.protocol import Completion, CompletionRequest, LanguageModel
from catalograph.ingest.llm.pseudonymise import PseudonymisingModel
from catalograph.ingest.llm.repair import RepairingModel
from catalograph.ingest.llm.replay import RecordingModel, ReplayingModel
from catalograph.ingest.llm.retry import RetryingModel
from catalograph.settings import LlmSettings, Settings

_log = logging.getLogger(__name__)


class Gateway:
    """Gateway; holds the state that outlives a batch: usage, budget, rate and circuit breaker.

    Args:
        settings: settings of endpoint, limits and files.
        endpoint: model to use instead of the endpoint in the settings.

    Raises:
        MissingSettingError: no endpoint is configured.
        ConfigError: the recording cannot be read, or a budget has no prices.
    """

    def __init__(self, settings: Settings, endpoint: LanguageModel | None = None) -> None:
        self.settings: LlmSettings = settings.llm
        self.usage = Usage()
        self._cache: Path | None = settings.home / FILE if settings.llm.cache else None
        self._http: HttpModel | None = None
        self._live = self._layers(endpoint or self._endpoint())

    @property
    def model(self) -> str:
        """Name of the model."""
        return str(self.settings.model)

    def key(self, request: CompletionRequest) -> str:
        """Return the key of a request's answer: hash of model, parameters, prompt, schema, text."""
        return properties_hash(request_body(request, self.settings))

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[LanguageModel]:
        """Open the whole stack with connections and cache, for one event loop."""
        async with contextlib.AsyncExitStack() as stack:
            if self._http:
                await stack.enter_async_context(self._http.open())
            inner = self._live
            if (store := stack.enter_context(self._store())) is not None:
                inner = CachingModel(inner, store, self.key)
            yield CountingModel(PseudonymisingModel(inner), self.usage)

    async def complete(self, request: CompletionRequest) -> Completion:
        """Answer one request; opens the stack for this call, so a gateway is a `LanguageModel`."""
        async with self.open() as model:
            return await model.complete(request)

    def estimate(self, requests: Iterable[CompletionRequest]) -> Estimate:
        """Estimate the cost of all these requests, without calling the model."""
        with self._store() as store:
            unknown: list[CompletionRequest] = []
            cached = 0
            for request in requests:
                if store is not None and store.get(self.key(request), request.subject):
                    cached += 1
                else:
                    unknown.append(request)
        return estimate(unknown, price_of(self.settings), cached)

    def _endpoint(self) -> LanguageModel:
        if self.settings.replay:
            return ReplayingModel(self.settings.replay, self.key)
        self._http = HttpModel(self.settings)
        return self._http

    def _layers(self, endpoint: LanguageModel) -> LanguageModel:
        llm = self.settings
        if llm.record:
            endpoint = RecordingModel(endpoint, llm.record, self.key)
        paced = RateLimitedModel(
            endpoint,
            RateLimiter(llm.requests_per_minute or math.inf),
            RateLimiter(llm.tokens_per_minute or math.inf),
            llm.max_wait,
        )
        budget = Budget(
            paced, price_of(llm), self.usage.spent, llm.budget_dollars, llm.budget_tokens
        )
        retried = RetryingModel(budget, llm.attempts, llm.backoff, llm.max_wait)
        breaker = Breaker(retried, llm.breaker_failures, llm.breaker_seconds)
        return RepairingModel(breaker, llm.repairs, self.usage)

    @contextlib.contextmanager
    def _store(self) -> Iterator[AnswerStore | None]:
        """Open the cache; None if it is disabled or cannot be opened."""
        store = None
        if self._cache:
            try:
                store = AnswerStore(self._cache)
            except (OSError, sqlite3.Error) as exc:
                _log.warning("model cache %s not used: %s", self._cache, exc)
        with contextlib.closing(store) if store else contextlib.nullcontext():
            yield store
