"""What a turn of a conversation says: intents, mood, and what of the graph it is about."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby

from catalograph.assistant.intents.clauses import Clause, join_clauses, split_clauses
from catalograph.assistant.intents.features import english_of
from catalograph.assistant.intents.model import NONE, IntentModel
from catalograph.assistant.intents.mood import judge_turn
from catalograph.assistant.query_understanding import Constraint, SearchVocabulary, understand
from catalograph.assistant.query_understanding.runs import LONGEST_NAME, extend_run, find_runs
from catalograph.assistant.query_understanding.tokens import STOP_WORDS, split_tokens
from catalograph.ml.script import language_of
from catalograph.schema import Sentiment, TextEncoder

_MOST_CLAUSES = 12
_MOST_PRODUCTS = 5
"""Products that a name may have in common; the name of more is no product's."""
_ORDER = re.compile(
    r"(?:order|parcel|package|shipment|tracking|订单|单号|包裹|快递)\s*(?:number|no\.?|nr\.?|id|号码?)?"
    r"(?:\s+is|是|为)?\s*[:：#]?\s*(?P<text>#?(?=[A-Za-z-]*\d)[A-Za-z0-9][A-Za-z0-9-]{2,30})",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"(?P<text>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)", re.ASCII)


class SlotKind(StrEnum):
    """What a slot holds."""

    PRODUCT = "product"
    """A product of the graph."""
    ATTRIBUTE = "attribute"
    """An attribute of the graph, such as a weight that is asked for."""
    ORDER = "order"
    """The number of an order or parcel."""
    EMAIL = "email"
    """An e-mail address."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Something that a turn names.

    Attributes:
        kind: what it is.
        text: its words.
        start: offset of the first character in the turn.
        end: offset after the last character.
        keys: keys of the graph's nodes that the words may mean; none for numbers and addresses.
    """

    kind: SlotKind
    text: str
    start: int
    end: int
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundIntent:
    """An intent with the clause that has it.

    Attributes:
        name: intent, or `none`.
        confidence: calibrated probability, 0 to 1.
        clause: its words.
    """

    name: str
    confidence: float
    clause: Clause


@dataclass(frozen=True, slots=True)
class UnderstoodTurn:
    """A turn in parts.

    Attributes:
        text: turn as given.
        language: `en` or `zh`.
        intents: intents in the order of their clauses; at least one, which may be `none`.
        sentiment: mood of the turn's words; None if they show none.
        constraints: brands, categories, values, prices and the like, as a search reads them.
        slots: products, attributes, numbers of orders, and addresses.
    """

    text: str
    language: str
    intents: tuple[FoundIntent, ...]
    sentiment: Sentiment | None
    constraints: tuple[Constraint, ...]
    slots: tuple[Slot, ...]


def find_intents(turn: str, model: IntentModel, encoder: TextEncoder) -> tuple[FoundIntent, ...]:
    """Return the intents of a turn, in English or Chinese, by clauses.

    Clauses beside each other with one intent are one; a clause without an intent belongs to what
    is before it. A turn whose clauses have no two intents is read as a whole.
    """
    clauses = split_clauses(turn)[:_MOST_CLAUSES]
    whole = join_clauses(turn, clauses)
    read = clauses if len(clauses) == 1 else [whole, *clauses]
    texts = [one.text for one in read]
    vectors = encoder.encode_documents([english_of(text) for text in texts])
    found = [
        FoundIntent(name, confidence, clause)
        for clause, (name, confidence) in zip(
            read, model.answers(texts, model.predict(texts, vectors)), strict=True
        )
    ]
    parts = [one for one in found[1:] if one.name != NONE]
    grouped = [(name, list(ones)) for name, ones in groupby(parts, key=lambda one: one.name)]
    if len(grouped) < 2:
        return (found[0] if found[0].name != NONE or not parts else parts[0],)
    return tuple(_merge(turn, ones) for _, ones in grouped)


def _merge(turn: str, ones: Sequence[FoundIntent]) -> FoundIntent:
    best = max(ones, key=lambda one: one.confidence)
    return replace(best, clause=join_clauses(turn, [one.clause for one in ones]))


def understand_turn(
    turn: str,
    model: IntentModel,
    encoder: TextEncoder,
    vocabulary: SearchVocabulary | None,
) -> UnderstoodTurn:
    """Return what a turn says.

    Args:
        turn: what was typed.
        model: model of intents.
        encoder: the model's sentence encoder.
        vocabulary: names of the graph; None to link nothing.
    """
    constraints = () if vocabulary is None else understand(turn, vocabulary).constraints
    return UnderstoodTurn(
        turn,
        language_of(turn),
        find_intents(turn, model, encoder),
        judge_turn(turn),
        constraints,
        tuple(sorted(_find_slots(turn, vocabulary), key=lambda one: (one.start, one.end))),
    )


def _find_slots(turn: str, vocabulary: SearchVocabulary | None) -> Iterator[Slot]:
    for kind, pattern in ((SlotKind.ORDER, _ORDER), (SlotKind.EMAIL, _EMAIL)):
        for match in pattern.finditer(turn):
            yield Slot(kind, match["text"], match.start("text"), match.end("text"))
    if vocabulary is not None:
        yield from _find_products(turn, vocabulary)
        yield from _find_attributes(turn, vocabulary)


def _find_products(turn: str, vocabulary: SearchVocabulary) -> Iterator[Slot]:
    """Yield the longest runs of words that stand in the titles of few products."""
    tokens = split_tokens(turn)
    at = 0
    while at < len(tokens):
        end, rows = extend_run(tokens, at, vocabulary, LONGEST_NAME)
        words = [token for token in tokens[at:end] if token.text not in STOP_WORDS]
        if len(words) > 1 and len(rows) <= _MOST_PRODUCTS:
            first, last = tokens[at].start, tokens[end - 1].end
            keys = tuple(vocabulary.products[row] for row in rows)
            yield Slot(SlotKind.PRODUCT, turn[first:last], first, last, keys)
            at = end
        else:
            at += 1


def _find_attributes(turn: str, vocabulary: SearchVocabulary) -> Iterator[Slot]:
    """Yield the longest names of attributes."""
    for keys, start, end in find_runs(split_tokens(turn), vocabulary.attributes.get):
        yield Slot(SlotKind.ATTRIBUTE, turn[start:end], start, end, keys)
