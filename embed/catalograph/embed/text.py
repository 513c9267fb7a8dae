"""Text vectors of products.

The model gets a product as its title, "by" its brands if the title does not name them, and its
description, one line each. The model truncates its input, so the most informative parts come
first.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from catalograph.schema import EmbeddingTable, TextEncoder
from catalograph.store import (
    Connection,
    ProductTexts,
    PublishedModel,
    export_texts,
    live_models,
)
from catalograph.store.models.vectors import add_vectors

_TEXTS_PER_STEP = 256


def text_config(model: str) -> dict[str, Any]:
    """Return what determines the vectors besides the texts, for the model card.

    Args:
        model: name of the text encoder; searches encode their words by it.
    """
    return {"model": model, "text": "title, brands, description", "unit_length": True}


def product_texts(texts: ProductTexts) -> list[str]:
    """Return the model's input text of each product, in the order of `texts.keys`."""
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
        encoder: text encoder.
        texts: texts to encode.
        progress: callback that receives the number of encoded products and of all products.
        known: vectors of products whose texts have not changed since this model encoded them.

    Returns:
        One vector per product, of length one; a product without any text has a zero vector, which
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
    # Batch texts of similar length, longest first: less padding, and peak memory shows at once.
    filled.sort(key=lambda n: (-len(documents[n]), n))
    for start in range(0, len(filled), _TEXTS_PER_STEP):
        chosen = filled[start : start + _TEXTS_PER_STEP]
        vectors[chosen] = encoder.encode_documents([documents[n] for n in chosen])
        progress(start + len(chosen), len(filled))
    return EmbeddingTable(list(texts.keys), vectors)


def embed_products(
    connection: Connection, encoder: TextEncoder, name: str, keys: Sequence[str]
) -> list[str]:
    """Give new and changed products their vectors in the live text model. Idempotent.

    Args:
        connection: connection to the graph.
        encoder: text encoder.
        name: name of the encoder.
        keys: keys of the products.

    Returns:
        Keys of the products that have a vector now; empty if no text model is live, or the live
        one was made by another encoder.
    """
    model = live_text_model(connection, name)
    if model is None or model.dimension != encoder.dimension:
        return []
    texts = export_texts(connection, keys)
    return add_vectors(connection, model, encode_products(encoder, texts)) if texts.keys else []


def live_text_model(connection: Connection, name: str) -> PublishedModel | None:
    """Return the live text model; None without one, and if another encoder made it."""
    model = live_models(connection).get("text")
    return model if model is not None and dict(model.config) == text_config(name) else None


def _product_text(title: str, brands: Sequence[str], description: str) -> str:
    unnamed = [name for name in brands if name.casefold() not in title.casefold()]
    by = f"by {', '.join(unnamed)}" if unnamed else ""
    return "\n".join(part for part in (title.strip(), by, description.strip()) if part)
