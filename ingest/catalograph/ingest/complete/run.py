"""Completing a graph: what is missing is imputed, what no longer holds is withdrawn.

Imputed facts of a product are one record of their own, `source:<source>:imputed/<id>`, and never
evidence for others, so completing twice writes nothing the second time. A fact that a feed asserts
meanwhile is no longer missing, and its imputation goes with the next run.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from catalograph.ingest.catalog import sign
from catalograph.ingest.complete.catalogue import BRAND, CATEGORY, Catalogue, read_graph
from catalograph.ingest.complete.impute import COMBINED, Guesses, Imputer, Progress
from catalograph.ingest.run import note_failures
from catalograph.schema import Node, Origin, SourceRecord, SourceSupport, TextEncoder, Triple, keys
from catalograph.store import Writer, export_snapshot, export_texts
from catalograph.store.models.imputed import (
    IMPUTED_KIND,
    imputed_prefix,
    live_text_vectors,
    read_nodes,
    sources_of,
)

VERSION = "1"
_STEP = 0.05
"""Confidence is told in steps, so that one product more does not rewrite the records of all."""
_BATCH = 1_000
_RELATIONS = {BRAND: "HAS_BRAND", CATEGORY: "IN_CATEGORY"}


@dataclass(frozen=True)
class CompletionReport:
    """What a run did.

    Attributes:
        run: its id; None where nothing was to be written.
        products: products looked at.
        missing: values that are missing and should be there, by field.
        imputed: values imputed, by field.
        written: records that are new or have changed.
        unchanged: records that were there already.
        withdrawn: records of which nothing holds any more.
    """

    run: str | None
    products: int
    missing: Mapping[str, int]
    imputed: Mapping[str, int]
    written: int
    unchanged: int
    withdrawn: int


def complete(
    store: Writer,
    *,
    min_confidence: float = 0.8,
    encoder: TextEncoder | None = None,
    seed: int = 0,
    dry_run: bool = False,
    progress: Progress = lambda doing: None,
) -> CompletionReport:
    """Impute missing brands, categories and attribute values of a graph.

    Args:
        store: the graph.
        min_confidence: a guess that is right less often is not written.
        encoder: makes vectors where no text model is live; None takes latent ones of the words.
        seed: of what is hidden to calibrate.
        dry_run: write nothing and say what would be written.
        progress: told what is under way.

    Raises:
        MissingExtraError: the extra `extract` is not installed.
        StoreUnavailableError: no answer.
    """
    progress("reading the graph")
    catalogue = _read(store, encoder, progress)
    missing, guesses = _guess(catalogue, seed, progress)
    records = _records(store, catalogue, guesses, min_confidence)
    stale = sorted(
        key
        for source in sources_of(catalogue.keys)
        for key in store.list_record_keys(imputed_prefix(source))
        if key not in records
    )
    run, written, unchanged = _write(store, list(records.values()), stale, dry_run=dry_run)
    found = [triple for record in records.values() for triple in record.triples]
    imputed = {
        field: sum(_field_of(triple) == field for triple in found)
        for field in sorted({_field_of(triple) for triple in found})
    }
    done = CompletionReport(
        run, len(catalogue.keys), missing, imputed, written, unchanged, len(stale)
    )
    if run is not None:
        store.finish_run(run, asdict(done))
    return done


def _read(store: Writer, encoder: TextEncoder | None, progress: Progress) -> Catalogue:
    snapshot, texts = export_snapshot(store.connection), export_texts(store.connection)
    catalogue = read_graph(snapshot, texts, live_text_vectors(store.connection, snapshot.products))
    if catalogue.vectors is None and encoder is not None and catalogue.texts:
        progress("encoding texts")
        vectors = encoder.encode_documents(catalogue.texts)
        catalogue = replace(catalogue, vectors=vectors)
    return catalogue


def _guess(
    catalogue: Catalogue, seed: int, progress: Progress
) -> tuple[dict[str, int], dict[str, dict[str, Guesses]]]:
    """How many values are missing, and the guesses, both by field."""
    if not catalogue.keys:
        return {}, {}
    imputer = Imputer(catalogue, seed, progress)
    known = catalogue.fields
    wanted = {field: imputer.missing(known, field) for field in imputer.eligible(known)}
    wanted = {field: rows for field, rows in wanted.items() if len(rows)}
    counts = {field: len(rows) for field, rows in wanted.items()}
    return counts, imputer.guess(known, wanted) if wanted else {}


def _records(
    store: Writer,
    catalogue: Catalogue,
    guesses: Mapping[str, Mapping[str, Guesses]],
    min_confidence: float,
) -> dict[str, SourceRecord]:
    """One record for each product that anything is imputed for, by key."""
    said: dict[int, list[tuple[str, str, float]]] = {}
    for field, by_method in sorted(guesses.items()):
        found = by_method[COMBINED]
        for row, tail, confidence in zip(
            found.rows.tolist(), found.tails, _round_down(found.confidence), strict=True
        ):
            if confidence >= min_confidence:
                said.setdefault(row, []).append((field, tail, confidence))
    nodes = read_nodes(store.connection, {tail for facts in said.values() for _, tail, _ in facts})
    records = (_record(catalogue.keys[row], facts, nodes) for row, facts in sorted(said.items()))
    return {record.key: record for record in records}


def _record(
    product: str, facts: Sequence[tuple[str, str, float]], nodes: Mapping[str, Node]
) -> SourceRecord:
    _, source, id_ = product.split(":", 2)
    triples = tuple(
        Triple(
            product,
            _RELATIONS.get(field, "HAS_VALUE"),
            nodes[tail],
            SourceSupport(f"complete-{COMBINED}", VERSION, Origin.IMPUTED, confidence),
        )
        for field, tail, confidence in facts
        if tail in nodes
    )
    return sign(SourceRecord(keys.source_key(source, IMPUTED_KIND, id_), source, "", (), triples))


def _round_down(confidence: NDArray[np.float64]) -> list[float]:
    """Rounded down, so that no guess claims more than was measured."""
    steps: list[float] = (np.floor(confidence / _STEP + 1e-9) * _STEP).round(2).tolist()
    return steps


def _write(
    store: Writer, records: Sequence[SourceRecord], stale: Sequence[str], *, dry_run: bool
) -> tuple[str | None, int, int]:
    """Write and withdraw; a run begins only where something changes."""
    counts = [store.count_changes(batch) for batch in _batches(records)]
    written, unchanged = sum(c.written for c in counts), sum(c.unchanged for c in counts)
    if dry_run or not (written or stale):
        return None, written, unchanged
    run = store.start_run("complete")
    with note_failures(store, run):
        for batch in _batches(records):
            store.write_records(batch, run)
        if stale:
            store.withdraw_records(stale, run)
    return run, written, unchanged


def _batches(records: Sequence[SourceRecord]) -> Iterator[list[SourceRecord]]:
    rest = iter(records)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _field_of(triple: Triple) -> str:
    for field, relation in _RELATIONS.items():
        if triple.relation == relation:
            return field
    return str(triple.tail.properties["attribute"])
