"""Start and stop the processes of Flower: the coordinator's link, a shop's node, one run.

Flower comes as commands beside this interpreter. All of them keep what they write in a folder of
the caller's, send no telemetry and do not look for newer versions.
"""

import ipaddress
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from catalograph.errors import ConfigError, EmbedError
from catalograph.store.managed_server.ports import spare_ports

__all__ = ["LinkAddress", "Tls", "require_flower", "run_app", "start_link", "start_node"]

_STOP_SECONDS = 20.0
_START_SECONDS = 120.0
_CONNECTION = "catalograph"
_APP = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "catalograph-federation"
version = "1.0.0"
description = "Adds up shops' counts by secure aggregation"
license = "Apache-2.0"
dependencies = ["flwr>=1.42"]

[tool.flwr.app]
publisher = "catalograph"

[tool.flwr.app.components]
serverapp = "catalograph.embed.federated.flower_server:app"
clientapp = "catalograph.embed.federated.flower_client:app"

[tool.flwr.app.config]
"""


@dataclass(frozen=True)
class LinkAddress:
    """Where the coordinator listens."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "LinkAddress":
        """Read `HOST:PORT`.

        Raises:
            ConfigError: it is something else.
        """
        host, _, port = text.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ConfigError(f"'{text}' is no address; expected HOST:PORT, such as 10.0.0.5:9092.")
        return cls(host, int(port))

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it; a name other than `localhost` may be anywhere."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Tls:
    """Files for encrypted connections; empty for none, on this machine only."""

    authority: Path | None = None
    """Certificate of the authority that signed the server's."""
    certificate: Path | None = None
    """The server's certificate."""
    key: Path | None = None
    """The server's private key."""

    def require(self, address: LinkAddress, *, server: bool) -> None:
        """Raise unless a connection is encrypted or stays on this machine.

        Raises:
            ConfigError: it would go over a network in the clear.
        """
        given = [self.authority, self.certificate, self.key] if server else [self.authority]
        if all(given) or (address.is_local and not any(given)):
            return
        names = "--ca, --certificate and --key" if server else "--ca"
        raise ConfigError(
            f"{address} is reached over a network, so give {names}; without them only this "
            "machine can take part, by 127.0.0.1."
        )


def require_flower() -> None:
    """Raise unless Flower is installed.

    Raises:
        ConfigError: it is not.
    """
    if find_spec("flwr") is None:
        raise ConfigError(
            "Flower is not installed here. It needs other versions of packages than the rest of "
            "Catalograph, so install 'catalograph[federate]' in an environment of its own, or run "
            "`make federate` and .venv-federate/bin/catalograph."
        )


@contextmanager
def start_link(address: LinkAddress, tls: Tls, folder: Path) -> Iterator[None]:
    """Run the coordinator's link, which shops connect to."""
    options = ["--host", address.host.strip("[]"), "--port", str(address.port)]
    options += ["--disable-runtime-dependency-installation"]
    if tls.certificate is None:
        options += ["--insecure"]
    else:
        options += ["--ssl-certfile", str(tls.certificate), "--ssl-keyfile", str(tls.key)]
        options += ["--ssl-ca-certfile", str(tls.authority)]
    with _start("flower-superlink", options, folder) as process:
        deadline = time.monotonic() + _START_SECONDS
        while not _answers(address):
            if process.poll() is not None or time.monotonic() > deadline:
                raise EmbedError(
                    f"Flower does not listen at {address}; see {folder / 'flower-superlink.log'}."
                )
            time.sleep(0.2)
        yield


@contextmanager
def start_node(address: LinkAddress, tls: Tls, folder: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """Run a shop's node, whose files stand in the folder."""
    options = ["--superlink", str(address), "--host", "127.0.0.1", "--port", str(spare_ports(1)[0])]
    options += ["--node-config", f'folder="{folder}"']
    options += (
        ["--insecure"] if tls.authority is None else ["--root-certificates", str(tls.authority)]
    )
    with _start("flower-supernode", options, folder) as process:
        yield process


def run_app(address: LinkAddress, tls: Tls, folder: Path, config: Mapping[str, Any]) -> None:
    """Ask the link to run the federation once, and return when it has begun.

    Raises:
        EmbedError: the link refuses it.
    """
    app = folder / "app"
    app.mkdir(parents=True, exist_ok=True)
    values = "".join(f"{name} = {_toml(value)}\n" for name, value in config.items())
    (app / "pyproject.toml").write_text(_APP + values, encoding="utf-8")
    connection = f'[superlink.{_CONNECTION}]\naddress = "{address}"\n'
    if tls.authority is None:
        connection += "insecure = true\n"
    else:
        connection += f'root-certificates = "{tls.authority}"\n'
    home = folder / "flower"
    home.mkdir(parents=True, exist_ok=True)
    (home / "config.toml").write_text(connection, encoding="utf-8")
    done = subprocess.run(
        [_command("flwr"), "run", str(app), _CONNECTION],
        env=_environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise EmbedError(f"Flower did not start the run: {(done.stderr or done.stdout).strip()}")


@contextmanager
def _start(name: str, options: Sequence[str], folder: Path) -> "Iterator[subprocess.Popen[bytes]]":
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [_command(name), *options],
            env=_environment(folder),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            _stop(process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _command(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def _environment(folder: Path) -> dict[str, str]:
    inherited = os.environ  # noqa: TID251 - a child's environment is the whole of this one
    own = {
        # Flower starts further commands by their names.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), inherited.get("PATH", "")]),
        "FLWR_HOME": str(folder / "flower"),
        "FLWR_TELEMETRY_ENABLED": "0",
        "FLWR_DISABLE_UPDATE_CHECK": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    return inherited | own


def _answers(address: LinkAddress) -> bool:
    try:
        with socket.create_connection((address.host.strip("[]"), address.port), timeout=1.0):
            return True
    except OSError:
        return False


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else repr(value)
