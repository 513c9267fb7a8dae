"""What the machine offers the managed server: memory, disk and free ports."""

import random
import shutil
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from catalograph.errors import ResourceError
from catalograph.settings import ServerSettings

_MIB = 1024 * 1024
# Below the range from which the kernel takes local ports of outgoing connections, so that a
# restarted server finds its ports still free.
_CHILD_PORTS = range(20000, 32000)
_NEXT_PORTS = 100


@dataclass(frozen=True)
class Memory:
    """Sizes in MiB."""

    heap: int
    pagecache: int


def memory_limit_mb(cgroup_root: Path = Path("/sys/fs/cgroup")) -> int:
    """Return the memory this process may use, in MiB: the machine's or, if less, its cgroup's."""
    limits = [psutil.virtual_memory().total]
    for path in _cgroup_limits(cgroup_root):
        try:
            limits.append(int(path.read_text()))
        except (OSError, ValueError):  # no such file, or "max"
            continue
    return min(limits) // _MIB


def memory_for(settings: ServerSettings, total_mb: int) -> Memory:
    """Size heap and page cache: as set, else a quarter and an eighth of `total_mb`."""
    return Memory(
        heap=settings.heap_mb or min(max(total_mb // 4, 512), 8192),
        pagecache=settings.pagecache_mb or min(max(total_mb // 8, 128), 4096),
    )


def require_disk(folder: Path, needed_mb: int, purpose: str) -> None:
    """Raise unless the disk of `folder` has room.

    Raises:
        ResourceError: less than `needed_mb` MiB are free.
    """
    free = free_disk_mb(folder)
    if free < needed_mb:
        raise ResourceError(
            f"{free} MB are free on the disk that holds {folder}, and {needed_mb} MB are needed "
            f"{purpose}. Free some, or set CATALOGRAPH_HOME and CATALOGRAPH_CACHE to another disk."
        )


def free_disk_mb(folder: Path) -> int:
    """Return the free MiB on the disk that holds `folder`, which need not exist yet."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(there).free // _MIB


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback address now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def preferred_port(preferred: int, setting: str, avoid: Iterable[int] = ()) -> int:
    """Return the preferred port, or the next free one after it.

    Raises:
        ResourceError: it and the hundred after it are taken; names `setting`.
    """
    last = min(preferred + _NEXT_PORTS, 65535)
    for port in range(preferred, last + 1):
        if port not in avoid and port_is_free(port):
            return port
    raise ResourceError(
        f"All ports from {preferred} to {last} are taken. Set {setting} to a free one."
    )


def spare_ports(count: int) -> list[int]:
    """Return free ports, chosen at random so that servers starting together do not collide.

    Raises:
        ResourceError: there are not enough.
    """
    found: list[int] = []
    for port in random.sample(_CHILD_PORTS, len(_CHILD_PORTS)):
        if port_is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    raise ResourceError(
        f"No {count} ports between {_CHILD_PORTS.start} and {_CHILD_PORTS.stop} are free. "
        "End some of the servers that hold them."
    )


def _cgroup_limits(root: Path) -> list[Path]:
    """Files that may hold a limit: the process's own group and each one above it, v2 and v1."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if controllers not in ("", "memory"):
            continue
        base, name = (
            (root / "memory", "memory.limit_in_bytes") if controllers else (root, "memory.max")
        )
        folder = base / group.lstrip("/")
        found += [p / name for p in (folder, *folder.parents) if p.is_relative_to(base)]
    return found
