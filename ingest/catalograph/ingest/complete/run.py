"""Completion of a graph: missing values are imputed, outdated imputations are withdrawn.

Imputed facts of a product form a separate record, `source:<source>:imputed/<id>`, and are never
evidence for other imputations, so a second completion writes nothing. A fact that a feed asserts
later is not missing any longer, and the next run withdraws its imputation.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from catalograph.ingest.catalog import sign
from catalograph.ingest.complete.catalogue import BRAND, CATEGORY, Catalogue, read_graph
from catalograph.ingest.complete.impute import (
    COMBINED,
    CategoryScorer,
    FactLearner,
    Guesses,
    Imputer,
    Progress,
)
from catalograph.ingest.review.imputed import ask_about, list_rejected
from catalograph.ingest.run_outcome import note_failures
from catalograph.schema import Node, Origin, SourceRecord, SourceSupport, TextEncoder, Triple, keys
from catalograph.store import Writer, export_snapshot, export_texts
from catalograph.store.models.imputed import (
    IMPUTED_KIND,
    imputed_prefix,
    live_text_vectors,
    read_nodes,
    sources_of,
)
from catalograph.store.queries.review_queue import ReviewQuestion

VERSION = "1"
_STEP = 0.05
"""Confidence is rounded to steps, so that one more product does not rewrite all records."""
_BATCH = 1_000
_RELATIONS = {BRAND: "HAS_BRAND", CATEGORY: "IN_CATEGORY"}


@dataclass(frozen=True)
class CompletionReport:
    """Result of a completion run.

    Attributes:
        run: id of the run; None if nothing was written.
        products: number of products examined.
        missing: number of missing values that products like them have, by field.
        imputed: number of values imputed, by field.
        written: number of new or changed records.
        unchanged: number of records that were stored already.
        withdrawn: number of records withdrawn since none of their facts holds any longer.
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
    learner: FactLearner | None = None,
    categories: CategoryScorer | None = None,
    ask: Callable[[Sequence[ReviewQuestion]], int] | None = None,
) -> CompletionReport:
    """Impute missing brands, categories and attribute values of a graph.

    Args:
        store: writer of the graph.
        min_confidence: confidence below which a guess is not written.
        encoder: text encoder used if no text model is live; None uses latent vectors of the words.
        seed: random seed of the hidden values and of the classifier.
        dry_run: write nothing and report what would be written.
        progress: callback that receives the current step.
        learner: training of an embedding of the facts, as one more method; None for none.
        categories: trained model of categories, as one more method; None for none.
        ask: function that puts questions into the review queue; None asks nobody.

    Raises:
        MissingExtraError: the extra `extract` is not installed.
        StoreUnavailableError: the database does not answer.
    """
    progress("reading the graph")
    catalogue = _read(store, encoder, progress)
    missing, guesses = _guess(catalogue, seed, progress, learner, categories)
    records = _records(store, catalogue, guesses, min_confidence, list_rejected(store.connection))
    stale = sorted(
        key
        for source in sources_of(catalogue.keys)
        for key in store.list_record_keys(imputed_prefix(source))
        if key not in records
    )
    run, written, unchanged = _write(store, list(records.values()), stale, dry_run=dry_run)
    found = [triple for record in records.values() for triple in record.triples]
    if ask is not None and not dry_run:
        ask_about(store.connection, catalogue.keys, found, ask)
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
    catalogue: Catalogue,
    seed: int,
    progress: Progress,
    learner: FactLearner | None,
    categories: CategoryScorer | None,
) -> tuple[dict[str, int], dict[str, dict[str, Guesses]]]:
    """Return the number of missing values and the guesses, both by field."""
    if not catalogue.keys:
        return {}, {}
    imputer = Imputer(catalogue, seed, progress, learner, categories)
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
    rejected: Collection[tuple[str, str]],
) -> dict[str, SourceRecord]:
    """Return one record for each product with imputed values, by key.

    Values that people rejected, as product and tail, are left out.
    """
    said: dict[int, list[tuple[str, str, float]]] = {}
    for field, by_method in sorted(guesses.items()):
        found = by_method[COMBINED]
        for row, tail, confidence in zip(
            found.rows.tolist(), found.tails, _round_down(found.confidence), strict=True
        ):
            if confidence >= min_confidence and (catalogue.keys[row], tail) not in rejected:
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
    """Round confidences down to steps, so that no guess claims more than was measured."""
    # The small term keeps an exact multiple of the step from falling to the step below.
    steps: list[float] = (np.floor(confidence / _STEP + 1e-9) * _STEP).round(2).tolist()
    return steps


def _write(
    store: Writer, records: Sequence[SourceRecord], stale: Sequence[str], *, dry_run: bool
) -> tuple[str | None, int, int]:
    """Write and withdraw records; start a run only if something changes."""
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
