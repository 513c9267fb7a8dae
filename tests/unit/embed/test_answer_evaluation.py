"""Judgement of answers: right, refused, claimed without a source; and questions made by a seed."""

from pathlib import Path
from typing import Any

import pytest

from catalograph.errors import EvaluationDataError
from catalograph.evaluation.query_understanding import QueryCatalogue
from catalograph.evaluation.questions import (
    AnswerJudgement,
    PlanJudgement,
    QuestionRow,
    make_hop_questions,
    make_questions,
    read_questions,
    write_questions,
)
from catalograph.evaluation.questions.judgement import is_right
from catalograph.schema.query_plan import parse_plan
from catalograph.store.queries.vocabulary import NameRow, SampleRow

COLOURS = ("red", "blue", "black", "white")
BRANDS = ("Acme", "Zeta", "Leaf")


def answer(status: str = "ANSWERED", text: str = "It is red.[1]", **more: Any) -> dict[str, Any]:
    return {
        "status": status, "text": text, "productKeys": [], "plannedBy": "rules",
        "wordedBy": "template", "statements": [{"text": text, "sources": [1]}], "table": None,
        "sources": [{"number": 1, "kind": "FACT", "key": "assertion:a\tb\tc", "text": "red"}],
    } | more  # fmt: skip


@pytest.mark.parametrize(
    ("row", "given", "right"),
    [
        ({"texts": [["red", "crimson"]]}, {}, True),
        ({"texts": [["red"], ["blue"]]}, {}, False),
        ({"texts": [["red"]]}, {"status": "UNKNOWN"}, False),
        ({"products": ["a"]}, {"productKeys": ["a"]}, True),
        ({"products": ["a"]}, {"productKeys": ["a", "b"]}, False),
        ({"sources": ["assertion:a\tb\tc"]}, {}, True),
        ({"sources": ["assertion:a\tb\td"]}, {}, False),
        ({"texts": [["42"]]}, {"table": {"rows": [{"cells": ["price", "42"]}]}}, True),
    ],
)
def test_an_answer_is_right_as_a_whole(
    row: dict[str, Any], given: dict[str, Any], right: bool
) -> None:
    assert is_right(QuestionRow("?", "en", "attribute", **row), answer(**given)) is right


def test_claims_without_sources_and_unknown_sources_are_counted() -> None:
    judgement = AnswerJudgement()
    row = QuestionRow("How much is it?", "en", "attribute", texts=[["red"]])
    judgement.judge(row, answer(), {"assertion:a\tb\tc": ""}, 10.0)
    unproved = [
        {"text": "It costs 5 EUR.", "sources": []},
        {"text": "Nothing is known of “Case 5”.", "sources": []},
    ]
    judgement.judge(row, answer(statements=unproved), {}, 10.0)
    refused = QuestionRow("How much is it?", "en", "attribute", answerable=False)
    judgement.judge(refused, answer("UNKNOWN", statements=[], sources=[]), {}, 10.0)
    judgement.judge(refused, answer(), {}, 10.0)
    measures = judgement.measures()
    assert (measures["answered_right"], measures["refused_right"]) == (1.0, 0.5)
    assert measures["claims_without_source"] == pytest.approx(1 / judgement.claims)
    assert measures["citations_right"] == pytest.approx(1 / 3)


def catalogue(categories: int = 9) -> QueryCatalogue:
    names = [NameRow("Brand", f"brand:{one.casefold()}", one, 30) for one in BRANDS]
    names += [NameRow("Category", f"category:c{n}", f"Things {n}a", 10) for n in range(categories)]
    names += [NameRow("Value", f"value:colour={one}", one, 20, "colour") for one in COLOURS]
    products = [
        SampleRow(
            f"{BRANDS[n % 3]} gadget model X{n}",
            [f"brand:{BRANDS[n % 3].casefold()}", f"category:c{n % categories}",
             f"value:colour={COLOURS[n % 4]}"],
            10.0 + n, "EUR", f"product:shop:{n}",
        )
        for n in range(90)
    ]  # fmt: skip
    return QueryCatalogue(names, products)


def test_questions_are_the_same_by_seed_and_their_facts_hold(tmp_path: Path) -> None:
    made = make_questions(catalogue(), "tuned", 40, 5, ["en", "zh"])
    assert made.rows == make_questions(catalogue(), "tuned", 40, 5, ["en", "zh"]).rows
    assert len(made.rows) == 80
    assert sum(not row.answerable for row in made.rows) == 24
    write_questions(made.rows, tmp_path / "q.jsonl")
    assert read_questions(tmp_path / "q.jsonl") == made.rows
    withheld = {one for row in made.rows for one in row.withheld}
    facts = {product.key: product.facts for product in catalogue().products}
    for row in made.rows:
        for source in row.sources if row.answerable else ():
            if source.startswith("assertion:"):
                product, _, tail = source.removeprefix("assertion:").split("\t")
                assert tail in facts[product]
                assert f"{product}\t{tail}" not in withheld


def test_each_answerable_question_has_its_plan() -> None:
    made = make_questions(catalogue(), "fresh", 40, 5, ["en", "zh"])
    for row in made.rows:
        if row.answerable and row.kind != "policy":
            assert row.plan is not None, row
            parse_plan(row.plan)


def test_questions_over_several_edges_have_plans() -> None:
    made = make_hop_questions(catalogue(10), 20, 5, ["en", "zh"])
    assert made == make_hop_questions(catalogue(10), 20, 5, ["en", "zh"])
    assert len(made.rows) == 40
    assert len({row.kind for row in made.rows}) == 10
    assert made.reviews
    for row in made.rows:
        assert row.answerable
        assert row.plan is not None
        plan = parse_plan(row.plan)
        if plan.op == "path":
            assert len(plan.steps) >= 2


def test_plans_are_counted_by_maker_and_kind() -> None:
    judgement = PlanJudgement()
    for language, right in (("en", True), ("zh", False)):
        row = QuestionRow("?", language, "path", plan={"op": "path"})
        judgement.judge(row, "rules", [], right=right)
    assert judgement.measures("rules") == {
        "execution_accuracy": 0.5, "execution_accuracy en": 1.0, "execution_accuracy zh": 0.0,
        "execution_accuracy path": 0.5,
    }  # fmt: skip
    assert [row.language for row, _, _ in judgement.errors] == ["zh"]


def test_a_file_of_another_form_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text(
        '{"question": "x", "language": "en", "kind": "a"}\n{"q": 1}\n'
    )
    with pytest.raises(EvaluationDataError, match="Line 2"):
        read_questions(tmp_path / "q.jsonl")
