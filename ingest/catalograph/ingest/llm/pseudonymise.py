"""The last gate before a model: whatever a request still holds of personal data is hidden."""

from dataclasses import replace

from catalograph.ingest.llm.protocol import Completion, CompletionRequest, LanguageModel
from catalograph.ingest.llm.pseudonyms import Pseudonyms


class PseudonymisingModel:
    """Puts pseudonyms into every message, and the data back into the answer.

    Those who ask about texts may do so themselves before, and see line ends and quotes as they
    are; here nobody can forget it.

    Args:
        inner: who is asked.
    """

    def __init__(self, inner: LanguageModel) -> None:
        self._inner = inner

    async def complete(self, request: CompletionRequest) -> Completion:
        """Hide, ask, reveal."""
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
