"""Memory and disk of the machine that the managed server may use."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import psutil

from catalograph.errors import ResourceError
from catalograph.settings import ServerSettings

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Memory:
    """Memory sizes of a server in MiB."""

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
    """Return heap and page cache sizes: as set, else bounded shares (1/4, 1/8) of `total_mb`."""
    return Memory(
        heap=settings.heap_mb or min(max(total_mb // 4, 512), 8192),
        pagecache=settings.pagecache_mb or min(max(total_mb // 8, 128), 4096),
    )


def require_disk(folder: Path, needed_mb: int, purpose: str) -> None:
    """Raise unless the disk of `folder` has enough free space.

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


def _cgroup_limits(root: Path) -> list[Path]:
    """Return the files with memory limits of the process's cgroup and its parents, v2 and v1."""
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
