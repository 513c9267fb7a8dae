"""Answers that are numbers over products, and nodes at the end of a path."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalograph.assistant.answers.answer import AnswerWriter, SourceKind
from catalograph.assistant.answers.phrases import (
    PROPERTY,
    format_money,
    join_names,
    label_attribute,
    label_number,
)
from catalograph.assistant.answers.reader import GraphReader
from catalograph.schema.graph_types import Wording
from catalograph.schema.query_plan import AggregatePlan, PathPlan
from catalograph.store.queries.plans import (
    AggregateRow,
    EndRow,
    aggregate_products,
    follow_path,
)
from catalograph.store.queries.plans.compile import asserted_keys

_NAMED = 20
_NO_NUMBER = Wording(
    "I don't know: no product that meets that has such a number in the catalogue.",
    "我不知道：目录中没有符合条件的商品有这样的数据。",
)
_COUNTED = Wording(
    "{count} products meet that, such as {names}.", "符合条件的商品有{count}件，例如{names}。"
)
_COUNTED_ONE = Wording("One product meets that: {names}.", "符合条件的商品有1件：{names}。")
_COMPUTED = {
    "mean": Wording(
        "The average {measure} is {number}, over {count} products such as {names}.",
        "平均{measure}是{number}（共{count}件商品，例如{names}）。",
    ),
    "sum": Wording(
        "The {measure} of {count} products together is {number}: {names}.",
        "{count}件商品的{measure}合计{number}：{names}。",
    ),
    "min": Wording(
        "The smallest {measure} is {number}: {names}.", "{measure}最小的是{names}：{number}。"
    ),
    "max": Wording(
        "The largest {measure} is {number}: {names}.", "{measure}最大的是{names}：{number}。"
    ),
}
_GROUP = Wording("{name} ({number})", "{name}（{number}）")
_GROUPS = {
    ("count", True): Wording("Most products: {groups}.", "商品最多的：{groups}。"),
    ("count", False): Wording("Fewest products: {groups}.", "商品最少的：{groups}。"),
    ("other", True): Wording("Highest {measure}: {groups}.", "{measure}最高的：{groups}。"),
    ("other", False): Wording("Lowest {measure}: {groups}.", "{measure}最低的：{groups}。"),
}
_QUOTED = Wording("“{name}”", "“{name}”")
_REACHED = Wording("{count} are stated: {names}.", "目录中有{count}个：{names}。")
_REACHED_ONE = Wording("One is stated: {names}.", "目录中有1个：{names}。")
_REACHED_SOME = Wording("Among others: {names}.", "其中包括：{names}。")
_NOTHING = Wording(
    "I don't know of any: the catalogue states no such connection.",
    "我不知道：目录没有说明这样的关联。",
)


async def answer_aggregate(plan: AggregatePlan, reader: GraphReader, writer: AnswerWriter) -> None:
    """State a number over products, or the groups with the largest."""
    rows = await aggregate_products(reader.connection, plan, reader.prices)
    rows = [row for row in rows if row.products]
    if not rows:
        writer.admit(writer.word(_NO_NUMBER))
        return
    if plan.by is not None:
        _state_groups(plan, rows, reader, writer)
        return
    [row] = rows
    names = join_names((writer.word(_QUOTED, name=one["title"]) for one in row.examples), writer)
    if plan.function in ("min", "max"):
        first = row.examples[:1]
        names = writer.word(_QUOTED, name=first[0]["title"])
    else:
        first = row.examples
    wording = _COMPUTED.get(plan.function, _COUNTED_ONE if row.products == 1 else _COUNTED)
    text = writer.word(
        wording,
        measure=_measure(plan, writer),
        number=_number(plan, row, reader),
        count=row.products,
        names=names,
    )
    writer.state(text, _cite(writer, first, row), [one["key"] for one in first])


def _measure(plan: AggregatePlan, writer: AnswerWriter) -> str:
    if plan.attribute is not None:
        return label_attribute(plan.attribute.partition(":")[2], writer.language)
    return writer.word(PROPERTY[plan.measure]) if plan.measure in PROPERTY else ""


def _number(plan: AggregatePlan, row: AggregateRow, reader: GraphReader) -> str:
    if plan.measure == "products":
        return f"{row.number:.0f}"
    if plan.measure == "price":
        computed = plan.function in ("mean", "sum")
        amount = f"{row.number:.2f}" if computed else str(row.number)
        return format_money(amount, plan.of.currency or reader.prices.currency)
    if plan.measure == "rating":
        return f"{row.number:.1f}"
    return label_number(row.number, row.unit)


def _cite(
    writer: AnswerWriter, examples: Sequence[Mapping[str, Any]], row: AggregateRow
) -> list[int]:
    return [
        writer.cite(
            SourceKind.RECORD,
            one["record"] or one["key"],
            f"{one['title']} | {row.number:g}",
            one["key"],
        )
        for one in examples
    ]


def _state_groups(
    plan: AggregatePlan, rows: list[AggregateRow], reader: GraphReader, writer: AnswerWriter
) -> None:
    kind = "count" if plan.function == "count" else "other"
    writer.nodes |= {row.key: row.name or "" for row in rows if row.key}
    groups = join_names(
        (writer.word(_GROUP, name=row.name, number=_number(plan, row, reader)) for row in rows),
        writer,
    )
    text = writer.word(
        _GROUPS[kind, plan.descending], groups=groups, measure=_measure(plan, writer)
    )
    numbers = [
        writer.cite(
            SourceKind.RECORD, one["record"] or one["key"],
            f"{one['title']} | {row.name}: {_number(plan, row, reader)}", one["key"],
        )
        for row in rows
        for one in row.examples[:1]
    ]  # fmt: skip
    writer.state(text, numbers)


async def answer_path(plan: PathPlan, reader: GraphReader, writer: AnswerWriter) -> None:
    """State the nodes that a path leads to."""
    rows = await follow_path(reader.connection, plan, reader.prices)
    if not rows:
        writer.admit(writer.word(_NOTHING))
        return
    shown = rows[:_NAMED]
    writer.nodes |= {row.key: row.name for row in shown}
    names = [
        writer.word(_QUOTED, name=row.name) if row.label == "Product" else row.name for row in shown
    ]
    wording = _REACHED_ONE if len(rows) == 1 else _REACHED
    wording = _REACHED_SOME if len(rows) > len(shown) or len(rows) == plan.limit else wording
    text = writer.word(wording, count=len(rows), names=join_names(names, writer))
    numbers = [number for row in shown for number in _cite_path(writer, plan, row)]
    writer.state(text, numbers, [row.key for row in rows if row.label == "Product"])


def _cite_path(writer: AnswerWriter, plan: PathPlan, row: EndRow) -> list[int]:
    """Return the sources of each step of one path to a node."""
    numbers = []
    for key, head, tail in asserted_keys(plan, row.nodes):
        text = " | ".join((row.names[head], row.names[tail]))
        product = row.nodes[head] if row.nodes[head].startswith("product:") else None
        numbers.append(writer.cite(SourceKind.FACT, key, text, product))
    if not numbers and row.record:
        numbers.append(writer.cite(SourceKind.RECORD, row.record, row.name, row.key))
    return numbers
