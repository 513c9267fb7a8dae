"""Assemble a Neo4j server from pinned Maven coordinates.

`neo4j.lock` beside this file lists every jar with its SHA-256, so assembling needs no dependency
resolution: it fetches each jar, verifies it and links it into a folder. `python -m
catalograph.store.managed_server.assembly` resolves `COORDINATES` again and rewrites the lock.
"""

import contextlib
import errno
import hashlib
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

from catalograph.errors import AssemblyError, DownloadError, ResourceError
from catalograph.maven import Jar, exclusive, fetch_jar, pin, resolve, sha256_of
from catalograph.settings import Settings
from catalograph.store.managed_server.machine import require_disk

_log = logging.getLogger(__name__)

NEO4J_VERSION = "5.26.30"
GDS_VERSION = "2.13.9"
COORDINATES = (
    f"org.neo4j:neo4j:{NEO4J_VERSION}",
    f"org.neo4j.app:neo4j-server:{NEO4J_VERSION}",
    f"org.neo4j:cypher-shell:{NEO4J_VERSION}",
    f"org.neo4j.gds:proc:{GDS_VERSION}",
    f"org.neo4j.gds:opengds-extension:{GDS_VERSION}",
    "org.neo4j.client:neo4j-browser:5.24.0",
)
MARKER = "assembled"
"""File written last into an assembled folder; it contains the lock used."""

_PLUGIN_GROUPS = frozenset({"org.neo4j.gds", "org.neo4j.procedure"})
_DISK_MB = 1024
_DOWNLOADS = 8


def jar_path(jar: Jar) -> str:
    """Return the path of a jar inside an assembled folder."""
    # Third-party jars in `plugins` break the start.
    folder = "plugins" if jar.group in _PLUGIN_GROUPS else "lib"
    # The group distinguishes jars such as org.neo4j:neo4j-values and org.neo4j.gds:neo4j-values.
    return f"{folder}/{jar.group}.{jar.file_name}"


def lock_text() -> str:
    """Return the committed lock."""
    return files("catalograph.store.managed_server").joinpath("neo4j.lock").read_text()


def parse_lock(text: str) -> list[Jar]:
    """Parse a lock: one `sha256  group:artifact:version[:classifier]` a line, `#` for comments.

    Raises:
        AssemblyError: a line has another format.
    """
    jars = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        digest, _, coordinate = line.partition("  ")
        parts = coordinate.split(":")
        if len(digest) != 64 or len(parts) not in (3, 4):
            raise AssemblyError(
                f"Line {number} of neo4j.lock is not 'sha256  group:artifact:version"
                "[:classifier]'. Reinstall catalograph, or generate the lock again."
            )
        group, artifact, version, classifier = (*parts, "")[:4]
        jars.append(Jar(group, artifact, version, classifier, digest))
    return jars


def render_lock(jars: Sequence[Jar]) -> str:
    """Render jars as a lock, sorted by coordinate."""
    head = "# Made by `python -m catalograph.store.managed_server.assembly`; do not edit.\n"
    rows = sorted(jars, key=lambda jar: jar.coordinate)
    return head + "".join(f"{jar.sha256}  {jar.coordinate}\n" for jar in rows)


def assembled_folder(settings: Settings, extra: Sequence[str] = ()) -> Path:
    """Return the folder in which the server of this lock (and these extras) is assembled."""
    name = hashlib.sha256("\n".join([lock_text(), *sorted(extra)]).encode()).hexdigest()[:12]
    return settings.cache / "neo4j" / f"{NEO4J_VERSION}-{name}"


def is_assembled(folder: Path) -> bool:
    """Return whether `folder` was assembled completely."""
    return (folder / MARKER).is_file()


def assemble(
    settings: Settings,
    *,
    extra: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Assemble the server's jars in the cache, each verified against the lock.

    Idempotent; a second call needs no network. Safe when several processes call it at once (one
    assembles, the others wait) and when it is killed (the jars already verified are kept).

    Args:
        settings: settings; `cache` is the target, `server.offline` forbids downloads.
        extra: further coordinates `group:artifact:version`; with their dependencies they get
            a separate folder and are not in the lock, so their checksums are not verified.
        progress: callback that receives the number of jars ready and the number of all jars.

    Returns:
        The folder, with `lib/` and `plugins/`.

    Raises:
        DownloadError: a jar is not available, or its checksum differs from the lock's.
        ResourceError: the disk is full.
    """
    folder = assembled_folder(settings, extra)
    if is_assembled(folder):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with exclusive(folder.parent / ".lock"):
        if not is_assembled(folder):
            require_disk(folder.parent, _DISK_MB, "to assemble Neo4j")
            with _full_disk_named(folder.parent):
                _assemble(settings, folder, extra, progress or (lambda done, total: None))
    return folder


def faulty_jars(folder: Path, jars: Sequence[Jar]) -> list[str]:
    """Return the coordinates of jars that are missing in `folder` or have a wrong checksum."""
    return [
        jar.coordinate
        for jar in jars
        if not (folder / jar_path(jar)).is_file() or sha256_of(folder / jar_path(jar)) != jar.sha256
    ]


def fetch(jar: Jar, pool: Path, *, offline: bool) -> Path:
    """Return a verified copy of `jar` in `pool`, from there, the Maven repository or the network.

    Args:
        jar: pinned jar.
        pool: folder of verified jars, each named by its checksum.
        offline: whether downloads are forbidden.

    Raises:
        DownloadError: the jar is not available, or its checksum differs from the pinned one.
    """
    kept = pool / f"{jar.sha256}.jar"
    if kept.is_file() and sha256_of(kept) == jar.sha256:
        return kept
    kept.unlink(missing_ok=True)  # damaged on disk
    with fetch_jar(jar, pool, offline=offline) as source:
        draft = pool / f".download-{jar.sha256}"
        shutil.copyfile(source, draft)
        draft.replace(kept)
    return kept


def make_lock() -> str:
    """Resolve `COORDINATES`, download every jar and return the lock's text."""
    jars = resolve(COORDINATES)
    with ThreadPoolExecutor(_DOWNLOADS) as workers:
        return render_lock(list(workers.map(pin, jars)))


def _assemble(
    settings: Settings, folder: Path, extra: Sequence[str], progress: Callable[[int, int], None]
) -> None:
    jars = parse_lock(lock_text())
    if extra:
        jars += _extra_jars(extra, jars, offline=settings.server.offline)
    pool = folder.parent / "jars"
    pool.mkdir(exist_ok=True)
    for leftover in (*pool.glob(".download-*"), *folder.parent.glob(".assembling-*")):
        shutil.rmtree(leftover, ignore_errors=True)  # of a killed assembly: the lock is ours
    draft = folder.parent / f".assembling-{os.getpid()}"
    for name in ("lib", "plugins"):
        (draft / name).mkdir(parents=True)
    try:
        with ThreadPoolExecutor(_DOWNLOADS) as workers:
            fetched = workers.map(lambda j: fetch(j, pool, offline=settings.server.offline), jars)
            for done, (jar, kept) in enumerate(zip(jars, fetched, strict=True), 1):
                _link_or_copy(kept, draft / jar_path(jar))
                progress(done, len(jars))
        (draft / MARKER).write_text(render_lock(jars))
        draft.replace(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _log.info("neo4j assembled", extra={"folder": str(folder), "jars": len(jars)})


def _extra_jars(extra: Sequence[str], pinned: Sequence[Jar], *, offline: bool) -> list[Jar]:
    """Resolve the extras; jars that the server already has keep the server's version."""
    if offline:
        raise DownloadError(
            f"The extra jars {', '.join(extra)} must be downloaded, and "
            "CATALOGRAPH_SERVER__OFFLINE is set. Unset it once."
        )
    have = {(jar.group, jar.artifact) for jar in pinned}
    missing = [jar for jar in resolve(extra) if (jar.group, jar.artifact) not in have]
    return [pin(jar) for jar in missing]


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


@contextlib.contextmanager
def _full_disk_named(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        if exc.errno == errno.ENOSPC:
            raise ResourceError(
                f"The disk that holds {folder} is full. Free about {_DISK_MB} MB and run it again."
            ) from exc
        raise


if __name__ == "__main__":
    Path(__file__).with_name("neo4j.lock").write_text(make_lock())
    sys.stderr.write("neo4j.lock is written.\n")
