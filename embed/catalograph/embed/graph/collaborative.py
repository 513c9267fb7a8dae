"""The collaborative knowledge graph: users, products and tails of facts as nodes of one graph.

The form is that of KGAT (Wang et al. 2019, arXiv:1905.07854).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from catalograph.embed.recommend.data import RecommendData, RelationFacts
from catalograph.embed.recommend.matrices import Floats, Ints, row_of_entry

__all__ = ["INTERACTION", "CollaborativeGraph", "collaborative_graph"]

INTERACTION = "interaction"
"""Name of the first relation, the interactions of users."""


@dataclass(frozen=True)
class CollaborativeGraph:
    """Edges of all relations, each in both directions.

    Nodes are numbered items first, then users, then tails. Edges are ordered by relation, first all
    from tail to head, then all from head to tail; interactions come first, in the order of their
    matrix, so edge i and edge n + i are interaction i of n.

    Attributes:
        n_items: number of items.
        n_users: number of users.
        n_nodes: number of all nodes.
        relations: names; relation r has number 2r towards its heads and 2r + 1 towards its tails.
        sources: int64 [m]; node that sends the message.
        targets: int64 [m]; node that receives it.
        kinds: int64 [m]; number of the relation in its direction.
    """

    n_items: int
    n_users: int
    n_nodes: int
    relations: tuple[str, ...]
    sources: Ints
    targets: Ints
    kinds: Ints

    @property
    def n_kinds(self) -> int:
        """Number of relations, counted once for each direction."""
        return 2 * len(self.relations)

    @cached_property
    def shares(self) -> Floats:
        """Return float32 [m]: one over the number of edges of the same relation into the same node.

        With these weights all relations of a node count equally, whether they have one brand or a
        hundred co-purchased products.
        """
        group = self.targets * self.n_kinds + self.kinds
        _, place, counts = np.unique(group, return_inverse=True, return_counts=True)
        shares: Floats = (1.0 / counts[place]).astype(np.float32)
        return shares

    @cached_property
    def facts(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Return facts without interactions, grouped by relation.

        Returns:
            Heads, relations and tails, int64 [f] each, and the start of each relation's facts,
            int64 [relations + 1].
        """
        chosen = np.flatnonzero((self.kinds % 2 == 0) & (self.kinds > 0))
        relations = self.kinds[chosen] // 2
        starts = np.searchsorted(relations, np.arange(len(self.relations) + 1))
        return self.targets[chosen], relations, self.sources[chosen], starts


def collaborative_graph(data: RecommendData) -> CollaborativeGraph:
    """Build the graph of `data`, without its test part.

    A tail that is not an item and belongs to one item only connects nothing, and is left out.

    Args:
        data: interactions and facts.
    """
    n_users, n_items = data.train.shape
    tails: list[Ints] = [data.train.indices.astype(np.int64)]
    heads: list[Ints] = [row_of_entry(data.train) + n_items]
    n_nodes = n_items + n_users
    for name in sorted(data.relations):
        relation_tails, relation_heads, n_nodes = _facts(data.relations[name], n_nodes)
        tails.append(relation_tails)
        heads.append(relation_heads)
    sources = [part for pair in zip(tails, heads, strict=True) for part in pair]
    targets = [part for pair in zip(heads, tails, strict=True) for part in pair]
    return CollaborativeGraph(
        n_items,
        n_users,
        n_nodes,
        (INTERACTION, *sorted(data.relations)),
        np.concatenate(sources),
        np.concatenate(targets),
        np.repeat(np.arange(len(sources)), [len(part) for part in sources]),
    )


def _facts(relation: RelationFacts, n_nodes: int) -> tuple[Ints, Ints, int]:
    """Return tails and heads of the facts as nodes, and the number of nodes with the new ones."""
    heads, tails = row_of_entry(relation.facts), relation.facts.indices
    width = relation.facts.shape[1]
    item = np.full(width, -1) if relation.tail_items is None else relation.tail_items
    joins = (item < 0) & (np.bincount(tails, minlength=width) > 1)
    node = np.where(joins, n_nodes - 1 + np.cumsum(joins), item)  # int [tails], -1: left out
    kept = (node[tails] >= 0) & (node[tails] != heads)
    return node[tails[kept]], heads[kept], n_nodes + int(joins.sum())
