"""A trained cascade, alone or with a language model for its least certain products."""

from pathlib import Path

from catalograph.ingest.extract.protocol import TextReader
from catalograph.ingest.text_extractors.language_model import make_language_model
from catalograph.ingest.text_extractors.protocol import (
    ExtractorOption,
    ExtractorRequest,
    TextExtractorEntry,
)


def make_trained(request: ExtractorRequest) -> TextReader | None:
    """Return the cascade of the folder that is named, with the language model if it is asked for.

    Raises:
        ConfigError: the folder holds no cascade.
        MissingSettingError: no endpoint is set up.
    """
    folder = request.options["extractor"]
    if folder is None:
        return None
    from catalograph.ingest.extract.llm_fallback import LlmFallbackReader
    from catalograph.ingest.extract.persistence import load_extractor

    model = make_language_model(request)
    cascade = load_extractor(folder)
    if model is None:
        return cascade
    return LlmFallbackReader(cascade, model, request.options["llm_share"])


ENTRY = TextExtractorEntry(
    label="a trained extractor",
    options=(
        ExtractorOption(
            "extractor",
            Path | None,
            None,
            "Folder of `train extractor`: it reads titles and descriptions, too.",
        ),
    ),
    make=make_trained,
)
