"""Extraction stage: values that models read in product texts, as records beside the feed's.

A product's texts are a separate record (`source:<source>:text/<id>`). Its content hash covers the
texts, the facts that columns assert and the reader's version, and is computed before reading: a
product for which none of these changed costs no model call and no write.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from catalograph.errors import CatalographError
from catalograph.ingest import fingerprint
from catalograph.ingest.extract.extractor import attribute_of
from catalograph.ingest.extract.protocol import ExtractionResult, ProductText, TextReader
from catalograph.ingest.normalise import canonical_attribute
from catalograph.ingest.review.facts import EXTRACTED_KIND, value_question
from catalograph.ingest.validation import pass_record
from catalograph.schema import Node, Origin, SourceRecord, Triple, keys
from catalograph.store.queries.review_queue import ReviewQuestion

_log = logging.getLogger(__name__)


class TextStore(Protocol):
    """The part of the store that this stage needs."""

    def read_content_hashes(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Return the content hashes of stored records, by key."""

    def write_records(self, records: Sequence[SourceRecord], run: str) -> Any:
        """Write records, except those with an unchanged content hash."""


class QuestionLog(Protocol):
    """The part of the review queue that this stage needs."""

    def put(self, questions: Sequence[ReviewQuestion]) -> int:
        """Ask questions; return how many wait now and did not before."""

    def list_settled(self, products: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Return keys of the values and brands that people have decided, by product."""


@dataclass(slots=True)
class TextCounts:
    """Counts of products' texts; always products = unchanged + read + failed.

    Attributes:
        products: number of products with a text.
        unchanged: number of products not read, since nothing changed.
        read: number of products read.
        failed: number of products whose reading failed.
        accepted: number of values written.
        aside: number of values set aside for review.
        refused: number of values that the write gate or an earlier decision kept out.
    """

    products: int = 0
    unchanged: int = 0
    read: int = 0
    failed: int = 0
    accepted: int = 0
    aside: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class FailedExtraction:
    """A product whose reading failed, to be stored and read again later."""

    product: ProductText
    source: str
    reason: str


class ExtractionStage:
    """Reads the texts of written products and writes the extracted values.

    Args:
        store: store to write to.
        reader: reader of batches of texts.
        run: id of the current run; None reads nothing and only estimates.
        fields: names of the texts to read, the most reliable first.
        queue: review queue, which takes uncertain values and holds earlier decisions.
        unread: callback that receives the products whose reading failed.
    """

    def __init__(
        self,
        store: TextStore,
        reader: TextReader,
        run: str | None,
        *,
        fields: Sequence[str] = ("title", "description"),
        queue: QuestionLog | None = None,
        unread: Callable[[Sequence[FailedExtraction]], None] | None = None,
    ) -> None:
        self.counts = TextCounts()
        self._store = store
        self._reader = reader
        self._run = run
        self._fields = tuple(fields)
        self._queue = queue
        self._unread = unread
        self._estimates: Counter[str] = Counter()

    def take(self, records: Sequence[SourceRecord]) -> None:
        """Read the changed products of these records."""
        self.read([said for record in records for said in self._products(record)])

    def read(self, products: Sequence[ProductText]) -> None:
        """Read those of these products that changed."""
        stamps = {_record_key(p.key): self._stamp(p) for p in products}
        stored = self._store.read_content_hashes(list(stamps)) if stamps else {}
        changed = [p for p in products if stored.get(k := _record_key(p.key)) != stamps[k]]
        self.counts.products += len(products)
        self.counts.unchanged += len(products) - len(changed)
        if self._run is None:
            self._estimates.update(self._reader.estimate(changed))
        elif changed:
            self._read(changed, stamps, self._run)

    def report(self) -> dict[str, Any]:
        """Return the counts and the reader's usage; in a dry run, its estimated usage."""
        if self._run is None:
            told = ("products", "unchanged")
            counts = {name: n for name, n in asdict(self.counts).items() if name in told}
            return counts | {"estimate": dict(self._estimates)}
        return asdict(self.counts) | dict(self._reader.report())

    def _read(self, changed: Sequence[ProductText], stamps: Mapping[str, str], run: str) -> None:
        readings = self._try_to_read(changed)
        settled = self._queue.list_settled([p.key for p in changed]) if self._queue else {}
        done = [(p, r) for p, r in zip(changed, readings, strict=True) if r.failure is None]
        written = [
            self._record(p, r, settled.get(p.key, frozenset()), stamps[_record_key(p.key)])
            for p, r in done
        ]
        if written:
            self._store.write_records(written, run)
        self._set_aside(done)
        self.counts.read += len(done)
        failed = [
            FailedExtraction(p, _source(p.key), r.failure)
            for p, r in zip(changed, readings, strict=True)
            if r.failure is not None
        ]
        self.counts.failed += len(failed)
        if failed and self._unread:
            self._unread(failed)

    def _try_to_read(self, products: Sequence[ProductText]) -> list[ExtractionResult]:
        """Read a batch; an error of the reader is a failure of its products, to be read again."""
        try:
            return self._reader.read(products)
        except CatalographError:
            raise  # such as a missing package, which reading again does not bring
        except Exception as exc:  # noqa: BLE001 - any error sets the products aside
            _log.exception("reading %d texts failed", len(products))
            failed = ExtractionResult(failure=f"{type(exc).__name__}: {exc}")
            return [failed] * len(products)

    def _products(self, record: SourceRecord) -> Iterator[ProductText]:
        for node in record.nodes:
            texts = {f: text for f in self._fields if (text := node.properties.get(f))}
            if node.label == "Product" and texts:
                told = [
                    (t.relation, t.tail)
                    for t in record.triples
                    if t.support.origin is Origin.ASSERTED
                ]
                known = frozenset(filter(None, (attribute_of(*fact) for fact in told)))
                yield ProductText(node.key, texts, _category(told), known)

    def _stamp(self, product: ProductText) -> str:
        return fingerprint.properties_hash(
            product.key,
            dict(product.texts),
            product.category,
            sorted(product.known),
            self._reader.name,
            self._reader.version,
        )

    def _record(
        self,
        product: ProductText,
        reading: ExtractionResult,
        settled: frozenset[str],
        stamp: str,
    ) -> SourceRecord:
        known = {canonical_attribute(name) for name in product.known}
        triples = []
        for finding in reading.accepted:
            tail = finding.tail()
            if (
                canonical_attribute(finding.attribute) in known
                or finding.is_placeholder
                or tail.key in settled
            ):
                self.counts.refused += 1
            else:
                triples.append(Triple(product.key, finding.relation, tail, finding.support()))
        unique = {(t.key, t.support.extractor): t for t in triples}
        draft = SourceRecord(
            _record_key(product.key), _source(product.key), stamp, triples=tuple(unique.values())
        )
        record, refused = pass_record(draft)
        self.counts.refused += len(refused)
        kept = record or SourceRecord(draft.key, draft.source, stamp)
        self.counts.accepted += len(kept.triples)
        return kept

    def _set_aside(self, done: Sequence[tuple[ProductText, ExtractionResult]]) -> None:
        if self._queue is not None:
            self.counts.aside += self._queue.put(
                [
                    value_question(p.key, finding, p.texts[finding.span.field], p.category)
                    for p, reading in done
                    for finding in reading.aside
                    if finding.attribute not in p.known
                ]
            )


def _category(told: Sequence[tuple[str, Node]]) -> str | None:
    """Return the name of the category that columns assert; of several, the first by key."""
    named = {n.key: str(n.properties["name"]) for r, n in told if r == "IN_CATEGORY"}
    return named[min(named)] if named else None


def _source(product: str) -> str:
    return product.split(":", 2)[1]


def text_record_key(source: str, id_: str) -> str:
    """Return the key of the record that holds what is read in a product's texts."""
    return keys.source_key(source, EXTRACTED_KIND, id_)


def _record_key(product: str) -> str:
    _, source, id_ = product.split(":", 2)
    return text_record_key(source, id_)
