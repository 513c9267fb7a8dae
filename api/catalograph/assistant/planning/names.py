"""Names that a question may mean, for a language model."""

from collections.abc import Sequence

from catalograph.assistant.intents import UnderstoodTurn
from catalograph.assistant.intents.features import english_of
from catalograph.assistant.planning.links import find_attributes, find_products
from catalograph.assistant.query_understanding import SearchVocabulary
from catalograph.assistant.query_understanding.tokens import STOP_WORDS, fold_tokens

_MOST_NAMES = 60


def find_names(
    turn: UnderstoodTurn, vocabulary: SearchVocabulary, products: Sequence[str] = ()
) -> dict[str, str]:
    """Return keys of nodes that a question may mean, with names: what shares a word with it.

    Args:
        turn: what the turn says.
        vocabulary: names of the graph.
        products: keys of the products that the conversation is about.
    """
    found: dict[str, str] = {}
    for named in find_products(turn.text, vocabulary):
        found |= dict.fromkeys(named.keys, named.text)
    found |= {key: "the product in question" for key in products if key not in found}
    for one in turn.constraints:
        found |= {key: vocabulary.labels.get(key, one.label) for key in one.keys[:5]}
    for attribute in find_attributes(turn.text, vocabulary):
        found |= dict.fromkeys(attribute.keys, attribute.text)
    words = {
        word
        for word in fold_tokens(f"{turn.text} {english_of(turn.text)}")
        if word not in STOP_WORDS
    }
    shared = [
        (-len(words & set(tokens)) / len(tokens), -name.products, name.key, name.label)
        for tokens, listed in vocabulary.names.items()
        if words & set(tokens)
        for name in listed
    ]
    for _, _, key, label in sorted(shared):
        if len(found) >= _MOST_NAMES:
            break
        found.setdefault(key, label)
    for said, keys in vocabulary.attributes.items():
        if len(found) >= _MOST_NAMES:
            break
        if words & set(said):
            found |= dict.fromkeys(keys, " ".join(said))
    return found
