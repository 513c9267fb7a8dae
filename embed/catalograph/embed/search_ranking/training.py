"""Trains the second stage on older searches and decides on newer ones whether it is better."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.embed.private_config import PrivateConfig
from catalograph.embed.search_ranking.fit import (
    FITS,
    RankerComparison,
    compare,
    first_stage,
    fit_models,
    list_ndcg,
    mean_ndcg,
)
from catalograph.embed.search_ranking.lists import ShownList, StackedLists, stack
from catalograph.embed.search_ranking.private_fit import PUBLIC_FEATURES
from catalograph.embed.search_ranking.propensity import estimate_propensities
from catalograph.embed.search_ranking.shown_counts import FurtherSearches, ShownCounts
from catalograph.ml.search_ranking.artefact import SearchRanker
from catalograph.ml.search_ranking.click_rates import ClickRates, estimate_click_rates
from catalograph.ml.search_ranking.models import FeatureModel, StudentTowers
from catalograph.schema.model_kinds import PRIVACY_KEY

Floats = NDArray[np.float64]

LEAST_ANSWERED = 100
"""Smallest number of searches with a response that anything is learned from."""
_LEARN = 0.8
"""Share of the answered searches, the older ones, that candidates are fitted on."""
_TEACH = 0.75
"""Share of these, the older ones, that the student is trained on; the rest fits its weight."""
_FOLDS = 5
_TOLD_PLACES = 10

TrainTowers = Callable[[Sequence[ShownList], Floats], StudentTowers | None]
"""Trains a student on lists and propensities; None where it cannot."""


@dataclass(frozen=True)
class RankerConfig:
    """Configuration of the training.

    Attributes:
        student: whether the text ranker's student is a candidate; None: where torch is installed.
        seed: seed of everything that is drawn.
        text: settings of the text ranker that a search found; the others are the usual ones.
        private: settings of a private training; None without privacy.
        inherit: whether a training without `private` is private if the live version is.
    """

    student: bool | None = None
    seed: int = 0
    text: Mapping[str, Any] = field(default_factory=dict)
    private: PrivateConfig | None = None
    inherit: bool = True

    def as_dict(self) -> dict[str, Any]:
        """Return it as on the model card."""
        if self.private is not None:
            return {PRIVACY_KEY: self.private.as_dict() | {"relations": list(PUBLIC_FEATURES)}}
        found = {"text": dict(self.text)} if self.text else {}
        return {"student": self.student, "seed": self.seed, **found}


@dataclass(frozen=True)
class TrainedRanker:
    """Result of a training.

    Attributes:
        ranker: the best candidate, fitted on all searches; None where there were too few.
        refusal: reason not to publish it; None where it is better than what serves now.
        metrics: quality on the newer searches, for the model card.
        counts: sizes of the log, by name.
    """

    ranker: SearchRanker | None
    refusal: str | None
    metrics: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Candidate:
    name: str
    kind: str
    model: FeatureModel
    towers: StudentTowers | None
    comparison: RankerComparison


def train_search_ranker(
    lists: Sequence[ShownList],
    config: RankerConfig,
    *,
    further: FurtherSearches | None = None,
    train_towers: TrainTowers | None = None,
    live: SearchRanker | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> TrainedRanker:
    """Fit all candidates on the older searches, and the best of them again on all.

    A candidate is better if the whole 95 % interval of its gain over the first stage's order is
    above 0 on the newer searches, and it is at least as good as the live version there.

    Args:
        lists: what was shown, oldest first.
        config: configuration.
        further: counts of lists that are not among them; places and click rates are estimated from
            these as well.
        train_towers: function that trains the student; None leaves it out.
        live: version that is live now; None without one.
        progress: callback that receives the current step.
    """
    answered = [n for n, one in enumerate(lists) if one.gains.any()]
    counts = _counts(lists, len(answered), further)
    if len(answered) < LEAST_ANSWERED:
        return TrainedRanker(None, _describe_shortage(counts), counts=counts)
    cut = answered[int(_LEARN * len(answered))]
    older, newer = lists[:cut], lists[cut:]
    progress("estimating position bias")
    log = _Log(older, further)
    examined = log.examined
    measured = _Measured(log, newer, config.seed)
    candidates = measured.plain_candidates()
    towers_from = 0
    if train_towers is not None:
        progress("training the student")
        towers_from = int(_TEACH * cut)
        candidates += measured.student_candidates(train_towers, towers_from)
    best = max(candidates, key=lambda one: one.comparison.ndcg)
    current = None if live is None else measured.ndcg_of(live)
    progress(f"fitting {best.name} on all searches")
    start = towers_from if best.towers else 0
    ranker = _fit_again(best, _Log(lists, further), start, config.seed)
    metrics = _metrics(candidates, best, current, examined)
    return TrainedRanker(ranker, _refusal(best, current), metrics, counts)


def score_student(
    lists: Sequence[ShownList],
    train_towers: TrainTowers,
    seed: int,
    further: FurtherSearches | None = None,
) -> Floats | None:
    """Train a student on the older lists, and return what its best candidate gains on the newer.

    Args:
        lists: what was shown, oldest first.
        train_towers: function that trains the student.
        seed: seed of the models of features.
        further: counts of lists that are not among them.

    Returns:
        float [newer lists], whose mean is NDCG, weighted by the best possible gain of each list;
        None where there is too little to train a student.
    """
    answered = [n for n, one in enumerate(lists) if one.gains.any()]
    cut = answered[int(_LEARN * len(answered))]
    older, newer = lists[:cut], lists[cut:]
    measured = _Measured(_Log(older, further), newer, seed)
    candidates = measured.student_candidates(train_towers, int(_TEACH * cut))
    if not candidates:
        return None
    return measured.list_scores(max(candidates, key=lambda one: one.comparison.ndcg))


def older_lists(lists: Sequence[ShownList]) -> Sequence[ShownList]:
    """Return the lists that candidates are fitted on, without those that decide."""
    answered = [n for n, one in enumerate(lists) if one.gains.any()]
    return lists[: answered[int(_LEARN * len(answered))]]


class _Log:
    """Lists to learn from, with what the click model says of them."""

    def __init__(self, lists: Sequence[ShownList], further: FurtherSearches | None) -> None:
        self.lists = lists
        self.examined = estimate_propensities(lists, further)
        own = {
            key: brands for one in lists for key, brands in zip(one.keys, one.brands, strict=True)
        }
        self._brands = own if further is None else {**further.brands, **own}
        self._elsewhere = [] if further is None else [further.counts]
        self._folds = [ShownCounts.of(lists[fold::_FOLDS]) for fold in range(_FOLDS)]

    def rates(self) -> ClickRates:
        """Return the click rates."""
        return self._rates(self._folds)

    def held_out_rates(self) -> list[ClickRates]:
        """Return each list's click rates of the other folds: its own clicks must not tell it."""
        folds = [
            self._rates([counts for n, counts in enumerate(self._folds) if n != fold])
            for fold in range(_FOLDS)
        ]
        return [folds[n % _FOLDS] for n in range(len(self.lists))]

    def _rates(self, folds: Sequence[ShownCounts]) -> ClickRates:
        counts = reduce(add, [*folds, *self._elsewhere])
        return estimate_click_rates(counts.impressions(self.examined, self._brands))


class _Measured:
    """Older searches to fit on and newer ones to measure on, with the same propensities."""

    def __init__(self, older: _Log, newer: Sequence[ShownList], seed: int) -> None:
        self._older, self._newer = older.lists, newer
        self._examined, self._seed = older.examined, seed
        self._clicks = older.rates()
        self._held_out = older.held_out_rates()
        self._base = self._stack_newer(self._clicks, None)

    def plain_candidates(self) -> list[_Candidate]:
        """Fit and measure the candidates without a student."""
        return self._candidates(0, None)

    def student_candidates(self, train: TrainTowers, start: int) -> list[_Candidate]:
        """Train a student on the searches before a place; fit its weight on those behind it."""
        towers = train(self._older[:start], self._examined)
        return [] if towers is None else self._candidates(start, towers)

    def ndcg_of(self, ranker: SearchRanker) -> float:
        """Return NDCG of a ranker on the newer searches, with its own click rates."""
        data = self._stack_newer(ranker.clicks, ranker.towers)
        return mean_ndcg(data, ranker.model.score(data.features))

    def list_scores(self, candidate: _Candidate) -> Floats:
        """Return what a candidate gains on each newer list; the mean is its NDCG."""
        data = self._stack_newer(self._clicks, candidate.towers)
        found, best = list_ndcg(data, candidate.model.score(data.features))
        scores: Floats = found * len(best) / best.sum()
        return scores

    def _candidates(self, start: int, towers: StudentTowers | None) -> list[_Candidate]:
        lists, rates = self._older[start:], self._held_out[start:]
        learned = _with_rates(lists, rates, towers, self._examined)
        data = self._stack_newer(self._clicks, towers)
        base = first_stage().score(self._base.features)
        made = []
        for kind, model in fit_models(learned, list(FITS), self._seed).items():
            scores = model.score(data.features)
            name = kind if towers is None else f"{kind} with student"
            made.append(_Candidate(name, kind, model, towers, compare(data, scores, base)))
        return made

    def _stack_newer(self, clicks: ClickRates, towers: StudentTowers | None) -> StackedLists:
        features = [one.features(clicks, towers) for one in self._newer]
        return stack(self._newer, features, self._examined)


def _fit_again(best: _Candidate, log: _Log, start: int, seed: int) -> SearchRanker:
    """Fit the best candidate on all searches that its student did not learn from."""
    rates = log.held_out_rates()
    learned = _with_rates(log.lists[start:], rates[start:], best.towers, log.examined)
    model = FITS[best.kind](learned, seed)
    return SearchRanker(best.name, best.kind, model, log.rates(), best.towers)


def _with_rates(
    lists: Sequence[ShownList],
    rates: Sequence[ClickRates],
    towers: StudentTowers | None,
    examined: Floats,
) -> StackedLists:
    features = [one.features(own, towers) for one, own in zip(lists, rates, strict=True)]
    return stack(lists, features, examined)


def _refusal(best: _Candidate, current: float | None) -> str | None:
    found = best.comparison
    if not found.is_better:
        return (
            f"No candidate is better than the first stage: the best, {best.name}, has NDCG "
            f"{found.ndcg:.4f}, the first stage {found.base:.4f}, difference {found.low:+.4f} to "
            f"{found.high:+.4f}. --force publishes it all the same."
        )
    if current is not None and found.ndcg < current:
        return (
            f"The live version is better: NDCG {current:.4f}, the best candidate, {best.name}, "
            f"{found.ndcg:.4f}. --force publishes it all the same."
        )
    return None


def _metrics(
    candidates: Sequence[_Candidate], best: _Candidate, current: float | None, examined: Floats
) -> dict[str, Any]:
    found = best.comparison
    return {
        "best": best.name,
        "ndcg": found.ndcg,
        "first_stage_ndcg": found.base,
        "gain": found.ndcg - found.base,
        "gain_interval": [round(found.low, 4), round(found.high, 4)],
        "candidates": {one.name: round(one.comparison.ndcg, 4) for one in candidates},
        **({} if current is None else {"live_before_ndcg": current}),
        "propensities": {
            str(place + 1): round(value, 3)
            for place, value in enumerate(examined[:_TOLD_PLACES].tolist())
        },
    }


def _counts(
    lists: Sequence[ShownList], answered: int, further: FurtherSearches | None
) -> dict[str, int]:
    elsewhere = {} if further is None else {"counted elsewhere": further.counts.n_lists}
    return elsewhere | {
        "searches": len(lists),
        "answered searches": answered,
        "without a served list": sum(one.presumed for one in lists),
        "queries": len({one.words for one in lists}),
        "products shown": len({key for one in lists for key in one.keys}),
    }


def _describe_shortage(counts: Mapping[str, int]) -> str:
    return (
        f"The log has {counts['answered searches']:,} searches with a click, cart or purchase, of "
        f"{counts['searches']:,}; {LEAST_ANSWERED} are needed. Select `servedId` in "
        "`products(query:)` and send it with the events that follow (docs/search.md)."
    )
