"""The language model of the settings as the assistant takes it."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from catalograph.ingest.llm import Gateway
    from catalograph.settings import Settings


class GatewayModel:
    """A `WordingModel` behind the gateway: budget, cache, retries and redaction apply.

    Args:
        gateway: gateway to the endpoint.
    """

    def __init__(self, gateway: "Gateway") -> None:
        self._gateway = gateway

    @property
    def name(self) -> str:
        """Name of the model."""
        return self._gateway.model

    async def complete(
        self, system: str, user: str, schema: Mapping[str, Any], max_tokens: int, subject: str
    ) -> str:
        """Return the answer to a request; see `WordingModel`."""
        from catalograph.ingest.llm import CompletionRequest, Message

        request = CompletionRequest(
            (Message("system", system), Message("user", user)),
            schema=schema,
            max_tokens=max_tokens,
            subject=subject,
        )
        return (await self._gateway.complete(request)).text


def open_wording_model(settings: "Settings") -> GatewayModel:
    """Return the language model of the settings.

    Raises:
        MissingExtraError: the extra `llm` is not installed.
        MissingSettingError: no endpoint is configured.
    """
    from catalograph.ingest.llm import Gateway

    return GatewayModel(Gateway(settings))


def find_wording_model(settings: "Settings") -> GatewayModel | None:
    """Return the language model of the settings; None, with a warning, without the extra `llm`.

    Where no endpoint is set up there is none either.
    """
    from catalograph.errors import MissingExtraError

    llm = settings.llm
    if not ((llm.base_url and llm.model) or llm.replay):
        return None
    try:
        return open_wording_model(settings)
    except MissingExtraError as exc:
        logging.getLogger(__name__).warning("texts are worded by templates only: %s", exc)
        return None
