"""Platt scaling and the expected calibration error."""

import numpy as np
import pytest

from catalograph.ml.calibration import (
    calibrate_scores,
    expected_calibration_error,
    fit_platt,
    logit,
)


def test_the_calibration_error_is_the_weighted_gap_of_the_bins() -> None:
    # Given two values of .9 of which one is right, and two of .1 of which none is,
    # then the gaps are .4 and .1, each with half the weight.
    assert expected_calibration_error(
        [0.9, 0.9, 0.1, 0.1], [True, False, False, False]
    ) == pytest.approx(0.25)
    assert expected_calibration_error([], []) == 0.0
    assert expected_calibration_error([1.0, 1.0], [True, True]) == 0.0


def test_calibration_lowers_what_was_too_sure() -> None:
    curve = calibrate_scores([0.95] * 100, [True] * 60 + [False] * 40)
    assert 0.55 < curve(0.95) < 0.7
    assert calibrate_scores([], [])(0.8) == 0.8


def test_the_fit_finds_the_curve_that_made_the_outcomes() -> None:
    rng = np.random.default_rng(0)
    odds = rng.normal(0, 2, 20_000)
    right = rng.uniform(size=len(odds)) < 1 / (1 + np.exp(-(0.6 * odds - 0.5)))
    slope, shift = fit_platt(odds, right.astype(float))
    assert slope == pytest.approx(0.6, abs=0.03)
    assert shift == pytest.approx(-0.5, abs=0.03)


def test_a_heavy_prior_keeps_scores_as_they_are() -> None:
    odds = logit([0.95] * 100)
    targets = np.array([1.0] * 60 + [0.0] * 40)
    assert fit_platt(odds, targets, prior=1e9) == pytest.approx((1.0, 0.0), abs=1e-5)
    slope, shift = fit_platt(odds, targets, prior=1e-3)
    assert 1 / (1 + np.exp(-(slope * odds[0] + shift))) == pytest.approx(0.6, abs=1e-3)


def test_separated_scores_do_not_make_the_fit_run_away() -> None:
    slope, shift = fit_platt(logit([0.0] * 50 + [1.0] * 50), np.repeat([0.0, 1.0], 50))
    assert np.isfinite([slope, shift]).all()
    assert 0.5 < slope < 2
