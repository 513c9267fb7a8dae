"""What contends for a part of the preference weights: matrices learned from a split of the data."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from hashlib import sha256

import numpy as np

from catalograph.embed.jobs.context import JobContext
from catalograph.embed.recommend.contributions import keep_strongest
from catalograph.embed.recommend.data import RecommendData
from catalograph.embed.recommend.matrices import Csr, Ints, row_of_entry
from catalograph.embed.recommend.sequence import SequenceConfig, Sequences, fit_sequence
from catalograph.embed.recommend.vector_similarity import align_vectors, similar_items
from catalograph.schema import EmbeddingTable
from catalograph.schema.model_kinds import CONTENDERS, LEARNED_AGAIN
from catalograph.store import GraphSnapshot, StagedModel

__all__ = ["SEQUENCE", "Contenders", "VectorLearner", "find_vector_learners"]

SEQUENCE = "sequence"
"""Name of the part that comes from the order of shoppers' interactions."""

VectorLearner = Callable[[GraphSnapshot], EmbeddingTable]
"""Function that learns vectors of products from a snapshot."""


def find_vector_learners(context: JobContext) -> dict[str, VectorLearner]:
    """Return how to learn again the kinds of vectors in use that learn from interactions.

    A kind whose last training took longer than the setting `embed.contender_seconds` is left out:
    it would be learned again for each of several splits.
    """
    from catalograph.embed.jobs import load_job

    limit = context.settings.embed.contender_seconds
    learners: dict[str, VectorLearner] = {}
    for kind, version in context.versions(LEARNED_AGAIN).items():
        seconds = version.card.seconds if isinstance(version, StagedModel) else version.seconds
        relearn = load_job(kind).relearn
        if relearn is None:
            continue
        if seconds > limit:
            context.progress(kind, f"does not contend: its training took {seconds:.0f} s")
            continue
        learners[kind] = partial(relearn, context)
    return learners


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
    _learned: dict[tuple[str, bytes], Csr] = field(default_factory=dict, repr=False)
    """By kind and interactions: several choices are made on the same split."""

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
        place = kind, sha256(data.train.indptr.tobytes() + data.train.indices.tobytes()).digest()
        if place not in self._learned:
            known = replace(
                self.snapshot,
                interaction_users=row_of_entry(data.train).astype(np.int32),
                interaction_products=data.train.indices.astype(np.int32),
                interaction_times=None,
            )
            vectors = align_vectors(self.learners[kind](known), self.snapshot.products)
            self._learned[place] = similar_items(vectors)
        return self._learned[place]
