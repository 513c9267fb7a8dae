"""The caller of a request and its permissions."""

from dataclasses import dataclass
from typing import Protocol

from catalograph.api.auth.scopes import ALL_SCOPES, LABEL_SCOPES
from catalograph.errors import ForbiddenError, UnauthenticatedError


@dataclass(frozen=True)
class Principal:
    """The caller.

    Attributes:
        subject: name of the caller in rate limits; never personal.
        scopes: permissions of the caller.
        user_key: key of the shopper; None for a service or an unknown caller.
        known: False without credentials.
        expires: end of validity of the credentials, in seconds since 1970; None if they never end.
    """

    subject: str
    scopes: frozenset[str]
    user_key: str | None = None
    known: bool = True
    expires: float | None = None


EVERYBODY = Principal("everybody", ALL_SCOPES, known=False)
"""The caller of a server without authentication, which listens on its own machine only."""


class HasPrincipal(Protocol):
    """A request context with a caller."""

    @property
    def principal(self) -> Principal:
        """The caller."""


def require_scopes(principal: Principal, needs: dict[str, str]) -> None:
    """Refuse a caller who lacks a scope.

    Args:
        principal: the caller.
        needs: required scopes, each with the field that needs it.

    Raises:
        UnauthenticatedError: there are no credentials, and anonymous callers lack the scope.
        ForbiddenError: the caller lacks the scope.
    """
    for scope in sorted(needs):
        if scope not in principal.scopes:
            message = f"'{needs[scope]}' needs the scope '{scope}'."
            if not principal.known:
                raise UnauthenticatedError(f"{message} Send a bearer token or an API key.")
            raise ForbiddenError(f"{message} These credentials do not have it.")


def require_label(context: HasPrincipal, label: str) -> None:
    """Refuse a caller who may not load a node of a label by its id.

    Raises:
        UnauthenticatedError: there are no credentials.
        ForbiddenError: the caller lacks the scope.
    """
    scope = LABEL_SCOPES.get(label, "catalog:read")
    require_scopes(context.principal, {scope: label})


def own_user(context: HasPrincipal, user_key: str | None) -> str | None:
    """Return the shopper of a request: the caller, or any shopper where a service may name any.

    Args:
        context: context of the request.
        user_key: user key from the caller; None means the caller, where the caller is a shopper.

    Raises:
        ForbiddenError: the key is another shopper's.
        UnauthenticatedError: the key is a shopper's, and there are no credentials.
    """
    principal = context.principal
    if user_key is None or user_key == principal.user_key:
        return principal.user_key
    if "users:any" in principal.scopes:
        return user_key
    if not principal.known:
        raise UnauthenticatedError("A shopper's own data needs that shopper's bearer token.")
    raise ForbiddenError("'userKey' is another shopper's. Leave it out for your own.")
