"""Authentication of HTTP requests and web sockets."""

from collections.abc import Mapping

from catalograph.api.auth.key_file import KeyFile
from catalograph.api.auth.keys import KEY_SUBJECT, PREFIX, hash_key, read_keys
from catalograph.api.auth.principal import EVERYBODY, Principal
from catalograph.api.auth.scopes import ALL_SCOPES
from catalograph.api.auth.tokens import TokenChecker
from catalograph.errors import ConfigError, UnauthenticatedError
from catalograph.settings import Settings


class Authenticator:
    """Checks API keys and tokens; all callers are anonymous when neither is configured.

    Args:
        settings: API keys, JWKS, and the scopes of requests without credentials.

    Attributes:
        key_file: file of API keys; None where the settings name none.

    Raises:
        ConfigError: a key, scope or JWKS is wrong.
    """

    def __init__(self, settings: Settings) -> None:
        auth = settings.api.auth
        lines = auth.api_keys.get_secret_value().split(";") if auth.api_keys else []
        self._own = read_keys(lines)
        self.key_file = KeyFile(auth.api_key_file) if auth.api_key_file else None
        if (auth.api_keys or self.key_file) and not self._keys:
            raise ConfigError(
                "CATALOGRAPH_API__AUTH__API_KEYS or CATALOGRAPH_API__AUTH__API_KEY_FILE is set, "
                "and has no key. `catalograph api-key new` prints one; unset it to have none."
            )
        self._tokens = TokenChecker(settings) if auth.jwks else None
        scopes = frozenset(auth.anonymous_scopes)
        if unknown := scopes - ALL_SCOPES:
            raise ConfigError(
                f"CATALOGRAPH_API__AUTH__ANONYMOUS_SCOPES has {', '.join(sorted(unknown))}; "
                f"there are {', '.join(sorted(ALL_SCOPES))}."
            )
        self.anonymous = (
            Principal("anonymous", scopes, known=False) if auth.configured else EVERYBODY
        )

    @property
    def _keys(self) -> Mapping[str, Principal]:
        """Callers by the hashes of their keys, as they are now."""
        return self._own | self.key_file.keys() if self.key_file else self._own

    def knows(self, principal: Principal) -> bool:
        """Return whether a caller's API key still stands; True for all other callers."""
        return not principal.subject.startswith(KEY_SUBJECT) or principal in self._keys.values()

    @property
    def key_owners(self) -> list[Principal]:
        """Callers that API keys stand for, by name; never the keys or their hashes."""
        return sorted(self._keys.values(), key=lambda one: one.subject)

    async def authenticate(self, credentials: Mapping[str, object]) -> Principal:
        """Return the caller by headers, or by the payload of a web socket's `connection_init`.

        Args:
            credentials: `authorization` with a bearer token, which is a JWT or an API key, or
                `x-api-key` (in a payload also `apiKey`); names are case-insensitive.

        Raises:
            UnauthenticatedError: there are credentials, but they are not valid.
        """
        given = {str(name).lower(): value for name, value in credentials.items()}
        bearer = given.get("authorization")
        key = given.get("x-api-key", given.get("apikey"))
        keys = self._keys
        if not keys and self._tokens is None:
            return self.anonymous
        if bearer is None and key is None:
            return self.anonymous
        if bearer is not None and key is not None:
            raise UnauthenticatedError("Send a bearer token or an API key, not both.")
        if bearer is not None:
            scheme, _, key = str(bearer).partition(" ")
            key = key.strip()
            if scheme.lower() != "bearer" or not key:
                raise UnauthenticatedError("'Authorization' must be: Bearer, a space, the token.")
            if not key.startswith(PREFIX):  # API keys have the prefix, JWTs do not
                return await self._token(key)
        # Found by its hash, so that the time of the look-up reveals nothing of other keys.
        principal = keys.get(hash_key(str(key)))
        if principal is None:
            raise UnauthenticatedError("There is no such API key.")
        return principal

    async def _token(self, token: str) -> Principal:
        if self._tokens is None:
            raise UnauthenticatedError("This server takes API keys only.")
        return await self._tokens.check(token)
