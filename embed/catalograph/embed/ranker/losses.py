"""What training makes small. Scores are float [n] of one query's candidates, unless said."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def pointwise(scores: Tensor, ratings: Tensor, best: float) -> Tensor:
    """Binary cross-entropy of each pair's score against rating / best, a scalar."""
    return nn.functional.binary_cross_entropy_with_logits(scores, ratings / best)


def in_batch(scores: Tensor, ratings: Tensor, sizes: Sequence[int]) -> Tensor:
    """Cross-entropy over the candidates that a query has in the batch (Cao et al. 2007).

    The aim is to share the probability by gain, 2^rating - 1; a query without a useful candidate
    teaches nothing.

    Args:
        scores: float [n], the queries' candidates after one another.
        ratings: float [n].
        sizes: candidates of each query, together n.

    Returns:
        Mean over the queries, a scalar.
    """
    losses = []
    parts = zip(torch.split(scores, list(sizes)), torch.split(ratings, list(sizes)), strict=True)
    for own, rated in parts:
        gains = torch.exp2(rated) - 1
        if gains.sum() > 0:
            losses.append(-(gains / gains.sum() * own.log_softmax(0)).sum())
    return torch.stack(losses).mean() if losses else scores.sum() * 0


def outputs(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """Cross-entropy of the student's softmax against the teacher's, both over T, a scalar.

    T² keeps the gradient's size whatever the temperature (Hinton et al. 2015).
    """
    aim = (teacher / temperature).softmax(0)
    loss: Tensor = -(aim * (student / temperature).log_softmax(0)).sum() * temperature**2
    return loss


def triples(scores: Tensor, ratings: Tensor, margin: float) -> Tensor:
    """Mean of [margin - (better - worse)]₊ over all triples of query, better and worse product.

    Returns:
        A scalar; 0 where all candidates are equally good.
    """
    better = ratings[:, None] > ratings[None, :]
    if not better.any():
        return scores.sum() * 0
    short: Tensor = (margin - (scores[:, None] - scores[None, :])).clamp_min(0)
    loss: Tensor = short[better].mean()
    return loss
