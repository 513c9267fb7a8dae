"""Counterfactual scores of a user: with events or facts removed or added.

The answer is that of a refit with the changed entries, without the refit. A change of A is written
as L·Rᵀ + R·Lᵀ with as few columns as possible: one for a user's events; for a relation, one for
each item whose features change (a fact also changes the rarity of its tail, hence the features of
all items that have it) or one for each tail of those items, whichever are fewer. Then, with
U = [L R] and the swap C of its halves (its own inverse), Woodbury's identity gives

    (A + U·C·Uᵀ)⁻¹ = P − P·U·(C + Uᵀ·P·U)⁻¹·Uᵀ·P,

of which the scores of one user need one row and the diagonal. With so many columns that a refit is
cheaper, the model is refitted.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import scipy.sparse as sp

from catalograph.embed.recommend.checkpoint import FittedModel
from catalograph.embed.recommend.data import RelationFacts
from catalograph.embed.recommend.ease import interaction_gram
from catalograph.embed.recommend.kgease import target_scale
from catalograph.embed.recommend.matrices import Csr, Floats, Ints, incidence
from catalograph.errors import InvalidInputError

__all__ = ["Event", "ItemFact", "RankedItem", "WhatIfResult", "what_if"]

_ALWAYS_UPDATED = 64
"""Number of columns of U up to which a refit is never considered."""

_DENSE_SHARE = 0.02
"""Share of entries from which a product with P is faster in dense form."""


@dataclass(frozen=True)
class Event:
    """The user's interaction with an item."""

    item: int


@dataclass(frozen=True)
class ItemFact:
    """An item's fact; the tail after the last is a new tail, which no item has yet."""

    item: int
    relation: str
    tail: int
    tail_item: int = -1
    """Item that a new tail is, -1 for none."""


@dataclass(frozen=True)
class RankedItem:
    """An item before and after; ranks start at 1, and are None for the user's own items."""

    item: int
    score_before: float
    score_after: float
    rank_before: int | None
    rank_after: int | None


@dataclass(frozen=True)
class WhatIfResult:
    """The result of a what-if question."""

    standings: tuple[RankedItem, ...]
    """Requested items and the top k before or after, by rank after; the user's items last."""
    before: Floats
    """float [items]: all current scores."""
    after: Floats
    """float [items]: all scores after the change."""
    method: Literal["update", "refit"]
    """Method by which `after` was computed."""
    rank: int
    """Number of columns of U: an upper bound of the rank of the change of A."""


@dataclass(frozen=True)
class _Change:
    """A change of A, as left·rightᵀ + right·leftᵀ, both CSR [items, r]."""

    left: Csr
    right: Csr


def what_if(
    model: FittedModel,
    history: Ints,
    *,
    remove: Sequence[Event | ItemFact] = (),
    add: Sequence[Event | ItemFact] = (),
    items: Sequence[int] = (),
    k: int = 10,
    learned: bool = True,
    most_columns: int | None = None,
) -> WhatIfResult:
    """Score all items for a user as a refit would, with some entries removed and some added.

    Args:
        model: the model.
        history: int [m], the items of the user's events.
        remove: existing events of the user and existing facts.
        add: events and facts that do not exist.
        items: items to report besides the top k.
        k: length of the lists, at least 1.
        learned: whether the model learned from this user's events; if not, a changed event changes
            only the history that is scored, and the model stays.
        most_columns: number of columns above which the model is refitted; by default a quarter of
            the items.

    Raises:
        InvalidInputError: an entry to remove does not exist, one to add does, or the model cannot
            have learned from this history.
    """
    before, after = _histories(model, history, remove, add)
    relations = _changed_relations(model, remove, add)
    changes = list(_changes_by_facts(model, relations))
    if learned and (after - before).nnz:
        _require_learned(model, before)
        changes.append(_change_by_events(before, after, model.config.user_power))
    counts = _counts(model, before, after) if learned else model.interactions
    columns = 2 * sum(change.left.shape[1] for change in changes)
    if most_columns is None:
        most_columns = max(_ALWAYS_UPDATED, model.n_items // 4)
    method: Literal["update", "refit"] = "update" if columns <= most_columns else "refit"
    if method == "update":
        scores = _updated_scores(model.P, changes, after) * target_scale(
            counts.diagonal(), model.config
        )
    else:
        scores = model.refit(counts, {**model.relations, **relations}).score(after)[0]
    was = model.score(before)[0]
    standings = _standings((was, before), (scores, after), items, k)
    return WhatIfResult(standings, was, scores, method, columns)


def _histories(
    model: FittedModel,
    history: Ints,
    remove: Iterable[Event | ItemFact],
    add: Iterable[Event | ItemFact],
) -> tuple[Csr, Csr]:
    """Return the user's row before and after, 0/1 [1, items]."""
    own = {int(item) for item in history}
    gone = {entry.item for entry in remove if isinstance(entry, Event)}
    new = {entry.item for entry in add if isinstance(entry, Event)}
    _require_items(model, own | new)
    if gone - own:
        raise InvalidInputError(
            f"The user has no event with item {min(gone - own)}, so it cannot be removed."
        )
    if new & own:
        raise InvalidInputError(
            f"The user has an event with item {min(new & own)} already, so it cannot be added."
        )
    return _row(own, model.n_items), _row((own - gone) | new, model.n_items)


def _row(items: set[int], n: int) -> Csr:
    return incidence(np.zeros(len(items), np.int64), np.array(sorted(items), np.int64), (1, n))


def _require_items(model: FittedModel, items: Iterable[int]) -> None:
    for item in items:
        if not 0 <= item < model.n_items:
            raise InvalidInputError(f"Item {item} is none of the model's {model.n_items:,} items.")


def _require_learned(model: FittedModel, row: Csr) -> None:
    """Refuse an unlearned history: all pairs of a learned one are counted at least once."""
    pairs = model.interactions[row.indices][:, row.indices]
    if pairs.count_nonzero() < row.nnz**2:
        raise InvalidInputError(
            "The model cannot have learned from a user with these events, as it never saw some of "
            "them together; say that the user is new."
        )


def _changed_relations(
    model: FittedModel, remove: Iterable[Event | ItemFact], add: Iterable[Event | ItemFact]
) -> dict[str, RelationFacts]:
    """Return the changed relations after the change."""
    changed: dict[str, RelationFacts] = {}
    for entries, there in ((remove, True), (add, False)):
        for entry in entries:
            if isinstance(entry, ItemFact):
                kept = _relation(model, entry)
                relation = changed.get(entry.relation, kept)
                changed[entry.relation] = _toggle_fact(relation, entry, there=there)
    return changed


def _relation(model: FittedModel, fact: ItemFact) -> RelationFacts:
    _require_items(model, (fact.item,))
    if fact.relation not in model.relations:
        raise InvalidInputError(
            f"The model has no relation {fact.relation!r}; it has {', '.join(model.relations)}."
        )
    return model.relations[fact.relation]


def _toggle_fact(relation: RelationFacts, fact: ItemFact, *, there: bool) -> RelationFacts:
    """Return the relation without an existing fact, or with a new one."""
    facts, own = relation.facts, relation.tail_items
    n, n_tails = facts.shape
    found = 0 <= fact.tail < n_tails and bool(facts[fact.item, fact.tail])
    if not 0 <= fact.tail <= n_tails:
        raise InvalidInputError(
            f"Tail {fact.tail} is none of the {n_tails:,} of {fact.relation}; the next new one "
            f"is {n_tails}."
        )
    if found != there:
        raise InvalidInputError(
            f"Item {fact.item} has {'the' if found else 'no'} fact {fact.relation} {fact.tail}, "
            f"so it cannot be {'removed' if there else 'added'}."
        )
    shape = (n, max(n_tails, fact.tail + 1))
    if shape[1] > n_tails and (own is not None or fact.tail_item >= 0):
        own = np.append(np.full(n_tails, -1) if own is None else own, fact.tail_item)
    one = incidence(np.array([fact.item]), np.array([fact.tail]), shape)
    wide = _widen(facts, shape[1])
    turned = sp.csr_array(wide - one if there else wide + one)
    turned.eliminate_zeros()
    return replace(relation, facts=turned, tail_items=own)


def _widen(matrix: Csr, columns: int) -> Csr:
    shape = (matrix.shape[0], columns)
    return sp.csr_array((matrix.data, matrix.indices, matrix.indptr), shape=shape)


def _counts(model: FittedModel, before: Csr, after: Csr) -> Csr:
    """Return the interactions' Gram matrix after the change."""
    old, new = (interaction_gram(row, model.config.user_power) for row in (before, after))
    return sp.csr_array(model.interactions + new - old)


def _change_by_events(before: Csr, after: Csr, user_power: float) -> _Change:
    """Return x'·x'ᵀ − x·xᵀ by sum and difference, so that equal parts cancel; x is weighted."""
    old, new = (row * max(1, row.nnz) ** (-user_power / 2) for row in (before, after))
    return _Change(sp.csr_array((new + old).T / 2), sp.csr_array((new - old).T))


def _changes_by_facts(
    model: FittedModel, relations: Mapping[str, RelationFacts]
) -> Iterator[_Change]:
    for name, relation in relations.items():
        weight = model.config.weight(name)
        if weight > 0:
            new = model.features_of(relation).astype(np.float64)
            old = model.features.get(name)
            if old is None:  # the relation had no fact yet
                old = model.features_of(model.relations[name])
            wide = _widen(old.astype(np.float64), new.shape[1])
            yield _change_by_features(wide, new, weight, model.config.dtype)


def _change_by_features(old: Csr, new: Csr, weight: float, dtype: str) -> _Change:
    """Return weight·(F'·F'ᵀ − F·Fᵀ), by changed rows or by the tails of these."""
    difference = sp.csr_array(new - old)
    # A row recomputed from another rarity may differ by rounding alone.
    difference.data[np.abs(difference.data) <= 4 * np.finfo(dtype).eps] = 0.0
    difference.eliminate_zeros()
    rows = np.flatnonzero(np.diff(difference.indptr))
    tails = np.unique(np.concatenate([new[rows].indices, old[rows].indices]))
    if len(tails) < len(rows):
        total = (new + old)[:, tails]
        return _Change(sp.csr_array(total / 2), sp.csr_array(weight * difference[:, tails]))
    n = new.shape[0]
    left = sp.csr_array((np.ones(len(rows)), (rows, np.arange(len(rows)))), shape=(n, len(rows)))
    right = new @ new[rows].T - old @ old[rows].T  # (items, rows): columns of the change of G
    # Cells between two changed rows are in both L·Rᵀ and R·Lᵀ, so each gets half.
    right = right - left @ (right[rows] / 2)
    return _Change(left, sp.csr_array(weight * right))


def _updated_scores(P: Floats, changes: Sequence[_Change], row: Csr) -> Floats:
    """Return a user's scores by the updated inverse, not yet scaled; float64 [items]."""
    diagonal = np.diag(P).astype(np.float64)
    x = row.toarray()[0].astype(np.float64)
    xP = (row.astype(P.dtype) @ P)[0].astype(np.float64)
    if changes:
        left = sp.hstack([change.left for change in changes], format="csr")
        right = sp.hstack([change.right for change in changes], format="csr")
        U = sp.csr_array(sp.hstack([left, right]))
        PU = _times(P, U)  # (items, r)
        r = left.shape[1]
        swap = np.roll(np.eye(2 * r), r, axis=0)
        inner = np.linalg.inv(swap + U.T @ PU)
        inner_UP = inner @ PU.T  # (r, items)
        xP -= (x @ PU) @ inner_UP
        diagonal -= np.einsum("ir,ri->i", PU, inner_UP)
    scores: Floats = x - xP / diagonal
    return scores


def _times(P: Floats, U: Csr) -> Floats:
    """Return P·U for symmetric P, float64 [items, r]."""
    if U.nnz > _DENSE_SHARE * U.shape[0] * max(1, U.shape[1]):
        dense: Floats = (P @ U.toarray().astype(P.dtype)).astype(np.float64)
        return dense
    picked: Floats = (sp.csr_array(U.T).astype(P.dtype) @ P).T.astype(np.float64)
    return picked


def _standings(
    before: tuple[Floats, Csr], after: tuple[Floats, Csr], asked: Iterable[int], k: int
) -> tuple[RankedItem, ...]:
    ranks_before, ranks_after = _ranks(*before), _ranks(*after)
    top = np.flatnonzero((ranks_before <= k) | (ranks_after <= k))
    chosen = sorted({*map(int, top), *asked}, key=lambda item: (ranks_after[item], item))
    return tuple(
        RankedItem(
            item,
            float(before[0][item]),
            float(after[0][item]),
            _rank(ranks_before[item]),
            _rank(ranks_after[item]),
        )
        for item in chosen
    )


def _ranks(scores: Floats, row: Csr) -> Floats:
    """Return ranks of items from 1, infinite for the user's own; ties go to the lower item."""
    order = np.argsort(-scores, kind="stable")
    order = order[~np.isin(order, row.indices)]
    ranks = np.full(len(scores), np.inf)
    ranks[order] = np.arange(1, len(order) + 1)
    return ranks


def _rank(rank: float) -> int | None:
    return int(rank) if np.isfinite(rank) else None
