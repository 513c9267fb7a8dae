"""Training rows: a head, a relation, and the tails that are their answers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from catalograph.embed.kge.triples import HEAD, RELATION, TAIL, Ints


@dataclass(frozen=True)
class QueryBatch:
    """Rows of one step, as tensors on the model's device."""

    heads: Tensor
    """Heads, [rows]."""
    relations: Tensor
    """Relations, [rows], below twice the number of relations."""
    row: Tensor
    """Row of each answer, [answers], ascending."""
    answers: Tensor
    """Tails, [answers]."""
    random: torch.Generator
    """Generator of negatives, always on the CPU."""


@dataclass(frozen=True)
class Queries:
    """Rows with their answers concatenated."""

    heads: Ints
    """Heads, [rows]."""
    relations: Ints
    """Relations, [rows]."""
    offsets: Ints
    """[rows + 1]; the answers of row i are `answers[offsets[i]:offsets[i + 1]]`."""
    answers: Ints
    """Tails, [answers]."""

    def __len__(self) -> int:
        return len(self.heads)

    @classmethod
    def of(cls, triples: Ints, *, grouped: bool) -> "Queries":
        """Build rows from triples [n, 3].

        Args:
            triples: head, relation, tail, including inverse triples.
            grouped: whether to build one row per distinct (head, relation), or one per triple.
        """
        order = np.lexsort((triples[:, TAIL], triples[:, RELATION], triples[:, HEAD]))
        heads, relations, tails = triples[order].T
        begins = np.ones(len(triples), dtype=bool)
        if grouped:
            begins[1:] = (np.diff(heads) != 0) | (np.diff(relations) != 0)
        starts = np.flatnonzero(begins)
        return cls(heads[starts], relations[starts], np.append(starts, len(tails)), tails.copy())

    def take(self, rows: Ints) -> tuple[Ints, Ints]:
        """Return, for each answer of some rows, its position in `rows`, and the answer."""
        counts = self.offsets[rows + 1] - self.offsets[rows]
        place = np.repeat(np.arange(len(rows)), counts)
        within = np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts)
        return place, self.answers[self.offsets[rows][place] + within]

    def find(self, heads: Ints, relations: Ints) -> Ints:
        """Return rows of (head, relation) pairs, −1 for none; for grouped rows only."""
        if not len(self):
            return np.full(len(heads), -1)
        span = 1 + max(self.relations.max(), relations.max(initial=0))
        keys, wanted = self.heads * span + self.relations, heads * span + relations
        found = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(keys[found] == wanted, found, -1)


def epoch_batches(
    queries: Queries,
    size: int,
    seed: tuple[int, int],
    device: torch.device,
    part: tuple[int, int] = (0, 1),
) -> Iterator[QueryBatch]:
    """Yield all rows once, in an order and with negatives that depend only on the seed.

    Args:
        queries: training rows.
        size: number of rows per step, over all processes.
        seed: seed of the whole training, and the epoch.
        device: device of the tensors.
        part: number of this process, and of all processes; each step gives every process a row.
    """
    order = np.random.default_rng(seed).permutation(len(queries))
    share, shares = part
    random = torch.Generator().manual_seed((seed[0] * 1_000_003 + seed[1]) * shares + share)
    for start in range(0, len(order), size):
        rows = order[start : start + size][share::shares]
        if not len(rows):
            rows = order[[share % len(order)]]
        place, answers = queries.take(rows)
        heads, relations, place_t, answers_t = (
            torch.from_numpy(values).to(device)
            for values in (queries.heads[rows], queries.relations[rows], place, answers)
        )
        yield QueryBatch(heads, relations, place_t, answers_t, random)
