"""Address of a Neo4j server, and its driver's errors as this project's."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neo4j import exceptions as driver_errors

from catalograph.errors import (
    MissingSettingError,
    QueryError,
    StoreAuthError,
    StoreForbiddenError,
    StoreUnavailableError,
    WriteConflictError,
)
from catalograph.settings import Neo4jSettings, Settings
from catalograph.store import managed_server

_FORBIDDEN = frozenset(
    {
        "Neo.ClientError.Cluster.NotALeader",
        "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase",
        "Neo.ClientError.General.WriteOnReadOnlyAccessDatabase",
        "Neo.ClientError.Security.Forbidden",
        "Neo.ClientError.Statement.AccessMode",
    }
)
"""Codes of refused writes: a follower, a read-only database, an account or a session that reads."""


@dataclass(frozen=True)
class Address:
    """Address and credentials of a Neo4j server; `repr` omits the password."""

    uri: str
    user: str
    password: str
    tuning: Neo4jSettings
    home: Path | None = None
    """Folder through which processes share bookmarks; None shares none."""

    def __repr__(self) -> str:
        return f"Address({self.uri!r}, {self.user!r})"

    @property
    def analyst_auth(self) -> tuple[str, str] | None:
        """User and password for statements of analysts; None for those of this address."""
        t = self.tuning
        if t.analyst_user is None or t.analyst_password is None:
            return None
        return t.analyst_user, t.analyst_password.get_secret_value()

    def driver_options(self) -> dict[str, Any]:
        """Return options for a driver that fails in seconds, not minutes, if the server is lost."""
        t = self.tuning
        return {
            "auth": (self.user, self.password),
            "connection_timeout": t.connection_timeout,
            "connection_acquisition_timeout": t.acquisition_timeout,
            "liveness_check_timeout": t.liveness_check,
            "max_transaction_retry_time": t.retry_time,
            "max_connection_pool_size": t.pool_size,
            "notifications_min_severity": "OFF",
            "telemetry_disabled": True,
        }


def resolve_address(settings: Settings) -> Address:
    """Return the address of the configured server, else the managed one, else a running demo's.

    Raises:
        MissingSettingError: `CATALOGRAPH_NEO4J__URI` is set without a password, or a user of
            analysts without one.
        StoreUnavailableError: no server is configured and no managed or demo server is running.
    """
    tuning = managed_server.connection(settings)
    if tuning.uri is None or tuning.password is None:
        raise MissingSettingError(
            f"CATALOGRAPH_NEO4J__URI is {tuning.uri} but there is no password for it. "
            "Set CATALOGRAPH_NEO4J__PASSWORD."
        )
    if (tuning.analyst_user is None) != (tuning.analyst_password is None):
        raise MissingSettingError(
            "CATALOGRAPH_NEO4J__ANALYST_USER and CATALOGRAPH_NEO4J__ANALYST_PASSWORD go together. "
            "Set both or none."
        )
    password = tuning.password.get_secret_value()
    return Address(tuning.uri, tuning.user, password, tuning, settings.home)


@contextmanager
def translate_errors(address: Address) -> Iterator[None]:
    """Translate the driver's errors to this project's errors."""
    try:
        yield
    except driver_errors.AuthError as exc:
        raise StoreAuthError(
            f"Neo4j at {address.uri} refused the password of user '{address.user}'. "
            "Set CATALOGRAPH_NEO4J__PASSWORD, or see `catalograph doctor`."
        ) from exc
    except (
        driver_errors.ServiceUnavailable,
        driver_errors.SessionExpired,
        OSError,
    ) as exc:
        raise StoreUnavailableError(
            f"Neo4j at {address.uri} does not answer. See `catalograph status` and "
            "`catalograph doctor`."
        ) from exc
    except driver_errors.Neo4jError as exc:
        if "DatabaseUnavailable" in str(exc.code):
            raise StoreUnavailableError(f"The database at {address.uri} is not up yet.") from exc
        if "TransactionTimedOut" in str(exc.code):
            raise StoreUnavailableError(f"The database at {address.uri} is too slow.") from exc
        if str(exc.code) in _FORBIDDEN:
            raise StoreForbiddenError(
                f"Neo4j at {address.uri} does not permit this to user '{address.user}': "
                f"{exc.message} `catalograph status` shows what it permits."
            ) from exc
        if exc.is_retryable() and "MemoryPoolOutOfMemory" not in str(exc.code):
            raise WriteConflictError(f"Neo4j gave up after retries: {exc.message}") from exc
        raise QueryError(f"Neo4j refused the statement: {exc.message}", code=exc.code) from exc
    except driver_errors.DriverError as exc:
        raise StoreUnavailableError(f"The connection to {address.uri} failed: {exc}") from exc
