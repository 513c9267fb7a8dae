"""Reads the folder form of sequential recommendation, and facts about its items from another.

`sequences.txt` has one line per user, `user item item ...`, oldest first; `items.tsv` names the
items (`item_id`, `asin`). S3-Rec's data (Zhou et al. 2020, arXiv:2008.07873) have this form.

Facts come from a folder in the form that `readers` describes, with `kg.tsv` and `product.tsv`,
whose items are matched by name. Its interactions are not read, so that neither split leaks into
the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from catalograph.embed.recommend.data import RelationFacts
from catalograph.embed.recommend.matrices import Csr, Ints
from catalograph.embed.recommend.readers import read_facts, read_lists, read_names
from catalograph.embed.recommend.sequence import Sequences

__all__ = ["SequenceFolder", "read_sequence_folder", "select_facts"]


@dataclass(frozen=True)
class SequenceFolder:
    """Sequences, and facts about their items."""

    sequences: Sequences
    relations: Mapping[str, RelationFacts]
    """Facts by relation name; empty without a folder of facts."""
    name: str
    """Name of the source, for tables."""
    unnamed: int = 0
    """Number of items that the folder of facts does not have."""


def read_sequence_folder(folder: Path, facts: Path | None = None) -> SequenceFolder:
    """Read one folder of sequences.

    Args:
        folder: folder with sequences.txt and, for facts, items.tsv; plain or gzipped.
        facts: folder with kg.tsv and product.tsv.

    Raises:
        EvaluationDataError: a file is missing or empty, or a line is invalid; names file and line.
    """
    lists = read_lists(folder, "sequences.txt")
    lengths = [len(items) for items in lists]
    listed = np.concatenate([np.array(items, dtype=np.int64) for items in lists])
    ids = np.unique(listed)
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    sequences = Sequences(np.searchsorted(ids, listed), indptr, len(ids))
    if facts is None:
        return SequenceFolder(sequences, {}, folder.name)
    names = read_names(folder, "items.tsv", ("item_id", "asin"))
    known, relations = read_facts(facts)
    place = np.array([known.get(names.get(int(item), ""), -1) for item in ids], dtype=np.int64)
    chosen = {name: select_facts(relation, place) for name, relation in relations.items()}
    return SequenceFolder(sequences, chosen, folder.name, int((place < 0).sum()))


def select_facts(relation: RelationFacts, place: Ints) -> RelationFacts:
    """Select the facts of the items at `place`, −1 for an item that has none."""
    n_old, n_tails = relation.facts.shape
    none: Csr = sp.csr_array((1, n_tails), dtype=relation.facts.dtype)
    facts = sp.csr_array(sp.vstack([relation.facts, none], format="csr")[place])
    if relation.tail_items is None:
        return RelationFacts(facts)
    index = np.full(n_old + 1, -1)
    index[place] = np.arange(len(place))
    index[-1] = -1  # for tails that are not items, and for items without facts
    return RelationFacts(facts, index[relation.tail_items])
