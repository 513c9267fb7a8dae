"""Verdicts in force, agreement of reviewers, and the share that two reviewers decide."""

from datetime import UTC, datetime, timedelta

import pytest

from catalograph.schema.review import (
    ReviewOpinion,
    ReviewVerdict,
    measure_agreement,
    settle_verdict,
    wants_second,
)

A, R, C = ReviewVerdict.ACCEPT, ReviewVerdict.REJECT, ReviewVerdict.CORRECT


def opinions(*verdicts: ReviewVerdict) -> list[ReviewOpinion]:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        ReviewOpinion(f"r{n}", verdict, None, start + timedelta(minutes=n))
        for n, verdict in enumerate(verdicts)
    ]


@pytest.mark.parametrize(
    ("verdicts", "force"), [((A,), A), ((A, R), A), ((A, R, R), R), ((C, A, R), C)]
)
def test_the_majority_decides_and_among_equals_the_first(
    verdicts: tuple[ReviewVerdict, ...], force: ReviewVerdict
) -> None:
    found = settle_verdict(opinions(*verdicts))
    assert found is not None
    assert found.verdict is force


def test_nobody_decided_nothing() -> None:
    assert settle_verdict([]) is None


def test_kappa_is_that_of_cohen() -> None:
    """The example of Cohen's kappa in Fleiss: 0.7 observed, 0.5 expected."""
    pairs = [(A, A)] * 20 + [(A, R)] * 5 + [(R, A)] * 10 + [(R, R)] * 15
    found = measure_agreement("value", pairs)
    assert (found.items, found.share) == (50, 0.7)
    assert found.kappa == pytest.approx(0.4)


def test_kappa_is_undefined_where_all_say_the_same() -> None:
    found = measure_agreement(None, [(A, A)] * 3)
    assert (found.share, found.kappa) == (1.0, None)
    assert measure_agreement(None, []).share is None


def test_a_share_of_the_items_wants_a_second_reviewer() -> None:
    keys = [f"review-item:{n * 2654435761 % 16**8:08x}ffff" for n in range(10_000)]
    assert sum(wants_second(key, 0.1) for key in keys) == pytest.approx(1_000, rel=0.1)
    assert not any(wants_second(key, 0.0) for key in keys)
    assert all(wants_second(key, 1.0) for key in keys)
