"""Evaluation of aspects, opinions and sentiment in reviews, by exact match with the labels."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import asdict
from pathlib import Path

from catalograph.ingest.language.aspects import read_aspects
from catalograph.ingest.language.opinion_model import OpinionConfig, OpinionModel
from catalograph.ingest.language.opinions import IMPLICIT, LabelledSentence, Opinion, read_opinions
from catalograph.ml.metrics import score_sets
from catalograph.ml.profiling import BenchmarkRow, Profiler

RULES, TRAINED = "rules", "grid"
MODELS = (RULES, TRAINED)

Key = Callable[[Opinion], Hashable | None]


def evaluate_aspects(
    train: Sequence[Path],
    test: Path,
    *,
    encoder: str,
    models: Sequence[str] = MODELS,
    config: OpinionConfig | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> list[BenchmarkRow]:
    """Measure the rules and a trained model on ASTE or ACOS files.

    Args:
        train: training files.
        test: test file.
        encoder: name or folder of a transformers model.
        models: names from `MODELS`.
        config: configuration of the trained model.
        progress: callback that receives the loss after each epoch.

    Returns:
        One row per model. `f1` counts whole triplets or quadruples; `_term` aspect terms,
        `_term_sentiment` terms with sentiment, `_opinion` opinion terms, `_pair` aspects with
        their opinions, `_category_sentiment` aspect, category and sentiment. The rules give terms
        and sentiments only.

    Raises:
        TrainingDataError: a file cannot be read.
    """
    asked = read_opinions(test)
    config = config or OpinionConfig()
    rows = []
    for name in models:
        with Profiler() as watch:
            if name == RULES:
                found = [_by_rules(one) for one in asked]
                told = {}
            else:
                known = [one for path in train for one in read_opinions(path)]
                model = OpinionModel.train(known, encoder, config, progress)
                read = model.predict([one.words for one in asked])
                found = [{one.opinion for one in opinions} for opinions in read]
                told = {"train": len(known), **asdict(config)}
        rows.append(watch.row(name, measure(asked, found, name), len(asked), told))
    return rows


def measure(
    asked: Sequence[LabelledSentence], found: Sequence[set[Opinion]], model: str
) -> dict[str, float]:
    """Return F1, precision and recall for each combination of fields that must match."""
    keys: dict[str, Key] = {
        "_term": lambda o: None if o.aspect == IMPLICIT else o.aspect,
        "_term_sentiment": lambda o: None if o.aspect == IMPLICIT else (o.aspect, o.sentiment),
    }
    if model != RULES:
        keys |= {
            "": lambda o: o,
            "_opinion": lambda o: None if o.opinion == IMPLICIT else o.opinion,
            "_pair": lambda o: (o.aspect, o.opinion),
        }
        if any(o.category for one in asked for o in one.opinions):
            keys["_category_sentiment"] = lambda o: (o.aspect, o.category, o.sentiment)
    metrics: dict[str, float] = {}
    for suffix, key in keys.items():
        gold = [{k for o in one.opinions if (k := key(o)) is not None} for one in asked]
        read = [{k for o in opinions if (k := key(o)) is not None} for opinions in found]
        metrics |= score_sets(gold, read, suffix)
    return metrics


def _by_rules(sentence: LabelledSentence) -> set[Opinion]:
    """Apply the rules, which read text: join the words by spaces, then locate the spans again."""
    first, last = {}, {}
    place = 0
    for n, word in enumerate(sentence.words):
        first[place], last[place + len(word)] = n, n + 1
        place += len(word) + 1
    found = set()
    for aspect in read_aspects(" ".join(sentence.words)):
        if aspect.start in first and aspect.end in last:
            span = first[aspect.start], last[aspect.end]
            found.add(Opinion(span, IMPLICIT, aspect.sentiment))
    return found
