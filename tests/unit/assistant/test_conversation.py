"""What turns refer to, what is carried and dropped, what is asked, and when a person helps."""

from collections.abc import Sequence
from typing import Any

import pytest

from catalograph.assistant.answers import AnswerStatus
from catalograph.assistant.conversation import PastTurn, plan_follow_up, read_state
from catalograph.assistant.conversation.clarify import choose_question
from catalograph.assistant.conversation.hand_over import asks_for_person, find_reason, write_note
from catalograph.assistant.conversation.refine import merge_sets
from catalograph.assistant.intents import FoundIntent, UnderstoodTurn
from catalograph.assistant.intents.clauses import Clause
from catalograph.assistant.intents.mood import is_angry, judge_turn
from catalograph.assistant.planning import Gap
from catalograph.assistant.query_understanding import SearchVocabulary
from catalograph.ml.script import language_of
from catalograph.schema import Sentiment
from catalograph.schema.dialogue import HandOverReason
from catalograph.schema.query_plan import (
    FactsPlan,
    FindPlan,
    OrderPlan,
    ProductSet,
    QueryPlan,
    ValueGroup,
    parse_plan,
)
from catalograph.store.queries.plans import ProductFact, StatedProduct
from catalograph.store.queries.vocabulary import NameRow, SampleRow

RED, BLUE, TEA = (f"product:shop:{name}" for name in ("red", "blue", "tea"))
CAMERAS, TEAS = "category:photo/cameras", "category:food/tea"
COLOUR = {"red": "value:colour=red", "blue": "value:colour=blue"}
NAMES = [
    NameRow("Brand", "brand:acme", "Acme", 2),
    NameRow("Brand", "brand:leaf", "Leaf", 1),
    NameRow("Category", CAMERAS, "Cameras", 2),
    NameRow("Category", TEAS, "Tea", 1),
    NameRow("Value", COLOUR["red"], "red", 2, "colour"),
    NameRow("Value", COLOUR["blue"], "blue", 1, "colour"),
]
PRODUCTS = [
    SampleRow("Snap One", ["brand:acme", COLOUR["red"], CAMERAS], 100.0, "EUR", RED),
    SampleRow("Snap Two", ["brand:acme", COLOUR["blue"], CAMERAS], 120.0, "EUR", BLUE),
    SampleRow("Morning leaves", ["brand:leaf", COLOUR["red"], TEAS], 5.0, "EUR", TEA),
]


def product(row: SampleRow) -> StatedProduct:
    """Return a product as the graph states it."""
    brand, colour, category = row.facts
    return StatedProduct(
        str(row.key), row.title, True, None, {"price": row.price, "currency": "EUR"},
        (
            ProductFact("HAS_BRAND", brand, brand.partition(":")[2]),
            ProductFact("HAS_VALUE", colour, colour.partition("=")[2], "colour"),
            ProductFact("IN_CATEGORY", category, category.rpartition("/")[2]),
        ),
    )  # fmt: skip


SHOWN = {str(row.key): product(row) for row in PRODUCTS}
FOUND = PastTurn(
    "Which cameras?", AnswerStatus.ANSWERED, ("search",), None,
    (FindPlan(of=ProductSet(categories=[CAMERAS])),), (RED, BLUE),
)  # fmt: skip
PRICED = PastTurn(
    "How much is Snap One?", AnswerStatus.ANSWERED, ("price",), None,
    (FactsPlan(products=[RED], properties=["price"]),), (RED,),
)  # fmt: skip
ORDERED = PastTurn(
    "Where is order 7?", AnswerStatus.ANSWERED, ("track_order",), None, (OrderPlan(id="7"),), ()
)


@pytest.fixture(scope="module")
def vocabulary() -> SearchVocabulary:
    return SearchVocabulary(NAMES, PRODUCTS)


def turn(text: str, intent: str = "none") -> UnderstoodTurn:
    found = FoundIntent(intent, 0.9, Clause(text, 0, len(text)))
    return UnderstoodTurn(text, language_of(text), (found,), judge_turn(text), (), ())


@pytest.mark.parametrize(
    ("past", "text", "plan"),
    [
        ([FOUND], "How much is the second one?",
         {"op": "facts", "products": [BLUE], "properties": ["price"]}),
        ([FOUND], "第二个多少钱？", {"op": "facts", "products": [BLUE], "properties": ["price"]}),
        ([FOUND, PRICED], "And the last one?",
         {"op": "facts", "products": [BLUE], "properties": ["price"]}),
        ([FOUND, PRICED], "最后一个呢？",
         {"op": "facts", "products": [BLUE], "properties": ["price"]}),
        ([FOUND], "What colour is the more expensive one?",
         {"op": "facts", "products": [BLUE], "attributes": ["attribute:colour"]}),
        ([FOUND], "How much is the red one?",
         {"op": "facts", "products": [RED], "properties": ["price"]}),
        ([FOUND], "那个红色的多少钱？",
         {"op": "facts", "products": [RED], "properties": ["price"]}),
        ([FOUND, PRICED], "And what does the other one cost?",
         {"op": "facts", "products": [BLUE], "properties": ["price"]}),
        ([FOUND, PRICED], "另一个多少钱？",
         {"op": "facts", "products": [BLUE], "properties": ["price"]}),
        ([PRICED], "Who makes it?", {"op": "facts", "products": [RED], "properties": ["brand"]}),
        ([PRICED], "它是什么牌子的？",
         {"op": "facts", "products": [RED], "properties": ["brand"]}),
        ([PRICED], "What about Snap Two?",
         {"op": "facts", "products": [BLUE], "properties": ["price"]}),
        ([PRICED], "那Snap Two呢？",
         {"op": "facts", "products": [BLUE], "properties": ["price"]}),
        ([PRICED], "Compare it with Snap Two.", {"op": "compare", "products": [RED, BLUE]}),
        ([FOUND], "Cheaper ones?",
         {"op": "find", "of": {"categories": [CAMERAS], "price_max": 99.99, "currency": "EUR"}}),
        ([FOUND], "太贵了，便宜一点的",
         {"op": "find", "of": {"categories": [CAMERAS], "price_max": 99.99, "currency": "EUR"}}),
        ([PRICED], "Something more expensive?",
         {"op": "find", "of": {"categories": [CAMERAS], "price_min": 100.01, "currency": "EUR"}}),
        ([FOUND], "And in blue?",
         {"op": "find", "of": {"categories": [CAMERAS],
                               "values": [{"keys": [COLOUR["blue"]]}]}}),
        ([FOUND], "Which of them is the cheapest?",
         {"op": "find", "of": {"products": [RED, BLUE]}, "order": "PRICE_ASC", "limit": 1}),
        ([FOUND], "哪个最便宜？",
         {"op": "find", "of": {"products": [RED, BLUE]}, "order": "PRICE_ASC", "limit": 1}),
        ([FOUND], "What about tea?", {"op": "find", "of": {"categories": [TEAS]}}),
        ([FOUND, PRICED], "What is the cheapest Leaf product?",
         {"op": "find", "of": {"brands": ["brand:leaf"]}, "order": "PRICE_ASC", "limit": 1}),
        ([ORDERED], "When will it arrive?", {"op": "order", "id": "7", "asks": "arrival"}),
        ([ORDERED], "什么时候到？", {"op": "order", "id": "7", "asks": "arrival"}),
    ],
)  # fmt: skip
def test_a_turn_means_what_the_conversation_says(
    vocabulary: SearchVocabulary, past: Sequence[PastTurn], text: str, plan: dict[str, Any]
) -> None:
    planned = plan_follow_up(turn(text), read_state(past), SHOWN, vocabulary).planned
    assert planned.plans == (parse_plan(plan),)


def test_it_after_a_list_may_be_any_of_it(vocabulary: SearchVocabulary) -> None:
    found = plan_follow_up(turn("How much is it?"), read_state([FOUND]), SHOWN, vocabulary)
    assert found.choices == (RED, BLUE)


def test_what_there_is_not_is_not_referred_to(vocabulary: SearchVocabulary) -> None:
    found = plan_follow_up(turn("And the fourth one?"), read_state([FOUND]), SHOWN, vocabulary)
    assert found.planned.gap is Gap.PRODUCT
    asked = turn("How much is it?", "price")
    assert plan_follow_up(asked, read_state([]), {}, vocabulary).planned.gap is Gap.PRODUCT


def test_a_chosen_product_gets_the_answer_that_waited(vocabulary: SearchVocabulary) -> None:
    asked = PastTurn(
        "How much is it?", AnswerStatus.UNCLEAR, ("price",), None,
        (FactsPlan(products=[RED, BLUE], properties=["price"]),), (RED, BLUE),
    )  # fmt: skip
    found = plan_follow_up(turn("The second."), read_state([FOUND, asked]), SHOWN, vocabulary)
    assert found.planned.plans == (FactsPlan(products=[BLUE], properties=["price"]),)


def test_the_products_of_the_page_are_what_it_means(vocabulary: SearchVocabulary) -> None:
    found = plan_follow_up(turn("How much is it?"), read_state([], [TEA]), SHOWN, vocabulary)
    assert found.planned.plans == (FactsPlan(products=[TEA], properties=["price"]),)


def test_another_subject_drops_the_search() -> None:
    other = PastTurn(
        "Who makes Morning leaves?", AnswerStatus.ANSWERED, (), None,
        (FactsPlan(products=[TEA], properties=["brand"]),), (TEA,),
    )  # fmt: skip
    assert read_state([FOUND, PRICED]).find is not None
    state = read_state([FOUND, other])
    assert (state.find, state.focus, state.listed) == (None, (TEA,), (RED, BLUE))


def test_a_search_without_a_result_changes_nothing() -> None:
    empty = PastTurn(
        "Cheaper?", AnswerStatus.UNKNOWN, (), None,
        (FindPlan(of=ProductSet(categories=[CAMERAS], price_max=1.0)),),
    )  # fmt: skip
    state = read_state([FOUND, empty])
    assert (state.find, state.listed) == (FOUND.plans[0], (RED, BLUE))


def test_conditions_are_replaced_by_kind_and_dropped_where_nothing_meets_them(
    vocabulary: SearchVocabulary,
) -> None:
    old = ProductSet(
        brands=["brand:acme"], categories=[CAMERAS], price_max=150.0, currency="EUR",
        values=[ValueGroup(keys=[COLOUR["red"]])],
    )  # fmt: skip
    blue = merge_sets(old, ProductSet(values=[ValueGroup(keys=[COLOUR["blue"]])]), vocabulary)
    assert [group.keys for group in blue.values] == [[COLOUR["blue"]]]
    assert (blue.brands, blue.price_max) == (["brand:acme"], 150.0)
    tea = merge_sets(blue, ProductSet(categories=[TEAS]), vocabulary)
    assert (tea.brands, tea.values, tea.price_max) == ([], [], 150.0)
    not_red = merge_sets(old, ProductSet(without=[COLOUR["red"]]), vocabulary)
    assert (not_red.values, not_red.without) == ([], [COLOUR["red"]])


def test_the_question_is_about_what_parts_the_products_best() -> None:
    def made(n: int, brand: str, colour: str) -> StatedProduct:
        facts = (
            ProductFact("HAS_BRAND", f"brand:{brand}", brand),
            ProductFact("HAS_VALUE", f"value:colour={colour}", colour, "colour"),
            ProductFact("HAS_VALUE", f"value:model={n}", str(n), "model"),
        )
        return StatedProduct(f"product:shop:{n}", f"No {n}", True, None, {}, facts)

    colours = ["red", "blue", "black", "green"]
    found = [made(n, "acme" if n else "zeta", colours[n % 4]) for n in range(24)]
    plan = FindPlan(of=ProductSet(categories=[CAMERAS]))
    question = choose_question(plan, found, "en")
    assert question is not None
    assert question.about == "colour"
    assert [one.products for one in question.options] == [6, 6, 6, 6]
    given = plan.model_copy(
        update={"of": ProductSet(values=[ValueGroup(keys=["value:colour=red"])])}
    )
    other = choose_question(given, found, "zh")
    assert other is None or other.about != "colour"
    assert choose_question(plan, found[:5], "en") is None


@pytest.mark.parametrize(
    ("text", "angry"),
    [
        ("This is ridiculous, never again!", True),
        ("你们太过分了，我要投诉！", True),
        ("The packaging was bad.", False),
        ("Thanks a lot!", False),
        ("便宜一点的有吗？", False),
    ],
)
def test_anger_is_more_than_bad_news(text: str, angry: bool) -> None:
    assert is_angry(text) is angry


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("I want to talk to a real person", True),
        ("转人工客服", True),
        ("Is this a manual for people?", False),
        ("客服电话是多少？", False),
    ],
)
def test_who_asks_for_a_person(text: str, asks: bool) -> None:
    assert asks_for_person(text, []) is asks


def test_two_open_turns_and_two_bad_moods_hand_over() -> None:
    def past(status: AnswerStatus, mood: Sentiment | None = None, *names: str) -> PastTurn:
        return PastTurn("Do you repair it?", status, ("none",), mood, (), names)

    unknown, unclear = past(AnswerStatus.UNKNOWN), past(AnswerStatus.UNCLEAR)
    assert find_reason(unknown, [unclear], asks_person=False) is HandOverReason.UNANSWERED
    assert find_reason(unknown, [], asks_person=False) is None
    listed = past(AnswerStatus.UNCLEAR, None, RED, BLUE)
    assert find_reason(listed, [unknown], asks_person=False) is None
    bad = past(AnswerStatus.ANSWERED, Sentiment.NEGATIVE)
    assert find_reason(bad, [bad], asks_person=False) is HandOverReason.ANGER
    assert find_reason(bad, [listed], asks_person=False) is None


@pytest.mark.parametrize(("language", "word"), [("en", "not known"), ("zh", "没有相关信息")])
def test_the_note_says_what_was_tried(language: str, word: str) -> None:
    plans: tuple[QueryPlan, ...] = (FactsPlan(products=[RED], properties=["price"]),)
    last = PastTurn("Why?", AnswerStatus.UNKNOWN, (), Sentiment.NEGATIVE, plans, ())
    note = write_note(HandOverReason.ANGER, [PRICED, last], language)
    assert PRICED.text in note.summary
    assert word in note.tried[-1]
    assert len(note.tried) == 2
