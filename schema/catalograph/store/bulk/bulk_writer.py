"""A writer of records that makes import files, where `catalograph.store.Writer` runs statements.

It stands behind the same rules: mapping, write gate and snapshots are those of every ingest. As the
graph is empty, each record is new, so nothing is compared, locked or kept for a roll-back.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple, Self

import orjson

from catalograph.errors import IngestError
from catalograph.schema import (
    CompositeRecord,
    InteractionRecord,
    Node,
    Origin,
    SourceRecord,
    SourceSupport,
    Triple,
    definitions,
)
from catalograph.schema.keys import unescape
from catalograph.schema.ontology import RunStatus
from catalograph.schema.triples import node_of, unlisted_product_of
from catalograph.settings import Settings
from catalograph.store.bulk.references import ReferenceIndex, ReferenceReader
from catalograph.store.bulk.tables import ImportTables, write_time
from catalograph.store.ledger.record_snapshot import support_row
from catalograph.store.ledger.runs import new_run
from catalograph.store.ledger.write import WriteCounts

Record = SourceRecord | InteractionRecord | CompositeRecord
_ELSEWHERE = frozenset({"field", "start", "end", "model", "prompt_hash"})
"""Properties of a support that an edge has no place for."""
_MOST_SUPPORTS = 16_384
_SEARCH_WORDS = {"HAS_BRAND": "search_brands", "HAS_VALUE": "search_values"}
"""Property of a product that holds the tails of a relation as words, for search."""


class _SupportCells(NamedTuple):
    """A support as cells: of its SUPPORTED_BY edge, and of the fact's own edge if it fits there."""

    tail: Node
    support: SourceSupport
    cells: tuple[Any, ...]
    on_edge: tuple[Any, ...] | None


class BulkWriter:
    """Writes the records of one feed, or of one process's share of it, as import files.

    Args:
        folder: folder of the load; the writer makes a folder of its own in it.
        part: name of the writer among those that write at the same time.
        repeats: True where several files may have the same record, of which the first counts.
        compress: True stores the only support of a fact on its edge, as
            `catalograph.store.ledger.inline_supports` does.

    Attributes:
        folder: folder of the writer's files.
        catalogues: what the parts of the load that are finished already describe.
    """

    def __init__(
        self, folder: Path, part: str, *, repeats: bool = False, compress: bool = False
    ) -> None:
        self.catalogues = ReferenceReader(folder)
        numbers = (folder / f"{part}-{n}" for n in count())
        self.folder = next(path for path in numbers if not path.exists())
        self._tables = ImportTables(self.folder)
        self._references = ReferenceIndex(self.folder)
        self._repeats = repeats
        self._compress = compress
        self._supports: dict[tuple[int, int, str, str], _SupportCells] = {}
        self._runs: dict[str, dict[str, Any]] = {}
        self._now = datetime.now(UTC)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.close()

    def close(self) -> None:
        """Write the rest and close the files."""
        table = self._tables.nodes("Run") if self._runs else None
        for key, properties in self._runs.items():
            if table is not None:
                table.add([key, *table.layout.values_of(properties)])
        self._tables.close()
        self._references.close()
        self.catalogues.close()

    def start_run(self, kind: str, arguments: Mapping[str, object] | None = None) -> str:
        """Note the start of a run and return its id."""
        run, key, properties = new_run(kind, arguments)
        self._runs[key] = properties
        return run

    def finish_run(self, run: str, counts: Mapping[str, object]) -> None:
        """Note the end of a run, with its report."""
        self._runs[f"run:{run}"] |= {
            "status": str(RunStatus.FINISHED),
            "finished": datetime.now(UTC),
            "counts": orjson.dumps(counts, default=str).decode(),
        }

    def fail_run(self, run: str, error: str) -> None:
        """Do nothing: a load that fails leaves no run."""

    def note_progress(self, run: str, doing: str, share: float, rows: int) -> None:
        """Do nothing: nobody sees the run before it is imported."""

    def count_changes(self, records: Sequence[Record]) -> WriteCounts:
        """Count all records as new."""
        return WriteCounts(len(records))

    def read_content_hashes(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Return nothing: the graph is empty."""
        del keys
        return {}

    def list_record_keys(self, prefix: str) -> Iterator[str]:
        """Yield nothing: the graph is empty."""
        del prefix
        return iter(())

    def write_records(self, records: Sequence[SourceRecord], run: str) -> WriteCounts:
        """Add records of a catalogue with their facts to the files."""
        new = self._select_new(records, [record.key for record in records])
        for record in new:
            self._add_record(record, run)
        return self._end_batch(len(new), len(records))

    def write_interactions(self, records: Sequence[InteractionRecord], run: str) -> WriteCounts:
        """Add reviews or events to the files, with the users and products that they name."""
        new = self._select_new(records, [record.node.key for record in records])
        for record in new:
            self._add_interaction(record, run)
        return self._end_batch(len(new), len(records))

    def write_composites(self, records: Sequence[CompositeRecord], run: str) -> WriteCounts:
        """Refuse: documents and orders are not loaded in bulk."""
        raise IngestError(
            "Documents and orders are not loaded in bulk. Ingest them after it: `catalograph "
            "ingest documents` and `catalograph ingest orders`."
        )

    def withdraw_records(self, keys: Sequence[str], run: str) -> int:
        """Leave out the records of these keys that files read later have."""
        del run
        if self._repeats:
            self._references.take_new(keys)
        return 0

    def withdraw_interactions(self, keys: Sequence[str], run: str) -> int:
        """Leave out the reviews or events of these keys that files read later have."""
        return self.withdraw_records(keys, run)

    def _select_new(self, records: Sequence[Any], keys: Sequence[str]) -> list[Any]:
        if not self._repeats:
            return list(records)
        new = self._references.take_new(keys) - self.catalogues.find_records(keys)
        return [record for record, key in zip(records, keys, strict=True) if key in new]

    def _end_batch(self, written: int, records: int) -> WriteCounts:
        self._tables.flush_full()
        self._references.flush()
        return WriteCounts(written, records - written, written)

    def _add_record(self, record: SourceRecord, run: str) -> None:
        tables = self._tables
        tables.nodes("Source").add((record.key, record.source, record.content_hash, run))
        edges = tables.plain_edges().add
        words = _search_words(record.triples)
        for node in record.nodes:
            self._add_product(node, words.get(node.key, {}))
            self._references.describe(node, record.source)
            edges((record.key, "DESCRIBES", node.key))
        facts: dict[tuple[str, str, str], list[Triple]] = {}
        for triple in record.triples:
            facts.setdefault((triple.head, triple.relation, triple.tail.key), []).append(triple)
        assertions, supports = tables.nodes("Assertion").add, tables.edges("SUPPORTED_BY").add
        for (head, relation, tail), triples in facts.items():
            self._references.refer(triples[0].tail)
            said = [self._say_support(triple, run) for triple in triples]
            if len(said) == 1 and said[0].on_edge is not None:
                tables.edges(relation).add((head, tail, *said[0].on_edge))
                continue
            key = triples[0].key
            assertions((key,))
            edges((head, relation, tail))
            for support in said:
                supports((key, record.key, *support.cells))

    def _say_support(self, triple: Triple, run: str) -> "_SupportCells":
        """Return the cells of a support, from the last fact with the same tail if possible."""
        if triple.support.span is not None:  # of one text alone
            return self._make_support(triple, run)
        at = (id(triple.tail), id(triple.support), triple.relation, run)
        known = self._supports.get(at)
        if known is None or known.tail is not triple.tail or known.support is not triple.support:
            if len(self._supports) >= _MOST_SUPPORTS:
                self._supports.clear()
            known = self._supports[at] = self._make_support(triple, run)
        return known

    def _make_support(self, triple: Triple, run: str) -> "_SupportCells":
        row = support_row(triple, run)
        on_edge = None
        if self._compress and _fits_on_edge(row):
            on_edge = tuple(self._tables.edges(triple.relation).layout.values_of(row))
        cells = tuple(self._tables.edges("SUPPORTED_BY").layout.values_of(row))
        return _SupportCells(triple.tail, triple.support, cells, on_edge)

    def _add_product(self, node: Node, words: Mapping[str, list[str]]) -> None:
        table = self._tables.nodes(node.label)
        own = {"changed": self._now, "offer_since": self._now}
        table.add([node.key, *table.layout.values_of({**node.properties, **own, **words})])

    def _add_interaction(self, record: InteractionRecord, run: str) -> None:
        node, edges = record.node, self._tables.plain_edges().add
        table = self._tables.nodes(node.label)
        table.add([node.key, *table.layout.values_of({**node.properties, "run": run})])
        is_review = node.label == "Review"
        if record.user:
            self._references.refer(node_of(record.user, None))
            edges((record.user, "WROTE" if is_review else "PERFORMED", node.key))
        if record.product:
            self._references.refer(unlisted_product_of(record.product))
            edges((node.key, "REVIEWS" if is_review else "ON", record.product))
        for tail, said in record.mentions:
            self._references.refer(tail)
            mentions = self._tables.edges("MENTIONS")
            mentions.add([node.key, tail.key, *mentions.layout.values_of(said)])


def write_shared_nodes(folder: Path) -> None:
    """Add the nodes that the finished parts of a load share, with what follows from their keys.

    Args:
        folder: folder of the load.
    """
    tables = ImportTables(folder / "shared")
    now = write_time(datetime.now(UTC))
    with ReferenceReader(folder) as references:
        for node, varies in references.list_shared_nodes():
            properties = {**node.properties, "variants": varies or None}
            table = tables.nodes(node.label)
            cells = table.layout.values_of(properties)
            if node.label == "User":
                cells[table.layout.properties.index("changed")] = now
            table.add([node.key, *cells])
            # Only its own edge: the nodes above it are among the references themselves.
            for edge in definitions(node)[1][:1]:
                tables.plain_edges().add(edge)
            tables.flush_full()
    tables.close()


@dataclass(frozen=True)
class BulkPart:
    """Opens the writers of a feed that several processes write; it can be pickled.

    Attributes:
        folder: folder of the load.
        kind: kind of the feed.
        repeats: see `BulkWriter`.
        compress: see `BulkWriter`.
    """

    folder: Path
    kind: str
    repeats: bool = False
    compress: bool = False

    def __call__(self, settings: Settings, part: str) -> BulkWriter:
        """Return the writer of one process."""
        del settings
        name = f"{self.kind}-{part}"
        return BulkWriter(self.folder, name, repeats=self.repeats, compress=self.compress)


def _fits_on_edge(support: Mapping[str, Any]) -> bool:
    """Return whether a column states a fact with certainty; see `inline_supports.cypher`."""
    certain = support["origin"] == Origin.ASSERTED and support["confidence"] == 1.0
    return certain and _ELSEWHERE.isdisjoint(support)


def _search_words(triples: Sequence[Triple]) -> dict[str, dict[str, list[str]]]:
    """Return the search words of products by key, as `write_search_words.cypher` makes them."""
    tails: dict[str, dict[str, set[str]]] = {}
    for triple in triples:
        name = _SEARCH_WORDS.get(triple.relation)
        if name is not None:
            _, _, said = triple.tail.key.partition(":")
            if name == "search_values":
                said = said.replace("=", " ")
            tails.setdefault(triple.head, {}).setdefault(name, set()).add(said)
    return {
        head: {name: [unescape(said) for said in sorted(found)] for name, found in words.items()}
        for head, words in tails.items()
    }
