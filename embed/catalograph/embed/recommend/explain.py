"""Explanations of an item's score: paths in the graph whose contributions add up to it.

score(u, i) = Σ_j x_uj·B_ji over the events j of a user, and B_ji is the sum of its parts (see
`contributions`). The part of the interactions rests on the shoppers of both j and i, or, where it
is negative, on those of j who did not choose i, if such shoppers exist. A relation's part is
divided among the facts that j and i have in common, in proportion to their share in
G_r[j, i] = Σ_t F_jt·F_it (`share_out` says how where facts speak against each other), so each is
the path j – relation – t – i. A part without a common fact, or without a shopper whom it rests on,
came over more than one step; these are summed up by relation as indirect. Negative contributions
are kept. All sums use float64, whatever the model's precision.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from catalograph.embed.recommend.checkpoint import FittedModel
from catalograph.embed.recommend.kgease import INTERACTIONS
from catalograph.embed.recommend.matrices import Csr, Floats, Ints, row_of_entry
from catalograph.schema.apportion import share_out

__all__ = ["Explanation", "Path", "explain"]


@dataclass(frozen=True, slots=True)
class Path:
    """One reason: a path through the graph from an event to the item."""

    contribution: float
    """Contribution to the score, negative when it speaks against the item."""
    event: int
    """Item of the user's event."""
    relation: str
    """A relation, or `INTERACTIONS` for shoppers of both items."""
    tail: int = -1
    """Tail that both items have in this relation; -1 for `INTERACTIONS`."""


@dataclass(frozen=True)
class Explanation:
    """A score and its summands: contributions of `paths`, and `indirect`."""

    item: int
    score: float
    paths: tuple[Path, ...]
    """Strongest first, by magnitude."""
    indirect: float
    """Contribution over more than one step, plus `rounding`."""
    indirect_parts: Mapping[str, float]
    """Contribution over more than one step by relation or `INTERACTIONS`."""
    nothing_shared: float
    """Sum of the absolute contributions of all events and relations without a shared fact or a
    common shopper."""
    size: float
    """Sum of the absolute contributions of all events and relations."""
    rounding: float
    """Difference between the score and the parts of the weights: the error of the inverse."""

    @property
    def total(self) -> float:
        """Return the sum of all contributions."""
        return math.fsum([self.indirect, *(path.contribution for path in self.paths)])


def explain(model: FittedModel, row: Csr, items: Ints) -> list[Explanation]:
    """Explain the scores of some items for one user.

    Args:
        model: the model.
        row: the user's interactions as scored, [1, items].
        items: int [m], items to explain, none of them in `row`.

    Returns:
        One explanation per item.
    """
    facts = {name: F[row.indices] for name, F in model.features.items()}
    return [_explain(model, row, facts, int(item)) for item in items]


def _explain(model: FittedModel, row: Csr, facts: Mapping[str, Csr], item: int) -> Explanation:
    """Explain one item; `facts` are the rows of F of the user's events, by relation."""
    events, history = row.indices, row.data.astype(np.float64)
    P = model.P[np.append(events, item)]  # (events + 1, items)
    to_item = P[:, item].astype(np.float64) / P[-1, item]
    scaled = history * float(model.scale[item])
    paths: list[Path] = []
    parts: list[float] = []
    beyond: dict[str, Floats] = {}
    nothing_shared: list[float] = []
    for name, weight, shared in _parts(model, events, facts, item):
        M = P[:, shared.others] @ shared.values  # (events + 1,), float64
        part = scaled * weight * (M - to_item * M[-1])[:-1]
        parts.extend(part)
        nothing_shared.extend(np.abs(np.delete(part, shared.places)))
        if name == INTERACTIONS:
            shared = _resting_on_shoppers(shared, model.interactions, events, part)
        paths.extend(shared.paths(name, events, part))
        beyond[name] = np.delete(part, shared.places)
    paths.sort(key=lambda path: (-abs(path.contribution), path.event, path.relation, path.tail))
    score = math.fsum(-scaled * to_item[:-1])
    # Computed from the score itself, so that rounding of the inverse cannot break the sum.
    indirect = math.fsum([score, *(-path.contribution for path in paths)])
    return Explanation(
        item,
        score,
        tuple(paths),
        indirect,
        {name: math.fsum(part) for name, part in beyond.items()},
        math.fsum(nothing_shared),
        math.fsum(map(abs, parts)),
        score - math.fsum(parts),
    )


@dataclass(frozen=True)
class _Shared:
    """One part of A seen from an item: its column, and what the events share with the item.

    The column G[:, item] excludes the diagonal.
    """

    others: Ints
    """int [c]: rows where the column is not zero."""
    values: Floats
    """float64 [c]: values of the column there."""
    places: Ints
    """int [m]: position of the event, for each shared thing; ascending."""
    tails: Ints
    """int [m]: the shared tail; -1 for shoppers."""
    strengths: Floats
    """float64 [m]: its summand in G[event, item]."""

    def paths(self, name: str, events: Ints, part: Floats) -> Iterator[Path]:
        """Divide the parts of the events, float64 [events], among the paths."""
        places, starts = np.unique(self.places, return_index=True)
        bounds = [*starts.tolist(), len(self.places)]
        for place, start, stop in zip(places.tolist(), bounds, bounds[1:], strict=False):
            shares = share_out(float(part[place]), self.strengths[start:stop].tolist())
            for tail, share in zip(self.tails[start:stop].tolist(), shares, strict=True):
                yield Path(share, int(events[place]), name, tail)


def _parts(
    model: FittedModel, events: Ints, facts: Mapping[str, Csr], item: int
) -> Iterator[tuple[str, float, _Shared]]:
    yield INTERACTIONS, 1.0, _common_shoppers(model.interactions, events, item)
    for name, F in model.features.items():
        own = F[[item]].astype(np.float64)
        weight = model.config.weight(name)
        yield name, weight, _common_facts(own, model.holders[name], facts[name], item)


def _common_shoppers(counts: Csr, events: Ints, item: int) -> _Shared:
    span = slice(counts.indptr[item], counts.indptr[item + 1])
    others, values = counts.indices[span], counts.data[span].astype(np.float64)
    values[others == item] = 0.0
    places = np.flatnonzero(np.isin(events, others[values > 0]))
    return _Shared(others, values, places, np.full(len(places), -1), np.ones(len(places)))


def _resting_on_shoppers(shared: _Shared, counts: Csr, events: Ints, part: Floats) -> _Shared:
    """Return the events whose part has shoppers it rests on: those of both, or of the event only.

    Args:
        shared: the column of the item and the events with common shoppers.
        counts: XᵀX, CSR [items, items].
        events: int [events], items of the events.
        part: float64 [events], the parts of the interactions.
    """
    common = np.zeros(counts.shape[0])
    common[shared.others] = shared.values
    common = common[events]
    apart = counts.diagonal()[events] - common
    places = np.flatnonzero(((part > 0) & (common > 0)) | ((part < 0) & (apart > 0)))
    return replace(
        shared, places=places, tails=np.full(len(places), -1), strengths=np.ones(len(places))
    )


def _common_facts(own: Csr, holders: Csr, of_events: Csr, item: int) -> _Shared:
    """Find shared facts from the item's row of F, the transpose of F and the events' rows of F."""
    column = own @ holders  # (1, items)
    values = np.where(column.indices == item, 0.0, column.data)
    value_of = np.zeros(own.shape[1])
    value_of[own.indices] = own.data
    products = of_events.data * value_of[of_events.indices]
    common = np.flatnonzero(products)
    places = row_of_entry(of_events)[common]
    return _Shared(column.indices, values, places, of_events.indices[common], products[common])
