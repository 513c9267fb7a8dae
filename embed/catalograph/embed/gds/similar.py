"""The nearest products of each product by the vectors of another model (kNN of GDS)."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from catalograph.embed.gds.runner import (
    FIXED,
    ProjectionInput,
    client,
    hold_projection,
    require_memory,
)
from catalograph.errors import ConfigError, NotPublishedError
from catalograph.store import (
    Connection,
    EdgeTable,
    PublishedModel,
    embedded_products,
    live_models,
    project_vectors,
)


@dataclass(frozen=True)
class KnnConfig:
    """Settings of the search for nearest products (NN-descent, Dong et al. 2011).

    Raises:
        ConfigError: the number of neighbours is below 1.
    """

    vectors: str = "structure"
    """Kind of the model whose vectors are compared, by cosine."""
    neighbours: int = 10
    """Number of edges per product."""
    sample_rate: float = 1.0
    """Share of the neighbours' neighbours examined in each step; 1 is the most thorough."""
    seed: int = 42

    def __post_init__(self) -> None:
        if self.neighbours < 1:
            raise ConfigError(f"neighbours is {self.neighbours}; expected 1 or more.")

    def as_dict(self) -> dict[str, Any]:
        """Return the configuration for the model card."""
        return {"algorithm": "kNN"} | asdict(self)


def vector_model(connection: Connection, kind: str) -> PublishedModel:
    """Return the live model whose vectors are compared.

    Raises:
        NotPublishedError: there is none, or it has no vectors of products.
    """
    model = live_models(connection).get(kind)
    if model is None or model.index is None:
        raise NotPublishedError(
            f"No vectors of kind '{kind}' are live, so there is nothing to compare. Run "
            f"`catalograph embed {kind}` first."
        )
    return model


def nearest_products(
    connection: Connection, model: PublishedModel, config: KnnConfig | None = None
) -> EdgeTable:
    """Find the products with the most similar vectors, by cosine.

    Args:
        connection: connection to the graph.
        model: model with the vectors, as returned by `vector_model`.
        config: number of neighbours, and thoroughness of the search.

    Returns:
        Edges from each product to its nearest ones, with a score from 0 to 1 as weight.

    Raises:
        ResourceError: the server does not have enough free memory.
        MissingExtraError: the extra `embed` is not installed.
    """
    config = config or KnnConfig()
    keys = embedded_products(connection, model.property or "")
    options: dict[str, Any] = {
        "node_properties": "vector",
        "top_k": config.neighbours,
        "sample_rate": config.sample_rate,
        "delta_threshold": 0.0,
        "random_seed": config.seed,
    }

    def project(name: str) -> None:
        project_vectors(connection, name, keys, model.property or "")

    with client(connection) as gds:
        size = ProjectionInput(nodes=len(keys), features=model.dimension or 0)
        estimate = gds.knn.estimate(size.for_estimate(), concurrency=1, **options)
        require_memory(connection, "kNN", size, estimate.bytes_max)
        with hold_projection(gds, project) as projection:
            rows = gds.knn.stream(projection, **options, **FIXED)
    scores = rows["similarity"].to_numpy().astype(np.float64)
    return EdgeTable(
        keys=keys,
        sources=rows["node1"].to_numpy().astype(np.int64),
        targets=rows["node2"].to_numpy().astype(np.int64),
        weights=scores,
        parts=np.empty((len(scores), 0)),
        part_names=(),
    )
