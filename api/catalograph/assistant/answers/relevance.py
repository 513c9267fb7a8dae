"""Which passages are about a question: words in common, weighed against what the question asks."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import yaml

from catalograph.assistant.intents.features import english_of
from catalograph.assistant.planning.cues import blank_cues
from catalograph.assistant.query_understanding.tokens import STOP_WORDS, fold_plural
from catalograph.ml.script import fold_text, has_han, language_of
from catalograph.schema.query_plan import PolicyPlan
from catalograph.store.queries.search import escape_words

_WORD = re.compile(r"[a-z0-9]+|[\u3400-\u4dbf\u4e00-\u9fff]+")
_ENDINGS = ("ing", "ed", "er", "ment", "s", "e")
_SHORTEST_STEM = 4
_LEAST_SHARE = 0.6
"""Share of the question's words that a passage has, if the question has no intent of service."""
_LEAST_SHARE_WITH_TERM = 0.5
"""The same where the passage has a word of the intent."""
_MOST = 2
_SHOWN = 2_000


def search_words(plan: PolicyPlan) -> str:
    """Return the words by which passages are searched, as Lucene takes them literally."""
    terms = [term for language in _terms(plan).values() for term in language]
    asked = [blank_cues(text, "filler") for text in (plan.query, english_of(plan.query))]
    return escape_words(" ".join((*asked, *terms)).strip() or plan.query)


def choose_passages(
    plan: PolicyPlan, rows: Sequence[Mapping[str, Any]], language: str
) -> list[Mapping[str, Any]]:
    """Return the passages that are about a question, the best first; none if none is.

    A passage is about it if it has most of the question's words; where the question has an intent,
    a word of the intent and some of the question's. A heading counts as much as the text. Those
    in another language count only where none is in the question's.

    Args:
        plan: the question.
        rows: candidates with `heading` and `text`, the best first.
        language: language of the question.
    """
    judged = []
    own = {n for n, row in enumerate(rows) if (row["language"] or language)[:2] == language}
    for place, row in enumerate(rows):
        # Where documents are in both languages, one in the other is a weaker match of the same.
        if own and place not in own:
            continue
        share, term = _judge(plan, row)
        if share >= (_LEAST_SHARE_WITH_TERM if term else _LEAST_SHARE):
            judged.append((not term, -share, place))
    judged.sort()
    best = [one for one in judged if one[:2] == judged[0][:2]]
    return [rows[place] for *_, place in best[:_MOST]]


def _judge(plan: PolicyPlan, row: Mapping[str, Any]) -> tuple[float, bool]:
    """Return the share of the question's words that a passage has, and whether it has a term."""
    document = row.get("document") or {}
    heading = fold_text(f"{row['heading'] or ''} {document.get('title') or ''}")
    text = f"{heading} {fold_text(row['text'])}"
    tongue = "zh" if has_han(text) else "en"
    asked = plan.query
    if tongue == "en" and language_of(plan.query) == "zh":
        asked = english_of(plan.query)
    terms = _terms(plan).get(tongue, [])
    in_heading = any(term in heading for term in terms)
    if tongue == "zh" and language_of(plan.query) == "en":
        # English words have no glosses in Chinese; the heading alone decides.
        return (1.0 if in_heading else 0.0), in_heading
    words = _content(asked)
    if not words:
        return 0.0, False
    has = sum(_has(word, text) for word in words) / len(words)
    return has, in_heading or any(term in text for term in terms)


def _has(word: str, text: str) -> bool:
    return (word in text) if has_han(word) else re.search(rf"\b{re.escape(word)}", text) is not None


def _content(text: str) -> list[str]:
    """Return the words of a question that say what it is about: stems, and pairs of characters."""
    found: list[str] = []
    for match in _WORD.finditer(fold_text(blank_cues(text, "filler", "shop_filler", "own", "may"))):
        word = match[0]
        if has_han(word):
            found += [word[n : n + 2] for n in range(max(len(word) - 1, 1))]
        elif word not in STOP_WORDS and len(word) > 1:
            found.append(_stem(word))
    return list(dict.fromkeys(found))


def _stem(word: str) -> str:
    stem = fold_plural(word)
    for ending in _ENDINGS:
        if stem.endswith(ending) and len(stem) - len(ending) >= _SHORTEST_STEM:
            return stem[: -len(ending)]
    return stem


@cache
def _table() -> Mapping[str, Mapping[str, list[str]]]:
    text = (resources.files("catalograph.assistant.answers") / "policy_terms.yaml").read_text(
        "utf-8"
    )
    table: Mapping[str, Mapping[str, list[str]]] = yaml.safe_load(text)
    return table


def _terms(plan: PolicyPlan) -> Mapping[str, list[str]]:
    return _table().get(plan.intent or "", {})
