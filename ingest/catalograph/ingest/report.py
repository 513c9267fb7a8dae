"""Report of an ingest: counts that add up, reasons, rate and memory."""

import resource
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from catalograph.schema import Rejection


@dataclass(frozen=True)
class IngestReport:
    """Counts of one ingest.

    Always, rows = written + unchanged + superseded + rejected + withdrawn.

    Attributes:
        kind: catalog, reviews, events or triples.
        files: name of each file, and the mapping it was read with.
        rows: number of rows read. For `triples` these are the lines of the knowledge graph and
            the interactions.
        written: number of rows with a new or changed record; in a dry run, would be written.
        unchanged: number of rows whose record the graph held already, or that withdraw a record
            it did not hold.
        superseded: number of rows whose key occurs again later in the same file.
        rejected: number of rows that could not be written.
        withdrawn: number of rows that mark a stored record as deleted.
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
        texts: counts of products' texts, if a model read them; see
            `catalograph.ingest.extraction_stage.ExtractionStage.report`.
    """

    kind: str
    files: tuple[tuple[str, str], ...]
    rows: int
    written: int
    unchanged: int
    superseded: int
    rejected: int
    withdrawn: int
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
    texts: Mapping[str, Any]

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
    value_rejections: int = 0
    records: int = 0
    triples: int = 0
    vanished: int = 0
    refused: str = ""
    reasons: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    files: list[tuple[str, str]] = field(default_factory=list)
    rejected_files: list[str] = field(default_factory=list)
    texts: Mapping[str, Any] = field(default_factory=dict)
    began: float = field(default_factory=time.perf_counter)

    def count_rejections(self, rejections: Iterable[Rejection]) -> None:
        """Count rejections by reason, and those of values."""
        for rejection in rejections:
            self.value_rejections += rejection.scope == "value"
            where = f" {rejection.field}" if rejection.field else ""
            self.reasons[f"{rejection.reason}{where}"] += 1

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
            texts=self.texts,
        )
