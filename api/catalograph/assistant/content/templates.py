"""Texts from facts by templates, in English and Chinese; a variant is another choice and order."""

from collections.abc import Iterator, Sequence

from catalograph.assistant.content.briefs import Brief, Interest, audience_words, interests_of
from catalograph.assistant.content.citable_facts import (
    BRAND,
    CATEGORY,
    FITS,
    NAME,
    OPINION,
    PART,
    PRICE,
    SALE,
    STOCK,
    USE,
    VALUE,
    CitableFact,
)
from catalograph.assistant.verifier import CitedSentence
from catalograph.schema.generated_content import ContentKind, Tone
from catalograph.schema.graph_types import Wording

MOST_FACTS = {
    ContentKind.TITLE: 2,
    ContentKind.BULLETS: 7,
    ContentKind.DESCRIPTION: 8,
    ContentKind.ADVERTISEMENT: 3,
    ContentKind.EMAIL: 4,
}
"""Number of facts beside the name of the product, by kind of text."""
_LOOKS = frozenset(
    [
        "colour",
        "material",
        "fabric",
        "pattern",
        "style",
        "finish",
        "design",
        "shape",
        "size",
        "print",
        "neckline",
    ]
)
_PLAIN_NUMBERS = frozenset(["capacity", "memory", "storage", "volume", "screen", "display"])
_PORTABLE = frozenset(
    ["weight", "width", "height", "length", "depth", "size", "dimensions", "battery"]
)
_DETAILS = (VALUE, FITS, PART, USE)
_OPENING = {
    Tone.PLAIN: Wording("{name}.", "{name}。"),
    Tone.FRIENDLY: Wording("Meet {name}.", "为您介绍{name}。"),
    Tone.FORMAL: Wording("This product is named {name}.", "本品名称为{name}。"),
}
_GREETING = {
    Tone.PLAIN: Wording("Hello, here is {name}.", "您好，为您介绍{name}。"),
    Tone.FRIENDLY: Wording("Hi! Meet {name}.", "你好！来看看{name}。"),
    Tone.FORMAL: Wording(
        "Dear customer, please find information on {name}.", "尊敬的顾客，您好，敬请了解{name}。"
    ),
}
_CLOSING = {
    Tone.PLAIN: Wording("{name} is in our shop.", "{name}，本店在售。"),
    Tone.FRIENDLY: Wording("See {name} in our shop!", "来本店看看{name}吧！"),
    Tone.FORMAL: Wording(
        "Please find {name} in our shop. Regards, our team.", "敬请在本店查看{name}。此致敬礼。"
    ),
}
_BRAND = {
    Tone.PLAIN: Wording("The brand is {value}.", "品牌为{value}。"),
    Tone.FRIENDLY: Wording("It comes from {value}.", "它来自{value}。"),
    Tone.FORMAL: Wording("The brand of this product is {value}.", "本品品牌为{value}。"),
}
_PRICE = {
    Tone.PLAIN: Wording("It costs {value}.", "价格为{value}。"),
    Tone.FRIENDLY: Wording("You get it for {value}.", "现在售价{value}。"),
    Tone.FORMAL: Wording("The price is {value}.", "本品售价为{value}。"),
}
_OTHERS = {
    CATEGORY: Wording("It is listed under {value}.", "属于{value}类目。"),
    SALE: Wording("The sale price is {value}.", "现价为{value}。"),
    STOCK: Wording("It is {value}.", "目前{value}。"),
    FITS: Wording("It works with {value}.", "适用于{value}。"),
    PART: Wording("It belongs to {value}.", "是{value}的配件。"),
    USE: Wording("It is used for {value}.", "用于{value}。"),
    OPINION: Wording("{value}.", "{value}。"),
}
_TITLE_JOIN = Wording(" – {values}", " {values}")


def word_facts(facts: Sequence[CitableFact], brief: Brief, variant: int) -> list[CitedSentence]:
    """Return the sentences of a text by templates.

    The audience decides which facts come first, and nothing else: no word of it is in the text, and
    words of gender, age and origin decide nothing.

    Args:
        facts: facts of the product; without a name, brand and category stand for it.
        brief: what the text is asked to be.
        variant: which of the variants, from 0.
    """
    name = _name(facts)
    chosen = choose_facts(facts, brief, variant)
    if brief.kind == ContentKind.TITLE:
        return [_title(name, chosen, brief)] if name or chosen else []
    if brief.kind == ContentKind.BULLETS:
        return [_bullet(one, brief) for one in chosen]
    return list(_running_text(name, chosen, brief, grouped=variant % 2 == 0))


def choose_facts(facts: Sequence[CitableFact], brief: Brief, variant: int) -> list[CitableFact]:
    """Return the facts of a text beside the name, in their order for an audience and a variant."""
    interests, words = interests_of(brief.audience), audience_words(brief.audience)
    beside = [one for one in facts if one.kind != NAME]
    if any(one.kind == SALE for one in beside):
        beside = [one for one in beside if one.kind != PRICE]
    if brief.kind == ContentKind.TITLE:
        title = _name(facts)
        said = _fold(title.value.in_language(brief.language)) if title else ""
        beside = [
            one
            for one in beside
            if one.kind in (VALUE, *(() if title else (BRAND, CATEGORY)))
            and _fold(one.value.in_language(brief.language)) not in said
            and one.value.en not in ("yes", "no")
            and (not any(c.isdigit() for c in one.value.en) or _speaks_for_itself(one))
        ]
    ranked = sorted(beside, key=lambda one: (-_weight(one, interests, words), _number(one)))
    most = MOST_FACTS[brief.kind]
    if Interest.SIMPLE in interests:
        most = max(2, most - 2)
    if Interest.TECHNICAL in interests and brief.kind != ContentKind.TITLE:
        most += 2
    if variant in (1, 3):  # the next facts in place of the last of them
        ranked = ranked[: most // 2] + ranked[most:] + ranked[most // 2 : most]
    if variant in (2, 3):
        most = max(1, most - most // 3)
    return ranked[:most]


def _fold(text: str) -> str:
    return "".join(text.casefold().split())


def _speaks_for_itself(one: CitableFact) -> bool:
    """Return whether a number is understood without the name of its attribute, as 128 GB is."""
    return bool(set(one.label.en.casefold().split()) & _PLAIN_NUMBERS)


def _weight(one: CitableFact, interests: frozenset[Interest], words: frozenset[str]) -> float:
    """Return how early a fact comes."""
    base = {BRAND: 5.0, CATEGORY: 4.0, VALUE: 3.0, USE: 3.2, FITS: 3.1, PART: 2.9, SALE: 2.6,
            PRICE: 2.5, STOCK: 1.5, OPINION: 2.8}[one.kind]  # fmt: skip
    label = set(one.label.en.casefold().split())
    wanted = (
        (Interest.PRICE, one.kind in (PRICE, SALE)),
        (Interest.STOCK, one.kind == STOCK),
        (Interest.FIT, one.kind in (FITS, PART)),
        (Interest.OPINION, one.kind == OPINION),
        (Interest.TECHNICAL, one.kind == VALUE and any(c.isdigit() for c in one.value.en)),
        (Interest.LOOKS, one.kind == VALUE and bool(label & _LOOKS)),
        (Interest.PORTABLE, one.kind == VALUE and bool(label & _PORTABLE)),
    )
    weight = base + sum(4.0 for interest, met in wanted if met and interest in interests)
    said = f"{one.label.en} {one.value.en} {one.label.zh} {one.value.zh}".casefold()
    if one.kind in _DETAILS and any(word in said for word in words):
        weight += 3.0
    return weight


def _name(facts: Sequence[CitableFact]) -> CitableFact | None:
    return next((one for one in facts if one.kind == NAME), None)


def _number(one: CitableFact) -> int:
    return int(one.id[1:])


def _title(name: CitableFact | None, chosen: Sequence[CitableFact], brief: Brief) -> CitedSentence:
    tag = brief.language
    values = [one.value.in_language(tag) for one in chosen]
    cited = (*([name.id] if name else []), *(one.id for one in chosen))
    joined = ", ".join(values) if tag == "en" else " ".join(values)
    if name is None:
        return CitedSentence(joined, cited)
    text = name.value.in_language(tag)
    if values:
        text += _TITLE_JOIN.in_language(tag).format(values=joined)
    return CitedSentence(text, cited)


def _bullet(one: CitableFact, brief: Brief) -> CitedSentence:
    tag = brief.language
    label, value = one.label.in_language(tag), one.value.in_language(tag)
    if one.kind == OPINION:
        return CitedSentence(value, (one.id,))
    mark = ": " if tag == "en" else "："
    return CitedSentence(f"{_capitalise(label)}{mark}{value}", (one.id,))


def _running_text(
    name: CitableFact | None, chosen: Sequence[CitableFact], brief: Brief, *, grouped: bool
) -> Iterator[CitedSentence]:
    tag, tone = brief.language, brief.tone
    email = brief.kind == ContentKind.EMAIL
    if name:
        opening = (_GREETING if email else _OPENING)[tone]
        # A title that ends in a point needs no second one.
        shown = name.value.in_language(tag).rstrip(" .。")
        yield CitedSentence(opening.in_language(tag).format(name=shown), (name.id,))
    values = [one for one in chosen if one.kind == VALUE]
    done = False
    for one in chosen:
        if one.kind != VALUE or not grouped:
            yield _sentence(one, brief)
        elif not done:
            done = True
            yield from _group(values, brief)
    if name and email:
        shown = name.value.in_language(tag).rstrip(" .。")
        yield CitedSentence(_CLOSING[tone].in_language(tag).format(name=shown), (name.id,))


def _sentence(one: CitableFact, brief: Brief) -> CitedSentence:
    tag, tone = brief.language, brief.tone
    value = one.value.in_language(tag)
    if one.kind == VALUE:
        [sentence] = _group([one], brief)
        return sentence
    by_tone = {BRAND: _BRAND, PRICE: _PRICE}.get(one.kind)
    wording = by_tone[tone] if by_tone else _OTHERS[one.kind]
    return CitedSentence(wording.in_language(tag).format(value=value), (one.id,))


def _group(values: Sequence[CitableFact], brief: Brief) -> Iterator[CitedSentence]:
    """Yield sentences of up to three values."""
    tag = brief.language
    marks = (": ", ", ", "; ", ".") if tag == "en" else ("：", "、", "；", "。")
    mark, comma, join, end = marks
    for start in range(0, len(values), 3):
        part = values[start : start + 3]
        by_label: dict[str, list[str]] = {}
        for one in part:
            value = one.value.in_language(tag).rstrip(".。")
            by_label.setdefault(one.label.in_language(tag), []).append(value)
        said = join.join(f"{label}{mark}{comma.join(each)}" for label, each in by_label.items())
        yield CitedSentence(f"{_capitalise(said)}{end}", tuple(one.id for one in part))


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]
