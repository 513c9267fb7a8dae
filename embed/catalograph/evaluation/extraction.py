"""Measures extractors of attribute values as ExtractGPT does (Brinkmann et al., 2023).

Each judged attribute of a product is one of five cases: no value and none found (NN), no value but
one found (NV), a value but none found (VN), the right value (VC), a wrong one (VW). Precision is
VC / (NV + VC + VW), recall VC / (VN + VC + VW), micro F1 their harmonic mean over all attributes.
Attributes that were not judged for a product are not requested.

`drop` is the micro F1 on held-out training examples minus that on the test: the loss on new
products or on another catalogue.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from catalograph.errors import ConfigError
from catalograph.evaluation.products import read_products
from catalograph.ingest.extract.cascade import Decision, JudgedFinding
from catalograph.ingest.extract.examples import ProductExample
from catalograph.ingest.extract.findings import Finding
from catalograph.ingest.extract.llm_fallback import least_certain, resolve_outcome
from catalograph.ingest.extract.protocol import ProductText, TextExtractor
from catalograph.ingest.extract.training import KINDS, CascadeSettings, fit_cascade
from catalograph.ml.calibration import expected_calibration_error
from catalograph.ml.metrics import score_counts
from catalograph.ml.profiling import BenchmarkRow, Profiler
from catalograph.schema.suggest import did_you_mean

LLM = "llm"
Answer = tuple[str, float]
"""A value and its confidence."""
Answers = Mapping[str, Answer]


@dataclass
class Cases:
    """Counts of the five cases, and the confidence of each found value."""

    nn: int = 0
    nv: int = 0
    vn: int = 0
    vc: int = 0
    vw: int = 0
    confidences: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)

    def add(self, truth: Sequence[str], found: Answer | None) -> None:
        """Count one judged attribute of a product."""
        if found is None:
            self.nn += not truth
            self.vn += bool(truth)
            return
        right = found[0] in truth
        self.confidences.append(found[1])
        self.right.append(right)
        self.nv += not truth
        self.vc += right
        self.vw += bool(truth) and not right

    def metrics(self) -> dict[str, float]:
        """Return micro F1, precision, recall and expected calibration error."""
        said = self.nv + self.vc + self.vw
        asked = self.vn + self.vc + self.vw
        counted = score_counts(self.vc, said, asked)
        return {
            "micro_f1": counted["f1"],
            "precision": counted["precision"],
            "recall": counted["recall"],
            "calibration_error": expected_calibration_error(self.confidences, self.right),
        }


class CaseGroup(StrEnum):
    """What the rows below the total are counted by."""

    ATTRIBUTE = "attribute"
    CATEGORY = "category"


def count_cases(
    examples: Sequence[ProductExample],
    answers: Sequence[Answers],
    by: CaseGroup = CaseGroup.ATTRIBUTE,
) -> tuple[Cases, dict[str, Cases]]:
    """Count the cases over all judged attributes, and for each attribute or category."""
    total = Cases()
    groups: dict[str, Cases] = {}
    for example, found in zip(examples, answers, strict=True):
        for name, truth in example.targets.items():
            group = name if by is CaseGroup.ATTRIBUTE else example.category
            for cases in (total, groups.setdefault(group, Cases())):
                cases.add(truth, found.get(name))
    return total, dict(sorted(groups.items()))


@dataclass(frozen=True)
class ExtractionTask:
    """An extractor evaluation: its files and settings.

    Attributes:
        train: training files.
        test: test file; None means cross-validation on `train`.
        settings: training settings.
        folds: number of folds of the cross-validation.
        model: factory that makes the language model's extractor from the examples it may see,
            for the extractor `llm` and the curve.
        shares: shares of the test products that the language model reads, one row each.
        work: folder in which finished taggers are kept.
        by: group of the rows below the total.
    """

    train: Sequence[Path]
    test: Path | None = None
    settings: CascadeSettings = field(default_factory=CascadeSettings)
    folds: int = 5
    model: Callable[[Sequence[ProductExample]], TextExtractor] | None = None
    shares: Sequence[float] = ()
    work: Path | None = None
    by: CaseGroup = CaseGroup.ATTRIBUTE


def parse_shares(text: str | None) -> tuple[float, ...]:
    """Parse shares written as `0.1,0.25`.

    Raises:
        ConfigError: a share is not a number from 0 to 1.
    """
    try:
        shares = tuple(float(part) for part in (text or "").split(",") if part.strip())
    except ValueError as exc:
        raise ConfigError(f"'{text}' are no shares; expected such as 0.1,0.25,0.5.") from exc
    if any(not 0 <= share <= 1 for share in shares):
        raise ConfigError(f"A share in '{text}' is not between 0 and 1.")
    return shares


def evaluate_extract(
    task: ExtractionTask, say: Callable[[str], None] = lambda line: None
) -> list[BenchmarkRow]:
    """Train an extractor, run it on the test products and count the cases.

    Returns:
        One row for all attributes, one for each share of model calls, and one per attribute or
        category.

    Raises:
        ConfigError: the extractor is unknown, or it needs a language model and there is none.
        TrainingDataError: a file is missing or malformed, or holds too little.
        MissingExtraError: the extra `extract` is not installed.
    """
    kind = task.settings.kind
    if kind not in (*KINDS, LLM):
        known = (*KINDS, LLM)
        near = did_you_mean(kind, known)
        raise ConfigError(f"No extractor '{kind}'; expected one of {', '.join(known)}.{near}")
    if task.model is None and (kind == LLM or task.shares):
        raise ConfigError("No language model is set up; name a replay file, or set its address.")
    examples = read_products(task.train)
    with Profiler() as watch:
        measured = _Measured()
        for learned, held in _splits(task, examples):
            f1 = measured.add(held, _read(task, learned, held, say))
            say(f"{kind}: {len(held)} products, micro F1 {f1:.4f}")
    return list(_rows(task, watch, measured))


@dataclass(frozen=True)
class _Answered:
    """Answers by share of model calls, and the micro F1 on held-out training examples."""

    by_share: Mapping[float, list[Answers]]
    validation: float | None = None


@dataclass
class _Measured:
    """Results of all folds together."""

    examples: list[ProductExample] = field(default_factory=list)
    answers: dict[float, list[Answers]] = field(default_factory=dict)
    validations: list[float] = field(default_factory=list)

    def add(self, held: Sequence[ProductExample], answered: _Answered) -> float:
        """Add a fold and return its micro F1."""
        self.examples += held
        for share, listed in answered.by_share.items():
            self.answers.setdefault(share, []).extend(listed)
        if answered.validation is not None:
            self.validations.append(answered.validation)
        total, _ = count_cases(held, next(iter(answered.by_share.values())))
        return total.metrics()["micro_f1"]


def _splits(
    task: ExtractionTask, examples: Sequence[ProductExample]
) -> Iterable[tuple[list[ProductExample], list[ProductExample]]]:
    if task.test is not None:
        yield list(examples), read_products([task.test])
        return
    order = np.random.default_rng(task.settings.seed).permutation(len(examples))
    for n in range(task.folds):
        held = {int(k) for k in order[n :: task.folds]}
        rest = [e for k, e in enumerate(examples) if k not in held]
        yield rest, [examples[k] for k in sorted(held)]


def _read(
    task: ExtractionTask,
    learned: Sequence[ProductExample],
    measured: Sequence[ProductExample],
    say: Callable[[str], None],
) -> _Answered:
    products = [
        ProductText(f"product:{n}", example.texts, example.category)
        for n, example in enumerate(measured)
    ]
    if task.settings.kind == LLM and task.model is not None:
        model = task.model(learned)
        return _Answered({1.0: [_best_answers(listed) for listed in model.find(products)]})
    cascade, validation = fit_cascade(learned, task.settings, task.work, say)
    judged = cascade.judge(products)
    keep = cascade.scorer.thresholds.keep
    found = {0.0: [_best_answers(_keep(listed, keep)) for listed in judged]}
    for share in task.shares:
        if task.model is not None and share > 0:
            found[share] = _with_model(task.model(learned), products, judged, share, keep)
    return _Answered(found, validation.micro_f1)


def _with_model(
    model: TextExtractor,
    products: Sequence[ProductText],
    judged: Sequence[Sequence[JudgedFinding]],
    share: float,
    keep: float,
) -> list[Answers]:
    """Return answers as in production: the model reads the least certain share of products.

    Findings below `keep` are dropped; all others count.
    """
    told = [_best_answers(_keep(listed, keep)) for listed in judged]
    asked = least_certain(judged, share)
    for n, answered in zip(asked, model.find([products[n] for n in asked]), strict=True):
        kept = [
            replace(j, decision=Decision.ACCEPT if j.finding.confidence >= keep else Decision.DROP)
            for j in judged[n]
        ]
        told[n] = _best_answers(resolve_outcome(kept, answered, least=0).accepted)
    return told


def _keep(judged: Sequence[JudgedFinding], keep: float) -> list[Finding]:
    return [j.finding for j in judged if j.finding.confidence >= keep]


def _best_answers(findings: Iterable[Finding]) -> Answers:
    """Return the most confident value of each attribute."""
    ranked = sorted(findings, key=lambda f: f.confidence)
    return {f.attribute: (f.name, f.confidence) for f in ranked}


def _rows(task: ExtractionTask, watch: Profiler, measured: _Measured) -> Iterable[BenchmarkRow]:
    config = _config(task, len(measured.examples))
    groups: dict[str, Cases] = {}
    for n, (share, listed) in enumerate(measured.answers.items()):
        total, each = count_cases(measured.examples, listed, task.by)
        groups = groups or each
        metrics = {**total.metrics(), "model_call_share": share}
        if measured.validations:
            metrics["drop"] = float(np.mean(measured.validations)) - metrics["micro_f1"]
        name = task.settings.kind if n == 0 else f"{task.settings.kind} +{share:g} {LLM}"
        yield watch.row(name, metrics, total.vn + total.vc + total.vw, config)
    for group, cases in groups.items():
        asked = cases.vn + cases.vc + cases.vw
        metrics = {**cases.metrics(), "model_call_share": next(iter(measured.answers))}
        yield watch.row(f"{task.settings.kind}: {group}", metrics, asked, config)


def _config(task: ExtractionTask, products: int) -> dict[str, Any]:
    settings = task.settings
    config: dict[str, Any] = {"products": products}
    if task.test is None:
        config["folds"] = task.folds
    if settings.has_tagger:
        config |= {"taggers": settings.folds, **asdict(settings.tagger)}
        del config["seed"]
    return config
