"""What a Neo4j server offers and what it permits this account, asked from the server itself.

No version is compared. Roles, impersonation and further databases are those privileges that
the server says it supports; a runtime is what the planner chose; read access follows from the
database's state and the account's own privileges. Statements that a server does not know are
answers, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from catalograph.errors import QueryError, StoreForbiddenError
from catalograph.store.connection.connect import Connection, Row

_ENTERPRISE = "enterprise"
_WRITES = frozenset({"write", "merge", "create_element", "set_property", "graph_actions"})
"""Actions of privileges that permit to change a graph; a writer of this project needs all."""
_FEATURES = {
    "roles": "create_role",
    "impersonation": "impersonate",
    "further databases": "create_database",
    "composite databases": "create_composite_database",
}
"""Features by the privilege that a server with them supports."""


@dataclass(frozen=True)
class Capabilities:
    """What a server offers, and what this account may do.

    Attributes:
        edition: `community` or `enterprise`; Aura is the latter.
        user: account that was asked for.
        roles: roles of the account; None if the server has no roles.
        features: features beyond Neo4j Community that the server has.
        servers: number of servers that hold the database.
        refusal: why nothing can be written; empty if it can.
    """

    edition: str
    user: str
    roles: tuple[str, ...] | None
    features: tuple[str, ...]
    servers: int
    refusal: str

    @property
    def writable(self) -> bool:
        """Whether this account may write to the database as far as the server says."""
        return not self.refusal

    @property
    def has_roles(self) -> bool:
        """Whether the server enforces roles."""
        return "roles" in self.features

    @property
    def has_existence_constraints(self) -> bool:
        """Whether the server can enforce that a property exists."""
        return "existence constraints" in self.features


def read_capabilities(connection: Connection) -> Capabilities:
    """Ask a server what it offers and what it permits. Only reads."""
    [account] = connection.read_compiled("SHOW CURRENT USER YIELD user, roles", {})
    edition = next(
        (str(row["edition"]) for row in connection.read("read_server_version")), "unknown"
    )
    supported = _ask(connection, "SHOW SUPPORTED PRIVILEGES YIELD action")
    actions = {str(row["action"]) for row in supported or ()}
    features = [name for name, action in _FEATURES.items() if action in actions]
    if edition == _ENTERPRISE:
        features.append("existence constraints")
    if _runtime(connection) == "PARALLEL":
        features.append("parallel runtime")
    database = connection.address.tuning.database
    states = list(
        connection.read_compiled(
            "SHOW DATABASES YIELD name, access, writer, currentStatus WHERE name = $name "
            "RETURN access, writer, currentStatus",
            {"name": database},
        )
    )
    privileges = _ask(
        connection, "SHOW USER PRIVILEGES YIELD access, action, graph RETURN access, action, graph"
    )
    user = str(account["user"])
    return Capabilities(
        edition=edition,
        user=user,
        roles=None if account["roles"] is None else tuple(account["roles"]),
        features=tuple(features),
        servers=len(states),
        refusal=_find_refusal(states, privileges, database, user),
    )


def _find_refusal(
    states: Sequence[Row], privileges: Sequence[Row] | None, database: str, user: str
) -> str:
    """Return why the database cannot be written; empty if it can."""
    if states and all(row["access"] == "read-only" for row in states):
        return f"The database '{database}' is read-only."
    if states and not any(row["writer"] for row in states):
        return f"No server of the database '{database}' takes writes at the moment."
    if privileges is None:
        return ""  # no roles: every account may write
    own = [row for row in privileges if row["graph"] in ("*", database, "DEFAULT", "HOME")]
    granted = {row["action"] for row in own if row["access"] == "GRANTED"}
    denied = {row["action"] for row in own if row["access"] == "DENIED"}
    if not granted & _WRITES or "write" in denied:
        return f"The user '{user}' has no privilege to write to the database '{database}'."
    return ""


def _runtime(connection: Connection) -> str:
    """Return the runtime of a plan for which the parallel one is asked; a server may use another.

    The statement is planned and not run.
    """
    plan = connection.plan("CYPHER runtime=parallel MATCH (n) RETURN count(n)")
    return str(plan.get("args", {}).get("runtime", ""))


def _ask(connection: Connection, text: str) -> list[Row] | None:
    """Return the rows of a command; None if the server does not know or permit it."""
    try:
        return list(connection.read_compiled(text, {}))
    except (QueryError, StoreForbiddenError):
        return None
