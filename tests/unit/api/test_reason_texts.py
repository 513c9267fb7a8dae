"""Texts of reasons: every template in both languages, and what they say."""

import string

import pytest

from catalograph.api.reason_texts import ReasonText, all_templates, short_text, text_of
from catalograph.api.reasons import (
    Contribution,
    FewShoppersContribution,
    IndirectContribution,
    InteractionContribution,
    OtherContribution,
    SharedFactContribution,
    SimilarityContribution,
)
from catalograph.schema import ONTOLOGY
from catalograph.schema.model_kinds import CONTENDERS
from catalograph.store.queries.api_queries import FactRow

ITEM = "product:shop:i"


def shared(
    relation: str, key: str, name: str, strengths: dict[str, float] | None = None
) -> SharedFactContribution:
    products = frozenset({ITEM, "product:shop:j"})
    return SharedFactContribution(
        0.1, "product:shop:j", "Case", FactRow(relation, key, name, 3, products, strengths)
    )


def opinion(mine: float, theirs: float) -> SharedFactContribution:
    strengths = {ITEM: mine, "product:shop:j": theirs}
    return shared("MENTIONS:aspect", "value:aspect=battery", "battery", strengths)


def test_every_fact_has_texts_of_its_own_in_both_languages() -> None:
    for relation in ONTOLOGY.facts:
        assert relation.wording is not None, relation.name
        assert (relation.wording.direct is not None) == relation.links_products
    for key, wording in all_templates():
        names = [
            {name for _, name, _, _ in string.Formatter().parse(text) if name}
            for text in (wording.en, wording.zh)
        ]
        assert names[0] == names[1], key
        assert any("\u4e00" <= letter <= "\u9fff" for letter in wording.zh), key
        assert wording.zh != wording.en
    assert {f"similar.{kind}" for kind in CONTENDERS} <= {key for key, _ in all_templates()}


@pytest.mark.parametrize(
    ("reason", "template", "english", "chinese"),
    [
        (
            InteractionContribution(0.5, "product:shop:j", "Case", 1200),
            "interactions.chosen",
            "Shoppers who chose “Case” also chose this.",
            "选择了“Case”的顾客也选择了它。",
        ),
        (
            InteractionContribution(-0.5, "product:shop:j", None, 9),
            "interactions.seldom",
            "Shoppers who chose “product:shop:j” chose this less than their other choices suggest.",
            "选择了“product:shop:j”的顾客选择它的次数少于其他选择所预示的。",
        ),
        (
            SimilarityContribution(0.5, "product:shop:j", "Case", "text"),
            "similar.text",
            "Its text says much the same as “Case”.",
            "与“Case”的文字描述相近。",
        ),
        (
            shared("HAS_VALUE:净含量%2F瓶", "value:净含量%2F瓶=500 ml", "500 ml"),
            "HAS_VALUE.shared",
            "Same 净含量/瓶 as “Case”: 500 ml.",
            "与“Case”的净含量/瓶相同：500 ml。",
        ),
        (
            shared("COMPATIBLE_WITH:device", "value:device=iphone 7", "iPhone 7"),
            "COMPATIBLE_WITH.shared",
            "Works with iPhone 7, like “Case”.",
            "与“Case”一样，适用于iPhone 7。",
        ),
        (
            shared("PART_OF", ITEM, "Phone"),
            "PART_OF.direct",
            "This and “Case” belong together, one as a part or an accessory of the other.",
            "它与“Case”配套，一方是另一方的部件或配件。",
        ),
        (
            shared("GROWN_IN", "value:place={name}", "{name}"),
            "GROWN_IN.shared",
            "grown in {name}, like “Case”.",
            "与“Case”一样，grown in：{name}。",
        ),
        (
            opinion(0.5, 0.5),
            "MENTIONS.shared",
            "Reviews praise the battery, as they do for “Case”.",
            "评论称赞它的battery，与“Case”一样。",
        ),
        (
            opinion(-0.5, -0.5),
            "MENTIONS.disliked",
            "Reviews criticise the battery, as they do for “Case”.",
            "评论批评它的battery，与“Case”一样。",
        ),
        (
            opinion(-0.5, 0.5),
            "MENTIONS.opposed",
            "Reviews judge the battery otherwise than for “Case”.",
            "评论对它的battery的看法与对“Case”的相反。",
        ),
        (
            IndirectContribution(0.1, "HAS_VALUE:colour"),
            "HAS_VALUE.indirect",
            "Connections by colour over more than one step.",
            "通过colour的多步间接联系。",
        ),
        (
            IndirectContribution(-0.1, "HAS_BRAND"),
            "HAS_BRAND.deducted",
            "Deducted for chosen products with which it shares nothing by brand.",
            "与部分已选商品在品牌上没有共同点，因此扣减。",
        ),
        (
            IndirectContribution(0.1, "HAS_VALUE"),
            "HAS_VALUE.indirect",
            "Connections by other attributes over more than one step.",
            "通过其他属性的多步间接联系。",
        ),
        (
            IndirectContribution(0.1, "interactions"),
            "interactions.indirect",
            "Connections by shoppers' choices over more than one step.",
            "通过顾客选择的多步间接联系。",
        ),
        (
            OtherContribution(0.1, 1200),
            "other",
            "1,200 weaker reasons together.",
            "另有1,200个较弱的理由。",
        ),
    ],
)
def test_a_reason_is_told_in_both_languages(
    reason: Contribution, template: str, english: str, chinese: str
) -> None:
    text = text_of(reason, ITEM)
    assert text.template == template
    assert (text.write("EN"), text.write("ZH_CN")) == (english, chinese)
    assert text.write("DE") == english


def test_arguments_are_plain_values() -> None:
    text = text_of(shared("HAS_VALUE:colour", "value:colour=red", "red"), ITEM)
    assert text == ReasonText(
        "HAS_VALUE.shared",
        {"product": "Case", "relation": "has value", "name": "red", "attribute": "colour"},
    )


def test_facts_of_one_product_make_one_short_sentence() -> None:
    chosen = InteractionContribution(0.5, "product:shop:j", "Case", 9)
    brand = shared("HAS_BRAND", "brand:acme", "Acme")
    bought = shared("ALSO_BOUGHT", "product:shop:j", "Case")
    device = shared("COMPATIBLE_WITH:device", "value:device=iphone 7", "iPhone 7")
    told: list[Contribution] = [chosen, brand, bought, device]
    assert short_text(told, ITEM, "EN") == (
        "Like “Case”: often chosen by the same shoppers, same brand (Acme), also bought with it."
    )
    assert short_text(told[1:], ITEM, "ZH") == (
        "与“Case”相比：同品牌（Acme）、购买者也购买了它、同样适用于iPhone 7。"
    )
    assert short_text([brand], ITEM, "EN") == "Same brand as “Case”: Acme."
    alike = SimilarityContribution(0.2, "product:shop:j", "Case", "text")
    assert short_text([alike], ITEM, "EN") == "Its text says much the same as “Case”."
    assert short_text([chosen, alike], ITEM, "EN") == (
        "Like “Case”: often chosen by the same shoppers, described much alike."
    )
    assert short_text([alike, brand], ITEM, "ZH") == "与“Case”相比：文字描述相近、同品牌（Acme）。"
    few = [FewShoppersContribution(0.1, 1)]
    assert short_text(few, ITEM, "EN") == "Shoppers with a like taste chose this."
