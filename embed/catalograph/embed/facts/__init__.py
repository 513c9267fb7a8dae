"""Knowledge graph embeddings of the graph itself: its facts as triples, learned and asked.

Needs torch, as `catalograph.embed.kge` does.
"""

from catalograph.embed.facts.gate import (
    Doubt,
    Planted,
    alike_products,
    doubts,
    measure_planted,
)
from catalograph.embed.facts.learn import FactsConfig, Learned, learn_facts
from catalograph.embed.facts.plausible import Judged, PlausibilityConfig, judge_facts
from catalograph.embed.facts.predict import Proposal, predict_missing
from catalograph.embed.facts.triples import CHILD_OF, INTERACTION, split, triples_of

__all__ = [
    "CHILD_OF",
    "INTERACTION",
    "Doubt",
    "FactsConfig",
    "Judged",
    "Learned",
    "Planted",
    "PlausibilityConfig",
    "Proposal",
    "alike_products",
    "doubts",
    "judge_facts",
    "learn_facts",
    "measure_planted",
    "predict_missing",
    "split",
    "triples_of",
]
