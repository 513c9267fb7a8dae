"""Kinds of events: by the values of a column, or one for a file that is clearly of one kind."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalograph.errors import MappingProposalError
from catalograph.ingest.mapping_inference.field_scores import is_flag, is_prose
from catalograph.ingest.mapping_inference.fields import KNOWN_NAME, ColumnMatcher
from catalograph.ingest.mapping_inference.name_table import event_words, flatten, skipped_words
from catalograph.ingest.mapping_inference.names import match_name, read_name
from catalograph.ingest.mapping_inference.profiles import (
    ColumnProfile,
    FeedProfile,
    text_of_cell,
)
from catalograph.ingest.values import is_blank
from catalograph.log import shorten
from catalograph.schema import EventKind

_MOST_KINDS = 200
_KNOWN_WORDS = 0.3
"""Share of rows with a known word from which a column named so holds kinds."""
_LIKELY, _CLEARLY = 0.6, 0.95
"""Shares of rows with a known word under another name: of several kinds, or of one."""
_RIVAL = 0.95


@dataclass(frozen=True)
class EventKinds:
    """Kinds of the events of a file.

    Attributes:
        constant: kind of all rows; None if a column says it.
        column: profile of the column of the kind; None if all rows are of one kind.
        why: reason, for people.
    """

    constant: EventKind | None = None
    column: ColumnProfile | None = None
    why: str = ""

    @property
    def needs_product(self) -> bool:
        """Whether some events must name a product: all but searches do."""
        if self.constant is not None:
            return self.constant is not EventKind.QUERY
        kinds = {_kind(word) for word in (self.column.counts or {})} if self.column else set()
        return bool(kinds - {EventKind.QUERY, None})


@dataclass(frozen=True)
class EventWords:
    """What the words of a column of kinds mean.

    Attributes:
        values: kind by the feed's own word, without words that are the kind's name.
        skip: words of events that are of no interest.
        unknown: words whose kind is not known, with their number of rows.
    """

    values: Mapping[str, EventKind]
    skip: tuple[str, ...]
    unknown: tuple[tuple[str, int], ...]


def find_event_kinds(matcher: ColumnMatcher) -> EventKinds:
    """Return the kinds of the events of a file.

    Raises:
        MappingProposalError: no column holds kinds, and the file is not clearly of one kind.
    """
    scores = {name: _score(column) for name, column in matcher.columns.items()}
    best = max(scores, key=scores.__getitem__, default=None)
    if best is not None and scores[best] > 0:
        column = matcher.columns[best]
        said = ", ".join(f"'{word}' {n:,}" for word, n in _by_number(column)[:6])
        return EventKinds(None, column, f"its values are kinds of events: {said}")
    constant = _constant_kind(matcher)
    if constant is not None:
        return constant
    raise MappingProposalError(_no_kind(matcher))


def read_event_words(
    column: ColumnProfile, profile: FeedProfile, product: str | None
) -> EventWords:
    """Return what the words of a column of kinds mean.

    A word for views, clicks and the like whose rows name no product is of no interest, such as
    that for views of other pages.
    """
    without = _words_without(profile, column.name, product)
    values: dict[str, EventKind] = {}
    skip, unknown = [], []
    for word, number in _by_number(column):
        kind = _kind(word)
        if kind is None or (kind is not EventKind.QUERY and word in without):
            skip.append(_escape(word))
            if kind is None and flatten(word) not in skipped_words():
                unknown.append((word, number))
        elif word.casefold() != str(kind):
            values[word] = kind
    return EventWords(values, tuple(skip), tuple(unknown))


def warn_of_unknown(words: EventWords) -> str:
    """Return a warning of words whose kind is not known; "" if there are none."""
    if not words.unknown:
        return ""
    shown = ", ".join(f"'{shorten(word, 30)}' ({n:,})" for word, n in words.unknown[:8])
    return (
        f"These events are of no known kind and will be skipped: {shown}. Name their kind under "
        f"'event', 'values', out of {', '.join(EventKind)}, to read them."
    )


def _by_number(column: ColumnProfile) -> list[tuple[str, int]]:
    return sorted((column.counts or {}).items(), key=lambda item: -item[1])


def _escape(word: str) -> str:
    """Return a word as a pattern that matches it alone."""
    return re.sub(r"([*?\[])", r"[\1]", word)


def _words_without(profile: FeedProfile, column: str, product: str | None) -> set[str]:
    """Return the words whose rows in the sample name no product."""
    named: dict[str, int] = {}
    for row in profile.sample:
        if is_blank(row.get(column)):
            continue
        word = text_of_cell(row[column])
        named[word] = named.get(word, 0) + (
            product is None or not is_blank(_product_of(row, product, profile))
        )
    return {word for word, number in named.items() if not number}


def _product_of(row: Mapping[str, Any], product: str, profile: FeedProfile) -> Any:
    """Return the product of a sample's row; of a list of objects that of the first."""
    for listed in profile.elements:
        if product.startswith(f"{listed}."):
            return row.get(f"{listed}.0.{product[len(listed) + 1 :]}")
    return row.get(product)


def _score(column: ColumnProfile) -> float:
    """Return how likely a column holds kinds of events; 0 if it cannot."""
    words = column.counts
    if (
        not words
        or len(words) > _MOST_KINDS
        or is_flag(column)
        or is_prose(column)
        or (column.distinct_share == 1 and column.filled > 30)
    ):
        return 0.0
    known = sum(n for word, n in words.items() if _kind(word) or flatten(word) in skipped_words())
    kinds = {_kind(word) for word in words} - {None}
    share = known / column.filled
    match = match_name("events", column.name).get("event")
    name = match.score if match is not None else 0.0
    rival = max(
        (m.score for f, m in match_name("events", column.name).items() if f != "event"), default=0.0
    )
    if share < _KNOWN_WORDS and not (name >= 0.9 and share > 0):
        return 0.0
    alone = share >= _CLEARLY or (share >= _LIKELY and len(kinds) > 1)
    if not kinds or (name < KNOWN_NAME and (not alone or rival >= _RIVAL)):
        return 0.0
    return share + name


def _kind(word: str) -> EventKind | None:
    found = event_words().get(flatten(word))
    return None if found is None else EventKind(found)


def _constant_kind(matcher: ColumnMatcher) -> EventKinds | None:
    """Return the kind of a file of orders, of searches, or one whose columns name one kind."""
    roles = {matcher.best_name(name) for name in matcher.columns}
    if "-order" in roles and ("-quantity" in roles or "value" in roles or "product" in roles):
        return EventKinds(
            EventKind.PURCHASE,
            why="columns of orders: order and product, so each row is a purchase",
        )
    if "query" in roles and "product" not in roles:
        return EventKinds(
            EventKind.QUERY,
            why="a column of searches and none of products, so each row is a search",
        )
    words = {word for name in matcher.columns for word in _words(name)}
    kinds = {
        EventKind(kind) for word, kind in event_words().items() if word in words and word in _PAST
    }
    if len(kinds) == 1:
        kind = kinds.pop()
        return EventKinds(kind, why=f"a column is named after a {kind}, so each row is one")
    return None


_PAST = frozenset(
    flatten(str(word))
    for word in (
        "purchase",
        "purchased",
        "bought",
        "order",
        "viewed",
        "clicked",
        "kauf",
        "bestellung",
        "achat",
        "compra",
        "acquisto",
        "下单",
        "购买",
        "注文",
        "購入",
    )
)


def _words(name: str) -> list[str]:
    words = read_name(name).words
    return [*words, "".join(words)]


def _no_kind(matcher: ColumnMatcher) -> str:
    found = []
    for column in list(matcher.columns.values())[:40]:
        if column.counts and column.distinct <= 30 and not is_flag(column):
            shown = ", ".join(f"'{shorten(word, 20)}'" for word in list(column.counts)[:4])
            found.append(f"'{column.name}' holds {shown}")
    return (
        "No column holds kinds of events, such as view or purchase: "
        f"{'; '.join(found[:6]) or 'no column has few values'}. "
        "Write 'event: {column: COLUMN, values: {word: view}}' into a mapping, or "
        "'event: {constant: purchase}' if all rows are of one kind, and give it with --mapping. "
        f"Kinds are {', '.join(EventKind)}."
    )
