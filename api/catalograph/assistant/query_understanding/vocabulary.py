"""The graph's own names, and what its products show about the meaning of words."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from catalograph.assistant.query_understanding.tokens import (
    QueryToken,
    fold_tokens,
    split_tokens,
)
from catalograph.ingest.normalise import normalise
from catalograph.ingest.normalise.tables import attribute_aliases, brand_aliases, words
from catalograph.ml.script import has_han
from catalograph.schema import keys
from catalograph.store.queries.vocabulary import FIT, NAMES, NameRow, SampleRow

Rows = NDArray[np.int32]
MOST_TOKENS = 8
"""Largest number of tokens of a name."""
_WORD_KINDS = ("colour", "size", "gender", "material")
_YES, _NO = frozenset({"yes", "true", "是", "有"}), frozenset({"no", "false", "none", "否", "无"})
_NONE: Rows = np.empty(0, np.int32)
_CACHED = 10_000


@dataclass(frozen=True, slots=True)
class GraphName:
    """A brand, category or value under one of its spellings.

    Attributes:
        kind: label of the node.
        key: key of the node.
        label: text for people.
        products: number of products directly in it.
        flag: whether it is the "yes" of an attribute.
    """

    kind: str
    key: str
    label: str
    products: int
    flag: bool = False


class SearchVocabulary:
    """Names of a graph, and an index of the titles of sample products.

    Args:
        names: brands, categories and values.
        products: sample products.
    """

    def __init__(self, names: Sequence[NameRow], products: Sequence[SampleRow]) -> None:
        self.names: dict[tuple[str, ...], list[GraphName]] = defaultdict(list)
        self.longest: dict[str, int] = {}
        # Single Han characters, such as 男, are names only where they are excluded.
        self.characters: dict[str, list[GraphName]] = defaultdict(list)
        self.quantities: dict[tuple[str, float], list[GraphName]] = defaultdict(list)
        self.attribute_of_unit: dict[str, str] = {}
        self.complete = len(names) < NAMES
        self.labels: dict[str, str] = {}
        self.fits: dict[tuple[str, ...], list[str]] = defaultdict(list)
        self.attributes: dict[tuple[str, ...], tuple[str, ...]] = {}
        self.products = [row.key for row in products]
        for row in names:
            self._add(row)
        self._add_attributes({str(row.attribute) for row in names if row.kind == "Value"})
        self.size = len(products)
        titles = [split_tokens(row.title) for row in products]
        self._phrases = [f" {' '.join(token.fold for token in title)} " for title in titles]
        self._rows_of_token, self.frequencies = _index_titles(titles)
        self._rows_of_fact = _index_facts(row.facts for row in products)
        self._facts = {row.key: row.facts for row in products}
        self.prices = np.array([np.nan if p.price is None else p.price for p in products])
        self._codes = np.array([row.currency or "" for row in products], dtype=object)
        self._found: dict[tuple[str, ...], Rows] = {}

    @cached_property
    def currencies(self) -> tuple[str, ...]:
        """Currencies of the sample's prices, the most frequent first."""
        return tuple(code for code, _ in Counter(filter(None, self._codes.tolist())).most_common())

    @cached_property
    def brands(self) -> dict[str, list[GraphName]]:
        """Brands of one word by that word, for corrections."""
        found = {}
        for tokens, listed in self.names.items():
            brands = [name for name in listed if name.kind == "Brand"]
            if brands and len(tokens) == 1 and tokens[0].isalpha():
                found[brands[0].label.lower()] = brands
        return found

    @cached_property
    def fits_without_maker(self) -> dict[tuple[str, ...], list[str]]:
        """Keys of what products fit, by names without their first token."""
        found: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for tokens, listed in self.fits.items():
            if len(tokens) > 2:
                found[tokens[1:]] += listed
        return found

    @cached_property
    def words_of_names(self) -> frozenset[str]:
        """All tokens of names, in folded form."""
        return frozenset(token for tokens in self.names for token in tokens)

    def in_currency(self, code: str) -> NDArray[np.bool_]:
        """Return which sample products have a price in a currency."""
        found: NDArray[np.bool_] = (self._codes == code) & ~np.isnan(self.prices)
        return found

    def knows(self, word: str) -> bool:
        """Return whether a folded word occurs in a name or a sample title."""
        return word in self._rows_of_token or word in self.words_of_names

    def rows_with(self, tokens: Sequence[str]) -> Rows:
        """Return the sample products whose titles have some folded tokens side by side."""
        at = tuple(tokens)
        found = self._found.get(at)
        if found is None:
            found = self._find(at)
            if len(self._found) > _CACHED:
                self._found.clear()
            self._found[at] = found
        return found

    def title_tokens(self, row: int) -> list[str]:
        """Return the folded tokens of a sample product's title."""
        return self._phrases[row].split()

    def count_titles(self, token: str) -> int:
        """Return the number of sample titles that have a folded token."""
        return len(self._rows_of_token.get(token, _NONE))

    def rows_of(self, facts: Collection[str]) -> Rows:
        """Return the sample products with one of some facts."""
        listed = [self._rows_of_fact[key] for key in facts if key in self._rows_of_fact]
        if len(listed) == 1:
            return listed[0]
        return np.unique(np.concatenate(listed)) if listed else _NONE

    def brands_of(self, products: Collection[str]) -> list[str]:
        """Return the keys of the brands of some products, as far as the sample has these."""
        facts = [fact for key in products for fact in self._facts.get(key, ())]
        return sorted({fact for fact in facts if fact.startswith("brand:")})

    def share(self, rows: Rows, facts: Rows) -> float:
        """Return the share of some sample products that are among others."""
        if not len(rows):
            return 0.0
        return len(np.intersect1d(rows, facts, assume_unique=True)) / len(rows)

    def _find(self, tokens: tuple[str, ...]) -> Rows:
        listed = sorted((self._rows_of_token.get(one, _NONE) for one in tokens), key=len)
        found = listed[0] if listed else _NONE
        for rows in listed[1:]:
            found = np.intersect1d(found, rows, assume_unique=True)
        if len(tokens) == 1:
            return found
        phrase = f" {' '.join(tokens)} "
        return np.array([n for n in found if phrase in self._phrases[n]], np.int32)

    def _add_attributes(self, names: Collection[str]) -> None:
        """Note the attributes by their names, and by the other spellings of known ones."""
        spellings = [(name, name) for name in sorted(names)]
        spellings += [(said, name) for said, name in attribute_aliases().items() if name in names]
        for said, name in spellings:
            at = fold_tokens(said)
            known = self.attributes.get(at, ())
            self.attributes[at] = tuple(dict.fromkeys((*known, keys.attribute_key(name))))

    def _add(self, row: NameRow) -> None:
        if row.kind == FIT:
            self.fits[fold_tokens(row.name)].append(row.key)
            return
        label = row.name if row.kind != "Value" else f"{row.attribute}: {row.name}"
        flag = row.kind == "Value" and keys.normalise(row.name) in _YES
        name = GraphName(row.kind, row.key, label, row.products, flag)
        self.labels[row.key] = label
        for spelling in _spellings(row):
            tokens = fold_tokens(spelling)
            if len(tokens) == len(spelling) == 1 and has_han(spelling):
                self.characters[spelling].append(name)
            if not 1 <= len(tokens) <= MOST_TOKENS or not _is_name(tokens, spelling):
                continue
            if name not in self.names[tokens]:
                self.names[tokens].append(name)
                self.longest[tokens[0]] = max(self.longest.get(tokens[0], 0), len(tokens))
        if row.kind == "Value" and row.number is not None and row.unit:
            self.quantities[row.unit, round(row.number, 4)].append(name)
            self.attribute_of_unit.setdefault(row.unit, str(row.attribute))


def _spellings(row: NameRow) -> Iterable[str]:
    """Yield the words that mean a node: its name, aliases, and of a flag the attribute's name."""
    if row.kind == "Brand":
        aliases = _brand_spellings().get(keys.normalise(row.name), ())
        yield from (row.name, *aliases)
        return
    if row.kind == "Category":
        yield row.name
        return
    plain = keys.normalise(row.name)
    if plain in _YES:
        yield str(row.attribute)
    elif plain not in _NO and (row.number is None or row.unit is None):
        yield row.name
        said = normalise(str(row.attribute), row.name)
        if said.rule in _WORD_KINDS:
            yield from _word_spellings(said.rule).get(said.name, ())


def _is_name(tokens: tuple[str, ...], spelling: str) -> bool:
    """Return whether a spelling says enough: no number, no single letter."""
    if all(token.replace(".", "").isdigit() for token in tokens):
        return False
    return len(spelling.strip()) > 1 and (has_han(spelling) or len("".join(tokens)) > 1)


@cache
def _brand_spellings() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for spelling, name in brand_aliases().items():
        found[keys.normalise(name)].append(spelling)
    return found


@cache
def _word_spellings(kind: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for spelling, name in words(kind).items():
        found[name].append(spelling)
    return found


def _index_titles(titles: Iterable[Sequence[QueryToken]]) -> tuple[dict[str, Rows], Counter[str]]:
    """Return the rows of each folded token, and the number of titles with each longer word."""
    rows: dict[str, list[int]] = defaultdict(list)
    frequencies: Counter[str] = Counter()
    for n, tokens in enumerate(titles):
        for token in {token.fold for token in tokens}:
            rows[token].append(n)
        frequencies.update({token.text for token in tokens if token.text.isalpha()})
    return {token: np.array(found, np.int32) for token, found in rows.items()}, frequencies


def _index_facts(products: Iterable[Sequence[str]]) -> dict[str, Rows]:
    """Return the rows of each fact; a product is also in the wider categories of its own."""
    rows: dict[str, list[int]] = defaultdict(list)
    for n, facts in enumerate(products):
        every = set(facts)
        for key in facts:
            if key.startswith("category:"):
                parts = key.split("/")
                every.update("/".join(parts[:end]) for end in range(1, len(parts)))
        for key in every:
            rows[key].append(n)
    return {key: np.array(found, np.int32) for key, found in rows.items()}
