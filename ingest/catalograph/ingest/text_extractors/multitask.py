"""The tagging head of a model of several tasks, trained by `train multitask`."""

from pathlib import Path

from catalograph.ingest.extract.protocol import TextReader
from catalograph.ingest.text_extractors.protocol import (
    ExtractorOption,
    ExtractorRequest,
    TextExtractorEntry,
)


def make_tagging(request: ExtractorRequest) -> TextReader | None:
    """Return the tagging head of the folder that is named.

    Where only the settings name the folder, a model that did not keep this head reads nothing: they
    name it for all tasks.

    Raises:
        ConfigError: the folder holds no model, or an option names one whose head was not kept.
        MissingExtraError: ONNX Runtime or tokenizers is not installed.
    """
    folder = request.options["multitask"]
    if folder is None:
        return None
    from catalograph.ingest.multitask.model_folder import serves
    from catalograph.ingest.multitask.served import TaggingReader
    from catalograph.ingest.multitask.tasks import TAGGING

    if folder == request.settings.texts.multitask and not serves(folder, TAGGING):
        return None
    return TaggingReader.load(folder)


ENTRY = TextExtractorEntry(
    label="a model of several tasks",
    options=(
        ExtractorOption(
            "multitask",
            Path | None,
            None,
            "Folder of `train multitask`: its tagging head reads titles.",
        ),
    ),
    make=make_tagging,
)
