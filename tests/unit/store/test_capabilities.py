"""What follows from a server's answers.

No Enterprise server was at hand: its answers are written after Neo4j's manual. What Community
answers is in tests/integration/test_read_only.py.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from catalograph.errors import ConfigError, QueryError
from catalograph.schema.ddl import MIGRATIONS, existence_constraints
from catalograph.store import Connection, enforce_keys, read_capabilities
from catalograph.store.analyst import create_role, role_statements

_ACTIONS = ("access", "match", "write", "create_role", "impersonate", "create_database",
            "create_composite_database")  # fmt: skip


@dataclass
class AnsweringServer:
    """Answers as a server of Neo4j Enterprise with three servers for the database."""

    privileges: list[tuple[str, str, str]] = field(
        default_factory=lambda: [("GRANTED", "match", "*"), ("GRANTED", "write", "*")]
    )
    access: str = "read-write"
    writers: int = 1
    enterprise: bool = True
    executed: list[str] = field(default_factory=list)

    address = SimpleNamespace(tuning=SimpleNamespace(database="neo4j"))

    def read(self, name: str) -> Iterator[dict[str, Any]]:
        assert name == "read_server_version"
        yield {"name": "Neo4j Kernel", "edition": "enterprise" if self.enterprise else "community"}

    def read_compiled(self, text: str, _: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        if text.startswith("SHOW CURRENT USER"):
            yield {"user": "ann", "roles": ["PUBLIC", "reader"] if self.enterprise else None}
        elif text.startswith("SHOW DATABASES"):
            for number in range(3 if self.enterprise else 1):
                writer = number < self.writers
                yield {"access": self.access, "writer": writer, "currentStatus": "online"}
        elif not self.enterprise:
            raise QueryError("Unsupported administration command")
        elif text.startswith("SHOW SUPPORTED PRIVILEGES"):
            yield from ({"action": action} for action in _ACTIONS)
        else:
            assert text.startswith("SHOW USER PRIVILEGES")
            for access, action, graph in self.privileges:
                yield {"access": access, "action": action, "graph": graph}

    def plan(self, text: str) -> dict[str, Any]:
        assert text.startswith("CYPHER runtime=parallel")
        return {"args": {"runtime": "PARALLEL" if self.enterprise else "SLOTTED"}}

    def execute(self, text: str) -> list[dict[str, Any]]:
        self.executed.append(text)
        return []

    @property
    def connection(self) -> Connection:
        return cast("Connection", self)


def test_features_are_what_the_server_says() -> None:
    found = read_capabilities(AnsweringServer().connection)
    assert found.features == (
        "roles",
        "impersonation",
        "further databases",
        "composite databases",
        "existence constraints",
        "parallel runtime",
    )
    assert (found.user, found.roles, found.servers) == ("ann", ("PUBLIC", "reader"), 3)
    assert found.writable
    assert read_capabilities(AnsweringServer(enterprise=False).connection).features == ()


@pytest.mark.parametrize(
    ("server", "refusal"),
    [
        (AnsweringServer(), ""),
        (AnsweringServer([("GRANTED", "write", "neo4j")]), ""),
        (AnsweringServer([("GRANTED", "graph_actions", "*")]), ""),
        (AnsweringServer([("GRANTED", "match", "*")]), "no privilege to write"),
        (AnsweringServer([("GRANTED", "write", "another")]), "no privilege to write"),
        (
            AnsweringServer([("GRANTED", "write", "*"), ("DENIED", "write", "neo4j")]),
            "no privilege to write",
        ),
        (AnsweringServer(access="read-only"), "is read-only"),
        (AnsweringServer(writers=0), "takes writes at the moment"),
        (AnsweringServer(enterprise=False), ""),
    ],
)
def test_writing_needs_a_database_a_server_and_a_privilege(
    server: AnsweringServer, refusal: str
) -> None:
    found = read_capabilities(server.connection)
    assert found.writable is (refusal == "")
    assert refusal in found.refusal


def test_keys_are_enforced_where_the_server_can() -> None:
    server = AnsweringServer()
    assert enforce_keys(server.connection)
    assert server.executed == list(existence_constraints())
    assert server.executed[0] == (
        "CREATE CONSTRAINT product_key_exists IF NOT EXISTS FOR (n:Product) "
        "REQUIRE n.key IS NOT NULL"
    )
    unique = [text for step in MIGRATIONS for text in step.statements if "IS UNIQUE" in text]
    assert len(server.executed) == len(unique)
    community = AnsweringServer(enterprise=False)
    assert not enforce_keys(community.connection)
    assert community.executed == []


def test_the_role_of_analysts_is_created_where_there_are_roles() -> None:
    server = AnsweringServer()
    create_role(server.connection, ("ann`s",))
    assert server.executed == list(role_statements("neo4j", ("ann`s",)))
    assert server.executed[-1] == "GRANT ROLE catalograph_analyst TO `ann``s`"
    community = AnsweringServer(enterprise=False)
    with pytest.raises(ConfigError, match="has no roles"):
        create_role(community.connection)
    assert community.executed == []
