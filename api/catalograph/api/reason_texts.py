"""Texts of reasons, by template and language.

A template has a key, such as `HAS_BRAND.shared`, and arguments. Templates of relations come from
the ontology; clients may have texts of their own for the same keys.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from catalograph.api.reasons import (
    INTERACTIONS,
    SEQUENCE,
    Contribution,
    DirectContribution,
    FewShoppersContribution,
    IndirectContribution,
    InteractionContribution,
    OtherContribution,
    SharedFactContribution,
    SimilarityContribution,
)
from catalograph.schema import ONTOLOGY
from catalograph.schema.fact_wording import wording_of
from catalograph.schema.graph_types import Wording
from catalograph.schema.keys import attribute_of
from catalograph.schema.model_kinds import LEARNED_AGAIN, PREDICTED, TITLE
from catalograph.store.queries.api_queries import BESIDE, FIT

Arguments = Mapping[str, str | int]
ENGLISH = "EN"
GROUPED_FACTS = 3
"""Number of facts in a text about one product."""


class ReasonText(NamedTuple):
    """A text by its template."""

    template: str
    arguments: Arguments

    def write(self, language: str) -> str:
        """Write the text in a language; English for any but Chinese."""
        words = _wording(self.template).in_language(language)
        given = self.arguments
        if "attribute" not in given and "{attribute}" in words:
            given = {**given, "attribute": _OTHER_ATTRIBUTES.in_language(language)}
        return _format(words, given)


_OTHER_ATTRIBUTES = Wording("other attributes", "其他属性")
_INDIRECT = Wording(
    "Connections by {label} over more than one step.", "通过{label}的多步间接联系。"
)
_DEDUCTED = Wording(
    "Deducted for chosen products with which it shares nothing by {label}.",
    "与部分已选商品在{label}上没有共同点，因此扣减。",
)
_BY_LABEL: Mapping[str, Wording] = {"indirect": _INDIRECT, "deducted": _DEDUCTED}
_GENERAL: Mapping[str, Wording] = {
    "interactions.chosen": Wording(
        "Shoppers who chose “{product}” also chose this.", "选择了“{product}”的顾客也选择了它。"
    ),
    "interactions.later": Wording(
        "Shoppers who chose “{product}” later chose this.", "选择了“{product}”的顾客后来选择了它。"
    ),
    "interactions.seldom": Wording(
        "Shoppers who chose “{product}” chose this less than their other choices suggest.",
        "选择了“{product}”的顾客选择它的次数少于其他选择所预示的。",
    ),
    "interactions.seldom_later": Wording(
        "Shoppers who chose “{product}” later chose this less than their other choices suggest.",
        "选择了“{product}”的顾客后来选择它的次数少于其他选择所预示的。",
    ),
    "interactions.few": Wording(
        "Choices of a few shoppers, too few to name the products.",
        "少数顾客的选择，人数过少，不具体列出商品。",
    ),
    "interactions.indirect": Wording(
        "Connections by shoppers' choices over more than one step.",
        "通过顾客选择的多步间接联系。",
    ),
    "fit": Wording("Fits {name}.", "适用于{name}。"),
    "beside": Wording("Chosen beside products of “{name}”.", "与“{name}”类商品一同被选择。"),
    "indirect": Wording(
        "Other connections in the graph over more than one step.", "图谱中其他的多步间接联系。"
    ),
    "other.one": Wording("One weaker reason.", "另有一个较弱的理由。"),
    "other": Wording("{count} weaker reasons together.", "另有{count}个较弱的理由。"),
    "popular": Wording(
        "Chosen by {shoppers} of {users} shoppers.", "{users}位顾客中有{shoppers}位选择了它。"
    ),
    "popular.private": Wording(
        "Among the most popular, by counts with noise that protects each shopper.",
        "属于最受欢迎的商品（统计数据加入了保护顾客隐私的噪声）。",
    ),
    "similar.text": Wording(
        "Its text says much the same as “{product}”.", "与“{product}”的文字描述相近。"
    ),
    "similar.structure": Wording(
        "Close to “{product}” in the graph of facts and shoppers.",
        "在属性与顾客的图谱中与“{product}”相近。",
    ),
    "similar.predicted": Wording(
        "Predicted to have something in common with “{product}”; no source says so.",
        "预测它与“{product}”有共同之处，尚无来源证实。",
    ),
    "similar.predicted.less": Wording(
        "Predicted to have less in common with “{product}” than other products; no source says so.",
        "预测它与“{product}”的共同之处少于其他商品，尚无来源证实。",
    ),
    "similar.title": Wording(
        "Its title has words in common with “{product}”.", "标题与“{product}”有共同的词语。"
    ),
    "similar.title.less": Wording(
        "Its title has fewer words in common with “{product}” than those of other products.",
        "标题与“{product}”的共同词语少于其他商品。",
    ),
    "similar": Wording("Its text says much the same.", "文字描述与之相近。"),
}
_SHORT_CHOSEN = Wording("often chosen by the same shoppers", "常被同样的顾客选择")
_SHORT_SIMILAR = Wording("described much alike", "文字描述相近")
_SHORT_ALIKE = {
    PREDICTED: Wording("predicted to be alike", "预测相近"),
    TITLE: Wording("words in common in the title", "标题词语相近"),
    **dict.fromkeys(
        LEARNED_AGAIN, Wording("close in the graph of facts and shoppers", "图谱中相近")
    ),
}
_SHORT_FIT = Wording("fits {name}", "适用于{name}")
_SHORT_BESIDE = Wording("chosen beside products of “{name}”", "与“{name}”类商品一同被选择")
_SHORT_FEW = Wording("Shoppers with a like taste chose this.", "口味相近的顾客选择了它。")
_SHORT_LIST = Wording("Like “{product}”: {facts}.", "与“{product}”相比：{facts}。")
_SEPARATOR = Wording(", ", "、")


def all_templates() -> Iterator[tuple[str, Wording]]:
    """Yield the key and the texts of every template."""
    for relation in ONTOLOGY.relations:
        if relation.asserted or relation.wording is not None:
            forms = ["shared", "indirect", "deducted"]
            words = wording_of(relation)
            if relation.links_products:
                forms.insert(1, "direct")
            if words.disliked is not None:
                forms[1:1] = ["disliked", "opposed"]
            for form in forms:
                key = f"{relation.name}.{form}"
                yield key, _wording(key)
    yield from _GENERAL.items()


def text_of(reason: Contribution, item: str) -> ReasonText:
    """Return the text of a reason for a recommended product, by its key."""
    match reason:
        case InteractionContribution(product=key, title=title, shoppers=shoppers, later=later):
            form = ("later" if later else "chosen") if reason.contribution > 0 else "seldom"
            if later and form == "seldom":
                form = "seldom_later"
            return ReasonText(
                f"{INTERACTIONS}.{form}", {"product": title or key, "shoppers": shoppers}
            )
        case SharedFactContribution():
            return _fact_text(reason, item)
        case SimilarityContribution(product=key, title=title, kind=kind):
            less = ".less" if reason.contribution < 0 else ""
            form = "structure" if kind in LEARNED_AGAIN else kind
            return ReasonText(f"similar.{form}{less}", {"product": title or key})
        case FewShoppersContribution(count=count):
            return ReasonText(f"{INTERACTIONS}.few", {"count": count})
        case IndirectContribution(part=part):
            return _indirect_text(part, reason.contribution)
        case OtherContribution(count=count):
            return ReasonText("other" if count > 1 else "other.one", {"count": count})


def short_text(reasons: Sequence[Contribution], item: str, language: str) -> str:
    """Return one sentence for reasons that speak for an item by one product, strongest first."""
    first = reasons[0]
    if isinstance(first, FewShoppersContribution):
        return _SHORT_FEW.in_language(language)
    if len(reasons) == 1 or not isinstance(first, DirectContribution):
        return text_of(first, item).write(language)
    phrases: list[str] = []
    for reason in reasons:
        phrase = _short_phrase(reason, item, language)
        if phrase not in phrases:
            phrases.append(phrase)
    facts = _SEPARATOR.in_language(language).join(phrases[:GROUPED_FACTS])
    given = {"product": first.title or first.product, "facts": facts}
    return _format(_SHORT_LIST.in_language(language), given)


def is_direct(reason: SharedFactContribution, item: str) -> bool:
    """Return whether a fact joins the two products: one of them is its tail."""
    return reason.fact.key in (reason.product, item)


def _indirect_text(part: str | None, contribution: float) -> ReasonText:
    if part is None or part in (FIT, BESIDE):
        return ReasonText("indirect", {})
    if part in (INTERACTIONS, SEQUENCE):
        return ReasonText(f"{INTERACTIONS}.indirect", {})
    relation, _, attribute = part.partition(":")
    arguments: dict[str, str | int] = {"relation": _words(relation)}
    if attribute:
        arguments["attribute"] = attribute_of(attribute)
    return ReasonText(f"{relation}.{'deducted' if contribution < 0 else 'indirect'}", arguments)


def _fact_text(reason: SharedFactContribution, item: str) -> ReasonText:
    fact = reason.fact
    relation, _, attribute = fact.relation.partition(":")  # also of a value that a product fits
    if relation in (FIT, BESIDE):
        return ReasonText(relation, {"product": reason.title or reason.product, "name": fact.name})
    arguments = {"product": reason.title or reason.product, "relation": _words(relation)}
    if is_direct(reason, item):
        return ReasonText(f"{relation}.direct", arguments)
    arguments["name"] = fact.name
    if attribute:
        arguments["attribute"] = attribute_of(fact.key)
    return ReasonText(f"{relation}.{_form(reason, item)}", arguments)


def _form(reason: SharedFactContribution, item: str) -> str:
    strengths = reason.fact.strengths
    if strengths is None:
        return "shared"
    likes = strengths[reason.product] > 0, strengths[item] > 0
    return {(True, True): "shared", (False, False): "disliked"}.get(likes, "opposed")


def _short_phrase(reason: Contribution, item: str, language: str) -> str:
    if isinstance(reason, SimilarityContribution):
        return _SHORT_ALIKE.get(reason.kind, _SHORT_SIMILAR).in_language(language)
    if not isinstance(reason, SharedFactContribution):
        return _SHORT_CHOSEN.in_language(language)
    text = _fact_text(reason, item)
    if text.template in (FIT, BESIDE):
        short = _SHORT_FIT if text.template == FIT else _SHORT_BESIDE
        return _format(short.in_language(language), text.arguments)
    words = wording_of(ONTOLOGY.find_relation(text.template.partition(".")[0]))
    direct = words.short_direct if is_direct(reason, item) else None
    return _format((direct or words.short).in_language(language), text.arguments)


@cache
def _wording(template: str) -> Wording:
    """Return the texts of a template."""
    general = _GENERAL.get(template)
    if general is not None:
        return general
    relation, _, form = template.partition(".")
    words = wording_of(ONTOLOGY.find_relation(relation))
    if form in _BY_LABEL:
        general = _BY_LABEL[form]
        return Wording(
            general.en.replace("{label}", words.label.en),
            general.zh.replace("{label}", words.label.zh),
        )
    found: Wording | None = getattr(words, form) or getattr(wording_of(None), form)
    return found or words.shared


def _words(relation: str) -> str:
    """Return the name of a relation in words."""
    return relation.replace("_", " ").lower()


def _format(words: str, arguments: Arguments) -> str:
    """Fill a text in, with numbers as readers write them."""
    if int in map(type, arguments.values()):
        arguments = {
            name: f"{value:,}" if isinstance(value, int) else value
            for name, value in arguments.items()
        }
    return words.format_map(arguments)
