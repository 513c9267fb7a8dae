"""Which encoder reads a passage or a question: one for all languages, or one for Chinese apart."""

from collections.abc import Mapping

from catalograph.ml.encoders import BY_LANGUAGE, PACKAGED_MODEL
from catalograph.ml.onnx import CHINESE_MODEL, ENGLISH_MODEL
from catalograph.ml.script import language_of
from catalograph.schema.model_kinds import CHINESE_PASSAGE_KIND, PASSAGE_KIND
from catalograph.settings import Settings

_LEAST_SIMILARITY = {ENGLISH_MODEL.name: 0.2, CHINESE_MODEL.name: 0.5}


def passage_encoders(settings: Settings) -> Mapping[str, str]:
    """Return the name of the encoder of each kind of passage vectors.

    By language (`auto`), Chinese passages have vectors of their own, by the Chinese encoder; an
    encoder that the settings name reads them all.
    """
    if settings.embed.text_model != BY_LANGUAGE:
        return {PASSAGE_KIND: settings.embed.text_model}
    return {PASSAGE_KIND: PACKAGED_MODEL, CHINESE_PASSAGE_KIND: CHINESE_MODEL.name}


def passage_kind(settings: Settings, text: str, language: str = "") -> str:
    """Return the kind of vectors that a passage or a question has.

    Args:
        settings: settings with the encoder.
        text: passage or question.
        language: its language, a tag of BCP 47; blank to tell it by the text.
    """
    chinese = (language or language_of(text)).startswith("zh")
    kinds = passage_encoders(settings)
    return CHINESE_PASSAGE_KIND if chinese and CHINESE_PASSAGE_KIND in kinds else PASSAGE_KIND


def least_similarity(encoder: str) -> float:
    """Return the least cosine similarity of a passage that is found by its vector alone.

    Encoders differ in what unrelated texts have; one that is not packaged finds all.
    """
    return _LEAST_SIMILARITY.get(encoder, 0.0)
