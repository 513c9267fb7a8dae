"""Questions over two or more edges of the graph, made from a catalogue by a seed, with plans."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalograph.assistant.answers.phrases import label_attribute
from catalograph.evaluation.query_understanding import QueryCatalogue
from catalograph.evaluation.questions.draws import Planter, QuestionDraws, QuestionSet
from catalograph.evaluation.questions.rows import QuestionRow

_MOST_REACHED = 40
_BRAND = {"relation": "HAS_BRAND", "to": "Brand"}
_OF_BRAND = {"relation": "HAS_BRAND", "to": "Product"}
_CATEGORY = {"relation": "IN_CATEGORY", "to": "Category"}


def make_hop_questions(
    catalogue: QueryCatalogue, count: int, seed: int, languages: Sequence[str]
) -> QuestionSet:
    """Make questions whose answers are two to four edges away; each has an answer.

    Args:
        catalogue: products with their facts.
        count: number of questions in each language.
        seed: seed of the draws.
        languages: `en` and `zh`.

    Raises:
        EvaluationDataError: the products have too few facts for some kind.
    """
    return HopQuestions(catalogue, "hops", seed).make(count, languages)


class HopQuestions(QuestionDraws):
    """Questions that follow several edges, or need a first answer to ask the second question."""

    unanswerable = 0.0

    def kinds(self) -> Mapping[str, Planter]:
        """Return the function that makes a question of each kind."""
        return {
            "maker_categories": self._maker_categories,
            "maker_count": self._maker_count,
            "maker_mean": self._maker_mean,
            "maker_cheapest": self._maker_cheapest,
            "value_brands": self._value_brands,
            "value_categories": self._value_categories,
            "brand_values": self._brand_values,
            "value_top_brand": self._value_top_brand,
            "set_opinion": self._set_opinion,
            "set_rating": self._set_rating,
        }

    def _ask(self, wording: str, language: str, plan: dict[str, Any], **slots: str) -> QuestionRow:
        return QuestionRow(self._word(wording, language, **slots), language, "", plan=plan)

    # -- questions about the maker of a product

    def _maker(self, row: int) -> tuple[list[str], set[int]]:
        """Return the brands of a product, and the products with one of them."""
        brands = self._keys(row, "brand:")
        return brands, {n for n, facts in enumerate(self.facts) if facts & set(brands)}

    def _maker_categories(self, language: str, answerable: bool) -> QuestionRow | None:
        row = self._product()
        brands, met = self._maker(row)
        reached = {key for n in met for key in self._keys(n, "category:")}
        if not brands or not 2 <= len(reached) <= _MOST_REACHED:
            return None
        of = {"products": [self._sample(row).key]}
        plan = {"op": "path", "of": of, "steps": [_BRAND, _OF_BRAND, _CATEGORY]}
        return self._ask("maker_categories", language, plan, title=self._title(row))

    def _maker_count(self, language: str, answerable: bool) -> QuestionRow | None:
        return self._ask_of_maker("maker_count", {"op": "aggregate"}, language)

    def _maker_mean(self, language: str, answerable: bool) -> QuestionRow | None:
        plan = {"op": "aggregate", "function": "mean", "measure": "price"}
        return self._ask_of_maker("maker_mean", plan, language, priced=True)

    def _maker_cheapest(self, language: str, answerable: bool) -> QuestionRow | None:
        plan = {"op": "find", "order": "PRICE_ASC", "limit": 1}
        return self._ask_of_maker("maker_cheapest", plan, language, priced=True)

    def _ask_of_maker(
        self, wording: str, plan: dict[str, Any], language: str, *, priced: bool = False
    ) -> QuestionRow | None:
        row = self._product()
        brands, met = self._maker(row)
        if priced:
            met = {n for n in met if self.prices[n] is not None}
        if not brands or len(met) < 2:
            return None
        found = {**plan, "of": {"brands": brands}}
        return self._ask(wording, language, found, title=self._title(row))

    # -- questions about what has the same value

    def _value_of(self, row: int) -> tuple[str, str] | None:
        """Return a value of a product with its attribute, if its name can be said."""
        keys = [key for key in self._keys(row, "value:") if self._sayable(key)]
        if not keys:
            return None
        key = self._pick(keys)
        return key, key.partition(":")[2].partition("=")[0]

    def _value_brands(self, language: str, answerable: bool) -> QuestionRow | None:
        return self._ask_of_value("value_brands", _BRAND, "brand:", language)

    def _value_categories(self, language: str, answerable: bool) -> QuestionRow | None:
        return self._ask_of_value("value_categories", _CATEGORY, "category:", language)

    def _ask_of_value(
        self, wording: str, last: dict[str, str], prefix: str, language: str
    ) -> QuestionRow | None:
        """Ask what the products lead to that share a value with one."""
        row = self._product()
        found = self._value_of(row)
        if found is None:
            return None
        attribute = found[1]
        keys = {key for key in self.facts[row] if key.startswith(f"value:{attribute}=")}
        met = [n for n, facts in enumerate(self.facts) if facts & keys]
        reached = {key for n in met for key in self._keys(n, prefix)}
        if not 2 <= len(reached) <= _MOST_REACHED:
            return None
        steps = [
            {"relation": "HAS_VALUE", "to": "Value", "attribute": attribute},
            {"relation": "HAS_VALUE", "to": "Product"},
            last,
        ]
        plan = {"op": "path", "of": {"products": [self._sample(row).key]}, "steps": steps}
        slots = {"title": self._title(row), "attribute": label_attribute(attribute, language)}
        return self._ask(wording, language, plan, **slots)

    def _brand_values(self, language: str, answerable: bool) -> QuestionRow | None:
        row = self._product()
        found, brand = self._value_of(row), self._brand_of(row)
        if found is None or brand is None:
            return None
        attribute = found[1]
        reached = {
            key
            for n in self._rows_in("Brand", brand)
            for key in self._keys(n, f"value:{attribute}=")
        }
        if not 2 <= len(reached) <= _MOST_REACHED:
            return None
        steps = [_OF_BRAND, {"relation": "HAS_VALUE", "to": "Value", "attribute": attribute}]
        plan = {"op": "path", "start": self._nodes("Brand", brand), "steps": steps}
        slots = {"brand": brand, "attribute": label_attribute(attribute, language)}
        return self._ask("brand_values", language, plan, **slots)

    def _value_top_brand(self, language: str, answerable: bool) -> QuestionRow | None:
        row = self._product()
        found, category = self._value_of(row), self._category_of(row)
        if found is None or category is None:
            return None
        key, attribute = found
        of = {"values": [{"keys": [key]}], "categories": self._nodes("Category", category)}
        met = [n for n in self._rows_in("Category", category) if key in self.facts[n]]
        if len({brand for n in met for brand in self._keys(n, "brand:")}) < 2:
            return None
        slots = {
            "attribute": label_attribute(attribute, language),
            "value": self._name(key),
            "category": category,
        }
        plan = {"op": "aggregate", "by": "brand", "of": of}
        return self._ask("value_top_brand", language, plan, **slots)

    # -- questions about the reviews of a set

    def _reviewed_set(self, language: str) -> tuple[dict[str, str], dict[str, Any]] | None:
        """Return names of a brand and a category with a reviewed product, and their set."""
        row = self._product()
        category, brand = self._category_of(row), self._brand_of(row)
        if category is None or brand is None:
            return None
        id_ = self._sample(row).key.split(":", 2)[2]
        if all(review["product_id"] != id_ for review in self.set.reviews):
            self._plant_reviews(row, language)
        of = {
            "brands": self._nodes("Brand", brand),
            "categories": self._nodes("Category", category),
        }
        return {"brand": brand, "category": category}, of

    def _set_opinion(self, language: str, answerable: bool) -> QuestionRow | None:
        found = self._reviewed_set(language)
        if found is None:
            return None
        slots, of = found
        return self._ask("set_opinion", language, {"op": "opinion", "of": of}, **slots)

    def _set_rating(self, language: str, answerable: bool) -> QuestionRow | None:
        found = self._reviewed_set(language)
        if found is None:
            return None
        slots, of = found
        plan = {"op": "aggregate", "function": "mean", "measure": "rating", "of": of}
        return self._ask("set_rating", language, plan, **slots)
