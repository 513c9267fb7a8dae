"""Requests to a language model, its answers, and the protocol between them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(slots=True)
class Meter:
    """Sums the usage of calls to an endpoint; each attempt is a call.

    Attributes:
        calls: number of requests sent over the network.
        sent: number of prompt tokens.
        received: number of answer tokens.
        dollars: cost, in dollars.
        cached: number of answers from the cache, which cost nothing.
    """

    calls: int = 0
    sent: int = 0
    received: int = 0
    dollars: float = 0.0
    cached: int = 0


def accept_anything(text: str) -> None:
    """Accept every answer."""


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """One request. Equal requests have equal keys, whatever their caller and subject.

    Attributes:
        messages: conversation so far.
        schema: JSON schema of the answer.
        max_tokens: maximum number of answer tokens.
        subject: key of the product or review whose text the request contains, for erasure.
        check: function that raises `ModelOutputError` for an invalid answer.
        meter: meter of this request, retries and repairs included.
    """

    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None = None
    max_tokens: int = 512
    subject: str = field(default="", compare=False)
    check: Callable[[str], object] = field(default=accept_anything, compare=False)
    meter: Meter = field(default_factory=Meter, compare=False)


@dataclass(frozen=True, slots=True)
class Completion:
    """An answer.

    Attributes:
        text: text that the model wrote.
        sent: number of prompt tokens.
        received: number of answer tokens.
        cut: true if the answer was cut at the token limit.
    """

    text: str
    sent: int = 0
    received: int = 0
    cut: bool = False


class LanguageModel(Protocol):
    """A model that answers requests: the endpoint, a recording, or a layer around another one."""

    async def complete(self, request: CompletionRequest) -> Completion:
        """Answer one request.

        Raises:
            ModelUnavailableError: there is no answer, or not in time.
            ModelOutputError: the answer is invalid.
            BudgetExceededError: the call could exceed the spending limit.
            LanguageModelError: the endpoint refuses the key, the model or the request.
        """
