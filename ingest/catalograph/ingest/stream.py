"""Ingest from an Apache Kafka topic, effectively exactly once.

A message's value is one row as JSON; its key is optional. A message without a value is a tombstone:
the record whose id is the message's key is withdrawn. A change event of Debezium counts as the row
in its envelope; that of a deleted row withdraws its record. Offsets are committed explicitly and
only after their batch is written. So after a crash a consumer reads some messages again, and as
writing is idempotent by content, the graph is the same as if it had read each message once.

Of several messages with one key the last one wins, as in a file: messages of one partition are
applied in order, and a producer that sends a record's messages with the same key puts them into one
partition. A consumer that loses its partitions first writes and commits what it holds.

A stream has no end, so no dictionary of values can be learned from it. Texts are read by rules and
by the extractors that are asked for; with `learn=False` a file ingest does the same, and then both
give the same graph. Offsets are committed after the texts of their batch are read.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalograph.errors import IngestError, InvalidInputError, MappingError, MissingExtraError
from catalograph.ingest.aspects import Aspects
from catalograph.ingest.batches import RecordBatch, RecordWriter
from catalograph.ingest.debezium import RowChange, unwrap_change, unwrap_key
from catalograph.ingest.feeds import Feed, feed_of, matcher_of, sink_of
from catalograph.ingest.mapping import Mapping as FeedMapping
from catalograph.ingest.partitions import process_row
from catalograph.ingest.product_matching import ProductMatcher
from catalograph.ingest.readers import FeedLimits, FeedRow, json_row
from catalograph.ingest.rejection_log import RejectionLog
from catalograph.ingest.report import Counters, IngestReport
from catalograph.ingest.row_preparation import PreparedRow, RowPreparer
from catalograph.ingest.run import TextProcessor
from catalograph.ingest.run_outcome import finish_report, note_failures
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
    texts: Callable[[str | None], TextProcessor] | None = None,
    aspects: Aspects | None = None,
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
        texts: factory of the reader of product texts; receives the run's id.
        aspects: reader of aspects in reviews.

    Raises:
        MappingError: rows inherit from other rows, which a message cannot.
        MissingExtraError: the extra `stream` is not installed.
        IngestError: no broker answers, the topic does not exist, or Kafka reports a permanent
            error.
    """
    version = None if aspects is None else aspects.version
    _check_rows(mapping)
    feed = feed_of(mapping, kind, settings, learn=False, aspects=version)
    counters = Counters(files=[(f"kafka:{topic.name}", mapping.source)])
    matcher = matcher_of(feed, store, topic.name, counters)
    path = rejected or Path(f"{topic.name}.rejected.jsonl")
    with _consumer(topic, mapping) as consumer:
        ends = _end_offsets(consumer, topic)
        run = store.start_run(kind, {"topic": topic.name, "source": mapping.source})
        reading = texts(run) if texts is not None and kind == "catalog" else None
        after = None if reading is None else reading.take
        with (
            note_failures(store, run),
            RejectionLog(path, topic.name, with_text=kind == "catalog", append=True) as kept_out,
            sink_of(store, kind, aspects).batch(
                store, run, counters, after, None if matcher is None else matcher.match
            ) as batch,
        ):
            rules = (FeedLimits.of(settings.ingest), RowPreparer(mapping), matcher)
            taken = _Taken(topic.name, feed, mapping.id, batch, counters, kept_out, *rules)
            _consume(consumer, taken, ends if until_end else None, stop)
        if kept_out.made:
            counters.rejected_files.append(str(path))
        counters.texts = {} if reading is None else reading.report()
    return finish_report(store, counters, kind, run)


def _check_rows(mapping: FeedMapping) -> None:
    if mapping.inherit is not None:
        raise MappingError(
            "The mapping has 'inherit', but messages of a topic have no rows above them. Send "
            "complete rows and leave 'inherit' out, or ingest files."
        )


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
    id_columns: tuple[str, ...] | None
    batch: RecordBatch[Any]
    tally: Counters
    kept_out: RejectionLog
    limits: FeedLimits
    preparer: RowPreparer
    matcher: ProductMatcher | None = None

    def write(self, messages: list[_Message]) -> None:
        """Write a batch; of the good messages of a record the last one wins."""
        rows = [(message, *row) for message in messages for row in self._rows(message)]
        keys = [
            None if row is None else self._key(message, row, gone) for message, row, gone in rows
        ]
        if self.matcher is not None:
            self.matcher.decide()
        last = {key: n for n, key in enumerate(keys) if isinstance(key, str)}
        for n, ((message, row, gone), key) in enumerate(zip(rows, keys, strict=True)):
            self.tally.rows += 1
            if row is None:
                self.tally.skipped += 1
            elif isinstance(key, str) and last[key] != n:
                self.tally.superseded += 1
            elif gone and isinstance(key, str):
                self.batch.withdraw(key)
            else:
                said = replace(row, fields=key) if isinstance(key, Rejection) else row
                place = f"{self.topic}/{message.partition}"
                process_row(said, self.feed, self.batch, self.tally, self.kept_out, file=place)
        self.batch.flush()

    def _rows(self, message: _Message) -> list[tuple[PreparedRow | None, bool]]:
        """Return the rows of a message, None for each that the mapping leaves out.

        Beside each stands whether its record is gone.
        """
        row, gone = self._row(message)
        if message.value is None:
            return [(PreparedRow(row.number, row.fields, row.raw), True)]
        return [(prepared, gone) for prepared in self.preparer.prepare(row)]

    def _row(self, message: _Message) -> tuple[FeedRow, bool]:
        """Return the message's row, and whether its record is gone."""
        value, place = message.value, message.offset
        if value is None:
            return FeedRow(place, {}, message.key or b""), True
        if len(value) > self.limits.row_bytes:
            return FeedRow(place, self.limits.reject_too_long(), value[:1_000]), False
        row = json_row(place, value, self.limits)
        change = None if isinstance(row.fields, Rejection) else unwrap_change(row.fields)
        if isinstance(change, RowChange):
            return replace(row, fields=change.fields), change.deleted
        return row if change is None else replace(row, fields=change), False

    def _key(self, message: _Message, row: PreparedRow, gone: bool) -> str | Rejection:
        """Return the key of a message's record, or why there is none."""
        if isinstance(row.fields, Rejection):
            return row.fields
        if message.value is not None:
            return self.feed.key(row.fields) if gone else self.feed.prepare(row.fields)
        if not message.key:
            detail = "A message without value withdraws the record of its key, and has no key."
            return Rejection(RejectionReason.MISSING, "id", detail)
        try:
            id_ = unwrap_key(message.key, self.id_columns)
            return self.feed.key_of(message.key.decode() if id_ is None else id_)
        except (UnicodeDecodeError, InvalidInputError) as exc:
            return Rejection(RejectionReason.WRONG_TYPE, "id", f"The key is no id: {exc}")
