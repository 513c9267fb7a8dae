"""Ingest of orders: rows are grouped by order, then written; idempotent by content hash.

The rows of one file are kept in memory, because lines of an order may stand anywhere in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Unpack

from catalograph.errors import IngestError, MappingError
from catalograph.ingest.batches import RecordBatch, RecordWriter
from catalograph.ingest.feeds import with_product_source, with_source
from catalograph.ingest.mapping import Mapping as FeedMapping
from catalograph.ingest.mapping import OrderMapping, choose_mapping
from catalograph.ingest.orders import OrderFeed
from catalograph.ingest.product_matching import CatalogueFinder, choose_catalogue
from catalograph.ingest.readers import FeedFile, FeedLimits, FeedRow, open_feed
from catalograph.ingest.rejection_log import RejectionLog, rejected_path
from catalograph.ingest.report import Counters, IngestReport
from catalograph.ingest.row_preparation import PreparedRow, RowPreparer
from catalograph.ingest.run import (
    FeedPath,
    IngestOptions,
    columns_in,
    explain_reading,
    feed_address,
    finish_report,
    note_failures,
)
from catalograph.schema import CompositeRecord, Rejection, keys
from catalograph.settings import Settings

_SAMPLE = 2_000
"""Product ids by which the catalogue of a file is decided."""


def ingest_orders(
    paths: Sequence[FeedPath],
    store: RecordWriter,
    settings: Settings,
    mapping: FeedMapping | None = None,
    **options: Unpack[IngestOptions],
) -> IngestReport:
    """Ingest orders; arguments as for `ingest_reviews`.

    Raises:
        IngestError: `snapshot` is set, which only catalogues support.
        MappingError: no mapping fits, or several catalogues may be meant.
        SourceFormatError: a file cannot be read as a whole.
    """
    if options.get("snapshot"):
        raise IngestError(
            "Only a catalogue can be a full snapshot, not orders. Leave --snapshot out."
        )
    return _OrderIngest(store, settings, options).run(paths, mapping)


class _OrderIngest:
    """One ingest of some files."""

    def __init__(self, store: RecordWriter, settings: Settings, options: IngestOptions) -> None:
        self._store, self._settings, self._options = store, settings, options
        self._counters = Counters()
        self._notify = options.get("progress") or (lambda doing, share, rows: None)
        self._run: str | None = None
        lookup = store.catalogues
        self._finder = None if lookup is None else CatalogueFinder(lookup)

    def run(self, paths: Sequence[FeedPath], mapping: FeedMapping | None) -> IngestReport:
        """Ingest the files one after the other."""
        if not self._options.get("dry_run"):
            self._run = self._store.start_run("orders", self._arguments(paths, mapping))
        with note_failures(self._store, self._run):
            for path in paths:
                with open_feed(path, FeedLimits.of(self._settings.ingest)) as file:
                    self._ingest_file(file, mapping)
        return finish_report(self._store, self._counters, "orders", self._run)

    def _arguments(
        self, paths: Sequence[FeedPath], mapping: FeedMapping | None
    ) -> dict[str, object]:
        said = mapping and mapping.model_dump(mode="json", exclude_defaults=True)
        options: Mapping[str, Any] = self._options
        kept = {n: options[n] for n in ("source", "product_source", "encoding") if n in options}
        return {"paths": [feed_address(path) for path in paths], "mapping": said} | kept

    def _ingest_file(self, file: FeedFile, mapping: FeedMapping | None) -> None:
        name, chosen = ("given", mapping) if mapping else self._choose(file)
        chosen = with_source(chosen, self._options.get("source"))
        chosen = with_product_source(chosen, self._options.get("product_source"))
        if not isinstance(chosen, OrderMapping):
            raise MappingError(
                f"The mapping is for {chosen.kind}, the feed is read as orders. "
                f"Use `ingest {chosen.kind}`, or give a mapping with 'kind: orders'."
            )
        self._counters.files.append((file.name, name))
        feed = OrderFeed(chosen, self._settings.user_hmac_key)
        with self._log(file) as kept_out:
            orders = self._group(file, feed, kept_out)
            self._decide_catalogue(feed, orders)
            batch: RecordBatch[CompositeRecord] = RecordBatch(
                *(self._store, self._store.write_composites, self._store.withdraw_interactions),
                *(self._run, self._counters),
            )
            with batch:
                for n, (key, rows) in enumerate(orders.items()):
                    self._notify("writing", n / len(orders), self._counters.rows)
                    self._add(feed, key, rows, batch, kept_out)

    def _choose(self, file: FeedFile) -> tuple[str, FeedMapping]:
        try:
            return choose_mapping("orders", file.stem, columns_in(file))
        except MappingError as exc:
            raise explain_reading(exc, file) from exc

    @contextmanager
    def _log(self, file: FeedFile) -> Iterator[RejectionLog]:
        """Open the log of a file's rejections and name it in the report once it holds some."""
        path = rejected_path(file.name, self._options.get("rejected"), dry_run=self._run is None)
        with RejectionLog(path, file.name, with_text=False) as kept_out:
            yield kept_out
        if kept_out.made:
            self._counters.rejected_files.append(str(path))

    def _group(
        self, file: FeedFile, feed: OrderFeed, kept_out: RejectionLog
    ) -> dict[str, list[PreparedRow]]:
        """Return the rows of each order, in the order of the first of them."""
        found: dict[str, list[PreparedRow]] = {}
        for row in self._rows(file, feed.mapping):
            if row is None:
                self._counters.skipped += 1
                continue
            key = row.fields if isinstance(row.fields, Rejection) else feed.key(row.fields)
            if isinstance(key, Rejection):
                self._reject(row, [key], kept_out, 1)
            else:
                found.setdefault(key, []).append(row)
        return found

    def _rows(self, file: FeedFile, mapping: OrderMapping) -> Iterator[PreparedRow | None]:
        preparer = RowPreparer(mapping)
        if preparer.reads_ahead:
            for row in file.rows():
                preparer.learn(row)
        preparer.restart()
        for row in file.rows():
            for part in preparer.prepare(row):
                self._counters.rows += 1
                yield part

    def _decide_catalogue(
        self, feed: OrderFeed, orders: Mapping[str, Sequence[PreparedRow]]
    ) -> None:
        """Let the products belong to the catalogue that knows them, unless the mapping says whose.

        Raises:
            MappingError: several catalogues know about equally many.
        """
        if self._finder is None or feed.mapping.product_source is not None:
            return
        if feed.mapping.source in self._finder.names():
            return
        ids: dict[str, None] = {}
        for rows in orders.values():
            ids |= dict.fromkeys(feed.list_products([_cells(row) for row in rows]))
            if len(ids) > _SAMPLE:
                break
        usable = [i for i in map(keys.clean, ids) if 0 < len(i) <= keys.MAX_ID_LENGTH]
        chosen = choose_catalogue(self._finder.shares_known(usable), "orders")
        if chosen is not None:
            feed.use_catalogue(chosen)

    def _add(
        self,
        feed: OrderFeed,
        key: str,
        rows: Sequence[PreparedRow],
        batch: RecordBatch[CompositeRecord],
        kept_out: RejectionLog,
    ) -> None:
        cells = [_cells(row) for row in rows]
        named = feed.list_products(cells)
        found = {} if self._finder is None else self._finder.find(feed.catalogue, set(named))
        for id_ in named:
            self._counters.products.add(id_, found.get(id_))
        built = feed.build(key, cells, found)
        if built.record is None and built.withdrawn is None:
            self._reject(rows[0], built.rejections, kept_out, len(rows))
            return
        if built.rejections:
            self._counters.count_rejections(built.rejections)
            kept_out.add(rows[0], built.rejections)
        if built.withdrawn is not None:
            self._counters.superseded += len(rows) - 1
            batch.withdraw(built.withdrawn)
        elif built.record is not None:
            batch.add(built.record, len(rows))

    def _reject(
        self, row: FeedRow, faults: Sequence[Rejection], kept_out: RejectionLog, rows: int
    ) -> None:
        self._counters.rejected += rows
        self._counters.count_rejections(faults)
        kept_out.add(row, faults)


def _cells(row: PreparedRow) -> Mapping[str, Any]:
    """Return the cells of a row that was read."""
    return row.fields if isinstance(row.fields, Mapping) else {}
