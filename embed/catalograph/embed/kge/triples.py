"""Facts as numbers: names of entities and relations, triples of indices, and their files."""

import csv
import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import EmptySnapshotError, EvaluationDataError

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

HEAD, RELATION, TAIL = range(3)
_PARTS = ("train", "valid", "test")


@dataclass(frozen=True)
class Vocabulary:
    """Names of entities and relations by index."""

    entities: tuple[str, ...]
    """Distinct names; an entity's index is its position."""
    relations: tuple[str, ...]
    """Distinct names; an index is a position. An inverse has `index + len(relations)`."""

    @cached_property
    def entity_index(self) -> dict[str, int]:
        """Index of each entity by name."""
        return {name: index for index, name in enumerate(self.entities)}

    @cached_property
    def relation_index(self) -> dict[str, int]:
        """Index of each relation by name."""
        return {name: index for index, name in enumerate(self.relations)}

    @classmethod
    def of(cls, facts: Iterable[Sequence[str]]) -> "Vocabulary":
        """Collect the names in some facts (head, relation, tail), sorted."""
        entities: set[str] = set()
        relations: set[str] = set()
        for head, relation, tail in facts:
            entities.update((head, tail))
            relations.add(relation)
        return cls(tuple(sorted(entities)), tuple(sorted(relations)))


@dataclass(frozen=True)
class TripleSet:
    """Facts over a vocabulary.

    Raises:
        EmptySnapshotError: the vocabulary has no entity or no relation.
        IndexError: a triple's index is outside of the vocabulary.
    """

    vocabulary: Vocabulary
    triples: Ints
    """Head, relation, tail, shape [n, 3]; a duplicate fact counts twice."""

    def __post_init__(self) -> None:
        entities, relations = len(self.vocabulary.entities), len(self.vocabulary.relations)
        if not entities or not relations:
            raise EmptySnapshotError(
                f"There are {entities} entities and {relations} relations; expected some of each. "
                "Ingest products with facts first."
            )
        if len(self.triples):
            limit = np.array([entities, relations, entities])
            if self.triples.min() < 0 or (self.triples.max(axis=0) >= limit).any():
                raise IndexError(
                    f"Triples reach up to {self.triples.max(axis=0).tolist()}; expected below "
                    f"{limit.tolist()}, the size of the vocabulary, and not below 0."
                )

    def __len__(self) -> int:
        return len(self.triples)

    @classmethod
    def of(cls, vocabulary: Vocabulary, facts: Iterable[Sequence[str]]) -> "TripleSet":
        """Convert facts given by names, which the vocabulary must contain."""
        entity, relation = vocabulary.entity_index, vocabulary.relation_index
        rows = [(entity[h], relation[r], entity[t]) for h, r, t in facts]
        return cls(vocabulary, np.array(rows, dtype=np.int64).reshape(-1, 3))

    def both_ways(self) -> Ints:
        """Return each triple and its inverse (tail, relation + R, head), [2n, 3]."""
        inverse = self.triples[:, ::-1] + [0, len(self.vocabulary.relations), 0]
        return np.concatenate([self.triples, inverse])

    def mask_seen(self) -> NDArray[np.bool_]:
        """Return, for each entity, whether some triple contains it, [entities]."""
        found = np.zeros(len(self.vocabulary.entities), dtype=bool)
        found[self.triples[:, [HEAD, TAIL]].ravel()] = True
        return found


@dataclass(frozen=True)
class LinkData:
    """A link prediction data set: three parts over one vocabulary."""

    train: TripleSet
    valid: TripleSet
    test: TripleSet

    @property
    def known(self) -> TripleSet:
        """Return all facts, for filtering the ranks."""
        parts = (self.train.triples, self.valid.triples, self.test.triples)
        return TripleSet(self.train.vocabulary, np.concatenate(parts))


def read_link_folder(folder: Path) -> LinkData:
    """Read `train`, `valid` and `test`, each `.tsv`, `.txt` or the same with `.gz`.

    A line is head, relation and tail, separated by tabs; there is no header.

    Raises:
        EvaluationDataError: a file is missing, empty, or has a line of another form.
    """
    facts = {part: _read(_file(folder, part)) for part in _PARTS}
    vocabulary = Vocabulary.of(fact for part in _PARTS for fact in facts[part])
    train, valid, test = (TripleSet.of(vocabulary, facts[part]) for part in _PARTS)
    return LinkData(train, valid, test)


def _file(folder: Path, part: str) -> Path:
    names = [f"{part}{end}" for end in (".tsv", ".tsv.gz", ".txt", ".txt.gz")]
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise EvaluationDataError(
        f"{folder} has no {part} file; expected one of {', '.join(names)}, "
        "each line head, relation and tail with tabs between.",
        folder=str(folder),
    )


def _read(file: Path) -> list[list[str]]:
    opener = gzip.open if file.suffix == ".gz" else open
    with opener(file, "rt", encoding="utf-8", newline="") as stream:
        facts = list(csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    for number, fact in enumerate(facts, start=1):
        if len(fact) != len((HEAD, RELATION, TAIL)):
            raise EvaluationDataError(
                f"{file} line {number} has {len(fact)} columns; expected head, relation, tail.",
                file=str(file),
                line=number,
            )
    if not facts:
        raise EvaluationDataError(f"{file} has no facts; expected at least one.", file=str(file))
    return facts
