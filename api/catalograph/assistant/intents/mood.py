"""Sentiment of a turn: whether its words show a pleased or an annoyed customer."""

import re

from catalograph.ingest.language.aspects import read_opinion_words
from catalograph.schema import Sentiment

_ANGER = re.compile(
    r"\b(?:angry|furious|scam|ridiculous|unacceptable|disgusting|fed up|damn|goddamn|bloody|"
    r"fuck\w*|sue|never again|not acceptable|sick of)\b"
    r"|投诉|骗子|气死|太过分|垃圾|差评|不满|失望|生气|愤怒|恶心|受够|坑人|忽悠|无语|敷衍|太差",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"\b(?:thanks?|thank you|cheers|appreciate)\b|谢谢|感谢|多谢|太棒|点赞", re.IGNORECASE
)
# "I would like the best light laptop" praises nothing.
_WISHED_TEXT = """
like recommend best better good cheap light lightweight fast quick quickly compact portable
premium powerful quiet well works easy easily easier clear simple reasonable comfortable soft
strong durable worth reliable hard limited heavy hot complaint complain
好 推荐 便宜 值得 轻 快 不错 好用
"""
_WISHED = frozenset(_WISHED_TEXT.split())


def judge_turn(turn: str) -> Sentiment | None:
    """Return the sentiment of a turn; None if its words show none.

    Words that say what is wished for, or what a question is about, do not count.
    """
    found = [mood for word, mood in read_opinion_words(turn) if word not in _WISHED]
    found += [Sentiment.NEGATIVE] * (2 * len(_ANGER.findall(turn)))
    found += [Sentiment.POSITIVE] * len(_THANKS.findall(turn))
    good, bad = found.count(Sentiment.POSITIVE), found.count(Sentiment.NEGATIVE)
    if good == bad:
        return Sentiment.NEUTRAL if found else None
    return Sentiment.POSITIVE if good > bad else Sentiment.NEGATIVE


def is_angry(turn: str) -> bool:
    """Return whether words of a turn show an angry customer, and not only bad news."""
    return judge_turn(turn) is Sentiment.NEGATIVE and bool(_ANGER.search(turn))
