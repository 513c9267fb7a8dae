"""Language-model gateway, and the extractor that uses it.

Everything here needs the extra `llm`; import it only where a model is called.
"""

from catalograph.ingest.llm.cache import purge_cache
from catalograph.ingest.llm.cost import Estimate, Usage
from catalograph.ingest.llm.demonstrations import (
    AttributeGuide,
    Demonstration,
    DemonstrationIndex,
    read_demonstration,
)
from catalograph.ingest.llm.extractor import (
    ExtractionFailure,
    FailureKind,
    LanguageModelExtractor,
    LlmOutcome,
    llm_extractor,
)
from catalograph.ingest.llm.gateway import Gateway
from catalograph.ingest.llm.protocol import Completion, CompletionRequest, LanguageModel, Message
from catalograph.ingest.llm.pseudonyms import Pseudonyms

__all__ = [
    "AttributeGuide",
    "Completion",
    "CompletionRequest",
    "Demonstration",
    "DemonstrationIndex",
    "Estimate",
    "ExtractionFailure",
    "FailureKind",
    "Gateway",
    "LanguageModel",
    "LanguageModelExtractor",
    "LlmOutcome",
    "Message",
    "Pseudonyms",
    "Usage",
    "llm_extractor",
    "purge_cache",
    "read_demonstration",
]
