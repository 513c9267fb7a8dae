"""Searches changed by the next turn: what is added, replaced and dropped."""

from collections.abc import Iterable, Mapping, Sequence

from catalograph.assistant.query_understanding import SearchVocabulary
from catalograph.schema.query_plan import FindPlan, ProductSet, ValueGroup
from catalograph.store.queries.plans import StatedProduct

_CENT = 0.01


def merge_sets(old: ProductSet, new: ProductSet, vocabulary: SearchVocabulary) -> ProductSet:
    """Return a set with further conditions; those of the same kind take the place of the old ones.

    With another category, old conditions that no product of it meets are dropped.

    Args:
        old: the set so far.
        new: conditions of the turn.
        vocabulary: names of the graph, which show what products have together.
    """
    asked = {name for group in new.values for name in _attributes_of(group)}
    kept = [group for group in old.values if not asked & _attributes_of(group)]
    kept = [group for group in kept if not set(group.keys) & set(new.without)]
    wanted = {key for group in new.values for key in group.keys} | {*new.brands, *new.categories}
    priced = new.price_min is not None or new.price_max is not None
    prices = new if priced else old
    brands, fits, words = old.brands, old.fits, old.words
    if new.categories and set(new.categories) != set(old.categories):
        kept = [group for group in kept if _meet(group.keys, new.categories, vocabulary)]
        brands = brands if _meet(brands, new.categories, vocabulary) else []
        fits, words = [], []
    return ProductSet(
        products=[] if new.categories else old.products,
        brands=new.brands or [key for key in brands if key not in new.without],
        categories=new.categories or old.categories,
        values=[*kept, *new.values],
        fits=new.fits or fits,
        without=[
            *(key for key in old.without if key not in wanted),
            *(key for key in new.without if key not in old.without),
        ],
        words=list(dict.fromkeys([*words, *new.words])),
        without_words=list(dict.fromkeys([*old.without_words, *new.without_words])),
        price_min=prices.price_min,
        price_max=prices.price_max,
        currency=prices.currency,
        rating_min=old.rating_min if new.rating_min is None else new.rating_min,
        in_stock=old.in_stock or new.in_stock,
    )


def _attributes_of(group: ValueGroup) -> set[str]:
    return {key.partition(":")[2].partition("=")[0] for key in group.keys} or {group.word}


def _meet(one: Sequence[str], other: Sequence[str], vocabulary: SearchVocabulary) -> bool:
    """Return whether products of the sample have one of these facts and one of those."""
    if not one:
        return False
    return vocabulary.share(vocabulary.rows_of(one), vocabulary.rows_of(other)) > 0


def limit_price(
    plan: FindPlan, against: Iterable[StatedProduct], *, cheaper: bool
) -> FindPlan | None:
    """Return a search for what costs less, or more, than all of some products; None without prices.

    Args:
        plan: the search.
        against: products that were shown.
        cheaper: whether less is asked for.
    """
    prices = [(price_of(one), one.properties.get("currency")) for one in against]
    stated = [(price, currency) for price, currency in prices if price is not None]
    if not stated:
        return None
    price, currency = (min if cheaper else max)(stated, key=lambda pair: pair[0])
    limits: Mapping[str, object] = (
        {"price_max": round(price - _CENT, 2), "price_min": None}
        if cheaper
        else {"price_min": round(price + _CENT, 2), "price_max": None}
    )
    of = plan.of.model_copy(update={**limits, "currency": currency, "products": []})
    order = "PRICE_ASC" if plan.limit == 1 and not cheaper else plan.order
    return plan.model_copy(update={"of": of, "order": order})


def price_of(product: StatedProduct) -> float | None:
    """Return what a product costs now; None where nothing states it."""
    price = product.properties.get("sale_price") or product.properties.get("price")
    return None if price is None else float(price)


def find_alike(product: StatedProduct) -> FindPlan | None:
    """Return a search for the products of a product's narrowest category; None without one."""
    categories = [fact.key for fact in product.facts if fact.relation == "IN_CATEGORY"]
    if not categories:
        return None
    return FindPlan(of=ProductSet(categories=[max(categories, key=len)]))
