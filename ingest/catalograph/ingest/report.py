"""Report of an ingest: counts that add up, reasons, rate and memory."""

import resource
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from catalograph.log import shorten
from catalograph.schema import Rejection

_MANY_SUPERSEDED = 0.05
"""Share of superseded rows above which the report warns."""
_EXAMPLES = 5
_SUMMED = (
    *("rows", "written", "unchanged", "superseded", "rejected", "withdrawn", "skipped"),
    *("value_rejections", "records", "triples", "vanished"),
)


@dataclass
class ProductCounts:
    """Counts of the products that reviews or events name.

    Attributes:
        named: number of records that name a product.
        unknown: number of those whose product no catalogue in the graph lists.
        respelled: number of those whose product has another id, or another form of it.
        grouped: number of those whose product is a group of variants in the graph.
        unknown_ids: some of the unknown ids.
        respelled_ids: some of the ids as written, each with that in the graph.
        grouped_ids: some of the ids of groups, each with the id of the variant.
        catalogues: catalogue of the products of each file or topic.
        choices: sentence on how that catalogue was chosen, for each file or topic; may be empty.
    """

    named: int = 0
    unknown: int = 0
    respelled: int = 0
    grouped: int = 0
    unknown_ids: dict[str, None] = field(default_factory=dict)
    respelled_ids: dict[str, str] = field(default_factory=dict)
    grouped_ids: dict[str, str] = field(default_factory=dict)
    catalogues: dict[str, str] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)

    def add(self, id_: str, found: str | None, *, of_group: bool = False) -> None:
        """Count a record that names a product.

        Args:
            id_: id of the product as written.
            found: id of the product in the graph; None if there is none.
            of_group: True if the id is that of a group of variants.
        """
        self.named += 1
        if found is None:
            self.unknown += 1
            if len(self.unknown_ids) < _EXAMPLES:
                self.unknown_ids[id_] = None
        elif of_group:
            self.grouped += 1
            if len(self.grouped_ids) < _EXAMPLES:
                self.grouped_ids[id_] = found
        elif found != id_:
            self.respelled += 1
            if len(self.respelled_ids) < _EXAMPLES:
                self.respelled_ids[id_] = found

    def merge(self, other: "ProductCounts") -> None:
        """Add the counts of another writer of the same feed."""
        for name in ("named", "unknown", "respelled", "grouped"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("unknown_ids", "respelled_ids", "grouped_ids"):
            examples = getattr(self, name) | getattr(other, name)
            setattr(self, name, dict(sorted(examples.items())[:_EXAMPLES]))
        self.catalogues |= other.catalogues
        self.choices |= other.choices

    def as_dict(self, kind: str) -> dict[str, Any]:
        """Return plain values with their explanation; nothing where no product is named."""
        if not self.named:
            return {}
        return {
            "named": self.named,
            "unknown": self.unknown,
            "respelled": self.respelled,
            "grouped": self.grouped,
            "unknown_ids": list(self.unknown_ids),
            "respelled_ids": dict(self.respelled_ids),
            "grouped_ids": dict(self.grouped_ids),
            "catalogues": dict(self.catalogues),
            "messages": list(self._explain(kind)),
        }

    def _explain(self, kind: str) -> Iterator[str]:
        yield from filter(None, self.choices.values())
        if self.respelled:
            said = ", ".join(f"'{shorten(a)}' for '{b}'" for a, b in self.respelled_ids.items())
            yield (
                f"{self.respelled:,} of {self.named:,} {kind} name products by another id or "
                f"another form of it, for example {said}."
            )
        if self.grouped:
            said = ", ".join(f"'{shorten(a)}' at '{b}'" for a, b in self.grouped_ids.items())
            yield (
                f"{self.grouped:,} of {self.named:,} {kind} name a group of variants; they are "
                f"kept at its first variant, for example {said}."
            )
        if self.unknown:
            said = ", ".join(f"'{shorten(id_)}'" for id_ in self.unknown_ids)
            yield (
                f"{self.unknown:,} of {self.named:,} {kind} name products that are not in the "
                f"graph, for example {said}."
            )


@dataclass(frozen=True)
class IngestReport:
    """Counts of one ingest.

    Always, rows = written + unchanged + superseded + rejected + withdrawn + skipped.

    Attributes:
        kind: catalog, reviews, events or triples.
        files: name of each file, and the mapping it was read with.
        rows: number of rows read; each element of a list that a mapping fans out is a row. For
            `triples` these are the lines of the knowledge graph and the interactions.
        written: number of rows with a new or changed record; in a dry run, would be written.
        unchanged: number of rows whose record the graph held already, or that withdraw a record
            it did not hold.
        superseded: number of rows whose key occurs again later in the same file.
        rejected: number of rows that could not be written.
        withdrawn: number of rows that mark a stored record as deleted.
        skipped: number of rows that the mapping leaves out.
        value_rejections: number of values dropped from rows that were written.
        records: number of records built, one per written or unchanged row; for `triples` one per
            product or interaction.
        triples: number of triples in these records.
        seconds: duration, in seconds.
        rows_per_second: rows divided by seconds.
        peak_mb: peak memory of this process, in MiB.
        run: id of the run; None in a dry run.
        dry_run: True if nothing was written.
        reasons: number of rejections of rows and values, by reason and field.
        rejected_files: files of rejected rows and values.
        vanished: number of records withdrawn because a full snapshot lacks them; they have no row.
        refused: reason why a full snapshot withdrew nothing; empty if it was applied.
        notes: number of rows that needed a choice or a guess to be read, by what was chosen, such
            as the list in a document or the encoding; they count as read.
        warnings: what may be wrong with the mapping, such as many rows that share an id.
        texts: counts of products' texts, if a model read them; see
            `catalograph.ingest.extraction_stage.ExtractionStage.report`.
        products: counts of the products that reviews or events name, and `messages` on them; see
            `ProductCounts`.
    """

    kind: str
    files: tuple[tuple[str, str], ...]
    rows: int
    written: int
    unchanged: int
    superseded: int
    rejected: int
    withdrawn: int
    skipped: int
    value_rejections: int
    records: int
    triples: int
    seconds: float
    rows_per_second: float
    peak_mb: float
    run: str | None
    dry_run: bool
    reasons: Mapping[str, int]
    rejected_files: tuple[str, ...]
    vanished: int
    refused: str
    notes: Mapping[str, int]
    warnings: tuple[str, ...]
    texts: Mapping[str, Any]
    products: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return asdict(self)


@dataclass
class Counters:
    """Counters of a running ingest."""

    rows: int = 0
    written: int = 0
    unchanged: int = 0
    superseded: int = 0
    rejected: int = 0
    withdrawn: int = 0
    skipped: int = 0
    value_rejections: int = 0
    records: int = 0
    triples: int = 0
    vanished: int = 0
    refused: str = ""
    reasons: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)
    rejected_files: list[str] = field(default_factory=list)
    texts: Mapping[str, Any] = field(default_factory=dict)
    products: ProductCounts = field(default_factory=ProductCounts)
    began: float = field(default_factory=time.perf_counter)

    def merge(self, other: "Counters") -> None:
        """Add the counts of another writer of the same feed; names of files stay this one's."""
        for name in _SUMMED:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.reasons.update(other.reasons)
        self.notes.update(other.notes)
        self.warnings.extend(other.warnings)
        self.products.merge(other.products)

    def count_rejections(self, rejections: Iterable[Rejection]) -> None:
        """Count rejections by reason, and those of values."""
        for rejection in rejections:
            self.value_rejections += rejection.scope == "value"
            where = f" {rejection.field}" if rejection.field else ""
            self.reasons[f"{rejection.reason}{where}"] += 1

    def warn_of_superseded(self, file: str, columns: str, superseded: int, rows: int) -> None:
        """Warn if many rows of a file are superseded: then the id is likely not one.

        Args:
            file: name of the file.
            columns: columns of the id, for people.
            superseded: number of its rows that a later row replaces.
            rows: number of its rows.
        """
        if superseded <= _MANY_SUPERSEDED * rows:
            return
        self.warnings.append(
            f"{superseded:,} of {rows:,} rows of '{file}' share their id ({columns}) with a later "
            "row, which replaces them. If they are different records, the mapping's id needs "
            "further columns; `--guess` proposes them."
        )

    def report(self, kind: str, run: str | None) -> IngestReport:
        """Return the current counts as a report."""
        seconds = time.perf_counter() - self.began
        return IngestReport(
            kind=kind,
            files=tuple(self.files),
            rows=self.rows,
            written=self.written,
            unchanged=self.unchanged,
            superseded=self.superseded,
            rejected=self.rejected,
            withdrawn=self.withdrawn,
            skipped=self.skipped,
            value_rejections=self.value_rejections,
            records=self.records,
            triples=self.triples,
            seconds=round(seconds, 3),
            rows_per_second=round(self.rows / max(seconds, 1e-6), 1),
            peak_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
            run=run,
            dry_run=run is None,
            reasons=dict(self.reasons.most_common()),
            rejected_files=tuple(self.rejected_files),
            vanished=self.vanished,
            refused=self.refused,
            notes=dict(self.notes),
            warnings=tuple(self.warnings),
            texts=self.texts,
            products=self.products.as_dict(kind),
        )
