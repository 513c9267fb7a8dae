"""Questions to the shopper, chosen by what their answers would decide."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from catalograph.assistant.answers import AnswerWriter
from catalograph.assistant.answers.phrases import (
    PROPERTY,
    format_money,
    join_names,
    label_attribute,
    label_fact,
    price_of,
)
from catalograph.assistant.conversation.refine import price_of as read_price
from catalograph.schema.graph_types import Wording
from catalograph.schema.query_plan import FindPlan
from catalograph.store.queries.plans import StatedProduct

MOST_READ = 100
"""Largest number of found products that a question is chosen by."""
FEWEST = 6
"""Smallest number of found products about which to ask: fewer are all named."""
_OPTIONS = 4
_LEAST_BITS = 0.5
_WHICH_PRODUCT = Wording("Which one do you mean: {names}?", "请问您指的是哪一款：{names}？")
_WHICH_OF = Wording(
    "Which {attribute} would you like: {names}?", "您想要什么{attribute}：{names}？"
)
_WHICH_PRICE = Wording(
    "What would you like to spend: up to {price}, or more?", "您的预算是{price}以内，还是更高？"
)
_UP_TO = Wording("up to {price}", "{price}以内")
_ABOVE = Wording("above {price}", "{price}以上")
_TITLE = Wording("“{title}”", "“{title}”")
_TITLE_PRICE = Wording("“{title}” ({price})", "“{title}”（{price}）")


@dataclass(frozen=True, slots=True)
class QuestionOption:
    """A possible answer to a question.

    Attributes:
        text: what a shopper may say.
        products: number of the products that it leaves.
        key: key of the brand, category, value or product; None of a price.
    """

    text: str
    products: int
    key: str | None = None


@dataclass(frozen=True, slots=True)
class ClarifyingQuestion:
    """A question to the shopper.

    Attributes:
        text: the question.
        about: `product`, `brand`, `category`, `price`, or the name of an attribute.
        options: possible answers, those of most products first.
    """

    text: str
    about: str
    options: Sequence[QuestionOption]


def ask_which_product(products: Sequence[StatedProduct], language: str) -> ClarifyingQuestion:
    """Return the question which of some products is meant."""
    writer = AnswerWriter(language)
    options = []
    for one in products:
        price = price_of(one)
        wording = _TITLE_PRICE if price else _TITLE
        text = writer.word(wording, title=one.title, price=price)
        options.append(QuestionOption(text, 1, one.key))
    names = join_names((one.text for one in options), writer)
    return ClarifyingQuestion(writer.word(_WHICH_PRODUCT, names=names), "product", options)


def choose_question(
    plan: FindPlan, found: Sequence[StatedProduct], language: str
) -> ClarifyingQuestion | None:
    """Return the question whose answer would part found products best.

    Of each property that the search leaves open, the entropy of its most frequent values is
    counted, times the share of products that state one. Values beyond those that a question can
    name count as one, so that a property with as many values as products wins nothing.

    Args:
        plan: the search.
        found: products that it found, or the first of them.
        language: `en` or `zh`.

    Returns:
        The question; None where no property parts them.
    """
    if len(found) < FEWEST:
        return None
    groups = _group_products(plan, found)
    bits = {about: _count_bits(counts, len(found)) for about, counts in groups.items()}
    price = _split_price(plan, found)
    if price is not None:
        bits["price"] = price[1]
    best = max(bits, key=lambda about: (bits[about], about), default=None)
    if best is None or bits[best] < _LEAST_BITS:
        return None
    writer = AnswerWriter(language)
    if best == "price" and price is not None:
        return _ask_price(price[0], found, writer)
    return _ask_fact(best, groups[best], found, writer)


def _group_products(plan: FindPlan, found: Sequence[StatedProduct]) -> Mapping[str, Counter[str]]:
    """Return the number of products with each fact, by what the search leaves open."""
    groups: dict[str, Counter[str]] = {}
    asked = {key.partition(":")[2].partition("=")[0] for g in plan.of.values for key in g.keys}
    for product in found:
        stated: dict[str, set[str]] = {}
        for fact in product.facts:
            about = _about(fact.relation, fact.attribute)
            if about is not None and about not in asked:
                stated.setdefault(about, set()).add(fact.key)
        if plan.of.brands:
            stated.pop("brand", None)
        if plan.of.categories:
            stated.pop("category", None)
        for about, facts in stated.items():
            # Of several values of one product the first counts, so that shares add up to one.
            groups.setdefault(about, Counter())[min(facts)] += 1
    return groups


def _about(relation: str, attribute: str | None) -> str | None:
    if relation == "HAS_VALUE":
        return attribute
    return {"HAS_BRAND": "brand", "IN_CATEGORY": "category"}.get(relation)


def _count_bits(counts: Counter[str], size: int) -> float:
    """Return what an answer would decide, in bits."""
    stated = counts.total()
    named = [count for _, count in counts.most_common(_OPTIONS)]
    parts = [*named, stated - sum(named)]
    entropy = -sum(n / stated * math.log2(n / stated) for n in parts if n)
    return entropy * stated / size


def _split_price(plan: FindPlan, found: Sequence[StatedProduct]) -> tuple[float, float] | None:
    """Return the price that halves products, and its bits; None where a limit is given already."""
    if plan.of.price_max is not None or plan.of.price_min is not None:
        return None
    prices = [price for one in found if (price := read_price(one)) is not None]
    currencies = {one.properties.get("currency") for one in found}
    if not prices or len(currencies) > 1:
        return None
    middle = median(prices)
    below = sum(price <= middle for price in prices)
    counts = Counter({"below": below, "above": len(prices) - below})
    return middle, _count_bits(+counts, len(found))


def _ask_price(
    middle: float, found: Sequence[StatedProduct], writer: AnswerWriter
) -> ClarifyingQuestion:
    currency = found[0].properties.get("currency")
    price = format_money(round(middle, 2), currency)
    prices = [value for one in found if (value := read_price(one)) is not None]
    below = sum(value <= middle for value in prices)
    return ClarifyingQuestion(
        writer.word(_WHICH_PRICE, price=price),
        "price",
        [
            QuestionOption(writer.word(_UP_TO, price=price), below),
            QuestionOption(writer.word(_ABOVE, price=price), len(prices) - below),
        ],
    )


def _ask_fact(
    about: str, counts: Counter[str], found: Sequence[StatedProduct], writer: AnswerWriter
) -> ClarifyingQuestion:
    labels = {
        fact.key: label_fact(fact, writer.language) for one in found for fact in one.facts
    }  # fmt: skip
    options = [
        QuestionOption(labels[key], count, key)
        for key, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:_OPTIONS]
    ]
    name = (
        writer.word(PROPERTY[about])
        if about in ("brand", "category")
        else label_attribute(about, writer.language)
    )
    names = join_names((one.text for one in options), writer)
    return ClarifyingQuestion(writer.word(_WHICH_OF, attribute=name, names=names), about, options)
