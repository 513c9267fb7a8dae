"""Extraction from texts of products already in the graph: a whole feed, or failed ones again."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from catalograph.ingest.extract.protocol import ProductText
from catalograph.ingest.extraction_stage import ExtractionStage, FailedExtraction
from catalograph.ingest.quarantine import Quarantine, QuarantineEntry, Replayer, WriteFailure
from catalograph.schema import keys
from catalograph.store import Connection, Writer
from catalograph.store.queries.texts import read_texts

_PER_READ = 500


def read_feed_texts(
    connection: Connection,
    store: Writer,
    stage: ExtractionStage,
    run: str,
    source: str | None = None,
    progress: Callable[[str, float, int], None] | None = None,
) -> dict[str, Any]:
    """Read the texts of all products of a feed, or of all feeds.

    Args:
        connection: connection to the graph.
        store: writer that stores the progress of the run.
        stage: stage that reads and writes; it skips unchanged products.
        run: id of the current run.
        source: name of the feed; None reads all feeds.
        progress: callback that receives the progress.

    Returns:
        Counts of the texts.
    """
    prefix = f"source:{source}:catalog/" if source else "source:"
    records = (k for k in store.list_record_keys(prefix) if _id_of(k))
    for part in _parts(records, _PER_READ):
        stage.read(_products(connection, [_product_key(k) for k in part]))
        store.note_progress(run, "reading texts", 0.0, stage.counts.products)
        if progress is not None:
            progress("reading texts", 0.0, stage.counts.products)
    return stage.report()


def keep_unread(quarantine: Quarantine) -> Callable[[Sequence[FailedExtraction]], None]:
    """Return a function that stores products whose reading failed, to read them again later."""

    def keep(unread: Sequence[FailedExtraction]) -> None:
        quarantine.put(_failure(one) for one in unread)

    return keep


def text_replayer(connection: Connection, make_stage: Callable[..., ExtractionStage]) -> Replayer:
    """Return a replayer that reads the current texts of products from the graph again.

    Args:
        connection: connection to the graph.
        make_stage: factory of a stage, which takes the callback for failures as argument `unread`.
    """

    def replay(entries: Sequence[QuarantineEntry]) -> Mapping[str, str | None]:
        failed: dict[str, str] = {}
        stage = make_stage(
            unread=lambda some: failed.update((u.product.key, u.reason) for u in some)
        )
        # A deleted product has no texts left to read, so its entry succeeds.
        stage.read(_products(connection, [entry.key for entry in entries]))
        return {entry.id: failed.get(entry.key) for entry in entries}

    return replay


def _failure(unread: FailedExtraction) -> WriteFailure:
    kind, _, detail = unread.reason.partition(": ")
    return WriteFailure(
        stage="text",
        source=unread.source,
        feed="",
        key=unread.product.key,
        reason=kind,
        detail=detail or kind,
        payload=json.dumps(dict(unread.product.texts)),
        subject=unread.product.key,
    )


def _products(connection: Connection, product_keys: Sequence[str]) -> list[ProductText]:
    return [
        ProductText(
            said.key,
            {f: t for f, t in (("title", said.title), ("description", said.description)) if t},
            said.category,
            said.known,
        )
        for said in read_texts(connection, product_keys)
    ]


def _product_key(record_key: str) -> str:
    return keys.product_key(record_key.split(":", 2)[1], _id_of(record_key))


def _id_of(record_key: str) -> str:
    """Return the id of the product that a catalogue record describes; "" for other records."""
    kind, _, id_ = record_key.split(":", 2)[2].partition("/")
    return id_ if kind == "catalog" else ""


def _parts(items: Iterable[str], size: int) -> Iterator[list[str]]:
    remaining = iter(items)
    while part := list(islice(remaining, size)):
        yield part
