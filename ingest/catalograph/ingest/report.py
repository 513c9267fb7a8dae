"""What an ingest did: counts that add up, reasons, rate and memory."""

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
        rows: rows read. For `triples` these are the lines of the knowledge graph and the
            interactions.
        written: rows whose record is new or has changed; in a dry run, would be written.
        unchanged: rows whose record the graph held already, or that withdraw a record it did not
            hold.
        superseded: rows whose key comes again further down in the same file.
        rejected: rows that could not be written.
        withdrawn: rows that say their record is gone, and it was there.
        value_rejections: values dropped from rows that were written.
        records: records built, one a written or unchanged row; for `triples` one a product or
            interaction.
        triples: triples in these records.
        seconds: how long it took.
        rows_per_second: rows over seconds.
        peak_mb: peak memory of this process, MiB.
        run: id of the run, None in a dry run.
        dry_run: whether nothing was written.
        reasons: rejections, rows and values alike, by reason and field.
        rejected_files: where rejected rows and values are.
        vanished: records withdrawn because a full snapshot lacks them; no row stands for them.
        refused: why a full snapshot withdrew nothing; empty where it did what it should.
        notes: rows that took a guess to read, by what was guessed; they count as read.
        texts: what became of products' texts, where something besides rules read them: see
            `TextStage.report`.
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
        """Plain values, for JSON."""
        return asdict(self)


@dataclass
class Counters:
    """Counts while an ingest runs."""

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
        """Count the reasons, and the values among them."""
        for rejection in rejections:
            self.value_rejections += rejection.scope == "value"
            where = f" {rejection.field}" if rejection.field else ""
            self.reasons[f"{rejection.reason}{where}"] += 1

    def report(self, kind: str, run: str | None) -> IngestReport:
        """The counts as they stand."""
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
