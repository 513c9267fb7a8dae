"""The one place that imports dgl: neighbour sampling, and message passing where its build can.

The dgl in package registries runs on the CPU only. It samples there; on another device, torch
processes the sampled blocks, unless a dgl build for that device is installed.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import torch
from torch import Tensor

from catalograph.embed.graph.blocks import Block, Messages, TorchMessages, make_block
from catalograph.embed.graph.collaborative import CollaborativeGraph
from catalograph.embed.recommend.matrices import Ints
from catalograph.errors import MissingExtraError

__all__ = ["DglMessages", "Sampler", "messages_on", "runs_on"]


@cache
def _dgl() -> Any:
    # Without a backend in the environment, dgl writes a file into the user's home on import.
    os.environ.setdefault("DGLBACKEND", "pytorch")  # noqa: TID251
    try:
        import dgl
        import dgl.dataloading
    except ImportError as exc:
        raise MissingExtraError("embed", "dgl") from exc
    return dgl


@cache
def runs_on(device: str) -> bool:
    """Return whether the installed dgl can hold a graph on a device, as a CUDA build can."""
    dgl = _dgl()
    try:
        dgl.graph(([0], [0])).to(device)
    except (dgl.DGLError, RuntimeError, AssertionError):
        return False
    return True


def messages_on(device: torch.device) -> Callable[[Block], Messages]:
    """Return the message passing for a device: dgl's if its build can, torch's otherwise."""
    return DglMessages if runs_on(device.type) else TorchMessages


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sample on one thread: dgl's threads have own random numbers and divide work by timing."""
    utils = _dgl().utils
    threads = utils.get_num_threads()
    utils.set_num_threads(1)
    try:
        yield
    finally:
        utils.set_num_threads(threads)


class Sampler:
    """Samples neighbours, layer by layer outwards from some nodes.

    `fan_out` edges of a node are drawn with replacement, each in proportion to its share, so that
    a node's relations are drawn equally often and a mean over the drawn edges estimates the mean
    weighted by shares over all edges.

    Args:
        graph: graph to sample from.
        fan_out: number of edges drawn per node.
        layers: number of layers.
    """

    def __init__(self, graph: CollaborativeGraph, fan_out: int, layers: int) -> None:
        self._dgl = _dgl()
        ends = (torch.from_numpy(graph.sources), torch.from_numpy(graph.targets))
        self._graph = self._dgl.graph(ends, num_nodes=graph.n_nodes)
        self._graph.edata["share"] = torch.from_numpy(graph.shares)
        self._kinds = torch.from_numpy(graph.kinds)
        self._n_kinds = graph.n_kinds
        self._sampler = self._dgl.dataloading.NeighborSampler(
            [fan_out] * layers, prob="share", replace=True
        )

    def seed(self, number: int) -> None:
        """Restart the random numbers with a seed."""
        with _one_thread():
            self._dgl.seed(number)

    def sample(self, seeds: Ints, hidden: Ints) -> tuple[Tensor, list[Block]]:
        """Sample the neighbourhood of some nodes.

        Args:
            seeds: int64 [s], without duplicates.
            hidden: int64 [h]; edges not to draw.

        Returns:
            int64 [n], input nodes of the first layer, and one block per layer; the targets of the
            last one are the seeds, in their order.
        """
        shares, edges = self._graph.edata["share"], torch.from_numpy(hidden)
        kept = shares[edges]
        shares[edges] = 0.0
        with _one_thread():
            _, _, drawn = self._sampler.sample_blocks(self._graph, torch.from_numpy(seeds))
        shares[edges] = kept
        return drawn[0].srcdata[self._dgl.NID], [self._block(block) for block in drawn]

    def _block(self, drawn: Any) -> Block:
        sources, targets = drawn.edges()
        kinds = self._kinds[drawn.edata[self._dgl.EID]]
        ends = (drawn.num_src_nodes(), drawn.num_dst_nodes())
        return make_block(*ends, sources, targets, kinds, self._n_kinds)


class DglMessages:
    """Messages by dgl's kernels, which never store a vector per edge.

    Args:
        block: block with the edges.
    """

    def __init__(self, block: Block) -> None:
        self._ops = _dgl().ops
        targets = block.targets[block.groups]
        self._to_groups = _bipartite(block.sources, block.groups, block.n_sources, len(block.kinds))
        self._to_targets = _bipartite(block.sources, targets, block.n_sources, block.n_targets)

    def dot(self, sources: Tensor, groups: Tensor) -> Tensor:
        """Return the inner product of each edge's source and group vectors."""
        products: Tensor = self._ops.u_dot_v(self._to_groups, sources, groups)
        return products.squeeze(-1)

    def softmax(self, logits: Tensor) -> Tensor:
        """Return the softmax over all edges into the same target."""
        weights: Tensor = self._ops.edge_softmax(self._to_targets, logits)
        return weights

    def sum(self, sources: Tensor, weights: Tensor) -> Tensor:
        """Return each group's sum of weighted source vectors."""
        sums: Tensor = self._ops.u_mul_e_sum(self._to_groups, sources, weights)
        return sums


def _bipartite(sources: Tensor, targets: Tensor, n_sources: int, n_targets: int) -> Any:
    return _dgl().create_block((sources, targets), n_sources, n_targets)
