"""The verifier of wordings: citations, numbers, units, dates, names and claims."""

from decimal import Decimal

import pytest

from catalograph.assistant.cited_quantities import find_dates, find_numbers, plain_text
from catalograph.assistant.verifier import (
    CitedSentence,
    CitedSource,
    FaultKind,
    WordingFault,
    plain_words,
    verify,
)

SOURCES = {
    "title": CitedSource("Sony WH-1000XM4 headphones with 2 ear pads, not for swimming"),
    "colour": CitedSource("colour: red 颜色：红色", ("colour", "颜色")),
    "material": CitedSource("material: cotton 材质：棉", ("material", "材质")),
    "weight": CitedSource("weight: 1,299 g 重量：1299克", ("weight", "重量")),
    "height": CitedSource("height: 5 cm 高度：5厘米", ("height", "高度")),
    "price": CitedSource("price: 1299.00 USD"),
    "policy": CitedSource(
        "Returns are free within 30 days. 三十天内可以退货。Shipped on 2026-03-01."
    ),
    "waterproof": CitedSource("waterproof: no\n防水：否\n不防尘", ("waterproof", "防水")),
}


def faults(text: str, *citations: str, words: bool = True) -> list[tuple[str, str]]:
    found = verify([CitedSentence(text, citations)], SOURCES, plain_words() if words else None)
    return [(str(fault.kind), fault.text) for fault in found]


@pytest.mark.parametrize(
    ("text", "citations"),
    [
        ("The Sony WH-1000XM4 comes with two ear pads.", ["title"]),
        ("These are Sony's headphones.", ["title"]),
        ("It is not for swimming.", ["title"]),
        ("The colour is red.", ["colour"]),
        ("The weight is 1299.00 grams and the height is 5 centimetres.", ["weight", "height"]),
        ("Weight: 1,299 g; height: 5 cm; colour: red.", ["weight", "height", "colour"]),
        ("The colour is red and the material is cotton.", ["colour", "material"]),
        ("It costs $1,299.", ["price"]),
        ("Returns are free within thirty days.", ["policy"]),
        ("Shipped on 1 March 2026.", ["policy"]),
        ("Shipped in March 2026.", ["policy"]),
        ("Waterproof: no.", ["waterproof"]),
        ("防水：否。", ["waterproof"]),
        ("不防尘。", ["waterproof"]),
        ("颜色为红色，重量为1299克。", ["colour", "weight"]),
        ("三十天内可以退货。", ["policy"]),
        ("30天内可以退货。", ["policy"]),
        ("颜色为红色，材质为棉。", ["colour", "material"]),
    ],
)
def test_what_the_sources_say_may_be_said(text: str, citations: list[str]) -> None:
    assert faults(text, *citations) == []


@pytest.mark.parametrize(
    ("text", "citations", "kind"),
    [
        ("The colour is red.", [], FaultKind.UNCITED),
        ("The colour is red.", ["colour", "none"], FaultKind.CITATION),
        ("The weight is 1,298 g.", ["weight"], FaultKind.NUMBER),
        ("It comes with three ear pads.", ["title"], FaultKind.NUMBER),
        ("重量为一千三百克。", ["weight"], FaultKind.NUMBER),
        ("The weight is 1,299 kg.", ["weight"], FaultKind.UNIT),
        ("It costs 1299 EUR.", ["price"], FaultKind.UNIT),
        ("重量为1299公斤。", ["weight"], FaultKind.UNIT),
        ("Shipped on 2 March 2026.", ["policy"], FaultKind.DATE),
        ("2026年4月发货。", ["policy"], FaultKind.DATE),
        ("The Bose WH-1000XM4.", ["title"], FaultKind.NAME),
        ("The Sony WH-1000XM5.", ["title"], FaultKind.NAME),
        ("这是Bose的红色。", ["colour"], FaultKind.NAME),
        ("The “Soul” edition.", ["title"], FaultKind.NAME),
        ("The red colour is waterproof.", ["colour"], FaultKind.CLAIM),
        ("The colour is not red.", ["colour"], FaultKind.CLAIM),
        ("The weight is under 1,299 g.", ["weight"], FaultKind.CLAIM),
        ("颜色不是红色。", ["colour"], FaultKind.CLAIM),
        ("重量不到1299克。", ["weight"], FaultKind.CLAIM),
        ("它防尘。", ["waterproof"], FaultKind.CLAIM),
        ("颜色为红色，防水。", ["colour"], FaultKind.CLAIM),
        ("It is waterproof.", ["waterproof"], FaultKind.CLAIM),
        ("Waterproof: yes.", ["waterproof"], FaultKind.CLAIM),
        ("它防水。", ["waterproof"], FaultKind.CLAIM),
        ("防水：是。", ["waterproof"], FaultKind.CLAIM),
        ("These headphones are for swimming.", ["title"], FaultKind.CLAIM),
        ("Colour: no.", ["colour"], FaultKind.CLAIM),
        ("The weight is 5 cm and the height is 1,299 g.", ["weight", "height"], FaultKind.LABEL),
        ("The weight, the height: 5 cm, 1,299 g.", ["weight", "height"], FaultKind.LABEL),
        ("The material is red and the colour is cotton.", ["material", "colour"], FaultKind.LABEL),
        ("颜色为棉，材质为红色。", ["colour", "material"], FaultKind.LABEL),
        ("The colour is red, see www.example.com.", ["colour"], FaultKind.ADDRESS),
        ("The colour is <b>red</b>.", ["colour"], FaultKind.MARKUP),
        ("The c\u043elour is red.", ["colour"], FaultKind.CLAIM),
    ],
)
def test_what_they_do_not_say_is_a_fault(text: str, citations: list[str], kind: FaultKind) -> None:
    assert str(kind) in [found for found, _ in faults(text, *citations)]


def test_without_a_vocabulary_only_numbers_and_names_are_checked() -> None:
    assert faults("You will love how light the red is.", "colour", words=False) == []
    assert faults("Acme made it in 2020.", "colour", words=False) == [
        ("number", "2020"),
        ("name", "acme"),
    ]


def test_faults_have_the_place_of_their_sentence() -> None:
    sentences = [CitedSentence("Colour: red.", ("colour",)), CitedSentence("Colour: red.", ())]
    found = verify(sentences, SOURCES)
    assert found == [WordingFault(1, FaultKind.UNCITED, "Colour: red.")]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("1,299", "1299", ""),
        ("1299.00 USD", "1299", "USD"),
        ("¥99", "99", "¥"),
        ("99元", "99", "CNY"),
        ("twenty-five hours", "25", "hour"),
        ("two hundred grams", "200", "gram"),
        ("1 1/2 in", "1.5", "inch"),
        ("½ cup", "0.5", ""),
        ("1.5万", "15000", ""),
        ("两年", "2", "year"),
        ("五百毫升", "500", "milliliter"),
        ("-40 °C", "-40", "degree_Celsius"),
        ("3,5 kg", "3.5", "kilogram"),
        ("１２ cm", "12", "centimeter"),
        ("50 %", "50", "%"),
        ("7 in black", "7", ""),
    ],
)
def test_numbers_have_one_form(text: str, value: str, unit: str) -> None:
    [found] = find_numbers(plain_text(text))
    assert (found.value, found.unit) == (Decimal(value), unit)


@pytest.mark.parametrize("text", ["WH-1000XM4", "一款", "S7", "one of these", "Cat6a"])
def test_some_digits_are_names(text: str) -> None:
    assert find_numbers(plain_text(text)) == []


@pytest.mark.parametrize(
    "text",
    ["2026-03-01", "1 March 2026", "March 1st, 2026", "2026年3月1日", "2026/3/1", "1. 3. 2026"],
)
def test_dates_have_one_form(text: str) -> None:
    found = [(one.year, one.month, one.day) for one in find_dates(plain_text(text))]
    assert found == ([] if text == "1. 3. 2026" else [(2026, 3, 1)])
