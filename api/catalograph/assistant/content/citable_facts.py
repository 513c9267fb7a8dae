"""Facts of a product that a text may cite, each worded in English and Chinese."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from catalograph.assistant.content.rules import find_rule_hits
from catalograph.assistant.labels import chinese_attributes, titles_by_language
from catalograph.assistant.verifier import CitedSource
from catalograph.ingest.normalise.tables import attribute_aliases, table
from catalograph.ml.script import has_han
from catalograph.schema.graph_types import Wording
from catalograph.store.queries.contents import ProductFacts, Records, StatedFact, StatedOpinion

NAME, BRAND, CATEGORY, VALUE = "name", "brand", "category", "value"
FITS, PART, USE, PRICE, SALE, STOCK, OPINION = (
    "fits",
    "part",
    "use",
    "price",
    "sale",
    "stock",
    "opinion",
)
_KINDS = {
    "HAS_BRAND": BRAND, "IN_CATEGORY": CATEGORY, "HAS_VALUE": VALUE, "COMPATIBLE_WITH": FITS,
    "PART_OF": PART, "USED_FOR": USE,
}  # fmt: skip
_LABELS = {
    BRAND: Wording("brand", "品牌"), CATEGORY: Wording("category", "类目"),
    FITS: Wording("compatible", "兼容"), PART: Wording("part", "配件"),
    USE: Wording("used for", "用于"),
    PRICE: Wording("price", "价格"), SALE: Wording("price", "价格"),
    STOCK: Wording("availability", "库存"),
}  # fmt: skip
_STOCK = {
    "IN_STOCK": Wording("in stock", "有货"),
    "LIMITED": Wording("in limited stock", "少量有货"),
    "PREORDER": Wording("open for preorder", "可预订"),
    "BACKORDER": Wording("on backorder", "缺货可订"),
    "MADE_TO_ORDER": Wording("made to order", "按订单生产"),
    "IN_STORE_ONLY": Wording("in stock in stores", "门店有货"),
    "OUT_OF_STOCK": Wording("out of stock", "缺货"),
}
_LONGEST_TITLE, _LONGEST_VALUE, _LONGEST_LABEL = 160, 80, 40
_UNSPEAKABLE = re.compile(
    r"[<>{}`\\|\n]|https?:|www\.|@|ignore (?:all|any|the|previous)|忽略", re.IGNORECASE
)
_MOST_FACTS = 60
_FEWEST_REVIEWS = 2
_YES = {"yes": Wording("yes", "是"), "no": Wording("no", "否")}


@dataclass(frozen=True, slots=True)
class CitableFact:
    """A fact that a text may cite.

    Attributes:
        id: id within the text, `f1`, `f2`, …
        kind: name, brand, category, value, fits, part, use, price, sale, stock or opinion.
        label: what it states, such as the name of an attribute.
        value: what it states of it.
        row: the row of the graph: a fact, an opinion, or None for a property of the product.
        records: records that state it.
    """

    id: str
    kind: str
    label: Wording
    value: Wording
    row: StatedFact | StatedOpinion | None
    records: Records

    @property
    def key(self) -> str:
        """Key of the assertion or of the aspect; `title`, `price` and the like for properties."""
        if isinstance(self.row, StatedFact):
            return f"{self.row.relation}\t{self.row.key}"
        return self.row.key if isinstance(self.row, StatedOpinion) else self.kind

    def source(self) -> CitedSource:
        """Return what may be said with it."""
        label, value = self.label, self.value
        text = f"{label.en}: {value.en}\n{label.zh}：{value.zh}\n{label.en}：{value.zh}"
        labels = (self.label.en, self.label.zh) if self.kind == VALUE else ()
        return CitedSource(text, labels)


def citable_facts(product: ProductFacts, language: str) -> tuple[list[CitableFact], int]:
    """Return the facts of a product that a text may cite, and the number of those left out.

    Left out are facts with words that no text may have (rules of advertising and health, abuse,
    markup, addresses, instructions), and overlong ones. Aspects of fewer than two reviews are no
    facts.

    Args:
        product: product with its facts.
        language: `en` or `zh`; a title in this language is preferred.
    """
    brands = [row.name for row in product.facts if row.relation == "HAS_BRAND"]
    found = [*_properties(product, language), *map(_of_row, product.facts)]
    found += _opinions(product.opinions)
    kept = [one for one in found if _may_be_said(one, brands)]
    numbered = [CitableFact(f"f{n}", *one) for n, one in enumerate(kept[:_MOST_FACTS], 1)]
    return numbered, len(found) - len(kept)


_Unnumbered = tuple[str, Wording, Wording, StatedFact | StatedOpinion | None, Records]


def _properties(product: ProductFacts, language: str) -> Iterator[_Unnumbered]:
    said, records = product.properties, product.records
    titles = titles_by_language(said)
    title = titles.get(language) or said.get("title")
    if title:
        name = Wording(titles.get("en") or title, titles.get("zh") or title)
        yield NAME, Wording("name", "名称"), name, None, records
    price, sale = _money(said, "price"), _money(said, "sale_price")
    if price:
        yield PRICE, _LABELS[PRICE], price, None, records
    if price and sale and _amount(said, "sale_price") < _amount(said, "price"):
        yield SALE, _LABELS[SALE], sale, None, records
    stock = _STOCK.get(str(said.get("availability_status")))
    if stock:
        yield STOCK, _LABELS[STOCK], stock, None, records


def _money(said: Any, name: str) -> Wording | None:
    amount, currency = _amount(said, name), said.get("currency")
    if not currency or amount <= 0:
        return None
    text = format(amount, "f")
    if "." in text and not text.rstrip("0").endswith("."):
        whole, _, cents = text.partition(".")
        text = f"{whole}.{cents.rstrip('0').ljust(2, '0')}"
    else:
        text = text.partition(".")[0]
    return Wording(f"{text} {currency}", f"{text}元" if currency == "CNY" else f"{text} {currency}")


def _amount(said: Any, name: str) -> Decimal:
    given = said.get(f"{name}_amount")
    if given is None:
        given = said.get(name)
    try:
        return Decimal(str(given)) if given is not None else Decimal(0)
    except InvalidOperation:
        return Decimal(0)


def _of_row(row: StatedFact) -> _Unnumbered:
    kind = _KINDS[row.relation]
    if kind != VALUE:
        return kind, _LABELS[kind], Wording(row.name, row.name), row, row.records
    label = row.attribute or ""
    return kind, _label(label), _value(label, row.name), row, row.records


def _opinions(rows: Iterable[StatedOpinion]) -> Iterator[_Unnumbered]:
    for row in rows:
        if row.total >= _FEWEST_REVIEWS:
            p, n = row.praised, row.total
            value = Wording(
                f"{p} of {n} reviews that mention the {row.name} praise it",
                f"提到{row.name}的{n}条评论中，{p}条称赞它",
            )
            yield OPINION, Wording(row.name, row.name), value, row, row.records


def _label(name: str) -> Wording:
    """Return the name of an attribute in both languages, where the packaged tables have both."""
    canonical = attribute_aliases().get(name, name)
    other = chinese_attributes().get(canonical)
    if has_han(name):
        return Wording(canonical, name)
    return Wording(name, other or name)


def _value(attribute: str, name: str) -> Wording:
    plain = name.casefold()
    if plain in _YES:
        return _YES[plain]
    for kind, listed in table("words").items():
        endings = [str(word) for word in listed.get("attributes", ())]
        if any(attribute == word or attribute.endswith(f" {word}") for word in endings):
            chinese = _spellings(kind).get(plain)
            if chinese:
                return Wording(name, chinese)
    return Wording(name, name)


@cache
def _spellings(kind: str) -> dict[str, str]:
    """Return a Chinese spelling by canonical name of the words of a kind."""
    found = {}
    for name, words in table("words")[kind]["words"].items():
        chinese = [str(word) for word in words if has_han(str(word))]
        if chinese:
            found[str(name).casefold()] = max(chinese[:2], key=len)
    return found


def _may_be_said(one: _Unnumbered, brands: list[str]) -> bool:
    kind, label, value, _, _ = one
    longest = (
        _LONGEST_TITLE
        if kind == NAME
        else 2 * _LONGEST_VALUE
        if kind == OPINION
        else (_LONGEST_VALUE)
    )
    texts = {label.en, label.zh, value.en, value.zh}
    if max(len(value.en), len(value.zh)) > longest or len(label.en) > _LONGEST_LABEL:
        return False
    if not value.en.strip() or any(_UNSPEAKABLE.search(text) for text in texts):
        return False
    return not any(
        hit for text in texts for hit in find_rule_hits(text, brands if kind != VALUE else ())
    )
