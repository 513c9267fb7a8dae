"""The two networks: by hand where that can be done, and on planted tastes."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from catalograph.embed.graph import (
    AttentionConfig,
    LightGCNConfig,
    TrainedNetwork,
    TrainingOptions,
    fit_light_gcn,
    fit_relational_attention,
)
from catalograph.embed.graph.attention import RelationalAttention
from catalograph.embed.graph.batches import PairBatch, batches
from catalograph.embed.graph.blocks import TorchMessages
from catalograph.embed.graph.config import TrainConfig
from catalograph.embed.graph.dgl_adapter import DglMessages
from catalograph.embed.graph.lightgcn import LightGCN
from catalograph.embed.graph.losses import softmax_loss
from catalograph.embed.graph.training import METRIC, validation_split
from catalograph.embed.recommend import RecommendData, RelationFacts, incidence, measure
from catalograph.embed.recommend.baselines import fit_popularity
from catalograph.errors import ConfigError

pytestmark = pytest.mark.slow

BLOCKS, SIZE = 6, 10
CPU = torch.device("cpu")
Fit = Callable[..., TrainedNetwork]


def planted(users: int = 150, seed: int = 0) -> RecommendData:
    """Users who like the items of one block each, and facts that name the block of an item."""
    rows = np.repeat(np.arange(users), SIZE)
    columns = np.tile(np.arange(SIZE), users) + SIZE * (rows % BLOCKS)
    tested = np.random.default_rng(seed).random(len(rows)) < 0.5
    shape = (users, BLOCKS * SIZE)
    items = np.arange(shape[1])
    return RecommendData(
        train=incidence(rows[~tested], columns[~tested], shape),
        test=incidence(rows[tested], columns[tested], shape),
        relations={"made_by": RelationFacts(incidence(items, items // SIZE, (shape[1], BLOCKS)))},
    )


def quick(**other: float) -> AttentionConfig:
    """A training of a second."""
    usual: dict[str, float] = {
        "dimension": 16,
        "epochs": 12,
        "users_per_step": 50,
        "pool": 30,
        "facts_per_step": 64,
    }
    return AttentionConfig(**(usual | other))  # type: ignore[arg-type]


def quick_light(**other: float) -> LightGCNConfig:
    """The same for LightGCN."""
    usual: dict[str, float] = {"dimension": 16, "epochs": 12, "users_per_step": 50, "pool": 30}
    return LightGCNConfig(**(usual | other))  # type: ignore[arg-type]


def test_light_gcn_averages_layers_over_the_roots_of_degrees() -> None:
    train = incidence(np.array([0, 0, 1]), np.array([0, 1, 1]), (2, 2))
    data = RecommendData(train)
    network = LightGCN(data, LightGCNConfig(dimension=1, layers=1), CPU)
    network.load_state_dict(
        {"users": torch.tensor([[1.0], [2.0]]), "items": torch.tensor([[3.0], [5.0]])}
    )
    users = network.vectors(data).users
    root = 2**0.5
    # User 0 has two items of degrees 1 and 2, user 1 one of degree 2.
    assert users[:, 0] == pytest.approx([(1 + 3 / root + 5 / 2) / 2, (2 + 5 / root) / 2])


def test_light_gcn_s_gradient_is_that_of_a_dense_product() -> None:
    data = planted(20)
    network = LightGCN(data, LightGCNConfig(dimension=4, layers=2), CPU)
    to_users, to_items = (matrix.to_dense() for matrix in network._adjacency)
    spread, _ = network._spread(network._adjacency)
    one = to_users @ network.items
    two = to_users @ (to_items @ network.users)
    dense = (network.users + one + two) / 3
    found, wanted = (
        torch.autograd.grad(users.square().sum(), network.items)[0] for users in (spread, dense)
    )
    assert found.abs().max() > 0.01
    assert torch.allclose(found, wanted, atol=1e-6)


def one_batch(data: RecommendData, config: TrainConfig, epoch: int = 1) -> PairBatch:
    return next(iter(batches(data.train, config, epoch)))


def test_softmax_loss_by_hand() -> None:
    batch = PairBatch(
        users=np.array([0]),
        rows=np.array([0]),
        columns=np.array([1]),
        pool=np.array([0, 1]),
        log_chance=np.log(np.array([1.0, 0.5], np.float32)),
        hidden=np.array([], np.int64),
        n_interactions=1,
        random=np.random.default_rng(0),
    )
    user, items = torch.tensor([[3.0, 0.0]]), torch.tensor([[2.0, 0.0], [0.0, 1.0]])
    # Cosines 1 and 0 at temperature 0.5: 2 and 0; the second is half as likely to be there.
    expected = np.log(np.exp(2.0) + 2.0) - np.log(2.0)
    assert softmax_loss(user, items, batch, 0.5).item() == pytest.approx(expected)


def test_an_epoch_has_every_user_once_and_predicts_what_it_hides() -> None:
    train, config = planted().train, quick()
    made = list(batches(train, config, epoch=3))
    assert np.sort(np.concatenate([batch.users for batch in made])).tolist() == list(range(150))
    rows = np.repeat(np.arange(150), np.diff(train.indptr))
    for batch in made:
        assert 0 < len(batch.hidden) < train.nnz / 3
        assert (batch.users[batch.rows] == rows[batch.hidden]).all()
        assert (batch.pool[batch.columns] == train.indices[batch.hidden]).all()
        assert len(batch.pool) >= 30
        assert (batch.log_chance < 0).all()


def test_a_small_catalogue_is_told_apart_whole() -> None:
    batch = one_batch(planted(), quick(pool=60, hidden_share=0.0))
    assert batch.pool.tolist() == list(range(60))
    assert not batch.log_chance.any()
    assert not len(batch.hidden)


def test_processes_share_the_users_among_them() -> None:
    train, config = planted(151).train, quick()
    one, other = (list(batches(train, config, 1, rank, 2)) for rank in (0, 1))
    assert len(one) == len(other)
    users = np.concatenate([batch.users for batch in one + other])
    assert len(users) == 152  # one comes twice, so that both have the same number of steps
    assert set(users.tolist()) == set(range(151))


def test_validation_withholds_from_some_users_only() -> None:
    data = planted()
    split = validation_split(data, seed=0, n_users=20)
    assert split.test is not None
    assert (np.diff(split.test.indptr) > 0).sum() == 20
    assert split.train.nnz + split.test.nnz == data.train.nnz


def test_many_drawn_neighbours_come_near_all_of_them() -> None:
    data = planted()
    network = RelationalAttention(data, quick(fan_out=2_000, layers=2), CPU)
    whole = network.vectors(data)
    seeds = np.array([0, 7, BLOCKS * SIZE + 3])
    network.reseed(1)
    drawn, blocks = network._sampler.sample(seeds, np.array([], np.int64))
    with torch.no_grad():
        found = network._embed(drawn, blocks).numpy()
    wanted = np.stack([whole.items[0], whole.items[7], whole.users[3]])
    wanted = wanted / np.linalg.norm(wanted, axis=1, keepdims=True)
    cosines = (found / np.linalg.norm(found, axis=1, keepdims=True) * wanted).sum(axis=1)
    assert (cosines > 0.995).all()


def test_the_network_is_the_same_by_dgl_and_by_torch() -> None:
    data = planted()
    network = RelationalAttention(data, quick(fan_out=5), CPU)
    found = []
    for messages in (DglMessages, TorchMessages):
        network._messages = messages
        network.reseed(4)
        network.zero_grad()
        loss = network(one_batch(data, quick(fan_out=5)))
        loss.backward()
        gradients = {
            name: value.grad.clone()
            for name, value in network.named_parameters()
            if value.grad is not None
        }
        assert set(gradients) == {"nodes", "attention", "translation", "passing", "bias"}
        found.append((loss.item(), gradients))
    (loss, by_dgl), (other_loss, by_torch) = found
    assert loss == pytest.approx(other_loss, abs=1e-5)
    for name, gradient in by_dgl.items():
        assert gradient.abs().max() > 1e-4
        assert (gradient - by_torch[name]).abs().max() < 1e-5


@pytest.mark.parametrize(
    ("fit", "config"),
    [(fit_light_gcn, quick_light()), (fit_relational_attention, quick())],
)
def test_networks_find_planted_tastes(fit: Fit, config: TrainConfig) -> None:
    data = planted()
    trained = fit(data, config, device="cpu")
    learned = measure(trained, data, 4)[0]["ndcg@4"]
    popular = measure(fit_popularity(data.train), data, 4)[0]["ndcg@4"]
    assert learned > 0.75
    assert popular < 0.35
    assert trained.history[-1]["loss"] < trained.history[0]["loss"]
    assert trained.best_epoch % 2 == 0
    best = max(entry.get(METRIC, 0.0) for entry in trained.history)
    assert trained.history[trained.best_epoch - 1][METRIC] == best


def test_a_user_is_what_the_items_tell() -> None:
    data = planted()
    taken = data.train.toarray()
    taken[0] = np.eye(len(taken[0]))[5]  # one item alone
    taken[1] = 0.0  # none
    rows, columns = np.nonzero(taken)
    changed = replace(data, train=incidence(rows, columns, taken.shape))
    network = RelationalAttention(changed, quick(layers=1), CPU)
    users = network.vectors(changed).users
    item = network.nodes[5].detach()
    assert users[0] == pytest.approx((item / item.norm()).numpy(), abs=1e-6)
    assert not users[1].any()


def test_facts_place_an_item_that_nobody_has_taken() -> None:
    data = planted()
    cold = data.train.copy()
    cold.data[cold.indices == 0] = 0.0
    cold.eliminate_zeros()
    trained = fit_relational_attention(replace(data, train=cold), quick(), device="cpu")
    scores = trained.score_users(np.arange(BLOCKS))[:, 0]  # of item 0, one user a block
    assert scores.argmax() == 0


@pytest.mark.parametrize(
    ("fit", "config"),
    [
        (fit_light_gcn, quick_light(epochs=6, hidden_share=0.5)),
        (fit_relational_attention, quick(epochs=6)),
    ],
)
def test_a_resumed_training_ends_as_if_never_stopped(
    fit: Fit, config: TrainConfig, tmp_path: Path
) -> None:
    data = planted()
    whole = fit(data, config, device="cpu")
    fit(data, replace(config, epochs=3), device="cpu", options=TrainingOptions(folder=tmp_path))
    lines: list[str] = []
    options = TrainingOptions(lines.append, folder=tmp_path)
    resumed = fit(data, config, device="cpu", options=options)
    assert len(lines) == 3
    assert resumed.best_epoch == whole.best_epoch
    np.testing.assert_array_equal(resumed.vectors.items, whole.vectors.items)
    np.testing.assert_array_equal(resumed.vectors.users, whole.vectors.users)


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    data, config = planted(), quick_light(epochs=1)
    fit_light_gcn(data, config, device="cpu", options=TrainingOptions(folder=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]
    options = TrainingOptions(folder=tmp_path)
    with pytest.raises(ConfigError, match="dimension 16, now 8"):
        fit_light_gcn(data, replace(config, dimension=8), device="cpu", options=options)
    with pytest.raises(ConfigError, match="another training: data"):
        fit_light_gcn(planted(seed=1), config, device="cpu", options=options)


def test_training_stops_when_time_is_up_or_nothing_gets_better() -> None:
    data = planted()
    assert fit_light_gcn(data, quick_light(seconds=0.0), device="cpu").stopped == "out of time"
    stuck = fit_light_gcn(data, quick_light(learning_rate=0.0, patience=2), device="cpu")
    assert stuck.stopped == "no longer better"
    assert stuck.best_epoch == 2
    assert len(stuck.history) == 6


def test_facts_alone_bring_together_what_shares_them() -> None:
    data = planted()
    nobody = incidence(np.array([], np.int64), np.array([], np.int64), (0, data.n_items))
    bare = replace(data, train=nobody, test=None)
    trained = fit_relational_attention(bare, quick(epochs=4), device="cpu")
    assert (trained.best_epoch, trained.stopped, len(trained.history)) == (0, "all epochs", 4)
    assert trained.history[-1]["loss"] < 0.8 * trained.history[0]["loss"]
    items = trained.vectors.items
    likeness = items @ items.T
    np.fill_diagonal(likeness, -1.0)
    nearest = likeness.argmax(axis=1)
    assert (nearest // SIZE == np.arange(data.n_items) // SIZE).mean() > 0.95


@pytest.mark.parametrize(("name", "value"), [("layers", 0), ("hidden_share", 1.0)])
def test_numbers_out_of_range_are_refused(name: str, value: float) -> None:
    with pytest.raises(ConfigError, match=name):
        quick(**{name: value})
