"""A small writer that keeps records in memory, as the store keeps them in Neo4j."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from catalograph.schema import InteractionRecord, SourceRecord
from catalograph.settings import Settings, load_settings


@dataclass(frozen=True)
class Counts:
    written: int
    unchanged: int


def _identity(record: SourceRecord | InteractionRecord) -> tuple[str, str]:
    if isinstance(record, SourceRecord):
        return record.key, record.content_hash
    return record.node.key, str(record.node.properties["content_hash"])


@dataclass
class MemoryWriter:
    """Idempotent by content hash, like the store."""

    records: dict[str, SourceRecord | InteractionRecord] = field(default_factory=dict)
    finished: list[Mapping[str, object]] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)

    def start_run(self, kind: str) -> str:
        return f"run-{kind}"

    def finish_run(self, run: str, counts: Mapping[str, object]) -> None:
        self.finished.append(counts)

    def count_changes(self, records: Sequence[SourceRecord | InteractionRecord]) -> Counts:
        same = sum(
            (known := self.records.get(_identity(r)[0])) is not None
            and _identity(known) == _identity(r)
            for r in records
        )
        return Counts(len(records) - same, same)

    def write_records(self, records: Sequence[SourceRecord], run: str) -> Counts:
        return self._write(records)

    def write_interactions(self, records: Sequence[InteractionRecord], run: str) -> Counts:
        return self._write(records)

    def _write(self, records: Sequence[SourceRecord | InteractionRecord]) -> Counts:
        counts = self.count_changes(records)
        self.batches.append(len(records))
        self.records.update((_identity(r)[0], r) for r in records)
        return counts


@pytest.fixture
def writer() -> MemoryWriter:
    return MemoryWriter()


@pytest.fixture
def settings(tmp_path: object) -> Settings:
    return load_settings(user_secret="a secret of the tests", home=tmp_path)
