"""Layers of a transformer that are not trained."""

from torch import nn

__all__ = ["freeze"]


def freeze(encoder: nn.Module, layers: int) -> None:
    """Freeze the embeddings and the lowest layers; -1 freezes nothing."""
    if layers < 0:
        return
    frozen = [f"encoder.layer.{n}." for n in range(layers)]
    for name, weights in encoder.named_parameters():
        if "embeddings." in name or any(part in f"{name}." for part in frozen):
            weights.requires_grad = False
