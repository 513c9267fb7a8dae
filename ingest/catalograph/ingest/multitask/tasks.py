"""Tasks with their labelled examples, split by a hash of what must not be on both sides."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from catalograph.errors import TrainingDataError
from catalograph.ingest import fingerprint
from catalograph.ingest.resolve.records import ProductRecord

TAGGING, CATEGORY, SENTIMENT, MATCHING = "tagging", "category", "sentiment", "matching"
TASKS = (TAGGING, CATEGORY, SENTIMENT, MATCHING)
DIFFERENT, SAME = "different", "same"
"""Labels of matching."""
LEAST_EXAMPLES = 40
"""Smallest number of training examples of a task."""
_TEST, _VALID = 0.2, 0.1


@dataclass(frozen=True, slots=True)
class ValueSpan:
    """Characters `start` to `end` (exclusive) of a text that are a value of an attribute."""

    start: int
    end: int
    attribute: str


@dataclass(frozen=True, slots=True)
class TaskExample:
    """A labelled text, or pair of texts.

    Attributes:
        first: the text; of tagging the category of the product, of matching the left product.
        second: of tagging the text with the values, of matching the right product; else "".
        label: class; "" in tagging.
        targets: of tagging: values by judged attribute, as written in `second`; an empty tuple
            means that the text has none.
        spans: of tagging: places of these values, without overlaps.
        unknown: of tagging: attributes that were not judged, so that their values may be anywhere.
        group: key of what must not be in two parts of a split, such as a product.
        records: of matching: both products, for models that read more than texts.
    """

    first: str
    second: str = ""
    label: str = ""
    targets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    spans: tuple[ValueSpan, ...] = ()
    unknown: frozenset[str] = frozenset()
    group: str = ""
    records: tuple[ProductRecord, ProductRecord] | None = None


@dataclass(frozen=True)
class TaskData:
    """Examples of a task.

    Attributes:
        name: name from `TASKS`.
        labels: classes, sorted; of tagging the attributes.
        train: examples to learn from.
        valid: examples for early stopping, thresholds and the choice of settings.
        test: examples that decide whether the head is kept.
        by_context: of tagging: attributes that each category has.
    """

    name: str
    labels: tuple[str, ...]
    train: tuple[TaskExample, ...]
    valid: tuple[TaskExample, ...]
    test: tuple[TaskExample, ...]
    by_context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """Number of examples by part, and of labels."""
        return {
            "train": len(self.train),
            "valid": len(self.valid),
            "test": len(self.test),
            "labels": len(self.labels),
        }


def part_of(group: str) -> str:
    """Return the part of a split that a group belongs to: train, valid or test."""
    share = fingerprint.short_hash(f"multitask/{group}") / 2**64
    if share < _TEST:
        return "test"
    return "valid" if share < _TEST + _VALID else "train"


def by_group(examples: Iterable[TaskExample]) -> Iterator[tuple[str, TaskExample]]:
    """Yield examples with the part of a split that their group belongs to."""
    for example in examples:
        yield part_of(example.group), example


def make_task(name: str, parted: Iterable[tuple[str, TaskExample]], *, least: int = 1) -> TaskData:
    """Collect the examples of a task by part, and its labels from the training part.

    Args:
        name: name from `TASKS`.
        parted: part (train, valid or test) and labelled example.
        least: smallest number of training examples of a label; examples of others are left out.

    Raises:
        TrainingDataError: there are too few examples, or fewer than two classes.
    """
    parts: dict[str, list[TaskExample]] = {"train": [], "valid": [], "test": []}
    for part, example in parted:
        parts[part].append(example)
    if name == TAGGING:
        labels = sorted({span.attribute for one in parts["train"] for span in one.spans})
    else:
        seen = Counter(one.label for one in parts["train"])
        labels = sorted(label for label, count in seen.items() if count >= least)
        known = frozenset(labels)
        parts = {p: [one for one in each if one.label in known] for p, each in parts.items()}
    if len(parts["train"]) < LEAST_EXAMPLES or len(labels) < (1 if name == TAGGING else 2):
        raise TrainingDataError(
            f"{len(parts['train']):,} training examples with {len(labels)} labels are too few for "
            f"the task {name}; expected {LEAST_EXAMPLES} or more, of at least two classes."
        )
    contexts: dict[str, set[str]] = {}
    if name == TAGGING:
        for one in parts["train"]:
            contexts.setdefault(one.first, set()).update(s.attribute for s in one.spans)
    return TaskData(
        name,
        tuple(labels),
        tuple(parts["train"]),
        tuple(parts["valid"]),
        tuple(parts["test"]),
        {context: tuple(sorted(names)) for context, names in sorted(contexts.items())},
    )


def tagging_example(
    text: str,
    category: str,
    targets: Mapping[str, Sequence[str]],
    *,
    unknown: frozenset[str] = frozenset(),
    group: str = "",
) -> TaskExample:
    """Locate values in a text, longest first, without overlaps; upper and lower case are alike."""
    folded = text.casefold()
    taken = [False] * len(text)
    spans: list[ValueSpan] = []
    found: dict[str, tuple[str, ...]] = dict.fromkeys(targets, ())
    values = [(value, name) for name, listed in targets.items() for value in listed if value]
    for value, name in sorted(values, key=lambda pair: -len(pair[0])):
        start = folded.find(value.casefold()) if len(folded) == len(text) else text.find(value)
        while start >= 0:
            end = start + len(value)
            if _is_whole(text, start, end) and not any(taken[start:end]):
                taken[start:end] = [True] * (end - start)
                spans.append(ValueSpan(start, end, name))
                if text[start:end] not in found[name]:
                    found[name] = (*found[name], text[start:end])
            start = folded.find(value.casefold(), end)
    spans.sort(key=lambda span: span.start)
    return TaskExample(category, text, "", found, tuple(spans), unknown, group or text)


def _is_whole(text: str, start: int, end: int) -> bool:
    """Return whether no Latin word or number is cut at either end."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (_joins(before, text[start]) or _joins(text[end - 1], after))


def _joins(left: str, right: str) -> bool:
    both = left + right
    return len(both) > 1 and both.isascii() and both.isalnum()


def subsample(task: TaskData, most: int) -> TaskData:
    """Return the task with fewer examples, chosen by hash.

    Args:
        task: data of a task.
        most: largest number of training examples; of validation a quarter, of the test a half.
    """

    def choose(examples: Sequence[TaskExample], count: int) -> tuple[TaskExample, ...]:
        ranked = sorted(
            examples, key=lambda one: fingerprint.short_hash(f"{one.first}\t{one.second}")
        )
        return tuple(ranked[:count])

    return replace(
        task,
        train=choose(task.train, most),
        valid=choose(task.valid, most // 4),
        test=choose(task.test, most // 2),
    )
