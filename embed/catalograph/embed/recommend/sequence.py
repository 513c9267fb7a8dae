"""Item-item weights directed from past to future, in closed form, with facts.

SLIST (Choi et al. 2021, "Session-aware Linear Item-Item Models for Session-based Recommendation",
arXiv:2103.16104) splits each sequence at every place into a past and a future and regresses the
future on the past: the rows of S are the pasts, those of T the futures; entries fade with the
distance from the split. Here this is stacked on EASE with facts (see `kgease`), with one zero
diagonal, so that order, co-occurrence and facts are weighted in one regression:

    minimise  a‖X − XB‖² + d‖T − SB‖² + Σ_r w_r‖F_rᵀ − F_rᵀB‖² + λ‖B‖²,  diag(B) = 0.

With A = a·XᵀX + d·SᵀS + Σ_r w_r·F_r·F_rᵀ + λI, P = A⁻¹ and M = d·P·(SᵀT − SᵀS):

    B_ij = M_ij − P_ij · (1 + M_jj) / P_jj  for i ≠ j,

which is KG-EASE for d = 0 and SLIST's directed half for a = w_r = 0.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from catalograph.embed.recommend.data import RelationFacts
from catalograph.embed.recommend.ease import add_sparse, interaction_gram, inverse_in_place
from catalograph.embed.recommend.gram import gram_of
from catalograph.embed.recommend.kgease import KGEaseConfig, fact_features
from catalograph.embed.recommend.matrices import Csr, Floats, Ints, row_of_entry
from catalograph.embed.recommend.recency import number_visits
from catalograph.errors import ConfigError

__all__ = ["SequenceConfig", "SequenceModel", "Sequences", "fit_sequence", "histories", "splits"]

_SPAN = 64
"""Maximum number of items on either side of a split."""


@dataclass(frozen=True)
class Sequences:
    """Items of each user's interactions, ordered by time."""

    items: Ints
    """int [m]: items, one user after another, each user's oldest first."""
    indptr: Ints
    """int [users + 1]: the items of user u are `items[indptr[u]:indptr[u + 1]]`."""
    n_items: int
    """Number of items."""
    visits: Ints | None = None
    """int [m]: number of each entry's visit within its user, from 0, never falling; entries of one
    visit have no order among each other. None where each entry is a visit of its own."""

    @classmethod
    def of_events(cls, train: Csr, times: Ints) -> "Sequences":
        """Order interactions by time; those at one time are one visit.

        Args:
            train: 0/1 matrix [users, items].
            times: int64 [entries of train], in seconds; −1 for none, which counts as the user's
                oldest.
        """
        visits = number_visits(train, times)
        order = np.lexsort((visits, row_of_entry(train)))
        return cls(train.indices[order], train.indptr, train.shape[1], visits[order])

    @property
    def n_users(self) -> int:
        """Number of users."""
        return len(self.indptr) - 1

    def without_last(self, count: int = 1) -> "Sequences":
        """Leave out the last `count` items of each user; short sequences become empty."""
        lengths = np.diff(self.indptr)
        ages = self.ages
        kept = ages > count
        ends = np.concatenate([[0], np.cumsum(np.maximum(0, lengths - count))])
        visits = None if self.visits is None else self.visits[kept]
        return Sequences(self.items[kept], ends, self.n_items, visits)

    def last_items(self, back: int = 1) -> Csr:
        """Return each user's last item, or the one `back` places from the end; 0/1 matrix."""
        found = self.ages == back
        ones = np.ones(int(found.sum()), dtype=np.float32)
        places = (self.users[found], self.items[found])
        return sp.csr_array((ones, places), shape=(self.n_users, self.n_items))

    @property
    def users(self) -> Ints:
        """Return the user of each entry of `items`."""
        return np.repeat(np.arange(self.n_users), np.diff(self.indptr))

    @property
    def ages(self) -> Ints:
        """Return each entry's position from the end of its sequence, 1 for the last."""
        return np.repeat(self.indptr[1:], np.diff(self.indptr)) - np.arange(len(self.items))

    @property
    def places(self) -> Ints:
        """Return each entry's visit, from 0 for the user's first."""
        if self.visits is not None:
            return self.visits
        return np.arange(len(self.items)) - np.repeat(self.indptr[:-1], np.diff(self.indptr))


@dataclass(frozen=True)
class SequenceConfig:
    """Hyperparameters of a sequence model; decays are in places, infinite for none.

    Raises:
        ConfigError: a number is negative or a decay is not above 0.
    """

    base: KGEaseConfig = field(default_factory=lambda: KGEaseConfig(lambda_=100.0))
    """λ, weights of the relations and precision; its powers are ignored."""
    undirected: float = 0.5
    """a: weight of co-occurrence within a user, in any order; at least 0."""
    directed: float = 1.0
    """d: weight of the order of items; at least 0."""
    past_decay: float = 2.0
    """Decay of the past: an item n places before the split counts e^(−n / past_decay)."""
    future_decay: float = 1.0
    """Decay of the future: an item n places after its first one counts e^(−n / future_decay)."""
    history_decay: float = 2.5
    """Decay in scoring: an item n places before the last one counts e^(−n / history_decay)."""

    def __post_init__(self) -> None:
        for name in ("undirected", "directed"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                raise ConfigError(f"{name} is {getattr(self, name)}; expected a number from 0.")
        for name in ("past_decay", "future_decay", "history_decay"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name} is {getattr(self, name)}; expected a number above 0.")


@dataclass(frozen=True)
class SequenceModel:
    """Fitted item-item weights."""

    weights: Floats
    """B [items, items]: rows are sources, columns targets, diagonal zero."""

    def score(self, rows: Csr) -> Floats:
        """Score all items: rows·B; `rows` are histories as returned by `histories`."""
        scores: Floats = rows.astype(self.weights.dtype) @ self.weights
        return scores


def histories(sequences: Sequences, decay: float = math.inf) -> Csr:
    """Return the history of each user: float32 [users, items], 1 for the last visit.

    For an item that occurs more than once, the latest time counts.
    """
    users, places = sequences.users, sequences.places
    pairs = users * sequences.n_items + sequences.items
    order = np.lexsort((places, pairs))  # within a pair, the oldest first
    latest = order[np.diff(pairs[order], append=-1) != 0]
    newest = places[sequences.indptr[users[latest] + 1] - 1]
    weights = np.exp((places[latest] - newest) / decay).astype(np.float32)
    entries = (users[latest], sequences.items[latest])
    return sp.csr_array((weights, entries), shape=(sequences.n_users, sequences.n_items))


def splits(sequences: Sequences, past_decay: float, future_decay: float) -> tuple[Csr, Csr]:
    """Split every sequence at every place between two visits.

    At most `_SPAN` items on either side of a split count: those further away have faded.

    Returns:
        S and T, float32 [splits, items]: the pasts and the futures; an item that occurs twice in a
        past or a future counts both times.
    """
    users, places = sequences.users, sequences.places
    new_visit = (np.diff(users, prepend=-1) == 0) & (np.diff(places, prepend=0) > 0)
    cuts = np.flatnonzero(new_visit)  # each split's first entry of the future
    owner = users[cuts]
    past = np.minimum(cuts - sequences.indptr[owner], _SPAN)
    future = np.minimum(sequences.indptr[owner + 1] - cuts, _SPAN)
    S = _spans(sequences, cuts - past, past, places[cuts] - 1, past_decay)
    T = _spans(sequences, cuts, future, places[cuts], future_decay)
    return S, T


def _spans(sequences: Sequences, starts: Ints, lengths: Ints, anchors: Ints, decay: float) -> Csr:
    """Return spans of entries as rows, which fade with the distance of their visit from a place."""
    ends = np.concatenate([[0], np.cumsum(lengths)])
    entry = np.repeat(starts - ends[:-1], lengths) + np.arange(ends[-1])
    away = np.abs(sequences.places[entry] - np.repeat(anchors, lengths))
    weights = np.exp(-away / decay).astype(np.float32)
    return sp.csr_array(
        (weights, sequences.items[entry], ends), shape=(len(lengths), sequences.n_items)
    )


def fit_sequence(
    sequences: Sequences,
    relations: Mapping[str, RelationFacts] | None = None,
    config: SequenceConfig | None = None,
) -> SequenceModel:
    """Fit a sequence model in closed form; the result is deterministic.

    Args:
        sequences: training sequences.
        relations: facts about the items.
        config: weights and decays.

    Raises:
        EmbedError: the matrix is not positive definite in this precision.
    """
    config = config or SequenceConfig()
    base = config.base
    A = np.zeros((sequences.n_items, sequences.n_items), dtype=base.dtype)
    if config.undirected:
        seen = histories(sequences)
        add_sparse(A, interaction_gram(seen) * np.float32(config.undirected))
    for name, relation in (relations or {}).items():
        if relation.facts.nnz and base.weight(name) > 0:
            gram_of(fact_features(relation, base.dtype)).add_to(A, base.weight(name))
    S, T = splits(sequences, config.past_decay, config.future_decay)
    before = sp.csr_array(S.T @ S) * np.float32(config.directed)
    turn = sp.csr_array(S.T @ T) * np.float32(config.directed) - before  # d·(SᵀT − SᵀS)
    add_sparse(A, sp.csr_array(before))
    np.einsum("ii->i", A)[:] += base.lambda_
    return SequenceModel(_weights(inverse_in_place(A), sp.csr_array(turn)))


def _weights(P: Floats, turn: Csr) -> Floats:
    """Return B from the inverse and d·(SᵀT − SᵀS)."""
    B: Floats = np.ascontiguousarray((sp.csr_array(turn.T) @ P).T)  # P is symmetric: M = P·turn
    B -= P * ((1.0 + np.diag(B)) / np.diag(P))
    np.fill_diagonal(B, 0.0)
    return B
