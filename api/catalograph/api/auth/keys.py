"""API keys: random, shown once, and stored as hashes only."""

import hashlib
import re
import secrets
from collections.abc import Iterable

from catalograph.api.auth.principal import Principal
from catalograph.api.auth.scopes import ALL_SCOPES
from catalograph.api.inputs import check_user_key
from catalograph.errors import ConfigError, InvalidInputError

PREFIX = "cgk_"
KEY_SUBJECT = "key:"
"""Prefix of the names of callers that API keys stand for."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}\Z")
_NAME_RULE = "may have letters, digits, '_', '.' and '-'"
_HASH = re.compile(r"[0-9a-f]{64}\Z")


def hash_key(key: str) -> str:
    """Return the hash of a key; 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()


def new_key(name: str, scopes: Iterable[str], user_key: str | None = None) -> tuple[str, str]:
    """Generate a key.

    Returns:
        The key, for its owner, and the line to store.

    Raises:
        ConfigError: a name, scope or user key has a wrong form.
    """
    if not _NAME.match(name):
        raise ConfigError(f"The name {_NAME_RULE}.")
    key = PREFIX + secrets.token_urlsafe(32)
    line = " ".join([name, hash_key(key), ",".join(scopes), user_key or ""]).rstrip()
    read_keys([line])
    return key, line


def read_keys(lines: Iterable[str]) -> dict[str, Principal]:
    """Read lines of `name sha256 scope,scope [user key]`; skip empty lines and comments.

    Returns:
        The caller of each hash.

    Raises:
        ConfigError: a line has a wrong form; the message gives its number, never its text.
    """
    known: dict[str, Principal] = {}
    names: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            digest, principal = _read(line.split())
        except (ValueError, InvalidInputError) as exc:
            raise ConfigError(
                f"API key {number} is wrong: {exc}. Expected is: name, SHA-256, scopes joined by "
                "commas, and perhaps a user key, as `catalograph api-key new` prints them."
            ) from exc
        if digest in known or principal.subject in names:
            raise ConfigError(f"API key {number} has the name or the hash of another one.")
        known[digest] = principal
        names.add(principal.subject)
    return known


def _read(words: list[str]) -> tuple[str, Principal]:
    if not 3 <= len(words) <= 4:
        raise ValueError(f"it has {len(words)} words")
    name, digest, listed = words[:3]
    scopes = frozenset(listed.split(","))
    if not _NAME.match(name):
        raise ValueError(f"the name {_NAME_RULE}")
    if not _HASH.match(digest):
        raise ValueError("the hash must have 64 hexadecimal digits")
    if unknown := scopes - ALL_SCOPES:
        known = ", ".join(sorted(ALL_SCOPES))
        raise ValueError(f"there is no scope {', '.join(sorted(unknown))}; there are {known}")
    user_key = check_user_key(words[3]) if len(words) == 4 else None
    return digest, Principal(f"{KEY_SUBJECT}{name}", scopes, user_key)
