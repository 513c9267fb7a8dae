"""What contends for a part of the preference weights: matrices learned from a split of the data."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from catalograph.embed.jobs.context import JobContext
from catalograph.embed.recommend.contributions import keep_strongest
from catalograph.embed.recommend.data import RecommendData
from catalograph.embed.recommend.matrices import Csr, Ints, row_of_entry
from catalograph.embed.recommend.sequence import SequenceConfig, Sequences, fit_sequence
from catalograph.embed.recommend.vector_similarity import align_vectors, similar_items
from catalograph.embed.structure import StructureConfig, refresh_structure
from catalograph.schema import EmbeddingTable
from catalograph.schema.model_kinds import CONTENDERS, LEARNED_AGAIN
from catalograph.store import GraphSnapshot

__all__ = ["SEQUENCE", "Contenders", "VectorLearner", "find_vector_learners"]

SEQUENCE = "sequence"
"""Name of the part that comes from the order of shoppers' interactions."""

VectorLearner = Callable[[GraphSnapshot], EmbeddingTable]
"""Function that learns vectors of products from a snapshot."""


def find_vector_learners(context: JobContext) -> dict[str, VectorLearner]:
    """Return how to learn again the kinds of vectors in use that learn from interactions."""

    def learn_structure(snapshot: GraphSnapshot) -> EmbeddingTable:
        return refresh_structure(context.connection, snapshot, StructureConfig(), {}).table

    used = context.versions(LEARNED_AGAIN)
    return {kind: learn for kind, learn in (("structure", learn_structure),) if kind in used}


@dataclass(frozen=True)
class Contenders:
    """Learns what contends.

    Attributes:
        snapshot: products and facts; its interactions are not read.
        sequence: settings of the weights that are learned from the order of interactions.
        edges: number of these weights of a product.
        vectors: vectors of products by kind, for kinds in `CONTENDERS`.
        learners: functions that learn vectors, for kinds in `LEARNED_AGAIN`.
    """

    snapshot: GraphSnapshot
    sequence: SequenceConfig
    edges: int
    vectors: Mapping[str, EmbeddingTable]
    learners: Mapping[str, VectorLearner]

    def learn(
        self, data: RecommendData, times: Ints | None, wanted: Collection[str] | None
    ) -> dict[str, Csr]:
        """Learn item-item matrices by part; see `serving_choices.Contend`."""
        found: dict[str, Csr] = {}
        if times is not None and (wanted is None or SEQUENCE in wanted):
            found[SEQUENCE] = self._learn_order(data, times)
        for kind in (*CONTENDERS, *LEARNED_AGAIN):
            if wanted is not None and kind not in wanted:
                continue
            if kind in self.vectors:
                found[kind] = self._given[kind]
            elif kind in self.learners:
                found[kind] = self._learn_vectors(kind, data)
        return found

    @cached_property
    def _given(self) -> dict[str, Csr]:
        return {
            kind: similar_items(align_vectors(table, self.snapshot.products))
            for kind, table in self.vectors.items()
        }

    def _learn_order(self, data: RecommendData, times: Ints) -> Csr:
        model = fit_sequence(Sequences.of_events(data.train, times), config=self.sequence)
        weights = model.weights
        return keep_strongest(lambda start, stop: weights[start:stop], data.n_items, self.edges)

    def _learn_vectors(self, kind: str, data: RecommendData) -> Csr:
        known = replace(
            self.snapshot,
            interaction_users=row_of_entry(data.train).astype(np.int32),
            interaction_products=data.train.indices.astype(np.int32),
            interaction_times=None,
        )
        return similar_items(align_vectors(self.learners[kind](known), self.snapshot.products))
