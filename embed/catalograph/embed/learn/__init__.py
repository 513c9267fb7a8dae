"""Models that improve by themselves: `catalograph learn`, once or by a schedule."""

from catalograph.embed.learn.contest import Contest, ContestContext
from catalograph.embed.learn.cycle import learn
from catalograph.embed.learn.options import LearnOptions, TrialMode
from catalograph.embed.learn.report import KindOutcome, LearningDecision, LearnReport
from catalograph.embed.learn.schedule import Schedule, watch

__all__ = [
    "Contest",
    "ContestContext",
    "KindOutcome",
    "LearnOptions",
    "LearnReport",
    "LearningDecision",
    "Schedule",
    "TrialMode",
    "learn",
    "watch",
]
