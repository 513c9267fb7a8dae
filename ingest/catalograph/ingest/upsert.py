"""Upsert of single products from the API: validated, recorded and placed.

A product is processed like a catalogue row, so that the graph is the same either way: a record with
the provenance of each fact, in a run that can be rolled back. Many products share one run, until
another run begins or the day ends. Then the live preference model gives the product edges, so that
it can be recommended at once, and the live text model a vector, so that it is found by its meaning.

Rules, and the dictionary that the last ingest of its catalogue learned, read its texts within the
write. Slower extractors read them right after it, in a thread of
their own, so that the write does not wait for them; what they fail at is set aside in quarantine.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from catalograph.errors import InvalidInputError, MappingError
from catalograph.ingest import values
from catalograph.ingest.catalog import CatalogFeed
from catalograph.ingest.extract import FeedKnowledge
from catalograph.ingest.extraction_stage import ExtractionStage, text_record_key
from catalograph.ingest.feeds import with_source
from catalograph.ingest.mapping import CatalogMapping
from catalograph.log import shorten
from catalograph.schema import SourceRecord, keys
from catalograph.schema.commerce import MAX_OPTIONS
from catalograph.schema.protocols import UpsertResult
from catalograph.store import Writer
from catalograph.store.models.incremental_placement import place_products

__all__ = ["ProductUpserts", "UpsertTexts"]

_log = logging.getLogger(__name__)

RUN_KIND = "mutations"
"""Kind of the shared run in which products are written and withdrawn."""
_PATH_SEPARATOR = "\ue000"
"""Separator of category names in a path; a private-use character that texts do not contain."""
_LISTS = ("gtins", "also_bought", "also_viewed", "bought_together")
_MAPPING = CatalogMapping.model_validate(
    {
        "source": "api",
        "id": "id",
        "title": "title",
        "description": "description",
        "brand": "brand",
        "category": {"columns": "categories", "split": _PATH_SEPARATOR},
        "price": {"column": "price", "currency_column": "currency", "zero": "free"},
        "sale_price": {"column": "sale_price", "currency_column": "currency"},
        "availability": "availability",
        "quantity": "quantity",
        "gtins": "gtins",
        "sku": "sku",
        "mpn": "mpn",
        "group": "group",
        "group_title": "group_title",
        "options": [
            {"name_column": f"options.{n}.name", "value_column": f"options.{n}.value"}
            for n in range(MAX_OPTIONS)
        ],
        "images": "media",
        "slug": "slug",
        "url": "url",
        "image_url": "image_url",
        "also_bought": "also_bought",
        "also_viewed": "also_viewed",
        "bought_together": "bought_together",
        "attributes": [{"pairs": "attributes", "unit": "unit"}],
    }
)


class UpsertTexts:
    """Reads the texts of upserted products in a thread of its own, one after the other.

    Args:
        store: writer of records, for this thread alone.
        make_stage: factory of the stage that reads and writes, which takes the run's id.
        place: function that gives products, by key, their edges.
    """

    def __init__(
        self,
        store: Writer,
        make_stage: Callable[[str], ExtractionStage],
        place: Callable[[Sequence[str]], Sequence[str]] | None = None,
    ) -> None:
        self._store = store
        self._make_stage = make_stage
        self._place = place or (lambda keys: place_products(store.connection, keys))
        # At the end of the process Python waits for what this thread has still to do.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="catalograph-texts")

    def take(self, record: SourceRecord) -> Future[None]:
        """Read the texts of a written product; the future ends when its facts are written."""
        return self._worker.submit(self._read, record)

    def _read(self, record: SourceRecord) -> None:
        try:
            stage = self._make_stage(self._store.share_run(RUN_KIND))
            stage.take([record])
            if stage.counts.accepted:
                self._place([record.nodes[0].key])
        except Exception:  # noqa: BLE001 - the product is written; its texts are read again later
            _log.exception(
                "the texts of %s are not read; `catalograph ingest texts` reads them",
                record.nodes[0].key,
            )


class ProductUpserts:
    """Writes products one by one; safe to call from several threads.

    Args:
        store: writer of records; used by one thread at a time.
        place: function that gives products, by key, their edges and returns the keys of those
            that got some.
        texts: reader of the products' texts; None reads them by rules only.
        knowledge: function that returns what the feed of a catalogue taught.
        embed: function that gives products, by key, their text vectors and returns the keys of
            those that got one.
    """

    def __init__(
        self,
        store: Writer,
        place: Callable[[Sequence[str]], Sequence[str]] | None = None,
        texts: UpsertTexts | None = None,
        knowledge: Callable[[str], FeedKnowledge | None] = lambda source: None,
        embed: Callable[[Sequence[str]], Sequence[str]] = lambda keys: (),
    ) -> None:
        self._embed = embed
        self._texts = texts
        self._knowledge = knowledge
        self._store = store
        self._place = place or (lambda keys: place_products(store.connection, keys))
        self._turn = threading.Lock()

    def upsert(self, source: str, fields: Mapping[str, Any]) -> UpsertResult:
        """Write a product as given; it replaces the earlier record of its catalogue.

        Args:
            source: name of the catalogue that the id belongs to.
            fields: `id` and `title`, and any other column of this module's mapping; each of the
                `categories` is a list of names from the root.

        Raises:
            InvalidInputError: the product cannot be written.
        """
        record, dropped = _record(source, fields, self._knowledge)
        key = record.nodes[0].key
        with self._turn:
            if self._store.count_changes([record]).unchanged:
                return UpsertResult(key, changed=False, placed=False, dropped=dropped)
            run = self._store.share_run(RUN_KIND)
            counts = self._store.write_records([record], run)
            self._store.report_to_run(run, rows=1, written=counts.written)
            placed = bool(self._place([key]))
            embedded = bool(self._embed([key]))
        if self._texts is not None:
            self._texts.take(record)
        return UpsertResult(key, True, placed, dropped, embedded)

    def withdraw(self, source: str, id_: str) -> bool:
        """Withdraw a product's record and exactly the facts that it states.

        Returns:
            True if there was a record.

        Raises:
            InvalidInputError: source or id is missing or invalid.
        """
        record = keys.source_key(source, "catalog", id_)
        with self._turn:
            if not self._store.read_content_hashes([record]):
                return False
            run = self._store.share_run(RUN_KIND)
            withdrawn = self._store.withdraw_records([record], run)
            self._store.withdraw_records([text_record_key(source, id_)], run)
            self._store.report_to_run(run, rows=1, withdrawn=withdrawn)
        return withdrawn > 0


def _record(
    source: str, fields: Mapping[str, Any], knowledge: Callable[[str], FeedKnowledge | None]
) -> tuple[SourceRecord, tuple[str, ...]]:
    """Build the record of a product; return it with the values dropped from it."""
    try:
        mapping = with_source(_MAPPING, source)
    except MappingError as exc:
        raise InvalidInputError(str(exc)) from exc
    if not isinstance(mapping, CatalogMapping):
        raise TypeError("A catalogue's mapping under another name is a catalogue's mapping.")
    paths = [_PATH_SEPARATOR.join(path) for path in fields.get("categories", ())]
    feed = CatalogFeed(mapping, learn=False, knowledge=knowledge(mapping.source))
    built = feed.build({**fields, "categories": paths})
    said = tuple(f"{r.field}: {r.detail}" for r in built.rejections)
    if built.record is None:
        raise InvalidInputError(" ".join(said))
    return built.record, (*said, *_idle(fields), *_placeholders(fields))


def _placeholders(fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield messages about names and values that stand for none, such as "N/A"."""
    brand = fields.get("brand")
    if brand and keys.clean(brand) and values.is_placeholder(brand, "brand"):
        yield f"brand: '{shorten(brand)}' stands for no brand."
    for n, path in enumerate(fields.get("categories", ())):
        if any(keys.clean(name) and values.is_placeholder(name, "name") for name in path):
            yield f"categories: entry {n} has a name that stands for no category."
    for n, attribute in enumerate(fields.get("attributes", ())):
        text = attribute["value"]
        if keys.clean(text) and values.is_placeholder(text, "value"):
            yield f"attributes: entry {n} is '{shorten(text)}', which stands for no value."


def _idle(fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield messages about empty or useless inputs, with their positions.

    Only callers of the API get these: feeds are full of such values.
    """
    own = keys.clean(str(fields["id"]))
    for name in _LISTS:
        for n, text in enumerate(map(keys.clean, fields.get(name, ()))):
            if not text or (text == own and name != "gtins"):
                yield f"{name}: entry {n} is {'the product itself' if text else 'empty'}."
    for n, path in enumerate(fields.get("categories", ())):
        if not path or not all(map(keys.clean, path)):
            yield f"categories: entry {n} has an empty name or none."
    for n, attribute in enumerate(fields.get("attributes", ())):
        blank = [part for part in ("name", "value") if not keys.clean(attribute[part])]
        if blank:
            yield f"attributes: entry {n} has an empty {' and '.join(blank)}."
    if fields.get("currency") and fields.get("price") is None:
        yield "currency: There is no price that it could be of."
