"""Reads for completion: imputed facts, live text vectors, nodes by key."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from catalograph.schema import Node
from catalograph.schema.keys import label_of
from catalograph.schema.vectors import vector_property
from catalograph.store.connection.connect import Connection
from catalograph.store.models.publish import live_models

IMPUTED_KIND = "imputed"
"""Kind of the records written by completion, as in `source:<source>:imputed/<id>`."""


def imputed_prefix(source: str) -> str:
    """Return the key prefix of the records that completion writes for one catalogue."""
    return f"source:{source}:{IMPUTED_KIND}/"


def sources_of(products: Iterable[str]) -> list[str]:
    """Return the catalogue names in product keys, sorted."""
    return sorted({key.split(":", 2)[1] for key in products})


def read_imputed(connection: Connection, products: Iterable[str]) -> frozenset[str]:
    """Return the keys of assertions in these products' catalogues that only imputation supports.

    The time grows with the number of imputed facts, not with the size of the graph.
    """
    return frozenset(
        row["key"]
        for source in sources_of(products)
        for row in connection.read("read_imputed", prefix=imputed_prefix(source))
    )


def extracted_assertions(connection: Connection) -> frozenset[str]:
    """Return the keys of assertions supported by extractors and by no column of a feed."""
    return frozenset(row["key"] for row in connection.read("list_extracted"))


def live_text_vectors(
    connection: Connection, products: Sequence[str]
) -> NDArray[np.float32] | None:
    """Read the live text vectors of products.

    Returns:
        float32 [products, d], L2-normalised, zero for a product without a vector; None if no text
        model is live.
    """
    model = live_models(connection).get("text")
    if model is None or model.slot is None or model.dimension is None:
        return None
    places = {key: n for n, key in enumerate(products)}
    vectors = np.zeros((len(places), model.dimension), np.float32)
    for row in connection.read("export_vectors", property=vector_property("text", model.slot)):
        if row["key"] in places:
            vectors[places[row["key"]]] = row["vector"]
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    # Products without a vector have length 0; avoid the division by zero.
    found: NDArray[np.float32] = vectors / np.maximum(lengths, 1e-12)
    return found


def read_nodes(connection: Connection, keys: Iterable[str]) -> dict[str, Node]:
    """Read brands, categories and values by key."""
    by_label: dict[str, list[str]] = defaultdict(list)
    for key in sorted(set(keys)):
        by_label[label_of(key)].append(key)
    found: dict[str, Node] = {}
    for label, listed in by_label.items():
        for row in connection.read("read_shared_nodes", {"label": label}, keys=listed):
            properties = dict(row["node"])
            key = properties.pop("key")
            found[key] = Node(label, key, properties)
    return found
