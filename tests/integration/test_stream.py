"""A topic, its broker and its consumer killed on the way: the graph is that of the batch run."""

import gzip
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from catalograph.ingest import dump_mapping, find_mapping
from catalograph.settings import Settings
from catalograph.store import Connection, connect, content_hash, migrate
from tests.conftest import wipe
from tests.integration.kafka import Broker, running_broker
from tests.integration.test_kills import CATALOGUE, environment

pytestmark = [pytest.mark.neo4j, pytest.mark.heavy]
CLI = [sys.executable, "-c", "from catalograph.cli import main; main()", "ingest"]
Message = tuple[str, dict[str, object] | bytes | None]
"""Key; and a row, bytes that are none, or None for a tombstone."""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with running_broker(tmp_path_factory.mktemp("kafka")) as held:
        yield held


def messages_of(n: int) -> list[Message]:
    """Products of the example under many ids; some change, go, come back, or are broken."""
    with gzip.open(CATALOGUE, "rb") as stream:
        rows = [orjson.loads(line) for line in stream]
    rng = random.Random(n)
    messages: list[Message] = []
    for number in range(n):
        key = str(rng.randrange(n * 4 // 5))
        chance = rng.random()
        if chance < 0.01:
            messages.append((key, b"{broken"))
        elif chance < 0.04:
            messages.append((key, None))
        else:
            row = rows[number % len(rows)]
            messages.append((key, row | {"id": key, "name": f"{row['name']} {number % 7}"}))
    return messages


def write_file(messages: list[Message], path: Path) -> None:
    lines = [
        value
        if isinstance(value, bytes)
        else orjson.dumps({"id": key, "gone": "yes"} if value is None else value)
        for key, value in messages
    ]
    path.write_bytes(b"\n".join(lines))


def create_topic(topic: str, broker: Broker) -> None:
    from confluent_kafka.admin import AdminClient
    from confluent_kafka.cimpl import NewTopic

    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.create_topics([NewTopic(topic, 3)])[topic].result(30)


def produce(messages: list[Message], topic: str, broker: Broker) -> None:
    from confluent_kafka import Producer

    producer = Producer(
        # Without idempotence a retry may put an older message behind a newer one.
        {"bootstrap.servers": broker.bootstrap, "acks": "all", "enable.idempotence": True}
    )
    for key, value in messages:
        payload = value if isinstance(value, bytes | None) else orjson.dumps(value)
        while True:
            try:
                producer.produce(topic, key=key, value=payload)
                break
            except BufferError:
                producer.poll(1)
    assert producer.flush(60) == 0


def run(settings: Settings, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*CLI, *arguments, "--json"],
        env=environment(settings),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = process.communicate(timeout=1800)
    assert process.returncode == 0, err
    report: dict[str, Any] = json.loads(out)
    parts = ("written", "unchanged", "superseded", "rejected", "withdrawn")
    assert report["rows"] == sum(report[part] for part in parts)
    return report


def sources(settings: Settings) -> int:
    with connect(settings) as connection:
        return int(connection.execute("MATCH (s:Source) RETURN count(s) AS n")[0]["n"])


def wait_for(settings: Settings, records: int, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 900
    while sources(settings) < records:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.3)


@pytest.mark.parametrize("n", [2_000, 50_000])
def test_a_stream_with_kills_is_the_batch_run(
    settings: Settings, connection: Connection, broker: Broker, tmp_path: Path, n: int
) -> None:
    # Given: the same rows in a file and in a topic, and the graph of the file.
    messages = messages_of(n)
    shipped = find_mapping("bestbuy_products")
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        dump_mapping(shipped.model_copy(update={"source": "shop", "files": ()}))
        + "deleted: {column: gone}\n"
    )
    feed, topic = tmp_path / "feed.jsonl", f"products-{n}"
    write_file(messages, feed)
    create_topic(topic, broker)
    produce(messages, topic, broker)
    wipe(connection)
    migrate(connection, settings.user_secret_fingerprint)
    batch = finish(
        run(settings, tmp_path, "catalog", str(feed), "--mapping", str(mapping), "--no-dictionary")
    )
    expected, records = content_hash(connection), sources(settings)
    wipe(connection)
    migrate(connection, settings.user_secret_fingerprint)
    consume = [
        *("stream", "--topic", topic, "--bootstrap", broker.bootstrap, "--mapping", str(mapping)),
        *("--until-end", "--config", "session.timeout.ms=6000"),
    ]
    # When: the consumer is killed, the broker under the next one, and a third one told to end.
    first = run(settings, tmp_path, *consume)
    wait_for(settings, records // 5, first)
    first.kill()
    first.communicate()
    second = run(settings, tmp_path, *consume)
    wait_for(settings, records * 2 // 5, second)
    broker.kill()
    time.sleep(2)
    broker.start()
    wait_for(settings, records * 3 // 5, second)
    second.send_signal(signal.SIGTERM)
    assert finish(second)["rows"] < n
    third = finish(run(settings, tmp_path, *consume))
    # Then: the graphs are equal, and once more nothing is left to read.
    assert third["rows"] > 0
    assert content_hash(connection) == expected
    assert finish(run(settings, tmp_path, *consume))["rows"] == 0
    assert batch["rejected"] > 0
    lines = (tmp_path / f"{topic}.rejected.jsonl").read_bytes().splitlines()
    rejected = [row for row in map(orjson.loads, lines) if row["scope"] == "row"]
    assert len({(row["file"], row["line"]) for row in rejected}) == batch["rejected"]


def test_events_of_a_topic_find_the_products_of_the_catalogue(
    settings: Settings, connection: Connection, broker: Broker, tmp_path: Path
) -> None:
    wipe(connection)
    migrate(connection, settings.user_secret_fingerprint)
    (tmp_path / "shop.jsonl").write_bytes(orjson.dumps({"id": "0012", "name": "Kettle"}))
    (tmp_path / "shop.yaml").write_text("kind: catalog\nsource: shop\nid: id\ntitle: name\n")
    (tmp_path / "clicks.yaml").write_text(
        "kind: events\nsource: clicks\nid: id\nevent: what\nproduct: item\nuser: who\n"
    )
    finish(run(settings, tmp_path, "catalog", "shop.jsonl", "--mapping", "shop.yaml"))
    events: list[Message] = [
        (str(n), {"id": n, "what": "view", "item": item, "who": "ann"})
        for n, item in enumerate((12.0, "0012", "12.0", "99"))
    ]
    produce(events, "clicks", broker)
    options = ["--topic", "clicks", "--bootstrap", broker.bootstrap, "--mapping", "clicks.yaml"]
    report = finish(run(settings, tmp_path, "stream", *options, "--until-end"))
    counts = {name: report["products"][name] for name in ("named", "unknown", "respelled")}
    assert counts == {"named": 4, "unknown": 1, "respelled": 2}
    assert (
        "1 of 4 events name products that are not in the graph, for example '99'."
        in (report["products"]["messages"])
    )
    rows = connection.execute(
        "MATCH (:Event)-[:ON]->(p:Product {listed: true}) RETURN p.key AS key, count(*) AS n"
    )
    assert rows == [{"key": "product:shop:0012", "n": 3}]
    wipe(connection)
