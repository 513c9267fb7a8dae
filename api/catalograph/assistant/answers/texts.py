"""Answers from reviews and from documents of the shop."""

from catalograph.assistant.answers.answer import AnswerWriter, SourceKind
from catalograph.assistant.answers.phrases import NOTHING_KNOWN, join_names
from catalograph.assistant.answers.reader import GraphReader
from catalograph.assistant.answers.relevance import choose_passages
from catalograph.assistant.answers.trends import label_period
from catalograph.schema.graph_types import Wording
from catalograph.schema.query_plan import OpinionPlan, PolicyPlan
from catalograph.store.queries.passages import PassageFilter
from catalograph.store.queries.plans import AspectRow, OpinionRows, read_opinions_of
from catalograph.store.queries.projection import FieldSelection, Selection

_ASPECTS = 5
_QUOTED = 2
_CANDIDATES = 30
_NO_REVIEWS = Wording("I don't know: there are no reviews of that.", "我不知道：还没有相关的评论。")
_NO_REVIEWS_THEN = Wording(
    "I don't know: there are no reviews of that {when}.", "我不知道：{when}没有相关的评论。"
)
_REVIEWED = Wording(
    "{count} reviews{when}, {rating:.1f} of 5 stars on average.",
    "{when}共{count}条评论，平均{rating:.1f}星。",
)
_REVIEWED_UNRATED = Wording(
    "{count} reviews{when}, without stars.", "{when}共{count}条评论，没有星级。"
)
_PRAISED = Wording("Praised: {aspects}.", "好评：{aspects}。")
_CRITICISED = Wording("Criticised: {aspects}.", "差评：{aspects}。")
_ASPECT = Wording("{name} ({count})", "{name}（{count}）")
_QUOTE = Wording("One review says: “{text}”", "一条评论写道：“{text}”")
_NO_MOOD = {
    "positive": Wording("No review praises anything in it.", "没有评论称赞它。"),
    "negative": Wording("No review criticises anything in it.", "没有评论批评它。"),
}
_PASSAGE = Selection(
    "Passage",
    (
        *(FieldSelection(name, name) for name in ("key", "heading", "text", "language")),
        FieldSelection(
            "document",
            "document",
            Selection(
                "Document", tuple(FieldSelection(n, n) for n in ("key", "title", "url", "kind"))
            ),
        ),
    ),
)


async def answer_opinion(plan: OpinionPlan, reader: GraphReader, writer: AnswerWriter) -> None:
    """State what reviews say, with quotations."""
    found = await read_opinions_of(reader.connection, plan, reader.prices)
    when = label_period(plan.period, writer) if plan.period is not None else ""
    if not found.reviews:
        writer.admit(writer.word(_NO_REVIEWS_THEN if when else _NO_REVIEWS, when=when))
        return
    _state_stars(found, f" {when}" if when and writer.language == "en" else when, writer)
    for mood, wording in (("positive", _PRAISED), ("negative", _CRITICISED)):
        if plan.sentiment not in (None, mood):
            continue
        said = [row for row in found.aspects if _count(row, mood)]
        if said:
            _state_aspects(said, mood, wording, writer)
        elif plan.sentiment == mood:
            writer.admit(writer.word(_NO_MOOD[mood]))


def _state_stars(found: OpinionRows, when: str, writer: AnswerWriter) -> None:
    numbers = [
        writer.cite(SourceKind.REVIEW, key, f"{found.reviews} | {found.rating}")
        for key in found.examples
    ]
    if found.rating is not None:
        text = writer.word(_REVIEWED, count=found.reviews, rating=found.rating, when=when)
        writer.state(text, numbers)
    else:
        writer.state(writer.word(_REVIEWED_UNRATED, count=found.reviews, when=when), numbers)


def _count(row: AspectRow, mood: str) -> int:
    return row.positive if mood == "positive" else row.negative


def _state_aspects(
    rows: list[AspectRow], mood: str, wording: Wording, writer: AnswerWriter
) -> None:
    rows = sorted(rows, key=lambda row: (-_count(row, mood), row.key))[:_ASPECTS]
    names = join_names(
        (writer.word(_ASPECT, name=row.name, count=_count(row, mood)) for row in rows), writer
    )
    quotes = [q for row in rows for q in row.quotes if q.sentiment == mood and q.text]
    numbers = [
        writer.cite(SourceKind.REVIEW, quote.review, quote.text, quote.product) for quote in quotes
    ]
    writer.state(writer.word(wording, aspects=names), numbers, [q.product for q in quotes])
    for quote, number in list(zip(quotes, numbers, strict=True))[:_QUOTED]:
        writer.state(writer.word(_QUOTE, text=quote.text), [number], [quote.product])


async def answer_policy(plan: PolicyPlan, reader: GraphReader, writer: AnswerWriter) -> None:
    """State what the shop's documents say; nothing if no passage is about the question."""
    kept = PassageFilter(plan.kinds[0].value if len(plan.kinds) == 1 else None)
    found = await reader.passages.find(
        reader.connection, plan.query, kept, _CANDIDATES, _PASSAGE, favour=plan.about
    )
    chosen = choose_passages(plan, found, writer.language)
    if not chosen:
        writer.admit(writer.word(NOTHING_KNOWN))
        return
    for row in chosen:
        document = row["document"] or {}
        number = writer.cite(
            SourceKind.PASSAGE, row["key"],
            "\n".join(part for part in (row["heading"], row["text"]) if part),
            url=document.get("url"),
        )  # fmt: skip
        writer.state(str(row["text"]), [number])
