"""Backup and restore between two homes, on servers that are really started."""

import hashlib
import io
import json
import os
import signal
import stat
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from catalograph.errors import BackupError, ConfigError, MigrationError
from catalograph.ingest import ReviewMapping, ingest_catalog, ingest_reviews
from catalograph.ingest.extract.findings import Finding
from catalograph.ingest.quarantine import WriteFailure, open_quarantine
from catalograph.ingest.review.facts import value_question
from catalograph.schema import Span, keys
from catalograph.schema.review import ReviewFilter
from catalograph.settings import Neo4jSettings, ServerSettings, Settings, load_settings
from catalograph.store import connect, content_hash, open_store
from catalograph.store.backup import last_backup, read_manifest, restore_backup
from catalograph.store.managed_server import ChildServer, start_server, status, stop_server
from catalograph.store.queries.review_queue import list_waiting, put_items
from tests.small_shop import MAPPING, write_catalog

pytestmark = pytest.mark.neo4j

SMALL = ServerSettings(heap_mb=512, pagecache_mb=64, start_timeout=300)
REVIEWS = ReviewMapping(source="small-shop", product="product", user="user", text="text")


def settings_of(home: Path) -> Settings:
    return load_settings(home=home, server=SMALL)


def environment(home: Path) -> dict[str, str]:
    given = SMALL.model_dump(exclude_unset=True)  # a port that is set is never changed
    sizes = {f"CATALOGRAPH_SERVER__{name}".upper(): str(value) for name, value in given.items()}
    return os.environ | sizes | {"CATALOGRAPH_HOME": str(home)}


def command(home: Path, *words: str) -> Any:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("catalograph")), *words, "--json"],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def graph_hash(settings: Settings) -> str:
    with connect(settings) as connection:
        return content_hash(connection)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(scope="module")
def shop(server: ChildServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A home with a running server, a catalogue, a review and a value that waits."""
    folder = tmp_path_factory.mktemp("shop")
    settings = settings_of(folder / "home")
    start_server(settings)
    write_catalog(folder / "catalog.jsonl")
    (folder / "reviews.jsonl").write_text('{"product":"001","user":"ann","text":"Good pan."}\n')
    with open_store(settings) as store:
        ingest_catalog([folder / "catalog.jsonl"], store, settings, MAPPING)
        ingest_reviews([folder / "reviews.jsonl"], store, settings, REVIEWS)
    text = "red pan"
    finding = Finding("colour", "red", "test", "1", 0.4, Span("title", 0, 3))
    product = keys.product_key("small-shop", "001")
    with connect(settings) as connection:
        put_items(connection, [value_question(product, finding, text, None)])
    with open_quarantine(settings) as quarantine:
        quarantine.put([WriteFailure("row", "shop", "a.csv", "1", "missing title", "no title")])
    yield settings
    stop_server(settings)


@pytest.fixture(scope="module")
def archive(shop: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The backup that the command writes of it, while it runs."""
    path = tmp_path_factory.mktemp("backups") / "shop.tar"
    said = command(shop.home, "backup", str(path))
    assert said["nodes"] > 200
    assert mode(path) == 0o600
    kept = last_backup(shop)
    assert kept is not None
    assert (kept.file, kept.nodes, kept.size) == (str(path), said["nodes"], path.stat().st_size)
    assert status(shop), "it ran before, so it runs again"
    return path


@pytest.fixture(scope="module")
def restored(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Another home, into which the command restored it."""
    settings = settings_of(tmp_path_factory.mktemp("fresh") / "home")
    said = command(settings.home, "restore", str(archive))
    assert (said["running"], said["moved_to"]) == (False, None)
    yield settings
    stop_server(settings)


def test_a_fresh_home_becomes_what_was_backed_up(shop: Settings, restored: Settings) -> None:
    start_server(restored)
    assert graph_hash(restored) == graph_hash(shop)
    assert restored.user_hmac_key == shop.user_hmac_key
    user = keys.user_key("small-shop", "ann", restored.user_hmac_key)
    with connect(restored) as connection:
        rows = connection.execute("MATCH (u:User {key: $key}) RETURN count(u) AS n", key=user)
        assert rows == [{"n": 1}]
    with open_store(restored):  # its schema and its secret are accepted
        pass
    with connect(restored) as connection:
        waiting = list_waiting(connection, ReviewFilter(), 10)
    assert [item.question["proposed"] for item in waiting] == ["red"]
    assert {mode(restored.home / n) for n in ("user-secret", "quarantine.sqlite")} == {0o600}
    assert mode(restored.home) == 0o700
    assert not list(restored.home.glob(".rest*"))


def test_only_force_replaces_data_and_keeps_it(restored: Settings, archive: Path) -> None:
    with pytest.raises(BackupError, match="holds data already: server/data, quarantine.sqlite"):
        restore_backup(restored, archive)
    info, _ = start_server(restored)
    with connect(restored) as connection:
        connection.execute("MATCH (p:Product {id: '001'}) SET p.title = 'changed'")
    changed = graph_hash(restored)
    done = restore_backup(restored, archive, force=True)
    after = status(restored)
    assert done.running
    assert after
    assert after.password == info.password
    assert graph_hash(restored) != changed
    assert done.before
    assert (done.before / "server/data/databases/neo4j").is_dir()
    assert (done.before / "user-secret").is_file()


@pytest.mark.heavy
def test_a_killed_restore_changes_nothing(restored: Settings, archive: Path) -> None:
    """Given a restore that is killed when the new data are loaded, the old ones go on."""
    start_server(restored)
    with connect(restored) as connection:
        connection.execute("MATCH (p:Product {id: '002'}) SET p.title = 'mine'")
    mine = graph_hash(restored)
    process = subprocess.Popen(
        [
            str(Path(sys.executable).with_name("catalograph")),
            *("restore", str(archive), "--force"),
        ],
        env=environment(restored.home),
    )
    staged = restored.home / ".restoring/new/server/data/databases/system"
    while not staged.exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert graph_hash(restored) == mine
    stop_server(restored)
    start_server(restored)
    assert graph_hash(restored) == mine
    assert restore_backup(restored, archive, force=True).running
    assert graph_hash(restored) != mine


# --- archives that are refused before anything is touched


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_flipped_byte_is_refused(archive: Path, tmp_path: Path, place: float) -> None:
    content = bytearray(archive.read_bytes())
    with tarfile.open(archive) as opened:
        dump = opened.getmember("neo4j.dump")
    content[dump.offset_data + int(dump.size * place)] ^= 1
    assert_refused(tmp_path, bytes(content), "neo4j.dump of .* differs from its checksum")


def test_a_changed_manifest_is_refused(archive: Path, tmp_path: Path) -> None:
    content = archive.read_bytes().replace(b'"nodes": ', b'"nodes": 9', 1)
    assert_refused(tmp_path, content, "manifest.json of .* differs|is no archive")


def test_half_an_archive_and_no_archive_are_refused(archive: Path, tmp_path: Path) -> None:
    content = archive.read_bytes()
    assert_refused(tmp_path, content[: len(content) // 2], "is damaged|differs|lacks")
    assert_refused(tmp_path, b"no archive", "is no archive of `catalograph backup`")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"schema_version": 999}, "schema version 999, this code knows"),
        ({"neo4j": "6.1.0"}, "made with Neo4j 6.1.0, this code brings"),
    ],
)
def test_an_archive_of_a_later_version_is_refused(
    archive: Path, tmp_path: Path, change: dict[str, object], expected: str
) -> None:
    with pytest.raises(MigrationError, match=expected):
        restore_backup(
            settings_of(tmp_path / "home"), rewritten(archive, tmp_path, lambda m: m | change)
        )
    assert not (tmp_path / "home").exists()


def test_an_archive_that_names_a_path_is_refused(archive: Path, tmp_path: Path) -> None:
    def outside(manifest: dict[str, Any]) -> dict[str, Any]:
        first, *others = manifest["members"]
        return manifest | {"members": [first | {"name": "../outside"}, *others]}

    with pytest.raises(BackupError, match="lacks ../outside"):
        restore_backup(settings_of(tmp_path / "home"), rewritten(archive, tmp_path, outside))
    assert not (tmp_path / "outside").exists()


def test_another_secret_in_the_environment_is_refused(archive: Path, tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path / "home", server=SMALL, user_secret="another")
    with pytest.raises(ConfigError, match="keyed with another secret"):
        restore_backup(settings, archive)
    assert not (tmp_path / "home/server/data").exists()


def test_another_server_is_refused_with_what_to_do(archive: Path, tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path, neo4j=Neo4jSettings(uri="bolt://127.0.0.1:1"))
    with pytest.raises(ConfigError, match="neo4j-admin database dump"):
        restore_backup(settings, archive)


def test_the_manifest_says_what_is_in_it(archive: Path) -> None:
    manifest = read_manifest(archive)
    names = [member.name for member in manifest.members]
    assert names == ["neo4j.dump", "quarantine.sqlite", "user-secret"]
    assert manifest.schema_version > 0
    with tarfile.open(archive) as opened:
        assert {member.mode for member in opened.getmembers()} == {0o600}


def assert_refused(folder: Path, content: bytes, expected: str) -> None:
    bad, home = folder / "bad.tar", folder / "home"
    bad.write_bytes(content)
    with pytest.raises(BackupError, match=expected):
        restore_backup(settings_of(home), bad)
    assert not (home / "server/data").exists()
    assert not (home / "user-secret").exists()
    assert not list(home.glob(".rest*"))


def rewritten(
    archive: Path, folder: Path, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> Path:
    """A copy whose manifest is another and fits its checksum."""
    target, manifest = folder / "rewritten.tar", b""
    with tarfile.open(archive) as old, tarfile.open(target, "w") as new:
        for member in old.getmembers():
            stream = old.extractfile(member)
            assert stream
            content = stream.read()
            if member.name == "manifest.json":
                content = manifest = json.dumps(change(json.loads(content))).encode()
            elif member.name == "manifest.sha256":
                content = hashlib.sha256(manifest).hexdigest().encode()
            member.size = len(content)
            new.addfile(member, io.BytesIO(content))
    return target
