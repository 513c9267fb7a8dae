"""A graph that may only be read: what works, what is refused, and that nothing is written."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.cli.serve import prepare_graph
from catalograph.errors import CatalographError, MigrationError, StoreForbiddenError
from catalograph.settings import Settings, load_settings
from catalograph.store import (
    AsyncConnection,
    Connection,
    Writer,
    connect,
    content_hash,
    enforce_keys,
    migrate,
    open_store,
    open_to_read,
    read_capabilities,
    resolve_address,
)
from catalograph.store.analyst import StatementLimits, ask_statement, role_statements
from catalograph.store.analyst.role import ROLE
from catalograph.store.managed_server import child_server

from .conftest import WordEncoder, key, open_client, seed, user, whole_app

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]
SECRET = "a secret of the tests"
EVENT = """mutation($input: RecordEventInput!) {
  recordEvent(input: $input) { ... on RecordedEvent { key } ... on MutationError { code } } }"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def digest(data: Path, home: Path) -> str:
    """Fill a graph, note what it says, and stop its server."""
    settings = load_settings(home=home, user_secret=SECRET)
    with child_server(settings, data) as server, connect(server.settings) as connection:
        migrate(connection, server.settings.user_secret_fingerprint)
        seed(connection)
        Writer(connection).start_run("catalog", {"paths": ["shop.jsonl"]})
        connection.execute("CREATE USER reader SET PASSWORD 'only reading' CHANGE NOT REQUIRED")
        return content_hash(connection)


@pytest.fixture(scope="module")
def settings(digest: str, data: Path, home: Path) -> Iterator[Settings]:
    """Start the server of that graph again, so that it may only be read."""
    plain = load_settings(home=home, user_secret=SECRET)
    read_only = plain.server.model_copy(update={"read_only": True})
    with child_server(plain.model_copy(update={"server": read_only}), data) as server:
        yield server.settings


@pytest.fixture
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.neo4j.uri is not None
    assert settings.neo4j.password is not None
    monkeypatch.setenv("CATALOGRAPH_HOME", str(settings.home))
    monkeypatch.setenv("CATALOGRAPH_NEO4J__URI", settings.neo4j.uri)
    monkeypatch.setenv("CATALOGRAPH_NEO4J__PASSWORD", settings.neo4j.password.get_secret_value())
    # Readers elsewhere do not have the secret that shoppers are keyed with.
    monkeypatch.setenv("CATALOGRAPH_USER_SECRET", "another secret, of an analyst")
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, arguments)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return done.stdout


def test_the_server_says_that_it_may_only_be_read(settings: Settings) -> None:
    with connect(settings) as connection:
        found = read_capabilities(connection)
    assert not found.writable
    assert found.refusal == "The database 'neo4j' is read-only."
    assert (found.edition, found.roles, found.features) == ("community", None, ())
    assert found.servers == 1


@pytest.mark.usefixtures("environment")
def test_status_and_doctor_say_so_too() -> None:
    said = json.loads(run("status", "--json"))
    assert (said["running"], said["writable"]) == (True, False)
    assert said["refusal"] == "The database 'neo4j' is read-only."
    assert "reading only" in run("doctor")


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("runs", "list", "--json"), r'"kind": ?"catalog"'),
        (("embed", "models", "--json"), r'"models": ?\[\]'),
        (("schema", "hash"), r"^[0-9a-f]{16}"),
        (("review", "--json"), r'"items": ?\[\]'),
        (("resolve", "list", "--json"), r'"clusters": ?\[\]'),
        (("resolve", "run", "--dry-run", "--json"), r'"run": ?null'),
        (("complete", "run", "--dry-run", "--json"), '"products"'),
        (("privacy", "reads", "--json"), r'"reads": ?\[\]'),
        (("privacy", "budget", "--json"), r'"budget": ?null'),
        (("write", "list", key("cam1"), "--json"), r'"texts": ?\[\]'),
        (("cypher", "MATCH (p:Product) RETURN count(p) AS n", "--format", "csv"), "n\n8"),
    ],
)
def test_commands_that_read_work(arguments: tuple[str, ...], found: str) -> None:
    assert re.search(found, run(*arguments))


@pytest.mark.usefixtures("environment")
def test_a_dry_run_of_an_ingest_works(tmp_path: Path) -> None:
    feed = tmp_path / "feed.jsonl"
    feed.write_text('{"id": "new1", "title": "Lens"}\n')
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("kind: catalog\nsource: shop\nid: id\ntitle: title\n")
    arguments = ("ingest", "catalog", str(feed), "--mapping", str(mapping))
    assert json.loads(run(*arguments, "--dry-run", "--json"))["written"] == 1
    with pytest.raises(MigrationError, match="keyed with another secret"):
        run(*arguments)


def test_writers_are_refused_at_once_and_clearly(settings: Settings) -> None:
    said = r"does not permit this to user 'neo4j': No write operations"
    with pytest.raises(StoreForbiddenError, match=said), open_store(settings) as store:
        store.start_run("catalog")
    with (
        open_store(settings, read_only=True) as rehearsing,
        pytest.raises(StoreForbiddenError, match="opened for reading"),
    ):
        rehearsing.start_run("catalog")


def test_a_graph_that_lacks_migrations_is_named_with_the_remedy(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from catalograph.schema import ddl
    from catalograph.store.connection import migrate as module

    newer = (*ddl.MIGRATIONS, ddl.Migration(99, "More.", (ddl.range_index("Product", "more"),)))
    monkeypatch.setattr(module, "MIGRATIONS", newer)
    remedy = r"has schema version \d+, this code needs 99\. Run `catalograph schema apply`"
    with pytest.raises(MigrationError, match=remedy), open_to_read(settings):
        pass
    with pytest.raises(MigrationError, match=remedy), open_store(settings):
        pass
    monkeypatch.setattr(module, "MIGRATIONS", ddl.MIGRATIONS[:-1])
    with pytest.raises(MigrationError, match="Update catalograph"), open_to_read(settings):
        pass


async def test_the_api_answers_reads_and_refuses_writes(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    with connect(settings) as connection:
        prepare_graph(connection, settings)
        assert "The database 'neo4j' is read-only. Mutations" in capfd.readouterr().err
        async with open_client(whole_app(settings, connection, WordEncoder())) as client:

            async def ask(document: str, **variables: object) -> dict[str, Any]:
                body = {"query": document, "variables": variables}
                answer: dict[str, Any] = (await client.post("/graphql", json=body)).json()
                return answer

            found = await ask('{ products(query: "camera", first: 3) { edges { node { key } } } }')
            assert "errors" not in found
            assert "cam" in json.dumps(found)
            listed = await ask(
                "query($u: String) { recommendations(userKey: $u, first: 2) { servedId } }",
                u=user("nobody"),
            )
            assert "errors" not in listed
            refused = await ask(
                EVENT,
                input={
                    "source": "shop",
                    "id": "e1",
                    "kind": "CLICK",
                    "userKey": user("reads"),
                    "productKey": key("cam1"),
                },
            )
            [error] = refused["errors"]
            assert error["extensions"]["code"] == "READ_ONLY"
            assert "retryable" not in error["extensions"]
            ready = await client.get("/readyz")
            assert ready.json()["reasons"] == []


async def test_lists_that_cannot_be_recorded_are_dropped(settings: Settings) -> None:
    from catalograph.api.served_lists import ServedLog

    connection = AsyncConnection(resolve_address(settings))
    try:
        log = ServedLog(connection)
        log.record("recommendations", [key("cam1")])
        await log.close()
        assert log._waiting == {}
        log.record("recommendations", [key("cam1")])
        assert log._waiting == {}, "the next ones are not even kept"
    finally:
        await connection.close()


async def test_statements_of_analysts_are_run_as_their_own_user(settings: Settings) -> None:
    text = "MATCH (p:Product) RETURN count(p) AS n"
    for password, expected in (("only reading", [[8]]), ("wrong", None)):
        analyst = {"analyst_user": "reader", "analyst_password": password}
        neo4j = Settings.model_validate(
            {"neo4j": {"uri": settings.neo4j.uri, "password": settings.neo4j.password, **analyst}}
        ).neo4j
        address = resolve_address(settings.model_copy(update={"neo4j": neo4j}))
        connection = AsyncConnection(address)
        try:
            if expected is None:
                with pytest.raises(CatalographError, match="refused the password"):
                    await ask_statement(connection, text, caller="a test")
                continue
            limits = StatementLimits()
            found = await ask_statement(connection, text, limits=limits, caller="a test")
            assert found.rows == expected
            async with connection.reading() as session:
                result = await session.run("SHOW CURRENT USER YIELD user")
                assert [record["user"] async for record in result] == ["reader"]
        finally:
            await connection.close()


def test_roles_are_not_offered_where_the_server_has_none(settings: Settings) -> None:
    """The statements are not executed anywhere here; this server's parser accepts each."""
    with connect(settings) as connection:
        assert not enforce_keys(connection)
        for text in role_statements("neo4j", ("reader",)):
            with pytest.raises(CatalographError, match="Unsupported administration command"):
                connection.execute(text)
            assert ROLE in text
        with pytest.raises(CatalographError, match="Invalid input"):
            connection.execute(f"GRANT EVERYTHING TO {ROLE}")


@pytest.mark.usefixtures("environment")
def test_the_command_prints_the_role_and_says_that_it_cannot_apply_it() -> None:
    assert f"GRANT ROLE {ROLE} TO `ann`" in run("schema", "roles", "--user", "ann")
    with pytest.raises(CatalographError, match="has no roles"):
        run("schema", "roles", "--apply")


def test_nothing_was_written(settings: Settings, digest: str) -> None:
    with connect(settings) as connection:
        assert content_hash(connection) == digest
        [row] = connection.execute("MATCH (n:Served) RETURN count(n) AS n")
        assert row["n"] == 0


def test_a_reading_connection_cannot_write_to_any_server(settings: Settings) -> None:
    connection = Connection(resolve_address(settings), read_only=True)
    with connection, pytest.raises(StoreForbiddenError, match="read access mode"):
        connection.execute("CREATE (:Product {key: 'product:shop:none'})")
