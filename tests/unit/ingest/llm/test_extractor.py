"""What is asked, what is believed, and how every product is accounted for."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalograph.errors import ModelOutputError, TrainingDataError
from catalograph.ingest.extract.protocol import ProductText
from catalograph.ingest.llm import (
    AttributeGuide,
    Completion,
    CompletionRequest,
    DemonstrationIndex,
    FailureKind,
    Gateway,
    LanguageModelExtractor,
    llm_extractor,
    read_demonstration,
)
from catalograph.ingest.llm.grounding import RefusalReason, locate
from catalograph.ingest.llm.json_schema import compile_schema, parse
from catalograph.schema import Span
from catalograph.settings import load_settings
from tests.model_endpoint import values

ROWS: list[dict[str, Any]] = [
    {
        "input": "Vans Classic Slip-On, Black",
        "category": "Shoes",
        "target_scores": {"Brand": {"Vans": 1}, "Color": {"Black": 1}, "Size": {"n/a": 1}},
    },
    {
        "input": "Crocs Ballet Flat, Nautical Navy, 4 M US",
        "category": "Shoes",
        "target_scores": {"Brand": {"Crocs": 1}, "Color": {"Nautical Navy": 1}},
    },
    {
        "input": "Kona Blend Coffee, 42 Count",
        "category": "Coffee",
        "target_scores": {"Flavor": {"Kona Blend": 1}, "Net content": {"42 Count": 1}},
    },
]


class Scripted:
    """Answers one thing and remembers the questions."""

    def __init__(self, said: str) -> None:
        self.said = said
        self.asked: list[CompletionRequest] = []

    async def complete(self, request: CompletionRequest) -> Completion:
        self.asked.append(request)
        return Completion(self.said, 50, 10)


def extractor(
    home: Path, said: str, *, few: bool = True, **llm: object
) -> tuple[LanguageModelExtractor, Scripted]:
    model = Scripted(said)
    settings = load_settings(home=home, llm={"model": "m", "demonstrations": 1} | llm)
    solved = [read_demonstration(row) for row in ROWS]
    shown = DemonstrationIndex(solved if few else [])
    return LanguageModelExtractor(Gateway(settings, model), AttributeGuide(solved), shown), model


def test_accepted_refused_and_why(tmp_path: Path) -> None:
    said = values(
        ("Brand", "crocs"), ("color", "ＮＡＶＹ"), ("Color", "Nav"), ("Size", "n/a"),
        ("Size", "10"), ("price", "4"), ("Brand", "Crocs"), ("Color", "Nautical " * 20),
    )  # fmt: skip
    reader, _ = extractor(tmp_path, said, price_in=1.0, price_out=10.0)
    product = ProductText("product:t:1", {"title": "Crocs Flat, Navy"}, "Shoes")
    (outcome,) = reader.run([product])
    assert [(f.attribute, f.name, f.span) for f in outcome.findings] == [
        ("Brand", "Crocs", Span("title", 0, 5)),
        ("Color", "Navy", Span("title", 12, 16)),
    ]
    assert [r.reason for r in outcome.refused] == [
        RefusalReason.NOT_IN_TEXT,
        RefusalReason.NO_VALUE,
        RefusalReason.NOT_IN_TEXT,
        RefusalReason.UNKNOWN_ATTRIBUTE,
        RefusalReason.REPEATED,
        RefusalReason.TOO_LONG,
    ]
    assert (outcome.attempts, outcome.tokens_in, outcome.tokens_out) == (1, 50, 10)
    assert outcome.cost == pytest.approx(150e-6)
    assert reader.report()["dollars_per_triple"] == pytest.approx(75e-6)
    assert reader.report()["tokens_per_triple"] == 30
    support = outcome.findings[0].support()
    assert (support.extractor, support.model) == ("llm", "m")
    assert support.prompt_hash


def test_the_nearest_case_is_shown_and_personal_data_are_not(tmp_path: Path) -> None:
    reader, model = extractor(tmp_path, values(("Color", "[EMAIL_1]")))
    title = "Classic Slip-On, write to jane@example.com"
    (outcome,) = reader.run([ProductText("product:t:1", {"title": title}, "Shoes")])
    system, shown, answer, question = model.asked[0].messages
    assert '- "Color": "Black", "Nautical Navy"' in system.content
    assert "Flavor" not in system.content
    assert "Vans Classic Slip-On" in shown.content
    assert json.loads(answer.content) == {
        "values": [
            {"attribute": "Brand", "value": "Vans"},
            {"attribute": "Color", "value": "Black"},
        ]
    }
    assert "jane" not in "".join(m.content for m in model.asked[0].messages)
    assert "write to [EMAIL_1]" in question.content
    assert [f.name for f in outcome.findings] == ["jane@example.com"]


def test_zero_shot_shows_no_cases(tmp_path: Path) -> None:
    reader, model = extractor(tmp_path, values(), few=False)
    reader.run([ProductText("product:t:1", {"title": "Classic"}, "Shoes")])
    assert [m.role for m in model.asked[0].messages] == ["system", "user"]


def test_nothing_is_asked_where_columns_tell_all_or_there_is_no_text(tmp_path: Path) -> None:
    reader, model = extractor(tmp_path, values())
    known = frozenset({"Brand", "Color", "Size"})
    outcomes = reader.run(
        [
            ProductText("product:t:1", {"title": "Classic"}, "Shoes", known),
            ProductText("product:t:2", {"title": ""}, "Shoes"),
        ]
    )
    assert [(o.key, o.failure) for o in outcomes] == [("product:t:1", None), ("product:t:2", None)]
    assert model.asked == []


def test_an_estimate_asks_nothing_and_knows_what_is_known(tmp_path: Path) -> None:
    reader, model = extractor(tmp_path, values())
    products = [ProductText(f"product:t:{n}", {"title": f"Shoe {n}"}, "Shoes") for n in range(4)]
    reader.run(products[:1])
    told = reader.estimate(products)
    assert (told.requests, told.cached, len(model.asked)) == (4, 1, 1)
    assert told.sent > 3 * 100


def test_a_spent_budget_sets_the_rest_aside(tmp_path: Path) -> None:
    reader, model = extractor(tmp_path, values(), budget_tokens=4_000, concurrency=1)
    products = [ProductText(f"product:t:{n}", {"title": f"Shoe {n}"}, "Shoes") for n in range(60)]
    outcomes = reader.run(products)
    aside = [o for o in outcomes if o.failure]
    assert len(outcomes) == len(aside) + len(model.asked) == 60
    assert {o.failure.kind for o in aside if o.failure} == {FailureKind.BUDGET}
    assert 0 < reader.report()["sent"] + reader.report()["received"] <= 4_000


def test_order_of_outcomes_is_that_of_products(tmp_path: Path) -> None:
    reader, _ = extractor(tmp_path, values())
    products = [
        ProductText(f"product:t:{n}", {"title": f"Shoe {n}"}, category)
        for n, category in enumerate(["Shoes", "Coffee", None, "Shoes", "Coffee"])
    ]
    assert [o.key for o in reader.run(products)] == [p.key for p in products]


def test_halves_of_surrogate_pairs_are_survived(tmp_path: Path) -> None:
    reader, _ = extractor(tmp_path, values(("Brand", "Vans")))
    (outcome,) = reader.run([ProductText("product:t:1", {"title": "\ud83d Vans"}, "Shoes")])
    assert [f.span for f in outcome.findings] == [Span("title", 2, 6)]


def test_rows_of_either_form_are_learned_from(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path, llm={"base_url": "http://127.0.0.1:9", "model": "m"})
    assert llm_extractor(settings, ROWS, "few-shot").version != (
        llm_extractor(settings, ROWS, "zero-shot").version
    )
    pave = {
        "input_title": "A",
        "input_description": "B",
        "target_scores": {"X": {"A": {"pid": [0]}}},
    }
    assert read_demonstration(pave).texts == {"title": "A", "description": "B"}
    with pytest.raises(TrainingDataError, match="target_scores"):
        read_demonstration({"title": "A"})


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "no complete JSON"),
        ("no", "no complete JSON"),
        ('{"values": [', "no complete JSON"),
        ("[]", "the whole: Input should be a valid dictionary"),
        ('{"values": {}}', "values: Input should be a valid list"),
        ('{"values": [{"attribute": "a", "value": 4}]}', "values.0.value"),
        ('{"values": [{"attribute": "a", "value": "4", "key": "product:x:1"}]}', "values.0.key"),
        ('{"values": [], "more": 1}', "more"),
    ],
)
def test_the_fault_of_an_answer_is_told(text: str, fault: str) -> None:
    with pytest.raises(ModelOutputError, match=fault):
        parse(text)


def test_a_fence_and_prose_around_an_answer_are_passed_over() -> None:
    assert parse(f"```json\n{values(('a', 'b'))}\n```\nHope it helps!")[0].value == "b"


def test_a_schema_allows_what_was_asked_and_no_more() -> None:
    schema = compile_schema("Shoes", {"brand": ("Vans",), "used for": (), "colour": ()})
    stated = schema["properties"]["values"]["items"]
    assert stated["properties"]["attribute"]["enum"] == ["brand", "used for", "colour"]
    assert "brand: Vans" in stated["properties"]["attribute"]["description"]
    assert stated["additionalProperties"] is schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("value", "text", "found"),
    [
        ("red", "Bored Red", (6, 9)),
        ("red", "Bored", None),
        ("10", "100 10-pack", (4, 6)),
        ("16", "16GB", (0, 2)),
        ("nautical navy", "Nautical  Navy", (0, 14)),
        ("红色", "纯棉红色衬衫", (2, 4)),
        ("XL", "size ＸＬ", (5, 7)),
        ("café", "Cafe\u0301 set", (0, 5)),
        ("secret", "s\u200becret", (0, 7)),
        ("", "text", None),
    ],
)
def test_where_a_value_stands(value: str, text: str, found: tuple[int, int] | None) -> None:
    assert locate(value, text) == found


@given(st.text(max_size=40), st.text(min_size=1, max_size=10))
def test_a_span_lies_in_its_text(text: str, value: str) -> None:
    found = locate(value, text)
    if found:
        assert 0 <= found[0] < found[1] <= len(text)


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_value_between_marks_is_found(before: str, after: str) -> None:
    text = f"{before}, Nautical Navy; {after}"
    found = locate("Nautical Navy", text)
    assert found is not None
    assert text[found[0] : found[1]] == "Nautical Navy"
