"""Products that reviews and events name, found in the catalogues of the graph.

A file of reviews or events has a source of its own, and its product ids belong to some catalogue.
Which one, the mapping says (`product_source`), or the graph: the only catalogue, or the one that
knows the ids. An id that the catalogue does not list is looked up in its canonical form, first
among the ids, then among the GTINs and groups of one product, then among the ids of groups of
several variants: a review of a product with variants is kept at the first of them.
"""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from catalograph.errors import MappingError
from catalograph.ingest.interactions import InteractionFeed
from catalograph.ingest.product_ids import ProductIdIndex, ProductIdSample
from catalograph.ingest.report import ProductCounts
from catalograph.schema import InteractionRecord, keys
from catalograph.schema.suggest import did_you_mean

_CLEAR_SHARE = 0.5
"""Share of known ids that settles on a catalogue without a look at other forms of the ids."""
_CLEAR_LEAD = 2.0
"""How many times more ids than the next catalogue the right one knows."""
_REMEMBER_SECONDS = 300.0
"""Time after which ids are looked up again: a stream goes on while catalogues change."""
_REMEMBER_IDS = 200_000


class CatalogueLookup(Protocol):
    """The catalogues of the graph; see `catalograph.store.queries.catalogues.CatalogueReader`."""

    def list_catalogues(self) -> Sequence[str]:
        """Return the names of the catalogues."""

    def find_listed_products(self, keys: Collection[str]) -> Collection[str]:
        """Return those of the product keys that a catalogue lists."""

    def find_group_variants(self, source: str, groups: Collection[str]) -> Mapping[str, str]:
        """Return the id of the first listed variant of each group of a catalogue."""

    def list_product_ids(self, source: str) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield the ids of the products of a catalogue, each with its GTINs and group."""

    def list_names(self) -> Iterator[tuple[str, str, Sequence[str]]]:
        """Yield label, key and path of the brands and categories; that of a brand is its name."""


def shares_known(catalogues: CatalogueLookup, ids: Collection[str]) -> dict[str, float]:
    """Return the share of product ids that each catalogue of the graph lists, the largest first.

    Args:
        catalogues: catalogues of the graph.
        ids: product ids of a file, in any number and form; a sample of them is looked up.
    """
    sample = ProductIdSample()
    for id_ in map(keys.clean, ids):
        if 0 < len(id_) <= keys.MAX_ID_LENGTH:
            sample.add(id_)
    return CatalogueFinder(catalogues).shares_known(sample.ids)


def choose_catalogue(shares: Mapping[str, float], kind: str) -> str | None:
    """Return the catalogue that product ids belong to; None if no catalogue knows any of them.

    Args:
        shares: share of the ids that each catalogue knows.
        kind: reviews or events, for the message.

    Raises:
        MappingError: several catalogues know about equally many.
    """
    ranked = sorted(shares.items(), key=lambda item: (-item[1], item[0]))
    if not ranked or ranked[0][1] == 0:
        return None
    best = ranked[0][1]
    rivals = [(name, share) for name, share in ranked if share * _CLEAR_LEAD > best]
    if len(rivals) > 1:
        said = " and ".join(f"'{name}' knows {_percent(share)}" for name, share in rivals)
        raise MappingError(
            f"The {kind} may belong to several catalogues: {said} of their product ids. Name the "
            f"right one: `--product-source {rivals[0][0]}`, or a line 'product_source: "
            f"{rivals[0][0]}' in the mapping."
        )
    return ranked[0][0]


class ProductMatcher:
    """Directs the reviews or events of one feed to the products of a catalogue.

    Args:
        catalogues: catalogues of the graph.
        feed: builder of the records, with a sample of the product ids of its rows.
        name: name of the file or topic, for messages.
        counts: counters of the ingest.
    """

    def __init__(
        self,
        catalogues: CatalogueLookup,
        feed: InteractionFeed[Any],
        name: str,
        counts: ProductCounts,
    ) -> None:
        self._catalogues = CatalogueFinder(catalogues)
        self._feed = feed
        self._name = name
        self._counts = counts
        self._is_decided = False
        self._looked_at: int | None = None

    def decide(self) -> None:
        """Choose the catalogue of the feed, once a catalogue knows one of the ids sampled so far.

        Until then products and shoppers belong to the feed's own source.

        Raises:
            MappingError: several catalogues may be meant.
        """
        if not self._is_decided and self._looked_at != self._feed.sample.changes:
            self._looked_at = self._feed.sample.changes
            self._is_decided = self._choose()

    def match(self, records: Sequence[InteractionRecord]) -> list[InteractionRecord]:
        """Return the records with the keys of the products that they name, and count them."""
        source = self._feed.catalogue
        ids = {keys.natural_id(r.product) for r in records if r.product}
        found = self._catalogues.find(source, ids)
        return [self._direct(record, source, found) for record in records]

    def _direct(
        self, record: InteractionRecord, source: str, found: Mapping[str, str]
    ) -> InteractionRecord:
        if record.product is None:
            return record
        id_ = keys.natural_id(record.product)
        self._counts.add(id_, found.get(id_), of_group=self._catalogues.is_group(source, id_))
        key = keys.product_key(source, found.get(id_, id_))
        return record if key == record.product else self._feed.sign(replace(record, product=key))

    def _choose(self) -> bool:
        """Return whether the catalogue is certain."""
        stored = self._catalogues.names()
        mapping = self._feed.mapping
        if mapping.product_source is not None or mapping.source in stored:
            self._note(self._explain_missing(self._feed.catalogue, stored))
            return True
        shares = self._catalogues.shares_known(self._feed.sample.ids)
        chosen = choose_catalogue(shares, mapping.kind)
        if chosen is not None:
            self._feed.use_catalogue(chosen)
        self._note(self._explain(chosen, shares))
        return chosen is not None

    def _note(self, message: str) -> None:
        self._counts.catalogues[self._name] = self._feed.catalogue
        self._counts.choices[self._name] = message

    def _explain_missing(self, name: str, stored: Sequence[str]) -> str:
        if name in stored:
            return ""
        there = f"; there are {', '.join(stored)}" if stored else ""
        return (
            f"The graph holds no catalogue '{name}'{there}.{did_you_mean(name, stored)} The "
            f"{self._feed.mapping.kind} meet their products once that catalogue is ingested with "
            f"`--source {name}`."
        )

    def _explain(self, chosen: str | None, shares: Mapping[str, float]) -> str:
        if chosen is not None:
            why = (
                "the only one in the graph"
                if len(shares) == 1
                else f"which knows {_percent(shares[chosen])} of the product ids"
            )
            return (
                f"Products and shoppers of {self._name} are those of the catalogue '{chosen}', "
                f"{why}. The key of a shopper: `catalograph user-key {chosen} ID`."
            )
        if not self._feed.sample.ids:
            return ""
        state = (
            f"No catalogue in the graph ({', '.join(shares)}) lists a product"
            if shares
            else "The graph holds no catalogue yet with the products"
        )
        kind, own = self._feed.mapping.kind, self._feed.mapping.source
        return (
            f"{state} that {self._name} names. The {kind} meet their products when the catalogue "
            f"is ingested with `--source {own}`, or when they are ingested again after the "
            "catalogue."
        )


class CatalogueFinder:
    """Finds ids in the catalogues of the graph, in canonical form where needed."""

    def __init__(self, lookup: CatalogueLookup) -> None:
        self._lookup = lookup
        self._indexes: dict[str, ProductIdIndex] = {}
        self._found: dict[tuple[str, str], str] = {}
        self._groups: set[tuple[str, str]] = set()
        self._since = time.monotonic()

    def names(self) -> Sequence[str]:
        """Return the names of the catalogues."""
        return self._lookup.list_catalogues()

    def find(self, source: str, ids: Collection[str]) -> dict[str, str]:
        """Return the id that the catalogue lists, for each of the ids that it knows."""
        self._forget_old()
        new = [id_ for id_ in ids if (source, id_) not in self._found]
        exact = self._find_exact(source, new)
        alike = self._find_alike(source, [id_ for id_ in new if id_ not in exact])
        self._found |= {(source, id_): id_ for id_ in exact}
        self._found |= {(source, id_): same for id_, same in alike.items()}
        left = [id_ for id_ in new if id_ not in exact and id_ not in alike]
        variants = self._lookup.find_group_variants(source, left) if left else {}
        self._found |= {(source, id_): variant for id_, variant in variants.items()}
        self._groups |= {(source, id_) for id_ in variants}
        return {id_: found for id_ in ids if (found := self._found.get((source, id_))) is not None}

    def is_group(self, source: str, id_: str) -> bool:
        """Return whether an id that was found is that of a group of variants."""
        return (source, id_) in self._groups

    def shares_known(self, ids: Collection[str]) -> dict[str, float]:
        """Return the share of the ids that each catalogue lists, the largest first."""
        if not ids:
            return dict.fromkeys(self.names(), 0.0)
        exact = {name: self._find_exact(name, ids) for name in self.names()}
        counts = {name: len(found) for name, found in exact.items()}
        if not _is_clear(list(counts.values()), len(ids)):
            for name, found in exact.items():
                rest = [id_ for id_ in ids if id_ not in found]
                alike = self._find_alike(name, rest)
                left = [id_ for id_ in rest if id_ not in alike]
                counts[name] += len(alike)
                counts[name] += len(self._lookup.find_group_variants(name, left)) if left else 0
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return {name: count / len(ids) for name, count in ranked}

    def _forget_old(self) -> None:
        now = time.monotonic()
        if now - self._since > _REMEMBER_SECONDS:
            self._since = now
            self._indexes.clear()
            self._found.clear()
            self._groups.clear()
        if len(self._found) > _REMEMBER_IDS:
            self._found.clear()
            self._groups.clear()

    def _find_exact(self, source: str, ids: Collection[str]) -> set[str]:
        if not ids:
            return set()
        wanted = {keys.product_key(source, id_) for id_ in ids}
        return {keys.natural_id(key) for key in self._lookup.find_listed_products(wanted)}

    def _find_alike(self, source: str, ids: Collection[str]) -> dict[str, str]:
        """Return the id of the one product that each id names in another form, as far as any."""
        if not ids:
            return {}
        index = self._index(source)
        return {id_: same for id_ in ids if (same := index.find(id_)) is not None}

    def _index(self, source: str) -> ProductIdIndex:
        if source not in self._indexes:
            self._indexes[source] = ProductIdIndex(self._lookup.list_product_ids(source))
        return self._indexes[source]


def _is_clear(counts: Sequence[int], ids: int) -> bool:
    """Return whether one catalogue is clearly that of the ids, or all are known."""
    ranked = sorted(counts, reverse=True)
    first, second = (*ranked, 0, 0)[:2]
    return first >= ids * _CLEAR_SHARE and second * _CLEAR_LEAD <= first


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 or share == 0 else "under 1%"
