"""Cost of calls: estimated before, limited during and counted after."""

import asyncio
import contextlib
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any

from catalograph.errors import BudgetExceededError, ConfigError, LanguageModelError
from catalograph.ingest.llm.protocol import Completion, CompletionRequest, LanguageModel, Meter
from catalograph.settings import LlmSettings

_BYTES_PER_TOKEN = 3.0
"""English has about four bytes per token, Chinese about three: this overestimates the cost."""
_FRAME = 16
"""Number of tokens that a chat format may add to a message."""


@dataclass(frozen=True, slots=True)
class Price:
    """Prices in dollars per million tokens.

    Attributes:
        sent: price of prompt tokens.
        received: price of answer tokens.
    """

    sent: float = 0.0
    received: float = 0.0

    def cost(self, sent: int, received: int) -> float:
        """Return the cost of tokens, in dollars."""
        return (sent * self.sent + received * self.received) / 1_000_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """Estimated cost of a run, if every answer has the maximum length and none needs a repair.

    Attributes:
        requests: number of all requests.
        cached: number of requests with a cached answer, which cost nothing.
        sent: number of prompt tokens.
        received: maximum number of answer tokens.
        dollars: cost of both, in dollars.
    """

    requests: int
    cached: int
    sent: int
    received: int
    dollars: float


def estimate_tokens(request: CompletionRequest) -> int:
    """Estimate the prompt tokens as a third of the UTF-8 bytes, schema included."""
    return math.ceil(_bytes(request) / _BYTES_PER_TOKEN)


def bound_tokens(request: CompletionRequest) -> int:
    """Return an upper bound of the prompt tokens: there are no more tokens than bytes."""
    return _bytes(request) + _FRAME * len(request.messages)


def _bytes(request: CompletionRequest) -> int:
    schema = len(str(request.schema)) if request.schema else 0
    return schema + sum(len(m.content.encode()) for m in request.messages)


def estimate(requests: Iterable[CompletionRequest], price: Price, cached: int = 0) -> Estimate:
    """Estimate the cost of a run without calling the model.

    Args:
        requests: requests without a cached answer.
        price: prices of the tokens.
        cached: number of further requests with a cached answer.
    """
    asked = sent = received = 0
    for request in requests:
        asked += 1
        sent += estimate_tokens(request)
        received += request.max_tokens
    return Estimate(asked + cached, cached, sent, received, price.cost(sent, received))


@dataclass
class Usage:
    """Counts of a gateway so far.

    Attributes:
        requests: number of requests, each counted once.
        failed: number of requests without a valid answer.
        repaired: number of invalid answers sent back.
        spent: calls, tokens and dollars, retries and repairs included.
    """

    requests: int = 0
    failed: int = 0
    repaired: int = 0
    spent: Meter = field(default_factory=Meter)

    def report(self, accepted: int) -> dict[str, Any]:
        """Return all counts, and tokens and dollars per accepted triple; None without triples.

        Args:
            accepted: number of triples accepted from the answers.
        """
        tokens = self.spent.sent + self.spent.received
        counts = {"requests": self.requests, "failed": self.failed, "repaired": self.repaired}
        return (
            counts
            | asdict(self.spent)
            | {
                "accepted": accepted,
                "tokens_per_triple": tokens / accepted if accepted else None,
                "dollars_per_triple": self.spent.dollars / accepted if accepted else None,
            }
        )


class Budget:
    """Calls the model only if even the longest answer stays within the budget.

    The maximum usage of a call is reserved before it; afterwards the actual usage is booked. So
    the limit holds however many workers call at the same time. A call for which too little is left
    waits while calls in flight hold a reservation, most of which is usually given back; it is
    refused once nothing is in flight. The limit applies to each attempt: an attempt whose answer
    was lost may still be billed, and stays booked. Safe for many threads and event loops.

    Args:
        inner: next layer.
        price: prices of the tokens.
        total: meter of all calls.
        dollars: limit in dollars; None for no limit.
        tokens: limit in tokens; None for no limit.

    Raises:
        ConfigError: a limit in dollars is set, but no prices.
    """

    def __init__(
        self,
        inner: LanguageModel,
        price: Price,
        total: Meter,
        dollars: float | None = None,
        tokens: int | None = None,
    ) -> None:
        if dollars is not None and price == Price():
            raise ConfigError(
                f"A budget of {dollars} dollars cannot hold while tokens cost nothing. Set "
                "CATALOGRAPH_LLM__PRICE_IN and CATALOGRAPH_LLM__PRICE_OUT, or use "
                "CATALOGRAPH_LLM__BUDGET_TOKENS."
            )
        self._inner = inner
        self._price = price
        self._total = total
        self._dollars = math.inf if dollars is None else dollars
        self._tokens = math.inf if tokens is None else tokens
        self._reserved = Meter()
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        self._lock = Lock()

    async def complete(self, request: CompletionRequest) -> Completion:
        """Reserve the maximum usage, call the model and book the actual usage."""
        most = (bound_tokens(request), request.max_tokens)
        while (booking := self._reserve(*most)) is not None:
            await booking.wait()
        booked = (0, 0)
        try:
            completion = await self._inner.complete(request)
            booked = (completion.sent, completion.received)
        except LanguageModelError as exc:
            booked = most if exc.context.get("billable") else (0, 0)
            raise
        finally:
            self._book(request.meter, most, booked)
        return completion

    def _reserve(self, sent: int, received: int) -> asyncio.Event | None:
        """Reserve usage; if it may fit later, return an event that the next booking sets."""
        dollars = self._price.cost(sent, received)
        with self._lock:
            held, total = self._reserved, self._total
            spent = total.sent + total.received
            used = spent + held.sent + held.received
            paid = total.dollars + held.dollars
            if used + sent + received <= self._tokens and paid + dollars <= self._dollars:
                held.calls += 1
                _add(held, sent, received, dollars)
                return None
            fits_alone = (
                spent + sent + received <= self._tokens and total.dollars + dollars <= self._dollars
            )
            if held.calls and fits_alone:
                booking = asyncio.Event()
                self._waiting.append((asyncio.get_running_loop(), booking))
                return booking
            raise BudgetExceededError(
                f"The next request may use {sent + received} tokens and {dollars:.6f} dollars "
                f"beside the {used} tokens and {paid:.6f} dollars spent or set aside; the "
                f"limits are {self._tokens} tokens and {self._dollars} dollars. Raise "
                "CATALOGRAPH_LLM__BUDGET_TOKENS or CATALOGRAPH_LLM__BUDGET_DOLLARS."
            )

    def _book(self, own: Meter, most: tuple[int, int], booked: tuple[int, int]) -> None:
        dollars = self._price.cost(*booked)
        with self._lock:
            held = self._reserved
            held.calls -= 1
            _add(held, -most[0], -most[1], -self._price.cost(*most))
            if not held.calls:
                held.dollars = 0.0  # what rounding left
            for meter in (self._total, own):
                meter.calls += 1
                _add(meter, *booked, dollars)
            waiting, self._waiting = self._waiting, []
        for loop, booking in waiting:
            # A loop that is closed has no caller left who waits.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(booking.set)


def _add(meter: Meter, sent: int, received: int, dollars: float) -> None:
    meter.sent += sent
    meter.received += received
    meter.dollars += dollars


class CountingModel:
    """Counts requests and failed requests.

    Args:
        inner: next layer.
        usage: counts to update.
    """

    def __init__(self, inner: LanguageModel, usage: Usage) -> None:
        self._inner = inner
        self._usage = usage

    async def complete(self, request: CompletionRequest) -> Completion:
        """Call the model and count the request."""
        self._usage.requests += 1
        try:
            return await self._inner.complete(request)
        except LanguageModelError:
            self._usage.failed += 1
            raise


def price_of(settings: LlmSettings) -> Price:
    """Return the prices of the settings."""
    return Price(settings.price_in, settings.price_out)
