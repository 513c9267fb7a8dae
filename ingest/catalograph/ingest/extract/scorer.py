"""Meta scorer: chooses the right one of the proposed values, trained by cross-fitting.

Gradient-boosted trees (Ke et al., LightGBM, NIPS 2017) over features of all extractors. Thresholds
and calibration are tuned on scores of examples left out of the training.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import MissingExtraError, TrainingDataError
from catalograph.ingest.extract.calibrate import (
    AttributeCalibration,
    calibrate,
    threshold_for,
)
from catalograph.ingest.extract.candidates import CATEGORICAL, FEATURES, Candidate
from catalograph.ingest.extract.examples import ProductExample
from catalograph.ml.calibration import expected_calibration_error
from catalograph.ml.metrics import find_best_cut

Floats = NDArray[np.float64]

_FOLDS = 5
_ROUNDS = 250
_PARAMETERS: Mapping[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.04,
    "num_leaves": 15,
    "min_data_in_leaf": 15,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "cat_smooth": 20.0,
    "max_cat_to_onehot": 8,
    "num_threads": 1,
    "deterministic": True,
    "verbosity": -1,
}


@dataclass(frozen=True)
class BestValue:
    """The best value of an attribute of a product.

    Attributes:
        candidate: candidate with the value.
        score: score of the trees.
        confidence: calibrated confidence.
    """

    candidate: Candidate
    score: float
    confidence: float


@dataclass(frozen=True)
class Thresholds:
    """Confidence thresholds of the decisions on a value.

    Attributes:
        keep: threshold above which keeping a value improves micro F1.
        agreed: threshold for the required precision of values that two extractors propose.
        accept: threshold for the required precision of values that one extractor proposes.
    """

    keep: float
    agreed: float
    accept: float


class CandidateScorer:
    """Scores candidates and picks the best of each attribute.

    Args:
        kind: one of `RULES`, or any other name for the boosters.
        models: boosters in LightGBM's text form, whose scores are averaged.
        calibration: calibration of the scores.
        thresholds: thresholds of the confidences.
    """

    def __init__(
        self,
        kind: str,
        models: Sequence[str],
        calibration: AttributeCalibration,
        thresholds: Thresholds,
    ) -> None:
        self.kind = kind
        self.models = tuple(models)
        self.calibration = calibration
        self.thresholds = thresholds
        self._boosters = [_library().Booster(model_str=text) for text in models]

    def choose(self, products: Sequence[Sequence[Candidate]]) -> list[list[BestValue]]:
        """Return the best value of each attribute with a candidate."""
        flat = [candidate for listed in products for candidate in listed]
        if not flat:
            return [[] for _ in products]
        matrix = np.stack([candidate.features for candidate in flat])
        if self.kind in RULES:
            scores = RULES[self.kind](matrix.astype(np.float64))
        else:
            scores = np.mean([model.predict(matrix) for model in self._boosters], axis=0)
        picked, at = [], 0
        for listed in products:
            top = pick(listed, scores[at : at + len(listed)])
            at += len(listed)
            picked.append(
                [BestValue(c, s, self.calibration.confidence(c.attribute, s)) for c, s in top]
            )
        return picked


def _dictionary(features: Floats) -> Floats:
    """Score values by how often their words mean the value, then by length."""
    known = features[:, _COLUMN["known_here"]] > 0
    length = 1e-3 * np.minimum(features[:, _COLUMN["characters"]], 100)
    scores: Floats = known * (features[:, _COLUMN["known_share"]] + length)
    return scores


def _crf(features: Floats) -> Floats:
    """Score the best labelling of the field, and the dictionary if the field finds nothing."""
    decoded = features[:, _COLUMN["crf_decoded"]] > 0
    path = 0.5 + 0.5 * np.nan_to_num(features[:, _COLUMN["crf_path"]])
    # Dictionary values stay below 0.5, so that a value of the field always wins.
    return np.where(decoded, path, 0.45 * np.minimum(_dictionary(features), 1.0))


def _tagger(features: Floats) -> Floats:
    """Score the best labelling of the tagger by mean probability; the last of equal ones wins."""
    decoded = features[:, _COLUMN["tagger_decoded"]] > 0
    mean = np.nan_to_num(features[:, _COLUMN["tagger_mean"]])
    # The feature "last" counts the values after this one.
    return np.where(decoded, mean - 1e-4 * features[:, _COLUMN["last"]], 0.0)


_COLUMN = {name: n for n, name in enumerate(FEATURES)}
RULES: Mapping[str, Callable[[Floats], Floats]] = {
    "dictionary": _dictionary,
    "crf": _crf,
    "tagger": _tagger,
}
"""Score functions of the extractors used alone."""


def pick(candidates: Sequence[Candidate], scores: Floats) -> list[tuple[Candidate, float]]:
    """Return the highest-scored candidate of each attribute, sorted by attribute."""
    best: dict[str, tuple[Candidate, float]] = {}
    for candidate, score in zip(candidates, scores, strict=True):
        if candidate.attribute not in best or score > best[candidate.attribute][1]:
            best[candidate.attribute] = candidate, float(score)
    return [best[name] for name in sorted(best)]


@dataclass(frozen=True)
class Validation:
    """Quality of the scorer on held-out examples.

    Attributes:
        micro_f1: micro F1 at the threshold `keep`.
        calibration_error: calibration error over the best values of all attributes.
        accepted: share of kept values that are accepted without review.
        accepted_precision: precision of the accepted values.
        agreed_precision: precision of values that two extractors propose.
        by_attribute: calibration error of each attribute.
    """

    micro_f1: float
    calibration_error: float
    accepted: float
    accepted_precision: float
    agreed_precision: float
    by_attribute: Mapping[str, float]


def fit_scorer(
    products: Sequence[Sequence[Candidate]],
    examples: Sequence[ProductExample],
    *,
    kind: str = "cascade",
    precision: float = 0.95,
    seed: int = 0,
    absent_weight: float = 0.0,
) -> tuple[CandidateScorer, Validation]:
    """Train on candidates whose features were computed without their own example.

    Args:
        products: candidates of each example.
        examples: examples with the true values.
        kind: one of `RULES`, which need no training; any other name trains trees.
        precision: required precision of values accepted without review.
        seed: random seed of folds and trees.
        absent_weight: weight of candidates for unlabelled attributes, which count as wrong; 0
            leaves these attributes out entirely, as ExtractGPT's measure does.

    Raises:
        TrainingDataError: there is no training data.
        MissingExtraError: the extra `extract` is not installed.
    """
    table = _Table.of(products, examples, absent_weight)
    if not table.right.any():
        raise TrainingDataError(
            "None of the values that the extractors propose is right, so no scorer can be learned. "
            "Check that the labelled values stand in the texts."
        )
    if kind in RULES:
        scores = RULES[kind](table.features.astype(np.float64))
        return _tune(kind, [], _Picked.of(table, scores, products, examples), precision)
    order = np.random.default_rng(seed).permutation(len(products)) % _FOLDS
    fold = order[table.product]
    scores = np.zeros(len(table.right))
    models = []
    for n in range(_FOLDS):
        if (fold == n).any():
            model = _boost(table, fold != n, seed + n)
            models.append(model.model_to_string())
            scores[fold == n] = model.predict(table.features[fold == n])
    return _tune(kind, models, _Picked.of(table, scores, products, examples), precision)


@dataclass(frozen=True)
class _Picked:
    """The best value of each attribute of each example, by scorers not trained on it.

    Attributes:
        attributes: attribute of each value.
        scores: score of each value, float64 [n].
        right: true for a right value, bool [n].
        agreed: true for a value that two extractors propose, bool [n].
        present: number of true values.
    """

    attributes: list[str]
    scores: Floats
    right: NDArray[np.bool_]
    agreed: NDArray[np.bool_]
    present: int

    @classmethod
    def of(
        cls,
        table: "_Table",
        scores: Floats,
        products: Sequence[Sequence[Candidate]],
        examples: Sequence[ProductExample],
    ) -> "_Picked":
        """Choose among the candidates of a table."""
        bounds = np.searchsorted(table.product, np.arange(len(examples) + 1))
        rows = []
        for n, example in enumerate(examples):
            own = slice(bounds[n], bounds[n + 1])
            listed = [products[n][k] for k in table.position[own]]
            for candidate, score in pick(listed, scores[own]):
                right = candidate.value in example.targets.get(candidate.attribute, ())
                rows.append((candidate.attribute, score, right, len(candidate.by) > 1))
        return cls(
            [row[0] for row in rows],
            np.array([row[1] for row in rows]),
            np.array([row[2] for row in rows]),
            np.array([row[3] for row in rows]),
            sum(bool(listed) for example in examples for listed in example.targets.values()),
        )

    def confidences(self, calibration: AttributeCalibration) -> Floats:
        """Return the calibrated confidences, float64 [n]."""
        pairs = zip(self.attributes, self.scores, strict=True)
        return np.array([calibration.confidence(a, s) for a, s in pairs])

    def calibrate(self, chosen: NDArray[np.bool_]) -> AttributeCalibration:
        """Fit a calibration to some of the values."""
        listed = [a for a, c in zip(self.attributes, chosen, strict=True) if c]
        return calibrate(listed, self.scores[chosen], self.right[chosen])


def _tune(
    kind: str, models: Sequence[str], picked: _Picked, precision: float
) -> tuple[CandidateScorer, Validation]:
    calibration = picked.calibrate(np.ones(len(picked.right), bool))
    confidences = picked.confidences(calibration)
    keep, _, f1 = find_best_cut(confidences, picked.right, picked.present)

    def least(chosen: NDArray[np.bool_]) -> float:
        return max(keep, threshold_for(confidences[chosen], picked.right[chosen], precision))

    thresholds = Thresholds(keep, least(picked.agreed), least(~picked.agreed))
    accepted = confidences >= np.where(picked.agreed, thresholds.agreed, thresholds.accept)
    validation = _validate(picked, confidences >= keep, accepted, f1)
    return CandidateScorer(kind, models, calibration, thresholds), validation


def _validate(
    picked: _Picked, kept: NDArray[np.bool_], accepted: NDArray[np.bool_], f1: float
) -> Validation:
    """Measure quality, with calibration errors on values not used to fit the calibration."""
    fold = np.random.default_rng(0).permutation(len(picked.right)) % _FOLDS
    honest = np.zeros(len(picked.right))
    for n in range(_FOLDS):
        held = fold == n
        honest[held] = picked.confidences(picked.calibrate(~held))[held]
    names = np.array(picked.attributes)
    by_attribute = {
        str(name): expected_calibration_error(honest[names == name], picked.right[names == name])
        for name in np.unique(names)
    }
    agreed = picked.agreed & kept
    return Validation(
        f1,
        expected_calibration_error(honest, picked.right),
        float(accepted.sum() / max(kept.sum(), 1)),
        float(picked.right[accepted].mean()) if accepted.any() else 0.0,
        float(picked.right[agreed].mean()) if agreed.any() else 0.0,
        by_attribute,
    )


@dataclass(frozen=True)
class _Table:
    features: NDArray[np.float32]
    right: NDArray[np.bool_]
    weight: Floats
    product: NDArray[np.int64]
    position: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        products: Sequence[Sequence[Candidate]],
        examples: Sequence[ProductExample],
        absent_weight: float,
    ) -> "_Table":
        rows = []
        for n, (listed, example) in enumerate(zip(products, examples, strict=True)):
            for k, candidate in enumerate(listed):
                judged = candidate.attribute in example.targets
                if judged or absent_weight:
                    values = example.targets.get(candidate.attribute, ())
                    share = 1.0 if judged else absent_weight
                    rows.append((candidate.features, candidate.value in values, share, n, k))
        if not rows:
            raise TrainingDataError(
                "No extractor proposes a value for any example, so there is nothing to score."
            )
        features, right, weight, product, position = zip(*rows, strict=True)
        return cls(
            np.stack(features),
            np.array(right),
            np.array(weight),
            np.array(product),
            np.array(position),
        )


def _boost(table: _Table, chosen: NDArray[np.bool_], seed: int) -> Any:
    library = _library()
    data = library.Dataset(
        table.features[chosen],
        table.right[chosen],
        weight=table.weight[chosen],
        feature_name=list(FEATURES),
        categorical_feature=list(CATEGORICAL),
        params={"verbosity": -1, "num_threads": 1},
    )
    return library.train({**_PARAMETERS, "seed": seed}, data, _ROUNDS)


def _library() -> Any:
    try:
        import lightgbm
    except ImportError as exc:
        raise MissingExtraError("extract", "lightgbm") from exc
    return lightgbm
