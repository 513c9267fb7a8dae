"""Running an ingest: read, learn, build, check, write, count.

Files are read twice. The first pass learns the dictionary and finds keys that come again further
down, of which the last row wins; the second builds records and writes them in batches. Nothing
is kept between runs: a killed run is simply run again, and what it had written is unchanged.
"""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np

from catalograph.errors import MappingError
from catalograph.ingest import fingerprint
from catalograph.ingest.batches import Batch, Counts, RecordWriter
from catalograph.ingest.catalog import CatalogFeed
from catalograph.ingest.events import EventFeed
from catalograph.ingest.gate import Built
from catalograph.ingest.guess import guess
from catalograph.ingest.mapping import (
    CatalogMapping,
    EventMapping,
    Kind,
    ReviewMapping,
    choose_mapping,
)
from catalograph.ingest.mapping import Mapping as FeedMapping
from catalograph.ingest.readers import FeedFile, Row, open_feed
from catalograph.ingest.rejected import RejectedRows, rejected_path
from catalograph.ingest.report import IngestReport, Tally
from catalograph.ingest.reviews import ReviewFeed
from catalograph.ingest.triples import TripleFolder
from catalograph.schema import InteractionRecord, Rejection, SourceRecord
from catalograph.settings import Settings

Progress = Callable[[str, float, int], None]
"""Called now and then with what is under way, how far it has come (0 to 1), and rows so far."""

_SAMPLE_ROWS = 200
_REPORT_EVERY = 500

R = TypeVar("R", SourceRecord, InteractionRecord)


class Feed(Protocol[R]):
    """Makes records of the rows of one file."""

    def prepare(self, fields: Mapping[str, Any]) -> str | Rejection:
        """First pass: learn from a row; its key, or why it cannot be written."""

    def build(self, fields: Mapping[str, Any]) -> Built[R]:
        """Second pass: the record of a row."""


def ingest_catalog(
    paths: Sequence[Path | str],
    store: RecordWriter,
    settings: Settings,
    mapping: FeedMapping | None = None,
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
    rejected: Path | None = None,
) -> IngestReport:
    """Ingest product catalogues.

    Args:
        paths: files; `-` is standard input.
        store: where to write.
        settings: not used yet by catalogues; the same for all kinds of feed.
        mapping: which column is what, for all files; None chooses a shipped one for each.
        dry_run: write nothing and say what would be written.
        progress: told how far it is.
        rejected: file for what is kept out; None makes one for each feed in the working folder.

    Raises:
        SourceFormatError: a file cannot be read as a whole.
        MappingError: no mapping fits.
    """
    del settings
    runner = _Runner(store, "catalog", dry_run=dry_run, progress=progress, rejected=rejected)

    def feed_of(chosen: FeedMapping) -> CatalogFeed:
        return CatalogFeed(_of_kind(chosen, CatalogMapping, "catalog"))

    return runner.run(paths, mapping, feed_of, store.write_records)


def ingest_reviews(
    paths: Sequence[Path | str],
    store: RecordWriter,
    settings: Settings,
    mapping: FeedMapping | None = None,
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
    rejected: Path | None = None,
) -> IngestReport:
    """Ingest reviews; arguments as for `ingest_catalog`.

    `settings` gives the secret that turns user ids into pseudonyms. Rejected rows are reported
    without their text, which holds user ids.
    """
    runner = _Runner(store, "reviews", dry_run=dry_run, progress=progress, rejected=rejected)

    def feed_of(chosen: FeedMapping) -> ReviewFeed:
        return ReviewFeed(_of_kind(chosen, ReviewMapping, "reviews"), settings.user_hmac_key)

    return runner.run(paths, mapping, feed_of, store.write_interactions)


def ingest_events(
    paths: Sequence[Path | str],
    store: RecordWriter,
    settings: Settings,
    mapping: FeedMapping | None = None,
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
    rejected: Path | None = None,
) -> IngestReport:
    """Ingest events; arguments as for `ingest_reviews`."""
    runner = _Runner(store, "events", dry_run=dry_run, progress=progress, rejected=rejected)

    def feed_of(chosen: FeedMapping) -> EventFeed:
        return EventFeed(_of_kind(chosen, EventMapping, "events"), settings.user_hmac_key)

    return runner.run(paths, mapping, feed_of, store.write_interactions)


def ingest_triples(
    folder: Path | str,
    store: RecordWriter,
    settings: Settings,
    *,
    source: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    rejected: Path | None = None,
) -> IngestReport:
    """Ingest a folder of knowledge-graph triples and the purchases to train on.

    Rows are the lines of `kg.tsv` and of `train.tsv`; a line is written or unchanged with the
    product it is of, and a line that repeats a triple or purchase is superseded. `test.tsv`
    is never read.

    Args:
        folder: holds product.tsv, kg.tsv and the name tables; see `catalograph.ingest.triples`.
        store: where to write.
        settings: gives the secret that turns user ids into pseudonyms.
        source: name of the feed; None takes the folder's name.
        dry_run: write nothing and say what would be written.
        progress: told how far it is.
        rejected: file for what is kept out; None makes one in the working folder.

    Raises:
        SourceFormatError: a file is missing or cannot be read.
    """
    triples = TripleFolder(Path(folder), source, settings.user_hmac_key)
    named = rejected
    if named is None and not dry_run:
        named = Path(f"{triples.name}.rejected.jsonl")
    tally = Tally(files=[(str(folder), "triples")])
    run = None if dry_run else store.start_run("triples")
    notify = progress or _no_progress
    with RejectedRows(named, triples.name, with_text=False) as kept_out:
        facts = Batch(store, store.write_records, run, tally)
        for record, rows in triples.records(tally, kept_out, notify):
            facts.add(record, rows)
        facts.flush()
        purchases = Batch(store, store.write_interactions, run, tally)
        for interaction in triples.purchases(tally, kept_out, notify):
            purchases.add(interaction)
        purchases.flush()
        if kept_out.made:
            tally.rejected_files.append(str(named))
    return _finished(store, tally, "triples", run)


def propose_mapping(path: Path | str, kind: Kind) -> FeedMapping:
    """Guess a mapping for a file from its first rows."""
    with open_feed(path) as file:
        return guess(_sample(file), kind, file.stem)


class _Runner:
    """One ingest of some files of one kind."""

    def __init__(
        self,
        store: RecordWriter,
        kind: Kind,
        *,
        dry_run: bool,
        progress: Progress | None,
        rejected: Path | None,
    ) -> None:
        self._store = store
        self._kind: Kind = kind
        self._dry_run = dry_run
        self._progress = progress or _no_progress
        self._rejected = rejected
        self._tally = Tally()

    def run(
        self,
        paths: Sequence[Path | str],
        mapping: FeedMapping | None,
        feed_of: Callable[[FeedMapping], Feed[R]],
        write: Callable[[Sequence[R], str], Counts],
    ) -> IngestReport:
        """Ingest the files one after the other."""
        run = None if self._dry_run else self._store.start_run(self._kind)
        for n, path in enumerate(paths):
            with open_feed(path) as file:
                name, chosen = ("given", mapping) if mapping else self._choose(file)
                self._tally.files.append((file.name, name))
                batch = Batch(self._store, write, run, self._tally)
                self._ingest(file, feed_of(chosen), batch, append=n > 0)
        return _finished(self._store, self._tally, self._kind, run)

    def _choose(self, file: FeedFile) -> tuple[str, FeedMapping]:
        columns = {str(column) for fields in _sample(file) for column in fields}
        return choose_mapping(self._kind, file.stem, columns)

    def _ingest(self, file: FeedFile, feed: Feed[R], batch: Batch[R], *, append: bool) -> None:
        superseded = self._first_pass(file, feed)
        path = rejected_path(file, self._rejected, dry_run=self._dry_run)
        going_on = append and self._rejected is not None
        with RejectedRows(
            path, file.name, with_text=self._kind == "catalog", append=going_on
        ) as kept_out:
            for row in self._reported(file, "writing"):
                self._tally.rows += 1
                if row.number in superseded:
                    self._tally.superseded += 1
                else:
                    self._take(row, feed, batch, kept_out)
            batch.flush()
        if kept_out.made and str(path) not in self._tally.rejected_files:
            self._tally.rejected_files.append(str(path))

    def _take(self, row: Row, feed: Feed[R], batch: Batch[R], kept_out: RejectedRows) -> None:
        built: Built[R] = (
            Built(None, (row.fields,))
            if isinstance(row.fields, Rejection)
            else feed.build(row.fields)
        )
        self._tally.count_rejections(built.rejections)
        kept_out.add(row, built.rejections)
        if built.record is None:
            self._tally.rejected += 1
        else:
            batch.add(built.record)

    def _first_pass(self, file: FeedFile, feed: Feed[R]) -> frozenset[int]:
        """Learn from every row; the rows whose key a later good row has again."""
        hashes, numbers = array("Q"), array("Q")
        for row in self._reported(file, "learning"):
            if isinstance(row.fields, Rejection):
                continue
            key = feed.prepare(row.fields)
            if not isinstance(key, Rejection):
                hashes.append(fingerprint.short_hash(key))
                numbers.append(row.number)
        return _all_but_last(hashes, numbers)

    def _reported(self, file: FeedFile, doing: str) -> Iterator[Row]:
        n = 0
        for n, row in enumerate(file.rows(), 1):
            if n % _REPORT_EVERY == 0:
                self._progress(f"{doing} {file.name}", file.position, n)
            yield row
        self._progress(f"{doing} {file.name}", 1.0, n)


def _all_but_last(hashes: "array[int]", numbers: "array[int]") -> frozenset[int]:
    """Row numbers of each key but its last; 16 bytes a row, so that long files fit in memory."""
    keys = np.frombuffer(hashes, dtype=np.uint64) if hashes else np.empty(0, np.uint64)
    order = np.argsort(keys, kind="stable")
    again = keys[order][:-1] == keys[order][1:]
    rows = np.frombuffer(numbers, dtype=np.uint64) if numbers else np.empty(0, np.uint64)
    return frozenset(rows[order[:-1][again]].tolist())


def _sample(file: FeedFile) -> list[Mapping[str, Any]]:
    good = (row.fields for row in file.rows() if not isinstance(row.fields, Rejection))
    return list(islice(good, _SAMPLE_ROWS))


M = TypeVar("M", CatalogMapping, ReviewMapping, EventMapping)


def _of_kind(mapping: FeedMapping, wanted: type[M], kind: Kind) -> M:
    if not isinstance(mapping, wanted):
        raise MappingError(
            f"The mapping is for {mapping.kind}, the files are read as {kind}. "
            f"Use `ingest {mapping.kind}`, or a mapping with 'kind: {kind}'."
        )
    return mapping


def _finished(store: RecordWriter, tally: Tally, kind: str, run: str | None) -> IngestReport:
    report = tally.report(kind, run)
    if run is not None:
        store.finish_run(run, report.as_dict())
    return report


def _no_progress(doing: str, share: float, rows: int) -> None:
    """Tell nobody."""
