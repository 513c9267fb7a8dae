"""Trials: shoppers' clicks in interleaved lists decide between two versions.

Each shopper has one vote, for the version that placed more of the items that the shopper clicked
(Chapelle et al. 2012 count lists; a vote a shopper keeps a busy or a false one from counting more).
The test is a sequential one, as votes are counted again at every run: under the hypothesis that
both versions are as good, the mixture 2ⁿ·B(a + 1, b + 1) of likelihood ratios over all preferences
exceeds 1/α at any time with a probability of at most α (Ville's inequality; Robbins 1970).
"""

import math
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from catalograph.store import Connection, Trial, end_trial, read_trial, roll_back

__all__ = ["TrialOutcome", "judge_trial", "settle_trial"]

_ALPHA = 0.05
_LONGEST = timedelta(days=14)
_MOST_VOTES = 2_000
"""Number of votes after which a difference that does not show is too small to wait for."""


class TrialOutcome(StrEnum):
    """What a trial has come to."""

    UNDER_WAY = "under way"
    LIVE_WON = "the live version won"
    RIVAL_WON = "the live version lost and was rolled back"
    NO_DIFFERENCE = "no difference showed, the live version stays"


def judge_trial(trial: Trial, now: datetime | None = None) -> TrialOutcome:
    """Return what the votes of a trial say."""
    a, b = trial.live_votes, trial.rival_votes
    evidence = (
        (a + b) * math.log(2) + math.lgamma(a + 1) + math.lgamma(b + 1) - math.lgamma(a + b + 2)
    )
    if evidence >= math.log(1 / _ALPHA):
        return TrialOutcome.LIVE_WON if a > b else TrialOutcome.RIVAL_WON
    age = (now or datetime.now(UTC)) - trial.started
    if age >= _LONGEST or a + b >= _MOST_VOTES:
        return TrialOutcome.NO_DIFFERENCE
    return TrialOutcome.UNDER_WAY


def settle_trial(connection: Connection, kind: str) -> tuple[Trial, TrialOutcome] | None:
    """Count the votes of a kind's trial and act on them: the version that loses does not serve.

    Returns:
        The trial and its outcome; None if there is no trial.
    """
    trial = read_trial(connection, kind)
    if trial is None:
        return None
    outcome = judge_trial(trial)
    if outcome is TrialOutcome.RIVAL_WON:
        roll_back(connection, kind)
    if outcome is not TrialOutcome.UNDER_WAY:
        end_trial(connection, kind)
    return trial, outcome
