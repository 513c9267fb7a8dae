"""Sends an invalid answer back with its error."""

from dataclasses import replace

from catalograph.errors import ModelOutputError
from catalograph.ingest.llm.cost import Usage
from catalograph.ingest.llm.prompt_templates import fill
from catalograph.ingest.llm.protocol import Completion, CompletionRequest, LanguageModel, Message

_SHOWN = 2_000
"""Characters of an invalid answer that are sent back."""


class RepairingModel:
    """Gives valid answers only; the model gets so many chances to correct itself.

    Args:
        inner: who is asked.
        repairs: how often an answer is sent back.
        usage: counts them.
    """

    def __init__(self, inner: LanguageModel, repairs: int, usage: Usage) -> None:
        self._inner = inner
        self._repairs = repairs
        self._usage = usage

    async def complete(self, request: CompletionRequest) -> Completion:
        """Ask, check the answer with the request's `check`, and ask again if need be.

        Raises:
            ModelOutputError: the last answer is invalid too.
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
            # Only the last answer is shown, so that a second repair costs no more than the first.
            turns = (
                Message("assistant", completion.text[:_SHOWN]),
                Message("user", fill("repair.v1", error=error)),
            )
            current = replace(request, messages=request.messages + turns)
