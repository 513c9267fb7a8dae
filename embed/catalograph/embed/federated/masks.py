"""Masks of the secure sum, drawn by ChaCha20 from the whole of a key.

Flower draws them by a Mersenne Twister from a key folded to 32 bits, which a coordinator can try
out. What it draws differs from this, so all parties of a sum need to use the same.
"""

import hashlib
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20
from numpy.typing import NDArray

__all__ = ["draw_masks", "use_strong_masks"]

_MODULES = (
    "flwr.client.mod.secure_aggregation.secaggplus_mod",
    "flwr.server.workflow.secure_aggregation.secaggplus_workflow",
)
_DRAW = "pseudo_rand_gen"


def draw_masks(
    seed: bytes, modulus: int, shapes: Sequence[tuple[int, ...]]
) -> list[NDArray[np.int64]]:
    """Draw uniform integers from 0 to below the modulus.

    Args:
        seed: a key that two parties share; each is for one sum only, as the nonce is always zero.
        modulus: a power of two, up to 2³².
        shapes: shapes of the arrays.
    """
    # One stream for all arrays, so that no part of it is used twice.
    stream = Cipher(ChaCha20(hashlib.sha256(seed).digest(), bytes(16)), mode=None).encryptor()
    masks = []
    for shape in shapes:
        drawn = np.frombuffer(stream.update(bytes(4 * int(np.prod(shape)))), "<u4")
        masks.append(drawn.astype(np.int64).reshape(shape) & (modulus - 1))
    return masks


def use_strong_masks() -> None:
    """Let Flower's client and server of SecAgg+ draw masks by `draw_masks` in this process."""
    for name in _MODULES:
        module: Any = import_module(name)
        if not hasattr(module, _DRAW):
            raise ImportError(f"{name} has no {_DRAW}; this version of Flower is not known.")
        setattr(module, _DRAW, draw_masks)
