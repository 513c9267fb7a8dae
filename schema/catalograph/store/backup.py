"""Back up the managed server and its home folder into one archive, and restore it.

The archive is a tar file: `manifest.json`, its checksum, Neo4j's own dump of the database, and the
files of the home folder that the graph depends on. The dump is compressed by Neo4j.
"""

import hashlib
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from catalograph.errors import BackupError, ConfigError, MigrationError
from catalograph.maven import sha256_of
from catalograph.schema.ddl import MIGRATIONS
from catalograph.settings import USER_SECRET, Settings, private_secret, secret_fingerprint
from catalograph.store.connection.address import resolve_address
from catalograph.store.connection.connect import Connection
from catalograph.store.connection.migrate import (
    check_schema,
    schema_state,
)
from catalograph.store.managed_server import child_server
from catalograph.store.managed_server.admin import dump_database, load_database
from catalograph.store.managed_server.assembly import NEO4J_VERSION, assemble
from catalograph.store.managed_server.config import DATABASE
from catalograph.store.managed_server.instance import Instance
from catalograph.store.managed_server.machine import require_disk
from catalograph.store.managed_server.server import (
    exclusive,
    instance_of,
    pointing_at,
    start_locked,
)
from catalograph.store.managed_server.supervisor import write_private
from catalograph.store.managed_server.swap import (
    commit_swap,
    discard_staging,
    finish_swap,
    staging_folder,
)

MANIFEST = "manifest.json"
CHECKSUM = "manifest.sha256"
DUMP = f"{DATABASE}.dump"
_DATA = "server/data"
_LAST = "last-backup.json"
_MANIFEST_BYTES = 1024 * 1024
_SQLITE = b"SQLite format 3\0"
_TRANSIENT = ("rates.sqlite",)
"""Files of the home folder that are useless after a restart."""
_MIB = 1024 * 1024


class BackupMember(BaseModel):
    """A file in an archive."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    size: int
    sha256: str


class BackupManifest(BaseModel):
    """Manifest of an archive: versions, counts and members."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1]
    created: datetime
    catalograph: str
    neo4j: str
    schema_version: int
    nodes: int
    relations: int
    data_bytes: int
    """Size of the database's folder before it was dumped."""
    user_secret: str | None
    """Fingerprint of the HMAC key that the graph's users were keyed with."""
    members: tuple[BackupMember, ...]


class BackupRecord(BaseModel):
    """What is known of the last backup of a home folder."""

    model_config = ConfigDict(frozen=True)

    file: str
    """Path of the archive, when it was written."""
    created: datetime
    nodes: int
    relations: int
    size: int
    """Bytes of the archive."""


@dataclass(frozen=True)
class Restored:
    """Result of a restore."""

    manifest: BackupManifest
    before: Path | None
    """Folder with the previous data; None if there was none."""
    running: bool
    """Whether the server was started again because it had been running."""


@dataclass(frozen=True)
class _GraphFacts:
    schema_version: int
    user_secret: str | None
    nodes: int
    relations: int


def write_backup(settings: Settings, target: Path) -> BackupManifest:
    """Write an archive of the managed database and the files it depends on.

    Neo4j Community can dump a database only while it is stopped: a running server is stopped during
    the dump and started again. A stopped server is started briefly, so that Neo4j recovers from an
    unclean shutdown, and is left stopped.

    Args:
        settings: settings with the home folder and the cache of the jars.
        target: path of the archive; it must not exist.

    Raises:
        BackupError: there is no database, the file exists, or the dump fails.
        ConfigError: the settings name another server.
        MigrationError: the graph and the user secret do not belong together.
    """
    instance = _require_managed(settings, "backup")
    if target.exists():
        raise BackupError(f"{target} exists already. Name a new file, or remove that one.")
    if not (instance.folder / "data" / "databases" / DATABASE).is_dir():
        raise BackupError(f"{settings.home} holds no database yet. There is nothing to back up.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as draft:
        folder = Path(draft)
        with exclusive(instance):
            manifest = _collect(settings, instance, folder)
        archive = folder / "archive"
        _write_archive(archive, manifest, folder / "members")
        archive.replace(target)
    record = BackupRecord(
        file=str(target.resolve()),
        created=manifest.created,
        nodes=manifest.nodes,
        relations=manifest.relations,
        size=target.stat().st_size,
    )
    write_private(settings.home / _LAST, record.model_dump_json())
    return manifest


def last_backup(settings: Settings) -> BackupRecord | None:
    """Return what `write_backup` recorded of its last archive; None without one."""
    try:
        return BackupRecord.model_validate_json((settings.home / _LAST).read_bytes())
    except (OSError, ValidationError):
        return None


def read_manifest(source: Path) -> BackupManifest:
    """Read the manifest of an archive; its other members are not checked.

    Raises:
        BackupError: the file is not an archive of `catalograph backup`, or is damaged.
    """
    with _reading(source), tarfile.open(source, "r:") as archive:
        return _checked_manifest(source, archive)


def restore_backup(settings: Settings, source: Path, *, force: bool = False) -> Restored:
    """Restore an archive into the home folder.

    The archive is checked, loaded into a staging folder and started there once. Only then the
    current data is moved to a folder that is kept. A crash before that changes nothing; after it,
    the next `catalograph up` or restore completes the swap.

    Args:
        settings: settings with the home folder and the cache of the jars.
        source: archive of `write_backup`.
        force: whether to replace existing data in the home folder.

    Raises:
        BackupError: the archive is damaged, or the home folder holds data and `force` is not given.
        ConfigError: the settings name another server, or another user secret than the graph's.
        MigrationError: the archive is newer than this code.
    """
    instance = _require_managed(settings, "restore")
    home = settings.home
    manifest = read_manifest(source)
    _check_versions(manifest)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    require_disk(home, manifest.data_bytes // _MIB + 500, "to restore the backup")
    with exclusive(instance):
        finish_swap(home)
        _check_free(home, force=force)
        staging = staging_folder(home)
        try:
            names = _stage(settings, instance, source, manifest, staging)
            was_running = instance.stop()
            # If the archive lacks the secret, it is in the environment or in this home: keep it.
            kept = {path.name for path in _home_files(home)} - {USER_SECRET}
            commit_swap(home, [*names, _DATA], kept - set(names))
        finally:
            discard_staging(home)
        before = finish_swap(home)
        if was_running:
            start_locked(settings, instance)
    return Restored(manifest, before, was_running)


def _require_managed(settings: Settings, what: str) -> Instance:
    if settings.neo4j.uri is not None:
        raise ConfigError(
            f"CATALOGRAPH_NEO4J__URI names another server, {settings.neo4j.uri}, and `catalograph "
            f"{what}` knows the managed one only. Use `neo4j-admin database dump` and `load` on "
            "that server's machine, and keep the files of CATALOGRAPH_HOME with the dump, or unset "
            "CATALOGRAPH_NEO4J__URI."
        )
    return instance_of(settings)


def _collect(settings: Settings, instance: Instance, folder: Path) -> BackupManifest:
    """Collect all members of an archive in `folder/members`, while the server is stopped."""
    members = folder / "members"
    members.mkdir(mode=0o700)
    info, started = start_locked(settings, instance)
    try:
        with Connection(resolve_address(pointing_at(info, settings))) as connection:
            check_schema(connection, settings.user_secret_fingerprint)
            facts = _graph_facts(connection)
    finally:
        instance.stop()
    try:
        data_bytes = _folder_bytes(instance.folder / "data")
        # Twice the size, because the dump and the archive that contains it exist at the same time.
        require_disk(folder, 2 * data_bytes // _MIB, "to write the backup")
        dump_database(settings, instance.folder, members)
        for path in _home_files(settings.home):
            # A secret from the environment replaces the file's, which is then not archived.
            if path.name != USER_SECRET or settings.user_secret is None:
                _copy_file(path, members / path.name)
    finally:
        if not started:
            start_locked(settings, instance)
    return BackupManifest(
        format=1,
        created=datetime.now(UTC),
        catalograph=version("catalograph"),
        neo4j=NEO4J_VERSION,
        schema_version=facts.schema_version,
        nodes=facts.nodes,
        relations=facts.relations,
        data_bytes=data_bytes,
        user_secret=facts.user_secret,
        members=tuple(
            BackupMember(name=path.name, size=path.stat().st_size, sha256=sha256_of(path))
            for path in sorted(members.iterdir())
        ),
    )


def _graph_facts(connection: Connection) -> _GraphFacts:
    state = schema_state(connection)
    (counts,) = connection.read("count_graph")
    return _GraphFacts(state.version, state.user_secret, counts["nodes"], counts["relations"])


def _home_files(home: Path) -> list[Path]:
    """Return the files of a home folder that belong to its graph: secrets and SQLite files."""
    return [
        path
        for path in sorted(home.iterdir())
        if path.is_file()
        and not path.name.startswith(".")
        and path.name not in _TRANSIENT
        and (path.name.endswith("-secret") or _is_sqlite(path))
    ]


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(_SQLITE)) == _SQLITE


def _copy_file(source: Path, target: Path) -> None:
    """Copy a file consistently; for SQLite including the contents of its write-ahead log."""
    target.touch(mode=0o600)
    if not _is_sqlite(source):
        shutil.copyfile(source, target)
        return
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _write_archive(path: Path, manifest: BackupManifest, members: Path) -> None:
    text = manifest.model_dump_json(indent=2).encode()
    path.touch(mode=0o600)
    with tarfile.open(path, "w:", format=tarfile.PAX_FORMAT) as archive:
        # The manifest comes first, so that it can be read without the large dump behind it.
        for name, content in (
            (MANIFEST, text),
            (CHECKSUM, hashlib.sha256(text).hexdigest().encode()),
        ):
            (members / name).write_bytes(content)
            archive.add(members / name, name, filter=_private)
        for member in manifest.members:
            archive.add(members / member.name, member.name, filter=_private)


def _private(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mode, member.uid, member.gid = 0o600, 0, 0
    member.uname = member.gname = ""
    return member


@contextmanager
def _reading(source: Path) -> Iterator[None]:
    """Translate the errors of a damaged archive to `BackupError`."""
    try:
        yield
    except (tarfile.TarError, EOFError) as exc:
        raise BackupError(
            f"{source} is no archive of `catalograph backup`, or it is damaged ({exc}). Nothing "
            "was changed. Take another copy of the backup."
        ) from exc
    except OSError as exc:
        raise BackupError(f"{source} cannot be read ({exc}).") from exc


def _checked_manifest(source: Path, archive: tarfile.TarFile) -> BackupManifest:
    text, checksum = (_next_text(source, archive, name) for name in (MANIFEST, CHECKSUM))
    if hashlib.sha256(text).hexdigest().encode() != checksum:
        raise BackupError(
            f"{MANIFEST} of {source} differs from its checksum: the archive is damaged. Nothing "
            "was changed. Take another copy of the backup."
        )
    try:
        manifest = BackupManifest.model_validate_json(text)
    except ValidationError as exc:
        raise BackupError(
            f"{source} was written in a form that this version of catalograph does not know "
            f"({exc.error_count()} fields differ). Update catalograph."
        ) from exc
    return manifest


def _next_text(source: Path, archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.next()
    stream = archive.extractfile(member) if member is not None and member.name == name else None
    if stream is None or member is None or member.size > _MANIFEST_BYTES:
        raise BackupError(
            f"{source} is no archive of `catalograph backup`: {name} is not where it belongs."
        )
    return stream.read()


def _check_versions(manifest: BackupManifest) -> None:
    needed = MIGRATIONS[-1].version
    if manifest.schema_version > needed:
        raise MigrationError(
            f"The backup has schema version {manifest.schema_version}, this code knows {needed}. "
            f"Update catalograph to {manifest.catalograph} or later."
        )
    if _parts(manifest.neo4j) > _parts(NEO4J_VERSION):
        raise MigrationError(
            f"The backup was made with Neo4j {manifest.neo4j}, this code brings {NEO4J_VERSION}, "
            f"which cannot read it. Update catalograph to {manifest.catalograph} or later."
        )


def _parts(number: str) -> tuple[int, ...]:
    return tuple(int(part) for part in number.split(".") if part.isdigit())


def _check_free(home: Path, *, force: bool) -> None:
    found = [path.name for path in _home_files(home)]
    if (home / _DATA).exists():
        found.insert(0, _DATA)
    if found and not force:
        raise BackupError(
            f"{home} holds data already: {', '.join(found)}. Restore into an empty folder "
            "(CATALOGRAPH_HOME), or give --force: what is there goes into a folder beside it."
        )


def _stage(
    settings: Settings,
    instance: Instance,
    source: Path,
    manifest: BackupManifest,
    staging: Path,
) -> list[str]:
    """Unpack, check and load an archive below `staging`; return the names of its home files."""
    assemble(settings)
    server = staging / "server"
    server.mkdir(mode=0o700)
    with tempfile.TemporaryDirectory(dir=staging) as unpacked:
        names = [name for name in _unpack(source, manifest, Path(unpacked)) if name != DUMP]
        for name in names:
            (Path(unpacked) / name).rename(staging / name)
        _check_secret(settings, manifest, staging)
        load_database(settings, server, Path(unpacked))
    # The staged server creates its user from this file, so the password is valid after the swap.
    password = server / instance.password_file.name
    write_private(password, private_secret(instance.password_file))
    with (
        child_server(settings.model_copy(update={"home": staging}), server) as started,
        Connection(resolve_address(started.settings)) as connection,
    ):
        facts = _graph_facts(connection)
    promised = _GraphFacts(
        manifest.schema_version, manifest.user_secret, manifest.nodes, manifest.relations
    )
    if facts != promised:
        raise BackupError(f"The restored graph has {facts}, the backup says {promised}.")
    return names


def _unpack(source: Path, manifest: BackupManifest, folder: Path) -> Iterator[str]:
    """Unpack the members of the manifest into `folder`, verify checksums, and yield their names."""
    with _reading(source), tarfile.open(source, "r:") as archive:
        _checked_manifest(source, archive)
        for member in manifest.members:
            found = archive.next()
            stream = archive.extractfile(found) if found and found.name == member.name else None
            if stream is None or Path(member.name).name != member.name:
                raise BackupError(f"{source} lacks {member.name}. Nothing was changed.")
            target = folder / member.name
            target.touch(mode=0o600)
            if _copy_hashed(stream, target) != member.sha256:
                raise BackupError(
                    f"{member.name} of {source} differs from its checksum: the archive is damaged. "
                    "Nothing was changed. Take another copy of the backup."
                )
            yield member.name


def _copy_hashed(stream: IO[bytes], target: Path) -> str:
    digest = hashlib.sha256()
    with target.open("wb") as out:
        for block in iter(lambda: stream.read(_MIB), b""):
            digest.update(block)
            out.write(block)
    return digest.hexdigest()


def _check_secret(settings: Settings, manifest: BackupManifest, staging: Path) -> None:
    """Raise if the user secret after the restore would not match the graph."""
    if manifest.user_secret is None:
        return
    if settings.user_secret is not None:
        key, where = settings.user_secret.get_secret_value(), "CATALOGRAPH_USER_SECRET"
    else:
        there = [folder / USER_SECRET for folder in (staging, settings.home)]
        path = next((path for path in there if path.exists()), None)
        key, where = (
            (path.read_text().strip(), str(path)) if path else ("", "this home, which is new")
        )
    if secret_fingerprint(key.encode()) != manifest.user_secret:
        raise ConfigError(
            f"The backup's users were keyed with another secret than that of {where}. Set "
            "CATALOGRAPH_USER_SECRET to the one that was set when the backup was made; if none was "
            "set, unset it."
        )


def _folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
