"""The recommender: EASE and KG-EASE in closed form, exact reasons, tuning and evaluation.

Needs scipy, of the `embed` extra, and nothing heavier; this is the one place that says so.
"""

from importlib.util import find_spec

from catalograph.errors import MissingExtraError

if find_spec("scipy") is None:
    raise MissingExtraError("embed", "scipy")

from catalograph.embed.recommend.data import RecommendData, Relation, hold_out, shuffle_tails
from catalograph.embed.recommend.ease import Ease, Scorer, UserScorer, fit_ease
from catalograph.embed.recommend.evaluate import (
    MODELS,
    NETWORKS,
    Row,
    evaluate,
    models_for,
    tune_and_store,
)
from catalograph.embed.recommend.kgease import (
    INTERACTIONS,
    KGEase,
    KGEaseConfig,
    fact_features,
    fit_kg_ease,
)
from catalograph.embed.recommend.matrices import incidence
from catalograph.embed.recommend.parts import EdgeTable, strongest_edges, strongest_weights
from catalograph.embed.recommend.ranking import Ranked, measure, rank_users
from catalograph.embed.recommend.readers import read_folder
from catalograph.embed.recommend.stored import Tuned, find_tuned, save_tuned
from catalograph.embed.recommend.tune import Search, evaluate_holdout, tune, tune_ease

__all__ = [
    "INTERACTIONS",
    "MODELS",
    "NETWORKS",
    "Ease",
    "EdgeTable",
    "KGEase",
    "KGEaseConfig",
    "Ranked",
    "RecommendData",
    "Relation",
    "Row",
    "Scorer",
    "Search",
    "Tuned",
    "UserScorer",
    "evaluate",
    "evaluate_holdout",
    "fact_features",
    "find_tuned",
    "fit_ease",
    "fit_kg_ease",
    "hold_out",
    "incidence",
    "measure",
    "models_for",
    "rank_users",
    "read_folder",
    "save_tuned",
    "shuffle_tails",
    "strongest_edges",
    "strongest_weights",
    "tune",
    "tune_and_store",
    "tune_ease",
]
