import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalograph.schema.apportion import share_out

number = st.floats(-10, 10, allow_subnormal=False)


@pytest.mark.parametrize(
    ("part", "strengths", "shares"),
    [
        (0.6, [1.0, 2.0], [0.2, 0.4]),
        (-0.6, [1.0, 2.0], [-0.2, -0.4]),
        (0.6, [1.0, -2.0, 2.0], [0.2, 0.0, 0.4]),
        (-0.6, [1.0, -2.0, 2.0], [0.0, -0.6, 0.0]),
        (0.6, [-1.0, -2.0], [0.2, 0.4]),
        (0.6, [0.0, 0.0], [0.3, 0.3]),
    ],
)
def test_a_part_is_shared_by_facts_of_its_sign(
    part: float, strengths: list[float], shares: list[float]
) -> None:
    assert share_out(part, strengths) == pytest.approx(shares)


@given(number, st.lists(number, min_size=1, max_size=9))
def test_shares_add_up_and_none_exceeds_the_part(part: float, strengths: list[float]) -> None:
    shares = share_out(part, strengths)
    assert math.fsum(shares) == pytest.approx(part, abs=1e-12)
    assert all(abs(share) <= abs(part) for share in shares)
