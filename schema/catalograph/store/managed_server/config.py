"""Configuration of Neo4j: its configuration file, command line and initial password."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from catalograph.store.managed_server.machine import Memory

OPENED = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
DATABASE = "neo4j"
"""Name of the database of a managed server."""
_HASH_ROUNDS = 1024


@dataclass(frozen=True)
class Ports:
    """Loopback ports of one server."""

    bolt: int
    http: int


def conf_text(
    assembled: Path,
    ports: Ports,
    memory: Memory,
    extra: Sequence[str] = (),
    *,
    read_only: bool = False,
) -> str:
    """Return `neo4j.conf`: loopback only, no file or network access from Cypher, bounded memory.

    Args:
        assembled: folder of the jars.
        ports: ports to listen on.
        memory: memory sizes; one transaction may use half of the heap.
        extra: coordinates of extra plug-ins; APOC's procedures are allowed if it is among them.
        read_only: whether the graph may not be written.
    """
    procedures = "gds.*,apoc.*" if any("apoc" in name for name in extra) else "gds.*"
    origin = f"http://127.0.0.1:{ports.http}"
    options = {
        "server.default_listen_address": "127.0.0.1",
        "server.bolt.listen_address": f"127.0.0.1:{ports.bolt}",
        "server.bolt.advertised_address": f"127.0.0.1:{ports.bolt}",
        "server.http.listen_address": f"127.0.0.1:{ports.http}",
        "server.http.advertised_address": f"127.0.0.1:{ports.http}",
        "server.https.enabled": "false",
        # Neo4j Browser uses Bolt; nothing here needs the HTTP API of the database.
        "server.http_enabled_modules": "BROWSER",
        "dbms.security.http_access_control_allow_origin": origin,
        "server.directories.plugins": str(assembled / "plugins"),
        "server.directories.lib": str(assembled / "lib"),
        "server.memory.pagecache.size": f"{memory.pagecache}m",
        "db.memory.transaction.max": f"{memory.heap // 2}m",
        "dbms.security.procedures.unrestricted": procedures,
        "dbms.security.procedures.allowlist": procedures,
        # Forbid LOAD CSV to read files or URLs.
        "dbms.security.allow_csv_import_from_file_urls": "false",
        "internal.dbms.cypher_ip_blocklist": "0.0.0.0/0,::/0",
        "dbms.usage_report.enabled": "false",
        "client.allow_telemetry": "false",
        # A fresh database takes 2 MB instead of 516 MB.
        "db.tx_log.preallocate": "false",
        # Deleted data, including erased users, stays in transaction logs. Nobody replays old
        # ones, so a full log is removed at the next checkpoint.
        "db.tx_log.rotation.size": "16m",
        "db.tx_log.rotation.retention_policy": "keep_none",
        "server.config.strict_validation.enabled": "true",
    }
    if read_only:
        options["server.databases.read_only"] = DATABASE
    return "".join(f"{name}={value}\n" for name, value in options.items())


def java_command(java: Path, assembled: Path, instance: Path, memory: Memory) -> list[str]:
    """Return the command that runs Neo4j in the foreground."""
    classpath = f"{assembled}/plugins/*:{instance}/conf:{assembled}/lib/*"
    return [
        str(java),
        # Start with a small heap that grows on demand: several servers may share a machine.
        f"-Xms{min(memory.heap, 512)}m",
        f"-Xmx{memory.heap}m",
        "-XX:+UseG1GC",
        "-XX:-OmitStackTraceInFastThrow",
        # The supervisor restarts it; a server that continues after an out-of-memory error may hang.
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:-UsePerfData",
        "-Dfile.encoding=UTF-8",
        "-Dlog4j2.disable.jmx=true",
        "-Dio.netty.tryReflectionSetAccessible=true",
        f"-Djava.io.tmpdir={instance}/scratch",
        *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED),
        "-cp",
        classpath,
        "org.neo4j.server.CommunityEntryPoint",
        f"--home-dir={instance}",
        f"--config-dir={instance}/conf",
    ]


def first_user_text(password: str) -> str:
    """Return `auth.ini`, the initial user of a new database: `neo4j` with this password.

    It has the format that `neo4j-admin dbms set-initial-password` writes. So the server never runs
    with the well-known default password.
    """
    salt = secrets.token_bytes(32)
    digest = hashlib.sha256(salt + password.encode()).digest()
    for _ in range(_HASH_ROUNDS - 1):
        digest = hashlib.sha256(digest).digest()
    return f"neo4j:SHA-256,{digest.hex()},{salt.hex()},{_HASH_ROUNDS}:\n"
