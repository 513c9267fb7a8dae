"""Resumable training of the cascade by cross-fitting.

Each tagger and each conditional random field is trained on all folds but one and reads that one;
every example is left out of the gazetteer while it is read. The meta scorer, its calibration and
its thresholds use only these outputs. At inference the taggers' probabilities are averaged.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import ConfigError, TrainingDataError
from catalograph.ingest.extract.candidates import Candidate
from catalograph.ingest.extract.cascade import Cascade
from catalograph.ingest.extract.crf import CategoryCrf, fit_crf
from catalograph.ingest.extract.examples import ProductExample
from catalograph.ingest.extract.gazetteer import Gazetteer
from catalograph.ingest.extract.proposals import (
    Extractors,
    KnownAttributes,
    candidates_of,
    tagged_text,
)
from catalograph.ingest.extract.scorer import Validation, fit_scorer
from catalograph.ingest.extract.tagger import PRESETS, TaggerSettings
from catalograph.ml.checkpoints import replace_folder
from catalograph.schema.suggest import did_you_mean

if TYPE_CHECKING:
    from catalograph.ingest.extract.tagger.inference import Tagger

KINDS = ("dictionary", "crf", "tagger", "cascade")
_LEAST_EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class CascadeSettings:
    """Settings of one training.

    Attributes:
        kind: one of `KINDS`; the first three are one extractor alone.
        tagger: settings of the token classifier.
        folds: number of taggers; each is trained on all examples but one fold.
        crf_folds: number of conditional random fields to train the scorer; one more, trained on
            all examples, is used at inference.
        precision: required precision of values accepted without review.
        absent_weight: weight of values proposed for unlabelled attributes, which count as wrong,
            if absence is never labelled.
        seed: random seed of folds and of the whole training.
    """

    kind: str = "cascade"
    tagger: TaggerSettings = field(default_factory=lambda: PRESETS["best"])
    folds: int = 3
    crf_folds: int = 5
    precision: float = 0.95
    absent_weight: float = 0.0
    seed: int = 0

    @property
    def has_crf(self) -> bool:
        """Whether conditional random fields are trained."""
        return self.kind in ("crf", "cascade")

    @property
    def has_tagger(self) -> bool:
        """Whether taggers are trained."""
        return self.kind in ("tagger", "cascade")


def cascade_settings(
    kind: str,
    preset: str,
    *,
    encoder: str | None = None,
    folds: int = 3,
    precision: float = 0.95,
    absent_weight: float = 0.0,
    seed: int = 0,
) -> CascadeSettings:
    """Return settings by name.

    Raises:
        ConfigError: the extractor or preset does not exist.
    """
    if kind not in KINDS:
        near = did_you_mean(kind, KINDS)
        raise ConfigError(f"No extractor '{kind}'; expected one of {', '.join(KINDS)}.{near}")
    if preset not in PRESETS:
        near = did_you_mean(preset, PRESETS)
        raise ConfigError(f"No preset '{preset}'; expected one of {', '.join(PRESETS)}.{near}")
    tagger = PRESETS[preset]
    if encoder is not None:
        tagger = replace(tagger, encoder=encoder)
    return CascadeSettings(
        kind, tagger, folds, precision=precision, absent_weight=absent_weight, seed=seed
    )


def fit_cascade(
    examples: Sequence[ProductExample],
    settings: CascadeSettings,
    work: Path | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> tuple[Cascade, Validation]:
    """Train all extractors and the scorer.

    Args:
        examples: labelled texts.
        settings: settings of the training.
        work: folder for finished taggers and checkpoints, from which the next call with the same
            examples and settings resumes; None loses an interrupted training.
        progress: callback that receives the current step.

    Returns:
        The cascade, and its quality on held-out examples.

    Raises:
        TrainingDataError: there are too few examples, or none has a value.
        MissingExtraError: the extra `extract` is not installed.
    """
    if len(examples) < _LEAST_EXAMPLES:
        raise TrainingDataError(
            f"{len(examples)} examples are too few; expected {_LEAST_EXAMPLES} or more."
        )
    known = KnownAttributes.of(examples)
    gazetteer = Gazetteer(examples)
    parts = _Parts(examples, settings, known, gazetteer, progress)
    folder = None if work is None else work / _stamp(examples, settings)
    taggers = [
        _tagger(parts, n, None if folder is None else folder / f"tagger-{n}")
        for n in range(settings.folds if settings.has_tagger else 0)
    ]
    crf = fit_crf(examples, gazetteer) if settings.has_crf else None
    candidates = _propose_left_out(parts, taggers)
    scorer, validation = fit_scorer(
        candidates,
        examples,
        kind=settings.kind,
        precision=settings.precision,
        seed=settings.seed,
        absent_weight=settings.absent_weight if known.closed else 0.0,
    )
    extractors = Extractors(gazetteer, crf, tuple(taggers))
    return Cascade(extractors, scorer, known, fingerprint(examples, settings)), validation


def fingerprint(examples: Sequence[ProductExample], settings: CascadeSettings | None = None) -> str:
    """Return a hash of the examples and settings."""
    rows = [[dict(e.texts), e.category, {k: list(v) for k, v in e.targets.items()}]
            for e in examples]  # fmt: skip
    body = json.dumps([rows, asdict(settings) if settings else None], sort_keys=True)
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def _stamp(examples: Sequence[ProductExample], settings: CascadeSettings) -> str:
    """Return a hash of everything that determines the taggers, so that scorers can share them."""
    return fingerprint(
        examples, CascadeSettings("", settings.tagger, settings.folds, 0, seed=settings.seed)
    )


@dataclass(frozen=True)
class _Parts:
    """Shared inputs of all folds."""

    examples: Sequence[ProductExample]
    settings: CascadeSettings
    known: KnownAttributes
    gazetteer: Gazetteer
    progress: Callable[[str], None]

    def folds(self, n: int, seed: int) -> NDArray[np.int64]:
        """Return the fold of each example."""
        order = np.random.default_rng(seed).permutation(len(self.examples))
        return order % n

    @property
    def tagger_fold(self) -> NDArray[np.int64]:
        """Fold of each example for the taggers."""
        n = self.settings.folds if self.settings.has_tagger else 1
        return self.folds(n, self.settings.seed)

    @property
    def crf_fold(self) -> NDArray[np.int64]:
        """Fold of each example for the random fields."""
        n = self.settings.crf_folds if self.settings.has_crf else 1
        return self.folds(n, self.settings.seed + 1)


def _tagger(parts: _Parts, n: int, folder: Path | None) -> "Tagger":
    """Return the tagger of a fold: read if finished, else trained from its last checkpoint."""
    from catalograph.ingest.extract.tagger.fit import fit_tagger, load_tagger, save_tagger

    done = None if folder is None else folder / "done"
    if done is not None and done.is_dir():
        parts.progress(f"Tagger {n + 1} of {parts.settings.folds}: finished before.")
        return load_tagger(done)
    several = parts.settings.folds > 1
    texts = [
        tagged_text(example, name, parts.known)
        for example, fold in zip(parts.examples, parts.tagger_fold, strict=True)
        for name in example.texts
        if not several or fold != n
    ]
    parts.progress(f"Tagger {n + 1} of {parts.settings.folds}: {len(texts):,} texts.")
    settings = replace(parts.settings.tagger, seed=parts.settings.seed * 10 + n)
    checkpoints = None if folder is None else folder / "checkpoints"
    tagger = fit_tagger(texts, settings, checkpoints=checkpoints)
    if folder is not None and done is not None and checkpoints is not None:
        with replace_folder(done) as draft:  # only a complete tagger is reused
            save_tagger(tagger, draft)
        shutil.rmtree(checkpoints, ignore_errors=True)
    return tagger


def _propose_left_out(parts: _Parts, taggers: Sequence["Tagger"]) -> list[list[Candidate]]:
    """Return the candidates of each example, by extractors not trained on it."""
    found: list[list[Candidate]] = [[] for _ in parts.examples]
    for c in range(int(parts.crf_fold.max()) + 1):
        crf = _crf_without(parts, c)
        for t in range(int(parts.tagger_fold.max()) + 1):
            rows = np.flatnonzero((parts.crf_fold == c) & (parts.tagger_fold == t)).tolist()
            extractors = Extractors(parts.gazetteer, crf, tuple(taggers[t : t + 1]))
            chosen = [parts.examples[n] for n in rows]
            read = candidates_of(chosen, extractors, parts.known, leave_out=True)
            for n, listed in zip(rows, read, strict=True):
                found[n] = listed
    return found


def _crf_without(parts: _Parts, fold: int) -> CategoryCrf | None:
    if not parts.settings.has_crf:
        return None
    learned = [e for e, f in zip(parts.examples, parts.crf_fold, strict=True) if f != fold]
    return fit_crf(learned, parts.gazetteer)
