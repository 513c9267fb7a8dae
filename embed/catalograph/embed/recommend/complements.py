"""Which products go with a product: what fits it, and what the same shoppers chose beside it.

Texts of accessories say what they fit ("case for iPhone 7"). A name stands for the products whose
titles contain its words, but no longer name that does, so that an iPhone 7 Plus is no iPhone 7. A
product goes with another one

- if both stand for one name, or one of them fits what the other is (then it *fits*), or
- if it names nothing, nothing in its title belongs to another device, and shoppers chose it beside
  the product (then it is *universal*), or, after those, beside products of its category.

Alternatives to a product never go with it. They are found by pairs of categories: of one category
(a product's is the rarest of its categories); categories of things that others fit, such as two
kinds of phones; and categories that are bought in one basket less often than by chance, beyond two
standard errors.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from catalograph.embed.recommend.matrices import Csr, Floats, Ints, row_of_entry
from catalograph.schema.diversity import diversify, item_features, jaccard

__all__ = ["ComplementTable", "FittedName", "Goods", "find_complements"]

MOST = 20
"""Maximum number of complements of a product."""
_POOL = 60
"""Maximum number of candidates of which diverse ones are chosen."""
_DIVERSITY = 0.3
"""Diversity among what fits, so that not all of it is cases."""
_SHARE = 0.2
"""Minimum share of a category's products that name what they fit, for a category of accessories;
and that are named, for one of things that others fit."""
_EXPECTED = 5.0
"""Minimum number of pairs expected by chance, to judge two categories by baskets."""
_BESIDE = 5
"""Minimum number of shoppers who chose both a product and one of a category."""
_LETTER_NUMBER = re.compile(r"\b([a-z]) (\d)")

Words = frozenset[str]


@dataclass(frozen=True)
class FittedName:
    """A text's statement that a product fits something."""

    item: int
    key: str
    """Key of the node of the name."""
    name: str


@dataclass(frozen=True)
class Goods:
    """Products as far as it matters what goes with what."""

    titles: Sequence[str]
    kinds: Sequence[Sequence[str]]
    """Keys of the categories of each product."""
    brands: Iterable[str]
    """Names of all brands."""
    names: Sequence[FittedName]
    baskets: Csr
    """0/1 [baskets, items]: products bought at one time."""
    choices: Csr
    """0/1 [shoppers, items]."""

    @cached_property
    def popularity(self) -> Floats:
        """Number of shoppers of each product; float [items]."""
        return np.bincount(self.choices.indices, minlength=self.n_items).astype(np.float64)

    @property
    def n_items(self) -> int:
        """Number of products."""
        return len(self.titles)

    @cached_property
    def words(self) -> list[Words]:
        """Words of each title."""
        return [name_words(title) for title in self.titles]

    @cached_property
    def leaf(self) -> list[str | None]:
        """Rarest category of each product; None without one."""
        counts: dict[str, int] = {}
        for kinds in self.kinds:
            for kind in kinds:
                counts[kind] = counts.get(kind, 0) + 1
        return [
            min(kinds, key=lambda kind: (counts[kind], kind), default=None) for kinds in self.kinds
        ]


@dataclass(frozen=True)
class ComplementTable:
    """Complements in their order, by product."""

    sources: Ints
    targets: Ints
    places: Ints
    """int [m]: place in the list of the source, from 0."""
    fits: tuple[str | None, ...]
    """Key of the name by which the target fits, None for a universal one; length m."""
    beside: tuple[str | None, ...]
    """Key of the category beside whose products the target was chosen, None where it fits or was
    chosen beside the source itself; length m."""
    shares: Floats
    """float [m]: share of the shoppers of that category who chose the target, else 0."""


def name_words(text: str) -> Words:
    """Return the words of a name: "Galaxy S 5" and "Galaxy S5" have the same, "+" is "plus"."""
    plain = text.casefold().replace("+", " plus ")
    return item_features((), _LETTER_NUMBER.sub(r"\1\2", plain))


def find_complements(goods: Goods, behaviour: Csr) -> ComplementTable:
    """Choose the complements of every product.

    Args:
        goods: the products.
        behaviour: [items, items], how much shoppers who chose the row chose the column; entries
            that are not positive count for nothing.
    """
    devices = _Devices(goods)
    alternatives = _Alternatives(goods, devices)
    besides = _Besides(goods, devices.accessories)
    rows: list[tuple[int, int, int, str | None, str | None, float]] = []
    for item in range(goods.n_items):
        candidates = _Candidates(goods, devices, behaviour, item)
        found = candidates.rank(alternatives)
        rows += [(item, target, n, key, None, 0.0) for n, (target, key) in enumerate(found)]
        more = besides.find(item, candidates, alternatives, {target for target, _ in found})
        rows += [
            (item, target, len(found) + n, None, kind, share)
            for n, (target, kind, share) in enumerate(more[: MOST - len(found)])
        ]
    sources, targets, places, fits, beside, shares = zip(*rows, strict=True) if rows else ((),) * 6
    return ComplementTable(
        np.array(sources, np.int32),
        np.array(targets, np.int32),
        np.array(places, np.int32),
        fits,
        beside,
        np.array(shares, np.float64),
    )


class _Besides:
    """What shoppers of a category's products chose beside these."""

    def __init__(self, goods: Goods, accessories: Collection[str | None]) -> None:
        self._goods = goods
        self._accessory = np.array([leaf in accessories for leaf in goods.leaf], np.bool_)
        self._found: dict[str, list[tuple[int, float]]] = {}
        self._items: dict[str, list[int]] = {}
        for n, kinds in enumerate(goods.kinds):
            for kind in kinds:
                self._items.setdefault(kind, []).append(n)

    def find(
        self,
        item: int,
        candidates: "_Candidates",
        alternatives: "_Alternatives",
        known: Collection[int],
    ) -> list[tuple[int, str, float]]:
        """Return universal products chosen beside an item's categories, those of the rarest first.

        Returns:
            Number of each, key of the category, and its share.
        """
        found: dict[int, tuple[str, float]] = {}
        for kind in sorted(
            self._goods.kinds[item], key=lambda kind: (len(self._items[kind]), kind)
        ):
            for other, share in self._of_category(kind):
                if other != item and other not in known and not alternatives(item, other):
                    found.setdefault(other, (kind, share))
        return [(other, *found[other]) for other in candidates.find_universal(found)]

    def _of_category(self, kind: str) -> list[tuple[int, float]]:
        """Return products that enough shoppers of a category chose, most often chosen first.

        Of other things than accessories, those that they chose no more often than all shoppers did
        are left out.
        """
        if kind not in self._found:
            choices = self._goods.choices
            of_category = np.zeros(self._goods.n_items)
            of_category[self._items[kind]] = 1.0
            shoppers = (choices @ of_category > 0).astype(np.float64)
            both = choices.T @ shoppers
            share = both / max(1.0, shoppers.sum())
            usual = self._goods.popularity / max(1, choices.shape[0])
            told = self._accessory | (share > usual)
            kept = np.flatnonzero((both >= _BESIDE) & (of_category == 0) & told)
            best = kept[np.argsort(-share[kept], kind="stable")]
            self._found[kind] = [(int(n), float(share[n])) for n in best]
        return self._found[kind]


class _Devices:
    """What each product is or fits, by names that texts give."""

    def __init__(self, goods: Goods) -> None:
        self._goods = goods
        brands = {word for brand in goods.brands for word in name_words(brand)}
        stated = [(one, name_words(one.name)) for one in goods.names]
        generic = {word for _, words in stated if not _is_specific(words, brands) for word in words}
        known = {words for _, words in stated if _is_specific(words, brands)}
        longer = _with_brand(known, brands)
        self.key_of: dict[Words, str] = {}
        self.fitted: list[set[Words]] = [set() for _ in goods.titles]
        """Names that each product states to fit."""
        for one, words in stated:
            if words in known:
                name = longer.get(words, words)
                self.key_of.setdefault(name, one.key)
                self.fitted[one.item].add(name)
        names = sorted(set(self.key_of), key=lambda words: (-len(words), sorted(words)))
        by_word = _by_rarest_word(names)
        accessory = self.accessories = self._accessory_kinds()
        self.of: list[frozenset[Words]] = []
        """Names that each product stands for or fits."""
        self.is_device: list[bool] = []
        for n, words in enumerate(goods.words):
            meant = frozenset(self.fitted[n]) or _longest(words, by_word)
            self.of.append(meant)
            self.is_device.append(
                bool(meant) and goods.leaf[n] not in accessory and not self.fitted[n]
            )
        matched = {name for n, own in enumerate(self.of) if self.is_device[n] for name in own}
        self._unmatched = [name for name in names if name not in matched]
        self._foreign = {w for name in names for w in name if not w.isdigit()} - generic
        self._brands = brands
        self.bearers: dict[Words, list[int]] = {}
        for n, own in enumerate(self.of):
            for name in own:
                self.bearers.setdefault(name, []).append(n)

    def _accessory_kinds(self) -> set[str | None]:
        """Return the categories of which many products name what they fit."""
        count: dict[str | None, list[int]] = {}
        for leaf, fitted in zip(self._goods.leaf, self.fitted, strict=True):
            count.setdefault(leaf, []).append(bool(fitted))
        return {leaf for leaf, told in count.items() if np.mean(told) >= _SHARE}

    def foreign_words(self, item: int) -> Words:
        """Return the words that belong to other devices than a product."""
        own = self._goods.words[item]
        family = own & self._brands
        akin = {w for name in self._unmatched if name & family for w in name}
        return frozenset(self._foreign - own - akin)


class _Alternatives:
    """Pairs of categories whose products are alternatives to each other."""

    def __init__(self, goods: Goods, devices: _Devices) -> None:
        self._leaf = goods.leaf
        shares: dict[str | None, list[bool]] = {}
        for leaf, device in zip(goods.leaf, devices.is_device, strict=True):
            shares.setdefault(leaf, []).append(device)
        self._devices = {leaf for leaf, told in shares.items() if np.mean(told) >= _SHARE}
        self._is_device = devices.is_device
        self._apart = _rare_pairs(goods)

    def __call__(self, item: int, other: int) -> bool:
        """Return whether two products are alternatives."""
        a, b = self._leaf[item], self._leaf[other]
        if a is None or b is None or a == b:
            return True
        both = (self._is_device[item] or a in self._devices) and (
            self._is_device[other] or b in self._devices
        )
        return both or frozenset((a, b)) in self._apart


@dataclass(frozen=True)
class _Candidates:
    """Candidates of one product."""

    goods: Goods
    devices: _Devices
    behaviour: Csr
    item: int
    _keys: dict[int, str] = field(default_factory=dict)

    def rank(self, alternatives: _Alternatives) -> list[tuple[int, str | None]]:
        """Return the chosen targets, best first, each with the key of the name by which it fits."""
        span = slice(*self.behaviour.indptr[self.item : self.item + 2])
        chosen = dict(
            zip(self.behaviour.indices[span].tolist(), self.behaviour.data[span], strict=True)
        )
        fitting = self._fitting()
        universal = self.find_universal(i for i, weight in chosen.items() if weight > 0)
        found = {
            i: key
            for i, key in {**universal, **fitting}.items()
            if i != self.item and not alternatives(self.item, i)
        }
        if not found:
            return []
        items = np.array(sorted(found))
        strength = np.array([max(chosen.get(int(i), 0.0), 0.0) for i in items])
        popular = np.log1p(self.goods.popularity[items])
        fits = np.array([found[int(i)] is not None for i in items])
        worth = fits + strength / (strength.max() or 1.0) + popular / (2 * (popular.max() or 1.0))
        order = np.argsort(-worth, kind="stable")[:_POOL]
        if fits.any():
            order = order[self._diversify(items[order], worth[order])]
        return [(int(i), found[int(i)]) for i in items[order][:MOST]]

    def _fitting(self) -> dict[int, str | None]:
        own = self.devices.of[self.item]
        return {
            other: self.devices.key_of[name]
            for name in sorted(own, key=sorted)
            for other in self.devices.bearers.get(name, ())
        }

    def find_universal(self, others: Iterable[int]) -> dict[int, str | None]:
        """Return those that name no device, in their order."""
        foreign = self.devices.foreign_words(self.item)
        return {
            other: None
            for other in others
            if not self.devices.of[other] and not self.goods.words[other] & foreign
        }

    def _diversify(self, items: Ints, worth: Floats) -> list[int]:
        features = [
            item_features(self.goods.kinds[int(i)], self.goods.titles[int(i)]) for i in items
        ]
        return diversify(worth.astype(np.float64), jaccard(features), _DIVERSITY, MOST)


def _is_specific(words: Words, brands: set[str]) -> bool:
    """Return whether a name is that of certain devices: "iPhone 7", but not "most cell phones"."""
    return any(word in brands or any(c.isdigit() for c in word) for word in words)


def _with_brand(names: set[Words], brands: set[str]) -> dict[Words, Words]:
    """Return the name with the brand for names that leave it out, as "iPhone 7" does."""
    found: dict[Words, Words] = {}
    for name in sorted(names, key=lambda words: (len(words), sorted(words))):
        for brand in sorted(brands - name):
            if name | {brand} in names:
                found.setdefault(name, name | {brand})
    return found


def _by_rarest_word(names: Sequence[Words]) -> Mapping[str, list[Words]]:
    count: dict[str, int] = {}
    for name in names:
        for word in name:
            count[word] = count.get(word, 0) + 1
    found: dict[str, list[Words]] = {}
    for name in names:
        found.setdefault(min(name, key=lambda word: (count[word], word)), []).append(name)
    return found


def _longest(words: Words, by_word: Mapping[str, list[Words]]) -> frozenset[Words]:
    """Return the names contained in a title, except those within longer ones."""
    inside = [name for word in words for name in by_word.get(word, ()) if name <= words]
    return frozenset(name for name in inside if not any(name < other for other in inside))


def _rare_pairs(goods: Goods) -> set[frozenset[str]]:
    """Return pairs of categories that are bought together significantly less often than by chance.

    By chance, the products of a pair in one basket are drawn independently, each category as often
    as it takes part in pairs (the null model of modularity, Newman 2006).
    """
    kinds = sorted({leaf for leaf in goods.leaf if leaf is not None})
    place = {kind: n for n, kind in enumerate(kinds)}
    column = np.array([-1 if leaf is None else place[leaf] for leaf in goods.leaf], np.int64)
    basket, kind = row_of_entry(goods.baskets), column[goods.baskets.indices]
    known = kind >= 0
    shape = (goods.baskets.shape[0], len(kinds))
    ones = np.ones(int(known.sum()), np.float64)
    counts = sp.csr_array((ones, (basket[known], kind[known])), shape=shape)
    pairs = (counts.T @ counts).toarray()
    pairs[np.diag_indices(len(kinds))] -= counts.sum(axis=0)  # no product is a pair with itself
    taking_part = pairs.sum(axis=1)
    expected = np.outer(taking_part, taking_part) / max(1.0, taking_part.sum())
    rare = (expected >= _EXPECTED) & (pairs + 2 * np.sqrt(expected) < expected)
    return {frozenset((kinds[a], kinds[b])) for a, b in np.argwhere(rare).tolist() if a != b}
