"""Features that need no training: words, meaning, and the meaning of graph neighbours."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from catalograph.embed.ranker.graph import ProductGraph
from catalograph.embed.ranker.lexical import Bm25
from catalograph.embed.recommend.matrices import Floats, Ints
from catalograph.ml.checkpoints import write_atomically
from catalograph.ml.torch_precision import has_bfloat16
from catalograph.schema import TextEncoder

FEATURES = ("cosine", "bm25", "coverage", "neighbours")
"""Names of the columns; the last one exists only with a graph."""
_RANK_DAMPING = 60
"""Constant of reciprocal rank fusion, as in the paper."""
_TINY = 1e-9


@dataclass(frozen=True)
class QueryFeatures:
    """A query and its features for each product.

    Attributes:
        text: text of the query.
        vector: float32 [dimension], embedding of the query, of length one.
        features: float32 [products, features], each about 0 to 1; see `FEATURES`.
    """

    text: str
    vector: NDArray[np.float32]
    features: NDArray[np.float32]


@dataclass(frozen=True)
class BaselineFeatures:
    """Computes the features of any query for all products.

    Attributes:
        encoder: encoder of queries; the same one that made `vectors`.
        bm25: BM25 index of the products' texts.
        vectors: float32 [products, dimension], of length one.
        around: mean vector of each product's neighbours; None without a graph.
    """

    encoder: TextEncoder
    bm25: Bm25
    vectors: NDArray[np.float32]
    around: NDArray[np.float32] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features."""
        return FEATURES if self.around is not None else FEATURES[:-1]

    def with_graph(self, graph: ProductGraph | None) -> "BaselineFeatures":
        """Return the same features with the neighbours of a graph, or without any."""
        around = None if graph is None else graph.mean_of_neighbours(self.vectors)
        return replace(self, around=around)

    def ask(self, query: str) -> QueryFeatures:
        """Compute the features of every product for a query.

        They are: cosine of query and product; BM25 relative to the best product's; share of the
        query's words that the product has; cosine with the mean of the neighbours.
        """
        vector = self.encoder.encode_queries([query])[0]
        lexical = self.bm25.scores(query)
        columns = [
            self.vectors @ vector,
            lexical / max(_TINY, float(lexical.max())),
            self.bm25.coverage(query),
        ]
        if self.around is not None:
            columns.append(self.around @ vector)
        return QueryFeatures(query, vector, np.stack(columns, axis=1).astype(np.float32))


def candidates(features: Floats, k: int) -> Ints:
    """Return the k best by reciprocal rank fusion of cosine and BM25 (Cormack et al. 2009).

    Returns:
        int64 [k], best first.
    """
    fused = sum(1 / (_RANK_DAMPING + _ranks(features[:, column])) for column in (0, 1))
    best: Ints = np.argsort(-np.asarray(fused), kind="stable")[:k]
    return best


def text_vectors(encoder: TextEncoder, texts: Sequence[str]) -> NDArray[np.float32]:
    """Encode texts, in bfloat16 if the processor supports it; float32 [n, dimension]."""
    with torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16()):
        return encoder.encode_documents(texts)


def cached_text_vectors(
    encoder: TextEncoder, texts: Sequence[str], folder: Path | None
) -> NDArray[np.float32]:
    """Encode texts like `text_vectors`, with a cache in a folder under the hash of the texts."""
    if folder is None:
        return text_vectors(encoder, texts)
    told = hashlib.blake2b("\0".join(texts).encode(), digest_size=8).hexdigest()
    path = folder / f"vectors-{told}-{encoder.dimension}.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        vectors = text_vectors(encoder, texts)
        with write_atomically(path) as stream:
            np.save(stream, vectors)
    kept: NDArray[np.float32] = np.load(path)
    return kept


def _ranks(scores: Floats) -> Ints:
    ranks = np.empty(len(scores), np.int64)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    return ranks
