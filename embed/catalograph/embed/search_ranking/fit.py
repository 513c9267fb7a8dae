"""Fits the models of the second stage: a weighted sum, and LambdaMART.

Responses count by the inverse propensity of their place (Joachims, Swaminathan and Schnabel, WSDM
2017), so a model learns what shoppers prefer and not what was shown on top.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from catalograph.embed.search_ranking.lists import StackedLists
from catalograph.errors import MissingExtraError
from catalograph.ml.search_ranking.features import FEATURES
from catalograph.ml.search_ranking.models import FeatureModel, LinearModel, TreeEnsemble

Floats = NDArray[np.float64]

_RIDGES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
_LEARN = 0.75
"""Share of the lists, the older ones, that hyperparameters are fitted on; the rest decides."""
_ROUNDS = 300
_PATIENCE = 30
_TREES: Mapping[str, Any] = {
    "objective": "lambdarank",
    "metric": "ndcg",
    "eval_at": [10],
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.8,
    "lambda_l2": 1.0,
    "label_gain": [0, 1, 3, 7],
    "deterministic": True,
    "verbosity": -1,
    "num_threads": 1,  # the data are small, and threads that wait for each other cost more
}


def list_ndcg(data: StackedLists, scores: Floats) -> tuple[Floats, Floats]:
    """Return the gain of each list in the order of scores, and that of the best order, float64 [l].

    Gains are weighted by inverse propensity and discounted by log2(place + 1); equal scores stay in
    the order shown. The ratio of the sums over lists is NDCG (self-normalised, Swaminathan and
    Joachims, NIPS 2015).
    """
    worth = data.gains * data.weights
    return _sum_gains(data, worth, scores), _sum_gains(data, worth, worth)


def mean_ndcg(data: StackedLists, scores: Floats) -> float:
    """Return NDCG over all lists; 0 without any response."""
    found, best = list_ndcg(data, scores)
    return float(found.sum() / best.sum()) if best.any() else 0.0


def fit_linear(data: StackedLists, seed: int = 0) -> LinearModel:
    """Fit weights by the softmax of each list, with a ridge towards the first stage's order.

    The strength of the ridge is chosen on the newer lists. With few responses the weights stay
    near those of the first stage.
    """
    del seed  # nothing is drawn
    split = _split(data)
    if split is None:
        return LinearModel(_fit_weights(data, _RIDGES[-1]))
    older, newer = split
    scored = [(mean_ndcg(newer, newer.features @ _fit_weights(older, ridge)), ridge)
              for ridge in _RIDGES]  # fmt: skip
    _, ridge = max(scored)
    return LinearModel(_fit_weights(data, ridge))


def fit_trees(data: StackedLists, seed: int = 0) -> TreeEnsemble:
    """Fit LambdaMART (Burges 2010); the number of trees is chosen on the newer lists.

    Raises:
        MissingExtraError: LightGBM is not installed.
    """
    try:
        import lightgbm
    except ImportError as exc:
        raise MissingExtraError("embed", "lightgbm") from exc
    settings = dict(_TREES) | {"seed": seed}
    rounds = _PATIENCE
    split = _split(data)
    if split is not None:
        older, newer = (_dataset(part) for part in split)
        tried = lightgbm.train(
            settings,
            older,
            _ROUNDS,
            valid_sets=[newer],
            callbacks=[lightgbm.early_stopping(_PATIENCE, verbose=False)],
        )
        rounds = max(1, tried.best_iteration)
    booster = lightgbm.train(settings, _dataset(data), rounds)
    return _ensemble([tree["tree_structure"] for tree in booster.dump_model()["tree_info"]])


FITS: Mapping[str, Callable[[StackedLists, int], FeatureModel]] = {
    "linear": fit_linear,
    "trees": fit_trees,
}
"""How each kind of model is fitted."""


def first_stage() -> LinearModel:
    """Return the model that keeps the order of the first stage."""
    return LinearModel(np.eye(len(FEATURES))[FEATURES.index("score")])


@dataclass(frozen=True)
class RankerComparison:
    """NDCG of a model beside another's on the same lists.

    Attributes:
        ndcg: NDCG of the model.
        base: NDCG of the other one.
        low: lower end of the 95 % interval of the difference, by bootstrap over lists.
        high: upper end.
    """

    ndcg: float
    base: float
    low: float
    high: float

    @property
    def is_better(self) -> bool:
        """Whether the whole interval is above 0."""
        return self.low > 0


def compare(
    data: StackedLists, scores: Floats, base: Floats, *, resamples: int = 2_000, seed: int = 0
) -> RankerComparison:
    """Compare two orders of the same lists (paired bootstrap, Efron 1979)."""
    found, best = list_ndcg(data, scores)
    other, _ = list_ndcg(data, base)
    draw = np.random.default_rng(seed).integers(0, len(best), (resamples, len(best)))
    gains = (found - other)[draw].sum(axis=1) / best[draw].sum(axis=1)
    low, high = np.percentile(gains, (2.5, 97.5))
    total = best.sum()
    return RankerComparison(
        float(found.sum() / total), float(other.sum() / total), float(low), float(high)
    )


def _sum_gains(data: StackedLists, worth: Floats, scores: Floats) -> Floats:
    lists = np.repeat(np.arange(len(data.starts)), data.sizes)
    order = np.lexsort((np.arange(len(scores)), -scores, lists))
    places = np.arange(len(scores)) - np.repeat(data.starts, data.sizes)
    gains = worth[order] / np.log2(places + 2.0)
    total: Floats = np.add.reduceat(gains, data.starts) if len(gains) else np.zeros(0)
    return total


def _fit_weights(data: StackedLists, ridge: float) -> Floats:
    """Return weights of the features as they are, not standardised."""
    spread = data.features.std(axis=0)
    scale = np.where(spread > 1e-9, spread, np.inf)  # what does not differ gets no weight
    X = data.features / scale
    alone = np.zeros(X.shape[1], bool)
    alone[FEATURES.index("score")] = True
    start = _minimise(data, X * alone, np.zeros(X.shape[1]), 1e-3)
    start[FEATURES.index("score")] = max(0.1, float(start[FEATURES.index("score")]))
    weights: Floats = _minimise(data, X, start, ridge) / scale
    return weights


def _minimise(data: StackedLists, X: Floats, prior: Floats, ridge: float) -> Floats:
    worth = data.gains * data.weights
    worth = worth / worth.sum() * len(data.starts)
    lists = np.repeat(np.arange(len(data.starts)), data.sizes)
    mass = np.add.reduceat(worth, data.starts)

    def loss(w: Floats) -> tuple[float, Floats]:
        scores = X @ w
        highest = np.maximum.reduceat(scores, data.starts)
        raised = np.exp(scores - highest[lists])
        total = np.add.reduceat(raised, data.starts)
        value = mass @ (np.log(total) + highest) - worth @ scores
        slope = X.T @ (raised / total[lists] * mass[lists] - worth)
        off = w - prior
        return float(value + ridge * (off @ off)), slope + 2 * ridge * off

    weights: Floats = minimize(loss, prior, jac=True, method="L-BFGS-B").x
    return weights


def _split(data: StackedLists) -> tuple[StackedLists, StackedLists] | None:
    """Split into older and newer lists; None where either would be too few to decide anything."""
    cut = int(_LEARN * len(data.starts))
    if len(data.starts) - cut < 10:
        return None
    row = int(data.starts[cut])

    def part(rows: slice, starts: NDArray[np.int64]) -> StackedLists:
        return StackedLists(data.features[rows], data.gains[rows], data.weights[rows], starts)

    return (
        part(slice(0, row), data.starts[:cut]),
        part(slice(row, None), data.starts[cut:] - row),
    )


def _dataset(data: StackedLists) -> Any:
    import lightgbm

    # Inverse propensity for responses alone: what was not clicked is no evidence of its place.
    weights = np.where(data.gains > 0, data.weights, 1.0)
    return lightgbm.Dataset(
        data.features,
        label=np.rint(data.gains).clip(0, 3),
        group=data.sizes,
        weight=weights,
        free_raw_data=False,
    )


def _ensemble(roots: Sequence[dict[str, Any]]) -> TreeEnsemble:
    """Return LightGBM's trees as arrays."""
    trees: list[list[tuple[int, float, int, int, float]]] = []
    depth = 0

    def visit(node: dict[str, Any], nodes: list[Any], level: int) -> int:
        nonlocal depth
        depth = max(depth, level)
        n = len(nodes)
        nodes.append(None)
        if "leaf_value" in node and "split_feature" not in node:
            nodes[n] = (0, 0.0, n, n, node["leaf_value"])
            return n
        left = visit(node["left_child"], nodes, level + 1)
        right = visit(node["right_child"], nodes, level + 1)
        nodes[n] = (node["split_feature"], node["threshold"], left, right, 0.0)
        return n

    for root in roots:
        nodes: list[Any] = []
        visit(root, nodes, 0)
        trees.append(nodes)
    width = max(map(len, trees))
    padded = [nodes + [(0, 0.0, 0, 0, 0.0)] * (width - len(nodes)) for nodes in trees]
    columns = [np.array([[node[c] for node in nodes] for nodes in padded]) for c in range(5)]
    return TreeEnsemble(
        columns[0].astype(np.int16),
        columns[1].astype(np.float64),
        columns[2].astype(np.int16),
        columns[3].astype(np.int16),
        columns[4].astype(np.float64),
        depth,
    )


def fit_models(data: StackedLists, names: Sequence[str], seed: int) -> dict[str, FeatureModel]:
    """Fit these kinds of model; one whose package is missing is left out."""
    fitted: dict[str, FeatureModel] = {}
    for name in names:
        try:
            fitted[name] = FITS[name](data, seed)
        except MissingExtraError:
            if name == "linear":
                raise
    return fitted
