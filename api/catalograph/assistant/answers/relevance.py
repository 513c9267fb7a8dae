"""Which passages are about a question: words in common, weighed against what the question asks."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from catalograph.assistant.intents.features import english_of
from catalograph.assistant.planning.cues import blank_cues
from catalograph.assistant.query_understanding.tokens import STOP_WORDS, fold_plural
from catalograph.assistant.retrieval import FoundPassage
from catalograph.ingest.packaged_table import load_packaged_table
from catalograph.ml.script import fold_text, has_han, language_of
from catalograph.schema.query_plan import PolicyPlan

_WORD = re.compile(r"[a-z0-9]+|[\u3400-\u4dbf\u4e00-\u9fff]+")
_ENDINGS = ("ing", "ed", "er", "ment", "s", "e")
_SHORTEST_STEM = 4
_LEAST_SHARE = 0.6
"""Share of the question's words that a passage has, if the question has no intent of service."""
_LEAST_SHARE_WITH_TERM = 0.5
"""The same where the passage has a word of the intent."""
_SIMILAR = {"en": (0.45, 0.6), "zh": (0.66, 0.78)}
"""Cosines from which words decide, and from which meaning alone does, for the packaged encoders."""
_MOST = 2


def choose_passages(
    plan: PolicyPlan, found: Sequence[FoundPassage], language: str
) -> list[Mapping[str, Any]]:
    """Return the passages that are about a question, the best first; none if none is.

    A passage is about it if its meaning is near enough; or if it is less near, but has most of the
    question's words, where a word of the question's intent counts for some of them. Without
    vectors, words decide alone. Passages in another language count only where none is in the
    question's: the same document in both is one answer.

    Args:
        plan: the question.
        found: candidates, the best first.
        language: language of the question.
    """
    own = [one for one in found if (one.row["language"] or language)[:2] == language]
    low, high = _SIMILAR[language if own else "en"]
    chosen: list[tuple[float, FoundPassage]] = []
    for one in own or found:
        share, term = _judge(plan, one.row)
        worded = share >= (_LEAST_SHARE_WITH_TERM if term else _LEAST_SHARE)
        near = 0.0 if one.similarity is None else one.similarity
        if near >= high or (worded and (one.similarity is None or near >= low)):
            chosen.append((near + share / 2, one))
    chosen.sort(key=lambda pair: -pair[0])
    rows = [one.row for _, one in chosen]
    return [row for row in rows if row["document"] == rows[0]["document"]][:_MOST]


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


def _terms(plan: PolicyPlan) -> Mapping[str, list[str]]:
    table = load_packaged_table("catalograph.assistant.answers", "policy_terms")
    terms: Mapping[str, list[str]] = table.get(plan.intent or "", {})
    return terms
