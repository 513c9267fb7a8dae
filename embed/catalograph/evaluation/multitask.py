"""Examples of several tasks from files, and `eval multitask`: joint, single and today's models."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalograph.errors import TrainingDataError
from catalograph.evaluation.categories import read_pairs
from catalograph.evaluation.matching import read_pair_files
from catalograph.evaluation.products import read_products
from catalograph.ingest.extract.examples import attributes_by_category, is_closed_world
from catalograph.ingest.language.tags import Sentence, read_tagged
from catalograph.ingest.multitask.graph_data import matching_example, sentiment_of
from catalograph.ingest.multitask.settings import MultitaskSettings
from catalograph.ingest.multitask.tasks import (
    CATEGORY,
    MATCHING,
    SENTIMENT,
    TAGGING,
    TaskData,
    TaskExample,
    ValueSpan,
    make_task,
    part_of,
    subsample,
    tagging_example,
)
from catalograph.ingest.multitask.train import MultitaskOptions, train_multitask
from catalograph.ingest.readers import open_feed
from catalograph.ml.profiling import BenchmarkRow, Profiler
from catalograph.schema import Rejection, Sentiment

_REVIEW_TEXTS = ("review text", "reviewtext", "review", "text", "sentence")
_STARS = ("rating", "overall", "stars")
_LABELS = {
    "1": Sentiment.POSITIVE,
    "0": Sentiment.NEGATIVE,
    "positive": Sentiment.POSITIVE,
    "negative": Sentiment.NEGATIVE,
}
_DESCRIPTIONS = ("description", "short_description", "long_description")
_TITLES = ("title", "name", "product_name")


@dataclass(frozen=True)
class TaskFiles:
    """Files of a task; without test files, a fifth is the test, by hash, and a tenth validation.

    Attributes:
        train: files to learn from.
        test: files to measure on.
        valid: files for validation; without any, a tenth of the training files.
    """

    train: tuple[Path, ...] = ()
    test: tuple[Path, ...] = ()
    valid: tuple[Path, ...] = ()


def read_file_tasks(
    files: Mapping[str, TaskFiles], most: int, *, depth: int = 1
) -> tuple[list[TaskData], dict[str, str]]:
    """Read the tasks that files are given for.

    Args:
        files: files by task.
        most: largest number of training examples of a task; chosen by hash.
        depth: number of leading parts of a path of categories that count.

    Returns:
        The tasks, and the names of their files by task.

    Raises:
        TrainingDataError: a file cannot be used, or has too few examples.
        SourceFormatError: a feed cannot be read.
    """
    readers: Mapping[str, Callable[[Sequence[Path]], list[TaskExample]]] = {
        TAGGING: read_values,
        CATEGORY: lambda paths: [
            TaskExample(text, label=label, group=text)
            for path in paths
            for text, label in read_pairs(path, None, None, depth)
        ],
        SENTIMENT: lambda paths: [one for path in paths for one in _read_reviews(path)],
        MATCHING: _read_matching,
    }
    least = {CATEGORY: 3, SENTIMENT: 10}
    tasks, sources = [], {}
    for name, given in files.items():
        if given.train:
            parted = list(_part(readers[name], given))
            tasks.append(subsample(make_task(name, parted, least=least.get(name, 1)), most))
            sources[name] = ", ".join(path.name for path in (*given.train, *given.test))
    return tasks, sources


def read_values(paths: Sequence[Path]) -> list[TaskExample]:
    """Read labelled values: ExtractGPT's and WDC-PAVE's JSON lines, BIO, BIEOS and span files.

    Raises:
        TrainingDataError: a file has none of these forms.
    """
    return [one for path in paths for one in _read_values(path)]


def _read_values(path: Path) -> list[TaskExample]:
    try:
        products = read_products([path])
    except TrainingDataError:
        return [_read_sentence(sentence) for sentence in read_tagged(path)]
    closed = is_closed_world(products)
    usual = attributes_by_category(products)
    examples = []
    for one in products:
        unknown = frozenset(usual[one.category]) - one.targets.keys()
        targets = dict(one.targets)
        if closed:  # what is not labelled is absent, and a value found there is wrong
            targets |= dict.fromkeys(unknown, ())
            unknown = frozenset()
        text = one.texts["title"]
        examples.append(tagging_example(text, one.category, targets, unknown=unknown, group=text))
    return examples


def _read_sentence(sentence: Sentence) -> TaskExample:
    text = sentence.text
    spans = tuple(ValueSpan(one.start, one.end, one.type) for one in sorted(sentence.entities))
    targets: dict[str, tuple[str, ...]] = {}
    for span in spans:
        targets[span.attribute] = (*targets.get(span.attribute, ()), text[span.start : span.end])
    return TaskExample("", text, "", targets, spans, group=text)


def _read_reviews(path: Path) -> Iterator[TaskExample]:
    found = 0
    with open_feed(path) as feed:
        for row in feed.rows():
            if isinstance(row.fields, Rejection):
                continue
            fields = {str(name).casefold(): value for name, value in row.fields.items()}
            text = next((str(fields[n]) for n in _REVIEW_TEXTS if fields.get(n)), "")
            sentiment = _sentiment(fields)
            if text.strip() and sentiment is not None:
                found += 1
                yield TaskExample(text, label=str(sentiment), group=text)
    if not found:
        raise TrainingDataError(
            f"'{path}' has no review with stars or a label; expected one of "
            f"{', '.join(_REVIEW_TEXTS)}, and one of {', '.join(_STARS)} or label."
        )


def _sentiment(fields: Mapping[str, Any]) -> Sentiment | None:
    stars = next((fields[n] for n in _STARS if fields.get(n) not in (None, "")), None)
    if stars is None:
        return _LABELS.get(str(fields.get("label")).casefold())
    try:
        return sentiment_of(float(stars))
    except ValueError:
        return None


def _read_matching(paths: Sequence[Path]) -> list[TaskExample]:
    data = read_pair_files(paths)
    return [
        matching_example(data.records[i], data.records[j], same=bool(same))
        for (i, j), same in zip(data.pairs.tolist(), data.labels.tolist(), strict=True)
    ]


def _part(
    read: Callable[[Sequence[Path]], list[TaskExample]], files: TaskFiles
) -> Iterator[tuple[str, TaskExample]]:
    """Yield the examples of files with their part of the split."""
    # Read together: equal records of several files are one.
    sizes = [len(read([path])) for path in (*files.train, *files.valid, *files.test)]
    every = iter(read([*files.train, *files.valid, *files.test]))
    for n, size in enumerate(sizes):
        for _ in range(size):
            example = next(every)
            if n >= len(files.train) + len(files.valid):
                yield "test", example
            elif n >= len(files.train):
                yield "valid", example
            else:
                part = part_of(example.group)
                if part == "test" and files.test:
                    part = "train"
                if part == "valid" and files.valid:
                    part = "train"
                yield part, example


def read_text_pairs(paths: Sequence[Path]) -> list[tuple[str, str]]:
    """Read titles with their descriptions from catalogue files, for pre-training."""
    pairs = []
    for path in paths:
        with open_feed(path) as feed:
            for row in feed.rows():
                if isinstance(row.fields, Rejection):
                    continue
                told = [
                    next((str(row.fields[n]) for n in names if row.fields.get(n)), "")
                    for names in (_TITLES, _DESCRIPTIONS)
                ]
                if all(told):
                    pairs.append((told[0], told[1]))
    return pairs


def evaluate_multitask(
    tasks: Sequence[TaskData],
    pairs: Sequence[tuple[str, str]],
    folder: Path,
    settings: MultitaskSettings,
    options: MultitaskOptions,
    progress: Callable[[str], None] = lambda _: None,
) -> list[BenchmarkRow]:
    """Train and measure the joint model, models of one task and today's models.

    Args:
        tasks: data of the tasks.
        pairs: texts that belong together, for pre-training.
        folder: folder to keep the model in; a killed evaluation goes on.
        settings: settings of the training.
        options: what else to do.
        progress: callback that receives the current step.

    Returns:
        One row for each task: F1 of the three models, intervals of the joint one's and of its
        differences from the others', agreement of the eight-bit form and milliseconds for a text.
    """
    with Profiler() as watch:
        card = train_multitask(tasks, pairs, folder, settings, options, progress)
    return [_row(watch, name, one, card) for name, one in card["tasks"].items()]


def _row(
    watch: Profiler, name: str, one: Mapping[str, Any], card: Mapping[str, Any]
) -> BenchmarkRow:
    decision = one["decision"]
    single, rival = decision["single"], decision["rival"]
    metrics = {
        "f1": rival["ours"],
        "f1_low": decision["interval"][0],
        "f1_high": decision["interval"][1],
        "f1_today": rival["theirs"],
        "gain_low": rival["low"],
        "gain_high": rival["high"],
        "int8_agreement": one["int8_agreement"],
    }
    if one["most_frequent"] is not None:
        metrics["most_frequent"] = one["most_frequent"]
    if single is not None:
        metrics |= {
            "f1_single": single["theirs"],
            "joint_gain_low": single["low"],
            "joint_gain_high": single["high"],
        }
    told = {
        "kept": decision["kept"],
        "why": decision["reason"],
        **one["data"],
        "ms": one["milliseconds"],
        "bytes": one["bytes"],
        "network": card["network"],
        "settings": card["settings"],
    }
    return watch.row(name, metrics, decision["tested"], told)
