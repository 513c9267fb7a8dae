"""Aspects in reviews, read when reviews are written: `Review -MENTIONS-> Value {sentiment}`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from catalograph.ingest.batches import Counts, RecordWriter
from catalograph.ingest.interactions import sign
from catalograph.ingest.language.aspects import Aspect, mention
from catalograph.schema import InteractionRecord

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
        places = [
            (n, field, text)
            for n, record in enumerate(records)
            for field in _FIELDS
            if (text := record.node.properties.get(field))
        ]
        found = list(records)
        subjects = [records[n].node.key for n, _, _ in places]
        readings = self._reader.read([text for _, _, text in places], subjects)
        for (n, field, _), aspects in zip(places, readings, strict=True):
            if aspects is None:
                found[n] = sign(records[n], f"{self._reader.version} failed")
                continue
            mentions = tuple(mention(aspect, field) for aspect in aspects)
            found[n] = replace(found[n], mentions=(*found[n].mentions, *mentions))
        return found
