"""The extractors that read texts; a new one is a module here and an entry below."""

from collections.abc import Mapping
from typing import Any

from catalograph.errors import ConfigError
from catalograph.ingest.extract.protocol import TextReader
from catalograph.ingest.text_extractors import (
    language_model,
    multitask,
    recogniser,
    relations,
    trained,
)
from catalograph.ingest.text_extractors.combined import SeveralReaders
from catalograph.ingest.text_extractors.protocol import (
    ExtractorOption,
    ExtractorRequest,
    TextExtractorEntry,
)
from catalograph.settings import Settings
from catalograph.store import Connection

TEXT_EXTRACTORS: tuple[TextExtractorEntry, ...] = (
    trained.ENTRY,
    multitask.ENTRY,
    language_model.ENTRY,
    recogniser.ENTRY,
    relations.ENTRY,
)
"""In the order in which they read."""


def extractor_options() -> list[ExtractorOption]:
    """Options of all extractors."""
    return [option for entry in TEXT_EXTRACTORS for option in entry.options]


def find_reader(
    settings: Settings, options: Mapping[str, Any], connection: Connection | None = None
) -> TextReader | None:
    """Return the reader that the options ask for, None where they ask for none.

    Args:
        settings: settings of the project, among them the language model's.
        options: value by option; one that is left out or has its default is taken from
            `settings.texts`, if that has it.
        connection: connection to the graph, from which examples are taken unless files are given.

    Raises:
        ConfigError: the folder of a trained extractor holds none.
        MissingSettingError: no endpoint of a language model is set up.
    """
    defaults = {option.name: option.default for option in extractor_options()}
    given = {name: value for name, value in options.items() if value != defaults.get(name)}
    options = settings.texts.model_dump(include=set(defaults)) | given
    request = ExtractorRequest(settings, defaults | dict(options), connection)
    made = (entry.make(request) for entry in TEXT_EXTRACTORS)
    readers = [reader for reader in made if reader is not None]
    if len(readers) > 1:
        return SeveralReaders(readers)
    return readers[0] if readers else None


def make_reader(
    settings: Settings, options: Mapping[str, Any], connection: Connection | None = None
) -> TextReader:
    """Return the reader that the options ask for; arguments are those of `find_reader`.

    Raises:
        ConfigError: they ask for none, or the folder of a trained extractor holds none.
        MissingSettingError: no endpoint of a language model is set up.
    """
    reader = find_reader(settings, options, connection)
    if reader is None:
        *labels, last = [entry.label for entry in TEXT_EXTRACTORS]
        raise ConfigError(f"Nothing reads the texts: name {', '.join(labels)} or {last}.")
    return reader


__all__ = [
    "TEXT_EXTRACTORS",
    "ExtractorOption",
    "ExtractorRequest",
    "TextExtractorEntry",
    "extractor_options",
    "find_reader",
    "make_reader",
]
