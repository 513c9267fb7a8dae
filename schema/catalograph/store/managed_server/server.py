"""Run the managed Neo4j as a user service (`start_server`) or as a child of this process."""

import contextlib
import fcntl
import functools
import logging
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from catalograph.errors import (
    ConfigError,
    ServerStartError,
    StoreAuthError,
    StoreUnavailableError,
)
from catalograph.settings import Neo4jSettings, Settings
from catalograph.store.managed_server import supervisor
from catalograph.store.managed_server.assembly import assemble
from catalograph.store.managed_server.config import Ports
from catalograph.store.managed_server.instance import Instance, PortTakenError, ServerInfo
from catalograph.store.managed_server.ports import PortReservation, held_by_other
from catalograph.store.managed_server.swap import finish_swap

_log = logging.getLogger(__name__)
_DEMOS = "demo"
_TEMPORARY = "catalograph-neo4j-"
_STARTING_SECONDS = 300.0
_BIND_ATTEMPTS = 5


def instance_of(settings: Settings) -> Instance:
    """Return the instance of `start_server`."""
    return Instance(settings.home / "server")


def start_server(settings: Settings) -> tuple[ServerInfo, bool]:
    """Start the managed server unless it is running, and wait until it answers.

    Idempotent; of concurrent calls one starts it and the others wait.

    Returns:
        Address and credentials, and whether this call started it.

    Raises:
        ConfigError: `settings.neo4j.uri` names another server.
        ServerError: the server cannot be assembled or started.
        StoreAuthError: its password was changed.
    """
    if settings.neo4j.uri is not None:
        raise ConfigError(
            f"CATALOGRAPH_NEO4J__URI names another server, {settings.neo4j.uri}. "
            "Unset it to use the managed one."
        )
    instance = instance_of(settings)
    with exclusive(instance):
        return start_locked(settings, instance)


def start_locked(settings: Settings, instance: Instance) -> tuple[ServerInfo, bool]:
    """Do what `start_server` does for a caller that holds `exclusive`."""
    if instance.running:
        return instance.wait_ready(settings.server.start_timeout), False
    finish_swap(settings.home)  # complete an interrupted restore

    def start_on(ports: Ports) -> ServerInfo:
        instance.start(settings, ports, held=False)
        try:
            return instance.wait_ready(settings.server.start_timeout)
        except (ServerStartError, StoreAuthError):
            instance.stop()
            raise

    return _start_on_free_ports(settings, _preferred_ports, start_on), True


def stop_server(settings: Settings) -> bool:
    """Stop the managed server cleanly; return whether it was running."""
    instance = instance_of(settings)
    if not instance.folder.exists():
        return False
    with exclusive(instance):
        return instance.stop()


def status(settings: Settings) -> ServerInfo | None:
    """Return the running managed server, or else a running demo's; None if neither is running."""
    return running_instance(settings).info()


def demo_folder(settings: Settings, name: str) -> Path:
    """Return the folder of a demo; its subfolder `server` is the instance folder."""
    return settings.home / _DEMOS / name


def running_instance(settings: Settings) -> Instance:
    """Return the managed instance, or a demo's if only that one is running."""
    managed = instance_of(settings)
    if managed.running:
        return managed
    demos = [Instance(folder) for folder in demo_folder(settings, "").glob("*/server")]
    running = [(demo.state.pid_start, demo) for demo in demos if demo.running and demo.state]
    # Of several demos, use the one started last.
    return max(running, key=lambda found: found[0])[1] if running else managed


def is_demo(settings: Settings, info: ServerInfo) -> bool:
    """Return whether a server belongs to a demo."""
    return info.data_dir.is_relative_to(demo_folder(settings, ""))


def connection(settings: Settings) -> Neo4jSettings:
    """Return the connection to use: the configured server's, the managed one's or a demo's.

    Raises:
        StoreUnavailableError: no server is configured and neither the managed one nor a demo is
            running, or another process listens on its port.
    """
    if settings.neo4j.uri is not None:
        return settings.neo4j
    info = status(settings)
    if info is None:
        raise StoreUnavailableError("The managed Neo4j does not run. Start it with: catalograph up")
    if held_by_other(info.pid, info.bolt_port):
        raise StoreUnavailableError(
            f"Another process listens on port {info.bolt_port}, which the managed Neo4j had. "
            "It gets no password. Run: catalograph down; catalograph up"
        )
    if is_demo(settings, info):
        _say_demo(info.data_dir.parent)
    return pointing_at(info, settings).neo4j


@dataclass(frozen=True)
class ChildServer:
    """A server that runs as a child of this process."""

    instance: Instance
    settings: Settings
    """Settings of its start, with the connection to it."""

    @property
    def info(self) -> ServerInfo:
        """Address, credentials and current process ids.

        Raises:
            ServerStartError: its supervisor gave up or was killed.
        """
        info = self.instance.info()
        if info is None:
            raise ServerStartError(f"The server in {self.instance.folder} has ended.")
        return info

    def kill(self) -> None:
        """Kill Java at once (`kill -9`); its supervisor restarts it on the same ports."""
        before = self.info
        os.kill(before.supervisor_pid, signal.SIGUSR1)
        while self.info.pid in (0, before.pid):
            time.sleep(0.02)

    def restart(self) -> ServerInfo:
        """Kill Java at once and wait until it answers again."""
        self.kill()
        return self.wait_ready()

    def wait_ready(self) -> ServerInfo:
        """Wait until it answers.

        Raises:
            ServerStartError: it does not answer in time.
        """
        return self.instance.wait_ready(self.settings.server.start_timeout)


@contextlib.contextmanager
def child_server(
    settings: Settings, data_dir: Path | None = None, *, extra: Sequence[str] = ()
) -> Iterator[ChildServer]:
    """Run a server that ends with this block, or with this process even if it is killed.

    Args:
        settings: settings with memory sizes and the cache of the jars; its ports are ignored and
            free ones are chosen.
        data_dir: instance folder to use and keep, with any existing data; by default a temporary
            one, removed at the end.
        extra: coordinates of extra plug-ins, such as APOC's.

    Yields:
        The server, ready for connections.

    Raises:
        ServerError: the server cannot be assembled or started.
    """
    assemble(settings, extra=extra)
    temporary = data_dir is None
    if temporary:
        _sweep()
    folder = data_dir or Path(tempfile.mkdtemp(prefix=_TEMPORARY))
    instance = Instance(folder.resolve())
    instance.folder.mkdir(parents=True, exist_ok=True)
    if instance.running:
        raise ServerStartError(
            f"Another server runs in {folder}. End it, or give this one a folder of its own."
        )
    process: subprocess.Popen[bytes] | None = None

    def end() -> None:
        if process is not None:
            process.terminate()
            process.wait()

    def start_on(ports: Ports) -> ServerInfo:
        nonlocal process
        process = instance.start(settings, ports, held=True, temporary=temporary, extra=extra)
        try:
            return instance.wait_ready(settings.server.start_timeout)
        except PortTakenError:
            end()
            raise

    try:
        info = _start_on_free_ports(settings, _spare_ports, start_on)
        yield ChildServer(instance, pointing_at(info, settings))
    finally:
        end()
        if temporary:
            shutil.rmtree(folder, ignore_errors=True)


@functools.cache
def _say_demo(folder: Path) -> None:
    """Warn, once per folder, that the demo's graph is used."""
    _log.warning("using the graph of the running demo in %s", folder)


def _preferred_ports(settings: Settings, reservation: PortReservation) -> Ports:
    server = settings.server
    chosen = [
        reservation.reserve_preferred(
            getattr(server, name),
            f"CATALOGRAPH_SERVER__{name.upper()}",
            fixed=name in server.model_fields_set,
        )
        for name in ("bolt_port", "http_port")
    ]
    return Ports(*chosen)


def _spare_ports(_: Settings, reservation: PortReservation) -> Ports:
    return Ports(*reservation.reserve_spare(2))


def _start_on_free_ports(
    settings: Settings,
    choose: Callable[[Settings, PortReservation], Ports],
    start_on: Callable[[Ports], ServerInfo],
) -> ServerInfo:
    """Start a server on free ports; choose others if another process takes one meanwhile.

    Raises:
        PortTakenError: every attempt lost a port to another process.
        ServerError: `choose` or `start_on` failed.
    """
    for attempt in range(_BIND_ATTEMPTS):
        with PortReservation(settings.cache / "ports") as reservation:
            try:
                return start_on(choose(settings, reservation))
            except PortTakenError as exc:
                if attempt == _BIND_ATTEMPTS - 1:
                    raise
                _log.warning("%s It is started again on free ports.", exc)
    raise AssertionError("unreachable")


def pointing_at(info: ServerInfo, settings: Settings) -> Settings:
    """Return the settings with the connection to this server."""
    neo4j = settings.neo4j.model_copy(
        update={"uri": info.uri, "user": info.user, "password": SecretStr(info.password)}
    )
    return settings.model_copy(update={"neo4j": neo4j})


@contextlib.contextmanager
def exclusive(instance: Instance) -> Iterator[None]:
    """Hold the lock under which one process at a time starts or stops the instance."""
    instance.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (instance.folder / "up.lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _sweep() -> None:
    """Remove temporary folders whose holder and supervisor were both killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_TEMPORARY}*"):
        try:
            if time.time() - folder.stat().st_mtime < _STARTING_SECONDS:
                continue  # its supervisor may not hold the lock yet
            with (folder / supervisor.LOCK).open("a") as stream:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # in use, or another user's
            continue
