"""The recommender: EASE and KG-EASE in closed form, exact explanations, tuning.

Needs scipy, from the `embed` extra, and nothing heavier; only this module checks for it.
"""

from importlib.util import find_spec

from catalograph.errors import MissingExtraError

if find_spec("scipy") is None:
    raise MissingExtraError("embed", "scipy")

from catalograph.embed.recommend.contributions import (
    ContributionTable,
    strongest_edges,
    strongest_weights,
)
from catalograph.embed.recommend.data import RecommendData, RelationFacts, hold_out, shuffle_tails
from catalograph.embed.recommend.ease import Ease, ItemScorer, UserScorer, fit_ease
from catalograph.embed.recommend.kgease import (
    INTERACTIONS,
    KGEase,
    KGEaseConfig,
    fact_features,
    fit_kg_ease,
)
from catalograph.embed.recommend.matrices import incidence
from catalograph.embed.recommend.ranking import RankedLists, measure, rank_users
from catalograph.embed.recommend.readers import read_folder
from catalograph.embed.recommend.tune import Search, evaluate_holdout, tune, tune_ease
from catalograph.embed.recommend.tuned_settings import TunedSettings, find_tuned, save_tuned

__all__ = [
    "INTERACTIONS",
    "ContributionTable",
    "Ease",
    "ItemScorer",
    "KGEase",
    "KGEaseConfig",
    "RankedLists",
    "RecommendData",
    "RelationFacts",
    "Search",
    "TunedSettings",
    "UserScorer",
    "evaluate_holdout",
    "fact_features",
    "find_tuned",
    "fit_ease",
    "fit_kg_ease",
    "hold_out",
    "incidence",
    "measure",
    "rank_users",
    "read_folder",
    "save_tuned",
    "shuffle_tails",
    "strongest_edges",
    "strongest_weights",
    "tune",
    "tune_ease",
]
