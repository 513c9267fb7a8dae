"""State of the current request, for logs, errors, metrics and traces."""

import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers

# A caller's id goes into the log, so it has only harmless characters and a limited length.
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{7,63}\Z")


@dataclass
class RequestContext:
    """State of the current request."""

    id: str
    operation: str | None = None
    kind: str | None = None
    trusted: bool = False
    """Whether the document is a persisted one."""
    cost: dict[str, Any] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    document: str | None = None
    sent: object = None
    """Input beside the document: its variables, or the id of a persisted document."""


current: ContextVar[RequestContext | None] = ContextVar("facts", default=None)


def facts() -> RequestContext:
    """Return the state of the current request; outside of a request, an empty one."""
    return current.get() or RequestContext(new_request_id())


def new_request_id() -> str:
    """Return a new id for a request."""
    return secrets.token_hex(8)


def request_id(headers: Headers) -> str:
    """Return the id from the caller if it is well-formed, else a new one."""
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.match(given) else new_request_id()
