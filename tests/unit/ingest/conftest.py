"""A small writer that keeps records in memory, as the store keeps them in Neo4j."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from catalograph.ingest.batches import Record
from catalograph.schema import CompositeRecord, InteractionRecord, SourceRecord, keys
from catalograph.settings import Settings, load_settings


@dataclass(frozen=True)
class Counts:
    written: int
    unchanged: int


def _identity(record: Record) -> tuple[str, str]:
    if isinstance(record, SourceRecord):
        return record.key, record.content_hash
    return record.node.key, str(record.node.properties["content_hash"])


@dataclass
class MemoryCatalogues:
    """Ids of the products of each catalogue."""

    ids: dict[str, list[str]] = field(default_factory=dict)
    others: dict[str, list[str]] = field(default_factory=dict)
    """GTINs and group of products, by id."""
    groups: dict[str, dict[str, str]] = field(default_factory=dict)
    """First variant of each group, by catalogue."""
    names: list[tuple[str, str, list[str]]] = field(default_factory=list)
    listings: int = 0
    """Number of times that a whole catalogue was listed."""
    asked: list[str] = field(default_factory=list)
    """Ids looked up one by one, in order of the calls."""

    def list_catalogues(self) -> list[str]:
        return sorted(self.ids)

    def find_listed_products(self, keys_: Collection[str]) -> set[str]:
        self.asked += sorted(map(keys.natural_id, keys_))
        there = {keys.product_key(name, id_) for name, ids in self.ids.items() for id_ in ids}
        return there & set(keys_)

    def find_group_variants(self, source: str, groups: Collection[str]) -> dict[str, str]:
        stored = self.groups.get(source, {})
        return {name: stored[name] for name in groups if name in stored}

    def list_names(self) -> Iterator[tuple[str, str, list[str]]]:
        yield from self.names

    def list_product_ids(self, source: str) -> Iterator[tuple[str, list[str]]]:
        self.listings += 1
        yield from ((id_, self.others.get(id_, [])) for id_ in self.ids.get(source, ()))


@dataclass
class MemoryWriter:
    """In-memory writer, idempotent by content hash, like the store."""

    records: dict[str, SourceRecord | InteractionRecord] = field(default_factory=dict)
    composites: dict[str, CompositeRecord] = field(default_factory=dict)
    finished: list[Mapping[str, object]] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    catalogues: Any = field(default_factory=MemoryCatalogues)
    failed: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)

    def start_run(self, kind: str, arguments: Mapping[str, object] | None = None) -> str:
        return f"run-{kind}"

    def _known(self, key: str) -> Record | None:
        return self.records.get(key) or self.composites.get(key)

    def fail_run(self, run: str, error: str) -> None:
        self.failed.append(error)

    def note_progress(self, run: str, doing: str, share: float, rows: int) -> None:
        pass

    def read_content_hashes(self, keys: Sequence[str]) -> dict[str, str]:
        known = {key: self._known(key) for key in keys}
        return {key: _identity(record)[1] for key, record in known.items() if record is not None}

    def list_record_keys(self, prefix: str) -> Iterator[str]:
        every = [*self.records, *self.composites]
        yield from sorted(key for key in every if key.startswith(prefix))

    def withdraw_records(self, keys: Sequence[str], run: str) -> int:
        found = [key for key in keys if self._known(key) is not None]
        for key in found:
            self.records.pop(key, None)
            self.composites.pop(key, None)
        self.withdrawn += found
        return len(found)

    withdraw_interactions = withdraw_records

    def finish_run(self, run: str, counts: Mapping[str, object]) -> None:
        self.finished.append(counts)

    def count_changes(self, records: Sequence[Record]) -> Counts:
        same = sum(
            (known := self._known(_identity(r)[0])) is not None and _identity(known) == _identity(r)
            for r in records
        )
        return Counts(len(records) - same, same)

    def write_records(self, records: Sequence[SourceRecord], run: str) -> Counts:
        return self._write(records)

    def write_interactions(self, records: Sequence[InteractionRecord], run: str) -> Counts:
        return self._write(records)

    def write_composites(self, records: Sequence[CompositeRecord], run: str) -> Counts:
        counts = self.count_changes(records)
        self.composites.update((r.node.key, r) for r in records)
        return counts

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
