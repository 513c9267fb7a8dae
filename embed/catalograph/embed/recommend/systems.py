"""Assignment of items to systems when a catalogue is too large for a single one.

Every item is the target of exactly one system. It shares the system with similar items, because an
item related to one of them is mostly related to all. A system's members are its targets and the
items most related to them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from catalograph.embed.recommend.matrices import Csr, Floats, Ints, row_of_entry

__all__ = ["System", "plan_systems"]

_MEMBERS_A_TARGET = 15
"""Maximum number of members per target of a system. Its m members cost m³/3 operations and each
target 2·m² more. On Amazon Beauty this keeps 91 % of the dense form's top 10; 30 took 1.6 times as
long for 93 % with the same NDCG, and a system of 400 for each target alone ten times as long."""

_NEAREST = 300
"""Number of items each target proposes; the members are the first proposals of all targets."""

_SHARING = 300
"""Maximum number of items considered per shared fact: those with the most users. They are the
sources in most histories; a fact shared by more items is weak evidence about each."""

_BLOCK_CELLS = 1 << 24
"""Number of pairs of items processed at a time: 128 MiB."""


@dataclass(frozen=True)
class System:
    """Items whose weights are computed together."""

    targets: Ints
    """int32 [t], ascending: items whose columns of B come from this system."""
    members: Ints
    """int32 [m], ascending, including the targets: the sources those columns may have."""


def plan_systems(
    pairs: Csr, features: Csr, used: Ints, ridge: float, neighbours: int
) -> list[System]:
    """Split the items into systems; with at most `neighbours` items it is a single one.

    Args:
        pairs: G [items, items], the Gram matrix of the interactions.
        features: V [items, features] with A = G + V·Vᵀ + ridge·I.
        used: int [items], number of users of each item.
        ridge: λ.
        neighbours: maximum number of members of a system, at least 1.
    """
    n_items = features.shape[0]
    everything = np.arange(n_items, dtype=np.int32)
    if n_items <= neighbours:
        return [System(everything, everything)] if n_items else []
    near = _nearest(pairs, features, used, ridge)
    size = max(1, neighbours // _MEMBERS_A_TARGET)
    # The most used items start the groups.
    groups = _groups(near, np.argsort(-used, kind="stable"), size)
    return [System(group, _members(near[group], neighbours)) for group in groups]


def _nearest(pairs: Csr, features: Csr, used: Ints, ridge: float) -> Ints:
    """Find the items most related to each: A_ji / √A_jj, what one source alone can explain.

    Returns:
        int32 [items, up to `_NEAREST`], best first, with the item itself at the front and, if there
        are too few, as padding at the end.
    """
    n_items = features.shape[0]
    near = np.repeat(np.arange(n_items, dtype=np.int32)[:, None], min(_NEAREST, n_items), axis=1)
    squares = np.asarray(features.multiply(features).sum(axis=1)).ravel()
    lengths = np.sqrt(pairs.diagonal() + squares + ridge).astype(features.dtype)
    sources = _sources(features, used, lengths)
    cells = np.diff(sources.indptr)[features.indices]
    for start, stop in _blocks(pairs.indptr + np.append(0, np.cumsum(cells))[features.indptr]):
        chosen = pairs[start:stop].astype(features.dtype)
        chosen.data /= lengths[chosen.indices]
        related = sp.csr_array(chosen + features[start:stop] @ sources)
        for place, item in enumerate(range(start, stop)):
            span = slice(related.indptr[place], related.indptr[place + 1])
            # Negated, because a partition and a sort put the smallest first.
            found, strength = related.indices[span], -related.data[span]
            found, strength = found[found != item], strength[found != item]
            if len(found) >= near.shape[1]:
                best = np.argpartition(strength, near.shape[1] - 2)[: near.shape[1] - 1]
                found, strength = found[best], strength[best]
            near[item, 1 : len(found) + 1] = found[np.argsort(strength, kind="stable")]
    return near


def _sources(features: Csr, used: Ints, lengths: Floats) -> Csr:
    """Return Vᵀ with columns divided by √A_jj, for the `_SHARING` most used items per feature."""
    scaled = sp.csr_array(features.T)  # (features, items)
    scaled.data /= lengths[scaled.indices]
    rows = row_of_entry(scaled)
    order = np.lexsort((-used[scaled.indices], rows))
    order = order[np.arange(len(order)) - scaled.indptr[rows] < _SHARING]
    entries = (scaled.data[order], (rows[order], scaled.indices[order]))
    return sp.csr_array(entries, shape=scaled.shape)


def _blocks(cells: Ints) -> Iterator[tuple[int, int]]:
    """Split the rows into blocks with few enough entries.

    Args:
        cells: int [rows + 1], number of entries before each row.
    """
    start, n_items = 0, len(cells) - 1
    while start < n_items:
        reached = int(np.searchsorted(cells, cells[start] + _BLOCK_CELLS, side="right")) - 1
        # At least one row, even if it exceeds the limit alone.
        stop = max(start + 1, reached)
        yield start, stop
        start = stop


def _groups(near: Ints, order: Ints, size: int) -> Iterator[Ints]:
    """Split the items: an item, the free ones nearest to it, then those nearest to the group."""
    free = np.ones(len(near), dtype=bool)
    for seed in order:
        if not free[seed]:
            continue
        found, first = np.unique(near[seed], return_index=True)
        found = found[np.argsort(first)]
        group = found[free[found]][:size]
        free[group] = False
        ring, times = np.unique(near[group], return_counts=True)
        ring, times = ring[free[ring]], times[free[ring]]
        more = ring[np.argsort(-times, kind="stable")][: size - len(group)]
        free[more] = False
        yield np.sort(np.concatenate([group, more]))


def _members(near: Ints, size: int) -> Ints:
    """Return the targets, then the first choice of each, the second of each, and so on."""
    members, place = np.unique(near, return_inverse=True)
    rank: Floats = np.full(len(members), near.shape[1], dtype=np.float32)
    np.minimum.at(rank, place.ravel(), np.tile(np.arange(near.shape[1]), len(near)))
    # Ties in rank go to the items that more targets propose.
    order = np.lexsort((-np.bincount(place.ravel()), rank))
    return np.sort(members[order[:size]])
