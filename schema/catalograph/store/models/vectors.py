"""Read published vectors."""

import numpy as np

from catalograph.errors import NotPublishedError
from catalograph.schema.vectors import EmbeddingTable, vector_property
from catalograph.store.connection.connect import Connection
from catalograph.store.models.publish import PublishedModel


def read_vectors(connection: Connection, model: PublishedModel) -> EmbeddingTable:
    """Read the vectors of a version, sorted by key.

    Args:
        connection: connection to the graph.
        model: version that still has its slot, live or not.

    Raises:
        NotPublishedError: the version lost its slot, or holds no vectors.
    """
    if model.slot is None or model.dimension is None:
        raise NotPublishedError(
            f"{model.key} has no vectors in the graph; they were replaced by a later version, or "
            "it learns something else. `catalograph embed models` lists what there is."
        )
    rows = connection.read("export_vectors", property=vector_property(model.kind, model.slot))
    found = sorted(rows, key=lambda row: row["key"])
    vectors = np.array([row["vector"] for row in found], np.float32)
    return EmbeddingTable([row["key"] for row in found], vectors.reshape(-1, model.dimension))
