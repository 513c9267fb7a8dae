"""Order of the tasks, batches of their examples, and changed copies of these."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from catalograph.ingest.multitask.tasks import MATCHING, TAGGING, TaskData, TaskExample, ValueSpan

_GROUPED = 50
"""Number of batches whose examples are sorted by length, for less padding."""
_KEPT_WORDS = 3
"""Texts of no more words stay whole."""

Values = Mapping[tuple[str, str], Sequence[str]]
"""Values by category and attribute."""


def draw_tasks(
    sizes: Sequence[int], steps: int, exponent: float, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return the task of each step: shares in proportion to size^exponent, in random order.

    The shares are exact up to rounding (largest remainders), and each task gets a step, where there
    are as many steps as tasks.

    Args:
        sizes: number of examples of each task, at least 1.
        steps: number of steps.
        exponent: 1 draws in proportion to the sizes, 0 all tasks equally often.
        rng: source of the order.

    Returns:
        int64 [steps], indexes of tasks.
    """
    weights = np.array(sizes, np.float64) ** exponent
    wanted = weights / weights.sum() * steps
    counts = np.floor(wanted).astype(np.int64)
    for n in np.argsort(-(wanted - counts), kind="stable")[: steps - counts.sum()]:
        counts[n] += 1
    for n in np.flatnonzero(counts == 0):
        if counts.max() > 1:
            counts[counts.argmax()] -= 1
            counts[n] += 1
    return rng.permutation(np.repeat(np.arange(len(sizes)), counts))


def draw_batches(
    examples: Sequence[TaskExample], size: int, rng: np.random.Generator
) -> Iterator[list[TaskExample]]:
    """Yield batches without end; each pass over the examples has another order."""
    while True:
        order = rng.permutation(len(examples))
        for start in range(0, len(order), _GROUPED * size):
            part = sorted(
                order[start : start + _GROUPED * size].tolist(),
                key=lambda n: len(examples[n].first) + len(examples[n].second),
            )
            batches = [part[n : n + size] for n in range(0, len(part), size)]
            for n in rng.permutation(len(batches)):
                yield [examples[row] for row in batches[n]]


def collect_values(task: TaskData) -> Values:
    """Return the distinct values of the training texts, by category and attribute."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for one in task.train:
        for span in one.spans:
            listed = found.setdefault((one.first, span.attribute), {})
            listed[one.second[span.start : span.end]] = None
    return {key: tuple(listed) for key, listed in found.items()}


def augment(
    example: TaskExample, task: str, share: float, values: Values, rng: np.random.Generator
) -> TaskExample:
    """Return a changed copy of an example that has the same label."""
    if task == TAGGING:
        return swap_values(example, values, share, rng)
    if task == MATCHING and rng.random() < share / 2:
        example = replace(example, first=example.second, second=example.first)
    return replace(
        example,
        first=drop_words(example.first, share, rng),
        second=drop_words(example.second, share, rng),
    )


def drop_words(text: str, share: float, rng: np.random.Generator) -> str:
    """Return a text of words, some of which are left out; one without blanks stays whole."""
    words = text.split()
    if len(words) <= _KEPT_WORDS:
        return text
    kept = rng.random(len(words)) >= share
    return " ".join(word for word, stays in zip(words, kept, strict=True) if stays) or text


def swap_values(
    example: TaskExample, values: Values, share: float, rng: np.random.Generator
) -> TaskExample:
    """Replace some values of a text by others of the same category and attribute."""
    text, at = "", 0
    spans: list[ValueSpan] = []
    for span in example.spans:
        own = example.second[span.start : span.end]
        others = values.get((example.first, span.attribute), ())
        new = own
        if rng.random() < share and len(others) > 1:
            new = others[int(rng.integers(len(others)))]
        text += example.second[at : span.start]
        spans.append(ValueSpan(len(text), len(text) + len(new), span.attribute))
        text += new
        at = span.end
    return replace(example, second=text + example.second[at:], spans=tuple(spans))
