"""The nearest products of each product, by the vectors of another model (kNN of GDS)."""

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
    """How nearest products are looked for (NN-descent, Dong et al. 2011).

    Raises:
        ConfigError: no neighbour is asked for.
    """

    vectors: str = "structure"
    """Kind of the model whose vectors are compared by their angle."""
    neighbours: int = 10
    """Edges from each product."""
    sample_rate: float = 1.0
    """Share of the neighbours' neighbours that each step looks at; 1 finds most."""
    seed: int = 42

    def __post_init__(self) -> None:
        if self.neighbours < 1:
            raise ConfigError(f"neighbours is {self.neighbours}; expected 1 or more.")

    def as_dict(self) -> dict[str, Any]:
        """The configuration for the model card."""
        return {"algorithm": "kNN"} | asdict(self)


def vector_model(connection: Connection, kind: str) -> PublishedModel:
    """The live model whose vectors are compared.

    Raises:
        NotPublishedError: there is none, or it keeps no vectors of products.
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
    """Find the products whose vectors point most nearly the same way.

    Args:
        connection: the graph.
        model: whose vectors, as `vector_model` gives it.
        config: how many, and how thoroughly they are looked for.

    Returns:
        Edges from each product to its nearest ones, with a score of 0 to 1 as weight.

    Raises:
        ResourceError: the server has not enough memory free.
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
