"""Files from Maven repositories, by coordinate and pinned checksum.

Large files outside Python packages are fetched here: the jars of the managed Neo4j, and the text
encoder. jgo downloads them; a file is kept only after its checksum matched.
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
    """A jar with its Maven coordinate; `sha256` is empty until it is known."""

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
    """Provide a verified copy of a pinned jar, from the user's Maven repository or the network.

    Args:
        jar: pinned jar.
        folder: folder for the temporary download, on the disk that will keep the jar.
        offline: whether downloads are forbidden.

    Yields:
        A temporary file, removed at the end of the block, or the file of the Maven repository.

    Raises:
        DownloadError: the jar is not available, or its checksum differs from the pinned one.
    """
    # Downloaded to a separate folder, not to its place or ~/.m2: jgo writes in place, and a partial
    # file of a killed download must not be mistaken for a jar.
    with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as draft:
        yield _in_maven_repository(jar) or _download(jar, Path(draft), offline=offline)


def resolve(coordinates: Sequence[str]) -> list[Jar]:
    """Return the jars of these coordinates and all their dependencies, without checksums.

    Raises:
        DownloadError: no repository answers, or none has the jars.
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
    """Download a jar and return it with the checksum of the downloaded file."""
    with tempfile.TemporaryDirectory() as draft:
        return replace(jar, sha256=sha256_of(_get(jar, Path(draft))))


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold an advisory file lock; the kernel releases it when the process ends, even if killed."""
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
    """Download a jar with jgo, from its configured repositories, into an empty folder."""
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    remotes = {"central": MAVEN_CENTRAL_URL} | GlobalSettings.load().repositories
    context = MavenContext(repo_cache=repository, remote_repos=remotes, timeout=30)
    component = context.project(jar.group, jar.artifact).at_version(jar.version)
    return Path(component.artifact(jar.classifier).resolve())


def _in_maven_repository(jar: Jar) -> Path | None:
    """Return the path of the jar in the user's Maven repository if its checksum matches."""
    from jgo.constants import default_maven_repo

    folder = Path(default_maven_repo()).joinpath(*jar.group.split("."), jar.artifact, jar.version)
    path = folder / jar.file_name
    return path if path.is_file() and sha256_of(path) == jar.sha256 else None
