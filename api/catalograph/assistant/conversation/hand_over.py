"""When a person should take over a conversation, and what that person has to know."""

from collections.abc import Sequence
from dataclasses import dataclass

from catalograph.assistant.answers import AnswerStatus
from catalograph.assistant.conversation.state import PastTurn
from catalograph.assistant.intents.mood import is_angry
from catalograph.assistant.planning.cues import has_cue
from catalograph.schema import Sentiment
from catalograph.schema.dialogue import HandOverReason
from catalograph.schema.graph_types import Wording

_HUMAN = "contact_human_agent"
_SAYINGS = {
    HandOverReason.ASKED: Wording(
        "A person should help you here; I pass on what we have discussed.",
        "接下来由人工客服为您服务，我会把我们的对话转交给客服。",
    ),
    HandOverReason.UNANSWERED: Wording(
        "I could not answer twice, so a person should help you; I pass on what we have discussed.",
        "连续两次未能回答您的问题，接下来由人工客服为您服务，我会把我们的对话转交给客服。",
    ),
    HandOverReason.ANGER: Wording(
        "I am sorry about the trouble. A person should help you; I pass on what we have discussed.",
        "非常抱歉给您带来不便。接下来由人工客服为您服务，我会把我们的对话转交给客服。",
    ),
}
_REASONS = {
    HandOverReason.ASKED: Wording("The customer asks for a person.", "客户要求人工服务。"),
    HandOverReason.UNANSWERED: Wording(
        "The last two turns had no answer.", "最近两轮问题都没有得到回答。"
    ),
    HandOverReason.ANGER: Wording("The customer is angry.", "客户情绪激动。"),
}
_COUNTS = Wording(
    "{turns} turns, {answered} answered; mood: {mood}.",
    "共{turns}轮，已回答{answered}轮；情绪：{mood}。",
)
_LAST = Wording("The last turn: “{text}”", "最后一轮：“{text}”")
_ANSWERED = Wording("Answered: {texts}", "已回答：{texts}")
_OPEN = Wording("Not answered: {texts}", "未回答：{texts}")
_TRIED = Wording("“{text}”: {done} – {status}", "“{text}”：{done}，{status}")
_MOODS = {
    Sentiment.POSITIVE: Wording("pleased", "满意"),
    Sentiment.NEUTRAL: Wording("mixed", "一般"),
    Sentiment.NEGATIVE: Wording("annoyed", "不满"),
    None: Wording("not shown", "未表现"),
}
_ANGRY = Wording("angry", "愤怒")
_STATUS = {
    AnswerStatus.ANSWERED: Wording("answered", "已回答"),
    AnswerStatus.UNKNOWN: Wording("not known", "没有相关信息"),
    AnswerStatus.UNCLEAR: Wording("asked what is meant", "已向客户追问"),
    AnswerStatus.SIGN_IN: Wording("needs a sign-in", "需要登录"),
    AnswerStatus.HANDED_OVER: Wording("left to a person", "转交人工"),
}
_DONE = {
    "find": Wording("products searched", "搜索商品"),
    "facts": Wording("facts of a product looked up", "查询商品信息"),
    "compare": Wording("products compared", "比较商品"),
    "aggregate": Wording("products counted", "统计商品"),
    "path": Wording("related products looked up", "查询相关商品"),
    "opinion": Wording("reviews summed up", "汇总评价"),
    "policy": Wording("the shop's documents searched", "检索店铺文档"),
    "order": Wording("an order looked up", "查询订单"),
}
_NOTHING_DONE = Wording("nothing looked up", "未查询")
_MOST = 10


@dataclass(frozen=True, slots=True)
class HandOverNote:
    """What a person has to know who takes over.

    Attributes:
        reason: why a person should.
        say: what the shopper is answered.
        summary: what was asked and answered, and the customer's mood, in the shopper's language.
        tried: a line for each of the last turns: what was asked, what was done, what came of it.
    """

    reason: HandOverReason
    say: str
    summary: str
    tried: Sequence[str]


def find_reason(
    turn: PastTurn, past: Sequence[PastTurn], *, asks_person: bool
) -> HandOverReason | None:
    """Return why a person should take over after a turn; None for no reason.

    Args:
        turn: the turn with its answer.
        past: turns before it, the oldest first.
        asks_person: whether the turn asks for a person.
    """
    if asks_person:
        return HandOverReason.ASKED
    before = past[-1] if past else None
    if not _asks_opinion(turn):
        annoyed = [
            one
            for one in (*past[-1:], turn)
            if one.sentiment is Sentiment.NEGATIVE and not _asks_opinion(one)
        ]
        if is_angry(turn.text) or len(annoyed) == 2:
            return HandOverReason.ANGER
    if before is not None and _is_open(before) and _is_open(turn) and not before.handed_over:
        return HandOverReason.UNANSWERED
    return None


def asks_for_person(text: str, intents: Sequence[str]) -> bool:
    """Return whether a turn asks for a person."""
    return has_cue("person", text) or _HUMAN in intents


def _asks_opinion(turn: PastTurn) -> bool:
    """Return whether a turn asks for opinions, whose words are not the customer's own mood."""
    cue = has_cue("opinion", turn.text) or has_cue("negative", turn.text)
    return "opinion" in turn.intents or (cue and turn.text.rstrip().endswith(("?", "？")))


def _is_open(turn: PastTurn) -> bool:
    """Return whether a turn got nothing: no answer, and no products to choose from."""
    if turn.status is AnswerStatus.UNCLEAR:
        return not turn.products
    return turn.status is AnswerStatus.UNKNOWN


def write_note(reason: HandOverReason, turns: Sequence[PastTurn], language: str) -> HandOverNote:
    """Return what a person has to know.

    Args:
        reason: why a person takes over.
        turns: turns with this one, the oldest first.
        language: `en` or `zh`.
    """

    def word(wording: Wording, **arguments: object) -> str:
        return wording.in_language(language).format(**arguments)

    shown = [turn.sentiment for turn in turns if turn.sentiment is not None]
    mood = word(_MOODS[shown[-1] if shown else None])
    if reason is HandOverReason.ANGER:
        mood = word(_ANGRY)
    answered = sum(turn.status is AnswerStatus.ANSWERED for turn in turns)
    parts = [
        word(_REASONS[reason]),
        word(_COUNTS, turns=len(turns), answered=answered, mood=mood),
    ]
    done = [turn.text for turn in turns[:-1] if turn.status is AnswerStatus.ANSWERED]
    missed = [turn.text for turn in turns[:-1] if _is_open(turn)]
    for wording, texts in ((_ANSWERED, done), (_OPEN, missed)):
        if texts:
            parts.append(word(wording, texts=" / ".join(f"“{one}”" for one in texts[-_MOST:])))
    parts.append(word(_LAST, text=turns[-1].text))
    tried = [
        word(
            _TRIED, text=turn.text, status=word(_STATUS[turn.status]),
            done=", ".join(dict.fromkeys(word(_DONE[plan.op]) for plan in turn.plans))
            or word(_NOTHING_DONE),
        )
        for turn in turns[-_MOST:]
    ]  # fmt: skip
    join = "" if language == "zh" else " "
    return HandOverNote(reason, word(_SAYINGS[reason]), join.join(parts), tried)
