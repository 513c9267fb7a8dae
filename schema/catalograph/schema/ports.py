"""Ports: what one part needs and another provides, so that neither imports the other."""

from collections.abc import Sequence
from typing import Protocol

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
