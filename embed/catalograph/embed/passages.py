"""Vectors of passages.

The model gets a passage as its heading, or the question that it answers, and its text, one line
each. A changed document gets new passages, so a vector in the graph is always that of the text
beside it.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from catalograph.ml.passage_encoders import passage_kind
from catalograph.schema import EmbeddingTable, TextEncoder
from catalograph.schema.scripts import can_read
from catalograph.settings import Settings
from catalograph.store import Connection, PublishedModel
from catalograph.store.models.passage_texts import EncodedText, export_passages
from catalograph.store.models.vectors import add_vectors

_TEXTS_PER_STEP = 256


def passage_config(kind: str, encoder: str) -> dict[str, Any]:
    """Return what determines the vectors besides the passages, for the model card."""
    return {"encoder": encoder, "kind": kind, "text": "heading, text", "unit_length": True}


def passages_of_kind(
    settings: Settings, kind: str, passages: Sequence[EncodedText]
) -> list[EncodedText]:
    """Return the passages that have vectors of a kind, by their languages."""
    return [one for one in passages if passage_kind(settings, one.text, one.language) == kind]


def document_hashes(passages: Sequence[EncodedText]) -> dict[str, str]:
    """Return the content hash of the document by the passage's key."""
    return {one.key: one.document for one in passages}


def passage_text(heading: str, text: str) -> str:
    """Return what the model reads of a passage."""
    return f"{heading}\n{text}" if heading else text


def encode_passages(
    encoder: TextEncoder,
    passages: Sequence[EncodedText],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> EmbeddingTable:
    """Encode the passages that have no vector yet, and add those that have.

    Returns:
        One vector per passage, of length one; a passage that the encoder cannot read has a zero
        vector, which publishing leaves out.
    """
    documents = [passage_text(one.heading, one.text) for one in passages]
    vectors = np.zeros((len(documents), encoder.dimension), np.float32)
    new = []
    for n, one in enumerate(passages):
        if one.vector is not None:
            vectors[n] = one.vector
        elif can_read(encoder, documents[n]):
            new.append(n)
    # Batch texts of similar length: less padding.
    new.sort(key=lambda n: (-len(documents[n]), n))
    for start in range(0, len(new), _TEXTS_PER_STEP):
        chosen = new[start : start + _TEXTS_PER_STEP]
        vectors[chosen] = encoder.encode_documents([documents[n] for n in chosen])
        progress(start + len(chosen), len(new))
    return EmbeddingTable([one.key for one in passages], vectors)


def embed_new_passages(
    connection: Connection,
    settings: Settings,
    model: PublishedModel,
    load: Callable[[], TextEncoder],
) -> int:
    """Give passages without a vector theirs in a live version. Idempotent.

    Args:
        connection: connection to the graph.
        settings: settings of the encoders.
        model: live version of vectors of passages.
        load: function that loads its encoder, called only if there are such passages.

    Returns:
        Number of passages that were encoded.
    """
    found = export_passages(connection, model.property, missing=True)
    passages = passages_of_kind(settings, model.kind, found)
    if not passages:
        return 0
    table = encode_passages(load(), passages)
    return len(add_vectors(connection, model, table, document_hashes(passages)))
