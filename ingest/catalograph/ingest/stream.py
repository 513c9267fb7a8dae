"""Ingest from an Apache Kafka topic, effectively exactly once.

A message's value is one row as JSON; its key is optional. A message without a value is a tombstone:
the record whose id is the message's key is withdrawn. Offsets are committed explicitly and only
after their batch is written. So after a crash a consumer reads some messages again, and as writing
is idempotent by content, the graph is the same as if it had read each message once.

Of several messages with one key the last one wins, as in a file: messages of one partition are
applied in order, and a producer that sends a record's messages with the same key puts them into one
partition. A consumer that loses its partitions first writes and commits what it holds.

A stream has no end, so no dictionary of values can be learned from it. Texts are read by rules
only; with `learn=False` a file ingest does the same, and then both give the same graph.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalograph.errors import IngestError, InvalidInputError, MissingExtraError
from catalograph.ingest.batches import RecordBatch, RecordWriter
from catalograph.ingest.feeds import Feed, feed_of, sink_of
from catalograph.ingest.mapping import Mapping as FeedMapping
from catalograph.ingest.readers import FeedLimits, FeedRow, json_row
from catalograph.ingest.rejection_log import RejectionLog
from catalograph.ingest.report import Counters, IngestReport
from catalograph.ingest.run import finish_report, note_failures, process_row
from catalograph.schema import Rejection, RejectionReason
from catalograph.settings import Settings

if TYPE_CHECKING:
    from confluent_kafka import Consumer, Message, TopicPartition

_log = logging.getLogger(__name__)

_MOST_MESSAGES = 1_000
_POLL_SECONDS = 1.0
_ANSWER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class StreamTopic:
    """Kafka topic to read, with its connection.

    Attributes:
        name: name of the topic.
        bootstrap: broker addresses, `host:port`, separated by commas.
        group: consumer group, whose consumers share partitions and offsets; None derives one
            from topic and source.
        config: further settings of librdkafka, such as those of SASL.
    """

    name: str
    bootstrap: str
    group: str | None = None
    config: tuple[tuple[str, str], ...] = ()


def ingest_stream(
    topic: StreamTopic,
    store: RecordWriter,
    settings: Settings,
    mapping: FeedMapping,
    kind: str,
    *,
    until_end: bool = False,
    rejected: Path | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> IngestReport:
    """Ingest the messages of a topic until stopped.

    Args:
        topic: topic to read.
        store: store to write to.
        settings: settings with the limits of a row and the secret for pseudonyms.
        mapping: mapping of the fields.
        kind: kind of the rows.
        until_end: True stops at the last message that existed at the start.
        rejected: file for rejections; None creates one in the working folder.
        stop: function called between batches; if it returns True, the messages read so far are
            written and committed, and the ingest ends.

    Raises:
        MissingExtraError: the extra `stream` is not installed.
        IngestError: no broker answers, the topic does not exist, or Kafka reports a permanent
            error.
    """
    feed = feed_of(mapping, kind, settings, learn=False)
    counters = Counters(files=[(f"kafka:{topic.name}", mapping.source)])
    path = rejected or Path(f"{topic.name}.rejected.jsonl")
    with _consumer(topic, mapping) as consumer:
        ends = _end_offsets(consumer, topic)
        run = store.start_run(kind, {"topic": topic.name, "source": mapping.source})
        with (
            note_failures(store, run),
            RejectionLog(path, topic.name, with_text=kind == "catalog", append=True) as kept_out,
            sink_of(store, kind).batch(store, run, counters) as batch,
        ):
            taken = _Taken(
                topic.name, feed, batch, counters, kept_out, FeedLimits.of(settings.ingest)
            )
            _consume(consumer, taken, ends if until_end else None, stop)
        if kept_out.made:
            counters.rejected_files.append(str(path))
    return finish_report(store, counters, kind, run)


@contextmanager
def _consumer(topic: StreamTopic, mapping: FeedMapping) -> Iterator["Consumer"]:
    try:
        from confluent_kafka import Consumer, KafkaException
    except ImportError as exc:
        raise MissingExtraError("stream", "confluent-kafka") from exc
    consumer = Consumer(
        {
            **dict(topic.config),
            "bootstrap.servers": topic.bootstrap,
            "group.id": topic.group or f"catalograph-{topic.name}-{mapping.source}",
            # Offsets are committed only after their batch is written.
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "enable.partition.eof": True,
            "log_level": 2,  # errors arrive instead of messages, and are logged there
            "auto.offset.reset": "earliest",
            # Messages of aborted transactions must not be ingested.
            "isolation.level": "read_committed",
            "partition.assignment.strategy": "cooperative-sticky",
        }
    )
    try:
        yield consumer
    except KafkaException as exc:
        raise IngestError(
            f"Kafka at {topic.bootstrap} refused: {exc.args[0]}. Check address, topic and rights; "
            "run it again to go on at the last batch written."
        ) from exc
    finally:
        consumer.close()


def _end_offsets(consumer: "Consumer", topic: StreamTopic) -> dict[int, int]:
    """Return the offset after the last message of each non-empty partition."""
    from confluent_kafka import TopicPartition

    metadata = consumer.list_topics(topic.name, timeout=_ANSWER_SECONDS).topics[topic.name]
    if metadata.error is not None:
        raise IngestError(
            f"Kafka at {topic.bootstrap} has no topic '{topic.name}' ({metadata.error.str()}). "
            "Name one that is there."
        )
    ends = {}
    for number in metadata.partitions:
        low, high = consumer.get_watermark_offsets(
            TopicPartition(topic.name, number), timeout=_ANSWER_SECONDS
        )
        if high > low:
            ends[number] = high
    return ends


def _consume(
    consumer: "Consumer",
    taken: "_Taken",
    ends: dict[int, int] | None,
    stop: Callable[[], bool],
) -> None:
    """Read until stopped, or until all partitions reach their end offsets."""
    places = _Places(consumer, taken.topic)
    consumer.subscribe([taken.topic], on_revoke=places.on_revoke)
    while not stop() and not (ends is not None and places.are_at(ends)):
        messages = places.select_owned(consumer.consume(_MOST_MESSAGES, timeout=_POLL_SECONDS))
        if messages:
            taken.write(messages)
            places.mark_written(messages)
        places.commit()


@dataclass(frozen=True, slots=True)
class _Message:
    """A Kafka message."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


class _Places:
    """Read and committed offsets of each partition."""

    def __init__(self, consumer: "Consumer", topic: str) -> None:
        self._consumer = consumer
        self._topic = topic
        self._next: dict[int, int] = {}
        self._uncommitted: set[int] = set()

    def select_owned(self, messages: list["Message"]) -> list[_Message]:
        """Return the messages of partitions still assigned to this consumer, without errors.

        Raises:
            KafkaException: the error is permanent.
        """
        if not messages:
            return []
        own = {partition.partition for partition in self._consumer.assignment()}
        told = [
            _Message(m.partition() or 0, m.offset() or 0, m.key(), m.value())
            for m in messages
            if not self._is_fault(m)
        ]
        return [message for message in told if message.partition in own]

    def _is_fault(self, message: "Message") -> bool:
        from confluent_kafka import KafkaError, KafkaException

        error = message.error()
        if error is None:
            return False
        if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its documented name
            self._next[message.partition() or 0] = message.offset() or 0
        elif error.fatal() or error.code() in (
            KafkaError.TOPIC_AUTHORIZATION_FAILED,
            KafkaError.GROUP_AUTHORIZATION_FAILED,
        ):
            raise KafkaException(error)
        else:
            _log.warning("kafka goes on after an error", extra={"error": error.str()})
        return True

    def mark_written(self, messages: list[_Message]) -> None:
        """Record that messages are written."""
        for message in messages:
            self._next[message.partition] = message.offset + 1
            self._uncommitted.add(message.partition)

    def commit(self) -> None:
        """Commit the written offsets; after a failure the next batch tries again."""
        from confluent_kafka import KafkaException, TopicPartition

        if not self._uncommitted:
            return
        places = [TopicPartition(self._topic, n, self._next[n]) for n in sorted(self._uncommitted)]
        try:
            self._consumer.commit(offsets=places, asynchronous=False)
        except KafkaException as exc:
            if exc.args[0].fatal():
                raise
            # At worst these messages are delivered again and change nothing.
            _log.warning("offsets are not committed yet", extra={"error": exc.args[0].str()})
        else:
            self._uncommitted.clear()

    def on_revoke(self, consumer: "Consumer", partitions: list["TopicPartition"]) -> None:
        """Commit before the partitions move; all messages taken are written by then."""
        del consumer
        self.commit()
        for partition in partitions:
            self._uncommitted.discard(partition.partition)
            self._next.pop(partition.partition, None)

    def are_at(self, ends: dict[int, int]) -> bool:
        """Return whether the group has reached these offsets, here or in other consumers."""
        from confluent_kafka import KafkaException, TopicPartition

        behind = [number for number, end in ends.items() if self._next.get(number, -1) < end]
        if not behind:
            return True
        if set(behind) <= {partition.partition for partition in self._consumer.assignment()}:
            return False  # this consumer still has to read them
        try:
            committed = self._consumer.committed(
                [TopicPartition(self._topic, number) for number in behind], timeout=_ANSWER_SECONDS
            )
        except KafkaException:
            return False
        return all(place.offset >= ends[place.partition] for place in committed)


@dataclass(frozen=True)
class _Taken:
    """Converts messages to rows and writes them."""

    topic: str
    feed: Feed
    batch: RecordBatch[Any]
    tally: Counters
    kept_out: RejectionLog
    limits: FeedLimits

    def write(self, messages: list[_Message]) -> None:
        """Write a batch; of the good messages of a record the last one wins."""
        rows = [self._row(message) for message in messages]
        keys = [self._key(message, row) for message, row in zip(messages, rows, strict=True)]
        last = {key: n for n, key in enumerate(keys) if isinstance(key, str)}
        for n, (message, row, key) in enumerate(zip(messages, rows, keys, strict=True)):
            self.tally.rows += 1
            if isinstance(key, str) and last[key] != n:
                self.tally.superseded += 1
            elif message.value is None and isinstance(key, str):
                self.batch.withdraw(key)
            else:
                said = FeedRow(row.number, key, row.raw) if isinstance(key, Rejection) else row
                place = f"{self.topic}/{message.partition}"
                process_row(said, self.feed, self.batch, self.tally, self.kept_out, file=place)
        self.batch.flush()

    def _row(self, message: _Message) -> FeedRow:
        value = message.value
        if value is None:
            return FeedRow(message.offset, {}, message.key or b"")
        if len(value) > self.limits.row_bytes:
            return FeedRow(message.offset, self.limits.reject_too_long(), value[:1_000])
        return json_row(message.offset, value, self.limits)

    def _key(self, message: _Message, row: FeedRow) -> str | Rejection:
        """Return the key of a message's record, or why there is none."""
        if isinstance(row.fields, Rejection):
            return row.fields
        if message.value is not None:
            return self.feed.prepare(row.fields)
        if not message.key:
            detail = "A message without value withdraws the record of its key, and has no key."
            return Rejection(RejectionReason.MISSING, "id", detail)
        try:
            return self.feed.key_of(message.key.decode())
        except (UnicodeDecodeError, InvalidInputError) as exc:
            return Rejection(RejectionReason.WRONG_TYPE, "id", f"The key is no id: {exc}")
