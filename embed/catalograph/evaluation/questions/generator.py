"""Questions made from a catalogue by a seed, with the right answers by set operations in memory."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from catalograph.assistant.answers.phrases import label_attribute
from catalograph.evaluation.query_understanding import QueryCatalogue
from catalograph.evaluation.questions.draws import PACKAGE, Planter, QuestionDraws, QuestionSet
from catalograph.evaluation.questions.rows import QuestionRow
from catalograph.ingest.packaged_table import load_packaged_table

_MOST_IN_SET = 10
_MOST_REACHED = 20
_ORDERS = 40
_NUMBERS: Mapping[str, Mapping[str, Any]] = {
    "count": {"op": "aggregate"},
    "mean": {"op": "aggregate", "function": "mean", "measure": "price"},
    "cheapest": {"op": "find", "order": "PRICE_ASC", "limit": 1},
    "top_brand": {"op": "aggregate", "by": "brand"},
}
"""Plans of questions for a number or a best one, by kind of wording."""


def make_questions(
    catalogue: QueryCatalogue,
    templates: str,
    count: int,
    seed: int,
    languages: Sequence[str],
    *,
    exact: bool = True,
) -> QuestionSet:
    """Make questions of all kinds, as many in each language, 30 % of them without an answer.

    Args:
        catalogue: products with their facts.
        templates: name of a set of wordings: `tuned`, `held` or `fresh`.
        count: number of questions in each language.
        seed: seed of the draws.
        languages: `en` and `zh`.
        exact: whether each kind needs its share; else it has fewer where the facts end.

    Raises:
        EvaluationDataError: the products have too few facts for some kind.
    """
    return CatalogueQuestions(catalogue, templates, seed, exact=exact).make(count, languages)


class CatalogueQuestions(QuestionDraws):
    """Questions that one fact, one set or one document answers."""

    def kinds(self) -> Mapping[str, Planter]:
        """Return the function that makes a question of each kind."""
        self._place_orders()
        return {
            "attribute": self._attribute,
            "filter": self._filter,
            "compare": self._compare,
            "aggregate": self._aggregate,
            "path": self._path,
            "opinion": self._opinion,
            "policy": self._policy,
            "order": self._order,
        }

    def _attribute(self, language: str, answerable: bool) -> QuestionRow | None:
        way = self._pick(["attribute", "attribute", "price", "brand", "check"])
        row = self._product()
        if way == "price":
            return self._ask_price(row, language, answerable)
        if way == "brand":
            return self._ask_brand(row, language, answerable)
        by_attribute: dict[str, list[str]] = defaultdict(list)
        for key in self._keys(row, "value:"):
            by_attribute[key.partition(":")[2].partition("=")[0]].append(key)
        if not by_attribute:
            return None
        attribute = self._pick(sorted(by_attribute))
        keys = by_attribute[attribute]
        sources = [f"assertion:{self._sample(row).key}\tHAS_VALUE\t{key}" for key in keys]
        slots = {"title": self._title(row), "attribute": label_attribute(attribute, language)}
        names = [self.catalogue.name_of.get(key) for key in keys]
        withheld = [] if answerable else self._may_withhold(row, keys)
        if withheld is None or not all(names):
            return None
        if way == "check":
            said = self._pick(keys)
            text = self._word("check", language, value=self._name(said), **slots)
            return QuestionRow(
                text, language, "", texts=[["Yes", "是的"]], sources=sources, withheld=withheld,
                plan=self._facts(row, values=[{"keys": [said]}]),
            )  # fmt: skip
        texts = [[n.name] for n in names if n is not None and n.unit is None]
        text = self._word("attribute", language, **slots)
        plan = self._facts(row, attributes=[f"attribute:{attribute}"])
        return QuestionRow(
            text, language, "", texts=texts, sources=sources, withheld=withheld, plan=plan
        )

    def _facts(self, row: int, **asked: Any) -> dict[str, Any]:
        return {"op": "facts", "products": [self._sample(row).key], **asked}

    def _may_withhold(self, row: int, facts: Iterable[str]) -> list[str] | None:
        return None if row in self.frozen else self._withhold(row, *facts)

    def _ask_price(self, row: int, language: str, answerable: bool) -> QuestionRow | None:
        price = self._sample(row).price
        if price is None or (self.prices[row] is None) == answerable:
            return None
        withheld = [] if answerable else self._may_withhold(row, ["price"])
        if withheld is None:
            return None
        text = self._word("price", language, title=self._title(row))
        return QuestionRow(
            text, language, "", texts=[[f"{price:.2f}", f"{price:g}"]],
            products=[self._sample(row).key], withheld=withheld,
            plan=self._facts(row, properties=["price"]),
        )  # fmt: skip

    def _ask_brand(self, row: int, language: str, answerable: bool) -> QuestionRow | None:
        brands = self._keys(row, "brand:")
        if not brands or (not answerable and row in self.frozen):
            return None
        if answerable and not set(brands) <= self.facts[row]:
            return None
        withheld = [] if answerable else self._withhold(row, *brands)
        text = self._word("brand", language, title=self._title(row))
        names = [[self._name(key)] for key in brands]
        sources = [f"assertion:{self._sample(row).key}\tHAS_BRAND\t{key}" for key in brands]
        return QuestionRow(
            text, language, "", texts=names, sources=sources, withheld=withheld,
            plan=self._facts(row, properties=["brand"]),
        )  # fmt: skip

    def _filter(self, language: str, answerable: bool) -> QuestionRow | None:
        row = self._product()
        category, brand, price = self._category_of(row), self._brand_of(row), self.prices[row]
        template = self._pick(self.templates["filter"][language])
        if category is None or ("{brand}" in template and brand is None):
            return None
        if not answerable:
            brand = self._brand_of(self._product())
            if brand is None or "{brand}" not in template:
                return None
        met = self._rows_in("Category", category)
        of: dict[str, Any] = {"categories": self._nodes("Category", category)}
        slots = {"category": category, "brand": brand or "", "money": self._money(language)}
        if "{brand}" in template:
            met &= self._rows_in("Brand", brand or "")
            of["brands"] = self._nodes("Brand", brand or "")
        if "{max}" in template:
            if price is None or price <= 0:
                return None
            most = _round_up(price)
            slots["max"] = f"{most:g}"
            of |= {"price_max": most, "currency": self.currency or None}
            met = {
                n
                for n in met
                if (self.prices[n] or math.inf) <= most
                and (self._sample(n).currency or "") == self.currency
            }
        if (not met) == answerable or len(met) > _MOST_IN_SET:
            return None
        text = " ".join(template.format(**slots).split())
        keys = sorted(self._sample(n).key for n in met)
        return QuestionRow(
            text, language, "", products=keys if answerable else None,
            plan={"op": "find", "of": of},
        )  # fmt: skip

    def _compare(self, language: str, answerable: bool) -> QuestionRow | None:
        row = self._product()
        category = self._category_of(row)
        if category is None:
            return None
        others = sorted(self._rows_in("Category", category) & set(self.usable) - {row})
        if not others:
            return None
        other = int(self._pick(others))
        slots = {"title": self._title(row), "other": self._title(other)}
        if not answerable:
            # The other product is not in the shop.
            slots["other"] = _invent_name(self.draw, language)
            return QuestionRow(self._word("compare", language, **slots), language, "")
        shared = self._shared_attributes(row, other)
        if not shared:
            return None
        attribute = self._pick(shared)
        names = [
            [self._name(key)]
            for n in (row, other)
            for key in sorted(self.facts[n])
            if key.startswith(f"value:{attribute}=") and not self._has_unit(key)
        ]
        products = [self._sample(row).key, self._sample(other).key]
        text = self._word("compare", language, **slots)
        plan = {"op": "compare", "products": products}
        return QuestionRow(text, language, "", texts=names, products=products, plan=plan)

    def _has_unit(self, key: str) -> bool:
        found = self.catalogue.name_of.get(key)
        return found is None or found.unit is not None

    def _shared_attributes(self, row: int, other: int) -> list[str]:
        one, two = (
            {key.partition("=")[0][6:] for key in self.facts[n] if key.startswith("value:")}
            for n in (row, other)
        )
        return sorted(one & two)

    def _aggregate(self, language: str, answerable: bool) -> QuestionRow | None:
        way = self._pick(["count", "mean", "cheapest", "top_brand"])
        template = self._pick(self.templates[way][language])
        row = self._product()
        category, brand = self._category_of(row), self._brand_of(row)
        met = set(range(len(self.facts)))
        if "{category}" in template:
            met &= self._rows_in("Category", category or "")
        if "{brand}" in template:
            met &= self._rows_in("Brand", brand or "")
        if ("{category}" in template and not category) or ("{brand}" in template and not brand):
            return None
        slots = {"category": category or "", "brand": brand or ""}
        if not answerable:
            other = _invent_name(self.draw, language)
            name = "brand" if "{brand}" in template else "category"
            slots[name] = other
            return QuestionRow(" ".join(template.format(**slots).split()), language, "")
        text = " ".join(template.format(**slots).split())
        of: dict[str, Any] = {}
        if "{category}" in template:
            of["categories"] = self._nodes("Category", category or "")
        if "{brand}" in template:
            of["brands"] = self._nodes("Brand", brand or "")
        found = self._number(way, text, language, met)
        return None if found is None else replace(found, plan={**_NUMBERS[way], "of": of})

    def _number(self, way: str, text: str, language: str, met: set[int]) -> QuestionRow | None:
        if len(met) < 2:
            return None
        if way == "count":
            return QuestionRow(text, language, "", texts=[[str(len(met))]], total=len(met))
        if way == "top_brand":
            counted = Counter(key for n in met for key in self.facts[n] if key.startswith("brand:"))
            if not counted:
                return None
            most = max(counted.values())
            best = [self._name(key) for key, number in counted.items() if number == most]
            return QuestionRow(text, language, "", texts=[sorted(best)])
        priced = {
            n: self.prices[n]
            for n in met
            if self.prices[n] is not None and (self._sample(n).currency or "") == self.currency
        }
        if len(priced) < 2:
            return None
        if way == "mean":
            mean = sum(p or 0 for p in priced.values()) / len(priced)
            return QuestionRow(text, language, "", texts=[[f"{mean:.2f}"]])
        least = min(p or 0 for p in priced.values())
        titles = sorted(self._title(n) for n, price in priced.items() if price == least)
        return QuestionRow(text, language, "", texts=[titles])

    def _path(self, language: str, answerable: bool) -> QuestionRow | None:
        way = self._pick(["same_brand", "brand_categories", "category_brands", "same_value"])
        row = self._product()
        if way == "same_brand":
            return self._ask_same_brand(row, language, answerable)
        if way == "same_value":
            return self._ask_same_value(row, language, answerable)
        kind, other = (
            ("Brand", "category:") if way == "brand_categories" else ("Category", "brand:")
        )
        name = self._brand_of(row) if kind == "Brand" else self._category_of(row)
        if name is None:
            return None
        slot = "brand" if kind == "Brand" else "category"
        if not answerable:
            name = _invent_name(self.draw, language)
            return QuestionRow(self._word(way, language, **{slot: name}), language, "")
        met = self._rows_in(kind, name)
        keys = {
            key
            for n in met
            for key in self._sample(n).facts
            if key.startswith(other) and key in self.facts[n]
        }
        if not 1 <= len(keys) <= _MOST_REACHED:
            return None
        texts = [[self._name(key)] for key in sorted(keys)]
        forth, back = ("HAS_BRAND", "IN_CATEGORY")[:: 1 if kind == "Brand" else -1]
        steps = [
            {"relation": forth, "to": "Product"},
            {"relation": back, "to": "Category" if kind == "Brand" else "Brand"},
        ]
        plan = {"op": "path", "start": self._nodes(kind, name), "steps": steps}
        text = self._word(way, language, **{slot: name})
        return QuestionRow(text, language, "", texts=texts, plan=plan)

    def _ask_same_brand(self, row: int, language: str, answerable: bool) -> QuestionRow | None:
        brands = self._keys(row, "brand:")
        if not brands or not set(brands) <= self.facts[row]:
            return None
        text = self._word("same_brand", language, title=self._title(row))
        if not answerable:
            withheld = self._may_withhold(row, brands)
            if withheld is None:
                return None
            return QuestionRow(text, language, "", withheld=withheld)
        met = {n for n, facts in enumerate(self.facts) if facts & set(brands)} - {row}
        if not 1 <= len(met) <= _MOST_REACHED:
            return None
        keys = sorted(self._sample(n).key for n in met)
        steps = [
            {"relation": "HAS_BRAND", "to": "Brand"},
            {"relation": "HAS_BRAND", "to": "Product"},
        ]
        plan = {"op": "path", "of": {"products": [self._sample(row).key]}, "steps": steps}
        return QuestionRow(text, language, "", products=keys, plan=plan)

    def _ask_same_value(self, row: int, language: str, answerable: bool) -> QuestionRow | None:
        category = self._category_of(row)
        values = [key for key in self._keys(row, "value:") if key in self.facts[row]]
        if category is None or not values:
            return None
        attribute = self._pick(values).partition(":")[2].partition("=")[0]
        keys = [key for key in values if key.startswith(f"value:{attribute}=")]
        slots = {"attribute": label_attribute(attribute, language), "category": category}
        text = self._word("same_value", language, title=self._title(row), **slots)
        if not answerable:
            withheld = self._may_withhold(row, keys)
            if withheld is None:
                return None
            return QuestionRow(text, language, "", withheld=withheld)
        met = {n for n, facts in enumerate(self.facts) if facts & set(keys)} - {row}
        met &= self._rows_in("Category", category)
        if not 1 <= len(met) <= _MOST_REACHED:
            return None
        steps = [
            {"relation": "HAS_VALUE", "to": "Value", "attribute": attribute},
            {"relation": "HAS_VALUE", "to": "Product"},
        ]
        plan = {
            "op": "path", "of": {"products": [self._sample(row).key]}, "steps": steps,
            "among": {"categories": self._nodes("Category", category)},
        }  # fmt: skip
        keys = sorted(self._sample(n).key for n in met)
        return QuestionRow(text, language, "", products=keys, plan=plan)

    def _opinion(self, language: str, answerable: bool) -> QuestionRow | None:
        row = self._product()
        key = self._sample(row).key
        id_ = key.split(":", 2)[2]
        if any(review["product_id"] == id_ for review in self.set.reviews):
            return None
        text = self._word("opinion", language, title=self._title(row))
        if not answerable:
            # Nobody reviews this product: it is never drawn again.
            self.usable.remove(row)
            return QuestionRow(text, language, "")
        blamed = self._plant_reviews(row, language)
        plan = {"op": "opinion", "of": {"products": [key]}}
        return QuestionRow(text, language, "", texts=[[blamed]], products=[key], plan=plan)

    def _policy(self, language: str, answerable: bool) -> QuestionRow | None:
        policies = load_packaged_table(PACKAGE, "policies")["policies"]
        withheld = len(policies) // 4
        at = int(self.draw.integers(len(policies)))
        if (at < len(policies) - withheld) != answerable:
            return None
        policy = policies[at]
        if not self.set.documents:
            self.set.documents = [
                {"id": f"{one['id']}-{tag}", "language": tag, "kind": "policy", **one[tag]}
                for one in policies[: len(policies) - withheld]
                for tag in ("en", "zh")
            ]
        text = self._pick(policy[self.templates_name][language])
        return QuestionRow(text, language, "", sources=[policy["id"]] if answerable else [])

    def _place_orders(self) -> None:
        statuses = ("processing", "shipped", "delivered", "cancelled")
        for n in range(_ORDERS):
            rows = [self._product() for _ in range(1 + n % 3)]
            lines = [
                {
                    "product_id": self._sample(row).key.split(":", 2)[2],
                    "title": self._title(row),
                    "quantity": 1 + (n + row) % 3,
                    "price": f"{self._sample(row).price or 10:.2f}",
                }
                for row in rows
            ]
            total = sum(float(str(one["price"])) * int(str(one["quantity"])) for one in lines)
            day = 1 + n % 27
            self.set.orders.append(
                {
                    "order_id": str(10_000 + 37 * n), "user_id": f"shopper{n % 4}",
                    "time": f"2026-03-{day:02}T10:00:00Z", "status": statuses[n % 4],
                    "total": f"{total:.2f}", "currency": self.currency or "EUR", "lines": lines,
                    "shipments": [
                        {"status": "in transit", "carrier": "DHL", "tracking": f"JD{n:04}",
                         "expected": f"2026-04-{day:02}"}
                    ],
                }
            )  # fmt: skip

    def _order(self, language: str, answerable: bool) -> QuestionRow | None:
        order = self._pick(self.set.orders)
        way = self._pick(["order_status", "order_arrival", "order_total", "order_lines"])
        text = self._word(way, language, order=order["order_id"])
        if not answerable:
            # Another shopper asks.
            user = f"shopper{(int(order['user_id'][-1]) + 1) % 4}"
            return QuestionRow(text, language, "", user=user)
        day = int(order["shipments"][0]["expected"][-2:])
        texts = {
            "order_status": [_STATUS[order["status"]]],
            "order_arrival": [[f"{day} April 2026", f"4月{day}日"]],
            "order_total": [[order["total"]]],
            "order_lines": [[line["title"]] for line in order["lines"]],
        }[way]
        plan = {"op": "order", "id": order["order_id"], "asks": way.removeprefix("order_")}
        return QuestionRow(
            text, language, "", texts=texts, sources=[order["order_id"]], user=order["user_id"],
            plan=plan,
        )  # fmt: skip


_STATUS = {
    "processing": ["processed", "processing", "处理中"],
    "shipped": ["shipped", "已发货"],
    "delivered": ["delivered", "已送达"],
    "cancelled": ["cancelled", "已取消"],
}
_SYLLABLES = ["zor", "vex", "quin", "dral", "mip", "tosk", "wyn", "parl", "jeb", "krat"]


def _invent_name(draw: np.random.Generator, language: str) -> str:
    """Return a name that no catalogue has."""
    parts = [_SYLLABLES[int(n)] for n in draw.integers(len(_SYLLABLES), size=3)]
    name = "".join(parts).capitalize()
    return f"{name}牌" if language == "zh" else name


def _round_up(price: float) -> float:
    step = 10.0 ** max(math.floor(math.log10(price)), 0)
    return math.ceil(price * 1.1 / step) * step
