"""What one step of training is about: some users, what of theirs is to be predicted, among what."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from catalograph.embed.graph.config import TrainConfig
from catalograph.embed.recommend.matrices import Csr, Floats, Ints

__all__ = ["PairBatch", "batches"]

_STEPS_WITHOUT_USERS = 32


@dataclass(frozen=True)
class PairBatch:
    """Users, pairs to predict and the items to tell them apart from.

    Attributes:
        users: int64 [b], sorted.
        rows: int64 [p]; user of a pair, as index into `users`.
        columns: int64 [p]; item of a pair, as index into `pool`.
        pool: int64 [n]; items, sorted.
        log_chance: float32 [n]; logarithm of the chance of an item to be in the pool.
        hidden: int64 [h]; interactions that messages must not use, by their place in the matrix.
        n_interactions: all interactions there are.
        random: for whatever else the step draws.
    """

    users: Ints
    rows: Ints
    columns: Ints
    pool: Ints
    log_chance: Floats
    hidden: Ints
    n_interactions: int
    random: np.random.Generator


def batches(
    train: Csr, config: TrainConfig, epoch: int, rank: int = 0, processes: int = 1
) -> Iterator[PairBatch]:
    """Go once over all users with interactions, in an order that seed and epoch decide.

    Args:
        train: 0/1 matrix [users, items].
        config: sizes and seed.
        epoch: makes each epoch another.
        rank: number of this process; each has users of its own.
        processes: how many there are; all get the same number of batches.

    Yields:
        Batches; some without users when there are no interactions, for learning from facts.
    """
    random = np.random.default_rng([config.seed, epoch, rank])
    users = np.flatnonzero(np.diff(train.indptr))
    if not len(users):
        yield from (_without_users(random) for _ in range(_STEPS_WITHOUT_USERS))
        return
    order = np.random.default_rng([config.seed, epoch]).permutation(users)
    # Padded from its beginning, so that no process waits for another's last step.
    share = -(-len(order) // processes)
    mine = np.resize(order, share * processes)[rank::processes]
    size = max(1, config.users_per_step // processes)
    for start in range(0, share, size):
        yield _batch(train, np.sort(mine[start : start + size]), config, random)


def _without_users(random: np.random.Generator) -> PairBatch:
    none = np.empty(0, np.int64)
    return PairBatch(none, none, none, none, np.empty(0, np.float32), none, 0, random)


def _batch(train: Csr, users: Ints, config: TrainConfig, random: np.random.Generator) -> PairBatch:
    rows = train[users]
    counts = np.diff(rows.indptr)
    row = np.repeat(np.arange(len(users)), counts)
    item = rows.indices.astype(np.int64)
    place = np.repeat(train.indptr[users] - rows.indptr[:-1], counts) + np.arange(len(row))
    hidden = place[:0]
    if config.hidden_share:
        chosen = random.random(len(row)) < config.hidden_share
        row, item, hidden = row[chosen], item[chosen], place[chosen]
    pool, log_chance = _pool(train, item, config, random)
    columns = np.searchsorted(pool, item)
    n = train.nnz
    return PairBatch(users, row, columns, pool, log_chance, hidden.astype(np.int64), n, random)


def _pool(
    train: Csr, items: Ints, config: TrainConfig, random: np.random.Generator
) -> tuple[Ints, Floats]:
    """The items to predict and some at random, or all; and the logarithm of each one's chance."""
    n = train.shape[1]
    if n <= config.pool:
        return np.arange(n), np.zeros(n, np.float32)
    pool = np.union1d(items, random.choice(n, config.pool, replace=False))
    popularity = np.bincount(train.indices, minlength=n)[pool] / train.nnz
    missed = (1 - config.pool / n) * (1 - popularity) ** len(items)
    return pool, np.log1p(-missed).astype(np.float32)
