"""Message passing by hand, dgl against torch, and what the sampler draws."""

import sys
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from catalograph.embed.graph import dgl_adapter
from catalograph.embed.graph.blocks import Block, Messages, TorchMessages, make_block
from catalograph.embed.graph.collaborative import collaborative_graph
from catalograph.embed.graph.dgl_adapter import DglMessages, Sampler, messages_on, runs_on
from catalograph.embed.recommend import RecommendData, RelationFacts, incidence
from catalograph.errors import MissingExtraError


def shop() -> RecommendData:
    """Two users, three items; a brand of two items, one of a single one; item 0 goes with 2."""
    train = incidence(np.array([0, 0, 1]), np.array([0, 1, 2]), (2, 3))
    brands = incidence(np.array([0, 1, 2]), np.array([0, 0, 1]), (3, 2))
    together = incidence(np.array([0, 1]), np.array([1, 0]), (3, 2))
    return RecommendData(
        train,
        {
            "brand": RelationFacts(brands),
            "together": RelationFacts(together, tail_items=np.array([1, 2])),
        },
    )


def test_graph_has_every_edge_in_both_directions() -> None:
    graph = collaborative_graph(shop())
    # Items 0 to 2, users 3 and 4, and the brand that two items share: 5.
    assert (graph.n_items, graph.n_users, graph.n_nodes) == (3, 2, 6)
    assert graph.relations == ("interaction", "brand", "together")
    edges = list(zip(graph.sources, graph.targets, graph.kinds, strict=True))
    assert edges[:6] == [(0, 3, 0), (1, 3, 0), (2, 4, 0), (3, 0, 1), (3, 1, 1), (4, 2, 1)]
    assert edges[6:10] == [(5, 0, 2), (5, 1, 2), (0, 5, 3), (1, 5, 3)]
    # "1 goes with 1" would be said by tail 0 of item 1; it is told to nobody.
    assert edges[10:] == [(2, 0, 4), (0, 2, 5)]


def test_a_node_s_relations_count_the_same() -> None:
    graph = collaborative_graph(shop())
    assert graph.shares[:2].tolist() == [0.5, 0.5]  # user 0 took to two items
    assert graph.shares[8:10].tolist() == [0.5, 0.5]  # the brand has two
    sums = np.zeros((graph.n_nodes, graph.n_kinds))
    np.add.at(sums, (graph.targets, graph.kinds), graph.shares)
    assert set(sums.ravel().tolist()) == {0.0, 1.0}


def test_facts_are_grouped_by_relation_without_interactions() -> None:
    heads, relations, tails, starts = collaborative_graph(shop()).facts
    assert heads.tolist() == [0, 1, 0]
    assert relations.tolist() == [1, 1, 2]
    assert tails.tolist() == [5, 5, 2]
    assert starts.tolist() == [0, 0, 2, 3]


def block() -> Block:
    """Target 0 hears 0 and 1 by relation 0 and 2 by relation 1; target 1 hears 2; 2 nobody."""
    return make_block(
        4,
        3,
        torch.tensor([0, 1, 2, 2]),
        torch.tensor([0, 0, 0, 1]),
        torch.tensor([0, 0, 1, 1]),
        2,
    )


def test_edges_are_grouped_by_target_and_relation() -> None:
    made = block()
    assert made.groups.tolist() == [0, 0, 1, 2]
    assert made.targets.tolist() == [0, 0, 1]
    assert made.kinds.tolist() == [0, 1, 1]


@pytest.mark.parametrize("messages", [TorchMessages, DglMessages])
def test_three_steps_by_hand(messages: Callable[[Block], Messages]) -> None:
    steps = messages(block())
    sources = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 2.0], [5.0, 5.0]])
    groups = torch.tensor([[2.0, 3.0], [1.0, 1.0], [0.0, 4.0]])
    assert steps.dot(sources, groups).tolist() == [2.0, 3.0, 3.0, 8.0]
    weights = steps.softmax(torch.log(torch.tensor([1.0, 2.0, 5.0, 7.0])))
    assert weights.tolist() == pytest.approx([0.125, 0.25, 0.625, 1.0])
    sums = steps.sum(sources, torch.tensor([1.0, 2.0, 3.0, 4.0]))
    assert sums.tolist() == [[1.0, 2.0], [3.0, 6.0], [4.0, 8.0]]


def attention(messages: Callable[[Block], Messages], made: Block) -> list[Tensor]:
    """Attention over a block, and the gradients of what went into it."""
    random = torch.Generator().manual_seed(5)
    sources = torch.randn(made.n_sources, 16, generator=random).requires_grad_()
    groups = torch.randn(len(made.targets), 16, generator=random).requires_grad_()
    steps = messages(made)
    found = steps.sum(sources, steps.softmax(steps.dot(sources, groups)))
    (found.square().sum() / 50).backward()  # type: ignore[no-untyped-call]
    assert sources.grad is not None
    assert groups.grad is not None
    return [found.detach(), sources.grad, groups.grad]


def test_dgl_and_torch_agree_in_output_and_gradients() -> None:
    random = torch.Generator().manual_seed(1)
    ends = torch.randint(0, 300, (2, 4_000), generator=random)
    kinds = torch.randint(0, 6, (4_000,), generator=random)
    made = make_block(300, 200, ends[0], ends[1] % 200, kinds, 6)
    by_torch, by_dgl = attention(TorchMessages, made), attention(DglMessages, made)
    for one, other in zip(by_torch, by_dgl, strict=True):
        assert one.abs().max() > 0.1
        assert (one - other).abs().max() < 1e-5


def test_probe_tells_where_dgl_runs() -> None:
    assert runs_on("cpu")
    assert messages_on(torch.device("cpu")) is DglMessages
    if not torch.cuda.is_available():
        assert not runs_on("cuda")
        assert messages_on(torch.device("cuda")) is TorchMessages


def test_sampler_leaves_out_what_is_hidden_and_puts_it_back() -> None:
    sampler = Sampler(collaborative_graph(shop()), fan_out=50, layers=1)
    sampler.seed(0)
    for hidden, expected in (([0], {1}), ([1], {0}), ([], {0, 1})):
        drawn, (made,) = sampler.sample(np.array([3]), np.array(hidden, dtype=np.int64))
        assert set(drawn[made.sources].tolist()) == expected


def test_sampler_draws_relations_equally_often() -> None:
    n = 40
    facts = incidence(np.repeat([0, 1], n), np.tile(np.arange(n), 2), (2, n))
    brand = incidence(np.array([0, 1]), np.array([0, 0]), (2, 1))
    train = incidence(np.array([0]), np.array([0]), (1, 2))
    data = RecommendData(train, {"many": RelationFacts(facts), "one": RelationFacts(brand)})
    sampler = Sampler(collaborative_graph(data), fan_out=3_000, layers=1)
    sampler.seed(3)
    _, (made,) = sampler.sample(np.array([0]), np.array([], dtype=np.int64))
    # Item 0 has a user, forty tails of one relation and one of the other.
    counts = torch.bincount(made.kinds[made.groups])
    assert counts[counts > 0].tolist() == pytest.approx([1_000, 1_000, 1_000], abs=120)


def test_sampler_repeats_itself_from_the_same_seed() -> None:
    sampler = Sampler(collaborative_graph(shop()), fan_out=3, layers=2)
    none = np.array([], dtype=np.int64)

    def draw(seed: int) -> list[list[int]]:
        sampler.seed(seed)
        _, blocks = sampler.sample(np.array([0, 3]), none)
        return [made.sources.tolist() for made in blocks]

    assert draw(7) == draw(7)
    assert len({str(draw(seed)) for seed in range(5)}) > 1


def test_without_dgl_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dgl", None)
    dgl_adapter._dgl.cache_clear()
    try:
        with pytest.raises(MissingExtraError, match="dgl"):
            Sampler(collaborative_graph(shop()), fan_out=2, layers=1)
    finally:
        dgl_adapter._dgl.cache_clear()
