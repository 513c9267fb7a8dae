"""Message passing between nodes in plain torch, on any device.

A block holds the edges of one layer. Edges into the same target by the same relation form a group,
so that values that depend only on target and relation are computed once per group.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

__all__ = ["Block", "Messages", "TorchMessages", "make_block"]


@dataclass(frozen=True)
class Block:
    """Edges of one layer.

    Attributes:
        n_sources: number of nodes that send messages.
        n_targets: number of nodes that receive messages.
        sources: int64 [m]; source of each edge.
        groups: int64 [m]; group of each edge.
        targets: int64 [groups]; target of each group.
        kinds: int64 [groups]; relation of each group.
        shares: float32 [m]; weight of each edge before attention; None when edges were sampled in
            proportion to it.
    """

    n_sources: int
    n_targets: int
    sources: Tensor
    groups: Tensor
    targets: Tensor
    kinds: Tensor
    shares: Tensor | None = None

    def to(self, device: torch.device) -> "Block":
        """Return the same block on a device."""
        return replace(
            self,
            sources=self.sources.to(device),
            groups=self.groups.to(device),
            targets=self.targets.to(device),
            kinds=self.kinds.to(device),
            shares=None if self.shares is None else self.shares.to(device),
        )


class Messages(Protocol):
    """The three steps of attention along the edges of a block."""

    def dot(self, sources: Tensor, groups: Tensor) -> Tensor:
        """Return the inner product of each edge's source and group vectors, [m]."""

    def softmax(self, logits: Tensor) -> Tensor:
        """Return the softmax of `logits`, [m], over all edges into the same target; [m]."""

    def sum(self, sources: Tensor, weights: Tensor) -> Tensor:
        """Return each group's sum of source vectors times `weights`, [m]; [groups, d]."""


class TorchMessages:
    """Messages by gathering and adding.

    Args:
        block: block with the edges.
    """

    def __init__(self, block: Block) -> None:
        self._block = block
        self._targets = block.targets[block.groups]

    def dot(self, sources: Tensor, groups: Tensor) -> Tensor:
        """Return the inner product of each edge's source and group vectors."""
        return (sources[self._block.sources] * groups[self._block.groups]).sum(dim=1)

    def softmax(self, logits: Tensor) -> Tensor:
        """Return the softmax over all edges into the same target."""
        n_targets = self._block.n_targets
        highest = logits.new_full((n_targets,), -torch.inf)
        highest = highest.scatter_reduce(0, self._targets, logits.detach(), "amax")
        raised = (logits - highest[self._targets]).exp()
        total = logits.new_zeros(n_targets).index_add(0, self._targets, raised)
        return raised / total[self._targets]

    def sum(self, sources: Tensor, weights: Tensor) -> Tensor:
        """Return each group's sum of weighted source vectors."""
        sums = sources.new_zeros(len(self._block.targets), sources.shape[1])
        return sums.index_add(
            0, self._block.groups, sources[self._block.sources] * weights[:, None]
        )


def make_block(
    n_sources: int,
    n_targets: int,
    sources: Tensor,
    targets: Tensor,
    kinds: Tensor,
    n_kinds: int,
    shares: Tensor | None = None,
) -> Block:
    """Group edges by target and relation.

    Args:
        n_sources: number of nodes that send messages.
        n_targets: number of nodes that receive messages.
        sources: int64 [m]; source of each edge.
        targets: int64 [m]; target of each edge.
        kinds: int64 [m]; relation of each edge.
        n_kinds: number of relations.
        shares: float32 [m], or None; see `Block`.
    """
    distinct, groups = torch.unique(targets * n_kinds + kinds, return_inverse=True)
    targets, kinds = distinct // n_kinds, distinct % n_kinds
    return Block(n_sources, n_targets, sources, groups, targets, kinds, shares)
