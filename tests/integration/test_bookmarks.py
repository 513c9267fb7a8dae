"""Bookmarks over `neo4j://`: a read waits until its server has what another writer wrote."""

import asyncio
import base64
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import neo4j
import pytest

from catalograph.settings import Settings
from catalograph.store import AsyncConnection, Connection, resolve_address
from catalograph.store.connection.bookmarks import BookmarkFolder

from .conftest import key, open_client, user, whole_app

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]
TITLE = "MATCH (p:Product {key: $key}) RETURN p.title AS title"
RENAME = "MATCH (p:Product {key: $key}) SET p.title = $title"
EVENT = """mutation($input: RecordEventInput!) {
  recordEvent(input: $input) { ... on RecordedEvent { key } ... on MutationError { code } } }"""


@pytest.fixture
def routed(settings: Settings, tmp_path: Path) -> Settings:
    """Settings of the same server as a cluster of one, with a home folder of its own."""
    assert settings.neo4j.uri is not None
    uri = settings.neo4j.uri.replace("bolt://", "neo4j://")
    neo4j = settings.neo4j.model_copy(update={"uri": uri})
    return settings.model_copy(update={"neo4j": neo4j, "home": tmp_path})


@pytest.fixture
def folder(routed: Settings) -> BookmarkFolder:
    assert routed.neo4j.uri is not None
    return BookmarkFolder(routed.home, routed.neo4j.uri, routed.neo4j.database)


@pytest.fixture
def writer(routed: Settings, shop: Connection) -> Iterator[Connection]:
    with Connection(resolve_address(routed)) as connection:
        yield connection


def rename(connection: Connection, title: str) -> None:
    connection.execute(RENAME, key=key("cam1"), title=title)


def following(bookmarks: neo4j.Bookmarks) -> neo4j.Bookmarks:
    """Return the bookmark of the transaction after that of a bookmark; it is not made yet."""
    [text] = bookmarks.raw_values
    kind, _, packed = text.partition(":")
    data = base64.b64decode(packed)
    head, number = data[:19], data[19:-1]  # a list of the database's id and the transaction's
    sizes = {0xC9: ">h", 0xCA: ">i", 0xCB: ">q"}
    found = struct.unpack(sizes[number[0]], number[1:])[0] if len(number) > 1 else number[0]
    longer = head + b"\xcb" + struct.pack(">q", found + 1) + data[-1:]
    return neo4j.Bookmarks.from_raw_values([f"{kind}:{base64.b64encode(longer).decode()}"])


def test_a_writer_leaves_its_bookmark_for_other_processes(
    writer: Connection, folder: BookmarkFolder
) -> None:
    assert folder.get().raw_values == frozenset()
    rename(writer, "Red camera")
    first = folder.get().raw_values
    assert len(first) == 1
    rename(writer, "Red camera II")
    second = folder.get().raw_values
    assert len(second) == 1, "a later bookmark of a writer replaces the earlier one"
    assert second != first


def test_a_read_waits_for_what_another_process_wrote(
    routed: Settings, writer: Connection, shop: Connection, folder: BookmarkFolder
) -> None:
    rename(writer, "before")
    folder.put(following(folder.get()))
    found: list[str] = []
    with Connection(resolve_address(routed), read_only=True) as reader:

        def read() -> None:
            found.extend(row["title"] for row in reader.read_compiled(TITLE, {"key": key("cam1")}))

        thread = threading.Thread(target=read)
        thread.start()
        thread.join(1.5)
        assert thread.is_alive(), "the server has not seen that transaction"
        rename(shop, "after")  # the one that the bookmark names
        thread.join(20)
    assert found == ["after"]


async def test_the_api_waits_likewise(
    routed: Settings, writer: Connection, shop: Connection, folder: BookmarkFolder
) -> None:
    rename(writer, "before")
    folder.put(following(folder.get()))
    connection = AsyncConnection(resolve_address(routed))
    try:
        reading = asyncio.create_task(
            connection.read_compiled(TITLE, {"key": key("cam1")}, "a test")
        )
        done, _ = await asyncio.wait([reading], timeout=1.5)
        assert not done
        await asyncio.to_thread(rename, shop, "after")
        assert await reading == [{"title": "after"}]
        assert len(await connection._managers[neo4j.READ_ACCESS].get_bookmarks()) >= 1
    finally:
        await connection.close()


async def test_a_list_of_another_worker_has_seen_the_mutation_before(
    routed: Settings, shop: Connection, folder: BookmarkFolder
) -> None:
    given = {"source": "shop", "id": "seen", "kind": "CLICK", "userKey": user("follows"),
             "productKey": key("cam1")}  # fmt: skip
    lists = "query($u: String) { recommendations(userKey: $u, first: 1) { items { score } } }"
    async with (
        open_client(whole_app(routed, shop)) as one,
        open_client(whole_app(routed, shop)) as other,
    ):
        body = {"query": EVENT, "variables": {"input": given}}
        written = (await one.post("/graphql", json=body)).json()
        assert "errors" not in written
        assert folder.get().raw_values
        found = (
            await other.post("/graphql", json={"query": lists, "variables": {"u": user("follows")}})
        ).json()
        assert found["data"]["recommendations"]["items"]


def test_one_server_needs_no_bookmarks(settings: Settings, shop: Connection) -> None:
    with Connection(resolve_address(settings)) as direct:
        rename(direct, "Red camera")
    assert not (settings.home / "bookmarks").exists()
    shop.execute(RENAME, key=key("cam1"), title="Red camera")


def test_old_and_foreign_files_do_not_matter(folder: BookmarkFolder) -> None:
    import os

    folder.put(neo4j.Bookmarks.from_raw_values(["FB:one"]))
    other = folder.folder / "1-other"
    other.write_text("FB:two")
    os.utime(other, (1, 1))
    (folder.folder / "draft.draft").write_text("FB:three")
    assert folder.get().raw_values == {"FB:one"}
    folder.close()
    assert not other.exists()
