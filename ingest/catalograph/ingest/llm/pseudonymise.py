"""Pseudonymisation layer: replaces personal data that a request still contains."""

from dataclasses import replace

from catalograph.ingest.llm.protocol import Completion, CompletionRequest, LanguageModel
from catalograph.ingest.llm.pseudonyms import Pseudonyms


class PseudonymisingModel:
    """Replaces personal data by pseudonyms in every message, and restores them in the answer.

    Callers may pseudonymise their texts themselves, before line breaks and quotes are escaped;
    this layer ensures that no request goes out without it.

    Args:
        inner: next layer.
    """

    def __init__(self, inner: LanguageModel) -> None:
        self._inner = inner

    async def complete(self, request: CompletionRequest) -> Completion:
        """Hide personal data, call the model, reveal the data in its answer."""
        pseudonyms = Pseudonyms(message.content for message in request.messages)
        if not pseudonyms:
            return await self._inner.complete(request)
        hidden = replace(
            request,
            messages=tuple(
                replace(message, content=pseudonyms.hide(message.content))
                for message in request.messages
            ),
            check=lambda text: request.check(pseudonyms.reveal(text)),
        )
        completion = await self._inner.complete(hidden)
        return replace(completion, text=pseudonyms.reveal(completion.text))
