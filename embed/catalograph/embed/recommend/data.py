"""Training data of a recommender: interactions and, for each relation, facts."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from catalograph.embed.recommend.matrices import Bools, Csr, Ints, incidence, row_of_entry
from catalograph.errors import EvaluationDataError

__all__ = ["RecommendData", "RelationFacts", "hold_out", "sample_tested", "shuffle_tails"]


@dataclass(frozen=True)
class RelationFacts:
    """The facts of one relation of the knowledge graph.

    Raises:
        EvaluationDataError: `tail_items` does not have one entry per tail.
    """

    facts: Csr
    """Matrix [items, tails]: entry (i, t) means that item i has this relation to tail t. 1 for a
    fact; a value from −1 to 1 where the fact may hold in part, or its opposite may hold."""

    tail_items: Ints | None = None
    """int [tails]: index of the item that a tail is, -1 for none; None when no tail is an item."""

    predicted: Csr | None = None
    """[items, tails]: confidences, above 0 and up to 1, of predicted facts that are not in `facts`;
    None without."""

    def __post_init__(self) -> None:
        if self.tail_items is not None and len(self.tail_items) != self.facts.shape[1]:
            raise EvaluationDataError(
                f"tail_items has {len(self.tail_items)} entries for {self.facts.shape[1]} tails; "
                "give one entry a tail, -1 where the tail is no item."
            )


@dataclass(frozen=True)
class RecommendData:
    """Interactions of users with items, facts about items, and the test part.

    Raises:
        EvaluationDataError: the matrices have different numbers of users or items.
    """

    train: Csr
    """0/1 matrix [users, items] of the training interactions."""

    relations: Mapping[str, RelationFacts] = field(default_factory=dict)
    """Facts by relation name; empty without a knowledge graph."""

    test: Csr | None = None
    """0/1 matrix [users, items] of the test interactions."""

    name: str = ""
    """Name of the source, for tables."""

    kgat: bool = False
    """Whether the data has KGAT's form; KGAT's variant of NDCG is then reported too."""

    pair_floor: int = 1
    """Number of users who must have chosen both of two items, or one alone, for that to count in
    the Gram matrix of the dense form; 1 for all."""

    titles: tuple[str, ...] = ()
    """Title of each item, "" for none; empty where the source has no titles."""

    notes: tuple[str, ...] = ()
    """Remarks that a reader of the results needs to know."""

    others: Csr | None = None
    """Counts [items, items] of further users, who are not in `train`: how many of them chose both
    items, and on the diagonal how many chose one; None without."""

    def __post_init__(self) -> None:
        n_items = self.train.shape[1]
        for name, relation in self.relations.items():
            if relation.facts.shape[0] != n_items:
                raise EvaluationDataError(
                    f"Relation '{name}' has {relation.facts.shape[0]} items, "
                    f"the interactions have {n_items}; they must number the same items."
                )
        if self.others is not None and self.others.shape != (n_items, n_items):
            raise EvaluationDataError(
                f"The counts of further users have shape {self.others.shape} for {n_items} items; "
                "they must number the same items."
            )
        if self.test is not None and self.test.shape != self.train.shape:
            raise EvaluationDataError(
                f"Test interactions have shape {self.test.shape}, train {self.train.shape}; "
                "they must number the same users and items."
            )

    @property
    def n_items(self) -> int:
        """Number of items."""
        return int(self.train.shape[1])

    @property
    def popularity(self) -> Ints:
        """Int64 [items]: number of users who chose each item, further ones included."""
        counts: Ints = np.bincount(self.train.indices, minlength=self.n_items)
        return counts if self.others is None else counts + self.others.diagonal().astype(np.int64)

    @property
    def unchosen(self) -> Bools:
        """Bool [items]: whether no user chose an item."""
        found: Bools = self.popularity == 0
        return found

    @property
    def digest(self) -> str:
        """SHA-256 of the training data (train and relations, not test), in hexadecimal."""
        digest = hashlib.sha256(b"recommend-data-1")
        _feed(digest, "train", self.train)
        for name in sorted(self.relations):
            relation = self.relations[name]
            _feed(digest, name, relation.facts)
            if relation.tail_items is not None:
                digest.update(relation.tail_items.astype("<i8").tobytes())
        if self.others is not None:
            _feed(digest, "others", self.others)
        return digest.hexdigest()


def hold_out(data: RecommendData, seed: int = 0, share: float = 0.25) -> RecommendData:
    """Split the training interactions at random for validation; the test part is not used.

    Of a user's m interactions `max(1, round(share * m))` are withheld; users with fewer than two
    keep theirs and are not part of the validation.

    Args:
        data: data to split.
        seed: seed of the split.
        share: share to withhold, between 0 and 1.

    Returns:
        The same relations, with the kept interactions as train and the withheld ones as test.
    """
    draw = np.random.default_rng(seed).random(data.train.nnz)
    users = row_of_entry(data.train)
    counts = np.diff(data.train.indptr)
    withheld = np.where(counts < 2, 0, np.maximum(1, np.rint(share * counts))).astype(np.int64)
    order = np.lexsort((draw, users))  # grouped by user, each user's entries shuffled
    place = np.arange(len(order)) - data.train.indptr[users[order]]
    away = np.zeros(len(order), dtype=bool)
    away[order] = place < withheld[users[order]]
    items, shape = data.train.indices, (data.train.shape[0], data.n_items)
    return replace(
        data,
        train=incidence(users[~away], items[~away], shape),
        test=incidence(users[away], items[away], shape),
        name=f"{data.name}, validation split",
    )


def sample_tested(data: RecommendData, n_users: int, seed: int = 0) -> RecommendData:
    """Keep the test part of `n_users` random users; of all users if no more have one."""
    if data.test is None:
        return data
    users = np.flatnonzero(np.diff(data.test.indptr))
    if len(users) <= n_users:
        return data
    drawn = np.random.default_rng(seed).choice(users, n_users, replace=False)
    user = row_of_entry(data.test)
    kept = np.isin(user, drawn)
    shape = (data.test.shape[0], data.n_items)
    return replace(data, test=incidence(user[kept], data.test.indices[kept], shape))


def shuffle_tails(data: RecommendData, seed: int = 0) -> RecommendData:
    """Permute the tails among the facts of each relation: the degrees stay, the meaning is lost.

    This is the null test of a knowledge graph: an improvement that survives it is not due to facts.
    """
    rng = np.random.default_rng(seed)
    shuffled = {}
    for name in sorted(data.relations):
        relation = data.relations[name]
        facts = relation.facts
        tails = rng.permutation(facts.indices)
        shape = (facts.shape[0], facts.shape[1])
        mixed = incidence(row_of_entry(facts), tails, shape)
        if (facts.data != 1).any():  # a strength stays in its place, as a tail may occur twice
            mixed.data = rng.permutation(facts.data)[: mixed.nnz]
        shuffled[name] = RelationFacts(mixed, relation.tail_items)
    return replace(data, relations=shuffled)


def _feed(digest: "hashlib._Hash", name: str, matrix: Csr) -> None:
    sorted_matrix = matrix.sorted_indices()
    digest.update(f"|{name}|{sorted_matrix.nnz}|".encode())
    digest.update(row_of_entry(sorted_matrix).astype("<i8").tobytes())
    digest.update(sorted_matrix.indices.astype("<i8").tobytes())
    if (sorted_matrix.data != 1).any():
        digest.update(sorted_matrix.data.astype("<f8").tobytes())
