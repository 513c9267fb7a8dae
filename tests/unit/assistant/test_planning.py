"""From questions to plans: what is named, what is asked, and what is not known."""

from datetime import date
from typing import Any

import pytest

from catalograph.assistant.answers.relevance import choose_passages
from catalograph.assistant.intents import UnderstoodTurn, load_intents, understand_turn
from catalograph.assistant.planning import Gap, plan_turn
from catalograph.assistant.planning.links import find_products
from catalograph.assistant.query_understanding import SearchVocabulary
from catalograph.assistant.retrieval import FoundPassage
from catalograph.ml.encoders import PACKAGED_MODEL, load_encoder
from catalograph.schema.query_plan import PolicyPlan
from catalograph.settings import load_settings
from catalograph.store.queries.vocabulary import NameRow, SampleRow

CASE, CAMERA, OTHER, CUP = (f"product:shop:{name}" for name in ("case", "cam1", "cam2", "cup"))
NAMES = [
    NameRow("Brand", "brand:acme", "Acme", 3),
    NameRow("Brand", "brand:zeta", "Zeta", 2),
    NameRow("Category", "category:photo/cameras", "Cameras", 3),
    NameRow("Category", "category:cases", "Cases", 2),
    NameRow("Value", "value:colour=red", "red", 3, "colour"),
    NameRow("Value", "value:colour=blue", "blue", 3, "colour"),
    NameRow("Value", "value:material=leather", "leather", 2, "material"),
    NameRow("Fit", "value:compatible with=samsung galaxy s7", "Samsung Galaxy S7", 1),
]
MARCH = {"since": "2026-03-01", "until": "2026-03-31"}
RED, CAMERAS = "value:colour=red", "category:photo/cameras"
PRODUCTS = [
    SampleRow("Zeta Armor Case S7 - Red", ["brand:zeta", RED, "category:cases"], 15.0, "EUR", CASE),
    SampleRow("Acme Snap 200 camera", ["brand:acme", RED, CAMERAS], 120.0, "EUR", CAMERA),
    SampleRow("Acme Snap 300 camera", ["brand:acme", "value:colour=blue", CAMERAS], 150.0, "EUR",
              OTHER),
    SampleRow("膳魔师 红色保温杯 500ml", ["brand:acme", RED], 99.0, "CNY", CUP),
]  # fmt: skip


@pytest.fixture(scope="module")
def vocabulary() -> SearchVocabulary:
    return SearchVocabulary(NAMES, PRODUCTS)


@pytest.fixture(scope="module")
def understand(vocabulary: SearchVocabulary) -> Any:
    encoder, model = load_encoder(load_settings(), name=PACKAGED_MODEL), load_intents(None)

    def read(text: str) -> UnderstoodTurn:
        return understand_turn(text, model, encoder, vocabulary)

    return read


@pytest.mark.parametrize(
    ("question", "plan"),
    [
        ("How much is the Acme Snap 200 camera?",
         {"op": "facts", "products": [CAMERA], "properties": ["price"]}),
        ("膳魔师 红色保温杯 500ml多少钱？",
         {"op": "facts", "products": [CUP], "properties": ["price"]}),
        ("What is the colour of the Acme Snap 200 camera?",
         {"op": "facts", "products": [CAMERA], "attributes": ["attribute:colour"]}),
        ("Is the colour of the Acme Snap 200 camera red?",
         {"op": "facts", "products": [CAMERA], "values": [{"keys": [RED]}]}),
        ("Compare the Acme Snap 200 camera and the Acme Snap 300 camera.",
         {"op": "compare", "products": [CAMERA, OTHER]}),
        ("Acme Snap 200 camera和Acme Snap 300 camera有什么区别？",
         {"op": "compare", "products": [CAMERA, OTHER]}),
        ("Does the Zeta Armor Case S7 - Red fit a Samsung Galaxy S7?",
         {"op": "facts", "products": [CASE],
          "fits": ["value:compatible with=samsung galaxy s7"]}),
        ("How many cameras do you have?",
         {"op": "aggregate", "of": {"categories": [CAMERAS]}}),
        ("你们有多少款Cameras？", {"op": "aggregate", "of": {"categories": [CAMERAS]}}),
        ("有没有Acme的Cameras？",
         {"op": "find", "of": {"brands": ["brand:acme"], "categories": [CAMERAS]}}),
        ("卖Cameras的品牌有哪些？",
         {"op": "path", "of": {"categories": [CAMERAS]}, "limit": 50,
          "steps": [{"relation": "HAS_BRAND", "to": "Brand"}]}),
        ("Who makes the most cameras in your shop?",
         {"op": "aggregate", "of": {"categories": [CAMERAS]}, "by": "brand"}),
        ("Acme的商品分布在哪些类目？",
         {"op": "path", "of": {"brands": ["brand:acme"]}, "limit": 50,
          "steps": [{"relation": "IN_CATEGORY", "to": "Category"}]}),
        ("What is the average price of Acme products?",
         {"op": "aggregate", "of": {"brands": ["brand:acme"]}, "function": "mean",
          "measure": "price"}),
        ("Which brand has the most cameras?",
         {"op": "aggregate", "of": {"categories": [CAMERAS]}, "by": "brand"}),
        ("What is the cheapest Acme camera?",
         {"op": "find", "of": {"brands": ["brand:acme"], "categories": [CAMERAS]},
          "order": "PRICE_ASC", "limit": 1}),
        ("Which cameras cost at most 130 euros?",
         {"op": "find", "of": {"categories": [CAMERAS], "price_max": 130.0, "currency": "EUR"}}),
        ("Which other products are by the brand of the Acme Snap 200 camera?",
         {"op": "path", "of": {"products": [CAMERA]}, "limit": 50,
          "steps": [{"relation": "HAS_BRAND", "to": "Brand"},
                    {"relation": "HAS_BRAND", "to": "Product"}]}),
        ("What do buyers complain about in the Acme Snap 200 camera?",
         {"op": "opinion", "of": {"products": [CAMERA]}, "sentiment": "negative"}),
        ("Which differences are there between the Acme Snap 200 camera and Acme Snap 300 camera?",
         {"op": "compare", "products": [CAMERA, OTHER]}),
        ("How much was the Acme Snap 200 camera in March?",
         {"op": "facts", "products": [CAMERA], "properties": ["price"], "period": MARCH}),
        ("Acme Snap 200 camera三月份多少钱？",
         {"op": "facts", "products": [CAMERA], "properties": ["price"], "period": MARCH}),
        ("What did customers complain about in Acme cameras in March 2026?",
         {"op": "opinion", "of": {"brands": ["brand:acme"], "categories": [CAMERAS]},
          "sentiment": "negative", "period": MARCH}),
        ("Which brands lost sentiment in March, over what?",
         {"op": "trend", "by": "brand", "period": MARCH}),
        ("三月哪些品牌的口碑下滑了，因为什么？",
         {"op": "trend", "by": "brand", "period": MARCH}),
        ("Which cameras got better reviews in March?",
         {"op": "trend", "of": {"categories": [CAMERAS]}, "period": MARCH,
          "direction": "better"}),
        ("Where is my order 10042?", {"op": "order", "id": "10042"}),
        ("我的订单10042什么时候到？", {"op": "order", "id": "10042", "asks": "arrival"}),
    ],
)  # fmt: skip
def test_a_question_becomes_a_plan(
    understand: Any, vocabulary: SearchVocabulary, question: str, plan: dict[str, Any]
) -> None:
    planned = plan_turn(understand(question), vocabulary, today=date(2026, 4, 20))
    found = [
        one.model_dump(mode="json", exclude_defaults=True) | {"op": one.op} for one in planned.plans
    ]
    assert found == [plan]


def test_a_turn_without_a_name_is_about_the_conversation(
    understand: Any, vocabulary: SearchVocabulary
) -> None:
    turn = understand("How much is it?")
    assert plan_turn(turn, vocabulary).gap is Gap.PRODUCT
    [plan] = plan_turn(turn, vocabulary, [CAMERA]).plans
    assert plan.model_dump(exclude_defaults=True)["products"] == [CAMERA]


def test_words_of_a_title_name_its_product_and_names_of_sets_do_not(
    vocabulary: SearchVocabulary,
) -> None:
    [one] = find_products("is the snap 200 camera good", vocabulary)
    assert one.keys == (CAMERA,)
    assert find_products("cameras by Acme", vocabulary) == []


def found(language: str, heading: str, text: str, near: float | None = None) -> FoundPassage:
    row = {"language": language, "heading": heading, "text": text, "document": {"key": heading}}
    return FoundPassage(row, 1.0, near, 0.0)


def chosen(question: str, language: str, *rows: FoundPassage, intent: str | None = None) -> Any:
    plan = PolicyPlan(query=question, intent=intent)
    return [row["heading"] for row in choose_passages(plan, rows, language)]


def test_words_choose_the_passages_about_a_question() -> None:
    rows = (
        found("en", "Payment methods", "We accept credit cards."),
        found("en", "Returns", "You may return items within 30 days."),
        found("zh", "退货政策", "商品可在30天内退货。"),
    )
    assert chosen("Can I return an item?", "en", *rows, intent="check_refund_policy") == ["Returns"]
    assert chosen("可以退货吗？", "zh", *rows) == ["退货政策"]
    assert chosen("Do you repair watches?", "en", *rows) == []


def test_meaning_chooses_where_words_differ_and_refuses_where_it_is_far() -> None:
    near, far = 0.7, 0.3
    assert chosen("Can I send it back?", "en", found("en", "Returns", "30 days.", near)) == [
        "Returns"
    ]
    assert chosen("Can I return it?", "en", found("en", "Return key", "Press return.", far)) == []
    assert chosen("能打折吗？", "zh", found("zh", "学生优惠", "学生九折。", 0.8)) == ["学生优惠"]
