"""Product catalogue rows: columns become properties and asserted triples."""

from collections.abc import Mapping
from typing import Any, Self

from catalograph.ingest import fingerprint
from catalograph.ingest.attributes import COLUMN
from catalograph.ingest.conventions import ConventionalFeed
from catalograph.ingest.extract import Extractor, FeedKnowledge, Learner
from catalograph.ingest.mapping import CatalogMapping, is_deleted
from catalograph.ingest.product_reader import (
    ProductDraft,
    ProductReader,
    category_node,
    describe,
)
from catalograph.ingest.validation import BuildResult, pass_record, tombstone
from catalograph.schema import Node, Rejection, SourceRecord, Triple, keys


class CatalogFeed(ConventionalFeed[CatalogMapping]):
    """Builds records of catalogue rows: first `prepare` every row, then `build` each.

    Args:
        mapping: mapping of the columns.
        learn: True lets `prepare` learn from the rows: a dictionary, and the conventions of their
            columns. Without it texts are read by rules only, ambiguous values by mapping and
            currency only, and a record depends on its own row only.
        knowledge: knowledge that was learned before, for a feed that learns nothing.
    """

    def __init__(
        self,
        mapping: CatalogMapping,
        *,
        learn: bool = True,
        knowledge: FeedKnowledge | None = None,
    ) -> None:
        super().__init__(mapping, learn=learn)
        self.knowledge = knowledge
        self._learner = Learner() if learn else None
        self._extractor: Extractor | None = None
        self._reader: ProductReader | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what knowledge and mapping make again."""
        return self.__dict__ | {"_extractor": None, "_reader": None}

    def merge(self, other: Self) -> None:
        """Add what another builder learned of later rows of the same feed."""
        super().merge(other)
        if self._learner is not None and other._learner is not None:
            self._learner.merge(other._learner)

    def finish_learning(self) -> Mapping[str, int]:
        """End the first pass: learn the dictionary, then the conventions of the columns."""
        if self._conventions is not None:
            self._reader = None
        if self._learner is not None:
            self.knowledge, self._learner = self._learner.finish(), None
        return super().finish_learning()

    def key(self, fields: Mapping[str, Any]) -> str | Rejection:
        """Return the key of a row's record, or why it has none."""
        id_ = self._read_by().read_id(fields)
        return id_ if isinstance(id_, Rejection) else self.key_of(id_)

    def key_of(self, id_: str) -> str:
        """Return the record key of a product id."""
        return keys.source_key(self.mapping.source, "catalog", id_)

    def prepare(self, fields: Mapping[str, Any]) -> str | Rejection:
        """Learn from a row; return the key of its record, or why it cannot be written."""
        if is_deleted(fields, self.mapping):
            return self.key(fields)
        self._learn_conventions(fields)
        described = self._read_by().read_outline(fields)
        if isinstance(described, Rejection):
            return described
        node = described.node
        if self._learner is not None:
            self._learner.observe(node.key, self._texts(node), described.written_names())
        return self.key_of(str(node.properties["id"]))

    def build(self, fields: Mapping[str, Any]) -> BuildResult[SourceRecord]:
        """Build the record of a row: facts of its columns, then facts extracted from its texts."""
        if is_deleted(fields, self.mapping):
            return tombstone(self.key(fields))
        self.finish_learning()
        if self._extractor is None:
            self._extractor = Extractor(self.knowledge)
        described = self._read_by().read(fields)
        if isinstance(described, Rejection):
            return BuildResult(None, (described,))
        node = described.node
        triples = [
            Triple(node.key, relation, tail, described.supports.get(tail.key, COLUMN))
            for relation, tail in described.tails
        ]
        extracted = self._extractor.extract(self._texts(node), described.tails)
        triples += [Triple(node.key, relation, tail, by) for relation, tail, by in extracted]
        record, refused = pass_record(
            SourceRecord(
                self.key_of(str(node.properties["id"])),
                self.mapping.source,
                "",
                (node,),
                tuple(triples),
            )
        )
        if record is None:
            return BuildResult(None, tuple(refused))
        rejections = (*described.rejections, *refused)
        return BuildResult(sign(record), rejections, notes=described.notes)

    def _read_by(self) -> ProductReader:
        if self._reader is None:
            self._reader = ProductReader(self.mapping, self._doubts)
        return self._reader

    def _texts(self, node: Node) -> dict[str, str]:
        texts = {name: node.properties.get(name) for name in self.mapping.texts}
        return {name: text for name, text in texts.items() if text}


def sign(record: SourceRecord) -> SourceRecord:
    """Return the record with its content hash."""
    stamp = fingerprint.content_hash(record.nodes, record.triples)
    return SourceRecord(record.key, record.source, stamp, record.nodes, record.triples)


__all__ = [
    "COLUMN",
    "CatalogFeed",
    "ProductDraft",
    "category_node",
    "describe",
    "sign",
]
