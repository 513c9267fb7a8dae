"""Texts about products from facts of the graph: titles, bullets, descriptions, advertisements."""

from catalograph.assistant.content.briefs import (
    Brief,
    Interest,
    interests_of,
    neutral_audience,
    swap_audience,
)
from catalograph.assistant.content.citable_facts import CitableFact, citable_facts
from catalograph.assistant.content.preference import ContentPreference, learn_preference
from catalograph.assistant.content.rules import RuleHit, find_rule_hits
from catalograph.assistant.content.toxicity import ToxicityModel, load_toxicity, train_toxicity
from catalograph.assistant.content.writer import (
    MAX_VARIANTS,
    ContentDraft,
    ContentWriter,
    WrittenText,
    read_for_text,
    store_drafts,
    write_texts,
)

__all__ = [
    "MAX_VARIANTS",
    "Brief",
    "CitableFact",
    "ContentDraft",
    "ContentPreference",
    "ContentWriter",
    "Interest",
    "RuleHit",
    "ToxicityModel",
    "WrittenText",
    "citable_facts",
    "find_rule_hits",
    "interests_of",
    "learn_preference",
    "load_toxicity",
    "neutral_audience",
    "read_for_text",
    "store_drafts",
    "swap_audience",
    "train_toxicity",
    "write_texts",
]
