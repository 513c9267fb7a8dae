"""Debezium's change events through a real broker: deleted rows leave the graph."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from catalograph.ingest import CatalogMapping
from catalograph.ingest.stream import StreamTopic, ingest_stream
from catalograph.settings import Settings
from catalograph.store import Connection, Writer
from tests.conftest import wipe
from tests.integration.kafka import running_broker
from tests.integration.test_stream import create_topic, produce

pytestmark = pytest.mark.neo4j
MAPPING = CatalogMapping.model_validate(
    {"source": "shop", "id": "id", "title": "title", "price": "price", "currency": "EUR"}
)
SOURCE = {"connector": "postgresql", "table": "product"}
SCHEMA = {
    "fields": [
        {
            "field": "after",
            "fields": [
                {
                    "field": "price",
                    "name": "org.apache.kafka.connect.data.Decimal",
                    "parameters": {"scale": "2"},
                }
            ],
        }
    ]
}


def key(id_: int) -> str:
    return orjson.dumps({"schema": {"type": "struct"}, "payload": {"id": id_}}).decode()


def change(op: str, id_: int, title: str | None, price: str | None = None) -> dict[str, Any]:
    row = {"id": id_, "title": title, "price": price}
    sides = {"before": row, "after": None} if op == "d" else {"before": None, "after": row}
    return {"schema": SCHEMA, "payload": sides | {"op": op, "source": SOURCE, "ts_ms": 1}}


def test_the_graph_follows_the_table(
    settings: Settings, connection: Connection, tmp_path: Path
) -> None:
    pytest.importorskip("confluent_kafka")
    wipe(connection)
    messages = [
        (key(1), change("r", 1, "Kettle", "BNI=")),
        (key(2), change("c", 2, "保温杯", "BNI=")),
        (key(3), change("c", 3, "Cup")),
        (key(4), change("c", 4, "Jug")),
        (key(1), change("u", 1, "Electric kettle", "BNM=")),
        (key(5), {"payload": {"op": "t", "source": SOURCE}, "schema": {}}),
    ]
    gone = [(key(2), change("d", 2, None)), (key(3), None)]
    with running_broker(tmp_path) as broker:
        topic = StreamTopic("shop.public.product", broker.bootstrap)
        rejected = tmp_path / "rejected.jsonl"
        create_topic(topic.name, broker)
        counts = []
        for more in (messages, gone):
            produce(more, topic.name, broker)  # type: ignore[arg-type]
            report = ingest_stream(
                topic,
                Writer(connection),
                settings,
                MAPPING,
                "catalog",
                until_end=True,
                rejected=rejected,
            )
            counts.append((report.rows, report.rejected, report.withdrawn))
    assert counts == [(6, 1, 0), (2, 0, 2)]
    assert "--snapshot" in orjson.loads(rejected.read_bytes())["detail"]
    left = connection.execute(
        "MATCH (p:Product) WHERE p.listed RETURN p.title AS title, p.price AS price ORDER BY title"
    )
    assert left == [
        {"title": "Electric kettle", "price": 12.35},
        {"title": "Jug", "price": None},
    ]
    wipe(connection)
