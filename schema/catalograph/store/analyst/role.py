"""A database role for analysts: the second wall behind the gate, where the server has roles.

The gate refuses statements by their text and plan. A server with roles (Enterprise, Aura) refuses
again by itself, also for notebooks and Neo4j Browser, which do not pass the gate.
"""

from catalograph.errors import ConfigError
from catalograph.store.analyst.allow_lists import PROCEDURES
from catalograph.store.connection.capabilities import read_capabilities
from catalograph.store.connection.connect import Connection

ROLE = "catalograph_analyst"
_HIDDEN = ("Request", "DataAccess")
"""Labels that serve the API and privacy, and tell nothing about the shop."""


def role_statements(database: str, users: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the statements that create the role of analysts, or bring it up to date.

    The role reads the graph. It may not write, load files, or run procedures of plug-ins, which
    every account otherwise may by the role `PUBLIC`.

    Args:
        database: name of the database.
        users: existing users that get the role.
    """
    graph = _quote(database)
    hidden = ", ".join(_HIDDEN)
    procedures = ", ".join(PROCEDURES)
    grants = tuple(f"GRANT ROLE {ROLE} TO {_quote(user)}" for user in users)
    return (
        f"CREATE ROLE {ROLE} IF NOT EXISTS",
        f"GRANT ACCESS ON DATABASE {graph} TO {ROLE}",
        f"GRANT MATCH {{*}} ON GRAPH {graph} ELEMENTS * TO {ROLE}",
        f"DENY MATCH {{*}} ON GRAPH {graph} NODES {hidden} TO {ROLE}",
        f"DENY WRITE ON GRAPH {graph} TO {ROLE}",
        f"DENY LOAD ON ALL DATA TO {ROLE}",
        f"GRANT EXECUTE PROCEDURE {procedures} ON DBMS TO {ROLE}",
        f"DENY EXECUTE PROCEDURE gds.*, apoc.* ON DBMS TO {ROLE}",
        *grants,
    )


def create_role(connection: Connection, users: tuple[str, ...] = ()) -> None:
    """Create the role of analysts and give it to users. Idempotent.

    Raises:
        ConfigError: the server has no roles.
        StoreForbiddenError: the account may not manage roles.
    """
    if not read_capabilities(connection).has_roles:
        raise ConfigError(
            "This Neo4j has no roles, so the gate stays the only wall. Neo4j Enterprise and Aura "
            "have them."
        )
    for text in role_statements(connection.address.tuning.database, users):
        connection.execute(text)


def _quote(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
