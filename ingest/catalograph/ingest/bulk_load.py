"""Bulk load: feeds into an empty graph by way of files for Neo4j's importer.

Each feed is read, mapped, extracted and validated as by every ingest; only the store differs. A
load that fails before the import is complete leaves the graph as it was and is simply run again.
"""

import resource
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Unpack

from catalograph.errors import IngestError
from catalograph.ingest.feed_inspection import ingest_of
from catalograph.ingest.mapping import Kind
from catalograph.ingest.mapping import Mapping as FeedMapping
from catalograph.ingest.quarantine import open_quarantine
from catalograph.ingest.report import IngestReport
from catalograph.ingest.run import FeedPath, IngestOptions
from catalograph.settings import Settings
from catalograph.store.bulk.bulk_writer import BulkPart, BulkWriter, write_shared_nodes
from catalograph.store.bulk.graph_import import (
    ImportedGraph,
    import_graph,
    load_folder,
    require_empty_graph,
)

KINDS: tuple[Kind, ...] = ("catalog", "reviews", "events")
"""Kinds of feed that are loaded in bulk, in the order in which they are read."""
_OWN: dict[str, tuple[str, ...]] = {
    "catalog": ("language", "currency", "learn"),
    "reviews": ("product_source", "aspects"),
    "events": ("product_source",),
}
"""Options that feeds of only some kinds have."""


@dataclass(frozen=True)
class BulkFeed:
    """Files of one kind.

    Attributes:
        kind: kind to read them as.
        paths: the files; of a record in several, that in the last one counts.
        mapping: mapping of all of them; None chooses a shipped one for each.
        source: name of the feed, if it differs from the mapping's.
    """

    kind: Kind
    paths: tuple[FeedPath, ...]
    mapping: FeedMapping | None = None
    source: str | None = None


@dataclass(frozen=True)
class BulkReport:
    """Result of a bulk load.

    Attributes:
        feeds: report of each feed.
        graph: what was imported, and how long that took.
        files_seconds: time in which the feeds became files.
        files_processor_seconds: processor time of that, of this process and the others that
            `processes` asks for; Spark's is not counted.
        merge_seconds: time in which the nodes that records share were put together.
        seconds: time of the whole load.
        rows_per_second: rows of all feeds by that time.
        peak_mb: largest memory of the process that reads the feeds, in MiB.
        children_peak_mb: largest memory of a process that it started, in MiB; mostly the importer.
    """

    feeds: tuple[IngestReport, ...]
    graph: ImportedGraph
    files_seconds: float
    files_processor_seconds: float
    merge_seconds: float
    seconds: float
    rows_per_second: float
    peak_mb: float
    children_peak_mb: float

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return asdict(self)


def load_in_bulk(
    feeds: Sequence[BulkFeed],
    settings: Settings,
    *,
    compress: bool = False,
    **options: Unpack[IngestOptions],
) -> BulkReport:
    """Load feeds into the empty graph of the managed server; it is running afterwards.

    Args:
        feeds: feeds, at most one of each kind.
        settings: settings.
        compress: True stores the only support of a fact on its edge, as `resolve compress` does.
        options: options of every ingest; see `catalograph.ingest.IngestOptions`. Those that a kind
            of feed does not have are left out for it.

    Raises:
        ConfigError: the settings name another server than the managed one.
        BulkLoadError: the graph is not empty, or cannot be imported.
        IngestError: a feed cannot be read; the graph is as it was.
    """
    require_empty_graph(settings)
    began, began_processor = time.monotonic(), _processor_seconds()
    with load_folder(settings) as folder:
        with open_quarantine(settings) as quarantine:
            options["quarantine"] = quarantine
            reports = write_import_files(feeds, folder, settings, compress=compress, **options)
        written, processor = time.monotonic(), _processor_seconds() - began_processor
        rows, notify = sum(report.rows for report in reports), options.get("progress")
        if notify is not None:
            notify("importing", 0.0, rows)
        write_shared_nodes(folder)
        merged = time.monotonic()
        graph = import_graph(settings, folder, compressed=compress)
    seconds = time.monotonic() - began
    return BulkReport(
        feeds=reports,
        graph=graph,
        files_seconds=round(written - began, 1),
        files_processor_seconds=round(processor, 1),
        merge_seconds=round(merged - written, 1),
        seconds=round(seconds, 1),
        rows_per_second=round(rows / max(seconds, 1e-6), 1),
        peak_mb=_peak_mb(resource.RUSAGE_SELF),
        children_peak_mb=_peak_mb(resource.RUSAGE_CHILDREN),
    )


def write_import_files(
    feeds: Sequence[BulkFeed],
    folder: Path,
    settings: Settings,
    *,
    compress: bool = False,
    **options: Unpack[IngestOptions],
) -> tuple[IngestReport, ...]:
    """Write the import files of feeds, but for the nodes that their records share.

    Args:
        feeds: feeds, at most one of each kind.
        folder: empty folder for the files.
        settings: settings.
        compress: see `load_in_bulk`.
        options: options of every ingest.
    """
    ordered = sorted(feeds, key=lambda feed: KINDS.index(feed.kind))
    return tuple(_write_files(feed, folder, settings, compress, options) for feed in ordered)


def _write_files(
    feed: BulkFeed, folder: Path, settings: Settings, compress: bool, options: IngestOptions
) -> IngestReport:
    """Write the import files of one feed."""
    others = {name for kind, names in _OWN.items() if kind != feed.kind for name in names}
    left_out = others.difference(_OWN[feed.kind])
    own = IngestOptions(source=feed.source)
    own.update({name: said for name, said in options.items() if name not in left_out})  # type: ignore[typeddict-item]
    repeats = len(feed.paths) > 1
    own["last_first"] = repeats
    if own.get("aspects"):
        own["processes"] = 1
    if repeats and own.get("engine") is not None:
        raise IngestError(
            f"An engine reads the files of one kind together, and there are {len(feed.paths)} for "
            f"--{feed.kind}. Name their folder or a glob, such as 'feed/*.jsonl'."
        )
    own["open_part"] = BulkPart(folder, feed.kind, repeats, compress)
    with BulkWriter(folder, feed.kind, repeats=repeats, compress=compress) as store:
        report: IngestReport = ingest_of(feed.kind)(
            feed.paths, store, settings, feed.mapping, **own
        )
    return report


def _peak_mb(of: int) -> float:
    return round(resource.getrusage(of).ru_maxrss / 1024, 1)


def _processor_seconds() -> float:
    """Return the processor time of this process and of those that it started and that ended."""
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)
