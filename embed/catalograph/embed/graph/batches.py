"""Training batches: some users, their items to predict, and the items to compare with."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from catalograph.embed.graph.config import TrainConfig
from catalograph.embed.recommend.matrices import Csr, Floats, Ints

__all__ = ["PairBatch", "batches"]

_STEPS_WITHOUT_USERS = 32


@dataclass(frozen=True)
class PairBatch:
    """Users, pairs to predict and the items they compete with.

    Attributes:
        users: int64 [b], sorted.
        rows: int64 [p]; user of a pair, as index into `users`.
        columns: int64 [p]; item of a pair, as index into `pool`.
        pool: int64 [n]; items, sorted.
        log_chance: float32 [n]; logarithm of an item's probability of being in the pool.
        hidden: int64 [h]; interactions that messages must not use, by position in the matrix.
        n_interactions: total number of interactions.
        random: random generator for all other draws of the step.
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
    """Yield batches of all users with interactions, in an order fixed by seed and epoch.

    Args:
        train: 0/1 matrix [users, items].
        config: sizes and seed.
        epoch: number of the epoch, which changes the order.
        rank: number of this process; each process has users of its own.
        processes: number of processes; all get the same number of batches.

    Yields:
        Batches; if there are no interactions, batches without users, to learn from facts.
    """
    random = np.random.default_rng([config.seed, epoch, rank])
    users = np.flatnonzero(np.diff(train.indptr))
    if not len(users):
        yield from (_without_users(random) for _ in range(_STEPS_WITHOUT_USERS))
        return
    order = np.random.default_rng([config.seed, epoch]).permutation(users)
    # Padded with its beginning: with equal numbers of steps, no process waits for another.
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
    """Return the items to predict plus random ones, or all; and each one's log probability."""
    n = train.shape[1]
    if n <= config.pool:
        return np.arange(n), np.zeros(n, np.float32)
    pool = np.union1d(items, random.choice(n, config.pool, replace=False))
    popularity = np.bincount(train.indices, minlength=n)[pool] / train.nnz
    # Probability of being in neither the random draw nor the items to predict.
    missed = (1 - config.pool / n) * (1 - popularity) ** len(items)
    return pool, np.log1p(-missed).astype(np.float32)
