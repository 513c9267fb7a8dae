"""Authentication and authorization of callers."""

from catalograph.api.auth.authenticator import Authenticator
from catalograph.api.auth.keys import new_key
from catalograph.api.auth.principal import (
    EVERYBODY,
    Principal,
    own_user,
    require_label,
    require_scopes,
)
from catalograph.api.auth.scopes import ALL_SCOPES, LABEL_SCOPES, Scope

__all__ = [
    "ALL_SCOPES",
    "EVERYBODY",
    "LABEL_SCOPES",
    "Authenticator",
    "Principal",
    "Scope",
    "new_key",
    "own_user",
    "require_label",
    "require_scopes",
]
