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
        ("[]", "no complete JSON"),
        ('{"values": {}}', '"values" is no list'),
        ('{"colour": "Red"}', "its keys are colour"),
        ('{"values": [{"colour": "Red"}]}', "None of its 1 values has the form"),
        # A draft among the thoughts is no answer, even if the answer was cut off.
        (f'<think>{values(("colour", "blue"))}</think> {{"values": [{{"att', "no complete JSON"),
        (f"<think>Is it {values(('colour', 'blue'))}? Let me", "no complete JSON"),
    ],
)
def test_the_fault_of_an_answer_is_described(text: str, fault: str) -> None:
    with pytest.raises(ModelOutputError, match=fault):
        parse(text)


BLUE, RED = values(("colour", "blue")), values(("colour", "red"))


@pytest.mark.parametrize(
    "text",
    [
        RED,
        f"```json\n{RED}\n```\nHope it helps!",
        f"<think>Maybe {BLUE}? No {{</think>\n{RED}",
        f"The title says {BLUE}\n</think>\n\n{RED}",
        f"<THINKING>{BLUE}</THINKING>{RED}",
        f"First draft: {BLUE}\nBut the text says red. Final answer: {RED} Done {{:}}",
        f"先想一想：{BLUE}。不对，答案是：{RED}。",
        f'{{"answer": {RED}, "note": "the text says {{red}}"}}',
        json.dumps([{"attribute": "colour", "value": "red"}]),
    ],
)
def test_the_last_complete_object_counts(text: str) -> None:
    assert [(s.attribute, s.value) for s in parse(text).values] == [("colour", "red")]


def test_a_bad_item_does_not_cost_the_rest() -> None:
    items = """{"values": [
        {"attribute": "colour", "value": "red", "confidence": 0.9},
        {"attribute": "pockets", "value": 3},
        {"attribute": "weight", "value": 1.50},
        {"attribute": "washable", "value": true},
        {"attribute": "尺码", "value": ["M", "L", {"eu": 38}]},
        {"attribute": "lining", "value": null},
        {"attribute": "size"},
        {"attribute": 7, "value": "x"},
        {"attribute": "fit", "value": {"is": "slim"}},
        "blue",
        null
    ], "language": "en"}"""
    answer = parse(items)
    assert [(s.attribute, s.value) for s in answer.values] == [
        ("colour", "red"),
        ("pockets", "3"),
        ("weight", "1.50"),
        ("washable", "yes"),
        ("尺码", "M"),
        ("尺码", "L"),
        ("lining", ""),
    ]
    assert answer.dropped == 6


def test_what_is_dropped_is_counted_in_the_report(tmp_path: Path) -> None:
    said = '{"values": [{"attribute": "Color", "value": "Black"}, {"attribute": "Size"}, 4]}'
    reader, model = extractor(tmp_path, said)
    (outcome,) = reader.run([ProductText("product:t:1", {"title": "Slip-On, Black"}, "Shoes")])
    assert ([f.name for f in outcome.findings], outcome.dropped) == (["Black"], 2)
    assert (reader.report()["dropped"], len(model.asked)) == (2, 1)


def test_attributes_of_an_unknown_category_are_proposed(tmp_path: Path) -> None:
    said = values(
        ("Color", "Oak"), ("frame material", "oak"), ("Frame Material", "Oak"), ("price", "99"),
        ("seat_height", "45 cm"), ("This is a very long name of it.", "oak"), ("brand", "Sund"),
    )  # fmt: skip
    reader, model = extractor(tmp_path, said, few=False)
    product = ProductText(
        "product:t:1", {"title": "Sund stool, Oak, 45 cm"}, "Stools", frozenset({"brand"})
    )
    (outcome,) = reader.run([product])
    assert [(f.attribute, f.name, f.extractor) for f in outcome.findings] == [
        ("Color", "Oak", "llm")
    ]
    assert [(f.attribute, f.name, f.span, f.extractor) for f in outcome.proposals] == [
        ("frame material", "Oak", Span("title", 12, 15), "llm proposal"),
        ("seat height", "45 cm", Span("title", 17, 22), "llm proposal"),
    ]
    assert [r.reason for r in outcome.refused] == [
        RefusalReason.REPEATED,
        RefusalReason.NOT_IN_TEXT,
        RefusalReason.UNKNOWN_ATTRIBUTE,
        RefusalReason.REJECTED_ATTRIBUTE,
    ]
    assert reader.report()["proposed"] == 2
    assert "you name the attributes too" in model.asked[0].messages[0].content
    stated = model.asked[0].schema["properties"]["values"]["items"]  # type: ignore[index]
    assert "enum" not in stated["properties"]["attribute"]


def test_an_empty_graph_has_only_proposals(tmp_path: Path) -> None:
    model = Scripted(values(("材质", "实木"), ("颜色", "原木色")))
    settings = load_settings(home=tmp_path, llm={"model": "m"})
    reader = LanguageModelExtractor(Gateway(settings, model), AttributeGuide())
    (outcome,) = reader.run([ProductText("product:t:1", {"title": "实木餐椅 原木色"}, "餐椅")])
    assert outcome.findings == ()
    assert [(f.attribute, f.name) for f in outcome.proposals] == [
        ("材质", "实木"),
        ("颜色", "原木色"),
    ]


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
