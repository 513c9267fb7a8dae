"""What is known of the request under way, for the log, errors, figures and traces."""

import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers

_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{7,63}\Z")


@dataclass
class RequestContext:
    """What is known of the request under way."""

    id: str
    operation: str | None = None
    kind: str | None = None
    trusted: bool = False
    """Whether the document is one that this server knows beforehand."""
    cost: dict[str, Any] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    document: str | None = None
    sent: object = None
    """What came with the document: its variables, or the id it was asked for by."""


current: ContextVar[RequestContext | None] = ContextVar("facts", default=None)


def facts() -> RequestContext:
    """What is known of the request under way; outside of one, of a request without a past."""
    return current.get() or RequestContext(new_request_id())


def new_request_id() -> str:
    """Make an id for a request."""
    return secrets.token_hex(8)


def request_id(headers: Headers) -> str:
    """Return the id that the caller gave, if it has the form of one, else a new one."""
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.match(given) else new_request_id()
