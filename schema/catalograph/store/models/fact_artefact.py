"""Facts of products as arrays: what reasons cite, mapped into memory by the servers.

A fact is a relation and a tail; products have it. A product that is the tail of a relation between
products has that fact itself, as in `cypher/fragments/shared_facts.cypher`, whose answers these
arrays give for the graph as it was when they were made.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from catalograph.schema import ONTOLOGY
from catalograph.schema.keys import assertion_key
from catalograph.store.connection.connect import Connection
from catalograph.store.models.export import FactTable
from catalograph.store.models.imputed import read_imputed

OPINIONS = "MENTIONS"
"""Relation of the facts that reviews tell, which have a strength."""
_ARRAY_PREFIX = "fact_"


def fact_id(relation: str, tail: str) -> str:
    """Return the id of a fact; no key contains a tab."""
    return f"{relation}\t{tail}"


def link_relations() -> tuple[str, ...]:
    """Return the names of the facts that join two products."""
    return tuple(relation.name for relation in ONTOLOGY.facts if relation.links_products)


def named_labels() -> list[str]:
    """Return the labels of tails that products share, which may be renamed."""
    tails = {tail for relation in ONTOLOGY.facts for _, tail in relation.patterns}
    return sorted(tails - {"Product"})


class FactKind(IntEnum):
    """How a product has a fact."""

    EDGE = 0
    GUESSED = 1
    """By an edge that only imputation supports: it counts in the degree and is not cited."""
    SELF = 2
    """The product is the tail."""
    GRADED = 3
    """By opinions, with a strength."""


class OwnFact(NamedTuple):
    """A fact of a product: its number, how the product has it, and its strength if graded."""

    number: int
    kind: int
    strength: float = 0.0


@dataclass(frozen=True)
class FactArrays:
    """The facts of all products at one time, by their numbers.

    Attributes:
        changes: int64 [1]; number of the last change of products that they know of.
        products: bytes [n]; keys of the listed products and of those with facts, sorted.
        listed: bool [n].
        starts: int64 [n + 1]; the facts of product j are `numbers[starts[j]:starts[j + 1]]`.
        numbers: int32 [m]; ascending within a product.
        kinds: uint8 [m]; as in `FactKind`.
        strengths: float32 [m]; 0 for facts that are not graded.
        ids: bytes [f]; `fact_id` of each fact, sorted.
        degrees: int32 [f]; number of edges to the tail, 0 for graded facts.
        name_starts: int64 [f + 1]; the name of fact k is in `names` from `name_starts[k]` on.
        names: uint8; names of the tails in UTF-8, one after the other.
    """

    changes: NDArray[np.int64]
    products: NDArray[np.bytes_]
    listed: NDArray[np.bool_]
    starts: NDArray[np.int64]
    numbers: NDArray[np.int32]
    kinds: NDArray[np.uint8]
    strengths: NDArray[np.float32]
    ids: NDArray[np.bytes_]
    degrees: NDArray[np.int32]
    name_starts: NDArray[np.int64]
    names: NDArray[np.uint8]

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by their names in an artefact."""
        return {f"{_ARRAY_PREFIX}{part.name}": getattr(self, part.name) for part in fields(self)}

    @classmethod
    def take_from(cls, arrays: dict[str, Any]) -> "FactArrays":
        """Take the facts out of the arrays of an artefact."""
        return cls(**{p.name: arrays.pop(f"{_ARRAY_PREFIX}{p.name}") for p in fields(cls)})

    @cached_property
    def places(self) -> dict[str, int]:
        """Number of each product, by key."""
        return {key.decode(): n for n, key in enumerate(self.products.tolist())}

    def own(self, product: int) -> Iterator[OwnFact]:
        """Yield the facts of a product."""
        span = slice(int(self.starts[product]), int(self.starts[product + 1]))
        columns = (self.numbers, self.kinds, self.strengths)
        return map(OwnFact, *(column[span].tolist() for column in columns))

    @cached_property
    def _guesses(self) -> bool:
        return bool((self.kinds == FactKind.GUESSED).any())

    def read_cited(self, product: int) -> NDArray[np.int32]:
        """Return the numbers of the facts of a product that may be cited."""
        span = slice(int(self.starts[product]), int(self.starts[product + 1]))
        numbers = self.numbers[span]
        return numbers[self.kinds[span] != FactKind.GUESSED] if self._guesses else numbers

    def find(self, ids: Sequence[str]) -> list[int | None]:
        """Return the number of each fact by its id; None for an unknown one."""
        width = self.ids.dtype.itemsize
        asked = [one.encode() for one in ids]
        short = [one if len(one) <= width else b"" for one in asked]
        places = np.searchsorted(self.ids, np.array(short or [b""], self.ids.dtype))
        found = zip(asked, np.minimum(places, len(self.ids) - 1).tolist(), strict=False)
        return [n if len(self.ids) and self.ids[n] == one else None for one, n in found]

    def name(self, number: int) -> str:
        """Return the name of a fact's tail."""
        span = slice(int(self.name_starts[number]), int(self.name_starts[number + 1]))
        return self.names[span].tobytes().decode()


def export_fact_arrays(
    connection: Connection, opinions: FactTable | None, keys: Sequence[str]
) -> FactArrays:
    """Read the facts of all products.

    What changes meanwhile has a later number than `changes`, and is read again by the servers.

    Args:
        connection: connection to the graph.
        opinions: opinions that a model is about to write; None without any.
        keys: keys of the products that its heads are numbered by.
    """
    [state] = list(connection.read("read_graph_state")) or [{"changes": 0, "imputed": None}]
    listed = {row["key"] for row in connection.read("export_products")}
    guesses = frozenset(read_imputed(connection, listed) if state["imputed"] == "show" else ())
    facts = FactCollector(guesses)
    for relation in ONTOLOGY.facts:
        for row in connection.read("export_shared_facts", {"relation": relation.name}):
            facts.add(relation.name, row["key"], row["name"], row["heads"])
    facts.add_selves(listed)
    if opinions is not None:
        names = {r["key"]: r["name"] for r in connection.read("export_node_names", _VALUE)}
        facts.add_opinions(opinions, keys, names)
    return facts.arrays(state["changes"], listed)


_VALUE = {"label": "Value"}


class FactCollector:
    """Collects facts in compact columns, as there are millions.

    Args:
        guesses: keys of the assertions that only imputation supports, where they have edges.
    """

    def __init__(self, guesses: frozenset[str] = frozenset()) -> None:
        self._guesses = guesses
        self._ids: list[str] = []
        self._names: list[str] = []
        self._degrees = array("i")
        self._products: dict[str, int] = {}
        self._heads, self._facts = array("i"), array("i")
        self._kinds, self._strengths = array("B"), array("f")

    def add(self, relation: str, tail: str, name: str | None, heads: Sequence[str]) -> None:
        """Add a fact and the products that have it."""
        number = self._new(relation, tail, name, len(heads))
        for head in heads:
            guessed = self._guesses and assertion_key(head, relation, tail) in self._guesses
            self._have(head, number, FactKind.GUESSED if guessed else FactKind.EDGE)

    def add_selves(self, listed: set[str]) -> None:
        """Let the tails that are listed, or have facts of their own, have the facts of links."""
        links = set(link_relations())
        for number, one in enumerate(self._ids):
            relation, tail = one.split("\t")
            if relation in links and (tail in listed or tail in self._products):
                self._have(tail, number, FactKind.SELF)

    def add_opinions(
        self, opinions: FactTable, keys: Sequence[str], names: Mapping[str, str]
    ) -> None:
        """Add the opinions on aspects that the graph knows."""
        numbers = [
            self._new(OPINIONS, key, names[key], 0) if key in names else None
            for key in opinions.tail_keys
        ]
        weights = np.ones(len(opinions)) if opinions.strengths is None else opinions.strengths
        columns = (opinions.heads.tolist(), opinions.tails.tolist(), weights.tolist())
        for head, tail, weight in zip(*columns, strict=True):
            number = numbers[tail]
            if number is not None:
                self._have(keys[head], number, FactKind.GRADED, weight)

    def arrays(self, changes: int, listed: set[str]) -> FactArrays:
        """Return all facts as arrays."""
        for key in listed:
            self._products.setdefault(key, len(self._products))
        products, place = _sort(list(self._products))
        ids, fact_place = _sort(self._ids)
        heads, facts = place[np.array(self._heads, int)], fact_place[np.array(self._facts, int)]
        order = np.lexsort((facts, heads))
        fact_order = np.argsort(fact_place)
        names = [self._names[n].encode() for n in fact_order.tolist()]
        return FactArrays(
            changes=np.array([changes], np.int64),
            products=products,
            listed=np.array([key.decode() in listed for key in products.tolist()], np.bool_),
            starts=_starts(np.bincount(heads, minlength=len(products))),
            numbers=facts[order].astype(np.int32),
            kinds=np.array(self._kinds, np.uint8)[order],
            strengths=np.array(self._strengths, np.float32)[order],
            ids=ids,
            degrees=np.array(self._degrees, np.int32)[fact_order],
            name_starts=_starts([len(name) for name in names]),
            names=np.frombuffer(b"".join(names), np.uint8),
        )

    def _new(self, relation: str, tail: str, name: str | None, degree: int) -> int:
        self._ids.append(fact_id(relation, tail))
        self._names.append(name or tail)
        self._degrees.append(degree)
        return len(self._ids) - 1

    def _have(self, product: str, fact: int, kind: FactKind, strength: float = 0.0) -> None:
        self._heads.append(self._products.setdefault(product, len(self._products)))
        self._facts.append(fact)
        self._kinds.append(kind)
        self._strengths.append(strength)


def _sort(texts: Sequence[str]) -> tuple[NDArray[np.bytes_], NDArray[np.intp]]:
    """Return the sorted texts, and the place of each in them."""
    packed = np.array([text.encode() for text in texts] or [b""], np.bytes_)[: len(texts)]
    order = np.argsort(packed, kind="stable")
    place = np.empty(len(order), np.intp)
    place[order] = np.arange(len(order))
    return packed[order], place


def _starts(lengths: Sequence[int] | NDArray[np.intp]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
