"""Query plans: what they accept, and the direction of the steps of a path."""

from typing import Any

import pytest

from catalograph.errors import InvalidInputError
from catalograph.schema import ONTOLOGY
from catalograph.schema.query_plan import (
    PATH_RELATIONS,
    GraphStep,
    direct_steps,
    parse_plan,
    plan_schema,
    write_plan,
)

CAM = "product:shop:cam1"


@pytest.mark.parametrize(
    ("plan", "place", "said"),
    [
        ({"op": "delete"}, "the plan", "find"),
        ({"op": "facts", "products": ["Red camera"]}, "facts", "not a key"),
        ({"op": "facts", "products": ["user:shop:1"]}, "facts", "keys of Product"),
        ({"op": "find", "of": {"brands": [CAM]}}, "find.of", "keys of Brand"),
        ({"op": "find", "of": {"cypher": "MATCH (n) DETACH DELETE n"}}, "cypher", "not permitted"),
        ({"op": "compare", "products": [CAM]}, "compare.products", "at least 2"),
        ({"op": "aggregate", "of": {}, "function": "mean"}, "aggregate", "measure"),
        ({"op": "path", "steps": [{"relation": "HAS_BRAND", "to": "Brand"}]}, "path", "a start"),
        (
            {"op": "path", "start": ["brand:acme"],
             "steps": [{"relation": "IN_CATEGORY", "to": "Product"}]},
            "path", "goes from Product to Category",
        ),
        (
            {"op": "path", "start": [CAM], "steps": [{"relation": "ALSO_BOUGHT", "to": "Product"}]},
            "path", "both ways",
        ),
        (
            {"op": "path", "start": [CAM], "steps": [{"relation": "WROTE", "to": "Product"}]},
            "relation", "IN_CATEGORY",
        ),
    ],
)  # fmt: skip
def test_a_bad_plan_is_refused_with_its_place(plan: dict[str, Any], place: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_plan(plan)
    assert place in str(caught.value)
    assert said in str(caught.value)


def test_a_plan_is_read_from_json_and_written_again() -> None:
    plan = parse_plan('{"op": "find", "of": {"brands": ["brand:acme"], "price_max": 20}}')
    assert parse_plan(write_plan(plan)) == plan
    assert plan_schema()["discriminator"]["propertyName"] == "op"


def test_steps_follow_the_ontology() -> None:
    brand = GraphStep(relation="HAS_BRAND", to="Brand")
    back = GraphStep(relation="HAS_BRAND", to="Product")
    assert direct_steps("Product", [brand, back]) == [True, False]
    tail = GraphStep(relation="ALSO_BOUGHT", to="Product", role="tail")
    head = GraphStep(relation="ALSO_BOUGHT", to="Product", role="head")
    assert direct_steps("Product", [tail, head]) == [True, False]


def test_no_path_leads_to_people() -> None:
    ends = {label for patterns in PATH_RELATIONS.values() for pair in patterns for label in pair}
    assert ends <= {"Product", "Brand", "Category", "Value", "Attribute"}
    assert {relation.name for relation in ONTOLOGY.facts} <= set(PATH_RELATIONS)
