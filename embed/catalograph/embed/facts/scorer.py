"""Scores of missing facts by a knowledge graph embedding that is trained for the question."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from catalograph.embed.kge import KgeConfig, TripleSet, Vocabulary, train
from catalograph.embed.kge.triples import Ints

SCORED_MODELS: Mapping[str, KgeConfig] = {
    "distmult": KgeConfig(model="distmult", dimension=64, n3=0.01, epochs=40),
    "complex": KgeConfig(model="complex", dimension=64, n3=0.01, epochs=40),
    "transe": KgeConfig(model="transe", dimension=64, epochs=40),
    "rotate": KgeConfig(model="rotate", dimension=64, epochs=40),
}
"""Settings by model: small vectors, as a catalogue has few relations and is trained on twice."""
_HEADS_PER_BLOCK = 1024


class EmbeddingScorer:
    """A model of the facts of products; it scores tails of a product that has none yet.

    Args:
        products: keys of the products.
        facts: for each relation, int64 [n, 2] with indexes of a product and of a tail, and the
            keys of the tails. A tail may be a product.
        config: settings of the model.
        device: `cpu`, `cuda` or `auto`.
        progress: callback that receives the current step.

    Raises:
        ConfigError: the model's settings contradict one another.
    """

    def __init__(
        self,
        products: Sequence[str],
        facts: Mapping[str, tuple[Ints, tuple[str, ...]]],
        config: KgeConfig,
        device: str = "auto",
        progress: Callable[[str], None] = lambda line: None,
    ) -> None:
        filled = {name: table for name, table in facts.items() if len(table[0])}
        keys = sorted({*products, *(key for _, tails in filled.values() for key in tails)})
        vocabulary = Vocabulary(tuple(keys), tuple(sorted(filled)))
        index, relation = vocabulary.entity_index, vocabulary.relation_index
        self._heads = np.array([index[key] for key in products], np.int64)
        triples = [np.empty((0, 3), np.int64)]
        for name, (pairs, tails) in sorted(filled.items()):
            places = np.array([index[key] for key in tails], np.int64)
            named = np.full(len(pairs), relation[name], np.int64)
            triples.append(np.stack([self._heads[pairs[:, 0]], named, places[pairs[:, 1]]], axis=1))
        data = TripleSet(vocabulary, np.concatenate(triples))
        progress(f"training {config.model} on {len(data):,} facts")
        self._model = train(data, None, config, device=device)

    def score(self, relation: str, tails: Sequence[str], rows: Ints) -> NDArray[np.float64]:
        """Return the probability of each tail for each product, among these tails.

        Args:
            relation: name of a relation in `facts`.
            tails: keys of the candidates.
            rows: indexes of the products, int64 [n].

        Returns:
            float64 [n, tails]; a row of zeros for a product without any fact.
        """
        model, vocabulary = self._model, self._model.vocabulary
        heads = self._heads[rows]
        scores = np.zeros((len(rows), len(tails)))
        if relation not in vocabulary.relation_index:
            return scores
        places = torch.tensor([vocabulary.entity_index[key] for key in tails])
        number = vocabulary.relation_index[relation]
        with torch.no_grad():
            candidates = model.model.entity[places]
            for start in range(0, len(rows), _HEADS_PER_BLOCK):
                block = torch.from_numpy(heads[start : start + _HEADS_PER_BLOCK])
                queries = model.model.queries(block, torch.full_like(block, number))
                found = torch.softmax(model.model.scores(queries, candidates), dim=1)
                scores[start : start + len(block)] = found.numpy()
        scores[~model.seen[heads]] = 0
        return scores
