"""Judgement of answers against the right ones, and of their sources against the graph."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from catalograph.evaluation.questions.rows import QuestionRow
from catalograph.ml.script import fold_text

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_QUOTED = re.compile("“[^”]*”")
_ANSWERED, _REFUSED = "ANSWERED", frozenset({"UNKNOWN", "SIGN_IN"})


@dataclass
class AnswerJudgement:
    """Counts over all questions.

    Attributes:
        right: by kind and language, whether each answerable question was answered right.
        refused: by kind and language, whether each unanswerable question was refused.
        unsourced: number of statements that claim something without a source.
        claims: number of statements that claim something.
        citations: whether each source is in the graph and is about what was asked.
        milliseconds: by kind, time of each answer.
        by_model: of each answer, whether a language model planned it, and whether it worded it.
        errors: questions that are not right, with the answer.
    """

    right: dict[tuple[str, str], list[bool]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[tuple[str, str], list[bool]] = field(default_factory=lambda: defaultdict(list))
    unsourced: int = 0
    claims: int = 0
    citations: list[bool] = field(default_factory=list)
    milliseconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    by_model: list[tuple[bool, bool]] = field(default_factory=list)
    errors: list[tuple[QuestionRow, Mapping[str, Any]]] = field(default_factory=list)

    def judge(
        self, row: QuestionRow, answer: Mapping[str, Any], known: Mapping[str, str], ms: float
    ) -> None:
        """Count one answer.

        Args:
            row: question with the right answer.
            answer: answer in the API's form.
            known: text of each source of the answer as the graph has it, by key; a key that the
                graph does not have is missing.
            ms: time of the answer in milliseconds.
        """
        self.milliseconds[row.kind].append(ms)
        planned, worded = answer["plannedBy"] != "rules", answer["wordedBy"] != "template"
        self.by_model.append((planned, worded))
        at = row.kind, row.language
        if row.answerable:
            right = is_right(row, answer)
            self.right[at].append(right)
        else:
            right = answer["status"] in _REFUSED
            self.refused[at].append(right)
        if not right:
            self.errors.append((row, answer))
        for statement in answer["statements"]:
            if answer["status"] == _ANSWERED and statement["sources"]:
                self.claims += 1
            elif _claims(statement["text"], row.question):
                self.claims += 1
                self.unsourced += 1
        if answer["status"] == _ANSWERED:
            self.citations += [_is_cited_right(one, known) for one in answer["sources"]]

    def measures(self) -> dict[str, float]:
        """Return shares over all questions, from 0 to 1."""
        right = [one for listed in self.right.values() for one in listed]
        refused = [one for listed in self.refused.values() for one in listed]
        found = {
            "answered_right": _mean(right),
            "refused_right": _mean(refused),
            "claims_without_source": self.unsourced / max(self.claims, 1),
            "citations_right": _mean(self.citations),
        }
        if any(map(any, self.by_model)):
            found["planned_by_model"] = _mean([planned for planned, _ in self.by_model])
            found["worded_by_model"] = _mean([worded for _, worded in self.by_model])
        for language in sorted({language for _, language in self.right}):
            listed = [one for at, ones in self.right.items() if at[1] == language for one in ones]
            found[f"answered_right {language}"] = _mean(listed)
        return found

    def percentiles(self) -> dict[str, float]:
        """Return the median and the 95th percentile of the times, in milliseconds."""
        took = [one for listed in self.milliseconds.values() for one in listed]
        return {f"p{at} ms": round(float(np.percentile(took, at)), 1) for at in (50, 95)}

    def by_kind(self) -> dict[str, dict[str, float]]:
        """Return the shares of right answers and right refusals, and times, by kind."""
        kinds = sorted({kind for kind, _ in (*self.right, *self.refused)})
        return {
            kind: {
                name: _mean([one for at, ones in found.items() if at[0] == kind for one in ones])
                for name, found in (("right", self.right), ("refused", self.refused))
            }
            | {"p95 ms": float(np.percentile(self.milliseconds[kind], 95))}
            for kind in kinds
        }


def is_right(row: QuestionRow, answer: Mapping[str, Any]) -> bool:
    """Return whether an answer is the right one: all of it, and no product beside it."""
    if answer["status"] != _ANSWERED:
        return False
    cells = [cell for line in (answer.get("table") or {}).get("rows", ()) for cell in line["cells"]]
    said = _fold(" ".join((answer["text"], *cells)))
    if not all(any(_fold(text) in said for text in texts) for texts in row.texts):
        return False
    if row.products is not None and set(answer["productKeys"]) != set(row.products):
        return False
    cited = [source["key"] for source in answer["sources"]]
    return not row.sources or any(wanted in key for wanted in row.sources for key in cited)


def _is_cited_right(source: Mapping[str, Any], known: Mapping[str, str]) -> bool:
    """Return whether the graph has a source, and it says the words that are cited of it."""
    stored = known.get(source["key"])
    if stored is None:
        return False
    if source["kind"] in ("PASSAGE", "REVIEW"):
        return all(line in stored for line in source["text"].splitlines()) or (
            source["kind"] == "REVIEW" and "|" in source["text"]
        )
    return True


def _claims(text: str, question: str) -> bool:
    """Return whether a statement without sources says a number that the question does not.

    Numbers in quoted titles only name a product.
    """
    asked = set(_NUMBER.findall(question))
    return any(number not in asked for number in _NUMBER.findall(_QUOTED.sub("", text)))


def _fold(text: str) -> str:
    return " ".join(fold_text(text).split())


def _mean(listed: Sequence[bool]) -> float:
    return sum(listed) / len(listed) if listed else float("nan")
