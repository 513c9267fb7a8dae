"""Repair layer: sends an invalid answer back with its error."""

from dataclasses import replace

from catalograph.errors import ModelOutputError
from catalograph.ingest.llm.cost import Usage
from catalograph.ingest.llm.prompt_templates import fill
from catalograph.ingest.llm.protocol import Completion, CompletionRequest, LanguageModel, Message

_SHOWN = 2_000
"""Number of characters of an invalid answer that are sent back."""


class RepairingModel:
    """Returns valid answers only; asks the model to correct an invalid one.

    Args:
        inner: next layer.
        repairs: maximum number of repairs per request.
        usage: counts to update.
    """

    def __init__(self, inner: LanguageModel, repairs: int, usage: Usage) -> None:
        self._inner = inner
        self._repairs = repairs
        self._usage = usage

    async def complete(self, request: CompletionRequest) -> Completion:
        """Call the model, validate the answer with the request's `check`, and repair if needed.

        Raises:
            ModelOutputError: the last answer is still invalid.
        """
        current = request
        left = self._repairs
        while True:
            completion = await self._inner.complete(current)
            try:
                request.check(completion.text)
            except ModelOutputError as exc:
                if not left:
                    raise
                error = "It was cut off at the length limit." if completion.cut else str(exc)
            else:
                return completion
            left -= 1
            self._usage.repaired += 1
            # Only the last answer is sent, so that a second repair costs no more than the first.
            turns = (
                Message("assistant", completion.text[:_SHOWN]),
                Message("user", fill("repair.v1", error=error)),
            )
            current = replace(request, messages=request.messages + turns)
