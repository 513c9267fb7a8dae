"""One managed Neo4j for the whole session, on free ports, and an empty graph for each module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalograph.settings import Settings, load_settings
from catalograph.store import Connection, connect, migrate
from catalograph.store.managed_server import ChildServer, child_server


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder of the tests' own; the assembled server is shared through the user's cache."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def server(home: Path) -> Iterator[ChildServer]:
    """Run a real Neo4j with GDS that ends with the test process."""
    with child_server(load_settings(home=home, user_secret="a secret of the tests")) as held:
        yield held


@pytest.fixture(scope="session")
def settings(server: ChildServer) -> Settings:
    """Return settings of the test server, with long timeouts for a busy machine."""
    patient = {"patience": 10.0, "probe_timeout": 10.0}
    neo4j = server.settings.neo4j.model_copy(update=patient)
    api = server.settings.api.model_copy(update={"ready_timeout": 30.0})
    return server.settings.model_copy(update={"neo4j": neo4j, "api": api})


@pytest.fixture(scope="module")
def connection(settings: Settings) -> Iterator[Connection]:
    """An empty graph with its schema; what a module leaves, the next one wipes."""
    with connect(settings) as opened:
        wipe(opened)
        migrate(opened, settings.user_secret_fingerprint)
        yield opened


def wipe(connection: Connection) -> None:
    """Delete all nodes and edges, and the vector indexes whose dimension a test may change."""
    connection.execute(
        "MATCH (n) WHERE NOT n:GraphState CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS"
    )
    for row in connection.execute("SHOW VECTOR INDEXES YIELD name RETURN name"):
        connection.execute(f"DROP INDEX {row['name']}")
