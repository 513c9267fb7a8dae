"""What is asked of a language model, what it answers, and the one port between the two."""

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
    """Adds up what calls to an endpoint used; each try is a call.

    Attributes:
        calls: requests sent over the network.
        sent: tokens of prompts.
        received: tokens of answers.
        dollars: what they cost.
        cached: answers that cost nothing, since they were known.
    """

    calls: int = 0
    sent: int = 0
    received: int = 0
    dollars: float = 0.0
    cached: int = 0


def accept_anything(text: str) -> None:
    """Accepts every answer."""


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """One question. Equal questions have equal keys, whoever asks and whatever it is about.

    Attributes:
        messages: the conversation so far.
        schema: JSON schema of the answer.
        max_tokens: tokens of the answer at most.
        subject: key of the product or review whose text this holds, so that it can be erased.
        check: raises `ModelOutputError` for an answer that is not what was asked for.
        meter: adds up what this question used, tries and repairs included.
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
        text: what the model wrote.
        sent: tokens of the prompt.
        received: tokens of the answer.
        cut: whether it ends at the token limit rather than by itself.
    """

    text: str
    sent: int = 0
    received: int = 0
    cut: bool = False


class LanguageModel(Protocol):
    """Whatever answers: the endpoint, a recording of it, or a layer around another one."""

    async def complete(self, request: CompletionRequest) -> Completion:
        """Answer one request.

        Raises:
            ModelUnavailableError: no answer, in time or at all.
            ModelOutputError: an answer that is not what was asked for.
            BudgetExceededError: asking could pass the spending limit.
            LanguageModelError: the endpoint refuses the key, the model or the request.
        """
