"""A map of products: their vectors laid out in two dimensions, for a look at a model."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import NotPublishedError
from catalograph.schema.model_kinds import MODEL_KINDS, model_kind
from catalograph.store.connection.connect import Connection
from catalograph.store.models.publish import live_models
from catalograph.store.models.vectors import read_vectors

SEED = 7
"""Seed of the sample, so that the same version has the same map."""


@dataclass(frozen=True)
class MappedProduct:
    """A product on the map; coordinates are of length-one vectors, so near means alike."""

    key: str
    title: str | None
    categories: tuple[str, ...]
    """Names from the root to its narrowest category."""
    x: float
    y: float


@dataclass(frozen=True)
class EmbeddingMap:
    """A map of a live version.

    Attributes:
        version: the version.
        products: number of products that have a vector.
        shares: share of the vectors' variance along x and along y, 0 to 1.
        points: the sampled products.
    """

    version: int
    products: int
    shares: tuple[float, float]
    points: tuple[MappedProduct, ...]


def map_embeddings(connection: Connection, kind: str, most: int) -> EmbeddingMap:
    """Lay out the vectors of a live version along their first two principal components.

    Args:
        connection: connection to the graph.
        kind: kind of vectors of products.
        most: largest number of products; of more a sample is taken.

    Raises:
        NotPublishedError: the kind holds no vectors of products, or no version is live.
    """
    spec = model_kind(kind)
    if spec.holds != "vectors" or "Product" not in spec.labels:
        known = [k.name for k in MODEL_KINDS.values() if k.holds == "vectors"]
        raise NotPublishedError(
            f"Models of kind '{kind}' have no vectors of products. Those of kinds "
            f"{', '.join(known)} may have."
        )
    model = live_models(connection).get(kind)
    if model is None:
        raise NotPublishedError(
            f"No model of kind '{kind}' is live. Run `catalograph embed {kind}`."
        )
    table = read_vectors(connection, model)
    usable = np.flatnonzero(table.usable)
    chosen = np.sort(np.random.default_rng(SEED).permutation(usable)[:most])
    places, shares = principal_components(np.asarray(table.vectors[chosen], np.float64))
    keys = [table.keys[n] for n in chosen.tolist()]
    told = {row["key"]: row for row in connection.read("read_mapped_products", keys=keys)}
    points = tuple(
        MappedProduct(key, told[key]["title"], tuple(told[key]["categories"]), float(x), float(y))
        for key, (x, y) in zip(keys, places, strict=True)
        if key in told
    )
    return EmbeddingMap(model.version, len(usable), shares, points)


def principal_components(
    vectors: NDArray[np.float64],
) -> tuple[NDArray[np.float64], tuple[float, float]]:
    """Project vectors on the two directions of their largest variance.

    Args:
        vectors: float64 [n, d], none of them zero; they are scaled to length one.

    Returns:
        float64 [n, 2], and the shares of the variance along both; zeros below two vectors.
    """
    if len(vectors) < 2:
        return np.zeros((len(vectors), 2)), (0.0, 0.0)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    centred = unit - unit.mean(axis=0)
    values, directions = np.linalg.eigh(centred.T @ centred)
    first: NDArray[Any] = directions[:, ::-1][:, :2]
    # The sign of a direction is arbitrary; this one is the same on every machine.
    first = first * np.where(first[np.abs(first).argmax(axis=0), range(first.shape[1])] < 0, -1, 1)
    total = float(values.sum()) or 1.0
    largest = np.pad(np.maximum(values[::-1], 0.0), (0, 2))[:2] / total
    places = np.pad(centred @ first, ((0, 0), (0, 2)))[:, :2]
    return places, (float(largest[0]), float(largest[1]))
