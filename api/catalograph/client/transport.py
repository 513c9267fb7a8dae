"""Transport of the generated clients: one POST for each operation, and errors with a reason."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from catalograph.client.values import UNSET
from catalograph.errors import (
    AnswerError,
    MissingExtraError,
    OperationError,
    ServerUnreachableError,
    TemporaryOperationError,
)

try:
    import httpx
except ImportError as exc:
    raise MissingExtraError("client", "httpx") from exc

_ACCEPT = "application/graphql-response+json, application/json;q=0.9"


class Transport:
    """Sends operations to a server, and waits for the answers.

    Args:
        url: URL of the server, such as `http://127.0.0.1:8000`; `/graphql` is added if missing.
        api_key: API key, for services.
        token: JSON web token, for a shopper.
        timeout: time limit to connect, and for each part of the answer, in seconds.
        http: client of your own, with a proxy or certificates; it stays open.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        token: str | None = None,
        timeout: float = 10.0,
        http: httpx.Client | None = None,
    ) -> None:
        self._url = endpoint(url)
        self._headers = headers(api_key, token)
        self._own = http is None
        self._http = httpx.Client(timeout=timeout) if http is None else http

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        if self._own:
            self._http.close()

    def execute(
        self, query: str, operation_name: str, variables: Mapping[str, Any], **options: Any
    ) -> httpx.Response:
        """Send an operation and return the response.

        Args:
            query: text of the document.
            operation_name: name of the operation to execute.
            variables: values of the client's types.
            options: options of `httpx.Client.post`, such as `timeout`.

        Raises:
            ServerUnreachableError: no answer, in time or at all.
        """
        body = request_body(query, operation_name, variables)
        options["headers"] = self._headers | options.get("headers", {})
        try:
            return self._http.post(self._url, json=body, **options)
        except httpx.TransportError as exc:
            raise unreachable(self._url, exc) from exc

    def get_data(self, response: httpx.Response) -> dict[str, Any]:
        """Return the data of an answer; see `read_answer` for what it raises."""
        return read_answer(response)


class AsyncTransport:
    """Sends operations from a coroutine; arguments as of `Transport`, `http` an AsyncClient."""

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        token: str | None = None,
        timeout: float = 10.0,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self._url = endpoint(url)
        self._headers = headers(api_key, token)
        self._own = http is None
        self._http = httpx.AsyncClient(timeout=timeout) if http is None else http

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        if self._own:
            await self._http.aclose()

    async def execute(
        self, query: str, operation_name: str, variables: Mapping[str, Any], **options: Any
    ) -> httpx.Response:
        """Send an operation, as `Transport.execute` does."""
        body = request_body(query, operation_name, variables)
        options["headers"] = self._headers | options.get("headers", {})
        try:
            return await self._http.post(self._url, json=body, **options)
        except httpx.TransportError as exc:
            raise unreachable(self._url, exc) from exc

    def get_data(self, response: httpx.Response) -> dict[str, Any]:
        """Return the data of an answer; see `read_answer` for what it raises."""
        return read_answer(response)


def endpoint(url: str) -> str:
    """Return the URL of /graphql."""
    url = url.rstrip("/")
    return url if url.endswith("/graphql") else f"{url}/graphql"


def headers(api_key: str | None, token: str | None) -> dict[str, str]:
    """Return the headers with the caller's credentials.

    Raises:
        ValueError: both are given.
    """
    if api_key is not None and token is not None:
        raise ValueError("Both an API key and a token were given; a request has one caller.")
    found = {"accept": _ACCEPT}
    if api_key is not None:
        found["x-api-key"] = api_key
    if token is not None:
        found["authorization"] = f"Bearer {token}"
    return found


def request_body(query: str, operation_name: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body to post; unset values are left out, in inputs as well."""
    given = {name: _to_plain(value) for name, value in variables.items() if value is not UNSET}
    return {"query": query, "operationName": operation_name, "variables": given}


def _to_plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(value, list):
        return [_to_plain(item) for item in value]
    return to_jsonable_python(value)


def unreachable(url: str, error: httpx.TransportError) -> ServerUnreachableError:
    """Return the error of a request without an answer."""
    why = str(error) or type(error).__name__
    return ServerUnreachableError(f"The server at {url} gave no answer: {why}", url=url)


def read_answer(response: httpx.Response) -> dict[str, Any]:
    """Return the data of an answer.

    Raises:
        AnswerError: it is not a GraphQL answer.
        TemporaryOperationError: the server refused the operation for now.
        OperationError: it answered with other errors.
    """
    try:
        answer = response.json()
    except ValueError:
        answer = None
    found = answer if isinstance(answer, dict) else {}
    data, errors = found.get("data"), found.get("errors")
    if errors and isinstance(errors, list) and all(isinstance(error, dict) for error in errors):
        raise _operation_error(errors, data, response)
    if not data or not isinstance(data, dict):
        raise AnswerError(
            f"The answer of {response.url} is not a GraphQL answer: status {response.status_code}, "
            f"{response.headers.get('content-type', 'no content type')}.",
            status=response.status_code,
        )
    return data


def _operation_error(
    errors: list[dict[str, Any]], data: Any, response: httpx.Response
) -> OperationError:
    extensions = errors[0].get("extensions", {})
    kind = TemporaryOperationError if extensions.get("retryable") else OperationError
    wait = extensions.get("retryAfter", response.headers.get("retry-after"))
    try:
        seconds = None if wait is None else float(wait)
    except ValueError:  # a date, as proxies may write
        seconds = None
    return kind(errors, data, seconds)
