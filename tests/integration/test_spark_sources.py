"""Spark reads databases and topics by the command, and the graph is that of the same file."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from catalograph.ingest import CatalogMapping, dump_mapping, ingest_catalog
from catalograph.settings import Settings
from catalograph.store import Connection, Writer, content_hash
from tests.conftest import wipe
from tests.integration.kafka import Broker
from tests.integration.postgres import running_postgres
from tests.integration.test_kills import environment

pytestmark = [pytest.mark.engines, pytest.mark.neo4j]

MAPPING = CatalogMapping.model_validate(
    {
        "source": "shop",
        "id": "sku",
        "title": "name",
        "brand": "brand",
        "price": "price",
        "currency": "EUR",
    }
)
ROWS = [
    {
        "sku": f"a{n % 300}",
        "name": f"Kettle {n}",
        "brand": f"Maker {n % 7}",
        "price": f"{n}.25",
    }
    for n in range(500)
]


@pytest.fixture(scope="module")
def alone(
    connection: Connection, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The hash of the graph that one process writes of the rows in a file."""
    path = tmp_path_factory.mktemp("feed") / "feed.jsonl"
    path.write_text("\n".join(map(json.dumps, ROWS)))
    ingest_catalog([path], Writer(connection), settings, MAPPING)
    return content_hash(connection)


def ingest_by_command(settings: Settings, folder: Path, *words: str) -> dict[str, Any]:
    """Run the command with Spark; return its report."""
    mapping = folder / "shop.yaml"
    mapping.write_text(dump_mapping(MAPPING))
    command = [str(Path(sys.executable).with_name("catalograph")), "ingest", "catalog", *words]
    command += ["--mapping", str(mapping), "--engine", "spark", "--partitions", "2", "--json"]
    done = subprocess.run(
        command,
        env=environment(settings),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.fixture
def shop_database() -> Iterator[str]:
    """A database with the last row of each id, since a table has no order."""
    from adbc_driver_postgresql.dbapi import connect

    with running_postgres() as uri:
        with connect(uri) as database, database.cursor() as cursor:
            cursor.execute("CREATE TABLE goods (sku text, name text, brand text, price numeric)")
            last = {row["sku"]: row for row in ROWS}.values()
            values = ", ".join(
                f"('{row['sku']}', '{row['name']}', '{row['brand']}', {row['price']})"
                for row in last
            )
            cursor.execute(f"INSERT INTO goods VALUES {values}")  # noqa: S608 - made above
            database.commit()
        yield uri


def test_a_query_is_a_feed(
    connection: Connection, settings: Settings, alone: str, shop_database: str, tmp_path: Path
) -> None:
    wipe(connection)
    report = ingest_by_command(
        settings,
        tmp_path,
        shop_database,
        *("--query", "SELECT * FROM goods", "--packages", "org.postgresql:postgresql:42.7.7"),
    )
    assert (report["rows"], report["written"]) == (300, 300)
    assert content_hash(connection) == alone


@contextmanager
def topic_of(folder: Path, name: str) -> Iterator[str]:
    """Start a broker with the rows in a topic of three partitions; give the topic's address."""
    from confluent_kafka import Producer
    from confluent_kafka.admin import AdminClient, NewTopic

    broker = Broker(folder)
    try:
        broker.start()
        admin = AdminClient({"bootstrap.servers": broker.bootstrap})
        admin.create_topics([NewTopic(name, 3, 1)])[name].result()
        producer = Producer({"bootstrap.servers": broker.bootstrap})
        for row in ROWS:
            producer.produce(name, json.dumps(row), key=row["sku"])
        producer.produce(name, None, key="a1")
        producer.flush()
        yield f"kafka://{broker.bootstrap}/{name}"
    finally:
        broker.kill()


def test_a_topic_is_a_feed(
    connection: Connection, settings: Settings, alone: str, tmp_path: Path
) -> None:
    wipe(connection)
    with topic_of(tmp_path, "goods") as address:
        package = "org.apache.spark:spark-sql-kafka-0-10_2.12:3.5.7"
        report = ingest_by_command(settings, tmp_path, address, "--packages", package)
    counts = {name: report[name] for name in ("rows", "written", "superseded", "rejected")}
    assert counts == {"rows": 501, "written": 300, "superseded": 200, "rejected": 1}
    assert content_hash(connection) == alone
