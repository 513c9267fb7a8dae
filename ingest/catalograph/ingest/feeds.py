"""The three kinds of feed: builders of records and sinks that write them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from catalograph.errors import MappingError
from catalograph.ingest.aspects import Aspects, AspectStage
from catalograph.ingest.batches import Counts, RecordBatch, RecordWriter
from catalograph.ingest.catalog import CatalogFeed
from catalograph.ingest.events import EventFeed
from catalograph.ingest.mapping import CatalogMapping, ReviewMapping
from catalograph.ingest.mapping import Mapping as FeedMapping
from catalograph.ingest.report import Counters
from catalograph.ingest.reviews import ReviewFeed
from catalograph.ingest.validation import BuildResult
from catalograph.schema import Rejection
from catalograph.settings import Settings


class Feed(Protocol):
    """Builds records of the rows of one file or topic."""

    def key(self, fields: Mapping[str, Any]) -> str | Rejection:
        """Return the key of a row's record, or why it has none."""

    def key_of(self, id_: str) -> str:
        """Return the record key of an id."""

    def prepare(self, fields: Mapping[str, Any]) -> str | Rejection:
        """First pass: learn from a row; return its record's key, or why it cannot be written."""

    def build(self, fields: Mapping[str, Any]) -> BuildResult[Any]:
        """Second pass: build the record of a row."""


@dataclass(frozen=True)
class Sink:
    """Store methods for records of one kind.

    Attributes:
        write: method that writes the records.
        withdraw: method that withdraws records by key.
    """

    write: Callable[[Sequence[Any], str], Counts]
    withdraw: Callable[[Sequence[str], str], int]

    def batch(
        self,
        store: RecordWriter,
        run: str | None,
        tally: Counters,
        after: Callable[[Sequence[Any]], None] | None = None,
    ) -> RecordBatch[Any]:
        """Return a batch of such records; `after` receives the written records."""
        return RecordBatch(store, self.write, self.withdraw, run, tally, after)


def sink_of(store: RecordWriter, kind: str, aspects: Aspects | None = None) -> Sink:
    """Return the sink of a kind; reviews pass through the aspect reader."""
    if kind in ("catalog", "triples"):
        return Sink(store.write_records, store.withdraw_records)
    if kind == "reviews" and aspects is not None:
        return Sink(AspectStage(store, aspects).write, store.withdraw_interactions)
    return Sink(store.write_interactions, store.withdraw_interactions)


def feed_of(
    mapping: FeedMapping,
    kind: str,
    settings: Settings,
    *,
    learn: bool = True,
    aspects: str | None = None,
) -> Feed:
    """Return the builder of records of a mapping's feed.

    Args:
        mapping: mapping of the columns.
        kind: kind to read the feed as.
        settings: settings with the secret that turns user ids into pseudonyms.
        learn: True learns a catalogue's dictionary from its rows.
        aspects: version of the aspect reader for reviews.

    Raises:
        MappingError: the mapping is for another kind.
    """
    if mapping.kind != kind:
        raise MappingError(
            f"The mapping is for {mapping.kind}, the feed is read as {kind}. "
            f"Use `ingest {mapping.kind}`, or give a mapping with 'kind: {kind}'."
        )
    if isinstance(mapping, CatalogMapping):
        return CatalogFeed(mapping, learn=learn)
    if isinstance(mapping, ReviewMapping):
        anonymous = settings.ingest.remove_personal_data
        return ReviewFeed(mapping, settings.user_hmac_key, aspects, anonymous=anonymous)
    return EventFeed(mapping, settings.user_hmac_key)


def with_source(mapping: FeedMapping, source: str | None) -> FeedMapping:
    """Return the mapping with another source name; None keeps its own.

    Raises:
        MappingError: the name is not a valid source name.
    """
    if source is None:
        return mapping
    try:
        return type(mapping).model_validate(mapping.model_dump() | {"source": source})
    except ValueError as exc:
        raise MappingError(
            f"'{source}' is no source name; use lower-case letters, digits, '_', '.', '-'."
        ) from exc
