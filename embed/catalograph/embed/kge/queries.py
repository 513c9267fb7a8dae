"""Training rows: a head, a relation, and the tails that answer it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from catalograph.embed.kge.triples import HEAD, RELATION, TAIL, Ints


@dataclass(frozen=True)
class QueryBatch:
    """Rows of one step, as tensors on the device of the model."""

    heads: Tensor
    """[rows]"""
    relations: Tensor
    """[rows], below twice the number of relations."""
    row: Tensor
    """For each answer its row, [answers], ascending."""
    answers: Tensor
    """[answers]"""
    random: torch.Generator
    """To draw negatives with, always on the CPU."""


@dataclass(frozen=True)
class Queries:
    """Rows with their answers end to end."""

    heads: Ints
    """[rows]"""
    relations: Ints
    """[rows]"""
    offsets: Ints
    """[rows + 1]; row i is answered by `answers[offsets[i]:offsets[i + 1]]`."""
    answers: Ints
    """[answers]"""

    def __len__(self) -> int:
        return len(self.heads)

    @classmethod
    def of(cls, triples: Ints, *, grouped: bool) -> "Queries":
        """Make rows of triples [n, 3].

        Args:
            triples: head, relation, tail, inverse ones included.
            grouped: one row a distinct (head, relation); else one a triple.
        """
        order = np.lexsort((triples[:, TAIL], triples[:, RELATION], triples[:, HEAD]))
        heads, relations, tails = triples[order].T
        begins = np.ones(len(triples), dtype=bool)
        if grouped:
            begins[1:] = (np.diff(heads) != 0) | (np.diff(relations) != 0)
        starts = np.flatnonzero(begins)
        return cls(heads[starts], relations[starts], np.append(starts, len(tails)), tails.copy())

    def take(self, rows: Ints) -> tuple[Ints, Ints]:
        """For each answer of some rows its place in `rows`, and the answer."""
        counts = self.offsets[rows + 1] - self.offsets[rows]
        place = np.repeat(np.arange(len(rows)), counts)
        within = np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts)
        return place, self.answers[self.offsets[rows][place] + within]

    def find(self, heads: Ints, relations: Ints) -> Ints:
        """Rows of (head, relation) pairs, −1 where there is none; of grouped rows only."""
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
    """All rows once, in an order and with negatives that the seed alone decides.

    Args:
        queries: what to train on.
        size: rows of a step of all processes together.
        seed: of the whole training, and the epoch.
        device: where the tensors go.
        part: which share of how many this process has; each step gives every process a row.
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
