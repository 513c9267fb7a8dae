"""Ports: what one part needs and another provides, so that neither imports the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class TextEncoder(Protocol):
    """Turns texts into vectors whose cosine is the likeness of their meaning."""

    @property
    def dimension(self) -> int:
        """Length of each vector."""

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode what someone searches for.

        Returns:
            float32 [n, dimension]; row i belongs to `texts[i]`, L2-normalised.
        """

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode what is searched.

        Returns:
            float32 [n, dimension]; row i belongs to `texts[i]`, L2-normalised.
        """


@dataclass(frozen=True, slots=True)
class UpsertResult:
    """What became of a product that was handed over.

    Attributes:
        key: of the product.
        changed: False when it was the same already; nothing was written then.
        placed: whether the live preference model can recommend it now by what it has in common
            with others.
        dropped: values that were left out, with the reason.
    """

    key: str
    changed: bool
    placed: bool
    dropped: tuple[str, ...] = ()


class ProductWriter(Protocol):
    """Writes single products by the way that catalogues take."""

    def upsert(self, source: str, fields: Mapping[str, Any]) -> UpsertResult:
        """Write a product as given, in place of what its catalogue said of it before.

        Args:
            source: the catalogue it is numbered in.
            fields: `id` and `title`, and what else is known of it.

        Raises:
            InvalidInputError: it cannot be written.
        """

    def withdraw(self, source: str, id_: str) -> bool:
        """Take a product's record away, and exactly what it said.

        Returns:
            Whether there was one.
        """
