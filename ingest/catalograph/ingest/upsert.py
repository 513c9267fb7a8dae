"""One product at a time, as an API hands it over: through the gate and the ledger, then placed.

It takes the way of a catalogue's row, so that the graph is the same whichever way a product came:
a record with proof of each fact, in a run that can be rolled back; many products share one, until
another run begins or the day ends. Then the live preference model gives it edges, so that it can be
recommended at once.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from catalograph.errors import InvalidInputError, MappingError
from catalograph.ingest.catalog import CatalogFeed
from catalograph.ingest.feeds import with_source
from catalograph.ingest.mapping import CatalogMapping
from catalograph.schema import SourceRecord, keys
from catalograph.schema.protocols import UpsertResult
from catalograph.store import Writer
from catalograph.store.models.incremental_placement import place_products

__all__ = ["ProductUpserts"]

RUN_KIND = "mutations"
"""Kind of the run that products are written and withdrawn in, many in one."""
_PATH_SEPARATOR = "\ue000"
"""Between the names of a category path; a character that no text has."""
_LISTS = ("gtins", "also_bought", "also_viewed", "bought_together")
_MAPPING = CatalogMapping.model_validate(
    {
        "source": "api",
        "id": "id",
        "title": "title",
        "description": "description",
        "brand": "brand",
        "category": {"columns": "categories", "split": _PATH_SEPARATOR},
        "price": {"column": "price", "currency_column": "currency"},
        "availability": "availability",
        "gtins": "gtins",
        "url": "url",
        "image_url": "image_url",
        "also_bought": "also_bought",
        "also_viewed": "also_viewed",
        "bought_together": "bought_together",
        "attributes": [{"pairs": "attributes", "unit": "unit"}],
    }
)


class ProductUpserts:
    """Writes products one by one; safe to call from several threads.

    Args:
        store: writes records; used by one thread at a time.
        place: gives products their edges, given their keys; returns those that got some.
    """

    def __init__(
        self, store: Writer, place: Callable[[Sequence[str]], Sequence[str]] | None = None
    ) -> None:
        self._store = store
        self._place = place or (lambda keys: place_products(store.connection, keys))
        self._turn = threading.Lock()

    def upsert(self, source: str, fields: Mapping[str, Any]) -> UpsertResult:
        """Write a product as given, in place of what its catalogue said of it before.

        Args:
            source: the catalogue it is numbered in.
            fields: `id` and `title`, and any other column of this module's mapping; each of the
                `categories` is a list of names from the root.

        Raises:
            InvalidInputError: it cannot be written.
        """
        record, dropped = _record(source, fields)
        key = record.nodes[0].key
        with self._turn:
            if self._store.count_changes([record]).unchanged:
                return UpsertResult(key, changed=False, placed=False, dropped=dropped)
            run = self._store.share_run(RUN_KIND)
            counts = self._store.write_records([record], run)
            self._store.report_to_run(run, rows=1, written=counts.written)
            placed = self._place([key])
        return UpsertResult(key, changed=True, placed=bool(placed), dropped=dropped)

    def withdraw(self, source: str, id_: str) -> bool:
        """Take a product's record away, and exactly what it said.

        Returns:
            Whether there was one.

        Raises:
            InvalidInputError: no source or id.
        """
        record = keys.source_key(source, "catalog", id_)
        with self._turn:
            if not self._store.read_content_hashes([record]):
                return False
            run = self._store.share_run(RUN_KIND)
            withdrawn = self._store.withdraw_records([record], run)
            self._store.report_to_run(run, rows=1, withdrawn=withdrawn)
        return withdrawn > 0


def _record(source: str, fields: Mapping[str, Any]) -> tuple[SourceRecord, tuple[str, ...]]:
    """The record of a product, and what was dropped from it."""
    try:
        mapping = with_source(_MAPPING, source)
    except MappingError as exc:
        raise InvalidInputError(str(exc)) from exc
    if not isinstance(mapping, CatalogMapping):
        raise TypeError("A catalogue's mapping under another name is a catalogue's mapping.")
    paths = [_PATH_SEPARATOR.join(path) for path in fields.get("categories", ())]
    built = CatalogFeed(mapping, learn=False).build({**fields, "categories": paths})
    said = tuple(f"{r.field}: {r.detail}" for r in built.rejections)
    if built.record is None:
        raise InvalidInputError(" ".join(said))
    return built.record, (*said, *_idle(fields))


def _idle(fields: Mapping[str, Any]) -> Iterator[str]:
    """What a caller gave that says nothing, with its place; feeds are full of the like."""
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
