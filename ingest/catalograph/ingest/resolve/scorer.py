"""Two-stage pair scorer of gradient-boosted trees, trained by cross-fitting.

The first stage scores each candidate pair from its features. The second stage also uses that score
and its rank among the other candidates of the same two records: a record usually has one match, so
a strong rival is evidence against a pair (stacking, Wolpert 1992). The second stage learns from
scores of trees that were not trained on the pair; it is kept only if it raises the cross-fitted F1.
Trees: Ke et al., LightGBM, NIPS 2017; every other booster splits at random (Geurts et al.,
Extremely randomized trees, 2006).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from catalograph.errors import MissingExtraError, TrainingDataError
from catalograph.ingest.resolve.corpus import Corpus, Encode, rank_rivals
from catalograph.ingest.resolve.explanation import PairExplanation, name_contributions
from catalograph.ingest.resolve.table import PairTable, make_table
from catalograph.ml.encoders import PACKAGED_MODEL, load_encoder
from catalograph.ml.metrics import find_best_cut
from catalograph.settings import Settings

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

VERSION = "1"
_FOLDS = 5
_ROUNDS = 400
_FEWEST = 20
_TOKENS = 128
_STANDING = ("margin_left", "rank_left", "margin_right", "rank_right", "margin", "rank")
_STACKED = (
    "first_stage",
    *(f"first_stage_{name}" for name in _STANDING),
    *(f"first_stage_probability_{name}" for name in _STANDING),
)
"""Names of the features that the second stage has beside those of the first, as `_stack` adds."""
_PARAMETERS: Mapping[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.03,
    "num_leaves": 15,
    "min_data_in_leaf": 10,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


@dataclass(frozen=True)
class Matcher:
    """A trained pair scorer.

    Attributes:
        names: names of the training features, in order.
        first: boosters of the first stage, two per fold.
        second: boosters of the second stage; empty if it did not help.
        threshold: score above which pairs match; chosen for F1 on cross-fitted scores.
        band: grey band, which holds four in five of the cross-fitted errors.
        encoder: text encoder used in training; None for the packaged one.
    """

    names: tuple[str, ...]
    first: tuple[Any, ...]
    second: tuple[Any, ...]
    threshold: float
    band: tuple[float, float]
    encoder: str | None = None

    @property
    def uses_text_encoder(self) -> bool:
        """Whether the features include cosine similarities of a text encoder."""
        return any(name.startswith("meaning") for name in self.names)

    def score(self, table: PairTable, known: tuple[Rows, Floats] | None = None) -> Floats:
        """Score all pairs of a table.

        Args:
            table: the pairs.
            known: rows of training pairs and their cross-fitted scores of the first stage, in
                log-odds; without them, scores of training pairs would be too confident.

        Returns:
            float64 [n], 0 to 1.
        """
        if table.names != self.names:
            raise TrainingDataError(
                "The matcher was trained on other features than there are now, with or without a "
                "text encoder, or by another version. Train it again."
            )
        scores = _predict(self.first, table.features)
        if known is not None:
            scores[known[0]] = known[1]
        if self.second:
            scores = _predict(self.second, _stack(table, scores))
        return _probability(scores)

    def explain(self, table: PairTable, rows: Rows) -> list[PairExplanation]:
        """Return what the scores of some pairs of a table rest on.

        Contributions are Shapley values of the trees (Lundberg et al., Consistent individualized
        feature attribution for tree ensembles, 2018), in log-odds. The score and the ranks of the
        first stage are features of the second.

        Args:
            table: all pairs, as they are scored together.
            rows: int64 [m]; row numbers of the pairs to explain.
        """
        features, names, boosters = table.features, self.names, self.first
        if self.second:
            features = _stack(table, _predict(self.first, table.features))
            names = (*names, *_STACKED)
            boosters = self.second
        chosen = features[rows]
        parts = [booster.predict(chosen, pred_contrib=True) for booster in boosters]
        mean = np.asarray(np.mean(parts, axis=0), np.float64)  # (m, features + 1)
        return [
            PairExplanation(
                float(amounts[-1]), "log-odds", name_contributions(names, values, amounts[:-1])
            )
            for values, amounts in zip(chosen, mean, strict=True)
        ]

    def save(self, folder: Path, card: Mapping[str, Any]) -> None:
        """Write the boosters as text, and a model card, into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for stage, boosters in (("first", self.first), ("second", self.second)):
            for n, booster in enumerate(boosters):
                booster.save_model(str(folder / f"{stage}-{n}.txt"))
        body = {
            "version": VERSION,
            "names": self.names,
            "first": len(self.first),
            "second": len(self.second),
            "threshold": self.threshold,
            "band": self.band,
            "encoder": self.encoder,
            "card": card,
        }
        (folder / "matcher.json").write_bytes(orjson.dumps(body, option=orjson.OPT_INDENT_2))


class TreeScorer:
    """A `PairScorer` over a trained matcher.

    Attributes:
        encode: text encoder that the matcher was trained with, if any.
    """

    method = "trees"

    def __init__(self, matcher: Matcher, encode: Encode | None = None) -> None:
        self._matcher = matcher
        self._table: PairTable | None = None
        self.encode = encode

    @property
    def threshold(self) -> float:
        """See `PairScorer`."""
        return self._matcher.threshold

    @property
    def band(self) -> tuple[float, float]:
        """See `PairScorer`."""
        return self._matcher.band

    def score(self, corpus: Corpus, pairs: Rows) -> Floats:
        """See `PairScorer.score`."""
        return self._matcher.score(self._tabulate(corpus, pairs))

    def explain(self, corpus: Corpus, pairs: Rows, rows: Rows) -> list[PairExplanation]:
        """See `PairExplainer.explain`."""
        return self._matcher.explain(self._tabulate(corpus, pairs), rows)

    def _tabulate(self, corpus: Corpus, pairs: Rows) -> PairTable:
        """Return the table of pairs; that of the last call is kept, to explain its scores."""
        known = self._table
        if known is None or known.corpus is not corpus or known.pairs is not pairs:
            known = self._table = make_table(corpus, pairs)
        return known


@dataclass(frozen=True)
class FittedMatcher:
    """A matcher with the cross-fitted scores of its training pairs.

    Attributes:
        matcher: the matcher.
        known: argument `known` of `Matcher.score` for a table that holds the training pairs.
        scores: cross-fitted final scores of the training pairs, 0 to 1.
        f1: F1 of these scores at the threshold.
    """

    matcher: Matcher
    known: tuple[Rows, Floats]
    scores: Floats
    f1: float


def load_matcher(folder: Path) -> Matcher:
    """Read a matcher that `Matcher.save` wrote.

    Raises:
        TrainingDataError: the folder holds no matcher, or one of another version.
    """
    try:
        body = orjson.loads((folder / "matcher.json").read_bytes())
    except (OSError, orjson.JSONDecodeError) as exc:
        raise TrainingDataError(
            f"There is no matcher in {folder} ({exc}). Make one with `catalograph train matcher`."
        ) from exc
    if body.get("version") != VERSION:
        raise TrainingDataError(f"The matcher in {folder} is of another version; train it again.")
    library = _lightgbm()
    first, second = (
        tuple(
            library.Booster(model_file=str(folder / f"{stage}-{n}.txt")) for n in range(body[stage])
        )
        for stage in ("first", "second")
    )
    low, high = body["band"]
    return Matcher(
        tuple(body["names"]), first, second, body["threshold"], (low, high), body["encoder"]
    )


def fit_matcher(
    table: PairTable, rows: Rows, labels: NDArray[np.bool_], seed: int = 0
) -> FittedMatcher:
    """Train on the labelled pairs of a table; the other pairs take part as rivals only.

    Args:
        table: all candidate pairs.
        rows: int64 [m]; row numbers of the labelled pairs.
        labels: bool [m]; true for a match.
        seed: random seed of the folds and the trees.

    Raises:
        TrainingDataError: there are too few matches or too few non-matches.
    """
    if min(labels.sum(), (~labels).sum()) < _FEWEST:
        raise TrainingDataError(
            f"{labels.sum()} matches and {(~labels).sum()} others are too few to learn from; "
            f"at least {_FEWEST} of each are needed."
        )
    folds = _folds(len(rows), seed)
    first, known = _cross_fit(table.features[rows], labels, folds, seed)
    scores = _predict(first, table.features)
    # Scores of pairs by boosters trained on them would be too confident.
    scores[rows] = known
    stacked = _stack(table, scores)
    second, odds = _cross_fit(stacked[rows], labels, folds, seed + 1_000)
    final = _probability(odds)
    threshold, f1 = best_threshold(labels, final)
    alone = _probability(known)
    threshold_alone, f1_alone = best_threshold(labels, alone)
    if f1_alone >= f1:
        second, final, threshold, f1 = (), alone, threshold_alone, f1_alone
    band = _find_band(labels, final, threshold)
    matcher = Matcher(table.names, first, second, threshold, band)
    return FittedMatcher(matcher, (rows, known), final, f1)


def best_threshold(labels: NDArray[np.bool_], scores: Floats) -> tuple[float, float]:
    """Return the threshold of the highest F1, halfway between two scores, and that F1."""
    lowest, below, f1 = find_best_cut(scores, labels, int(labels.sum()))
    return (lowest + below) / 2, f1


def _find_band(labels: NDArray[np.bool_], scores: Floats, threshold: float) -> tuple[float, float]:
    wrong = scores[(scores > threshold) != labels]
    if not len(wrong):
        return threshold, threshold
    # The band leaves out the most extreme tenth of the errors at either end.
    low, high = np.quantile(wrong, (0.1, 0.9))
    return float(min(low, threshold)), float(max(high, threshold))


def _folds(size: int, seed: int) -> list[NDArray[np.int64]]:
    order = np.random.default_rng(seed).permutation(size)
    return [np.sort(part) for part in np.array_split(order, _FOLDS)]


def _cross_fit(
    features: Floats, labels: NDArray[np.bool_], folds: Sequence[Rows], seed: int
) -> tuple[tuple[Any, ...], Floats]:
    """Return the boosters of all folds, and each row's log-odds by boosters not trained on it."""
    boosters: list[Any] = []
    left_out = np.zeros(len(labels))
    for fold in folds:
        rest = np.setdiff1d(np.arange(len(labels)), fold)
        mine = [
            _fit(features[rest], labels[rest], 10 * seed + n, at_random=n % 2 == 1) for n in (0, 1)
        ]
        left_out[fold] = _predict(mine, features[fold])
        boosters += mine
    return tuple(boosters), left_out


def _fit(features: Floats, labels: NDArray[np.bool_], seed: int, *, at_random: bool) -> Any:
    library = _lightgbm()
    parameters = {**_PARAMETERS, "seed": seed, "extra_trees": at_random}
    return library.train(parameters, library.Dataset(features, labels), _ROUNDS)


def _predict(boosters: Sequence[Any], features: Floats) -> Floats:
    """Return the mean log-odds of the boosters."""
    odds = [booster.predict(features, raw_score=True) for booster in boosters]
    return np.asarray(np.mean(odds, axis=0), np.float64)


def _stack(table: PairTable, scores: Floats) -> Floats:
    """Return the features with first-stage log-odds and ranks by log-odds and by probability."""
    standings = [rank_rivals(table.pairs, values)[1] for values in (scores, _probability(scores))]
    return np.hstack([table.features, scores[:, None], *standings])


def _probability(log_odds: Floats) -> Floats:
    return 1 / (1 + np.exp(-log_odds))


def _lightgbm() -> Any:
    try:
        import lightgbm
    except ImportError as exc:
        raise MissingExtraError("extract", "lightgbm") from exc
    return lightgbm


def load_encode(settings: Settings, encoder: str | None) -> Encode:
    """Load the text encoder of a matcher.

    Args:
        settings: settings that name the folder of the default encoder.
        encoder: name or folder of a sentence encoder; None for the default one.

    Raises:
        MissingExtraError: a required package is not installed.
        DownloadError: the default encoder cannot be downloaded.
        ConfigError: there is no such encoder.
    """
    name = encoder or PACKAGED_MODEL
    return load_encoder(settings, name=name, max_tokens=_TOKENS).encode_documents
