"""Review queue: uncertain extracted values for people to decide; decisions are training data.

It is a SQLite file beside the graph, since an undecided value is not a fact yet. An accepted value
is written into the graph as a separate record; a rejected value is never queued or written again.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from catalograph.errors import InvalidInputError
from catalograph.ingest import fingerprint
from catalograph.ingest.extract.findings import RELATIONS, Finding
from catalograph.ingest.private_database import PrivateDatabase
from catalograph.schema import SourceRecord, Span, Triple, keys
from catalograph.settings import Settings
from catalograph.store.models.imputed import ExtractedFact

EXTRACTED_KIND = "text"
"""Kind of the record that holds what is read in a product's texts."""
PERSON = "person"
"""Extractor name of a value that a person accepted."""
_FEWEST_REJECTIONS = 3
"""Rejected values of an attribute from which on it is not proposed again."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS aside (
    id TEXT PRIMARY KEY, product TEXT NOT NULL, attribute TEXT NOT NULL, name TEXT NOT NULL,
    number REAL, unit TEXT, field TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    text TEXT NOT NULL, category TEXT, extractor TEXT NOT NULL, version TEXT NOT NULL,
    confidence REAL NOT NULL, seen TEXT NOT NULL, accepted INTEGER, decided TEXT
);
CREATE INDEX IF NOT EXISTS aside_product ON aside (product);
"""


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A value set aside for review.

    Attributes:
        id: id; equal for equal product, attribute and value.
        product: key of the product.
        finding: extracted value, with its span and confidence.
        text: text that holds the span.
        category: category of the product, if known.
        accepted: decision; None if undecided.
    """

    id: str
    product: str
    finding: Finding
    text: str
    category: str | None = None
    accepted: bool | None = None


def review_item(product: str, finding: Finding, text: str, category: str | None) -> ReviewItem:
    """Build a review item."""
    id_ = fingerprint.digest("\x1f".join((product, finding.attribute, finding.tail().key)))[:12]
    return ReviewItem(id_, product, finding, text, category)


def doubted_item(fact: ExtractedFact, probability: float) -> ReviewItem | None:
    """Build the item of a stored fact that other facts contradict.

    Returns:
        None if extractors now spell the value otherwise: the next reading of the text replaces it.
    """
    support = fact.support
    names = {relation: attribute for attribute, relation in RELATIONS.items()}
    finding = Finding(
        names.get(fact.relation) or str(fact.tail.properties["attribute"]),
        str(fact.tail.properties["name"]),
        support["extractor"],
        support["version"],
        probability,
        Span(support["field"], support["start"], support["end"]),
    )
    if finding.tail().key != fact.tail.key:
        return None
    return review_item(fact.product, finding, fact.text, fact.category)


class ReviewQueue(PrivateDatabase):
    """The review queue file; a context manager."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _SCHEMA)

    def put(self, items: Iterable[ReviewItem]) -> int:
        """Add items; earlier decisions stay.

        Returns:
            Number of items newly waiting for a decision.
        """
        rows = [_row(d) for d in items]
        before = self._database.total_changes
        self._database.executemany(
            "INSERT INTO aside VALUES (:id, :product, :attribute, :name, :number, :unit, :field, "
            ":start, :end, :text, :category, :extractor, :version, :confidence, :seen, NULL, NULL) "
            "ON CONFLICT DO NOTHING",
            rows,
        )
        return self._database.total_changes - before

    def pending(self, limit: int = 50, attribute: str | None = None) -> list[ReviewItem]:
        """Return undecided items, the least certain first."""
        return self._select(
            "accepted IS NULL AND (:attribute IS NULL OR attribute = :attribute) "
            "ORDER BY abs(confidence - 0.5), id LIMIT :limit",
            attribute=attribute,
            limit=limit,
        )

    def attributes(self) -> list[str]:
        """Return the attributes with undecided items, sorted by name."""
        rows = self._database.execute(
            "SELECT DISTINCT attribute FROM aside WHERE accepted IS NULL ORDER BY attribute"
        )
        return [str(row[0]) for row in rows]

    def count(self) -> int:
        """Return the number of undecided items."""
        row = self._database.execute("SELECT count(*) FROM aside WHERE accepted IS NULL")
        return int(row.fetchone()[0])

    def decide(self, ids: Sequence[str], *, accept: bool) -> list[ReviewItem]:
        """Record a decision.

        Raises:
            InvalidInputError: an id does not exist; then no decision is recorded.
        """
        chosen = [d for id_ in ids for d in self._select("id = :id", id=id_)]
        missing = sorted(set(ids) - {d.id for d in chosen})
        if missing:
            raise InvalidInputError(
                f"Nothing set aside has the id {', '.join(missing)}. "
                "`catalograph review` lists what there is."
            )
        now = datetime.now(UTC).isoformat()
        self._database.executemany(
            "UPDATE aside SET accepted = ?, decided = ? WHERE id = ?",
            [(accept, now, d.id) for d in chosen],
        )
        return [replace(d, accepted=accept) for d in chosen]

    def list_decisions(self, products: Sequence[str]) -> dict[str, list[ReviewItem]]:
        """Return the decided items by product."""
        found: dict[str, list[ReviewItem]] = defaultdict(list)
        for product in products:
            for d in self._select("product = :product AND accepted IS NOT NULL", product=product):
                found[product].append(d)
        return found

    def training_rows(self) -> Iterator[dict[str, Any]]:
        """Yield decisions as labelled texts, with rejected values as negative examples.

        One object per text, in the training form of extractors: `input`, `category` and
        `target_scores`, which has "n/a" for an attribute whose values were all rejected.
        """
        by_text: dict[tuple[str, str], dict[str, dict[str, int]]] = defaultdict(dict)
        for d in self._select("accepted IS NOT NULL ORDER BY product, id"):
            said = by_text[d.category or "", d.text].setdefault(d.finding.attribute, {})
            if d.accepted:
                said[d.text[d.finding.span.start : d.finding.span.end]] = 1
        for (category, text), attributes in by_text.items():
            scores = {name: values or {"n/a": 1} for name, values in attributes.items()}
            yield {"input": text, "category": category, "target_scores": scores}

    def rejected_attributes(self) -> dict[str | None, frozenset[str]]:
        """Return the attributes, by category, whose values people have always rejected.

        An attribute counts from its third decision; one accepted value takes it off the list.
        """
        rows = self._database.execute(
            "SELECT category, attribute FROM aside WHERE accepted IS NOT NULL "
            "GROUP BY category, attribute HAVING sum(accepted) = 0 AND count(*) >= ?",
            (_FEWEST_REJECTIONS,),
        )
        found: dict[str | None, set[str]] = defaultdict(set)
        for category, attribute in rows:
            found[category].add(attribute)
        return {category: frozenset(names) for category, names in found.items()}

    def purge(self, product: str) -> int:
        """Erase all items of a product; return how many there were."""
        return self._database.execute("DELETE FROM aside WHERE product = ?", (product,)).rowcount

    def _select(self, where: str, **parameters: Any) -> list[ReviewItem]:
        rows = self._database.execute(f"SELECT * FROM aside WHERE {where}", parameters)  # noqa: S608 - constant texts of this class
        return [_read_item(row) for row in rows]


def open_review_queue(settings: Settings) -> ReviewQueue:
    """Open the review queue of this user."""
    return ReviewQueue(settings.home / "aside.sqlite")


def accepted_record(product: str, items: Iterable[ReviewItem]) -> SourceRecord:
    """Build the record of all accepted values of a product."""
    _, source, id_ = product.split(":", 2)
    triples = []
    for d in items:
        if d.accepted:
            finding = replace(d.finding, extractor=PERSON, version="1", confidence=1.0)
            triples.append(Triple(product, finding.relation, finding.tail(), finding.support()))
    stamp = fingerprint.content_hash((), triples)
    return SourceRecord(
        keys.source_key(source, "decided", id_), source, stamp, triples=tuple(triples)
    )


def rejected_facts(items: Iterable[ReviewItem]) -> dict[str, set[str]]:
    """Return the assertions that extractors may have stated of rejected values, by record."""
    found: dict[str, set[str]] = defaultdict(set)
    for d in items:
        _, source, id_ = d.product.split(":", 2)
        record = keys.source_key(source, EXTRACTED_KIND, id_)
        tail = d.finding.tail().key
        found[record].add(keys.assertion_key(d.product, d.finding.relation, tail))
    return found


def _row(d: ReviewItem) -> dict[str, Any]:
    f = d.finding
    return {
        "id": d.id,
        "product": d.product,
        "attribute": f.attribute,
        "name": f.name,
        "number": f.number,
        "unit": f.unit,
        "field": f.span.field,
        "start": f.span.start,
        "end": f.span.end,
        "text": d.text,
        "category": d.category,
        "extractor": f.extractor,
        "version": f.version,
        "confidence": f.confidence,
        "seen": datetime.now(UTC).isoformat(),
    }


def _read_item(row: sqlite3.Row) -> ReviewItem:
    finding = Finding(
        row["attribute"],
        row["name"],
        row["extractor"],
        row["version"],
        row["confidence"],
        Span(row["field"], row["start"], row["end"]),
        row["number"],
        row["unit"],
    )
    accepted = None if row["accepted"] is None else bool(row["accepted"])
    return ReviewItem(row["id"], row["product"], finding, row["text"], row["category"], accepted)


__all__ = [
    "EXTRACTED_KIND",
    "PERSON",
    "ReviewItem",
    "ReviewQueue",
    "accepted_record",
    "doubted_item",
    "open_review_queue",
    "rejected_facts",
    "review_item",
]
