"""The loss of predicting interactions."""

import torch
from torch import Tensor
from torch.nn import functional

from catalograph.embed.graph.batches import PairBatch

__all__ = ["softmax_loss"]


def softmax_loss(users: Tensor, items: Tensor, batch: PairBatch, temperature: float) -> Tensor:
    """Cross-entropy of a user's items among the pool of a batch, by cosine over temperature.

    The sampled softmax loss (Wu et al. 2022, arXiv:2201.02327), with the correction for items
    that are in the pool more often than others (Bengio and Senécal 2008). When the pool is the
    whole catalogue it is the full softmax.

    Args:
        users: float [users, d].
        items: float [pool, d].
        batch: the pairs to predict, and how likely the items of the pool were to be in it.
        temperature: what cosines are divided by.

    Returns:
        The mean over the pairs; 0 without any.
    """
    likely = torch.from_numpy(batch.log_chance).to(items)
    scores = functional.normalize(users, dim=1) @ functional.normalize(items, dim=1).T
    logits = scores / temperature - likely
    rows = torch.from_numpy(batch.rows).to(items.device)
    columns = torch.from_numpy(batch.columns).to(items.device)
    missed = logits.logsumexp(dim=1)[rows] - logits[rows, columns]
    return missed.sum() / max(1, len(rows))
