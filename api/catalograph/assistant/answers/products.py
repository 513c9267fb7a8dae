"""Answers about products: lists, facts, comparisons."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from catalograph.assistant.answers.answer import AnswerTable, AnswerWriter, SourceKind
from catalograph.assistant.answers.phrases import (
    PREDICTED,
    PROPERTY,
    availability_of,
    join_names,
    label_attribute,
    label_fact,
    price_of,
    sale_price_of,
)
from catalograph.assistant.answers.reader import (
    GraphReader,
    cite_fact,
    cite_record,
    localise_titles,
)
from catalograph.assistant.answers.trends import answer_past
from catalograph.schema.graph_types import Wording
from catalograph.schema.keys import label_of
from catalograph.schema.query_plan import ComparePlan, FactsPlan, FindPlan, ProductSet
from catalograph.store.queries.plans import (
    ProductFact,
    StatedProduct,
    describe_products,
    find_products,
)

_FITS = ("COMPATIBLE_WITH", "PART_OF")
_NAMED = 10
"""Largest number of products that a sentence names."""
_DESCRIBED = 300
_ROWS = 30
_NONE_FOUND = Wording("No product in the catalogue meets that.", "目录中没有符合条件的商品。")
_FOUND_ALL = Wording("{count} products meet that: ", "符合条件的商品有{count}件：")
_FOUND_ONE = Wording("One product meets that: ", "符合条件的商品有1件：")
_FOUND_SOME = Wording(
    "{count} products meet that; the first {shown}: ", "符合条件的商品有{count}件，前{shown}件："
)
_BEST = {
    "PRICE_ASC": Wording("The cheapest is ", "最便宜的是"),
    "PRICE_DESC": Wording("The most expensive is ", "最贵的是"),
    "RATING": Wording("The best rated is ", "评分最高的是"),
    "NEWEST": Wording("The newest is ", "最新的是"),
}
_PRODUCT = Wording("“{title}” ({details})", "“{title}”（{details}）")
_PRODUCT_ALONE = Wording("“{title}”", "“{title}”")
_STARS = Wording("{rating:.1f} of 5 stars, {count} reviews", "{rating:.1f}星，{count}条评价")
_STATED = Wording("“{title}”: {attribute} {values}.", "“{title}”的{attribute}是{values}。")
_NOT_STATED = Wording(
    "The catalogue does not state the {attribute} of “{title}”.",
    "目录没有说明“{title}”的{attribute}。",
)
_YES = Wording(
    "Yes: the {attribute} of “{title}” is {value}.", "是的，“{title}”的{attribute}是{value}。"
)
_NO = Wording(
    "No: the catalogue states {attribute} {values} for “{title}”.",
    "不是，目录中“{title}”的{attribute}是{values}。",
)
_FITS_YES = Wording("Yes: “{title}” works with {value}.", "是的，“{title}”适用于{value}。")
_FITS_OTHERS = Wording(
    "The catalogue does not say so: it lists “{title}” as working with {values}.",
    "目录没有这样说明：目录列出“{title}”适用于{values}。",
)
_FITS_NONE = Wording(
    "The catalogue does not state what “{title}” works with.", "目录没有说明“{title}”适用于什么。"
)
_NO_SUCH = Wording("That product is not in the catalogue.", "目录中没有这件商品。")
_RATED = Wording(
    "“{title}” has {rating:.1f} of 5 stars from {count} reviews.",
    "“{title}”的评分是{rating:.1f}星（共{count}条评价）。",
)
_DESCRIPTION = Wording("“{title}”: {text}", "“{title}”：{text}")
_ROW_HEAD = Wording("property", "项目")
_COMPARED = Wording("{attribute}: {cells}.", "{attribute}：{cells}。")
_CELL = Wording("“{title}” {value}", "“{title}”{value}")


async def answer_find(plan: FindPlan, reader: GraphReader, writer: AnswerWriter) -> None:
    """State which products are in a set."""
    found = await find_products(reader.connection, plan, reader.prices)
    if not found.products:
        writer.admit(writer.word(_NONE_FOUND))
        return
    shown = localise_titles(found.products[:_NAMED], writer.language)
    if plan.order in _BEST and plan.limit == 1:
        head = writer.word(_BEST[plan.order])
    elif found.total == 1:
        head = writer.word(_FOUND_ONE)
    elif found.total > len(shown):
        head = writer.word(_FOUND_SOME, count=found.total, shown=len(shown))
    else:
        head = writer.word(_FOUND_ALL, count=found.total)
    end = "。" if writer.language == "zh" else "."
    sources = [_cite_conditions(writer, one, plan.of) for one in shown]
    listed = "；" if writer.language == "zh" else "; "
    text = listed.join(_mention(writer, one, plan.order) for one in shown)
    numbers = [number for group in sources for number in group]
    writer.state(f"{head}{text}{end}", numbers, [one.key for one in found.products])


def _mention(writer: AnswerWriter, product: StatedProduct, order: str) -> str:
    details = [price_of(product)]
    if order == "RATING" and product.rating is not None:
        details.append(writer.word(_STARS, rating=product.rating, count=product.rated))
    text = ", ".join(detail for detail in details if detail)
    wording = _PRODUCT if text else _PRODUCT_ALONE
    return writer.word(wording, title=product.title, details=text)


def _cite_conditions(writer: AnswerWriter, product: StatedProduct, of: ProductSet) -> list[int]:
    """Return the sources by which a product meets the conditions of a set."""
    wanted = {*of.brands, *of.fits, *(key for group in of.values for key in group.keys)}
    facts = [fact for fact in product.facts if fact.key in wanted or _is_below(fact, of)]
    return [*cite_record(writer, product), *(cite_fact(writer, product, fact) for fact in facts)]


def _is_below(fact: ProductFact, of: ProductSet) -> bool:
    if fact.relation != "IN_CATEGORY":
        return False
    return any(fact.key == key or fact.key.startswith(f"{key}/") for key in of.categories)


async def answer_facts(plan: FactsPlan, reader: GraphReader, writer: AnswerWriter) -> None:
    """State the facts of products that are asked for."""
    if plan.period is not None:
        await answer_past(plan, plan.period, reader, writer)
        return
    products = localise_titles(
        await describe_products(reader.connection, plan.products), writer.language
    )
    if not products:
        writer.admit(writer.word(_NO_SUCH))
        return
    stating = [one for one in products if _states(one, plan, writer)]
    # Of products that share the words, those that state it answer; else the first one refuses.
    for product in stating or products[:1]:
        _state_asked(writer, product, plan)
    if plan.attributes and not writer.answered and len(plan.attributes) > 1:
        name = label_attribute(_name_of(plan.attributes[0]), writer.language)
        writer.admit(writer.word(_NOT_STATED, title=products[0].title, attribute=name))


def _states(product: StatedProduct, plan: FactsPlan, writer: AnswerWriter) -> bool:
    """Return whether the graph states something of a product that the plan asks for."""
    trial = AnswerWriter(writer.language)
    _state_asked(trial, product, plan)
    return trial.answered


def _state_asked(writer: AnswerWriter, product: StatedProduct, plan: FactsPlan) -> None:
    for attribute in plan.attributes:
        _state_attribute(writer, product, attribute, missing=len(plan.attributes) == 1)
    for name in plan.properties:
        _state_property(writer, product, name)
    for group in plan.values:
        _state_value(writer, product, group.keys)
    if plan.fits:
        _state_fit(writer, product, plan.fits)


def _name_of(attribute: str) -> str:
    return attribute.partition(":")[2]


def _values_of(product: StatedProduct, attribute: str) -> list[ProductFact]:
    name = _name_of(attribute)
    return [one for one in product.facts if one.relation == "HAS_VALUE" and one.attribute == name]


def _state_attribute(
    writer: AnswerWriter, product: StatedProduct, attribute: str, *, missing: bool
) -> None:
    name = label_attribute(_name_of(attribute), writer.language)
    facts = _values_of(product, attribute)
    if not facts:
        if missing:
            writer.admit(writer.word(_NOT_STATED, title=product.title, attribute=name))
        return
    _state_values(writer, product, name, facts)


def _state_values(
    writer: AnswerWriter, product: StatedProduct, name: str, facts: Sequence[ProductFact]
) -> None:
    text = writer.word(_STATED, title=product.title, attribute=name, values=_names(writer, facts))
    writer.state(text, [cite_fact(writer, product, fact) for fact in facts], [product.key])


def _names(writer: AnswerWriter, facts: Iterable[ProductFact]) -> str:
    return join_names(
        (
            label_fact(fact, writer.language) + (writer.word(PREDICTED) if fact.guessed else "")
            for fact in facts
        ),
        writer,
    )


def _state_property(writer: AnswerWriter, product: StatedProduct, name: str) -> None:
    label = writer.word(PROPERTY[name])
    if name in ("brand", "category"):
        relation = "HAS_BRAND" if name == "brand" else "IN_CATEGORY"
        facts = [fact for fact in product.facts if fact.relation == relation]
        if facts:
            _state_values(writer, product, label, facts)
            return
    elif name == "rating" and product.rating is not None:
        text = writer.word(_RATED, title=product.title, rating=product.rating, count=product.rated)
        number = writer.cite(
            SourceKind.RECORD, product.key,
            f"{product.title} | {product.rating:.1f} | {product.rated}", product.key,
        )  # fmt: skip
        writer.state(text, [number], [product.key])
        return
    else:
        said = _text_of(writer, product, name)
        if said:
            wording = _DESCRIPTION if name == "description" else _STATED
            text = writer.word(
                wording, title=product.title, attribute=label, values=said, text=said
            )
            sources = cite_record(writer, product)
            if name == "description":
                sources = [
                    writer.cite(SourceKind.RECORD, product.record or product.key, said, product.key)
                ]
            writer.state(text, sources, [product.key])
            return
    writer.admit(writer.word(_NOT_STATED, title=product.title, attribute=label))


def _text_of(writer: AnswerWriter, product: StatedProduct, name: str) -> str:
    if name == "price":
        price, sale = price_of(product), sale_price_of(product)
        return f"{sale} ({price})" if sale and sale != price else price
    if name == "availability":
        return availability_of(product, writer)
    text = str(product.properties.get("description") or "")
    return text if len(text) <= _DESCRIBED else f"{text[:_DESCRIBED].rsplit(' ', 1)[0]} …"


def _state_value(writer: AnswerWriter, product: StatedProduct, keys: Sequence[str]) -> None:
    """State whether a product has one of some values; refuse if its attribute is not stated."""
    has = [fact for fact in product.facts if fact.key in keys]
    if has:
        fact = has[0]
        name = label_attribute(fact.attribute or "", writer.language)
        text = writer.word(
            _YES, title=product.title, attribute=name, value=label_fact(fact, writer.language)
        )
        writer.state(text, [cite_fact(writer, product, fact)], [product.key])
        return
    attributes = dict.fromkeys(
        key.partition(":")[2].partition("=")[0] for key in keys if label_of(key) == "Value"
    )
    for attribute in attributes:
        others = _values_of(product, f"attribute:{attribute}")
        if others:
            name = label_attribute(attribute, writer.language)
            values = _names(writer, others)
            text = writer.word(_NO, title=product.title, attribute=name, values=values)
            numbers = [cite_fact(writer, product, fact) for fact in others]
            writer.state(text, numbers, [product.key])
            return
    name = label_attribute(next(iter(attributes), ""), writer.language)
    writer.admit(writer.word(_NOT_STATED, title=product.title, attribute=name))


def _state_fit(writer: AnswerWriter, product: StatedProduct, keys: Sequence[str]) -> None:
    fits = [fact for fact in product.facts if fact.relation in _FITS]
    asked = [fact for fact in fits if fact.key in keys]
    if asked:
        values = join_names((fact.name for fact in asked), writer)
        text = writer.word(_FITS_YES, title=product.title, value=values)
        writer.state(text, [cite_fact(writer, product, fact) for fact in asked], [product.key])
    elif fits:
        values = join_names((fact.name for fact in fits), writer)
        text = writer.word(_FITS_OTHERS, title=product.title, values=values)
        writer.state(text, [cite_fact(writer, product, fact) for fact in fits], [product.key])
    else:
        writer.admit(writer.word(_FITS_NONE, title=product.title))


async def answer_compare(plan: ComparePlan, reader: GraphReader, writer: AnswerWriter) -> None:
    """Put products side by side in a table, and in a sentence for each row."""
    products = localise_titles(
        await describe_products(reader.connection, plan.products), writer.language
    )
    if len(products) < 2:
        writer.admit(writer.word(_NO_SUCH))
        return
    always = () if plan.attributes else ("price", "availability", "brand", "rating")
    rows = [
        (writer.word(PROPERTY[name]), *_property_cells(writer, products, name)) for name in always
    ]
    for attribute in plan.attributes or _common_attributes(products):
        label = label_attribute(_name_of(attribute), writer.language)
        rows.append((label, *_attribute_cells(writer, products, attribute)))
    rows = [row for row in rows if any(row[1])][:_ROWS]
    if not rows:
        name = label_attribute(_name_of(plan.attributes[0]), writer.language)
        titles = join_names((one.title for one in products), writer)
        writer.admit(writer.word(_NOT_STATED, title=titles, attribute=name))
        return
    writer.table = AnswerTable(
        [writer.word(_ROW_HEAD), *(one.title for one in products)],
        [[label, *cells] for label, cells, _ in rows],
        [[(), *numbers] for _, _, numbers in rows],
    )
    comma = "，" if writer.language == "zh" else ", "
    for label, cells, numbers in rows:
        named = [
            writer.word(_CELL, title=one.title, value=cell)
            for one, cell in zip(products, cells, strict=True)
            if cell
        ]
        text = writer.word(_COMPARED, attribute=label, cells=comma.join(named))
        keys = [one.key for one in products]
        writer.state(text, [number for group in numbers for number in group], keys)


def _common_attributes(products: Sequence[StatedProduct]) -> list[str]:
    """Return the attributes of the products, those of most products first."""
    found = sorted(
        (fact.attribute, n)
        for n, product in enumerate(products)
        for fact in product.facts
        if fact.relation == "HAS_VALUE" and fact.attribute
    )
    shared = [
        (-len({n for _, n in group}), name)
        for name, group in ((name, list(ones)) for name, ones in groupby(found, lambda one: one[0]))
    ]
    return [f"attribute:{name}" for _, name in sorted(shared)]


def _property_cells(
    writer: AnswerWriter, products: Sequence[StatedProduct], name: str
) -> tuple[list[str], list[tuple[int, ...]]]:
    cells, numbers = [], []
    for product in products:
        trial = AnswerWriter(writer.language)
        _state_property(trial, product, name)
        text, cited = "", tuple[int, ...]()
        if trial.answered:
            text = _cell(writer, product, name)
            cited = tuple(
                writer.cite(one.kind, one.key, one.text, one.product, one.url)
                for one in trial.sources
            )
        cells.append(text)
        numbers.append(cited)
    return cells, numbers


def _cell(writer: AnswerWriter, product: StatedProduct, name: str) -> str:
    if name == "brand":
        return _names(writer, [one for one in product.facts if one.relation == "HAS_BRAND"])
    if name == "rating" and product.rating is not None:
        return writer.word(_STARS, rating=product.rating, count=product.rated)
    return _text_of(writer, product, name)


def _attribute_cells(
    writer: AnswerWriter, products: Sequence[StatedProduct], attribute: str
) -> tuple[list[str], list[tuple[int, ...]]]:
    facts = [_values_of(product, attribute) for product in products]
    cells = [_names(writer, listed) for listed in facts]
    numbers = [
        tuple(cite_fact(writer, product, fact) for fact in listed)
        for product, listed in zip(products, facts, strict=True)
    ]
    return cells, numbers
