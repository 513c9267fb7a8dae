"""Answers about periods: what is praised less or more than before, and past offers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from catalograph.assistant.answers.answer import AnswerWriter, SourceKind
from catalograph.assistant.answers.phrases import (
    AVAILABILITY,
    format_date,
    format_money,
    join_names,
)
from catalograph.assistant.answers.reader import GraphReader
from catalograph.schema.graph_types import Wording
from catalograph.schema.query_plan import FactsPlan, Period, TrendPlan
from catalograph.store.queries.plans import (
    FEWEST_REVIEWS,
    OfferRow,
    TopicChange,
    TrendRow,
    read_offers_in,
    read_trends,
)

_QUOTED = 2
_MONTH = Wording("in {month} {year}", "{year}年{month}月")
_YEAR = Wording("in {year}", "{year}年")
_DAY = Wording("on {since}", "{since}")
_DAYS = Wording("from {since} to {until}", "{since}至{until}")
_CHANGED = Wording(
    "{name}: net praise {score} in {reviews} reviews {when}, {before} in the {earlier} of the "
    "{days} days before.",
    "{name}：{when}的{reviews}条评论净好评率为{score}，此前{days}天的{earlier}条为{before}。",
)
_TOPICS = {
    "worse": Wording("More complaints about: {topics}.", "抱怨增多的方面：{topics}。"),
    "better": Wording("More praise of: {topics}.", "好评增多的方面：{topics}。"),
}
_TOPIC = Wording("{name} ({said}, before {before})", "{name}（{said}条，此前{before}条）")
_QUOTE = Wording("One review says: “{text}”", "一条评论写道：“{text}”")
_UNCHANGED = {
    "worse": Wording(
        "I know of nothing that is praised less {when} than before; compared is what has at least "
        "{fewest} reviews in both periods.",
        "{when}没有发现口碑下降的；只比较前后两段时间都至少有{fewest}条评论的。",
    ),
    "better": Wording(
        "I know of nothing that is praised more {when} than before; compared is what has at least "
        "{fewest} reviews in both periods.",
        "{when}没有发现口碑上升的；只比较前后两段时间都至少有{fewest}条评论的。",
    ),
}
_COST = Wording("“{title}” cost {states} {when}.", "“{title}”{when}的价格是{states}。")
_WAS = Wording("“{title}” was {states} {when}.", "“{title}”{when}的库存状态：{states}。")
_SINCE = Wording("{state} since {since}", "{state}（自{since}起）")
_FROM = Wording("{state} until {until}", "{state}（至{until}）")
_REDUCED = Wording("{sale} (reduced from {price})", "{sale}（原价{price}）")
_NO_PRICE = Wording(
    "I don't know what that cost {when}: its history begins later, or states no price.",
    "我不知道{when}的价格：价格记录晚于这段时间，或没有价格。",
)
_NO_AVAILABILITY = Wording(
    "I don't know whether that could be bought {when}: its history begins later, or does not say.",
    "我不知道{when}能否买到：库存记录晚于这段时间，或没有说明。",
)


async def answer_trend(plan: TrendPlan, reader: GraphReader, writer: AnswerWriter) -> None:
    """State what is praised less, or more, than before, and over what."""
    rows = await read_trends(reader.connection, plan, reader.prices)
    when = label_period(plan.period, writer)
    if not rows:
        writer.admit(writer.word(_UNCHANGED[plan.direction], when=when, fewest=FEWEST_REVIEWS))
        return
    writer.nodes |= {row.key: row.name for row in rows}
    for row in rows:
        _state_change(row, plan, when, writer)


def _state_change(row: TrendRow, plan: TrendPlan, when: str, writer: AnswerWriter) -> None:
    figures = {"score": f"{100 * row.score:+.0f} %", "before": f"{100 * row.before:+.0f} %"}
    cited = f"{row.reviews} | {row.earlier} | {figures['score']} | {figures['before']}"
    text = writer.word(
        _CHANGED, name=row.name, reviews=row.reviews, earlier=row.earlier, when=when,
        days=plan.period.days, **figures,
    )  # fmt: skip
    products = [row.key] if plan.by == "product" else []
    numbers = [writer.cite(SourceKind.REVIEW, key, cited) for key in row.examples]
    writer.state(text, numbers, products)
    if row.topics:
        _state_topics(row.topics, plan, writer)


def _state_topics(topics: Sequence[TopicChange], plan: TrendPlan, writer: AnswerWriter) -> None:
    names = join_names(
        (
            writer.word(_TOPIC, name=topic.name, said=topic.said, before=topic.before)
            for topic in topics
        ),
        writer,
    )
    quotes = [quote for topic in topics for quote in topic.quotes if quote.text]
    numbers = [
        writer.cite(SourceKind.REVIEW, quote.review, quote.text, quote.product) for quote in quotes
    ]
    products = [quote.product for quote in quotes]
    writer.state(writer.word(_TOPICS[plan.direction], topics=names), numbers, products)
    for quote, number in list(zip(quotes, numbers, strict=True))[:_QUOTED]:
        writer.state(writer.word(_QUOTE, text=quote.text), [number], [quote.product])


async def answer_past(
    plan: FactsPlan, period: Period, reader: GraphReader, writer: AnswerWriter
) -> None:
    """State what products cost in a period, and whether they could be bought."""
    offers = await read_offers_in(reader.connection, plan.products, period)
    when = label_period(period, writer)
    for name in plan.properties:
        label, said, unknown = _PAST[name]
        labelled = [(one, label(one, writer)) for one in offers]
        known = [(one, text) for one, text in labelled if text]
        if not known:
            writer.admit(writer.word(unknown, when=when))
        for key in dict.fromkeys(one.product for one, _ in known):
            spans = _join_spans([(one, text) for one, text in known if one.product == key])
            states = join_names((_label_span(one, spans, period, writer) for one in spans), writer)
            text = writer.word(said, title=spans[0].offer.title, states=states, when=when)
            writer.state(text, [_cite_span(one, writer) for one in spans], [key])


@dataclass(frozen=True)
class _Span:
    """A time in which one price or one availability held, of one offer or of several in a row."""

    offer: OfferRow
    label: str
    valid_to: datetime | None


def _join_spans(labelled: Sequence[tuple[OfferRow, str]]) -> list[_Span]:
    spans: list[_Span] = []
    for offer, label in labelled:
        if spans and spans[-1].label == label and spans[-1].valid_to == offer.valid_from:
            spans[-1] = replace(spans[-1], valid_to=offer.valid_to)
        else:
            spans.append(_Span(offer, label, offer.valid_to))
    return spans


def _cite_span(span: _Span, writer: AnswerWriter) -> int:
    offer = span.offer
    return writer.cite(
        SourceKind.RECORD, offer.record or offer.product,
        f"{offer.title} | {span.label} | {offer.valid_from.isoformat()}", offer.product,
    )  # fmt: skip


def _label_span(span: _Span, spans: list[_Span], period: Period, writer: AnswerWriter) -> str:
    """Return a label; with its first or last day, where it did not hold for the whole period."""
    begun, ended = span.offer.valid_from, span.valid_to
    if span is not spans[0] or begun > period.begin:
        return writer.word(_SINCE, state=span.label, since=format_date(begun, writer.language))
    if ended is not None and ended < period.end:
        return writer.word(_FROM, state=span.label, until=format_date(ended, writer.language))
    return span.label


def _label_price(offer: OfferRow, writer: AnswerWriter) -> str:
    price = format_money(offer.price, offer.currency)
    sale = format_money(offer.sale_price, offer.currency)
    if not sale or sale == price:
        return price
    return writer.word(_REDUCED, sale=sale, price=price)


def _label_availability(offer: OfferRow, writer: AnswerWriter) -> str:
    wording = AVAILABILITY.get(offer.availability or "")
    return "" if wording is None else writer.word(wording)


_PAST: Mapping[str, tuple[Callable[[OfferRow, AnswerWriter], str], Wording, Wording]] = {
    "price": (_label_price, _COST, _NO_PRICE),
    "availability": (_label_availability, _WAS, _NO_AVAILABILITY),
}
"""How to name what held, the sentence, and the one of nothing known, by property."""


def label_period(period: Period, writer: AnswerWriter) -> str:
    """Return a period for the end of an English sentence, or the start of a Chinese one."""
    first, last = period.since, period.until
    after = period.end.date()
    if first.day == 1 and after.day == 1 and period.days <= 31:
        month = first.month if writer.language == "zh" else f"{first:%B}"
        return writer.word(_MONTH, month=month, year=first.year)
    if (first.month, first.day) == (1, 1) and (after.year, after.month) == (first.year + 1, 1):
        return writer.word(_YEAR, year=first.year)
    since, until = (
        format_date(day, writer.language)
        for day in (period.begin, period.end - period.end.resolution)
    )
    return writer.word(_DAY if first == last else _DAYS, since=since, until=until)
