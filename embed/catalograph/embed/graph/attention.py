"""A relational attention network over users, products and facts.

The idea is KGAT's (Wang et al. 2019, arXiv:1905.07854): a node is the sum of its neighbours'
messages, weighted by attention that depends on the relation, and the vectors are tied to the facts
by a loss of their own. Three things are simpler or different here. Relations scale vectors instead
of multiplying them by a matrix, as in KGIN's messages (Wang et al. 2021, arXiv:2102.07057). Layers
have no weight matrices, as in LightGCN. And a user is only the sum of messages from the products it
interacted with, without those to be predicted, so that it cannot memorise them.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from catalograph.embed.graph.batches import PairBatch
from catalograph.embed.graph.blocks import Block, Messages, make_block
from catalograph.embed.graph.collaborative import CollaborativeGraph, collaborative_graph
from catalograph.embed.graph.config import AttentionConfig
from catalograph.embed.graph.dgl_adapter import Sampler, messages_on
from catalograph.embed.graph.losses import softmax_loss
from catalograph.embed.graph.network import Network, UserItemVectors
from catalograph.embed.recommend.data import RecommendData
from catalograph.embed.recommend.matrices import Ints

__all__ = ["RelationalAttention"]

_EDGES_AT_A_TIME = 400_000
"""Number of edges processed together when nothing is sampled."""


class RelationalAttention(Network):
    """Vectors of all nodes, and the relations' parameters of message passing.

    Args:
        data: training data.
        config: hyperparameters.
        device: device of the parameters.
    """

    def __init__(self, data: RecommendData, config: AttentionConfig, device: torch.device) -> None:
        super().__init__()
        self._graph = collaborative_graph(data)
        self._config = config
        self._device = device
        self._messages: Callable[[Block], Messages] = messages_on(device)
        self._sampler = Sampler(self._graph, config.fan_out, config.layers)
        shape = (self._graph.n_kinds, config.dimension)
        random = torch.Generator().manual_seed(config.seed)
        first = torch.randn(self._graph.n_nodes, config.dimension, generator=random)
        self.nodes = nn.Parameter(0.1 * first)
        self.attention = nn.Parameter(torch.ones(shape))
        self.translation = nn.Parameter(torch.zeros(shape))
        self.passing = nn.Parameter(torch.ones(shape))
        self.bias = nn.Parameter(torch.zeros(self._graph.n_kinds))
        self.to(device)

    def reseed(self, number: int) -> None:
        """Restart the random numbers of sampling with a seed."""
        self._sampler.seed(number)

    def forward(self, batch: PairBatch) -> Tensor:
        """Compute the loss of a batch: hidden interactions, and facts against corrupted ones."""
        loss = self._facts_loss(batch)
        if not len(batch.users):
            return loss
        n, n_interactions = self._graph.n_items, batch.n_interactions
        seeds = torch.from_numpy(batch.pool), torch.from_numpy(batch.users + n)
        # Edges i and i + n are the two directions of interaction i; both must be hidden.
        hidden = torch.from_numpy(batch.hidden)
        drawn, blocks = self._sampler.sample(
            torch.cat(seeds).numpy(), torch.cat([hidden, hidden + n_interactions]).numpy()
        )
        found = self._embed(drawn, blocks)
        items, users = found[: len(batch.pool)], found[len(batch.pool) :]
        predicted = softmax_loss(users, items, batch, self._config.temperature)
        return predicted + self._config.fact_weight * loss

    @torch.no_grad()
    def vectors(self, data: RecommendData) -> UserItemVectors:
        """Compute vectors of all users and items, from all their neighbours in `data`."""
        graph = collaborative_graph(data)
        states = functional.normalize(self.nodes, dim=1)
        n_wanted = graph.n_items + graph.n_users
        found = states[:n_wanted].clone()
        found[graph.n_items :] = 0.0
        order = torch.from_numpy(graph.targets).argsort(stable=True)
        for layer in range(self._config.layers):
            n_nodes = graph.n_nodes if layer + 1 < self._config.layers else n_wanted
            parts = [
                self._pass(states, states[start : start + block.n_targets], block)
                for start, block in _blocks(graph, order, n_nodes, self._device)
            ]
            states = torch.cat(parts)
            found += states[:n_wanted]
        items, users = found[: graph.n_items], found[graph.n_items :]
        items = functional.normalize(items, dim=1)
        return UserItemVectors(users.cpu().numpy(), items.cpu().numpy())

    def _embed(self, drawn: Tensor, blocks: list[Block]) -> Tensor:
        """Compute vectors of the last block's targets, float [seeds, d]."""
        states = functional.normalize(_take(self.nodes, drawn.to(self._device)), dim=1)
        n_seeds = blocks[-1].n_targets
        # A user has no vector of its own, only the messages it receives.
        is_item = drawn[:n_seeds, None].to(self._device) < self._graph.n_items
        found = states[:n_seeds] * is_item
        for block in blocks:
            moved = block.to(self._device)
            states = self._pass(states, states[: block.n_targets], moved)
            found = found + states[:n_seeds]
        return found

    def _pass(self, sources: Tensor, targets: Tensor, block: Block) -> Tensor:
        """Apply one layer: messages to the targets, each of length one, or 0 without neighbours."""
        messages = self._messages(block)
        scale = _take(self.attention, block.kinds)  # (groups, d)
        translation = _take(self.translation, block.kinds)
        asked = torch.tanh(_take(targets, block.targets) * scale + translation)
        logits = messages.dot(sources, asked * scale * self._config.dimension**0.5)
        bias = _take(self.bias[:, None], block.kinds)  # (groups, 1)
        logits = logits + _take(bias, block.groups)[:, 0]
        # Sampled edges were drawn in proportion to their shares; all edges need the weights here.
        if block.shares is not None:
            logits = logits + block.shares.log()
        passing = _take(self.passing, block.kinds)
        sums = messages.sum(sources, messages.softmax(logits)) * passing
        told = sums.new_zeros(block.n_targets, sums.shape[1]).index_add(0, block.targets, sums)
        return functional.normalize(told, dim=1)

    def _facts_loss(self, batch: PairBatch) -> Tensor:
        """Compute softplus of the fact's distance minus that of the fact with another's tail."""
        heads, relations, tails, starts = self._graph.facts
        if not len(heads):
            return self.nodes.new_zeros(())
        draw = batch.random.random((2, self._config.facts_per_step))
        facts = (draw[0] * len(heads)).astype(int)
        begin = starts[relations[facts]]
        size = starts[relations[facts] + 1] - begin
        others = begin + (draw[1] * size).astype(int)
        kinds = self._on_device(2 * relations[facts])
        scale, translation = _take(self.attention, kinds), _take(self.translation, kinds)
        from_head = self._node(heads[facts]) * scale + translation
        true = (from_head - self._node(tails[facts]) * scale).square().sum(dim=1)
        corrupted = (from_head - self._node(tails[others]) * scale).square().sum(dim=1)
        return functional.softplus(true - corrupted).mean()

    def _node(self, numbers: Ints) -> Tensor:
        return functional.normalize(_take(self.nodes, self._on_device(numbers)), dim=1)

    def _on_device(self, numbers: Ints) -> Tensor:
        return torch.from_numpy(numbers).to(self._device)


def _take(table: Tensor, rows: Tensor) -> Tensor:
    """Return rows of a table, [n, d]; unlike indexing, its gradient is deterministic on a CPU."""
    return functional.embedding(rows, table)


def _blocks(
    graph: CollaborativeGraph, order: Tensor, n_targets: int, device: torch.device
) -> Iterator[tuple[int, Block]]:
    """Yield all edges into the first `n_targets` nodes, by ranges of targets.

    Args:
        graph: graph with the edges.
        order: int64 [m]; permutation that sorts the edges by target.
        n_targets: number of nodes that receive messages.
        device: device of the blocks.

    Yields:
        The first node of a range, and the edges into its nodes.
    """
    sources, kinds = torch.from_numpy(graph.sources), torch.from_numpy(graph.kinds)
    targets, shares = torch.from_numpy(graph.targets), torch.from_numpy(graph.shares)
    ends = torch.bincount(targets, minlength=graph.n_nodes).cumsum(0)
    start = first = 0
    while start < n_targets:
        stop = int(torch.searchsorted(ends, first + _EDGES_AT_A_TIME, right=True))
        stop = min(max(stop, start + 1), n_targets)
        last = int(ends[stop - 1])
        edges = order[first:last]
        block = make_block(
            graph.n_nodes,
            stop - start,
            sources[edges],
            targets[edges] - start,
            kinds[edges],
            graph.n_kinds,
            shares[edges],
        )
        yield start, block.to(device)
        start, first = stop, last
