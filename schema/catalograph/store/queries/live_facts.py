"""Facts of products in one process: mapped from an artefact, with what changed since read.

They give what `cypher/fragments/shared_facts.cypher` gives, up to the number of the last change of
products that is known here. The products that changed later are read from the graph again.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from catalograph.schema.keys import fact_name
from catalograph.store.connection.connect import Row
from catalograph.store.models.fact_artefact import (
    OPINIONS,
    FactArrays,
    FactKind,
    OwnFact,
    fact_id,
    link_relations,
)
from catalograph.store.queries.api_queries import FactRow

_COUNTED = (FactKind.EDGE, FactKind.GUESSED)
_MOST_DESCRIBED = 50_000
_Described = tuple[str, str, str, int | None]
"""Name in the model, key, name and degree of a fact."""


class ChangedProduct(NamedTuple):
    """A product that changed after the artefact was made.

    Attributes:
        listed: whether a record describes it.
        shown: whether lists may show it.
        name: name that reasons give it as a tail.
        facts: its facts; None if they are still those of the artefact.
    """

    listed: bool = False
    shown: bool = False
    name: str | None = None
    facts: tuple[OwnFact, ...] | None = ()


class LiveFacts:
    """The facts of all products, of which some changed.

    Args:
        arrays: facts as of an artefact.
    """

    def __init__(self, arrays: FactArrays) -> None:
        self.changes = int(arrays.changes[0])
        """Number of the last change that is known."""
        self._arrays = arrays
        self._changed: dict[str, ChangedProduct] = {}
        self._added: dict[str, int] = {}
        """Numbers of facts that the artefact does not have, by id."""
        self._added_ids: list[str] = []
        self._names: dict[int, str] = {}
        """Names of facts that the artefact does not have, or not by that name."""
        self._degrees: defaultdict[int, int] = defaultdict(int)
        """Number of edges to each tail beyond those in the artefact."""
        self._links = link_relations()
        self._described: dict[int, _Described] = {}
        """Facts lately cited, until something changes."""

    @property
    def changed(self) -> int:
        """Number of products whose facts changed since the artefact was made."""
        return sum(product.facts is not None for product in self._changed.values())

    def shows(self, key: str) -> bool:
        """Return whether lists may show a product that the version knows."""
        changed = self._changed.get(key)
        return self.is_listed(key) if changed is None else changed.shown

    def differs(self, key: str) -> bool:
        """Return whether a product has other facts than in the artefact."""
        changed = self._changed.get(key)
        return changed is not None and changed.facts is not None

    def is_listed(self, key: str) -> bool:
        """Return whether a product is listed."""
        changed = self._changed.get(key)
        if changed is not None:
            return changed.listed
        place = self._arrays.places.get(key)
        return place is not None and bool(self._arrays.listed[place])

    def replace(self, rows: Iterable[Row]) -> None:
        """Replace the facts of products by what `read_product_facts` gives."""
        rows = list(rows)
        ids = [fact_id(f[0], f[1]) for row in rows for f in row["facts"]]
        own = [fact_id(link, row["key"]) for row in rows for link in self._links]
        found = dict(zip([*ids, *own], self._arrays.find([*ids, *own]), strict=True))
        for row in rows:
            facts = []
            for relation, tail, name, strength, guessed in row["facts"]:
                number = self._number(fact_id(relation, tail), found, name or tail)
                kind = FactKind.GUESSED if guessed else FactKind.EDGE
                if relation == OPINIONS:
                    kind = FactKind.GRADED
                facts.append(OwnFact(number, kind, strength or 0.0))
            selves = [found[fact_id(link, row["key"])] for link in self._links]
            facts += [OwnFact(n, FactKind.SELF) for n in selves if n is not None]
            name = row["name"] or row["key"]
            changed = ChangedProduct(row["listed"], row["shown"], name, tuple(sorted(facts)))
            self._change(row["key"], changed)

    def remove(self, keys: Iterable[str]) -> None:
        """Take products away that are no more."""
        for key in keys:
            self._change(key, ChangedProduct())

    def remove_unlisted(self, listed: set[str]) -> None:
        """Take the products away that were listed and have been removed."""
        places = zip(self._arrays.places, self._arrays.listed.tolist(), strict=True)
        gone = [key for key, was in places if was and key not in listed]
        self.remove(key for key in gone if key not in self._changed)

    def rename(self, names: Mapping[str, str]) -> None:
        """Take names of tails that are no products, by their keys."""
        self._described.clear()
        for number, one in enumerate([*map(bytes.decode, self._arrays.ids.tolist())]):
            name = names.get(one.partition("\t")[2])
            if name is not None and name != self._arrays.name(number):
                self._names[number] = name
        for one, number in self._added.items():
            self._names[number] = names.get(one.partition("\t")[2], self._names[number])

    def find_shared(self, items: Mapping[str, Sequence[str]]) -> list[FactRow]:
        """Return the facts that items share with the products that led to them.

        Args:
            items: keys of the products that led to each item, by its key.
        """
        own: dict[str, set[int]] = {}
        for key in {*items, *(source for sources in items.values() for source in sources)}:
            own[key] = self._read_cited(key)
        holders: defaultdict[int, set[str]] = defaultdict(set)
        for key, sources in items.items():
            mine = own[key]
            for source in sources:
                for number in mine & own[source]:
                    having = holders[number]
                    having.add(key)
                    having.add(source)
        return [self._row(number, holders[number]) for number in sorted(holders)]

    def _row(self, number: int, holders: set[str]) -> FactRow:
        known = self._described.get(number)
        if known is None:
            if len(self._described) >= _MOST_DESCRIBED:
                self._described.clear()
            known = self._described[number] = self._describe(number)
        strengths = None
        if known[3] is None:
            strengths = {
                key: fact.strength
                for key in holders
                for fact in self._facts(key)
                if fact.number == number
            }
        return FactRow(*known, frozenset(holders), strengths)

    def _describe(self, number: int) -> _Described:
        relation, _, tail = self._id(number).partition("\t")
        changed = self._changed.get(tail)
        name = changed.name if changed is not None else self._names.get(number)
        degree = None if relation == OPINIONS else self._degree(number) + self.is_listed(tail)
        return fact_name(relation, tail), tail, name or self._arrays.name(number), degree

    def _read_cited(self, key: str) -> set[int]:
        """Return the facts of a product that may be cited."""
        changed, place = self._changed.get(key), self._arrays.places.get(key)
        if changed is not None and changed.facts is not None:
            cited = {f.number for f in changed.facts if f.kind != FactKind.GUESSED}
        else:
            cited = set() if place is None else set(self._arrays.read_cited(place).tolist())
        if self._added:
            cited.update(
                self._added[id_]
                for link in self._links
                if (id_ := fact_id(link, key)) in self._added
            )
        return cited

    def _facts(self, key: str) -> Iterable[OwnFact]:
        changed = self._changed.get(key)
        if changed is not None and changed.facts is not None:
            return changed.facts
        return self._read_published(key)

    def _read_published(self, key: str) -> tuple[OwnFact, ...]:
        """Return the facts of a product as of the artefact."""
        place = self._arrays.places.get(key)
        return () if place is None else tuple(self._arrays.own(place))

    def _change(self, key: str, product: ChangedProduct) -> None:
        for facts, step in ((self._facts(key), -1), (product.facts or (), 1)):
            for fact in facts:
                if fact.kind in _COUNTED:
                    self._degrees[fact.number] += step
        self._described.clear()
        same = product.facts == self._read_published(key)
        self._changed[key] = product._replace(facts=None) if same else product

    def _number(self, id_: str, found: Mapping[str, int | None], name: str) -> int:
        number = found[id_]
        if number is None:
            number = self._added.setdefault(id_, len(self._arrays.ids) + len(self._added))
            if number - len(self._arrays.ids) == len(self._added_ids):
                self._added_ids.append(id_)
            self._names[number] = name
        return number

    def _id(self, number: int) -> str:
        known = len(self._arrays.ids)
        if number >= known:
            return self._added_ids[number - known]
        found: str = self._arrays.ids[number].decode()
        return found

    def _degree(self, number: int) -> int:
        known = len(self._arrays.ids)
        published = int(self._arrays.degrees[number]) if number < known else 0
        return published + self._degrees.get(number, 0)
