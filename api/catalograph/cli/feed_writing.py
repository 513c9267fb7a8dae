"""One ingest with all that belongs to it: quarantine, reading of texts, learned data after it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from catalograph.cli.changed_products import embed_changed_products, place_changed_products

if TYPE_CHECKING:
    from catalograph.cli.extractor_options import ExtractorOptions
    from catalograph.ingest import IngestReport
    from catalograph.ingest.extract.protocol import TextReader
    from catalograph.ingest.mapping import Kind
    from catalograph.ingest.mapping import Mapping as FeedMapping
    from catalograph.ingest.run import FeedPath
    from catalograph.settings import Settings


def write_feeds(
    kind: "Kind",
    feeds: "Sequence[FeedPath]",
    store: Any,
    settings: "Settings",
    mapping: "FeedMapping | None",
    find_reader: "Callable[[ExtractorOptions], TextReader | None]",
    **options: Any,
) -> "IngestReport":
    """Ingest feeds of a kind; then place and embed the products that changed.

    Args:
        kind: kind of the feeds.
        feeds: the feeds.
        store: store to write to.
        settings: settings.
        mapping: mapping of all feeds; None chooses a shipped one for each.
        find_reader: returns what reads the texts of products; None reads them by rules alone.
        options: options of the ingest; see `catalograph.ingest.IngestOptions`.
    """
    from catalograph.cli.extractor_options import ExtractorOptions
    from catalograph.ingest.feed_inspection import ingest_of
    from catalograph.ingest.quarantine import open_quarantine
    from catalograph.ingest.reextract import keep_unread

    with open_quarantine(settings) as quarantine, ExtractorOptions(settings, store) as texts:
        options["quarantine"] = quarantine
        if options.get("engine") is not None:
            options["engine"].unread = keep_unread(quarantine)
        reader = find_reader(texts)
        if reader is not None:
            options["texts"] = lambda run: texts.stage(reader, run)
        begun = datetime.now(UTC)
        report: IngestReport = ingest_of(kind)(feeds, store, settings, mapping, **options)
        if kind == "catalog" and report.run is not None:
            changed = place_changed_products(store, begun)
            embed_changed_products(store, settings, changed)
    return report
