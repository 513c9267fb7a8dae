"""JSON web tokens, checked with the operator's keys only, never with keys that a token names."""

import asyncio
import hashlib
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jwt
import orjson

from catalograph.api.auth.principal import Principal
from catalograph.api.auth.scopes import ALL_SCOPES
from catalograph.api.inputs import check_user_key
from catalograph.errors import ConfigError, InvalidInputError, UnauthenticatedError
from catalograph.schema import keys
from catalograph.settings import Settings

_log = logging.getLogger(__name__)

_FAMILIES = {
    "RSA": {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"},
    "EC": {"ES256", "ES384", "ES512"},
    "OKP": {"EdDSA"},
}
"""Algorithms by type of key, so that no public key is ever used as a shared secret."""
_ASYMMETRIC = frozenset[str]().union(*_FAMILIES.values())
_MAX_TOKEN = 8_192
"""Maximum length of a token; a longer one is refused before it is parsed."""
_REFRESH_SECONDS = 60.0
"""Minimum time between two fetches of the key set, whatever key ids callers send."""
_FETCH_SECONDS = 3.0
"""Timeout of a fetch of the key set."""


class TokenChecker:
    """Checks JWTs.

    Args:
        settings: JWKS, algorithms, audience, issuer and leeway.

    Raises:
        ConfigError: the JWKS cannot be read, an algorithm is not asymmetric, or no audience is set.
    """

    def __init__(self, settings: Settings) -> None:
        auth = settings.api.auth
        self._auth = auth
        self._source = auth.jwks or ""
        self._settings = settings
        if wrong := set(auth.algorithms) - _ASYMMETRIC:
            raise ConfigError(
                f"CATALOGRAPH_API__AUTH__ALGORITHMS has {', '.join(sorted(wrong))}; "
                f"accepted are {', '.join(sorted(_ASYMMETRIC))}."
            )
        if not auth.audience:
            raise ConfigError("CATALOGRAPH_API__AUTH__JWKS needs CATALOGRAPH_API__AUTH__AUDIENCE.")
        try:
            self._keys = _load(self._source)
        except (OSError, ValueError, jwt.PyJWTError) as exc:
            raise ConfigError(
                f"The key set CATALOGRAPH_API__AUTH__JWKS '{self._source}' cannot be read: {exc}"
            ) from exc
        self._read_at = time.monotonic()

    async def check(self, token: str) -> Principal:
        """Return the owner of a token.

        Raises:
            UnauthenticatedError: the token is not valid; the error does not give the reason.
        """
        try:
            return self._principal(self._claims(token, await self._key(token)))
        except (jwt.PyJWTError, InvalidInputError, ValueError, TypeError, OverflowError) as exc:
            _log.info("a token was refused", extra={"reason": type(exc).__name__})
            raise UnauthenticatedError("The bearer token is not valid or has expired.") from exc

    async def _key(self, token: str) -> jwt.PyJWK:
        if len(token) > _MAX_TOKEN:
            raise ValueError("too long")
        kid = jwt.get_unverified_header(token).get("kid")
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        # The id is looked up among the keys and used for nothing else.
        if kid not in self._keys and self._source.startswith("https://"):
            await self._refresh()
        found = self._keys.get(kid) if isinstance(kid, str) else None
        if found is None:
            raise ValueError("no such key")
        return found

    async def _refresh(self) -> None:
        # Tokens with made-up key ids must not cause a fetch each.
        if time.monotonic() - self._read_at < _REFRESH_SECONDS:
            return
        self._read_at = time.monotonic()
        try:
            self._keys = await asyncio.to_thread(_load, self._source)
        except (OSError, ValueError, jwt.PyJWTError):
            _log.warning("the key set cannot be read; the one known is kept")

    def _claims(self, token: str, key: jwt.PyJWK) -> Mapping[str, Any]:
        fitting = _FAMILIES.get(key.key_type or "", set()) & set(self._auth.algorithms)
        return jwt.decode(
            token,
            key.key,
            algorithms=sorted(fitting),
            audience=self._auth.audience,
            issuer=self._auth.issuer,
            leeway=self._auth.leeway,
            options={"require": ["exp", "aud", "sub"]},
        )

    def _principal(self, claims: Mapping[str, Any]) -> Principal:
        told = claims.get("scope", claims.get("scopes", ()))
        scopes = frozenset(told.split() if isinstance(told, str) else map(str, told)) & ALL_SCOPES
        subject = str(claims["sub"])
        user_key = claims.get("user_key")
        if self._auth.user_source:
            user_key = keys.user_key(self._auth.user_source, subject, self._settings.user_hmac_key)
        if user_key is not None:
            check_user_key(str(user_key))
        name = hashlib.sha256(f"{claims.get('iss')}\n{subject}".encode()).hexdigest()[:32]
        expires = int(claims["exp"]) + self._auth.leeway
        return Principal(f"token:{name}", scopes, user_key, expires=expires)


def _load(source: str) -> dict[str, jwt.PyJWK]:
    """Read a key set; leave out symmetric keys and keys for encryption."""
    if source.startswith("https://"):
        found = jwt.PyJWKClient(source, cache_jwk_set=False, timeout=_FETCH_SECONDS).fetch_data()
    elif source.startswith("http://"):
        raise ValueError("it must be an https address or a file")
    else:
        found = orjson.loads(Path(source).read_bytes())
    listed = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        raise ValueError("it has no list 'keys'")
    usable = [k for k in listed if k.get("kty") in _FAMILIES and k.get("use", "sig") == "sig"]
    return {str(key.get("kid", "")): jwt.PyJWK(key) for key in usable}
