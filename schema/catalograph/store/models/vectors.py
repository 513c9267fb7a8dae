"""Read published vectors, and add those of single products."""

from collections.abc import Mapping

import numpy as np

from catalograph.errors import DimensionMismatchError, NotPublishedError
from catalograph.schema.model_kinds import model_kind
from catalograph.schema.vectors import EmbeddingTable, vector_property
from catalograph.store.connection.connect import Connection
from catalograph.store.models.publish import PublishedModel, StagedModel


def read_vectors(connection: Connection, model: PublishedModel | StagedModel) -> EmbeddingTable:
    """Read the vectors of a version, sorted by key.

    Args:
        connection: connection to the graph.
        model: version that still has its slot, live or not, or was staged.

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


def add_vectors(
    connection: Connection,
    model: PublishedModel,
    table: EmbeddingTable,
    guards: Mapping[str, str] | None = None,
) -> list[str]:
    """Write vectors of new and changed products or passages into a published version.

    Args:
        connection: connection to the graph.
        model: version that is live.
        table: vectors by key, made as those of the version; zero ones are left out.
        guards: content hash of the document of each passage by the passage's key; the vector of a
            passage that has changed since is not written.

    Returns:
        Keys of the nodes that got their vector, or changed since; none if the version lost its
        slot meanwhile.

    Raises:
        DimensionMismatchError: the vectors are longer or shorter than those of the version.
    """
    if table.dimension != model.dimension:
        raise DimensionMismatchError(
            f"Vectors of {table.dimension} dimensions cannot join those of {model.key}, which "
            f"have {model.dimension}."
        )
    if model.slot is None:
        return []
    usable = np.flatnonzero(table.usable).tolist()
    guards = guards or {}
    rows = [
        {"key": key, "value": table.vectors[n].tolist(), "guard": guards.get(key)}
        for n, key in ((n, table.keys[n]) for n in usable)
    ]
    rows.sort(key=lambda row: str(row["key"]))
    prop = vector_property(model.kind, model.slot)
    (result,) = connection.write(
        lambda tx: tx.run(
            "write_vectors",
            {"label": model_kind(model.kind).indexed_label},
            model=model.key,
            slot=model.slot,
            property=prop,
            rows=rows,
        )
    )
    return [str(row["key"]) for row in rows] if result["held"] else []
