"""The measure of a ranking with graded judgements."""

from collections.abc import Mapping

import numpy as np

from catalograph.embed.recommend.matrices import Floats, Ints


def graded_ndcg(rows: Ints, scores: Floats, ratings: Mapping[int, float], k: int = 10) -> float:
    """NDCG@k with gain 2^rating - 1 (Burges et al. 2005); what is not judged has rating 0.

    Args:
        rows: int [n]: products that were ranked.
        scores: float [n]: of each; equal ones stay in the order of `rows`.
        ratings: of the judged products, at least one above 0; the ideal list holds the best of
            them, whether ranked or not.
        k: places that count.
    """
    order = rows[np.argsort(-scores, kind="stable")][:k]
    found = np.array([ratings.get(int(row), 0.0) for row in order])
    ideal = np.sort(np.fromiter(ratings.values(), np.float64, len(ratings)))[::-1][:k]
    return _dcg(found) / _dcg(ideal)


def _dcg(ratings: Floats) -> float:
    return float(((2.0**ratings - 1) / np.log2(np.arange(len(ratings)) + 2)).sum())
