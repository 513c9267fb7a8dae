"""Item-item edges as a table, and as an artefact beside the graph, which workers map into memory.

The graph stays the record. An artefact holds the edges exactly as they were written to the graph,
in the form of CSR (compressed sparse row), for a server that sums them itself, and the facts that
its reasons cite.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.artefacts import load_artefact, remove_artefacts, save_artefact
from catalograph.errors import ArtefactError, DimensionMismatchError
from catalograph.schema.model_kinds import MODEL_KINDS
from catalograph.store.connection.connect import Connection
from catalograph.store.models.export import FactTable
from catalograph.store.models.fact_artefact import FactArrays

_FORMAT = 4
_KEYS = "keys"
_FEATURE_STARTS = "feature_starts"
_FEATURES = "features"


@dataclass(frozen=True)
class EdgeTable:
    """Item-item weights: an interaction with `sources[n]` raises `targets[n]` by `weights[n]`.

    If the edges express similarity, a weight is the similarity of two products, without parts.

    Attributes:
        keys: product keys.
        sources: int [m]; index into `keys`.
        targets: int [m]; index into `keys`.
        weights: float [m]; weight of each edge.
        parts: float [m, len(part_names)]; each row sums to its weight.
        part_names: names of the columns of `parts`.
        footing: float [len(keys), len(part_names) + 1]; values by which `incremental_placement`
            connects a new product to an existing one: its entry on the diagonal of the inverse,
            the length of its fact vector of each relation, and the scale of the weights of edges
            to it. None if new products are not placed.
        shoppers: int [m, 2]; number of shoppers who chose both ends of each edge, and of those who
            chose its source only; None if unknown.
        opinions: what reviews say of aspects of `keys`, as the model weighs it; None without any.
        features: what `keys` are compared by in diverse lists, as of
            `catalograph.schema.diversity.item_features`; None if only the graph tells.

    Raises:
        DimensionMismatchError: the arrays differ in length.
    """

    keys: Sequence[str]
    sources: NDArray[np.integer[Any]]
    targets: NDArray[np.integer[Any]]
    weights: NDArray[np.floating[Any]]
    parts: NDArray[np.floating[Any]]
    part_names: tuple[str, ...]
    footing: NDArray[np.floating[Any]] | None = None
    shoppers: NDArray[np.integer[Any]] | None = None
    opinions: FactTable | None = None
    features: Sequence[frozenset[str]] | None = None

    def __post_init__(self) -> None:
        m = len(self.sources)
        shapes = (self.targets.shape, self.weights.shape, self.parts.shape)
        if shapes != ((m,), (m,), (m, len(self.part_names))):
            raise DimensionMismatchError(
                f"{m} sources came with targets, weights and parts of shapes {shapes} "
                f"for {len(self.part_names)} part names."
            )
        if self.shoppers is not None and self.shoppers.shape != (m, 2):
            raise DimensionMismatchError(
                f"{m} edges came with numbers of shoppers of the shape {self.shoppers.shape}."
            )
        if self.footing is not None and self.footing.shape != (len(self.keys), shapes[2][1] + 1):
            raise DimensionMismatchError(
                f"The footing of {len(self.keys)} products has the shape {self.footing.shape}."
            )


@dataclass(frozen=True)
class EdgeMatrix:
    """Edges between products by their numbers, grouped by source.

    Attributes:
        indptr: int64 [n + 1]; the edges of source j are `indptr[j]` to `indptr[j + 1]`.
        targets: int32 [m]; ascending within a source.
        weights: float [m].
        parts: float [m, parts]; each row sums to its weight.
        shoppers: int32 [m, 2]; number of shoppers who chose both ends, and the source only; None
            if unknown.
    """

    indptr: NDArray[np.int64]
    targets: NDArray[np.int32]
    weights: NDArray[np.floating[Any]]
    parts: NDArray[np.floating[Any]]
    shoppers: NDArray[np.int32] | None = None

    def span(self, source: int) -> slice:
        """Return the place of a source's edges; empty for a source beyond the last."""
        if source + 1 >= len(self.indptr):
            return slice(0, 0)
        return slice(int(self.indptr[source]), int(self.indptr[source + 1]))


@dataclass(frozen=True)
class EdgeArtefact:
    """The edges of one version.

    Attributes:
        artefact_hash: hash of the artefact.
        keys: keys of the products, sorted; their places are their numbers.
        part_names: names of the columns of `edges.parts`.
        edges: the edges.
        facts: facts of all products.
        feature_starts: int64 [n + 1]; the features of product j are `features[feature_starts[j]:
            feature_starts[j + 1]]`. None if only the graph tells.
        features: int32; numbers of features.
    """

    artefact_hash: str
    keys: tuple[str, ...]
    part_names: tuple[str, ...]
    edges: EdgeMatrix
    facts: FactArrays
    feature_starts: NDArray[np.int64] | None = None
    features: NDArray[np.int32] | None = None

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Number of each product, by key."""
        return {key: n for n, key in enumerate(self.keys)}

    def features_of(self, number: int) -> frozenset[int] | None:
        """Return what a product is compared by in diverse lists; None if only the graph tells."""
        if self.feature_starts is None or self.features is None:
            return None
        start, stop = self.feature_starts[number : number + 2]
        return frozenset(self.features[start:stop].tolist())


def save_edges(models: Path, model: str, table: EdgeTable, facts: FactArrays) -> str:
    """Write the finite edges of a version; return the hash of the artefact.

    Args:
        models: folder of all artefacts.
        model: key of the version.
        table: edges of the version.
        facts: facts of all products.
    """
    order, keys, edges = _sort_edges(table)
    card = {"format": _FORMAT, "parts": list(table.part_names)}
    arrays = _arrays(edges) | {_KEYS: keys} | facts.as_arrays()
    if table.features is not None:
        arrays |= _feature_arrays([table.features[n] for n in order.tolist()])
    return save_artefact(models, model, card, arrays)


def load_edges(models: Path, model: str, artefact_hash: str) -> EdgeArtefact:
    """Map the edges of a version into memory, and check them.

    Raises:
        ArtefactError: the artefact is missing, damaged, or of another version of this code.
    """
    card, arrays = load_artefact(models, model, artefact_hash)
    if card.get("format") != _FORMAT:
        raise ArtefactError(
            f"The artefact of {model} was made by another version of this program. Train again: "
            "catalograph embed preference.",
            model=model,
        )
    keys = tuple(key.decode() for key in arrays.pop(_KEYS).tolist())
    features = arrays.pop(_FEATURE_STARTS, None), arrays.pop(_FEATURES, None)
    facts = FactArrays.take_from(arrays)
    edges = EdgeMatrix(**arrays)
    return EdgeArtefact(artefact_hash, keys, tuple(card["parts"]), edges, facts, *features)


def prune_artefacts(connection: Connection, models: Path) -> None:
    """Remove the artefacts of versions that hold no slot, of all kinds."""
    held: dict[str, set[str]] = defaultdict(set)
    for row in connection.read("list_held_models"):
        held[row["kind"]].add(row["key"])
    for kind in MODEL_KINDS:
        remove_artefacts(models, kind, held[kind])


def _sort_edges(
    table: EdgeTable,
) -> tuple[NDArray[np.intp], NDArray[np.bytes_], EdgeMatrix]:
    """Return the order of the keys, the keys in it, and the finite edges grouped by source."""
    keys = np.array([key.encode() for key in table.keys] or [b""], np.bytes_)[: len(table.keys)]
    order = np.argsort(keys, kind="stable")
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    finite = np.flatnonzero(np.isfinite(table.weights) & np.isfinite(table.parts).all(axis=1))
    sources, targets = place[table.sources[finite]], place[table.targets[finite]]
    grouped = np.lexsort((targets, sources))
    chosen = finite[grouped]
    counts = np.bincount(sources, minlength=len(order))
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return (
        order,
        keys[order],
        EdgeMatrix(
            indptr,
            targets[grouped],
            table.weights[chosen],
            table.parts[chosen],
            None if table.shoppers is None else table.shoppers[chosen].astype(np.int32),
        ),
    )


def _arrays(edges: EdgeMatrix) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any] | None] = {
        "indptr": edges.indptr,
        "targets": edges.targets,
        "weights": edges.weights,
        "parts": edges.parts,
        "shoppers": edges.shoppers,
    }
    return {name: array for name, array in arrays.items() if array is not None}


def _feature_arrays(features: Sequence[frozenset[str]]) -> dict[str, NDArray[Any]]:
    """Return features as numbers, grouped by product."""
    numbers = {name: n for n, name in enumerate(sorted(frozenset().union(*features)))}
    lengths = [len(own) for own in features]
    return {
        _FEATURE_STARTS: np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        _FEATURES: np.array(
            [number for own in features for number in sorted(numbers[name] for name in own)],
            np.int32,
        ),
    }
