"""Public form of errors: a code and a sentence, never a host, port or stack trace."""

import logging
from typing import Any

from graphql import GraphQLError
from strawberry.schema.exceptions import InvalidOperationTypeError

from catalograph.api.redact import redact
from catalograph.api.request_context import RequestContext, facts
from catalograph.errors import (
    BadCursorError,
    CatalographError,
    ConflictError,
    DocumentNotFoundError,
    DocumentNotTrustedError,
    ForbiddenError,
    InvalidInputError,
    LimitExceededError,
    NotFoundError,
    NotPublishedError,
    RateLimitedError,
    StoreAuthError,
    StoreForbiddenError,
    StoreUnavailableError,
    UnauthenticatedError,
    WriteConflictError,
)
from catalograph.log import format_causes

_log = logging.getLogger(__name__)

_OWN_WORDS: dict[type[CatalographError], str] = {
    BadCursorError: "BAD_CURSOR",
    InvalidInputError: "INVALID_INPUT",
    NotFoundError: "NOT_FOUND",
    NotPublishedError: "NO_MODEL",
    ConflictError: "CONFLICT",
    LimitExceededError: "LIMIT_EXCEEDED",
    UnauthenticatedError: "UNAUTHENTICATED",
    ForbiddenError: "FORBIDDEN",
    RateLimitedError: "RATE_LIMITED",
    DocumentNotFoundError: "PERSISTED_QUERY_NOT_FOUND",
    DocumentNotTrustedError: "DOCUMENT_NOT_TRUSTED",
}
"""Errors whose message is meant for the caller, and their codes."""

_FIXED_WORDS: dict[type[CatalographError], tuple[str, str]] = {
    StoreUnavailableError: (
        "SERVICE_UNAVAILABLE",
        "The database does not answer at the moment. Try again.",
    ),
    StoreAuthError: (
        "SERVICE_UNAVAILABLE",
        "The database does not answer at the moment. Try again.",
    ),
    StoreForbiddenError: (
        "READ_ONLY",
        "This server may only read its database. Nothing was written.",
    ),
    WriteConflictError: ("CONFLICT", "Another writer was quicker. Try again."),
}
"""Errors whose message names hosts or users, with the public message and the code."""


def public_error(error: GraphQLError, known: RequestContext) -> GraphQLError:
    """Return the part of an error that the caller may see; log its type and where it was raised."""
    cause = error.original_error
    if cause is None or isinstance(cause, GraphQLError | InvalidOperationTypeError):
        # The document itself is wrong; GraphQL's own message names nothing but the schema.
        message, code = error.message, "INVALID_DOCUMENT"
    else:
        message, code = _words(cause)
    extensions: dict[str, Any] = {"code": code, "requestId": known.id}
    known.codes.append(code)
    if code == "INTERNAL" and cause is not None:
        _log.error("request failed", extra={"request_id": known.id, "error": format_causes(cause)})
    if isinstance(cause, CatalographError) and cause.retryable:
        extensions["retryable"] = True
    if isinstance(cause, RateLimitedError):
        extensions["retryAfter"] = cause.retry_after
    return GraphQLError(
        redact(message, known.document, known.sent),
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )


def _words(cause: BaseException) -> tuple[str, str]:
    for type_, code in _OWN_WORDS.items():
        if isinstance(cause, type_):
            return str(cause), code
    for type_, (code, message) in _FIXED_WORDS.items():
        if isinstance(cause, type_):
            return message, code
    return "Internal error", "INTERNAL"


def mask_errors(errors: list[GraphQLError]) -> list[GraphQLError]:
    """Replace each error of an answer by its public form.

    This is called where an answer leaves the server, not from a schema extension: errors in parsing
    or in an extension do not pass through schema extensions.
    """
    known = facts()
    return [public_error(error, known) for error in errors]
