"""Token classifier with jointly trained entity, attribute and relation heads.

Importing this package does not need torch; `fit_tagger` and `load_tagger` do.
"""

from catalograph.ingest.extract.tagger.data import Labels, SpanRelation, TaggedText
from catalograph.ingest.extract.tagger.presets import PRESETS, TaggerSettings

__all__ = ["PRESETS", "Labels", "SpanRelation", "TaggedText", "TaggerSettings"]
