"""The managed server, really started: killed, restarted, held by a process that dies."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
import pytest
from neo4j import Driver, GraphDatabase
from neo4j.exceptions import ClientError, Neo4jError
from pydantic import SecretStr

from catalograph.errors import ServerStartError, StoreAuthError
from catalograph.settings import Neo4jSettings, ServerSettings, Settings
from catalograph.store.managed_server import (
    ChildServer,
    ServerInfo,
    child_server,
    connection,
    diagnose,
    start_server,
    status,
    stop_server,
)
from catalograph.store.managed_server.config import Ports
from catalograph.store.managed_server.instance import Instance
from catalograph.store.managed_server.server import _sweep
from tests.foreign_listener import foreign_listener

pytestmark = pytest.mark.neo4j

SMALL = ServerSettings(heap_mb=512, pagecache_mb=64, start_timeout=180)
HOLDER = """
import sys, time
from catalograph.settings import ServerSettings, Settings
from catalograph.store.managed_server import child_server
small = ServerSettings(heap_mb=512, pagecache_mb=64, start_timeout=180)
with child_server(Settings(server=small)) as server:
    print(server.info.data_dir, server.info.pid, server.info.supervisor_pid, flush=True)
    time.sleep(600)
"""


def driver_of(info: ServerInfo) -> Driver:
    return GraphDatabase.driver(
        info.uri, auth=(info.user, info.password), max_transaction_retry_time=0
    )


def one(info: ServerInfo, statement: str) -> object:
    with driver_of(info) as driver:
        return driver.execute_query(statement).records[0][0]


def eventually(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_it_answers_with_gds_and_vector_indexes(server: ChildServer) -> None:
    assert one(server.info, "RETURN gds.version()") == "2.13.9"
    with driver_of(server.info) as driver:
        names = [
            r["name"]
            for r in driver.execute_query("SHOW PROCEDURES YIELD name RETURN name").records
        ]
    assert {"gds.fastRP.write", "gds.knn.write", "db.index.vector.queryNodes"} <= set(names)
    assert not [name for name in names if name.startswith("apoc.")]


@pytest.mark.parametrize("address", ["file:///etc/passwd", "http://127.0.0.1:1/x", "ftp://a/x"])
def test_load_csv_reads_nothing(server: ChildServer, address: str) -> None:
    with driver_of(server.info) as driver, pytest.raises(Neo4jError):
        driver.execute_query(f"LOAD CSV FROM '{address}' AS row RETURN row")


def test_it_listens_on_loopback_only_and_serves_the_browser(server: ChildServer) -> None:
    found = psutil.Process(server.info.pid).net_connections(kind="inet")
    listening = {c.laddr for c in found if c.status == psutil.CONN_LISTEN}
    assert {a.port for a in listening} == {server.info.bolt_port, server.info.http_port}
    assert all(a.ip.removeprefix("::ffff:") == "127.0.0.1" for a in listening)
    http = HTTPConnection("127.0.0.1", server.info.http_port, timeout=10)
    http.request("GET", "/browser/")
    response = http.getresponse()
    assert response.status == 200
    assert b"<html" in response.read().lower()
    http.close()


def test_the_well_known_password_never_works(server: ChildServer) -> None:
    with (
        GraphDatabase.driver(server.info.uri, auth=("neo4j", "neo4j")) as driver,
        pytest.raises(ClientError),
    ):
        driver.verify_connectivity()
    assert stat.S_IMODE(server.info.password_file.stat().st_mode) == 0o600
    assert server.info.password not in repr(server.info)


def test_a_killed_java_comes_back_with_its_ports_and_data(server: ChildServer) -> None:
    before = server.info
    one(before, "CREATE (n:Kept {key: 'a'}) RETURN n.key")
    after = server.restart()
    assert after.pid != before.pid
    assert (after.bolt_port, after.http_port) == (before.bolt_port, before.http_port)
    os.kill(after.pid, signal.SIGKILL)  # not asked for: the supervisor notices by itself
    eventually(lambda: server.info.pid not in (0, after.pid))
    assert (
        one(server.wait_ready(), "MATCH (n:Kept) WITH n, n.key AS key DELETE n RETURN key") == "a"
    )


def test_a_second_server_on_the_same_folder_is_refused(server: ChildServer) -> None:
    folder = server.info.data_dir
    with (
        pytest.raises(ServerStartError, match="Another server runs in"),
        child_server(Settings(server=SMALL), folder),
    ):
        pass
    assert server.info.pid


def test_the_doctor_names_a_wrong_password(server: ChildServer) -> None:
    right = diagnose(server.settings)
    assert [check.name for check in right if not check.ok] == []
    checked = {"server", "neo4j", "access", "gds", "indexes", "records"}
    assert {check.name for check in right} == checked
    neo4j = server.settings.neo4j.model_copy(update={"password": SecretStr("wrong")})
    (check,) = diagnose(server.settings.model_copy(update={"neo4j": neo4j}))
    assert not check.ok
    assert "CATALOGRAPH_NEO4J__PASSWORD" in check.remedy


@pytest.mark.parametrize("victim", ["holder", "holder and supervisor"])
def test_nothing_is_left_of_a_killed_holder(victim: str) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True)
    assert holder.stdout
    folder, java, supervisor = holder.stdout.readline().split()
    assert psutil.pid_exists(int(java))
    if victim != "holder":
        os.kill(int(supervisor), signal.SIGKILL)
    holder.kill()
    holder.communicate()
    eventually(lambda: not psutil.pid_exists(int(java)))
    eventually(lambda: not psutil.pid_exists(int(supervisor)))
    if victim == "holder":
        eventually(lambda: not Path(folder).exists())
    else:
        # Nobody is left to remove it: the next holder does, once it is old enough.
        os.utime(folder, (0, 0))
        _sweep()
        assert not Path(folder).exists()


# --- as a service


@pytest.fixture(scope="module")
def service_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("home")
    yield home
    command(home, "down")


def command(home: Path, *words: str, **changes: str) -> subprocess.CompletedProcess[str]:
    variables = {
        "CATALOGRAPH_HOME": str(home),
        "CATALOGRAPH_SERVER__HEAP_MB": "512",
        "CATALOGRAPH_SERVER__PAGECACHE_MB": "64",
        "CATALOGRAPH_SERVER__OFFLINE": "true",  # the jars are there by now
    }
    return subprocess.run(
        [str(Path(sys.executable).with_name("catalograph")), *words],
        env=os.environ | variables | changes,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def result(home: Path, *words: str, code: int = 0, **changes: str) -> dict[str, object]:
    done = command(home, *words, "--json", **changes)
    assert done.returncode == code, done.stderr
    return dict(json.loads(done.stdout))


def test_up_status_doctor_down(server: ChildServer, service_home: Path) -> None:
    assert result(service_home, "status", code=1) == {"running": False}
    assert command(service_home, "doctor").returncode == 1

    first = result(service_home, "up")
    assert first["started"] is True
    again = result(service_home, "up")
    assert again == {**first, "started": False}
    told = command(service_home, "up").stdout
    password = Path(str(first["password_file"])).read_text().strip()
    assert "already up" in told
    assert password not in told
    assert str(first["bolt"]) in told
    assert result(service_home, "status") == {"running": True} | {
        name: value for name, value in first.items() if name != "started"
    }
    checks = result(service_home, "doctor")["checks"]
    assert isinstance(checks, list)
    assert [check["name"] for check in checks if not check["ok"]] == []
    assert "ports" in {check["name"] for check in checks}

    settings = Settings(home=service_home)
    target = connection(settings)
    assert (target.uri, target.user) == (first["bolt"], "neo4j")

    assert result(service_home, "down") == {"stopped": True}
    assert result(service_home, "down") == {"stopped": False}
    assert not psutil.pid_exists(int(str(first["pid"])))


def test_status_asks_the_server_that_is_configured(
    server: ChildServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CATALOGRAPH_NEO4J__URI", server.info.uri)
    monkeypatch.setenv("CATALOGRAPH_NEO4J__PASSWORD", server.info.password)
    said = result(tmp_path, "status")
    asked = {"running": True, "bolt": server.info.uri, "user": "neo4j", "edition": "community"}
    assert asked.items() <= said.items()
    monkeypatch.setenv("CATALOGRAPH_NEO4J__PASSWORD", "wrong")
    refused = command(tmp_path, "status")
    assert refused.returncode == 1
    assert "refused the password" in refused.stderr
    monkeypatch.setenv("CATALOGRAPH_NEO4J__URI", "bolt://127.0.0.1:1")
    assert result(tmp_path, "status", code=1)["running"] is False


def test_two_ups_at_once_start_one_server(service_home: Path) -> None:
    found: list[dict[str, object]] = []
    threads = [Thread(target=lambda: found.append(result(service_home, "up"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(bool(answer["started"]) for answer in found) == [False, True]
    assert found[0]["pid"] == found[1]["pid"]


def test_a_password_changed_by_somebody_is_named_with_its_file(service_home: Path) -> None:
    result(service_home, "up")
    settings = Settings(home=service_home, server=SMALL)
    info = status(settings)
    assert info
    info.password_file.write_text("another-password")
    with pytest.raises(StoreAuthError, match="refuses the password kept in"):
        start_server(settings)
    done = command(service_home, "up")
    assert done.returncode == 1
    assert str(info.password_file) in done.stderr
    info.password_file.write_text(info.password)


def test_connection_prefers_the_configured_server() -> None:
    neo4j = Neo4jSettings(uri="bolt://127.0.0.1:1")
    assert connection(Settings(neo4j=neo4j)) == neo4j


# --- several servers on one machine


@pytest.fixture
def robbed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Let a foreign process take a port of the next server after its choice; keeps what it gets."""
    kept = tmp_path / "kept"
    with ExitStack() as thieves:

        def rob(name: str) -> Path:
            start = Instance.start
            robbed: list[str] = []

            def robbed_start(
                self: Instance, settings: Settings, ports: Ports, **options: Any
            ) -> Any:
                if not robbed:
                    robbed.append(name)
                    thieves.enter_context(foreign_listener(getattr(ports, name), kept))
                return start(self, settings, ports, **options)

            monkeypatch.setattr(Instance, "start", robbed_start)
            return kept

        yield rob


@pytest.mark.parametrize("name", ["bolt", "http"])
def test_a_server_whose_port_is_taken_meanwhile_starts_on_another(
    robbed: Callable[[str], Path], name: str
) -> None:
    kept = robbed(name)
    with child_server(Settings(server=SMALL)) as held:
        assert one(held.info, "RETURN 1") == 1
    assert kept.read_bytes() == b""


def test_up_moves_from_a_port_that_is_taken_meanwhile(
    robbed: Callable[[str], Path], tmp_path: Path
) -> None:
    kept = robbed("bolt")
    settings = Settings(home=tmp_path / "home", server=SMALL)
    try:
        info, started = start_server(settings)
        assert started
        assert one(info, "RETURN 1") == 1
        assert connection(settings).uri == info.uri
    finally:
        stop_server(settings)
    assert kept.read_bytes() == b""


@pytest.mark.heavy
@pytest.mark.parametrize("turn", range(int(os.environ.get("TEST_HOME_TURNS", "10"))))
def test_homes_started_at_once_are_all_up_on_ports_of_their_own(tmp_path: Path, turn: int) -> None:
    homes = [tmp_path / str(n) for n in range(int(os.environ.get("TEST_HOMES", "6")))]
    sizes = {"CATALOGRAPH_SERVER__HEAP_MB": "256", "CATALOGRAPH_SERVER__START_TIMEOUT": "600"}
    try:
        with ThreadPoolExecutor(len(homes)) as threads:
            starts = [threads.submit(result, home, "up", code=0, **sizes) for home in homes]
            answers = [start.result() for start in starts]
        assert all(answer["started"] for answer in answers), f"turn {turn}"
        assert len({str(answer["bolt"]) for answer in answers}) == len(homes)
        for home in homes:
            info = status(Settings(home=home))
            assert info
            assert one(info, "RETURN 1") == 1
    finally:
        for home in homes:
            command(home, "down")
