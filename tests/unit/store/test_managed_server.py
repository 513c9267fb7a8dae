"""The managed server's parts that need no server."""

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from catalograph.errors import (
    AssemblyError,
    ConfigError,
    DownloadError,
    ResourceError,
    ServerStartError,
    StoreUnavailableError,
)
from catalograph.maven import Jar, sha256_of
from catalograph.settings import Neo4jSettings, ServerSettings, Settings
from catalograph.store.managed_server import (
    connection,
    diagnose,
    start_server,
    status,
    stop_server,
    supervisor,
)
from catalograph.store.managed_server.assembly import (
    COORDINATES,
    MARKER,
    assemble,
    assembled_folder,
    faulty_jars,
    fetch,
    jar_path,
    lock_text,
    parse_lock,
    render_lock,
)
from catalograph.store.managed_server.config import Ports, conf_text, first_user_text, java_command
from catalograph.store.managed_server.instance import Instance, PortTakenError
from catalograph.store.managed_server.machine import (
    Memory,
    memory_for,
    memory_limit_mb,
    require_disk,
)
from catalograph.store.managed_server.ports import (
    PortReservation,
    held_by_other,
    listens,
    port_is_free,
    preferred_port,
    spare_ports,
)
from tests.foreign_listener import foreign_listener

DIGEST = "a" * 64


def settings_at(folder: Path, **changes: object) -> Settings:
    return Settings(home=folder / "home", cache=folder / "cache", **changes)  # type: ignore[arg-type]


# --- the lock


def test_the_committed_lock_pins_every_coordinate_and_names_no_address() -> None:
    pinned = {jar.coordinate for jar in parse_lock(lock_text())}
    assert pinned >= set(COORDINATES)
    assert "://" not in lock_text()


def test_a_lock_is_read_back_as_written() -> None:
    jars = [Jar("g", "a", "1", "", DIGEST), Jar("g", "b", "2", "linux-x86_64", DIGEST)]
    assert parse_lock(render_lock(jars)) == jars
    assert parse_lock(lock_text()) == parse_lock(render_lock(parse_lock(lock_text())))


@pytest.mark.parametrize("line", ["abc  g:a:1", f"{DIGEST}  g:a", f"{DIGEST}  g:a:1:c:d", DIGEST])
def test_a_malformed_lock_line_is_named(line: str) -> None:
    with pytest.raises(AssemblyError, match=r"Line 2 of neo4j.lock"):
        parse_lock(f"# head\n{line}\n")


def test_no_two_jars_of_the_lock_share_a_file() -> None:
    paths = [jar_path(jar) for jar in parse_lock(lock_text())]
    assert len(set(paths)) == len(paths)
    assert {path.split("/")[0] for path in paths} == {"lib", "plugins"}


# --- fetching and assembling


def pooled(pool: Path, content: bytes) -> Jar:
    pool.mkdir(parents=True, exist_ok=True)
    draft = pool / "draft"
    draft.write_bytes(content)
    jar = Jar("no.such.group", "thing", "1", "", sha256_of(draft))
    draft.rename(pool / f"{jar.sha256}.jar")
    return jar


def test_a_checked_jar_is_taken_from_the_pool(tmp_path: Path) -> None:
    jar = pooled(tmp_path, b"a jar")
    assert fetch(jar, tmp_path, offline=True).read_bytes() == b"a jar"


def test_a_tampered_jar_is_refused(tmp_path: Path) -> None:
    jar = pooled(tmp_path, b"a jar")
    (tmp_path / f"{jar.sha256}.jar").write_bytes(b"another")
    with pytest.raises(DownloadError, match=r"no\.such\.group:thing:1 is missing.*OFFLINE"):
        fetch(jar, tmp_path, offline=True)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A Maven repository on the loopback address, which jgo's own configuration names."""
    root = tmp_path / "mirror"
    folder = root / "no" / "such" / "group" / "thing" / "1"
    folder.mkdir(parents=True)
    (folder / "thing-1.jar").write_bytes(b"a jar")
    handler = partial(SimpleHTTPRequestHandler, directory=str(root))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        config = tmp_path / "jgo.conf"
        config.write_text(f"[repositories]\ncentral = http://127.0.0.1:{server.server_port}\n")
        monkeypatch.setenv("JGO_CONFIG_FILE", str(config))
        yield folder
        server.shutdown()


def test_a_jar_is_downloaded_checked_and_kept(tmp_path: Path, mirror: Path) -> None:
    digest = sha256_of(mirror / "thing-1.jar")
    pool = tmp_path / "pool"
    pool.mkdir()
    kept = fetch(Jar("no.such.group", "thing", "1", "", digest), pool, offline=False)
    assert kept.read_bytes() == b"a jar"
    assert [path.name for path in pool.iterdir()] == [f"{digest}.jar"]


@pytest.mark.parametrize(
    ("artifact", "message"),
    [
        ("thing", r"thing:1 arrived with the SHA-256 \w+ instead of aaaa\w+, 3 times"),
        ("absent", r"absent:1 could not be downloaded"),
    ],
)
def test_a_broken_or_missing_download_is_refused(
    tmp_path: Path, mirror: Path, artifact: str, message: str
) -> None:
    pool = tmp_path / "pool"
    pool.mkdir()
    with pytest.raises(DownloadError, match=message):
        fetch(Jar("no.such.group", artifact, "1", "", DIGEST), pool, offline=False)
    assert list(pool.iterdir()) == []


def test_faulty_jars_names_the_missing_and_the_changed(tmp_path: Path) -> None:
    jars = [pooled(tmp_path / "pool", content) for content in (b"one", b"two", b"three")]
    jars = [Jar("g", f"a{n}", "1", "", jar.sha256) for n, jar in enumerate(jars)]
    (tmp_path / "lib").mkdir()
    (tmp_path / jar_path(jars[0])).write_bytes(b"one")
    (tmp_path / jar_path(jars[1])).write_bytes(b"tampered")
    assert faulty_jars(tmp_path, jars) == ["g:a1:1", "g:a2:1"]


def test_assembling_offline_with_nothing_there_says_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("M2_REPO", str(tmp_path / "m2"))
    settings = settings_at(tmp_path, server=ServerSettings(offline=True))
    with pytest.raises(DownloadError, match=r"OFFLINE is set\. Unset it once"):
        assemble(settings)
    assert not assembled_folder(settings).exists()
    assert not list(settings.cache.glob("neo4j/.assembling-*"))


def test_an_assembled_folder_is_used_without_a_look_at_the_network(tmp_path: Path) -> None:
    settings = settings_at(tmp_path, server=ServerSettings(offline=True))
    folder = assembled_folder(settings)
    folder.mkdir(parents=True)
    (folder / MARKER).touch()
    assert assemble(settings) == folder


def test_extras_get_a_folder_of_their_own(tmp_path: Path) -> None:
    settings = settings_at(tmp_path)
    assert assembled_folder(settings, ["g:a:1"]) != assembled_folder(settings)


# --- what Neo4j is told


def conf(**changes: object) -> dict[str, str]:
    text = conf_text(Path("/jars"), Ports(7687, 7474), Memory(1000, 200), **changes)  # type: ignore[arg-type]
    return dict(line.split("=", 1) for line in text.splitlines())


def test_the_configuration_is_loopback_only_and_closed() -> None:
    options = conf()
    addresses = [value for name, value in options.items() if "listen_address" in name]
    assert len(addresses) == 3
    assert all(value.startswith("127.0.0.1") for value in addresses)
    assert options["server.https.enabled"] == "false"
    assert options["dbms.security.allow_csv_import_from_file_urls"] == "false"
    assert options["internal.dbms.cypher_ip_blocklist"] == "0.0.0.0/0,::/0"
    assert options["dbms.security.procedures.allowlist"] == "gds.*"
    assert options["dbms.usage_report.enabled"] == "false"
    assert options["db.memory.transaction.max"] == "500m"


def test_apoc_is_opened_only_when_it_is_asked_for() -> None:
    options = conf(extra=["org.neo4j.procedure:apoc-core:5.26.19"])
    assert options["dbms.security.procedures.allowlist"] == "gds.*,apoc.*"


def test_java_gets_its_memory_and_gds_on_the_classpath() -> None:
    command = java_command(Path("/java"), Path("/jars"), Path("/home"), Memory(1000, 200))
    assert command[0] == "/java"
    assert "-Xmx1000m" in command
    assert command[command.index("-cp") + 1] == "/jars/plugins/*:/home/conf:/jars/lib/*"


def test_the_first_user_is_salted_and_never_the_password_itself() -> None:
    one, two = first_user_text("secret"), first_user_text("secret")
    assert one != two
    assert one.startswith("neo4j:SHA-256,")
    assert "secret" not in one


# --- the machine


def test_memory_is_a_share_of_the_machine_within_bounds() -> None:
    unset = ServerSettings()
    assert memory_for(unset, 1_000) == Memory(512, 128)
    assert memory_for(unset, 16_000) == Memory(4_000, 2_000)
    assert memory_for(unset, 1_000_000) == Memory(8192, 4096)
    assert memory_for(ServerSettings(heap_mb=300, pagecache_mb=64), 16_000) == Memory(300, 64)


def test_a_cgroup_limit_lowers_the_memory(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("max\n")
    unlimited = memory_limit_mb(tmp_path)
    (tmp_path / "memory.max").write_text(f"{300 * 1024 * 1024}\n")
    assert memory_limit_mb(tmp_path) in (300, unlimited)  # no version 2 group: not asked
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text(f"{300 * 1024 * 1024}\n")
    assert memory_limit_mb(tmp_path) == 300


def test_too_little_disk_is_said_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match=r"are needed to test\. Free some"):
        require_disk(tmp_path / "not" / "yet", 10**9, "to test")


def test_a_taken_port_gives_the_next_free_one() -> None:
    taken = spare_ports(1)[0]
    with socket.socket() as server:
        server.bind(("127.0.0.1", taken))
        server.listen()
        assert not port_is_free(taken)
        found = preferred_port(taken, "X")
        assert taken < found <= taken + 100


def test_no_free_port_names_the_setting() -> None:
    with pytest.raises(ResourceError, match=r"from 65535 to 65535 are taken\. Set THE_SETTING"):
        preferred_port(65535, "THE_SETTING", lambda _: False)


def test_spare_ports_differ_and_lie_below_the_kernels_own() -> None:
    ports = spare_ports(20)
    assert len(set(ports)) == 20
    assert max(ports) < 32768


def test_a_reserved_port_is_given_to_nobody_else_until_its_end(tmp_path: Path) -> None:
    port = spare_ports(1)[0]
    with PortReservation(tmp_path) as mine:
        assert mine.reserve(port)
        with PortReservation(tmp_path) as other:
            assert not other.reserve(port)
            assert other.reserve_preferred(port, "X", fixed=False) > port
    with PortReservation(tmp_path) as later:
        assert later.reserve(port)


def test_a_port_is_found_free_where_nothing_can_be_reserved() -> None:
    with PortReservation(Path("/proc/no/such/folder")) as reservation:
        assert len(set(reservation.reserve_spare(2))) == 2


def test_a_configured_port_that_is_taken_is_named_and_not_replaced(tmp_path: Path) -> None:
    taken = spare_ports(1)[0]
    settings = settings_at(tmp_path, server=ServerSettings(bolt_port=taken))
    with foreign_listener(taken, tmp_path / "kept"):
        message = f"CATALOGRAPH_SERVER__BOLT_PORT is {taken}, but another process holds that port"
        with pytest.raises(ResourceError, match=message):
            start_server(settings)


def test_a_listener_is_known_by_its_process(tmp_path: Path) -> None:
    port = spare_ports(1)[0]
    assert not held_by_other(os.getpid(), port)
    with socket.create_server(("127.0.0.1", port)):
        assert listens(os.getpid(), port)
        assert not held_by_other(os.getpid(), port)
        assert held_by_other(0, port)
    with foreign_listener(port, tmp_path / "kept"):
        assert not listens(os.getpid(), port)
        assert held_by_other(os.getpid(), port)


# --- state, stale or not


def written(folder: Path, state: supervisor.State) -> Instance:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / supervisor.STATE).write_text(json.dumps(asdict(state)))
    (folder / "ports.json").write_text(json.dumps({"bolt": 1, "http": 2}))
    (folder / "password").write_text("x")
    return Instance(folder)


def test_a_process_is_known_by_its_id_and_its_start(tmp_path: Path) -> None:
    own = os.getpid()
    start = supervisor.process_start(own)
    assert start
    assert written(tmp_path, supervisor.State(own, start)).running
    assert not written(tmp_path, supervisor.State(own, start - 1)).running  # the id was reused


def test_a_dead_or_unreaped_process_does_not_run(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    start = supervisor.process_start(child.pid)
    assert start
    instance = written(tmp_path, supervisor.State(child.pid, start))
    seen = [instance.running]
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    seen.append(instance.running)  # a zombie
    child.communicate()
    seen.append(instance.running)
    assert seen == [True, False, False]
    assert instance.info() is None
    assert instance.stop() is False


def test_a_stale_state_is_not_running_and_down_says_so(tmp_path: Path) -> None:
    settings = settings_at(tmp_path)
    assert status(settings) is None
    assert stop_server(settings) is False
    written(settings.home / "server", supervisor.State(os.getpid(), 1, os.getpid(), 1))
    assert status(settings) is None
    assert stop_server(settings) is False


def running_at(folder: Path, bolt: int) -> Instance:
    """An instance that looks as if this process were its supervisor and its Java."""
    own, start = os.getpid(), supervisor.process_start(os.getpid())
    assert start
    instance = written(folder, supervisor.State(own, start, own, start))
    ports = {"bolt": bolt, "http": spare_ports(1)[0]}
    (folder / "ports.json").write_text(json.dumps(ports))
    return instance


def test_another_process_on_the_port_gets_no_password(tmp_path: Path) -> None:
    port, kept = spare_ports(1)[0], tmp_path / "kept"
    settings = settings_at(tmp_path)
    instance = running_at(settings.home / "server", port)
    with foreign_listener(port, kept):
        with pytest.raises(PortTakenError, match=f"Another process took port {port}"):
            instance.wait_ready(30)
        with pytest.raises(StoreUnavailableError, match="It gets no password"):
            connection(settings)
        with pytest.raises(PortTakenError):
            start_server(settings)
    assert kept.read_bytes() == b""


def test_a_server_that_could_not_bind_is_told_from_one_that_starts(tmp_path: Path) -> None:
    instance = running_at(tmp_path, spare_ports(1)[0])
    (tmp_path / "logs").mkdir()
    (tmp_path / supervisor.CONSOLE).write_text("Address already in use: localhost\n")
    own, start = os.getpid(), supervisor.process_start(os.getpid())
    assert start
    with pytest.raises(ServerStartError, match=r"did not answer within 0 s"):
        instance.wait_ready(0.3)  # Java lives: those are words of an earlier one
    supervisor.write_private(
        tmp_path / supervisor.STATE, json.dumps(asdict(supervisor.State(own, start)))
    )
    with pytest.raises(PortTakenError, match="Address already in use: localhost"):
        instance.wait_ready(30)


def test_private_files_are_for_the_user_only(tmp_path: Path) -> None:
    supervisor.write_private(tmp_path / "x", "secret")
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def instance_running(folder: Path, command: list[str]) -> subprocess.Popen[bytes]:
    (folder / "logs").mkdir(parents=True)
    launch = supervisor.Launch(command, holder=os.getpid(), temporary=False)
    (folder / supervisor.LAUNCH).write_text(json.dumps(asdict(launch)))
    return subprocess.Popen([sys.executable, "-I", "-S", supervisor.__file__, str(folder)])


def test_a_program_that_keeps_dying_is_given_up(tmp_path: Path) -> None:
    process = instance_running(tmp_path, ["/bin/sh", "-c", "echo again; exit 7"])
    assert process.wait(60) == 1
    state = Instance(tmp_path).state
    assert state
    assert state.failed == "Neo4j ended 5 times within 60 s, last with 7"
    assert (tmp_path / supervisor.CONSOLE).read_text() == "again\n" * 5
    assert not (tmp_path / supervisor.PID).exists()


def test_a_folder_has_one_supervisor(tmp_path: Path) -> None:
    first = instance_running(tmp_path, [str(shutil.which("sleep")), "60"])
    while Instance(tmp_path).state is None:
        assert first.poll() is None
    second = subprocess.run(
        [sys.executable, "-I", "-S", supervisor.__file__, str(tmp_path)], check=False
    )
    assert second.returncode == supervisor.TAKEN
    first.terminate()
    assert first.wait(10) == 0


# --- refusals and the doctor without a server


def test_up_refuses_when_another_server_is_configured(tmp_path: Path) -> None:
    settings = settings_at(tmp_path, neo4j=Neo4jSettings(uri="bolt://127.0.0.1:1"))
    with pytest.raises(ConfigError, match="CATALOGRAPH_NEO4J__URI names another server"):
        start_server(settings)
    assert not settings.home.exists()


def test_the_doctor_works_with_nothing_installed(tmp_path: Path) -> None:
    checks = {check.name: check for check in diagnose(settings_at(tmp_path))}
    assert checks["java"].ok
    for name in ("jars", "password file", "server"):
        assert not checks[name].ok
        assert "catalograph up" in checks[name].remedy
    assert all(bool(check.remedy) != check.ok for check in checks.values())


def test_the_doctor_knows_java_by_its_version_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-Xmx512m")
    java = next(check for check in diagnose(settings_at(tmp_path)) if check.name == "java")
    assert java.ok, java.detail
    assert '"21' in java.detail


def test_the_doctor_looks_only_at_a_server_configured_elsewhere(tmp_path: Path) -> None:
    port = spare_ports(1)[0]
    settings = settings_at(tmp_path, neo4j=Neo4jSettings(uri=f"bolt://127.0.0.1:{port}"))
    (check,) = diagnose(settings)
    assert (check.name, check.ok) == ("server", False)
    assert "does not answer" in check.detail
    assert "correct CATALOGRAPH_NEO4J__URI" in check.remedy
