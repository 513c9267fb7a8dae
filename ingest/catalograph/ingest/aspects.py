"""Aspects in reviews, read when reviews are written: `Review -MENTIONS-> Value {sentiment}`."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from catalograph.ingest import fingerprint
from catalograph.ingest.batches import Counts, RecordWriter
from catalograph.ingest.interactions import sign
from catalograph.ingest.language.aspects import Aspect, AspectReader, mention
from catalograph.schema import InteractionRecord, Node

_log = logging.getLogger(__name__)

_FIELDS = ("title", "text")


class Aspects(Protocol):
    """Reads aspects; see `catalograph.ingest.language.aspects.AspectReader`."""

    @property
    def version(self) -> str:
        """Changes whenever the same text may give other aspects."""

    def read(
        self, texts: Sequence[str], subjects: Sequence[str] = ()
    ) -> Sequence[list[Aspect] | None]:
        """Return the aspects of each text, in order of position; None if reading failed.

        Args:
            texts: texts of reviews.
            subjects: key of each text's review.
        """

    def report(self) -> Mapping[str, Any]:
        """Return usage besides time, such as tokens and dollars; empty if there is none."""


class AspectStage:
    """Writes reviews with their aspects; reads only new or changed reviews.

    A review whose reading failed is written without aspects and counts as changed next time.

    Args:
        store: store to write to.
        reader: reader of the texts. Its version is part of the records' content hashes.
    """

    def __init__(self, store: RecordWriter, reader: Aspects) -> None:
        self._store = store
        self._reader = reader

    def write(self, records: Sequence[InteractionRecord], run: str) -> Counts:
        """Write a batch."""
        stored = self._store.read_content_hashes([r.node.key for r in records])
        changed = [
            n
            for n, r in enumerate(records)
            if stored.get(r.node.key) != r.node.properties["content_hash"]
        ]
        ready = list(records)
        for n, told in zip(changed, self._read([records[n] for n in changed]), strict=True):
            ready[n] = told
        return self._store.write_interactions(ready, run)

    def _read(self, records: Sequence[InteractionRecord]) -> list[InteractionRecord]:
        return add_mentions(records, self._reader)


def add_mentions(records: Sequence[InteractionRecord], reader: Aspects) -> list[InteractionRecord]:
    """Return reviews with the aspects that their titles and texts mention.

    A review whose reading failed has none, and a content hash that lets it be read again.
    """
    places = [
        (n, field, text)
        for n, record in enumerate(records)
        for field in _FIELDS
        if (text := record.node.properties.get(field))
    ]
    found = list(records)
    subjects = [records[n].node.key for n, _, _ in places]
    readings = reader.read([text for _, _, text in places], subjects)
    for (n, field, _), aspects in zip(places, readings, strict=True):
        if aspects is None:
            found[n] = sign(records[n], f"{reader.version} failed")
            continue
        mentions = tuple(mention(aspect, field) for aspect in aspects)
        found[n] = replace(found[n], mentions=(*found[n].mentions, *mentions))
    return found


def load_aspect_reader(name: str | None) -> AspectReader | None:
    """Return the reader of aspects that an option or setting names.

    Args:
        name: `rules`, a folder of `train aspects` or of `train multitask`, or None for no reader.

    Raises:
        TrainingDataError: the folder holds no model.
        ConfigError: the model of several tasks did not keep its sentiment head.
        MissingExtraError: the extra `extract` is not installed.
    """
    if name is None:
        return None
    if name == "rules":
        return AspectReader()
    from catalograph.ingest.multitask.model_folder import is_multitask

    if not is_multitask(Path(name)):
        return AspectReader.load(Path(name))
    from catalograph.ingest.multitask.served import load_sentiments

    judge, languages, version = load_sentiments(Path(name))
    return AspectReader(
        sentiments=judge if "zh" in languages else None,
        english=judge if "en" in languages else None,
        judge=version,
    )


class MentionReader:
    """A `catalograph.schema.protocols.ReviewReader`: reads single reviews of the API.

    Args:
        reader: reader of the texts.
    """

    def __init__(self, reader: Aspects) -> None:
        self._reader = reader

    def read(self, record: InteractionRecord) -> InteractionRecord:
        """Return the review with its mentions; a reader that fails costs only them."""
        try:
            (read,) = add_mentions([record], self._reader)
        except Exception:  # noqa: BLE001 - a review must not be lost to its reader
            _log.exception("the aspects of a review cannot be read; it is written without them")
            return record
        node = read.node
        stamp = fingerprint.digest(f"{node.properties['content_hash']}\x1f{self._reader.version}")
        properties = {**node.properties, "content_hash": stamp}
        return replace(read, node=Node(node.label, node.key, properties))
