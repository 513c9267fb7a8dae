"""Rules for what products are compatible with, part of and used for."""

from catalograph.ingest.extract.protocol import TextReader
from catalograph.ingest.text_extractors.combined import ExtractorReader
from catalograph.ingest.text_extractors.protocol import (
    ExtractorOption,
    ExtractorRequest,
    TextExtractorEntry,
)


def make_relations(request: ExtractorRequest) -> TextReader | None:
    """Return the rules if they are asked for."""
    if not request.options["relations"]:
        return None
    from catalograph.ingest.language.relations import RelationReader

    return ExtractorReader(RelationReader())


ENTRY = TextExtractorEntry(
    label="relations",
    options=(
        ExtractorOption(
            "relations",
            bool,
            False,
            "Read in texts what products fit, are part of and are used for.",
        ),
    ),
    make=make_relations,
)
