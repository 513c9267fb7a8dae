"""The language-model gateway, and the extractor that asks through it.

Everything here needs the extra `llm`; import it where a model is asked, not before.
"""

from catalograph.ingest.llm.cache import purge_cache
from catalograph.ingest.llm.cost import Estimate, Usage
from catalograph.ingest.llm.demonstrations import Demonstrations, Guide, Solved, solved_from
from catalograph.ingest.llm.extractor import (
    Failure,
    FailureKind,
    LanguageModelExtractor,
    LlmOutcome,
    llm_extractor,
)
from catalograph.ingest.llm.gateway import Gateway
from catalograph.ingest.llm.port import Completion, LanguageModel, Message, Request
from catalograph.ingest.llm.pseudonyms import Pseudonyms

__all__ = [
    "Completion",
    "Demonstrations",
    "Estimate",
    "Failure",
    "FailureKind",
    "Gateway",
    "Guide",
    "LanguageModel",
    "LanguageModelExtractor",
    "LlmOutcome",
    "Message",
    "Pseudonyms",
    "Request",
    "Solved",
    "Usage",
    "llm_extractor",
    "purge_cache",
    "solved_from",
]
