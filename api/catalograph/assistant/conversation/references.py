"""What words such as "it", "the second", "the cheaper one" and 第二个 refer to."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from catalograph.assistant.conversation.refine import price_of
from catalograph.assistant.conversation.state import DialogueState
from catalograph.assistant.planning.cues import Cue, find_cue
from catalograph.assistant.planning.sets import read_set
from catalograph.assistant.query_understanding import SearchVocabulary
from catalograph.assistant.query_understanding.limits import blank
from catalograph.ml.script import fold_text
from catalograph.store.queries.plans import StatedProduct

_PLACES = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "last": -1,
    "1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5, "6th": 6,
    "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "最后": -1,
}  # fmt: skip
_MOST_PLACES = 5
_POINTS = re.compile(r"\b(?:one|of)\b|[那这]", re.IGNORECASE)
Shown = Mapping[str, StatedProduct]


@dataclass(frozen=True, slots=True)
class TurnReference:
    """Products that words of a turn refer to.

    Attributes:
        keys: their keys; several for "them", and where "it" may be any of them.
        rest: the turn with blanks for these words.
        single: whether the words mean one product.
        exact: whether the words say which of the listed ones, so that they are no new search.
        missing: whether there is nothing for the words to refer to.
    """

    keys: tuple[str, ...]
    rest: str
    single: bool
    exact: bool = True
    missing: bool = False


def find_reference(
    text: str, state: DialogueState, shown: Shown, vocabulary: SearchVocabulary
) -> TurnReference | None:
    """Return what words of a turn refer to; None if it has no such words.

    Args:
        text: the turn, with blanks for the products that it names.
        state: what it may refer to.
        shown: facts of the products in the state, by key.
        vocabulary: names of the graph.
    """
    return (
        _find_places(text, state)
        or _find_other(text, state)
        or _find_extreme(text, state, shown, vocabulary)
        or _find_described(text, state, shown, vocabulary)
        or _find_kind(text, state, shown, vocabulary)
        or _find_pronoun(text, state)
    )


def blank_cue(text: str, cue: Cue) -> str:
    """Return a text with blanks for the words of a cue."""
    return blank(text, cue.start, cue.end, " ")


def _find_places(text: str, state: DialogueState) -> TurnReference | None:
    keys: list[str] = []
    rest, missing = text, False
    for _ in range(_MOST_PLACES):
        cue = find_cue("ordinal", rest)
        if cue is None or not state.listed:
            break
        rest = blank_cue(rest, cue)
        word = fold_text(cue.about)
        place = int(word) if word.isdigit() else _PLACES[word]
        if place > len(state.listed):
            missing = True
            continue
        keys.append(state.listed[place - 1 if place > 0 else place])
    if not keys and not missing:
        return None
    found = tuple(dict.fromkeys(keys))
    return TurnReference(found, rest, len(keys) == 1, missing=missing and not keys)


def _find_other(text: str, state: DialogueState) -> TurnReference | None:
    """Find the other of two products that were listed."""
    cue = find_cue("other_one", text)
    others = [key for key in state.listed if key not in state.focus]
    if cue is None or len(state.listed) != 2 or len(others) != 1:
        return None
    return TurnReference(tuple(others), blank_cue(text, cue), single=True)


def _find_extreme(
    text: str, state: DialogueState, shown: Shown, vocabulary: SearchVocabulary
) -> TurnReference | None:
    measures: Mapping[str, Callable[[StatedProduct], float | None]] = {
        "cheaper_one": lambda one: None if (price := price_of(one)) is None else -price,
        "dearer_one": price_of,
        "better_one": lambda one: one.rating,
    }
    for name, measure in measures.items():
        cue = find_cue(name, text)
        if cue is None or len(state.listed) < 2:
            continue
        rest = blank_cue(text, cue)
        if not _POINTS.search(text[cue.start : cue.end]):
            read = read_set(rest, vocabulary)
            if read.products.brands or read.products.categories or read.words:
                continue  # "the cheapest Acme camera" is a search of its own
        measured = [
            (value, -place, key)
            for place, key in enumerate(state.listed)
            if key in shown and (value := measure(shown[key])) is not None
        ]
        if len(measured) > 1:
            return TurnReference((max(measured)[2],), rest, single=True)
    return None


def _find_described(
    text: str, state: DialogueState, shown: Shown, vocabulary: SearchVocabulary
) -> TurnReference | None:
    """Find "the red one" among the products that were listed."""
    cue = find_cue("such_one", text)
    if cue is None or len(state.listed) < 2:
        return None
    of = read_set(cue.about, vocabulary).products
    wanted = {*of.brands, *of.categories, *(key for group in of.values for key in group.keys)}
    words = [fold_text(group.word) for group in of.values if group.word]
    found = [
        key
        for key in state.listed
        if key in shown and _is_such(shown[key], wanted, words)
    ]  # fmt: skip
    if not wanted and not words:
        return None
    if not found:
        return None
    return TurnReference(tuple(found), blank_cue(text, cue), single=True)


def _find_kind(
    text: str, state: DialogueState, shown: Shown, vocabulary: SearchVocabulary
) -> TurnReference | None:
    """Find "the camera" where one camera alone is among the products that were listed."""
    cue = find_cue("the_kind", text)
    if cue is None or len(state.listed) < 2:
        return None
    wanted = set(read_set(cue.about, vocabulary).products.categories)
    found = [key for key in state.listed if key in shown and _is_such(shown[key], wanted, ())]
    if not wanted or len(found) != 1:
        return None
    return TurnReference(tuple(found), blank_cue(text, cue), single=True)


def _is_such(product: StatedProduct, wanted: set[str], words: Sequence[str]) -> bool:
    if any(fact.key in wanted for fact in product.facts):
        return True
    return any(word in fold_text(product.title) for word in words)


def _find_pronoun(text: str, state: DialogueState) -> TurnReference | None:
    for name, keys in (("them", state.listed or state.focus), ("it", state.focus)):
        cue = find_cue(name, text)
        if cue is not None and keys:
            rest = blank_cue(text, cue)
            again = find_cue(name, rest)
            rest = rest if again is None else blank_cue(rest, again)
            return TurnReference(tuple(keys), rest, single=name == "it", exact=False)
    return None
