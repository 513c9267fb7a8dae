"""Filtered ranks of held-out triples, for heads and tails, over all entities."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from catalograph.embed.kge.models import KgeModel
from catalograph.embed.kge.queries import Queries
from catalograph.embed.kge.trained_model import TrainedKge
from catalograph.embed.kge.triples import HEAD, RELATION, TAIL, Ints, TripleSet

_BLOCK = 1 << 24
"""Maximum number of scores computed at a time."""


@dataclass(frozen=True)
class LinkMetrics:
    """Means over the ranks of both directions, as fractions.

    A rank counts the other entities with a higher score, except known answers, and half of those
    with an equal score.
    """

    mrr: float
    """Mean of 1 / rank."""
    hits_1: float
    hits_3: float
    hits_10: float
    mrr_seen: float | None
    """MRR of the triples whose head and tail both occur in training; None if there is none."""
    n: int
    """Number of triples."""
    n_seen: int
    """Number of triples in `mrr_seen`."""

    def as_dict(self) -> dict[str, float]:
        """Return the means by their usual names; without `mrr_seen` if there is none."""
        found = {
            "mrr": self.mrr,
            "hits@1": self.hits_1,
            "hits@3": self.hits_3,
            "hits@10": self.hits_10,
        }
        return found if self.mrr_seen is None else {**found, "mrr_seen": self.mrr_seen}


def evaluate_link(model: TrainedKge, test: TripleSet, known: TripleSet) -> LinkMetrics:
    """Rank the tail of each test triple, and its head, among all entities.

    Args:
        model: model trained over the vocabulary of `test`.
        test: test triples; all count, including those with entities unseen in training.
        known: facts to filter from the ranking, except the ranked one; train, valid and test.
    """
    ranks = filtered_ranks(model.model, test, known)
    heads, tails = test.triples[:, HEAD], test.triples[:, TAIL]
    return _metrics(ranks, model.seen[heads] & model.seen[tails])


def filtered_ranks(model: KgeModel, test: TripleSet, known: TripleSet) -> NDArray[np.float64]:
    """Return the average tie rank of each tail and then of each head, [2n], from 1."""
    answers = Queries.of(np.unique(known.both_ways(), axis=0), grouped=True)
    triples = test.both_ways()
    # Group triples of one query, so that it is scored once per block.
    order = np.lexsort((triples[:, RELATION], triples[:, HEAD]))
    ranks = np.empty(len(triples))
    step = max(1, _BLOCK // len(test.vocabulary.entities))
    with torch.no_grad():
        for start in range(0, len(order), step):
            rows = order[start : start + step]
            ranks[rows] = _ranks(model, triples[rows], answers)
    return ranks


def _ranks(model: KgeModel, triples: Ints, known: Queries) -> NDArray[np.float64]:
    device = model.entity.device
    distinct, place = np.unique(triples[:, [HEAD, RELATION]], axis=0, return_inverse=True)
    heads, relations = torch.from_numpy(distinct.T.copy()).to(device)
    # A NaN score must not win because it compares as neither higher nor lower.
    scores = model.scores(model.queries(heads, relations), model.entity).nan_to_num(-torch.inf)
    row = torch.from_numpy(place.ravel()).to(device)
    own = scores[row, torch.from_numpy(triples[:, TAIL]).to(device)]
    every = scores[row]
    higher = (every > own.unsqueeze(1)).sum(1)
    same = (every == own.unsqueeze(1)).sum(1)
    which, others = (torch.from_numpy(x).to(device) for x in _other_answers(triples, known))
    theirs = scores[row[which], others]
    higher -= torch.bincount(which[theirs > own[which]], minlength=len(row))
    same -= torch.bincount(which[theirs == own[which]], minlength=len(row))
    return (1 + higher + (same - 1) / 2).double().cpu().numpy()


def _other_answers(triples: Ints, known: Queries) -> tuple[Ints, Ints]:
    """Return known answers besides the ranked tail: row in `triples` and entity of each."""
    found = known.find(triples[:, HEAD], triples[:, RELATION])
    asked = np.flatnonzero(found >= 0)
    place, answers = known.take(found[asked])
    rows = asked[place]
    others = answers != triples[rows, TAIL]
    return rows[others], answers[others]


def _metrics(ranks: NDArray[np.float64], seen: NDArray[np.bool_]) -> LinkMetrics:
    reciprocal = 1 / ranks
    both = np.concatenate([seen, seen])
    return LinkMetrics(
        mrr=float(reciprocal.mean()),
        hits_1=float((ranks <= 1).mean()),
        hits_3=float((ranks <= 3).mean()),
        hits_10=float((ranks <= 10).mean()),
        mrr_seen=float(reciprocal[both].mean()) if both.any() else None,
        n=len(seen),
        n_seen=int(seen.sum()),
    )
