"""Snapshots of sequences, and the served model that the preference job makes of them."""

import numpy as np
from numpy.typing import NDArray

from catalograph.embed.preference import PreferenceConfig, Preferences, learn_preferences
from catalograph.embed.recommend.data import RelationFacts
from catalograph.embed.recommend.matrices import Csr, incidence, row_of_entry
from catalograph.embed.recommend.sequence import Sequences
from catalograph.embed.served_model import ServedModel
from catalograph.store import FactTable, GraphSnapshot

__all__ = ["learn_served", "sequence_snapshot"]

_DAY = 86_400


def learn_served(
    snapshot: GraphSnapshot, config: PreferenceConfig | None = None
) -> tuple[ServedModel, Preferences]:
    """Run the preference job on a snapshot; return what it would publish."""
    found = learn_preferences(snapshot, config)
    return ServedModel.of(found), found


def sequence_snapshot(sequences: Sequences, relations: dict[str, RelationFacts]) -> GraphSnapshot:
    """Return sequences as a snapshot, one interaction of each user a day.

    For an item that occurs more than once, the latest time counts.
    """
    n = sequences.n_items
    products = tuple(f"product:sequence:{item:09}" for item in range(n))
    train, times = _latest(sequences)
    return GraphSnapshot(
        products=products,
        users=tuple(f"user:sequence:{user:09}" for user in range(sequences.n_users)),
        interaction_users=row_of_entry(train).astype(np.int32),
        interaction_products=train.indices.astype(np.int32),
        facts={name.upper(): _table(facts, products) for name, facts in relations.items()},
        parents=(),
        data_hash="",
        interaction_times=times,
    )


def _latest(sequences: Sequences) -> tuple[Csr, NDArray[np.int64]]:
    shape = (sequences.n_users, sequences.n_items)
    train = incidence(sequences.users, sequences.items, shape)
    pairs = sequences.users * shape[1] + sequences.items
    times = np.zeros(train.nnz, np.int64)
    place = np.searchsorted(row_of_entry(train) * shape[1] + train.indices, pairs)
    np.maximum.at(times, place, _DAY * (1 + sequences.places))
    return train, times


def _table(relation: RelationFacts, products: tuple[str, ...]) -> FactTable:
    facts = relation.facts
    own = relation.tail_items
    tails = [f"tail:{tail}" for tail in range(facts.shape[1])]
    for tail, item in enumerate([] if own is None else own.tolist()):
        if item >= 0:
            tails[tail] = products[item]
    return FactTable(
        row_of_entry(facts).astype(np.int32), facts.indices.astype(np.int32), tuple(tails)
    )
