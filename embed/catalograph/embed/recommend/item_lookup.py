"""Lookup of items and facts of a fitted model by their keys, as users write them.

A model trained on bare numbers has no keys; the numbers then serve as keys.
"""

from collections.abc import Sequence

from catalograph.embed.recommend.checkpoint import FittedModel
from catalograph.embed.recommend.what_if import ItemFact
from catalograph.errors import InvalidInputError

__all__ = ["facts_named", "item_name", "items_named"]


def item_name(model: FittedModel, item: int) -> str:
    """Return the key of an item."""
    return model.names.items[item] if model.names.items else str(item)


def items_named(model: FittedModel, text: str) -> list[int]:
    """Parse item keys separated by commas; a key that contains commas stands alone.

    Raises:
        InvalidInputError: the model has no such item.
    """
    if text in model.names.items:
        return [model.names.items.index(text)]
    return [_item(model, key.strip()) for key in text.split(",") if key.strip()]


def facts_named(model: FittedModel, texts: Sequence[str]) -> list[ItemFact]:
    """Parse facts written `PRODUCT,RELATION,TAIL`; a tail that no item has is a new one.

    Raises:
        InvalidInputError: a text has another form, or the model has no such item or relation.
    """
    facts: list[ItemFact] = []
    new: dict[str, list[str]] = {}
    for text in texts:
        for relation in sorted(model.relations, key=len, reverse=True):
            product, found, tail = text.partition(f",{relation},")
            if found:
                item = _item(model, product)
                facts.append(_fact(model, item, relation, tail, new.setdefault(relation, [])))
                break
        else:
            raise InvalidInputError(
                f"{text!r} names no fact; expected PRODUCT,RELATION,TAIL with a relation of "
                f"{', '.join(model.relations) or 'a model that has none'}."
            )
    return facts


def _item(model: FittedModel, key: str) -> int:
    if key in model.names.items:
        return model.names.items.index(key)
    if not model.names.items and key.isascii() and key.isdigit() and int(key) < model.n_items:
        return int(key)
    example = f", such as {item_name(model, 0)}" if model.n_items else ""
    raise InvalidInputError(
        f"{key!r} is none of the model's {model.n_items:,} items; expected a key{example}."
    )


def _fact(model: FittedModel, item: int, relation: str, tail: str, new: list[str]) -> ItemFact:
    known, n_tails = model.names.tails.get(relation, ()), model.relations[relation].facts.shape[1]
    if tail in known:
        return ItemFact(item, relation, known.index(tail))
    if not known and tail.isascii() and tail.isdigit() and int(tail) < n_tails:
        return ItemFact(item, relation, int(tail))
    if tail not in new:
        new.append(tail)
    items = model.names.items
    return ItemFact(
        item, relation, n_tails + new.index(tail), items.index(tail) if tail in items else -1
    )
