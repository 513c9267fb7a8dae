"""Migrate a graph's constraints and indexes to the schema version of this code."""

from dataclasses import dataclass

from catalograph.errors import MigrationError, StoreForbiddenError
from catalograph.schema.ddl import (
    MIGRATIONS,
    Migration,
    existence_constraints,
    newest_schema,
)
from catalograph.store.connection.capabilities import read_capabilities
from catalograph.store.connection.connect import Connection

INDEX_TIMEOUT_SECONDS = 120
_IMPORTED_TIMEOUT_SECONDS = 6 * 3600
"""An imported graph has all its nodes before it has an index."""


@dataclass(frozen=True)
class SchemaState:
    """Schema version of a graph and the version that this code needs."""

    version: int
    needed: int
    pending: tuple[Migration, ...]
    not_online: tuple[str, ...]
    """Names of indexes that are still being populated, or failed."""
    user_secret: str | None

    @property
    def current(self) -> bool:
        """Whether no migration is pending and all indexes are online."""
        return not self.pending and not self.not_online


def schema_state(connection: Connection) -> SchemaState:
    """Read the schema version of a graph and the state of its indexes."""
    rows = list(connection.read("read_graph_state"))
    version = rows[0]["version"] if rows else 0
    indexes = connection.read_compiled(
        "SHOW INDEXES YIELD name, state WHERE state <> 'ONLINE' RETURN name", {}
    )
    return SchemaState(
        version=version,
        needed=MIGRATIONS[-1].version,
        pending=tuple(m for m in MIGRATIONS if m.version > version),
        not_online=tuple(sorted(row["name"] for row in indexes)),
        user_secret=rows[0]["user_secret"] if rows else None,
    )


def migrate(connection: Connection, user_secret: str) -> SchemaState:
    """Apply the missing migrations in order and wait for their indexes. Idempotent.

    Each step can be repeated, so an interrupted step is run again. Nothing is written to a graph
    that lacks none. With the steps, a server that can enforces that keys exist.

    Args:
        connection: connection to the graph.
        user_secret: fingerprint of the HMAC key for users, stored with the first migration.

    Raises:
        MigrationError: the graph is newer than this code, or was written with another HMAC key; or
            it is older, and this account or the database is for reading only.
    """
    state = check_schema(connection, user_secret)
    try:
        for step in state.pending:
            _apply(connection, step, user_secret)
    except StoreForbiddenError as exc:
        raise _behind(state) from exc
    if state.pending:
        enforce_keys(connection)
    if state.current:
        return state
    connection.execute(f"CALL db.awaitIndexes({INDEX_TIMEOUT_SECONDS})")
    return schema_state(connection)


def _apply(connection: Connection, step: Migration, user_secret: str) -> None:
    for text in step.statements:
        connection.execute(text)
    connection.write(
        lambda tx: tx.run("write_graph_state", version=step.version, user_secret=user_secret)
    )


def enforce_keys(connection: Connection) -> bool:
    """Have the database enforce that each node has its key, where it can; return whether it can."""
    if not read_capabilities(connection).has_existence_constraints:
        return False
    for text in existence_constraints():
        connection.execute(text)
    return True


def require_schema(connection: Connection, *, empty: bool = False) -> None:
    """Check that a graph can be read by this code; writes nothing.

    The secret that users are keyed with does not matter to readers.

    Args:
        connection: connection to the graph.
        empty: whether a graph that nothing was ever written to will do.

    Raises:
        MigrationError: the graph lacks migrations, or is newer than this code.
    """
    rows = list(connection.read("read_graph_state"))
    version = rows[0]["version"] if rows else 0
    if version > MIGRATIONS[-1].version:
        raise _ahead(version)
    if version < MIGRATIONS[-1].version and not (empty and version == 0):
        raise _behind(SchemaState(version, MIGRATIONS[-1].version, (), (), None))


def _behind(state: SchemaState) -> MigrationError:
    has = f"schema version {state.version}" if state.version else "no schema yet"
    return MigrationError(
        f"The graph has {has}, this code needs {state.needed}. Run `catalograph schema apply` with "
        "an account that may write."
    )


def _ahead(version: int) -> MigrationError:
    return MigrationError(
        f"The graph has schema version {version}, this code knows {MIGRATIONS[-1].version}. "
        "Update catalograph."
    )


def create_schema(connection: Connection, user_secret: str) -> SchemaState:
    """Create the newest constraints and indexes in a graph that was imported in the newest form.

    Args:
        connection: connection to a graph without any.
        user_secret: fingerprint of the HMAC key that the graph's users are keyed with.
    """
    for text in newest_schema():
        connection.execute(text)
    connection.write(
        lambda tx: tx.run(
            "write_graph_state", version=MIGRATIONS[-1].version, user_secret=user_secret
        )
    )
    enforce_keys(connection)
    connection.execute(f"CALL db.awaitIndexes({_IMPORTED_TIMEOUT_SECONDS})")
    return schema_state(connection)


def check_schema(connection: Connection, user_secret: str) -> SchemaState:
    """Raise if the graph does not match this code or this user secret.

    Raises:
        MigrationError: the graph is newer than this code, or was written with another HMAC key.
    """
    state = schema_state(connection)
    if state.version > state.needed:
        raise _ahead(state.version)
    if state.user_secret not in (None, user_secret):
        raise MigrationError(
            "The graph's users were keyed with another secret, so one person would become two. Set "
            " CATALOGRAPH_USER_SECRET (or CATALOGRAPH_HOME) to the one it was made with."
        )
    return state
