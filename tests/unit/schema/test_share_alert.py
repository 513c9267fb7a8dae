"""Fisher's exact test beside SciPy's, and how often it cries wolf."""

import math
import random

import numpy as np
import pytest
from scipy.stats import fisher_exact

from catalograph.schema.share_alert import Shares


@pytest.mark.parametrize(
    "shares",
    [
        Shares(10, 5, 100, 10),
        Shares(10, 0, 100, 10),
        Shares(10, 10, 10, 0),
        Shares(40, 9, 4_000, 400),
        Shares(5, 5, 5, 5),
        Shares(1_000, 130, 20_000, 2_000),
    ],
)
def test_the_probability_is_that_of_fishers_test(shares: Shares) -> None:
    table = [
        [shares.recent_negative, shares.recent - shares.recent_negative],
        [shares.earlier_negative, shares.earlier - shares.earlier_negative],
    ]
    expected = fisher_exact(np.array(table), alternative="greater").pvalue
    assert math.isclose(shares.probability(), expected, rel_tol=1e-9)


def test_a_rise_needs_enough_reviews_and_a_size_that_matters() -> None:
    assert Shares(20, 12, 200, 20).has_risen(10)
    assert not Shares(20, 12, 200, 20).has_risen(21)
    assert not Shares(9, 9, 200, 20).has_risen(10)
    assert not Shares(20, 12, 9, 0).has_risen(10)
    assert not Shares(20, 3, 200, 20).has_risen(10)
    # Significant, but from 10 % to 12 % only.
    large = Shares(20_000, 2_400, 200_000, 20_000)
    assert large.probability() < 1e-9
    assert not large.has_risen(10)
    assert not Shares(0, 0, 0, 0).has_risen(0)


def test_what_does_not_change_raises_few_alarms_and_what_doubles_is_seen() -> None:
    """Ten reviews a day for two years of which 10 % are negative, looked at each day."""
    draw = random.Random(1)
    false, seen = 0, 0
    for subject in range(40):
        doubled = subject % 2
        daily = [
            sum(draw.random() < (0.3 if doubled and day >= 700 else 0.1) for _ in range(10))
            for day in range(730)
        ]
        raised = [
            Shares(70, sum(daily[d - 7 : d]), 3_650, sum(daily[max(0, d - 372) : d - 7])).has_risen(
                10
            )
            for d in range(372, 731)
        ]
        false += any(raised[:328])
        seen += doubled and any(raised[328:])
    assert (false, seen) == (2, 20)
