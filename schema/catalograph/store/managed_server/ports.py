"""Loopback ports: find and reserve free ports, and check which process listens on a port."""

import fcntl
import random
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import psutil

from catalograph.errors import ResourceError

# Below the kernel's ephemeral port range for outgoing connections, so that a restarted server finds
# its ports still free.
_SPARE_PORTS = range(20000, 32000)
_NEXT_PORTS = 100


def port_is_free(port: int) -> bool:
    """Return whether a server could now listen on this port of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def accepts(port: int) -> bool:
    """Return whether a process accepts connections on this port of the loopback address."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
    except OSError:
        return False
    return True


def listens(pid: int, port: int) -> bool:
    """Return whether this process, which must belong to the user, listens on a TCP port."""
    try:
        found = psutil.Process(pid).net_connections("tcp")
    except psutil.Error:  # it ended, or another user's process reuses its id
        return False
    return any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in found)


def held_by_other(pid: int, port: int) -> bool:
    """Return whether a process other than this one listens on a port."""
    # Checked again, since this process may have accepted first and then ended.
    return accepts(port) and not listens(pid, port) and accepts(port)


def preferred_port(
    preferred: int, setting: str, is_free: Callable[[int], bool] = port_is_free
) -> int:
    """Return the preferred port, or the next free one after it.

    Raises:
        ResourceError: this port and the next hundred are in use; the message names `setting`.
    """
    last = min(preferred + _NEXT_PORTS, 65535)
    for port in range(preferred, last + 1):
        if is_free(port):
            return port
    raise ResourceError(
        f"All ports from {preferred} to {last} are taken. Set {setting} to a free one."
    )


def spare_ports(count: int, is_free: Callable[[int], bool] = port_is_free) -> list[int]:
    """Return free ports, chosen at random so that servers starting together do not collide.

    Raises:
        ResourceError: there are not enough free ports.
    """
    found: list[int] = []
    for port in random.sample(_SPARE_PORTS, len(_SPARE_PORTS)):
        if is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    raise ResourceError(
        f"No {count} ports between {_SPARE_PORTS.start} and {_SPARE_PORTS.stop} are free. "
        "End some of the servers that hold them."
    )


class PortReservation:
    """Reserves free ports against other starts of managed servers until its block ends.

    A server binds its ports seconds after they were chosen. A reservation only makes collisions
    rare: other programs do not respect it, so the caller must check afterwards who listens.
    """

    def __init__(self, folder: Path) -> None:
        """Create an empty reservation.

        Args:
            folder: folder of one lock file per port, shared by all starts of servers.
        """
        self._folder = folder
        self._held = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def reserve(self, port: int) -> bool:
        """Reserve a port; return whether it was free and not reserved."""
        if not port_is_free(port):
            return False
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            stream = (self._folder / f"{port}.lock").open("w")
        except OSError:  # a read-only cache
            return True
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            stream.close()
            return False
        self._held.enter_context(stream)
        return port_is_free(port)  # again: an earlier holder may have bound it by now

    def reserve_preferred(self, preferred: int, setting: str, *, fixed: bool) -> int:
        """Reserve the preferred port or, unless it is fixed, the next free one after it.

        Raises:
            ResourceError: no such port is free; the message names `setting`.
        """
        if not fixed:
            return preferred_port(preferred, setting, self.reserve)
        if self.reserve(preferred):
            return preferred
        raise ResourceError(
            f"{setting} is {preferred}, but another process holds that port. End that process, "
            f"set {setting} to a free port, or unset it to take the next free one."
        )

    def reserve_spare(self, count: int) -> list[int]:
        """Reserve ports chosen at random.

        Raises:
            ResourceError: there are not enough free ports.
        """
        return spare_ports(count, self.reserve)
