import numpy as np

from catalograph.ingest.extract.calibrate import (
    AttributeCalibration,
    calibrate,
    threshold_for,
)
from catalograph.ml.calibration import expected_calibration_error


def test_the_threshold_is_the_lowest_that_keeps_the_precision() -> None:
    confidences = [0.9, 0.8, 0.7, 0.6, 0.5]
    right = [True, True, False, True, False]
    assert threshold_for(confidences, right, 1.0) == 0.8
    assert threshold_for(confidences, right, 0.75) == 0.6
    assert threshold_for(confidences, [False] * 5, 0.5) > 1
    assert threshold_for([], [], 0.5) > 1


def test_a_threshold_never_parts_equal_confidences() -> None:
    assert threshold_for([0.8, 0.8], [True, False], 1.0) > 1


def test_calibration_makes_overconfident_scores_honest_for_each_attribute() -> None:
    rng = np.random.default_rng(0)
    scores = rng.uniform(0.5, 1.0, 4000)
    attributes = ["good" if n % 2 else "bad" for n in range(4000)]
    chance = np.where(np.arange(4000) % 2, scores, scores - 0.4)
    right = rng.uniform(size=4000) < chance
    made = calibrate(attributes, scores, right)
    told = [made.confidence(a, s) for a, s in zip(attributes, scores, strict=True)]
    for name in ("good", "bad"):
        rows = [a == name for a in attributes]
        before = expected_calibration_error(scores[rows], right[rows])
        after = expected_calibration_error(np.array(told)[rows], right[rows])
        assert after < 0.04
        assert name == "good" or after < before / 5


def test_without_two_outcomes_scores_are_taken_as_they_are() -> None:
    made = calibrate(["a", "a"], [0.2, 0.9], [True, True])
    assert made == AttributeCalibration()
    assert made.confidence("a", 0.9) == 0.9
