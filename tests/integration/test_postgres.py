"""A query of a real PostgreSQL is a feed like any file."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from catalograph.errors import IngestError, SourceFormatError
from catalograph.ingest import CatalogMapping, dump_mapping, feed_paths, ingest_catalog
from catalograph.ingest.readers import DatabaseQuery, open_feed
from catalograph.settings import Settings
from catalograph.store import Connection, Writer, content_hash, read_run
from tests.conftest import wipe
from tests.integration.postgres import running_postgres
from tests.integration.test_kills import environment

CLI = [sys.executable, "-c", "from catalograph.cli import main; main()"]
TABLE = """
CREATE TABLE product (
    id bigint PRIMARY KEY, title text, price numeric(30, 12), loss numeric, details jsonb,
    tags text[], released timestamptz, day date, listed boolean, code uuid, cost money, ip inet
)
"""
ROWS = """
INSERT INTO product VALUES
    (9007199254740993, '保温杯', 12345678901234.123456789012, 'NaN',
     '{"price": 0.1000000000000000055511151231257827, "size": ["L", null]}', ARRAY['a', NULL],
     '2026-01-05 12:00:00+08', '2026-01-05', true, '4972767e-706b-4992-af5a-92368fd0f60c',
     3.5, '10.0.0.1'),
    (2, 'Cup', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
"""
SHOP = """
CREATE TABLE shop AS
SELECT i AS sku, 'Laptop ' || i || ' 256 GB' AS title, 'Brand ' || i % 7 AS maker,
    (i * 199 % 90000) / 100.0::numeric AS price, 'EUR' AS currency,
    jsonb_build_object('颜色', CASE i % 2 WHEN 0 THEN '黑色' ELSE 'red' END) AS details
FROM generate_series(1, 500) i
"""
MAPPING = CatalogMapping.model_validate(
    {
        "source": "shop",
        "id": "sku",
        "title": "title",
        "brand": "maker",
        "price": {"column": "price", "currency_column": "currency"},
        "attributes": [{"prefix": "details."}],
    }
)


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    from adbc_driver_postgresql.dbapi import connect

    with running_postgres() as uri:
        with connect(uri) as connection, connection.cursor() as cursor:
            for statement in (TABLE, ROWS, SHOP):
                cursor.execute(statement)
            connection.commit()
        yield uri


def rows(database: str, sql: str) -> list[Any]:
    with open_feed(DatabaseQuery(database, sql)) as feed:
        assert [row.number for row in feed.rows()] == list(range(1, len(list(feed.rows())) + 1))
        return [row.fields for row in feed.rows()]


def test_values_come_exact(database: str) -> None:
    names = "id, title, price, loss, details, tags, released, day, listed, code"
    first, second = rows(database, f"SELECT {names} FROM product ORDER BY id DESC;")  # noqa: S608
    assert first == {
        "id": 9007199254740993,
        "title": "保温杯",
        "price": Decimal("12345678901234.123456789012"),
        "loss": None,
        "details": {
            "price": Decimal("0.1000000000000000055511151231257827"),
            "size": ["L", None],
        },
        "tags": ["a", None],
        "released": datetime(2026, 1, 5, 4, tzinfo=UTC),
        "day": date(2026, 1, 5),
        "listed": True,
        "code": "4972767e-706b-4992-af5a-92368fd0f60c",
    }
    assert {name for name, value in second.items() if value is not None} == {"id", "title"}


@pytest.mark.parametrize(
    ("sql", "remedy"),
    [
        ("SELECT id, cost FROM product", "cost::numeric"),
        ("SELECT id, ip FROM product", "ip::text"),
        ("SELECT id, title AS x, price AS x FROM product", "two columns are named 'x'"),
        ("SELECT nothing FROM product", "nothing"),
        ("DELETE FROM product RETURNING id", "read-only"),
        ("UPDATE product SET title = 'x'", "read-only"),
    ],
)
def test_what_is_no_feed_is_refused_with_the_remedy(database: str, sql: str, remedy: str) -> None:
    with pytest.raises(SourceFormatError, match="SELECT|query") as caught:
        rows(database, sql)
    assert remedy in str(caught.value)
    assert len(rows(database, "SELECT id FROM product")) == 2


def test_a_password_is_in_no_message() -> None:
    query = DatabaseQuery("postgresql://shop:secret@127.0.0.1:1/db", "SELECT 1")
    with pytest.raises(SourceFormatError) as caught, open_feed(query):
        pass
    assert "secret" not in str(caught.value)
    assert "shop@127.0.0.1:1/db" in str(caught.value)
    with pytest.raises(SourceFormatError, match="--query") as caught, open_feed(query.uri):
        pass
    assert "secret" not in str(caught.value)
    with pytest.raises(IngestError, match="is none"):
        feed_paths(["shop.csv"], "SELECT 1")


@pytest.mark.neo4j
def test_a_query_and_a_parquet_file_of_its_rows_give_one_graph(
    database: str, settings: Settings, connection: Connection, tmp_path: Path
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    mapping = tmp_path / "shop.yaml"
    mapping.write_text(dump_mapping(MAPPING), encoding="utf-8")
    wipe(connection)
    place = database.replace("shop@", "shop:secret@")
    command = ["ingest", "catalog", place, "--mapping", str(mapping), "--json"]
    done = subprocess.run(
        [*CLI, *command, "--query", "SELECT * FROM shop"],
        env=environment(settings),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["rows"], report["written"], report["rejected"]) == (500, 500, 0)
    from_query = content_hash(connection)
    arguments = read_run(connection, report["run"]).arguments
    assert arguments["query"] == "SELECT * FROM shop"
    assert arguments["paths"] == [database]
    assert "secret" not in str(arguments)

    resumed = subprocess.run(
        [*CLI, "runs", "resume", report["run"], "--json"],
        env=environment(settings),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(resumed.stdout)["unchanged"] == 500

    fields = rows(database, "SELECT * FROM shop")
    pq.write_table(pa.Table.from_pylist(fields), tmp_path / "shop.parquet")
    wipe(connection)
    ingest_catalog([tmp_path / "shop.parquet"], Writer(connection), settings, MAPPING)
    assert content_hash(connection) == from_query
    wipe(connection)
