"""Vectors on nodes: names of their properties and indexes, and a table of vectors."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import DimensionMismatchError

Slot = Literal["a", "b"]
SLOTS: tuple[Slot, Slot] = ("a", "b")
MAX_DIMENSION = 4096
"""Largest dimension that a vector index of Neo4j 5.26 accepts."""


def other_slot(slot: Slot) -> Slot:
    """Return the other of the two slots."""
    return "b" if slot == "a" else "a"


def vector_property(kind: str, slot: Slot) -> str:
    """Return the node property that holds this kind of vector in this slot."""
    return f"{kind}_embedding_{slot}"


def vector_index(kind: str, slot: Slot, label: str = "Product") -> str:
    """Return the name of the vector index on that property of the nodes with a label."""
    return f"{label.lower()}_{kind}_embedding_{slot}"


@dataclass(frozen=True)
class EmbeddingTable:
    """Vectors by node key.

    Attributes:
        keys: n node keys.
        vectors: float32 [n, dimension]; row i belongs to `keys[i]`.

    Raises:
        DimensionMismatchError: keys and rows differ in number, or vectors are too long.
    """

    keys: list[str]
    vectors: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or len(self.keys) != len(self.vectors):
            raise DimensionMismatchError(
                f"{len(self.keys)} keys came with vectors of shape {self.vectors.shape}."
            )
        if not 0 < self.dimension <= MAX_DIMENSION:
            raise DimensionMismatchError(
                f"Vectors have {self.dimension} dimensions; Neo4j indexes 1 to {MAX_DIMENSION}."
            )

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return int(self.vectors.shape[1])

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Bool [n]: finite and not zero; Neo4j silently leaves other vectors out of an index."""
        finite = np.isfinite(self.vectors).all(axis=1)
        mask: NDArray[np.bool_] = finite & (np.abs(self.vectors).sum(axis=1) > 0)
        return mask
