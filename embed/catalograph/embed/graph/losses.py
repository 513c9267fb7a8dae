"""The loss of predicting interactions."""

import torch
from torch import Tensor
from torch.nn import functional

from catalograph.embed.graph.batches import PairBatch

__all__ = ["softmax_loss"]


def softmax_loss(users: Tensor, items: Tensor, batch: PairBatch, temperature: float) -> Tensor:
    """Return cross-entropy of a user's items among the batch's pool, by cosine over temperature.

    This is the sampled softmax loss (Wu et al. 2022, arXiv:2201.02327), corrected for items that
    are in the pool more often than others (Bengio and Senécal 2008). If the pool is the whole
    catalogue it is the full softmax.

    Args:
        users: float [users, d].
        items: float [pool, d].
        batch: pairs to predict, and the probability of each item of being in the pool.
        temperature: divisor of the cosines.

    Returns:
        The mean over the pairs; 0 without pairs.
    """
    likely = torch.from_numpy(batch.log_chance).to(items)
    scores = functional.normalize(users, dim=1) @ functional.normalize(items, dim=1).T
    logits = scores / temperature - likely
    rows = torch.from_numpy(batch.rows).to(items.device)
    columns = torch.from_numpy(batch.columns).to(items.device)
    missed = logits.logsumexp(dim=1)[rows] - logits[rows, columns]
    return missed.sum() / max(1, len(rows))
