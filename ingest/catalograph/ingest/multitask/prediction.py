"""What the heads say of texts, whichever library runs the network; counts of right answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from catalograph.ingest.multitask.tasks import MATCHING, SAME, TAGGING, TaskExample
from catalograph.ingest.multitask.tokens import FoundValue, decode_values, encode_texts

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_BATCH = 32

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Runner = Callable[[str, Ints, Ints, Ints], Floats]
"""Runs the network: task, ids, mask and kinds, int64 [b, n]; returns that head's scores."""
Counts = NDArray[np.int64]
"""int64 [examples, 3]: of each example the answers that are right, all answers, and those there
are to find."""


@dataclass(frozen=True)
class HeadLabels:
    """Labels of a head.

    Attributes:
        labels: classes; of tagging the attributes.
        by_context: of tagging: attributes of each category; others allow all.
    """

    labels: tuple[str, ...]
    by_context: Mapping[str, tuple[str, ...]]


class TaskPredictor:
    """Reads texts with a network.

    Args:
        run: runs the network.
        tokenizer: tokenizer of the encoder.
        heads: labels by task.
        length: maximum number of subwords of a text or pair.
    """

    def __init__(
        self, run: Runner, tokenizer: "Tokenizer", heads: Mapping[str, HeadLabels], length: int
    ) -> None:
        self.run = run
        self._tokenizer = tokenizer
        self._heads = heads
        self._length = length

    def tag(self, categories: Sequence[str], texts: Sequence[str]) -> list[list[FoundValue]]:
        """Return the values in texts of products of these categories ("" for an unknown one)."""
        head = self._heads[TAGGING]
        found: list[list[FoundValue]] = [[] for _ in texts]
        for rows in _batches(texts, categories):
            firsts = [categories[n] for n in rows]
            read = encode_texts(self._tokenizer, firsts, [texts[n] for n in rows], self._length)
            chances = _softmax(self.run(TAGGING, read.ids, read.mask, read.kinds))
            for row, n in enumerate(rows):
                encoding = read.encodings[row]
                wanted = head.by_context.get(categories[n])
                own = chances[row, : len(encoding.ids)]
                found[n] = decode_values(encoding, own, head.labels, wanted)
        return found

    def classify(
        self, task: str, firsts: Sequence[str], seconds: Sequence[str] | None = None
    ) -> Floats:
        """Return the probabilities of the classes, float32 [n, classes].

        Args:
            task: name of the head.
            firsts: texts.
            seconds: second texts of pairs; None for none.
        """
        others = seconds if seconds is not None else [""] * len(firsts)
        chances = np.zeros((len(firsts), len(self._heads[task].labels)), np.float32)
        for rows in _batches(firsts, others):
            read = encode_texts(
                self._tokenizer,
                [firsts[n] for n in rows],
                [others[n] for n in rows],
                self._length,
            )
            chances[rows] = _softmax(self.run(task, read.ids, read.mask, read.kinds))
        return chances

    def match(self, firsts: Sequence[str], seconds: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability that both texts of each pair are of the same product, float64."""
        column = self._heads[MATCHING].labels.index(SAME)
        found: NDArray[np.float64] = self.classify(MATCHING, firsts, seconds)[:, column].astype(
            np.float64
        )
        return found


def best_values(found: Sequence[FoundValue], text: str) -> dict[str, tuple[str, float]]:
    """Return the surest value of each attribute, with its score."""
    best: dict[str, tuple[str, float]] = {}
    for one in found:
        if one.score > best.get(one.attribute, ("", 0.0))[1]:
            best[one.attribute] = (text[one.start : one.end], one.score)
    return best


def count_values(example: TaskExample, found: Mapping[str, str]) -> tuple[int, int, int]:
    """Count the answers to the judged attributes of a text, as ExtractGPT does.

    One value is asked of each attribute; any of its labelled values is right (Brinkmann et al.
    2023). Attributes that were not judged do not count.
    """
    said = {name: value for name, value in found.items() if name in example.targets}
    right = sum(value in example.targets[name] for name, value in said.items())
    return right, len(said), sum(bool(listed) for listed in example.targets.values())


def count_classes(examples: Sequence[TaskExample], said: Sequence[str]) -> Counts:
    """Count right classes; their F1 is the accuracy."""
    right = [one.label == label for one, label in zip(examples, said, strict=True)]
    ones = np.ones(len(right), np.int64)
    return np.stack([np.array(right, np.int64), ones, ones], axis=1)


def count_matches(examples: Sequence[TaskExample], found: NDArray[np.bool_]) -> Counts:
    """Count the pairs that are, and that are found to be, the same product."""
    same = np.array([one.label == SAME for one in examples], np.bool_)
    return np.stack([same & found, found, same], axis=1).astype(np.int64)


def micro_f1(counts: Counts) -> float:
    """Return 2·right / (said + asked) over all examples; 0 where nothing is asked or said."""
    right, said, asked = counts.sum(axis=0)
    return float(2 * right / (said + asked)) if said + asked else 0.0


def _batches(texts: Sequence[str], others: Sequence[str]) -> list[list[int]]:
    """Batch texts of similar length, for less padding."""
    order = sorted(range(len(texts)), key=lambda n: len(texts[n]) + len(others[n]))
    return [order[n : n + _BATCH] for n in range(0, len(order), _BATCH)]


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return shares
