"""Models that score the features of candidates: a weighted sum, and an ensemble of trees."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import ConfigError

Floats = NDArray[np.float64]
Arrays = Mapping[str, NDArray[Any]]


class FeatureModel(Protocol):
    """Scores rows of features."""

    @property
    def arrays(self) -> Arrays:
        """Parameters, from which `load_model` makes it again."""

    def score(self, features: Floats) -> Floats:
        """Return the scores of rows, float64 [n], of features, float64 [n, f]."""


@dataclass(frozen=True)
class LinearModel:
    """A weighted sum of features.

    Attributes:
        weights: float64 [f].
    """

    weights: Floats

    @property
    def arrays(self) -> Arrays:
        """The weights."""
        return {"weights": self.weights}

    def score(self, features: Floats) -> Floats:
        """Return the weighted sum of each row."""
        scores: Floats = features @ self.weights
        return scores


@dataclass(frozen=True)
class TreeEnsemble:
    """A sum of regression trees with inner nodes of the form `feature <= threshold`.

    Each array has one row a tree and one column a node; node 0 is the root, and a leaf is its own
    child on both sides.

    Attributes:
        features: int16 [t, n], feature of each inner node.
        thresholds: float64 [t, n].
        left: int16 [t, n], child where the condition holds.
        right: int16 [t, n], child where it does not.
        values: float64 [t, n], value of each leaf.
        depth: length of the longest path.
    """

    features: NDArray[np.int16]
    thresholds: Floats
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    values: Floats
    depth: int

    @property
    def arrays(self) -> Arrays:
        """All arrays."""
        return {
            "features": self.features,
            "thresholds": self.thresholds,
            "left": self.left,
            "right": self.right,
            "values": self.values,
            "depth": np.array(self.depth),
        }

    def score(self, features: Floats) -> Floats:
        """Return the sum of the leaves that each row falls into."""
        rows = np.arange(len(features))[:, None]
        trees = np.arange(len(self.values))[None, :]
        nodes = np.zeros((len(features), len(self.values)), np.int16)
        for _ in range(self.depth):
            met = features[rows, self.features[trees, nodes]] <= self.thresholds[trees, nodes]
            nodes = np.where(met, self.left[trees, nodes], self.right[trees, nodes])
        scores: Floats = self.values[trees, nodes].sum(axis=1)
        return scores


def load_model(kind: str, arrays: Arrays) -> FeatureModel:
    """Return the model of this kind that has these parameters.

    Raises:
        ConfigError: there is no such kind.
    """
    if kind == "linear":
        return LinearModel(arrays["weights"])
    if kind == "trees":
        named = {name: array for name, array in arrays.items() if name != "depth"}
        return TreeEnsemble(**named, depth=int(arrays["depth"]))
    raise ConfigError(f"There is no ranking model '{kind}'; expected linear or trees.")


@dataclass(frozen=True)
class StudentTowers:
    """The student of the text ranker: a tower for queries, and finished vectors of products.

    The query tower adjusts a vector x to x + U·gelu(D·x + d) + u, of length one; a product's score
    is its cosine with the query.

    Attributes:
        keys: keys of the products, sorted.
        vectors: float16 [n, width], of length one.
        down: float32 [hidden, width], D.
        down_bias: float32 [hidden], d.
        up: float32 [width, hidden], U.
        up_bias: float32 [width], u.
    """

    keys: NDArray[np.str_]
    vectors: NDArray[np.float16]
    down: NDArray[np.float32]
    down_bias: NDArray[np.float32]
    up: NDArray[np.float32]
    up_bias: NDArray[np.float32]

    @property
    def arrays(self) -> Arrays:
        """All arrays."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def score(self, vector: Any, keys: list[str]) -> Floats:
        """Return the cosine of a query, by its text vector, with products; 0 for unknown ones."""
        scores = np.zeros(len(keys))
        if vector is None or len(vector) != self.down.shape[1]:
            return scores
        asked = np.asarray(vector, np.float32)
        hidden = self.down @ asked + self.down_bias
        moved = asked + self.up @ _gelu(hidden) + self.up_bias
        moved /= np.linalg.norm(moved)
        places = np.searchsorted(self.keys, keys).clip(max=len(self.keys) - 1)
        known = self.keys[places] == np.array(keys)
        scores[known] = self.vectors[places[known]].astype(np.float32) @ moved
        return scores


def _gelu(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return x·Φ(x), as torch computes it; the error function by Abramowitz and Stegun 7.1.26."""
    x = np.abs(values) / np.sqrt(2.0)
    t = 1 / (1 + 0.3275911 * x)
    series = t * (
        0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))
    )
    erf = np.sign(values) * (1 - series * np.exp(-x * x))
    made: NDArray[np.float32] = (values * (1 + erf) / 2).astype(np.float32)
    return made
