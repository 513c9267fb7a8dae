"""Completing a real graph: imputed facts stand apart, come once, and go when they should."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from catalograph.ingest import ingest_catalog
from catalograph.ingest.complete.run import CompletionReport, complete
from catalograph.settings import Settings
from catalograph.store import Connection, Writer, export_snapshot, export_texts
from catalograph.store.ledger.imputed_edges import set_imputed_visibility
from catalograph.store.models.export import snapshot_hash
from tests import small_shop

pytestmark = pytest.mark.neo4j

WITHOUT_BRAND = ("003", "021", "055", "090", "111", "142", "173", "199")
WITHOUT_CATEGORY = ("007", "033", "068", "104", "150", "187")
SUPPORTS = """
MATCH (a:Assertion)-[r:SUPPORTED_BY {origin: 'IMPUTED'}]->(s:Source)
RETURN a.key AS key, r.extractor AS extractor, r.confidence AS confidence, s.key AS source
ORDER BY key
"""


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The whole shop, by id."""
    path = tmp_path_factory.mktemp("shop") / "whole.jsonl"
    small_shop.write_catalog(path)
    listed = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    return {row["id"]: row for row in listed}


@pytest.fixture(scope="module")
def store(connection: Connection) -> Iterator[Writer]:
    set_imputed_visibility(connection, "hide")
    yield Writer(connection)
    set_imputed_visibility(connection, "hide")


def write(store: Writer, settings: Settings, folder: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Ingest rows of the shop."""
    path = folder / "feed.jsonl"
    path.write_bytes(b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows))
    report = ingest_catalog(
        [path], store, settings, small_shop.MAPPING, rejected=folder / "rejected.jsonl"
    )
    assert report.rejected == 0


def test_completion(
    store: Writer,
    settings: Settings,
    connection: Connection,
    rows: dict[str, dict[str, Any]],
    tmp_path: Path,
) -> None:
    # Given a shop in which brands and categories are hidden.
    feed = [
        row
        | (unbranded(row) if row["id"] in WITHOUT_BRAND else {})
        | ({"category": None} if row["id"] in WITHOUT_CATEGORY else {})
        for row in rows.values()
    ]
    write(store, settings, tmp_path, feed)
    before = export_snapshot(connection)

    # When only asked, nothing is written.
    asked = complete(store, min_confidence=0.5, dry_run=True)
    assert (asked.run, connection.execute(SUPPORTS)) == (None, [])
    assert asked.missing == {"brand": len(WITHOUT_BRAND), "category": len(WITHOUT_CATEGORY)}

    # When completed, the hidden values come as imputed facts in records of their own.
    done = complete(store, min_confidence=0.5)
    assert (done.imputed, done.written) == (asked.imputed, asked.written)
    found = connection.execute(SUPPORTS)
    assert len(found) == sum(done.imputed.values()) >= 10
    right = [row["key"] for row in found if row["key"] in truths(rows)]
    assert len(right) >= 0.8 * len(found)
    assert all(row["extractor"] == "complete-combined" for row in found)
    assert all(0.5 <= row["confidence"] < 1 for row in found)
    assert all(row["source"].startswith("source:small-shop:imputed/") for row in found)

    # They are edges only where they are shown; what learns from the graph sees them apart.
    assert imputed_edges(connection) == 0
    assert set_imputed_visibility(connection, "show") == done.written
    assert imputed_edges(connection) == len(found)
    assert connection.execute(SUPPORTS) == found
    after = export_snapshot(connection)
    assert sum(len(table.heads) for table in after.imputed.values()) == len(found)
    assert snapshot_hash(replace(after, imputed={})) == before.data_hash != after.data_hash
    texts = export_texts(connection)
    told = dict(zip(texts.keys, texts.brands, strict=True))
    assert all(told[f"product:small-shop:{id_}"] == () for id_ in WITHOUT_BRAND)

    # When completed again, nothing changes.
    again = complete(store, min_confidence=0.5)
    assert (again.run, again.written, again.withdrawn) == (None, 0, 0)
    assert again.unchanged == done.written
    assert connection.execute(SUPPORTS) == found

    check_asserted(store, settings, connection, feed, rows, tmp_path)
    check_withdrawn(store, connection)


def unbranded(row: dict[str, Any]) -> dict[str, Any]:
    """No brand, and its name not at the head of the title, where an extractor would find it."""
    brand, *words = row["title"].split()
    return {"brand": None, "title": " ".join([*words, "by", brand])}


def check_asserted(
    store: Writer,
    settings: Settings,
    connection: Connection,
    feed: list[dict[str, Any]],
    rows: dict[str, dict[str, Any]],
    folder: Path,
) -> None:
    """A feed asserts what was imputed: the edge stays, its imputation goes."""
    id_ = next(id_ for id_ in WITHOUT_BRAND if imputed_of(connection, id_))
    write(store, settings, folder, [rows[id_] if row["id"] == id_ else row for row in feed])
    done: CompletionReport = complete(store, min_confidence=0.5)
    assert done.withdrawn == 1
    assert imputed_of(connection, id_) == []
    key = f"product:small-shop:{id_}"
    (edge,) = connection.execute(
        f"MATCH (:Product {{key: '{key}'}})-[:HAS_BRAND]->(b) RETURN b.name AS name"
    )
    assert edge["name"] == rows[id_]["brand"]


def check_withdrawn(store: Writer, connection: Connection) -> None:
    """A product is withdrawn: what was imputed for it goes with it."""
    id_ = next(id_ for id_ in WITHOUT_CATEGORY if imputed_of(connection, id_))
    run = store.start_run("test")
    assert store.withdraw_records([f"source:small-shop:catalog/{id_}"], run) == 1
    assert imputed_of(connection, id_) == []


def truths(rows: dict[str, dict[str, Any]]) -> set[str]:
    """Keys of the assertions that are true of the shop."""
    found = set()
    for id_, row in rows.items():
        product = f"assertion:product:small-shop:{id_}"
        found.add(f"{product}\tHAS_BRAND\tbrand:{row['brand'].lower()}")
        found.add(f"{product}\tIN_CATEGORY\tcategory:{'/'.join(row['category']).lower()}")
    return found


def imputed_of(connection: Connection, id_: str) -> list[str]:
    """Assertions imputed for a product."""
    head = f"assertion:product:small-shop:{id_}\t"
    return [row["key"] for row in connection.execute(SUPPORTS) if row["key"].startswith(head)]


def imputed_edges(connection: Connection) -> int:
    """Edges whose only supports are imputed ones."""
    (row,) = connection.execute(
        """
        MATCH (p:Product)-[e:HAS_BRAND|IN_CATEGORY]->(t)
        MATCH (a:Assertion {key: 'assertion:' + p.key + '\t' + type(e) + '\t' + t.key})
        WHERE all(r IN [(a)-[r:SUPPORTED_BY]->() | r.origin] WHERE r = 'IMPUTED')
        RETURN count(e) AS n
        """
    )
    return int(row["n"])
