"""Knowledge graph embeddings of the graph itself: its facts as triples, learned and queried.

Needs torch, as `catalograph.embed.kge` does.
"""

from catalograph.embed.facts.doubts import (
    DoubtfulFact,
    PlantedErrorMetrics,
    alike_products,
    doubts,
    measure_planted,
)
from catalograph.embed.facts.learn import FactModelResult, FactsConfig, learn_facts
from catalograph.embed.facts.plausibility import JudgedFacts, PlausibilityConfig, judge_facts
from catalograph.embed.facts.predict import Proposal, predict_missing
from catalograph.embed.facts.scorer import SCORED_MODELS, EmbeddingScorer
from catalograph.embed.facts.triples import CHILD_OF, INTERACTION, split, triples_of

__all__ = [
    "CHILD_OF",
    "INTERACTION",
    "SCORED_MODELS",
    "DoubtfulFact",
    "EmbeddingScorer",
    "FactModelResult",
    "FactsConfig",
    "JudgedFacts",
    "PlantedErrorMetrics",
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
