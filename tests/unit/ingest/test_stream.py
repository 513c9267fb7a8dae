"""What is made of messages; the broker itself is in tests/integration/test_stream.py."""

from pathlib import Path

import orjson

from catalograph.ingest.batches import RecordBatch
from catalograph.ingest.catalog import CatalogFeed
from catalograph.ingest.mapping import CatalogMapping
from catalograph.ingest.readers import FeedLimits
from catalograph.ingest.rejection_log import RejectionLog
from catalograph.ingest.report import Counters
from catalograph.ingest.row_preparation import RowPreparer
from catalograph.ingest.stream import _Message, _Taken

from .conftest import MemoryWriter


def told(offset: int, key: str | None, value: object) -> _Message:
    raw = value if isinstance(value, bytes | None) else orjson.dumps(value)
    return _Message(0, offset, None if key is None else key.encode(), raw)


def write(writer: MemoryWriter, out: Path, *messages: _Message) -> Counters:
    tally = Counters()
    mapping = CatalogMapping(source="s", id=("id",), title="name")
    feed = CatalogFeed(mapping, learn=False)
    batch = RecordBatch(writer, writer.write_records, writer.withdraw_records, "run", tally)
    with batch, RejectionLog(out, "topic", with_text=True) as kept_out:
        preparer = RowPreparer(mapping)
        limits = FeedLimits(row_bytes=100)
        _Taken("topic", feed, batch, tally, kept_out, limits, preparer).write(list(messages))
    parts = (tally.written, tally.unchanged, tally.superseded, tally.rejected, tally.withdrawn)
    assert tally.rows == sum(parts) + tally.skipped
    return tally


def test_the_last_good_message_of_a_record_counts(writer: MemoryWriter, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(writer, out, told(0, "1", {"id": 1, "name": "a"}), told(1, "2", {"id": 2, "name": "b"}))
    tally = write(
        writer,
        out,
        told(2, "1", {"id": 1, "name": "new"}),
        told(3, "1", {"id": 1}),
        told(4, "2", {"id": 2, "name": "c"}),
        told(5, "2", None),
        told(6, "9", None),
        told(7, None, None),
        told(8, "3", b"{broken"),
        told(9, "3", {"id": 3, "name": "x" * 100}),
    )
    assert (tally.written, tally.superseded, tally.withdrawn, tally.unchanged) == (1, 1, 1, 1)
    assert list(writer.records) == ["source:s:catalog/1"]
    rejected = [orjson.loads(line) for line in out.read_bytes().splitlines()]
    assert [(r["file"], r["line"], r["reason"]) for r in rejected] == [
        ("topic/0", 3, "missing"),
        ("topic/0", 7, "missing"),
        ("topic/0", 8, "malformed"),
        ("topic/0", 9, "too_long"),
    ]


def test_messages_that_come_again_change_nothing(writer: MemoryWriter, tmp_path: Path) -> None:
    messages = [told(n, "1", {"id": 1, "name": f"{n}"}) for n in range(3)]
    write(writer, tmp_path / "out", *messages[:2])
    write(writer, tmp_path / "out", *messages)
    again = write(writer, tmp_path / "out", *messages[1:])
    assert (again.written, again.unchanged, again.superseded) == (0, 1, 1)
