"""KG-EASE: EASE whose Gram matrix also counts the facts that two items have in common.

A = XᵀX + Σ_r w_r·G_r + λI with G_r = F_r·F_rᵀ; P = A⁻¹; B_ij = −P_ij / P_jj (EASE: Steck 2019,
arXiv:1905.03375; items' side information as further rows of X: Jeunen, Van Balen, Goethals 2020,
"Closed-Form Models for Collaborative Filtering with Side-Information"). F_r are the facts of
relation r, each tail weighted by its inverse document frequency, each item's row of length one.

Two powers extend this, both 0 unless tuned: a weight of users by their number of interactions
(`interaction_gram`), and a scale of targets by their number of users, B_ij·(d_j + 1)^β: popular
products are bought more often than a ridge with one λ for all predicts. The regression takes it for
a fact that nobody wants a target without interactions, though it may only be new: a further factor
of its weights makes up for that, and its distance from one halves with each user. A scale
multiplies a column of B as a whole, so the parts of a weight keep their proportions.

Predicted facts are entries of F_r, too, with their confidence times a factor, which is 0 unless
chosen on validation. With S_r for the stated entries of F_r, a relation has the part S_r·S_rᵀ, and
what predicted facts add, Σ_r w_r·(F_r·F_rᵀ − S_r·S_rᵀ), is one part of its own.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import get_args

import numpy as np
import scipy.sparse as sp

from catalograph.embed.recommend.data import RecommendData, RelationFacts
from catalograph.embed.recommend.ease import (
    DTypeName,
    Ease,
    add_sparse,
    floor_pairs,
    interaction_gram,
    inverse_in_place,
)
from catalograph.embed.recommend.gram import Gram, GramDifference, GramSum, SparseGram, gram_of
from catalograph.embed.recommend.matrices import Csr, Floats, Ints
from catalograph.errors import ConfigError
from catalograph.schema.model_kinds import PREDICTED

__all__ = [
    "INTERACTIONS",
    "Grams",
    "KGEase",
    "KGEaseConfig",
    "count_pairs",
    "fact_features",
    "fact_lengths",
    "fit_kg_ease",
    "target_scale",
]

INTERACTIONS = "interactions"
"""Name of the part that is not a relation."""


@dataclass(frozen=True)
class KGEaseConfig:
    """Hyperparameters of KG-EASE.

    Raises:
        ConfigError: a number is negative, not finite or, for `lambda_`, zero.
    """

    lambda_: float = 200.0
    """Ridge λ, above 0, in units of squared interactions."""

    weights: Mapping[str, float] = field(default_factory=dict)
    """w_r by relation, at least 0; a relation without an entry has `other_weight`."""

    other_weight: float = 1.0
    """w_r of the relations that `weights` does not contain, at least 0."""

    dtype: DTypeName = "float32"
    """Precision of the inverse."""

    item_power: float = 0.0
    """β: weights of a target are multiplied by (d + 1)^β, where d is its entry on the diagonal of
    the interactions' Gram matrix; without `user_power`, d is the target's number of users."""

    cold_boost: float = 1.0
    """b: weights of a target are multiplied by 1 + (b − 1)·2^−d, with d as above; above 0."""

    user_power: float = 0.0
    """α: a user with n interactions has weight n^−α among the interactions, at least 0."""

    predicted: float = 0.0
    """Factor of the confidence of predicted facts, at least 0; 0 leaves them out."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lambda_) and self.lambda_ > 0):
            raise ConfigError(f"lambda_ is {self.lambda_}; expected a finite number above 0.")
        if not math.isfinite(self.item_power):
            raise ConfigError(f"item_power is {self.item_power}; expected a finite number.")
        if not (math.isfinite(self.cold_boost) and self.cold_boost > 0):
            raise ConfigError(f"cold_boost is {self.cold_boost}; expected a finite number above 0.")
        others = {
            "other_weight": self.other_weight,
            "user_power": self.user_power,
            "predicted": self.predicted,
        }
        for name, weight in {**self.weights, **others}.items():
            if not (math.isfinite(weight) and weight >= 0):
                raise ConfigError(f"Weight '{name}' is {weight}; expected a finite number from 0.")
        if self.dtype not in get_args(DTypeName):
            raise ConfigError(f"dtype is {self.dtype!r}; expected float32 or float64.")

    def weight(self, relation: str) -> float:
        """Return w_r of a relation."""
        return float(self.weights.get(relation, self.other_weight))


@dataclass(frozen=True)
class Grams:
    """The Gram matrices of a data set, computed once and used for any number of fits."""

    n_items: int
    interactions: Csr
    """XᵀX with weighted users, CSR [items, items]."""
    relations: Mapping[str, Gram]
    """G_r of the stated facts by relation, ordered by name."""
    predicted: Mapping[str, GramDifference] = field(default_factory=dict)
    """What predicted facts add to G_r, by relation."""
    shift: float = 0.0
    """Least λ for pairs of too few users to be left out of `interactions`; see `floor_pairs`."""

    @classmethod
    def of(
        cls,
        data: RecommendData,
        dtype: DTypeName = "float32",
        user_power: float = 0.0,
        predicted: float = 0.0,
    ) -> "Grams":
        """Compute the matrices of `data` in a precision; relations without a fact are left out."""
        relations: dict[str, Gram] = {}
        added: dict[str, GramDifference] = {}
        for name in sorted(data.relations):
            relation = data.relations[name]
            if not relation.facts.nnz:
                continue
            features = fact_features(relation, dtype, predicted)
            relations[name] = gram_of(features)
            if predicted and relation.predicted is not None:
                whole = relations[name]
                relations[name] = gram_of(_select_stated(features, relation))
                added[name] = GramDifference(whole, relations[name])
        gram, shift = count_pairs(data, user_power), 0.0
        if data.pair_floor > 1:
            counts = count_pairs(data) if user_power else gram
            gram, shift = floor_pairs(gram, counts, data.pair_floor)
        return cls(data.n_items, gram, relations, added, shift)

    def parts(self, config: KGEaseConfig) -> dict[str, tuple[Gram, float]]:
        """Return the used parts of A: Gram matrix and weight, interactions first."""
        parts: dict[str, tuple[Gram, float]] = {INTERACTIONS: (SparseGram(self.interactions), 1.0)}
        for name, gram in self.relations.items():
            if config.weight(name) > 0:
                parts[name] = (gram, config.weight(name))
        terms = [
            (gram, config.weight(name))
            for name, gram in self.predicted.items()
            if config.weight(name) > 0
        ]
        if terms:
            parts[PREDICTED] = (GramSum(terms), 1.0)
        return parts


@dataclass(frozen=True)
class KGEase(Ease):
    """A fitted KG-EASE: its inverse and the inputs of the inverse."""

    config: KGEaseConfig
    grams: Grams
    factors: Floats | None = None
    """float [items]: a further factor of each target's weights, see `trend`; None for 1."""

    @property
    def interactions(self) -> Csr:
        """Return the Gram matrix of the interactions, users weighted; CSR [items, items]."""
        return self.grams.interactions

    @property
    def parts(self) -> dict[str, tuple[Gram, float]]:
        """Return the parts of A: Gram matrix and weight by name, interactions first."""
        return self.grams.parts(self.config)

    @cached_property
    def scale(self) -> Floats:
        """Return the factor of each target's weights, float [items]."""
        scale = target_scale(self.grams.interactions.diagonal(), self.config)
        return (scale if self.factors is None else scale * self.factors).astype(self.P.dtype)

    def rescale(self, factors: Floats) -> "KGEase":
        """Return the model with a further factor of each target's weights, float [items]."""
        return replace(self, factors=factors)

    @property
    def weights(self) -> Floats:
        """Return B as a new array, scaled: float [items, items]."""
        return super().weights * self.scale

    def weights_of(self, start: int, stop: int) -> Floats:
        """Return B[start:stop], scaled: float [stop − start, items]."""
        return super().weights_of(start, stop) * self.scale

    def score(self, rows: Csr) -> Floats:
        """Score all items: rows·B; float [users, items]."""
        scores = super().score(rows)
        scores *= self.scale
        return scores


def count_pairs(data: RecommendData, user_power: float = 0.0) -> Csr:
    """Return the Gram matrix of the interactions, with further users; CSR [items, items].

    Args:
        data: interactions of users, and counts of further ones, each of whom has the weight one.
        user_power: exponent of the weights of the users in `train`, as in `interaction_gram`.
    """
    gram = interaction_gram(data.train, user_power)
    if data.others is None:
        return gram
    return sp.csr_array(gram + data.others.astype(gram.dtype))


def target_scale(degrees: Floats | Ints, config: KGEaseConfig) -> Floats:
    """Return the factor of each target's weights; float64 [items].

    Args:
        degrees: float [items], the diagonal of the interactions' Gram matrix.
        config: configuration with the power and the boost.
    """
    degrees = degrees.astype(np.float64)
    boost = 1.0 + (config.cold_boost - 1.0) * np.exp2(-degrees)
    scale: Floats = (degrees + 1.0) ** config.item_power * boost
    return scale


def fit_kg_ease(
    data: RecommendData, config: KGEaseConfig | None = None, *, grams: Grams | None = None
) -> KGEase:
    """Fit KG-EASE in closed form; the result is deterministic.

    Args:
        data: interactions and facts; either may be empty.
        config: weights and precision.
        grams: `Grams.of(data, config.dtype, config.user_power, config.predicted)` if available,
            to avoid computing it again.

    Raises:
        EmbedError: the matrix is not positive definite in this precision.
    """
    config = config or KGEaseConfig()
    grams = grams or Grams.of(data, config.dtype, config.user_power, config.predicted)
    A = np.zeros((grams.n_items, grams.n_items), dtype=config.dtype)
    add_sparse(A, grams.interactions)
    for name, (gram, weight) in grams.parts(config).items():
        if name != INTERACTIONS:
            gram.add_to(A, weight)
    np.einsum("ii->i", A)[:] += max(config.lambda_, grams.shift)
    return KGEase(inverse_in_place(A), config, grams)


def fact_features(
    relation: RelationFacts, dtype: DTypeName = "float32", predicted: float = 0.0
) -> Csr:
    """Return F of a relation: IDF-weighted, every row of length one or zero.

    An item that others have as a tail counts that tail as its own, too. It then shares that tail
    with the items that have it, so that the direct edge counts and not only common tails. The
    inverse document frequency is ln((n + 1) / (df + 1)) for n items.

    Args:
        relation: stated and predicted facts.
        dtype: precision.
        predicted: factor of the confidences of predicted facts; 0 leaves them out.

    Returns:
        CSR [items, tails] of `dtype`.
    """
    F = _weighted_facts(relation, dtype, predicted)
    lengths = _lengths(F)
    F.data /= np.repeat(lengths, np.diff(F.indptr))
    return F


def fact_lengths(
    relation: RelationFacts, dtype: DTypeName = "float32", predicted: float = 0.0
) -> Floats:
    """Return the length of each row of F before normalisation; float [items]."""
    return _lengths(_weighted_facts(relation, dtype, predicted))


def _select_stated(features: Csr, relation: RelationFacts) -> Csr:
    """Return the entries of F that are no predictions; CSR [items, tails]."""
    stated = sp.csr_array(features.multiply(relation.facts.astype(bool)))
    stated.eliminate_zeros()
    return stated


def _weighted_facts(relation: RelationFacts, dtype: DTypeName, predicted: float) -> Csr:
    F: Csr = sp.csr_array(relation.facts.astype(dtype))
    n = F.shape[0]
    if relation.tail_items is not None:
        F = sp.csr_array(F + _own_tails(relation.tail_items, F))
        # An item that has itself as a tail was counted twice by the sum.
        F.data[:] = 1.0
    degrees = np.bincount(F.indices, minlength=F.shape[1])
    if predicted and relation.predicted is not None:
        F = sp.csr_array(F + relation.predicted.astype(dtype) * F.dtype.type(predicted))
    idf = np.log((n + 1) / (degrees + 1)).astype(dtype)
    F.data *= idf[F.indices]
    # A tail that all items have has an IDF of zero.
    F.eliminate_zeros()
    return F


def _lengths(F: Csr) -> Floats:
    lengths: Floats = np.sqrt(np.asarray(F.multiply(F).sum(axis=1)).ravel())
    return lengths


def _own_tails(tail_items: Ints, F: Csr) -> Csr:
    """Return, for each item that others have as a tail, the fact that it is that tail itself."""
    named = np.bincount(F.indices, minlength=F.shape[1]) > 0
    tails = np.flatnonzero((tail_items >= 0) & named)
    return sp.csr_array((np.ones(len(tails), F.dtype), (tail_items[tails], tails)), shape=F.shape)
