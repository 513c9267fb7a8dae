"""Questions made from a catalogue with planted constraints, and the judgement of their readings."""

import math
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from catalograph.assistant.query_understanding.tokens import fold_tokens
from catalograph.errors import EvaluationDataError
from catalograph.evaluation.query_templates import MONEY, SETS
from catalograph.ml.script import has_han, language_of
from catalograph.store.queries.vocabulary import NameRow, SampleRow

FIRST = 5
"""Number of results that are judged."""
_TRIES = 200
_LEAST_PRODUCTS = 2


@dataclass(frozen=True, slots=True)
class PlantedConstraint:
    """A constraint that a question states.

    Attributes:
        kind: brand, category, value or price.
        key: key of a brand, category or value; blank for a price.
        low: least price; None for no limit.
        high: highest price; None for no limit.
        negated: whether products that fit are left out.
    """

    kind: str
    key: str = ""
    low: float | None = None
    high: float | None = None
    negated: bool = False

    def holds(self, facts: frozenset[str], price: float | None) -> bool:
        """Return whether a product meets it."""
        if self.kind == "price":
            low, high = self.low or 0.0, math.inf if self.high is None else self.high
            return price is not None and low <= price <= high
        return (self.key in facts) != self.negated

    def is_read_as(self, told: Mapping[str, Any]) -> bool:
        """Return whether a constraint of an answer is this one."""
        if told["negated"] != self.negated:
            return False
        if self.kind == "price":
            limits = (told["min"], told["max"]) == (self.low, self.high)
            return told["kind"] == "PRICE" and limits
        return self.key in told["keys"]


@dataclass(frozen=True, slots=True)
class PlantedQuery:
    """A question with what it states."""

    text: str
    constraints: tuple[PlantedConstraint, ...]


@dataclass(frozen=True)
class QueryCatalogue:
    """Products with their facts, from which questions are made.

    Attributes:
        names: brands, categories and values.
        products: products with keys of facts.
    """

    names: Sequence[NameRow]
    products: Sequence[SampleRow]

    @cached_property
    def name_of(self) -> dict[str, NameRow]:
        """Names by key."""
        return {row.key: row for row in self.names}

    @cached_property
    def facts(self) -> list[frozenset[str]]:
        """Facts of each product, wider categories included."""
        return [_widen(product.facts) for product in self.products]


def _widen(facts: Sequence[str]) -> frozenset[str]:
    every = set(facts)
    for key in facts:
        if key.startswith("category:"):
            parts = key.split("/")
            every.update("/".join(parts[:end]) for end in range(1, len(parts)))
    return frozenset(every)


def plant_queries(
    catalogue: QueryCatalogue, templates: str, count: int, seed: int
) -> list[PlantedQuery]:
    """Make questions from random products; each is met by the product that it is made from.

    Args:
        catalogue: products with their facts.
        templates: name of a set of templates.
        count: number of questions.
        seed: seed of the draws.

    Raises:
        EvaluationDataError: the products have too few brands, categories, values and prices.
    """
    draw = np.random.default_rng(seed)
    found: dict[str, PlantedQuery] = {}
    for n in range(count * _TRIES):
        if len(found) == count:
            return list(found.values())
        row = int(draw.integers(len(catalogue.products)))
        listed = SETS[templates][language_of(catalogue.products[row].title)]
        made = _plant(catalogue, row, listed[n % len(listed)], draw)
        if made is not None:
            found.setdefault(made.text, made)
    raise EvaluationDataError(
        f"Only {len(found)} of {count} questions could be made: products need brands, categories, "
        "values and prices. Ask for fewer with --queries."
    )


def _plant(
    catalogue: QueryCatalogue, row: int, template: str, draw: np.random.Generator
) -> PlantedQuery | None:
    product, facts = catalogue.products[row], catalogue.facts[row]
    language = language_of(product.title)
    slots = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    words: dict[str, str] = {}
    planted: list[PlantedConstraint] = []
    for slot, kind, negated in (
        ("brand", "brand", False), ("category", "category", False), ("value", "value", False),
        ("not", "value", True), ("other", "brand", True),
    ):  # fmt: skip
        if slot not in slots:
            continue
        others = _others(catalogue, facts, kind) if negated else sorted(product.facts)
        keys = [key for key in others if key.startswith(f"{kind}:")]
        keys = [key for key in keys if _is_sayable(catalogue.name_of.get(key), language)]
        if not keys:
            return None
        key = keys[int(draw.integers(len(keys)))]
        words[slot] = catalogue.name_of[key].name
        planted.append(PlantedConstraint(kind, key, negated=negated))
    if {"min", "max"} & set(slots):
        if product.price is None or product.price <= 0:
            return None
        limits = _limits(product.price)
        low = limits[0] if "min" in slots else None
        high = limits[1] if "max" in slots else None
        words |= {"min": f"{limits[0]:g}", "max": f"{limits[1]:g}"}
        planted.append(PlantedConstraint("price", low=low, high=high))
    code = product.currency or ""
    words["money"] = MONEY[language].get(code, code)
    return PlantedQuery(" ".join(template.format(**words).split()), tuple(planted))


def _others(catalogue: QueryCatalogue, facts: frozenset[str], kind: str) -> list[str]:
    """Return facts of a kind that a product lacks, of products in one of its categories."""
    categories = {key for key in facts if key.startswith("category:")}
    found = {
        key
        for other in catalogue.facts
        if other & categories
        for key in other
        if key.startswith(f"{kind}:")
    }
    names = {catalogue.name_of[key].name for key in facts if key in catalogue.name_of}
    return sorted(
        key
        for key in found - facts
        if key in catalogue.name_of and catalogue.name_of[key].name not in names
    )


def _is_sayable(name: NameRow | None, language: str) -> bool:
    """Return whether shoppers could type a name: no bare number, and not too rare or long."""
    if name is None or (name.products < _LEAST_PRODUCTS and name.kind != "Category"):
        return False
    if name.kind == "Value" and (name.number is not None and not name.unit):
        return False
    tokens = fold_tokens(name.name)
    if name.name.casefold() in {"yes", "no", "是", "否"} or not 1 <= len(tokens) <= 6:
        return False
    return (language == "zh") == has_han(name.name) or name.kind != "Category"


def _limits(price: float) -> tuple[float, float]:
    """Return round numbers below and above a price."""
    step = 10.0 ** max(math.floor(math.log10(price)), 0)
    low = max(math.floor(price * 0.7 / step) * step, 1.0)
    return min(low, math.floor(price) or 1.0), math.ceil(price * 1.3 / step) * step


@dataclass
class QueryJudgement:
    """Counts over all questions.

    Attributes:
        right: questions of which exactly the planted constraints are read and applied.
        searched: questions with names that are searched as words, and nothing read wrong.
        wrong: questions that are narrowed by something not stated, or of which a limit or an
            exclusion is neither applied nor reported.
        precision: share of the first results that meet all planted constraints, by question.
        errors: texts of the questions that are not right, with their reading.
    """

    right: int = 0
    searched: int = 0
    wrong: int = 0
    precision: list[float] = field(default_factory=list)
    plain_precision: list[float] = field(default_factory=list)
    errors: list[tuple[str, list[str]]] = field(default_factory=list)

    def judge(self, query: PlantedQuery, told: Sequence[Mapping[str, Any]]) -> None:
        """Count the reading of one question."""
        missing = [one for one in query.constraints if not any(map(one.is_read_as, told))]
        extra = [
            one
            for one in told
            if one["applied"] and not any(planted.is_read_as(one) for planted in query.constraints)
        ]
        if not missing and not extra and all(one["applied"] for one in told):
            self.right += 1
            return
        overlooked = [one for one in missing if one.negated or one.kind == "price"]
        if extra or overlooked:
            self.wrong += 1
        else:
            self.searched += 1
        self.errors.append((query.text, [f"{one['kind']} {one['label']}" for one in told]))


def precision_of(
    query: PlantedQuery,
    results: Sequence[str],
    products: Mapping[str, tuple[frozenset[str], float | None]],
) -> float:
    """Return the share of the first results that meet a question, of as many as there can be."""
    fitting = sum(_meets(query, *product) for product in products.values())
    met = sum(_meets(query, *products[key]) for key in results[:FIRST])
    return met / min(FIRST, fitting)


def _meets(query: PlantedQuery, facts: frozenset[str], price: float | None) -> bool:
    return all(one.holds(facts, price) for one in query.constraints)
