"""Measures explanations: whether they add up, how many there are, and whether they are faithful.

Faithful means that the cited evidence matters. The cited event is removed from the history, the
cited event or fact is removed from the training data (exactly as a refit would, see `what_if`), and
the item is scored again; the same is done with another event or fact drawn at random. Drops are
relative to the score.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from catalograph.embed.recommend.checkpoint import FittedModel
from catalograph.embed.recommend.data import RecommendData
from catalograph.embed.recommend.explain import Explanation, Path, explain
from catalograph.embed.recommend.kgease import INTERACTIONS, fit_kg_ease
from catalograph.embed.recommend.matrices import Csr, Ints, incidence
from catalograph.embed.recommend.ranking import top_k
from catalograph.embed.recommend.tuned_settings import (
    KG_EASE,
    TunedSettings,
    find_tuned,
    stored_form,
)
from catalograph.embed.recommend.what_if import Event, ItemFact, what_if
from catalograph.errors import EvaluationDataError
from catalograph.ml.profiling import BenchmarkRow, Profiler

__all__ = ["ExplainSize", "evaluate_explain"]


@dataclass(frozen=True)
class ExplainSize:
    """Size of the measurement."""

    users: int = 500
    """Number of users with test items, drawn at random, whose whole lists are explained."""
    refits: int = 100
    """Number of these for whom the reasons of one recommendation are deleted from the model."""
    k: int = 10
    """Length of the lists."""
    seed: int = 0
    """Seed of all random draws."""
    named_shoppers: int = 5
    """Number of shoppers below which a reason by shoppers is not told of a pair of products."""


@dataclass
class _Tally:
    """Measurements collected so far."""

    users: int
    sum_errors: list[float] = field(default_factory=list)
    part_errors: list[float] = field(default_factory=list)
    covered: list[bool] = field(default_factory=list)
    shares: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Sums of absolute contributions, by kind of reason."""
    drops: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    """Drops for the cited and for the random one, by kind of deletion."""
    skipped: Counter[str] = field(default_factory=Counter)
    """Number of deletions skipped, by reason."""


def evaluate_explain(
    data: RecommendData,
    size: ExplainSize | None = None,
    *,
    tuned: TunedSettings | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> list[BenchmarkRow]:
    """Fit KG-EASE, explain the lists of some users, and delete what the explanations cite.

    For users with a single event there is no other event to compare with: their events are not
    deleted, which is counted. Their sums, coverage and facts count as for all users.

    Args:
        data: interactions with a test part, from which users are drawn; test items are not used.
        size: size of the measurement.
        tuned: hyperparameters; by default those stored for this data.
        progress: callback that receives a line of progress from time to time.

    Returns:
        One row. `deletion_drop` and `random_drop` are the means over the kinds of deletion.

    Raises:
        EvaluationDataError: no user has both a test item and an event.
    """
    size = size or ExplainSize()
    config = (tuned or find_tuned(data)).kg_ease
    with Profiler() as watch:
        model = FittedModel.of(fit_kg_ease(data, config), data)
        progress("fitted")
        tally = _measure(model, data, size, progress)
    told = {**stored_form(config), **_counts(tally)}
    return [watch.row(KG_EASE, _metrics(tally), len(tally.covered), told)]


def _measure(
    model: FittedModel, data: RecommendData, size: ExplainSize, progress: Callable[[str], None]
) -> _Tally:
    users = _users(data, size)
    rng = np.random.default_rng(size.seed)
    tally = _Tally(users=len(users))
    both = sp.csr_array(data.train.T @ data.train)
    for place, user in enumerate(users):
        row = data.train[[user]]
        found = _explain_list(model, row, size.k, rng, tally)
        for told in found:
            _add_shares(tally.shares, told, both, size.named_shoppers)
        _delete_from_history(model, row, found, rng, tally)
        if place < size.refits:
            _delete_from_model(model, row, found[rng.integers(len(found))], rng, tally)
        if (place + 1) % 50 == 0:
            progress(f"{place + 1:,} of {len(users):,} users")
    return tally


def _users(data: RecommendData, size: ExplainSize) -> Ints:
    """Return users with events and test items in random order; the first are refitted."""
    tested = np.diff(data.test.indptr) > 0 if data.test is not None else np.zeros(0, bool)
    events = np.diff(data.train.indptr)[: len(tested)]
    users = np.flatnonzero(tested & (events > 0) & (events < data.n_items))
    if not len(users):
        raise EvaluationDataError(
            "No user has both an event and a test item; expected at least one."
        )
    return np.random.default_rng(size.seed).permutation(users)[: size.users]


def _explain_list(
    model: FittedModel, row: Csr, k: int, rng: np.random.Generator, tally: _Tally
) -> list[Explanation]:
    """Explain a user's list; for as many random other items, check the sums only."""
    scores = model.score(row)
    scores[0, row.indices] = -np.inf
    ranked = top_k(scores, model.n_items - row.nnz)[0]
    best, rest = ranked[:k], ranked[k:]
    found = explain(model, row, best)
    others = explain(model, row, rng.permutation(rest)[:k])
    for told in (*found, *others):
        tally.sum_errors.append(abs(told.total - float(scores[0, told.item])))
        tally.part_errors.append(abs(told.rounding))
    for told in found:
        tally.covered.append(any(path.contribution > 0 for path in told.paths))
    return found


def _add_shares(shares: dict[str, float], told: Explanation, both: Csr, named: int) -> None:
    """Add the absolute contributions of an item's reasons, as they are told to a shopper."""
    few = 0.0
    for path in told.paths:
        if path.relation != INTERACTIONS:
            shares["fact"] += abs(path.contribution)
        elif _supporters(both, path, told.item) >= named:
            shares["interaction"] += abs(path.contribution)
        else:
            few += path.contribution
    shares["few_shoppers"] += abs(few)
    shares["indirect"] += sum(abs(part) for part in told.indirect_parts.values())
    shares["nothing_shared"] += told.nothing_shared
    shares["each"] += told.size


def _delete_from_history(
    model: FittedModel,
    row: Csr,
    found: Iterable[Explanation],
    rng: np.random.Generator,
    tally: _Tally,
) -> None:
    """Delete the event from the scored history; the model stays as it is."""
    m = row.nnz
    if m < 2:
        tally.skipped["users_with_one_event"] += 1
        return
    kept = np.array([np.delete(row.indices, place) for place in range(m)])  # (m, m − 1)
    rows = np.repeat(np.arange(m), m - 1)
    without = model.score(incidence(rows, kept.ravel(), (m, model.n_items)))
    place_of = {int(item): place for place, item in enumerate(row.indices)}
    for explanation in found:
        cited = _cited_event(explanation)
        if cited is not None:
            pair = (cited, _draw_other(row.indices, cited, rng))
            left = [float(without[place_of[event], explanation.item]) for event in pair]
            _count_drops(tally, "event", explanation.score, left)


def _delete_from_model(
    model: FittedModel, row: Csr, told: Explanation, rng: np.random.Generator, tally: _Tally
) -> None:
    """Delete the entry from the training data, and an event also from the scored history."""
    entries: list[tuple[str, Event | ItemFact, Event | ItemFact]] = []
    event, fact = _cited_event(told), _cited_fact(model, told)
    if event is not None and row.nnz > 1:
        other = _draw_other(row.indices, event, rng)
        entries.append(("event_refit", Event(event), Event(other)))
    if fact is not None:
        others = [entry for entry in _facts_of(model, fact.item) if entry != fact]
        if others:
            entries.append(("fact", fact, others[rng.integers(len(others))]))
        else:
            tally.skipped["products_with_one_fact"] += 1
    for kind, *pair in entries:
        left = [float(what_if(model, row.indices, remove=[e]).after[told.item]) for e in pair]
        _count_drops(tally, kind, told.score, left)


def _cited_event(told: Explanation) -> int | None:
    """Return the event whose paths contribute most; None when there is no path."""
    total: dict[int, float] = defaultdict(float)
    for path in told.paths:
        total[path.event] += path.contribution
    return max(sorted(total), key=total.__getitem__) if total else None


def _cited_fact(model: FittedModel, told: Explanation) -> ItemFact | None:
    """Return the fact that contributes most over all events; None when there is none."""
    total: dict[tuple[str, int], float] = defaultdict(float)
    strongest: dict[tuple[str, int], Path] = {}
    for path in told.paths:  # strongest first
        if path.relation != INTERACTIONS:
            total[path.relation, path.tail] += path.contribution
            strongest.setdefault((path.relation, path.tail), path)
    if not total:
        return None
    relation, tail = max(sorted(total), key=total.__getitem__)
    if model.relations[relation].facts[told.item, tail]:
        return ItemFact(told.item, relation, tail)
    # The item is itself the tail, and an event's item names it.
    return ItemFact(strongest[relation, tail].event, relation, tail)


def _facts_of(model: FittedModel, item: int) -> list[ItemFact]:
    return [
        ItemFact(item, name, int(tail))
        for name in model.features
        for tail in model.relations[name].facts[[item]].indices
    ]


def _draw_other(events: Ints, cited: int, rng: np.random.Generator) -> int:
    return int(rng.choice(events[events != cited]))


def _count_drops(tally: _Tally, kind: str, score: float, left: list[float]) -> None:
    if score > 0:
        cited, other = ((score - rest) / score for rest in left)
        tally.drops[kind].append((cited, other))
    else:
        tally.skipped["scores_not_above_0"] += 1


def _metrics(tally: _Tally) -> dict[str, float]:
    means = {kind: np.mean(drops, axis=0) for kind, drops in sorted(tally.drops.items())}
    overall = np.mean(list(means.values()), axis=0) if means else (0.0, 0.0)
    metrics = {
        "max_sum_error": max(tally.sum_errors),
        "coverage": float(np.mean(tally.covered)),
        "deletion_drop": float(overall[0]),
        "random_drop": float(overall[1]),
        "max_part_error": max(tally.part_errors),
        **_shares(tally.shares),
    }
    for kind, (cited, other) in means.items():
        metrics[f"{kind}_deletion_drop"] = float(cited)
        metrics[f"{kind}_random_drop"] = float(other)
    return metrics


def _supporters(both: Csr, path: Path, item: int) -> int:
    """Return the number of shoppers a path rests on: who chose both items, or the event's only."""
    common = both[path.event, item]
    return int(common if path.contribution > 0 else both[path.event, path.event] - common)


def _shares(shares: Mapping[str, float]) -> dict[str, float]:
    """Return the share of each kind of reason in the sum of all absolute contributions.

    `nothing_shared_share` is stricter than `indirect_share`: nothing is netted between events, and
    what shoppers of an event did not choose counts as indirect, too.
    """
    kinds = ("fact", "interaction", "few_shoppers", "indirect")
    whole = sum(shares[kind] for kind in kinds) or 1.0
    each = shares["each"] or 1.0
    return {
        **{f"{kind}_share": shares[kind] / whole for kind in kinds},
        "nothing_shared_share": shares["nothing_shared"] / each,
    }


def _counts(tally: _Tally) -> dict[str, int]:
    deleted = {f"{kind}_deletions": len(drops) for kind, drops in sorted(tally.drops.items())}
    return {"users": tally.users, **deleted, **tally.skipped}
