"""Sets of products that words describe."""

from collections.abc import Sequence
from dataclasses import dataclass

from catalograph.assistant.planning.cues import blank_cues
from catalograph.assistant.query_understanding import (
    Constraint,
    ConstraintKind,
    SearchVocabulary,
    understand,
)
from catalograph.assistant.query_understanding.limits import blank
from catalograph.assistant.query_understanding.tokens import (
    STOP_WORDS,
    QueryToken,
    split_tokens,
)
from catalograph.schema.query_plan import ProductSet, ValueGroup

_MOST = 50
_NAMED = {"Brand": ConstraintKind.BRAND, "Category": ConstraintKind.CATEGORY}
_FIELDS = {"Brand": "brands", "Category": "categories"}
_MOST_WORDS = 12


@dataclass(frozen=True, slots=True)
class ReadSet:
    """A set of products, as words describe it.

    Attributes:
        products: the set, by the names and limits in the words.
        words: words that no name and no limit was read from, without those of questions.
    """

    products: ProductSet
    words: tuple[str, ...]


def read_set(text: str, vocabulary: SearchVocabulary) -> ReadSet:
    """Return the set of products that a text describes.

    Args:
        text: words, with blanks for what is not part of the description.
        vocabulary: names of the graph.
    """
    found = understand(text, vocabulary)
    products = ProductSet()
    for one in found.constraints:
        products = _add(products, one)
    products, rest = _add_names(products, text, found.constraints, vocabulary)
    for one in sorted(found.constraints, key=lambda one: -one.start):
        rest = f"{rest[: one.start]} \x1f {rest[one.end :]}"
    tokens = split_tokens(blank_cues(rest, "filler", "price", "availability"))
    words = [
        token.text
        for token in tokens
        if token.text not in STOP_WORDS and (len(token.text) > 1 or token.is_han)
    ]
    return ReadSet(products, tuple(_join_han(words)[:_MOST_WORDS]))


def _add_names(
    products: ProductSet,
    text: str,
    constraints: Sequence[Constraint],
    vocabulary: SearchVocabulary,
) -> tuple[ProductSet, str]:
    """Add brands and categories that the text names; return the set and the text without them.

    A question asks about the brand or the category itself, where a search for the same words
    may mean what fits it.
    """
    taken = {ConstraintKind.BRAND, ConstraintKind.CATEGORY} & {one.kind for one in constraints}
    tokens = [
        token
        for token in split_tokens(text)
        if not any(one.start <= token.start < one.end for one in constraints)
    ]
    at = 0
    while at < len(tokens):
        found = _longest_name(tokens, at, vocabulary)
        kinds = {} if found is None else found[1]
        kind = next(
            (kind for kind in _NAMED if kinds.get(kind) and _NAMED[kind] not in taken), None
        )
        if found is None or kind is None:
            at += 1
            continue
        end = found[0]
        products = products.model_copy(
            update={_FIELDS[kind]: [*getattr(products, _FIELDS[kind]), *kinds[kind]][:_MOST]}
        )
        taken.add(_NAMED[kind])
        text = blank(text, tokens[at].start, tokens[end - 1].end, " ")
        at = end
    return products, text


def _longest_name(
    tokens: Sequence[QueryToken], at: int, vocabulary: SearchVocabulary
) -> tuple[int, dict[str, list[str]]] | None:
    for end in range(min(at + vocabulary.longest.get(tokens[at].fold, 0), len(tokens)), at, -1):
        listed = vocabulary.names.get(tuple(token.fold for token in tokens[at:end]), [])
        kinds = {kind: sorted(one.key for one in listed if one.kind == kind) for kind in _NAMED}
        if any(kinds.values()):
            return end, kinds
    return None


def _add(products: ProductSet, one: Constraint) -> ProductSet:
    keys = list(one.keys)[:_MOST]
    if one.negated:
        words = [one.word] if one.word else []
        return products.model_copy(
            update={
                "without": [*products.without, *keys][:_MOST],
                "without_words": [*products.without_words, *words],
            }
        )
    match one.kind:
        case ConstraintKind.BRAND:
            return products.model_copy(update={"brands": [*products.brands, *keys][:_MOST]})
        case ConstraintKind.CATEGORY:
            return products.model_copy(update={"categories": [*products.categories, *keys][:_MOST]})
        case ConstraintKind.VALUE:
            group = ValueGroup(keys=keys, word=one.word)
            return products.model_copy(update={"values": [*products.values, group]})
        case ConstraintKind.STOCK:
            return products.model_copy(update={"in_stock": True})
        case ConstraintKind.RATING:
            return products.model_copy(update={"rating_min": one.low})
        case ConstraintKind.PRICE:
            return products.model_copy(
                update={"price_min": one.low, "price_max": one.high, "currency": one.currency}
            )
        case _:
            return products


def _join_han(words: list[str]) -> list[str]:
    """Join single Han characters to words, as they stand beside each other."""
    joined: list[str] = []
    for word in words:
        if joined and len(word) == 1 and ord(word) > 0x2E80 and ord(joined[-1][-1]) > 0x2E80:
            joined[-1] += word
        else:
            joined.append(word)
    return joined
