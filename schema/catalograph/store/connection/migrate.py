"""Migrate a graph's constraints and indexes to the schema version of this code."""

from dataclasses import dataclass

from catalograph.errors import MigrationError
from catalograph.schema.ddl import MIGRATIONS, Migration, newest_schema
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
    indexes = connection.execute(
        "SHOW INDEXES YIELD name, state WHERE state <> 'ONLINE' RETURN name"
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

    Each step can be repeated, so an interrupted step is run again.

    Args:
        connection: connection to the graph.
        user_secret: fingerprint of the HMAC key for users, stored with the first migration.

    Raises:
        MigrationError: the graph is newer than this code, or was written with another HMAC key.
    """
    state = check_schema(connection, user_secret)
    for step in state.pending:
        for text in step.statements:
            connection.execute(text)
        # Bound as a default below, since a lambda captures the variable and not its value.
        version = step.version
        connection.write(
            lambda tx, v=version: tx.run(  # type: ignore[misc]
                "write_graph_state", version=v, user_secret=user_secret
            )
        )
    connection.execute(f"CALL db.awaitIndexes({INDEX_TIMEOUT_SECONDS})")
    return schema_state(connection)


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
    connection.execute(f"CALL db.awaitIndexes({_IMPORTED_TIMEOUT_SECONDS})")
    return schema_state(connection)


def check_schema(connection: Connection, user_secret: str) -> SchemaState:
    """Raise if the graph does not match this code or this user secret.

    Raises:
        MigrationError: the graph is newer than this code, or was written with another HMAC key.
    """
    state = schema_state(connection)
    if state.version > state.needed:
        raise MigrationError(
            f"The graph has schema version {state.version}, this code knows {state.needed}. "
            "Update catalograph."
        )
    if state.user_secret not in (None, user_secret):
        raise MigrationError(
            "The graph's users were keyed with another secret, so one person would become two. Set "
            " CATALOGRAPH_USER_SECRET (or CATALOGRAPH_HOME) to the one it was made with."
        )
    return state
