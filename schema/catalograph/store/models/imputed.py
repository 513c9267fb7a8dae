"""Reads for completion and doubts: imputed and extracted facts, live text vectors, nodes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalograph.schema import Node
from catalograph.schema.keys import assertion_parts, label_of
from catalograph.schema.triples import node_of
from catalograph.schema.vectors import vector_property
from catalograph.store.connection.connect import Connection, Row
from catalograph.store.models.publish import live_models

IMPUTED_KIND = "imputed"
"""Kind of the records written by completion, as in `source:<source>:imputed/<id>`."""


def imputed_prefix(source: str) -> str:
    """Return the key prefix of the records that completion writes for one catalogue."""
    return f"source:{source}:{IMPUTED_KIND}/"


def sources_of(products: Iterable[str]) -> list[str]:
    """Return the catalogue names in product keys, sorted."""
    return sorted({key.split(":", 2)[1] for key in products})


def read_imputed(connection: Connection, products: Iterable[str]) -> dict[str, float]:
    """Return the assertions in these products' catalogues that only imputation supports.

    The time grows with the number of imputed facts, not with the size of the graph.

    Returns:
        Confidence, 0 to 1, by the key of the assertion.
    """
    return {
        row["key"]: row["confidence"]
        for source in sources_of(products)
        for row in connection.read("read_imputed", prefix=imputed_prefix(source))
    }


def extracted_assertions(connection: Connection) -> frozenset[str]:
    """Return the keys of assertions supported by extractors and by no column of a feed."""
    return frozenset(row["key"] for row in connection.read("list_extracted"))


@dataclass(frozen=True, slots=True)
class ExtractedFact:
    """A stored fact that an extractor read in a text.

    Attributes:
        product: key of the product.
        relation: relation to the tail.
        tail: value or brand, as the extractor wrote it.
        support: properties of its support: extractor, version, confidence, field, start, end.
        text: text that holds the span.
        category: name of the product's first category.
    """

    product: str
    relation: str
    tail: Node
    support: Row
    text: str
    category: str | None


def read_extracted_facts(connection: Connection, assertions: Sequence[str]) -> list[ExtractedFact]:
    """Read facts with the texts they were read in; those without a span or text are left out."""
    rows = [{"assertion": key, "product": assertion_parts(key)[0]} for key in assertions]
    found = []
    for row in connection.read("read_extracted_supports", rows=rows):
        support = row["support"]
        text = row.get(support["field"]) or ""
        if support["end"] <= len(text):
            product, relation, tail = assertion_parts(row["assertion"])
            node = node_of(tail, support.get("said"))
            found.append(ExtractedFact(product, relation, node, support, text, row["category"]))
    return found


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
