"""What calls cost: estimated before, limited during, counted after."""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any

from catalograph.errors import BudgetExceededError, ConfigError, LanguageModelError
from catalograph.ingest.llm.protocol import Completion, CompletionRequest, LanguageModel, Meter
from catalograph.settings import LlmSettings

_BYTES_PER_TOKEN = 3.0
"""English has about four bytes a token, Chinese about three: this errs on the dear side."""
_FRAME = 16
"""Tokens that a chat form may put around a message."""


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for a million tokens.

    Attributes:
        sent: of a prompt.
        received: of an answer.
    """

    sent: float = 0.0
    received: float = 0.0

    def cost(self, sent: int, received: int) -> float:
        """Dollars for so many tokens."""
        return (sent * self.sent + received * self.received) / 1_000_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run may cost, if every answer is as long as it may be and none has to be repaired.

    Attributes:
        requests: all of them.
        cached: those whose answer is known, which cost nothing.
        sent: tokens of the prompts.
        received: tokens of the answers at most.
        dollars: for both.
    """

    requests: int
    cached: int
    sent: int
    received: int
    dollars: float


def estimate_tokens(request: CompletionRequest) -> int:
    """Tokens of a prompt, without its tokeniser: a third of its UTF-8 bytes, schema included."""
    return math.ceil(_bytes(request) / _BYTES_PER_TOKEN)


def bound_tokens(request: CompletionRequest) -> int:
    """Tokens of a prompt at most: a tokeniser makes no more tokens than there are bytes."""
    return _bytes(request) + _FRAME * len(request.messages)


def _bytes(request: CompletionRequest) -> int:
    schema = len(str(request.schema)) if request.schema else 0
    return schema + sum(len(m.content.encode()) for m in request.messages)


def estimate(requests: Iterable[CompletionRequest], price: Price, cached: int = 0) -> Estimate:
    """Estimate a run without asking anything.

    Args:
        requests: those that have to be asked.
        price: of the tokens.
        cached: number of further requests whose answers are known.
    """
    asked = sent = received = 0
    for request in requests:
        asked += 1
        sent += estimate_tokens(request)
        received += request.max_tokens
    return Estimate(asked + cached, cached, sent, received, price.cost(sent, received))


@dataclass
class Usage:
    """What a gateway did so far.

    Attributes:
        requests: questions asked of it, each counted once.
        failed: those without a valid answer.
        repaired: answers sent back for being invalid.
        spent: calls, tokens and dollars, tries and repairs included.
    """

    requests: int = 0
    failed: int = 0
    repaired: int = 0
    spent: Meter = field(default_factory=Meter)

    def report(self, accepted: int) -> dict[str, Any]:
        """All counts, with tokens and dollars for each accepted triple; None where there is none.

        Args:
            accepted: triples that came of the answers.
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
    """Asks only if even the longest answer stays within what may be spent.

    What a call could use at most is set aside before it; afterwards what it did use is booked.
    So the limit holds however many workers ask at the same time. It stands around every single
    try: a try whose answer was lost on the way may be billed all the same, and stays booked.

    Args:
        inner: who is asked.
        price: of the tokens.
        total: where all calls are booked.
        dollars: limit; None for no limit.
        tokens: limit; None for no limit.

    Raises:
        ConfigError: a limit in dollars, but no prices.
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
        self._lock = Lock()

    async def complete(self, request: CompletionRequest) -> Completion:
        """Set aside what the call may use, ask, and book what it did use."""
        most = (bound_tokens(request), request.max_tokens)
        self._reserve(*most)
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

    def _reserve(self, sent: int, received: int) -> None:
        dollars = self._price.cost(sent, received)
        with self._lock:
            held, total = self._reserved, self._total
            used = total.sent + total.received + held.sent + held.received
            paid = total.dollars + held.dollars
            if used + sent + received > self._tokens or paid + dollars > self._dollars:
                raise BudgetExceededError(
                    f"The next request may use {sent + received} tokens and {dollars:.6f} dollars "
                    f"beside the {used} tokens and {paid:.6f} dollars spent or set aside; the "
                    f"limits are {self._tokens} tokens and {self._dollars} dollars. Raise "
                    "CATALOGRAPH_LLM__BUDGET_TOKENS or CATALOGRAPH_LLM__BUDGET_DOLLARS."
                )
            _add(held, sent, received, dollars)

    def _book(self, own: Meter, most: tuple[int, int], booked: tuple[int, int]) -> None:
        dollars = self._price.cost(*booked)
        with self._lock:
            _add(self._reserved, -most[0], -most[1], -self._price.cost(*most))
            for meter in (self._total, own):
                meter.calls += 1
                _add(meter, *booked, dollars)


def _add(meter: Meter, sent: int, received: int, dollars: float) -> None:
    meter.sent += sent
    meter.received += received
    meter.dollars += dollars


class CountingModel:
    """Counts questions and those that came to nothing.

    Args:
        inner: who is asked.
        usage: where they are counted.
    """

    def __init__(self, inner: LanguageModel, usage: Usage) -> None:
        self._inner = inner
        self._usage = usage

    async def complete(self, request: CompletionRequest) -> Completion:
        """Ask, and count."""
        self._usage.requests += 1
        try:
            return await self._inner.complete(request)
        except LanguageModelError:
            self._usage.failed += 1
            raise


def price_of(settings: LlmSettings) -> Price:
    """The prices that the settings name."""
    return Price(settings.price_in, settings.price_out)
