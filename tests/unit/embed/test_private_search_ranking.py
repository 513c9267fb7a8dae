"""The second stage by DP-SGD: what is learned, what one shopper can change, what is left out."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from catalograph.embed.jobs.ranker import configure
from catalograph.embed.search_ranking import private_fit
from catalograph.embed.search_ranking.fit import compare, first_stage
from catalograph.embed.search_ranking.lists import ShownList
from catalograph.embed.search_ranking.private_fit import PUBLIC_FEATURES, fit_private
from catalograph.embed.search_ranking.propensity import estimate_propensities
from catalograph.errors import ConfigError
from catalograph.ml.search_ranking.features import FEATURES

from .test_search_ranking import simulate, stack_plainly

pytest.importorskip("opacus")
pytestmark = pytest.mark.engines

WORDY = FEATURES.index("title_covers")


def planted(shoppers: int, seed: int = 0) -> list[list[ShownList]]:
    """Shoppers who choose the products whose titles hold their words; each sends two queries."""
    draw = np.random.default_rng(seed)
    found = []
    for one in simulate(searches=2 * shoppers, queries=30, seed=seed):
        base = one.base.copy()
        base[:, WORDY] = draw.random(len(base))
        gains = np.zeros(len(base))
        gains[int(base[:, WORDY].argmax())] = 1.0
        found.append(replace(one, base=base, gains=gains))
    return [found[n : n + 2] for n in range(0, len(found), 2)]


def gain(shoppers: list[list[ShownList]], multiplier: float) -> float:
    """Return the gain in NDCG over the first stage on other shoppers."""
    model = fit_private(shoppers, multiplier, seed=1)
    lists = [one for own in planted(100, seed=9) for one in own]
    data = stack_plainly(lists, estimate_propensities(lists))
    found = compare(data, model.score(data.features), first_stage().score(data.features))
    return found.ndcg - found.base


def test_a_planted_preference_is_learned_with_noise_and_drowns_in_more() -> None:
    many = planted(1_000)
    assert gain(many, 1.0) > 0.1
    assert gain(many[:10], 1000.0) < 0.1


def steps_of(shoppers: list[list[ShownList]]) -> NDArray[np.float64]:
    """Return the sum of clipped gradients of the first step, by its optimiser without noise."""
    kept: list[NDArray[np.float64]] = []

    torch, *_ = private_fit._library()

    class Recorder(torch.optim.SGD):  # type: ignore[misc, name-defined]
        def step(self, closure: object = None) -> None:
            (weights,) = self.param_groups[0]["params"]
            kept.append(weights.grad.detach().numpy().astype(float).ravel().copy())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.optim, "Adam", Recorder)
        fit_private(shoppers, 1e-9, seed=0)
    return kept[0]


def test_one_shopper_changes_a_step_by_at_most_one_however_many_lists_they_have() -> None:
    others = planted(30)
    eager = [one for own in planted(60, seed=3) for one in own]
    loud = [replace(one, gains=100 * one.gains, base=50 * one.base) for one in eager]
    without = steps_of(others)
    changes = [
        float(np.linalg.norm(steps_of([*others, added]) - without))
        for added in (eager, loud, eager[:1])
    ]
    assert max(changes) <= 1 + 1e-4
    assert changes[-1] > 0.1


def test_features_that_count_shoppers_get_no_weight() -> None:
    model = fit_private(planted(50), 5.0, seed=0)
    hidden = [FEATURES.index(name) for name in FEATURES if name not in PUBLIC_FEATURES]
    assert len(hidden) == 8
    assert model.weights[hidden].tolist() == [0.0] * 8
    assert np.abs(model.weights).sum() > 0


def test_nobody_repeats_the_noise_of_a_release_and_no_shopper_is_no_error() -> None:
    few = planted(5)
    assert not np.array_equal(fit_private(few, 5.0).weights, fit_private(few, 5.0).weights)
    assert np.isfinite(fit_private([], 5.0).weights).all()


def test_options_that_contradict_each_other_are_refused() -> None:
    config = configure(epsilon=1.0)
    assert config.private is not None
    assert list(config.as_dict()) == ["privacy"]
    assert config.as_dict()["privacy"]["relations"] == list(PUBLIC_FEATURES)
    for wrong in ({"not_private": True}, {"student": True}):
        with pytest.raises(ConfigError, match="goes with neither"):
            configure(epsilon=1.0, **wrong)
