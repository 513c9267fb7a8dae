"""Constraints that search words state, and the words that are left to search by."""

from dataclasses import dataclass
from enum import StrEnum


class ConstraintKind(StrEnum):
    """Kind of a constraint."""

    BRAND = "brand"
    """Products of a brand."""
    CATEGORY = "category"
    """Products of a category and its narrower ones."""
    VALUE = "value"
    """Products with an attribute value."""
    PRICE = "price"
    """Products in a range of prices."""
    RATING = "rating"
    """Products with a mean rating in a range."""
    STOCK = "stock"
    """Products that the catalogue does not say to be out of stock."""
    WORD = "word"
    """Products without a word in their title; always negated."""


NAMED = frozenset({ConstraintKind.BRAND, ConstraintKind.CATEGORY, ConstraintKind.VALUE})
"""Kinds read from names of the graph."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint, with the words that it was read from.

    Attributes:
        id: id that stays the same while the query around it changes.
        kind: kind of the constraint.
        label: text for people.
        start: offset of its first character in the query.
        end: offset after its last character.
        keys: keys of the graph's nodes, of which a product has one (if negated, none).
        word: of an exclusion, words that no title may have; of a value, words of a title that
            count as the value, as the catalogue often does not state it. Else blank.
        low: smallest price or number of stars; None for no limit.
        high: largest price or number of stars; None for no limit.
        currency: ISO 4217 code of a price; None if the query names none.
        negated: whether products that fit are left out.
        corrected: spelling of the graph, where the query's is mistyped.
    """

    id: str
    kind: ConstraintKind
    label: str
    start: int
    end: int
    keys: tuple[str, ...] = ()
    word: str = ""
    low: float | None = None
    high: float | None = None
    currency: str | None = None
    negated: bool = False
    corrected: str | None = None

    @property
    def is_name(self) -> bool:
        """Whether it names a node, without limits or negation."""
        return self.kind in NAMED and not self.negated and self.low is None and self.high is None

    @property
    def is_open(self) -> bool:
        """Whether titles count beside the graph's facts; its words are then also searched."""
        return self.is_name and bool(self.word)


@dataclass(frozen=True, slots=True)
class UnderstoodQuery:
    """A query in parts.

    Attributes:
        text: query as given.
        constraints: constraints in the order of their words.
        words: words to search: those that no constraint was read from, and those of values that
            are often not stated; may be blank.
        topic: these words and the names, without limits and exclusions; may be blank.
    """

    text: str
    constraints: tuple[Constraint, ...]
    words: str
    topic: str
