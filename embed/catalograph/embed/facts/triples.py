"""Conversion of a snapshot to triples."""

import numpy as np
from numpy.typing import NDArray

from catalograph.embed.kge import LinkData, TripleSet, Vocabulary
from catalograph.embed.kge.triples import HEAD, RELATION, TAIL, Ints
from catalograph.errors import EmptySnapshotError
from catalograph.store import GraphSnapshot

INTERACTION = "INTERACTION"
"""Relation of a user to each product they interacted with."""
CHILD_OF = "CHILD_OF"
"""Relation of a category to its parent."""


def triples_of(snapshot: GraphSnapshot) -> TripleSet:
    """Convert facts, interactions and parents of categories to triples over the keys of nodes.

    Relations are named as in the snapshot, so each attribute has its own.

    Raises:
        EmptySnapshotError: there are none.
    """
    keys = {*snapshot.products, *snapshot.users}
    keys.update(*snapshot.parents, *(table.tail_keys for table in snapshot.facts.values()))
    names = dict.fromkeys(snapshot.facts)
    if snapshot.users:
        names[INTERACTION] = None
    if snapshot.parents:
        names[CHILD_OF] = None
    if not names:
        raise EmptySnapshotError(
            "The graph has no facts and no interactions to learn from. Load a catalogue with "
            "`catalograph ingest`."
        )
    vocabulary = Vocabulary(tuple(sorted(keys)), tuple(sorted(names)))
    return TripleSet(vocabulary, np.concatenate(_parts(snapshot, vocabulary)))


def split(facts: TripleSet, share: float, seed: int) -> LinkData:
    """Hold out a random share of the triples for validation, and as many for the test.

    Triples that are the only one of their head, tail or relation stay in the training part,
    because nothing could be learned about these otherwise.
    """
    order = np.random.default_rng(seed).permutation(len(facts))
    triples = facts.triples[order]
    wanted = int(share * len(triples))
    spare = _is_duplicate(triples, facts)
    chosen = np.flatnonzero(spare)[: 2 * wanted]
    kept = np.ones(len(triples), np.bool_)
    kept[chosen] = False
    parts = (triples[kept], triples[chosen[::2]], triples[chosen[1::2]])
    train, valid, test = (TripleSet(facts.vocabulary, part) for part in parts)
    return LinkData(train, valid, test)


def _parts(snapshot: GraphSnapshot, vocabulary: Vocabulary) -> list[Ints]:
    index, relation = vocabulary.entity_index, vocabulary.relation_index

    def numbers(keys: tuple[str, ...]) -> Ints:
        return np.array([index[key] for key in keys], np.int64)

    products, users = numbers(snapshot.products), numbers(snapshot.users)
    parts = [
        _triples(products[table.heads], relation[name], numbers(table.tail_keys)[table.tails])
        for name, table in snapshot.facts.items()
    ]
    if snapshot.users:
        liked = users[snapshot.interaction_users], products[snapshot.interaction_products]
        parts.append(_triples(liked[0], relation[INTERACTION], liked[1]))
    if snapshot.parents:
        children, parents = zip(*snapshot.parents, strict=True)
        parts.append(_triples(numbers(children), relation[CHILD_OF], numbers(parents)))
    return parts


def _triples(heads: Ints, relation: int, tails: Ints) -> Ints:
    return np.stack([heads, np.full(len(heads), relation, np.int64), tails], axis=1)


def _is_duplicate(triples: Ints, facts: TripleSet) -> NDArray[np.bool_]:
    """Return, for each triple, whether an earlier one is equal."""
    seen = np.zeros(len(facts.vocabulary.entities), np.bool_)
    told = np.zeros(len(facts.vocabulary.relations), np.bool_)
    spare = np.zeros(len(triples), np.bool_)
    for n, (head, relation, tail) in enumerate(triples[:, [HEAD, RELATION, TAIL]].tolist()):
        spare[n] = seen[head] and seen[tail] and told[relation]
        seen[head] = seen[tail] = told[relation] = True
    return spare
