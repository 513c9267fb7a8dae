"""Who asks, and what that one may do."""

from dataclasses import dataclass
from typing import Protocol

from catalograph.api.auth.scopes import ALL_SCOPES, LABEL_SCOPES
from catalograph.errors import ForbiddenError, UnauthenticatedError


@dataclass(frozen=True)
class Principal:
    """The caller.

    Attributes:
        subject: names the caller in rate limits; never personal.
        scopes: what it may do.
        user_key: the shopper it is; None for a service or an unknown one.
        known: False without credentials.
        expires: when the credentials end, in seconds since 1970; None if they never do.
    """

    subject: str
    scopes: frozenset[str]
    user_key: str | None = None
    known: bool = True
    expires: float | None = None


EVERYBODY = Principal("everybody", ALL_SCOPES, known=False)
"""The caller of a server that tells nobody apart, which is only reached from its own machine."""


class HasPrincipal(Protocol):
    """A context of a request."""

    @property
    def principal(self) -> Principal:
        """Who asks."""


def require_scopes(principal: Principal, needs: dict[str, str]) -> None:
    """Refuse who lacks a scope.

    Args:
        principal: who asks.
        needs: scopes, each with the field that needs it.

    Raises:
        UnauthenticatedError: there are no credentials, and without them it is not allowed.
        ForbiddenError: the caller lacks the scope.
    """
    for scope in sorted(needs):
        if scope not in principal.scopes:
            message = f"'{needs[scope]}' needs the scope '{scope}'."
            if not principal.known:
                raise UnauthenticatedError(f"{message} Send a bearer token or an API key.")
            raise ForbiddenError(f"{message} These credentials do not have it.")


def require_label(context: HasPrincipal, label: str) -> None:
    """Refuse who may not load a node of a label by its id.

    Raises:
        UnauthenticatedError: there are no credentials.
        ForbiddenError: the caller lacks the scope.
    """
    scope = LABEL_SCOPES.get(label, "catalog:read")
    require_scopes(context.principal, {scope: label})


def own_user(context: HasPrincipal, user_key: str | None) -> str | None:
    """Return the shopper a request is about: one's own, or any for a service that may name any.

    Args:
        context: of the request.
        user_key: as the caller gave it; None means the caller, where the caller is a shopper.

    Raises:
        ForbiddenError: it is another shopper's.
        UnauthenticatedError: it is a shopper's, and there are no credentials.
    """
    principal = context.principal
    if user_key is None or user_key == principal.user_key:
        return principal.user_key
    if "users:any" in principal.scopes:
        return user_key
    if not principal.known:
        raise UnauthenticatedError("A shopper's own data needs that shopper's bearer token.")
    raise ForbiddenError("'userKey' is another shopper's. Leave it out for your own.")
