"""Execution accuracy of query plans: two plans are equal where they find the same rows."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalograph.assistant.answers import GraphReader
from catalograph.evaluation.questions.rows import QuestionRow
from catalograph.schema.query_plan import (
    MOST_ROWS,
    AggregatePlan,
    ComparePlan,
    FactsPlan,
    FindPlan,
    OpinionPlan,
    OrderPlan,
    PathPlan,
    QueryPlan,
)
from catalograph.store.queries.plans import (
    StatedProduct,
    aggregate_products,
    describe_products,
    find_products,
    follow_path,
    read_opinions_of,
)

PlanRows = frozenset[Any] | tuple[Any, ...]
"""What a plan finds, without its order where the question has none."""
_RELATION_OF = {"brand": "HAS_BRAND", "category": "IN_CATEGORY"}
_FITS = ("COMPATIBLE_WITH", "PART_OF")


async def read_rows(plan: QueryPlan, reader: GraphReader) -> PlanRows | None:
    """Return what a plan finds, so that different plans for the same rows are equal.

    Products of a set and nodes at the end of a path are keys; facts are the keys of what is stated,
    or the property with its text; groups are keys with numbers, in order; of reviews their number
    and mean stars count, not the mood that is asked for; of an order, its id and what is asked.

    Args:
        plan: the plan; its limit is raised unless it asks for one.
        reader: graph and caller.

    Returns:
        The rows; None for a plan about documents.
    """
    connection = reader.connection
    match plan:
        case FindPlan():
            limit = 1 if plan.limit == 1 else MOST_ROWS
            plan = plan.model_copy(update={"limit": limit})
            found = await find_products(connection, plan, reader.prices)
            return frozenset(one.key for one in found.products)
        case FactsPlan() | ComparePlan():
            products = await describe_products(connection, plan.products)
            return frozenset(
                fact for one in products for fact in _facts_of(one, plan, alone=len(products) == 1)
            )
        case AggregatePlan():
            plan = plan.model_copy(update={"limit": MOST_ROWS})
            rows = await aggregate_products(connection, plan, reader.prices)
            return tuple((row.key, round(row.number, 2)) for row in rows if row.products)
        case PathPlan():
            plan = plan.model_copy(update={"limit": MOST_ROWS})
            return frozenset(row.key for row in await follow_path(connection, plan, reader.prices))
        case OpinionPlan():
            said = await read_opinions_of(connection, plan, reader.prices)
            return ("reviews", said.reviews, said.rating)
        case OrderPlan():
            return ("order", plan.id, plan.asks)
        case _:
            return None


def _facts_of(
    product: StatedProduct, plan: FactsPlan | ComparePlan, *, alone: bool
) -> Iterator[Any]:
    """Yield what a plan asks of a product: keys of tails, with the product if there are several."""
    attributes = [key.partition(":")[2] for key in plan.attributes]
    relations: list[str] = []
    if isinstance(plan, FactsPlan):
        relations = [_RELATION_OF[name] for name in plan.properties if name in _RELATION_OF]
        for name in plan.properties:
            if name not in _RELATION_OF:
                stated = {"rating": product.rating}.get(name, product.properties.get(name))
                yield product.key, name, stated
        for group in plan.values:
            has = any(fact.key in group.keys for fact in product.facts)
            yield product.key, "has", tuple(group.keys), has
        if plan.fits:
            relations += _FITS
    every = isinstance(plan, ComparePlan) and not attributes
    for fact in product.facts:
        if every or fact.relation in relations or fact.attribute in attributes:
            yield fact.key if alone else (product.key, fact.key)


@dataclass
class PlanJudgement:
    """Counts of plans by their maker, over questions with a right plan.

    Attributes:
        right: by maker (`rules`, or a model's name), kind and language, whether the plan found the
            right rows.
        errors: questions with the maker, and the plans that were made.
    """

    right: dict[tuple[str, str, str], list[bool]] = field(default_factory=lambda: defaultdict(list))
    errors: list[tuple[QuestionRow, str, Sequence[str]]] = field(default_factory=list)

    def judge(self, row: QuestionRow, maker: str, plans: Sequence[str], *, right: bool) -> None:
        """Count the plans of a question."""
        self.right[maker, row.kind, row.language].append(right)
        if not right:
            self.errors.append((row, maker, plans))

    def measures(self, maker: str) -> dict[str, float]:
        """Return the shares of right plans of a maker, from 0 to 1, by language and by kind."""
        found = {"execution_accuracy": _mean(self._of(maker))}
        for at in (2, 1):
            for name in sorted({key[at] for key in self.right if key[0] == maker}):
                listed = [
                    one
                    for key, ones in self.right.items()
                    if key[0] == maker and key[at] == name
                    for one in ones
                ]
                found[f"execution_accuracy {name}"] = _mean(listed)
        return found

    def _of(self, maker: str) -> list[bool]:
        return [one for key, ones in self.right.items() if key[0] == maker for one in ones]


def _mean(listed: Sequence[bool]) -> float:
    return sum(listed) / len(listed) if listed else float("nan")


def is_cited(row: QuestionRow, sources: Sequence[str]) -> bool:
    """Return whether one of the wanted sources of a question is among keys of sources."""
    return any(wanted in key for wanted in row.sources for key in sources)
