"""Accounting, noise and counts of releases with differential privacy."""

import math
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from catalograph.errors import ConfigError
from catalograph.ml.privacy.accounting import choose_noise_multiplier, spent_epsilon
from catalograph.ml.privacy.counts import (
    RESOLUTION,
    PrivateCounts,
    bound_contributions,
    estimate_distribution,
    release_counts,
)
from catalograph.ml.privacy.noise import add_exact_noise, simulate_noise

pytest.importorskip("dp_accounting")
pytest.importorskip("opendp")


@pytest.mark.parametrize("epsilon", [0.25, 1.0, 2.0, 4.0, 8.0])
def test_the_noise_is_that_of_the_accounting_library_within_one_per_cent(epsilon: float) -> None:
    import dp_accounting
    from dp_accounting.rdp import RdpAccountant

    theirs = dp_accounting.calibrate_dp_mechanism(
        RdpAccountant, dp_accounting.GaussianDpEvent, epsilon, 1e-6
    )
    ours = choose_noise_multiplier(epsilon, 1e-6)
    assert ours == pytest.approx(theirs, rel=0.01)
    assert epsilon * 0.99 < spent_epsilon([ours], 1e-6) <= epsilon


def test_the_bound_is_never_below_the_exact_one_of_the_continuous_gaussian() -> None:
    from dp_accounting import GaussianDpEvent
    from dp_accounting.pld import PLDAccountant

    for multiplier in (0.7, 1.2, 4.5):
        exact = PLDAccountant()
        exact.compose(GaussianDpEvent(multiplier))
        assert exact.get_epsilon(1e-6) <= spent_epsilon([multiplier], 1e-6)


def test_opendp_says_the_same_of_its_noise() -> None:
    import opendp.prelude as dp

    dp.enable_features("contrib")
    domain = dp.vector_domain(dp.atom_domain(T="i64"), size=3)
    noisy: Any = dp.m.make_gaussian(domain, dp.l2_distance(T=float), scale=4.5 * RESOLUTION)
    assert noisy.map(float(RESOLUTION)) == pytest.approx(1 / (2 * 4.5**2))
    to_curve: Any = dp.c.make_zCDP_to_approxDP(noisy)
    curve = to_curve.map(float(RESOLUTION))
    assert curve.epsilon(1e-6) == pytest.approx(spent_epsilon([4.5], 1e-6), rel=0.01)


def test_releases_add_up_as_one_with_the_harmonic_noise() -> None:
    together = spent_epsilon([4.0, 3.0], 1e-6)
    assert together == pytest.approx(spent_epsilon([1 / math.hypot(1 / 4, 1 / 3)], 1e-6), rel=1e-6)
    assert max(spent_epsilon([z], 1e-6) for z in (4.0, 3.0)) < together
    assert spent_epsilon([], 1e-6) == 0.0


@pytest.mark.parametrize(("epsilon", "delta"), [(0.0, 1e-6), (math.nan, 1e-6), (1.0, 0.0), (1, 1)])
def test_numbers_out_of_range_are_refused(epsilon: float, delta: float) -> None:
    with pytest.raises(ConfigError, match="expected"):
        choose_noise_multiplier(epsilon, delta)


def probabilities(values: "np.ndarray[tuple[int], np.dtype[np.int64]]", deviation: float) -> float:
    """Return the largest distance of the values' distribution from the discrete Gaussian."""
    grid = np.arange(-40, 41)
    chances = np.exp(-0.5 * (grid / deviation) ** 2)
    expected = np.cumsum(chances / chances.sum())
    found = np.searchsorted(np.sort(values), grid, side="right") / len(values)
    return float(np.abs(found - expected).max())


def test_exact_and_simulated_noise_follow_the_discrete_gaussian() -> None:
    zeros, deviation = np.zeros(40_000, np.int64), 2.5
    limit = 1.95 / math.sqrt(len(zeros))  # Kolmogorov's at a level of one in a thousand
    assert probabilities(add_exact_noise(zeros, deviation), deviation) < limit
    assert probabilities(simulate_noise(1)(zeros, deviation), deviation) < limit


def test_exact_noise_differs_each_time_and_simulated_noise_follows_its_seed() -> None:
    counts = np.arange(50)
    assert (add_exact_noise(counts, 30.0) != add_exact_noise(counts, 30.0)).any()
    assert (simulate_noise(3)(counts, 30.0) == simulate_noise(3)(counts, 30.0)).all()
    assert len(add_exact_noise(np.empty(0, np.int64), 1.0)) == 0


def test_no_shopper_changes_the_counts_by_more_than_the_resolution() -> None:
    random = np.random.default_rng(2)
    for number in (0, 1, 2, 3, 7, 64, 1_000, 5_000):
        row = np.zeros((1, 6_000))
        row[0, random.choice(6_000, number, replace=False)] = 1.0
        counts = bound_contributions(sp.csr_array(row))
        assert int((counts**2).sum()) <= RESOLUTION**2
        assert counts.sum() > 0 or number in (0, 5_000)


def test_counts_with_noise_come_near_the_true_ones_and_large_ones_stay() -> None:
    random = np.random.default_rng(4)
    choices = sp.csr_array((random.random((4_000, 50)) < np.linspace(0.0, 0.3, 50)).astype(float))
    exact = bound_contributions(choices) / RESOLUTION
    released = release_counts(choices, 4.5, simulate_noise(0))
    assert np.abs(released.values / RESOLUTION - exact).max() < 5 * 4.5
    kept = released.keep_largest(0.1)
    assert (kept > 0).sum() == 5
    assert set(np.flatnonzero(kept)) <= set(range(35, 50))


def test_the_expected_count_is_nearer_than_the_noisy_one() -> None:
    random = np.random.default_rng(5)
    true = np.floor(random.pareto(1.2, 3_000) * 2)
    noisy = simulate_noise(1)((true * RESOLUTION).astype(np.int64), 4.5 * RESOLUTION)
    counts = PrivateCounts(noisy, 4.5)
    expected = estimate_distribution(counts).powers(1.0) - 1.0
    error = np.sqrt(((expected - true) ** 2).mean())
    assert error < 0.8 * np.sqrt(((counts.estimates - true) ** 2).mean())
    groups = (true > np.median(true)).astype(np.int64)
    grouped = estimate_distribution(counts, groups).powers(1.0) - 1.0
    assert np.sqrt(((grouped - true) ** 2).mean()) < error
