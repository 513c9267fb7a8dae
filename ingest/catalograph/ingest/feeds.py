"""The three kinds of feed: builders of records and sinks that write them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

from catalograph.errors import MappingError
from catalograph.ingest.aspects import Aspects, AspectStage
from catalograph.ingest.batches import Counts, RecordBatch, RecordWriter
from catalograph.ingest.catalog import CatalogFeed
from catalograph.ingest.events import EventFeed
from catalograph.ingest.interactions import InteractionFeed
from catalograph.ingest.mapping import CatalogMapping, OrderMapping, ReviewMapping
from catalograph.ingest.mapping import Mapping as FeedMapping
from catalograph.ingest.product_matching import ProductMatcher
from catalograph.ingest.report import Counters
from catalograph.ingest.reviews import ReviewFeed
from catalograph.ingest.validation import BuildResult
from catalograph.schema import Rejection
from catalograph.settings import Settings


class Feed(Protocol):
    """Builds records of the rows of one file or topic."""

    @property
    def mapping(self) -> FeedMapping:
        """Mapping of the columns, completed by what `prepare` learned of them."""

    def key(self, fields: Mapping[str, Any]) -> str | Rejection:
        """Return the key of a row's record, or why it has none."""

    def key_of(self, id_: str) -> str:
        """Return the record key of an id."""

    def prepare(self, fields: Mapping[str, Any]) -> str | Rejection:
        """First pass: learn from a row; return its record's key, or why it cannot be written."""

    def merge(self, other: Self) -> None:
        """Add what another builder of the same feed learned of later rows, before learning ends."""

    def finish_learning(self) -> Mapping[str, int]:
        """End the first pass; return how ambiguous values are read, with the number of them."""

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
        match: Callable[[Sequence[Any]], list[Any]] | None = None,
    ) -> RecordBatch[Any]:
        """Return a batch of such records; see `RecordBatch` for the arguments."""
        return RecordBatch(store, self.write, self.withdraw, run, tally, after, match)


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
        learn: True learns from the rows: the conventions of their columns and a catalogue's
            dictionary.
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
        return ReviewFeed(
            mapping, settings.user_hmac_key, aspects, learn=learn, anonymous=anonymous
        )
    if isinstance(mapping, OrderMapping):
        raise MappingError(
            "An order may have several rows, so orders are read from whole files only: "
            "`catalograph ingest orders FILE`."
        )
    return EventFeed(mapping, settings.user_hmac_key, learn=learn)


def matcher_of(
    feed: Feed, store: RecordWriter, name: str, tally: Counters
) -> ProductMatcher | None:
    """Return what finds the products of reviews or events in the graph.

    None is returned for a catalogue, and where no database can be asked.

    Args:
        feed: builder of the records.
        store: store with the catalogues.
        name: name of the file or topic, for messages.
        tally: counters of the ingest.
    """
    if not isinstance(feed, InteractionFeed) or store.catalogues is None:
        return None
    return ProductMatcher(store.catalogues, feed, name, tally.products)


def with_source(mapping: FeedMapping, source: str | None) -> FeedMapping:
    """Return the mapping with another source name; None keeps its own.

    Raises:
        MappingError: the name is not a valid source name.
    """
    return mapping if source is None else _with_names(mapping, source, ("source",))


def with_product_source(mapping: FeedMapping, source: str | None) -> FeedMapping:
    """Return the mapping of reviews or events with the catalogue of their products.

    The shoppers become those of the catalogue too, unless the mapping says whose they are.

    Args:
        mapping: mapping; that of a catalogue is returned unchanged.
        source: name of the catalogue; None keeps the mapping's.

    Raises:
        MappingError: the name is not a valid source name.
    """
    if source is None or isinstance(mapping, CatalogMapping):
        return mapping
    users = () if mapping.user_source else ("user_source",)
    return _with_names(mapping, source, ("product_source", *users))


def _with_names(mapping: FeedMapping, source: str, fields: tuple[str, ...]) -> FeedMapping:
    try:
        names = dict.fromkeys(fields, source)
        return type(mapping).model_validate(mapping.model_dump() | names)
    except ValueError as exc:
        raise MappingError(
            f"'{source}' is no source name; use lower-case letters, digits, '_', '.', '-'."
        ) from exc


def with_choice(
    mapping: FeedMapping, language: Sequence[str] = (), currency: Sequence[str] = ()
) -> FeedMapping:
    """Return the mapping with preferred languages and currencies before its own.

    The first currency is also that of prices without one, unless the mapping states it.
    """
    if currency and isinstance(mapping, CatalogMapping) and mapping.currency is None:
        mapping = _replace_fields(mapping, {"currency": currency[0]})
    own = mapping.choose
    choice = {
        "language": (*language, *own.language),
        "currency": (*currency, *own.currency),
        "channel": own.channel,
    }
    return _replace_fields(mapping, {"choose": choice}) if language or currency else mapping


def _replace_fields(mapping: FeedMapping, change: dict[str, Any]) -> FeedMapping:
    try:
        return type(mapping).model_validate(mapping.model_dump() | change)
    except ValueError as exc:
        raise MappingError(
            f"{', '.join(map(repr, change.values()))} is no choice of a mapping: {exc}"
        ) from exc
