"""Files from Maven repositories, by coordinate and pinned checksum.

Everything large that is no Python package comes this way: the jars of the managed Neo4j, and the
text encoder. jgo downloads; what is kept has been checked.
"""

import contextlib
import errno
import fcntl
import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from catalograph.errors import DownloadError

_TRIES = 3


@dataclass(frozen=True)
class Jar:
    """One jar by its Maven coordinate; `sha256` is empty until it is known."""

    group: str
    artifact: str
    version: str
    classifier: str = ""
    sha256: str = ""

    @property
    def coordinate(self) -> str:
        """`group:artifact:version`, with `:classifier` where there is one."""
        parts = (self.group, self.artifact, self.version, self.classifier)
        return ":".join(part for part in parts if part)

    @property
    def file_name(self) -> str:
        """`artifact-version[-classifier].jar`, as repositories name it."""
        return "-".join(p for p in (self.artifact, self.version, self.classifier) if p) + ".jar"


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextlib.contextmanager
def fetch_jar(jar: Jar, folder: Path, *, offline: bool) -> Iterator[Path]:
    """Hold a checked copy of a pinned jar, from the user's Maven repository or the network.

    Args:
        jar: A pinned jar.
        folder: Holds the download meanwhile; the disk it is to be kept on.
        offline: Do not download.

    Yields:
        A file that is gone at the end of the block, or the Maven repository's own.

    Raises:
        DownloadError: it cannot be had, or has another checksum than the pinned one.
    """
    # Downloaded apart from where it is kept and from ~/.m2: jgo writes in place, and a killed
    # download must not be taken for a jar.
    with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as draft:
        yield _in_maven_repository(jar) or _download(jar, Path(draft), offline=offline)


def resolve(coordinates: Sequence[str]) -> list[Jar]:
    """Return the jars of these coordinates and of all that they depend on, without checksums.

    Raises:
        DownloadError: no repository answers, or none has them.
    """
    import jgo

    try:
        found = jgo.resolve("+".join(coordinates))
    except (RuntimeError, OSError, ValueError) as exc:
        raise DownloadError(
            f"The Maven coordinates {', '.join(coordinates)} could not be resolved ({exc}). "
            "Check the network and run it again."
        ) from exc
    # A set: one jar can be reached along several paths.
    jars = {
        Jar(a.groupId, a.artifactId, a.version, a.classifier) for a in found if a.packaging == "jar"
    }
    return sorted(jars, key=lambda jar: jar.coordinate)


def pin(jar: Jar) -> Jar:
    """Return `jar` with the checksum of the copy that jgo gets."""
    with tempfile.TemporaryDirectory() as draft:
        return replace(jar, sha256=sha256_of(_get(jar, Path(draft))))


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold an advisory lock, which vanishes with the process however it ends."""
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _download(jar: Jar, draft: Path, *, offline: bool) -> Path:
    if offline:
        raise DownloadError(
            f"The jar {jar.coordinate} is missing and CATALOGRAPH_SERVER__OFFLINE is set. "
            "Unset it once, with a network, to download it."
        )
    fault = ""
    for attempt in range(_TRIES):
        try:
            path = _get(jar, draft / str(attempt))
        except (RuntimeError, OSError, AssertionError) as exc:
            if isinstance(exc, OSError) and exc.errno == errno.ENOSPC:
                raise
            fault = f"could not be downloaded ({exc})"
            continue
        found = sha256_of(path)
        if found == jar.sha256:
            return path
        fault = f"arrived with the SHA-256 {found} instead of {jar.sha256}"
    raise DownloadError(
        f"The jar {jar.coordinate} {fault}, {_TRIES} times. Check the network, or the Maven mirror "
        "that answers for it, and run the command again: it goes on where it stopped.",
        jar=jar.coordinate,
    )


def _get(jar: Jar, repository: Path) -> Path:
    """Download with jgo, from its configured repositories, into an empty folder."""
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    remotes = {"central": MAVEN_CENTRAL_URL} | GlobalSettings.load().repositories
    context = MavenContext(repo_cache=repository, remote_repos=remotes, timeout=30)
    component = context.project(jar.group, jar.artifact).at_version(jar.version)
    return Path(component.artifact(jar.classifier).resolve())


def _in_maven_repository(jar: Jar) -> Path | None:
    """Return the jar in the user's Maven repository if it is there and whole."""
    from jgo.constants import default_maven_repo

    folder = Path(default_maven_repo()).joinpath(*jar.group.split("."), jar.artifact, jar.version)
    path = folder / jar.file_name
    return path if path.is_file() and sha256_of(path) == jar.sha256 else None
