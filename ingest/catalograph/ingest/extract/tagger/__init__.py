"""A token classifier with entity, attribute and relation heads, trained together.

Importing this needs no torch; `fit_tagger` and `load_tagger` do.
"""

from catalograph.ingest.extract.tagger.data import Labels, SpanRelation, TaggedText
from catalograph.ingest.extract.tagger.presets import PRESETS, TaggerSettings

__all__ = ["PRESETS", "Labels", "SpanRelation", "TaggedText", "TaggerSettings"]
