"""HTTP client of the endpoint: OpenAI's /chat/completions or /completions."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from catalograph.errors import (
    LanguageModelError,
    MissingExtraError,
    MissingSettingError,
    ModelOutputError,
    ModelUnavailableError,
)
from catalograph.ingest.llm.cost import estimate_tokens
from catalograph.ingest.llm.protocol import Completion, CompletionRequest
from catalograph.log import shorten
from catalograph.settings import LlmSettings

try:
    import httpx
except ImportError as exc:
    raise MissingExtraError("llm", "httpx") from exc

_BUSY = frozenset({408, 409, 425, 429})
_SECRET = frozenset({401, 403})
_UNKNOWN_TO_STRICT = frozenset({"minLength", "maxLength"})


class HttpModel:
    """Client of one endpoint and model; call it only while it is `open`.

    Args:
        settings: address and request options of the endpoint.

    Raises:
        MissingSettingError: the address or the model is not set.
    """

    def __init__(self, settings: LlmSettings) -> None:
        for name in ("base_url", "model"):
            if not getattr(settings, name):
                raise MissingSettingError(
                    f"No language model is set up: CATALOGRAPH_LLM__{name.upper()} is empty. "
                    "See docs/settings.md."
                )
        self._settings = settings
        self._path = "/chat/completions" if settings.endpoint == "chat" else "/completions"
        self._client: httpx.AsyncClient | None = None
        self._holders = 0

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Hold connections to the endpoint; nested calls share them."""
        self._holders += 1
        try:
            if self._client is None:
                self._client = self._connect()
            yield
        finally:
            self._holders -= 1
            if not self._holders and self._client is not None:
                client, self._client = self._client, None
                await client.aclose()

    def _connect(self) -> httpx.AsyncClient:
        # Without compression the counted size is the transferred size.
        headers = {"Accept-Encoding": "identity"}
        if self._settings.api_key:
            headers["Authorization"] = f"Bearer {self._settings.api_key.get_secret_value()}"
        url = str(self._settings.base_url).rstrip("/")
        return httpx.AsyncClient(base_url=url, headers=headers, timeout=self._settings.timeout)

    async def complete(self, request: CompletionRequest) -> Completion:
        """Send one request; see `LanguageModel` for the errors raised."""
        try:
            # A limit on the whole call: no single read times out at an endpoint that sends slowly.
            async with asyncio.timeout(self._settings.timeout):
                body = await self._post(request_body(request, self._settings))
        except (TimeoutError, httpx.TimeoutException) as exc:
            raise ModelUnavailableError(
                f"The language model at {self._settings.base_url} gave no whole answer within "
                f"{self._settings.timeout:g} s (CATALOGRAPH_LLM__TIMEOUT).",
                billable=True,
            ) from exc
        except httpx.HTTPError as exc:
            raise ModelUnavailableError(
                f"The language model at {self._settings.base_url} cannot be reached "
                f"({type(exc).__name__}: {shorten(str(exc), 200)}). Check the address and whether "
                "it is running.",
                billable=not isinstance(exc, httpx.ConnectError),
            ) from exc
        return _read(body, request)

    async def _post(self, body: Mapping[str, Any]) -> bytes:
        assert self._client is not None, "ask only while it is opened"  # noqa: S101
        content = orjson.dumps(body)
        headers = {"Content-Type": "application/json"}
        async with self._client.stream(
            "POST", self._path, content=content, headers=headers
        ) as response:
            reply = bytearray()
            async for part in response.aiter_bytes():
                reply += part
                if len(reply) > self._settings.max_reply_bytes:
                    raise ModelOutputError(
                        "The language model's reply is longer than "
                        f"{self._settings.max_reply_bytes} bytes and was not read to its end "
                        "(CATALOGRAPH_LLM__MAX_REPLY_BYTES).",
                        billable=True,
                    )
            if response.status_code != httpx.codes.OK:
                raise self._refusal(response, bytes(reply))
            return bytes(reply)

    def _refusal(self, response: httpx.Response, reply: bytes) -> LanguageModelError:
        status = response.status_code
        # The reply may repeat part of a refused API key.
        said = "" if status in _SECRET else shorten(reply.decode("utf-8", "replace"), 200)
        message = (
            f"The language model at {self._settings.base_url} answered {status} {said}".strip()
        )
        if status in _BUSY or status >= 500:
            asked = retry_after(response.headers.get("Retry-After"))
            return ModelUnavailableError(message, status=status, retry_after=asked)
        return LanguageModelError(
            f"{message} Check CATALOGRAPH_LLM__BASE_URL, __API_KEY, __MODEL, __ENDPOINT and "
            "__CONSTRAIN.",
            status=status,
        )


def request_body(request: CompletionRequest, settings: LlmSettings) -> dict[str, Any]:
    """Return the request body; it is deterministic, so that it also identifies the answer."""
    body: dict[str, Any] = {
        "model": settings.model,
        "temperature": settings.temperature,
        "max_tokens": request.max_tokens,
    }
    if settings.endpoint == "chat":
        body["messages"] = [{"role": m.role, "content": m.content} for m in request.messages]
    else:
        body["prompt"] = "\n".join(m.content for m in request.messages) + "\n"
    if request.schema is None or settings.constrain == "none":
        return body
    if settings.constrain == "grammar":
        return body | {"grammar": _grammar(request.schema)}
    if settings.constrain == "json_object":
        return body | {"response_format": {"type": "json_object", "schema": request.schema}}
    described = {"name": "answer", "strict": True, "schema": _strict(request.schema)}
    return body | {"response_format": {"type": "json_schema", "json_schema": described}}


def _strict(schema: Any) -> Any:
    """Drop from the schema what OpenAI's strict mode refuses; lengths are checked afterwards."""
    if isinstance(schema, Mapping):
        return {k: _strict(v) for k, v in schema.items() if k not in _UNKNOWN_TO_STRICT}
    return [_strict(v) for v in schema] if isinstance(schema, list | tuple) else schema


def _grammar(schema: Mapping[str, Any]) -> str:
    try:
        from llama_cpp.llama_grammar import json_schema_to_gbnf
    except ImportError as exc:
        raise MissingExtraError("local-llm", "llama-cpp-python") from exc
    return str(json_schema_to_gbnf(json.dumps(schema)))


def retry_after(header: str | None, now: datetime | None = None) -> float | None:
    """Return the seconds of a Retry-After header, in either of its forms; None if invalid.

    Example:
        >>> retry_after("120")
        120.0
    """
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            then = parsedate_to_datetime(header)
        except ValueError:
            return None
        then = then if then.tzinfo else then.replace(tzinfo=UTC)
        seconds = (then - (now or datetime.now(UTC))).total_seconds()
    return max(0.0, seconds) if seconds < float("inf") else None


def _read(body: bytes, request: CompletionRequest) -> Completion:
    try:
        reply = orjson.loads(body)
    except orjson.JSONDecodeError as exc:
        raise ModelUnavailableError(
            f"The language model's reply broke off or is no JSON ({exc}).", billable=True
        ) from exc
    try:
        choice = reply["choices"][0]
        text = choice["message"]["content"] if "message" in choice else choice["text"]
        if not isinstance(text, str):
            raise TypeError(f"text is {shorten(text)}")
        usage = reply.get("usage") or {}
        sent = int(usage.get("prompt_tokens", estimate_tokens(request)))
        received = int(usage.get("completion_tokens", len(text.encode())))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as exc:
        raise ModelOutputError(
            "The language model's reply is not in OpenAI's form, which has text in `choices`: "
            f"{type(exc).__name__}: {exc}.",
            billable=True,
        ) from exc
    return Completion(text, sent, received, cut=choice.get("finish_reason") == "length")
