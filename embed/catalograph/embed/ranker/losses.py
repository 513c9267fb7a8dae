"""Training losses. Scores are float [n] of one query's candidates, unless stated otherwise."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def pointwise(scores: Tensor, ratings: Tensor, best: float) -> Tensor:
    """Return binary cross-entropy of each pair's score against rating / best, a scalar."""
    return nn.functional.binary_cross_entropy_with_logits(scores, ratings / best)


def in_batch(scores: Tensor, ratings: Tensor, sizes: Sequence[int]) -> Tensor:
    """Return cross-entropy over the candidates that a query has in the batch (Cao et al. 2007).

    The target distribution is proportional to the gain, 2^rating - 1; a query without a relevant
    candidate contributes nothing.

    Args:
        scores: float [n], the candidates of the queries, concatenated.
        ratings: float [n].
        sizes: number of candidates of each query, n in total.

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
    """Return cross-entropy of the student's softmax with the teacher's, both over T, a scalar.

    The factor T² keeps the gradient's size independent of the temperature (Hinton et al. 2015).
    """
    aim = (teacher / temperature).softmax(0)
    loss: Tensor = -(aim * (student / temperature).log_softmax(0)).sum() * temperature**2
    return loss


def triples(scores: Tensor, ratings: Tensor, margin: float) -> Tensor:
    """Return the mean of [margin - (better - worse)]₊ over triples of query, better, worse product.

    Returns:
        A scalar; 0 if all candidates are equally good.
    """
    better = ratings[:, None] > ratings[None, :]
    if not better.any():
        return scores.sum() * 0
    short: Tensor = (margin - (scores[:, None] - scores[None, :])).clamp_min(0)
    loss: Tensor = short[better].mean()
    return loss
