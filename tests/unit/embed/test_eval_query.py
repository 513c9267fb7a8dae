"""Questions made from a catalogue, and their judgement."""

import pytest

from catalograph.errors import EvaluationDataError
from catalograph.evaluation.query_templates import SETS
from catalograph.evaluation.query_understanding import (
    PlantedConstraint,
    PlantedQuery,
    QueryCatalogue,
    QueryJudgement,
    plant_queries,
    precision_of,
)
from catalograph.store.queries.vocabulary import NameRow, SampleRow

NAMES = [
    *(NameRow("Brand", f"brand:{name}", name, 5) for name in ("acme", "zeta")),
    *(NameRow("Category", f"category:{name}", name, 5) for name in ("lamps", "desks")),
    *(NameRow("Value", f"value:colour={name}", name, 5, "colour") for name in ("red", "blue")),
]
PRODUCTS = [
    SampleRow("Lamp", ["brand:acme", "category:lamps", "value:colour=red"], 12.0, "USD", "p1"),
    SampleRow("Lamp", ["brand:zeta", "category:lamps", "value:colour=blue"], 80.0, "USD", "p2"),
    SampleRow("Desk", ["brand:zeta", "category:desks", "value:colour=blue"], 300.0, "USD", "p3"),
]
CATALOGUE = QueryCatalogue(NAMES, PRODUCTS)


def told(kind: str, key: str, *, negated: bool = False, applied: bool = True) -> dict[str, object]:
    return {
        "kind": kind, "keys": [key], "label": key, "negated": negated, "applied": applied,
        "min": None, "max": None,
    }  # fmt: skip


def test_questions_are_the_same_for_a_seed_and_their_product_meets_them() -> None:
    found = plant_queries(CATALOGUE, "reported", 20, 3)
    assert found == plant_queries(CATALOGUE, "reported", 20, 3)
    assert len({query.text for query in found}) == 20
    for query in found:
        assert any(
            all(one.holds(facts, product.price) for one in query.constraints)
            for facts, product in zip(CATALOGUE.facts, PRODUCTS, strict=True)
        )


def test_too_few_products_are_an_error() -> None:
    with pytest.raises(EvaluationDataError, match="of 20 questions"):
        plant_queries(QueryCatalogue(NAMES, PRODUCTS[:1]), "reported", 20, 0)


def test_reported_templates_differ_from_those_of_development() -> None:
    for language, templates in SETS["reported"].items():
        assert set(templates) & set(SETS["development"][language]) == set()


@pytest.mark.parametrize(
    ("answer", "counts"),
    [
        ([told("BRAND", "brand:acme"), told("VALUE", "value:colour=red", negated=True)], (1, 0, 0)),
        ([told("VALUE", "value:colour=red", negated=True)], (0, 1, 0)),
        ([told("BRAND", "brand:acme")], (0, 0, 1)),
        ([told("BRAND", "brand:acme"), told("VALUE", "value:colour=red")], (0, 0, 1)),
    ],
)
def test_readings_are_right_searched_or_wrong(
    answer: list[dict[str, object]], counts: tuple[int, int, int]
) -> None:
    query = PlantedQuery(
        "acme not red",
        (
            PlantedConstraint("brand", "brand:acme"),
            PlantedConstraint("value", "value:colour=red", negated=True),
        ),
    )
    judgement = QueryJudgement()
    judgement.judge(query, answer)
    assert (judgement.right, judgement.searched, judgement.wrong) == counts


def test_precision_is_of_as_many_products_as_there_can_be() -> None:
    query = PlantedQuery("lamps", (PlantedConstraint("category", "category:lamps"),))
    products = {
        product.key: (facts, product.price)
        for product, facts in zip(PRODUCTS, CATALOGUE.facts, strict=True)
    }
    assert precision_of(query, ["p1", "p3"], products) == 0.5
    assert precision_of(query, ["p1", "p2", "p3"], products) == 1.0
