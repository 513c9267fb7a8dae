"""Texts as tensors: subwords, their labels, and the positions of pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from catalograph.ingest.extract.tagger.data import (
    OUTSIDE,
    Labels,
    TaggedText,
    Values,
    labelled_pairs,
    swap_values,
)
from catalograph.ingest.extract.tagger.model import IGNORED

# Number of subwords that consecutive windows share, for values at a border.
_OVERLAP = 16
_CONTEXT_WORDS = 8


@dataclass(frozen=True)
class Windows:
    """Texts cut into windows of a maximum number of subwords.

    Attributes:
        inputs: `input_ids`, `attention_mask`, `token_type_ids`, int64 [windows, subwords].
        text: index of each window's text.
        words: pairs of subword and word for each window, for subwords that belong to a word of the
            text.
    """

    inputs: dict[str, Tensor]
    text: list[int]
    words: list[list[tuple[int, int]]]

    def ends(self, window: int) -> tuple[dict[int, int], dict[int, int]]:
        """Return the first and last subword of each word of a window."""
        first: dict[int, int] = {}
        last: dict[int, int] = {}
        for place, word in self.words[window]:
            first.setdefault(word, place)
            last[word] = place
        return first, last


def cut_windows(tokenizer: Any, texts: Sequence[TaggedText], length: int) -> Windows:
    """Tokenise texts into windows, each text after its context."""
    read = tokenizer(
        [text.context.split()[:_CONTEXT_WORDS] for text in texts],
        [list(text.tokens) for text in texts],
        is_split_into_words=True,
        truncation="only_second",
        max_length=length,
        stride=_OVERLAP,
        return_overflowing_tokens=True,
        padding=True,
    )
    words = []
    kinds = torch.zeros(len(read["input_ids"]), len(read["input_ids"][0]), dtype=torch.long)
    for n in range(len(kinds)):
        listed = [
            (place, int(word))
            for place, (word, part) in enumerate(
                zip(read.word_ids(n), read.sequence_ids(n), strict=True)
            )
            if part == 1
        ]
        kinds[n, [place for place, _ in listed]] = 1
        words.append(listed)
    inputs = {
        "input_ids": torch.tensor(read["input_ids"]),
        "attention_mask": torch.tensor(read["attention_mask"]),
        "token_type_ids": kinds,
    }
    return Windows(inputs, list(read["overflow_to_sample_mapping"]), words)


class Collator:
    """Builds training batches; the random parts depend on the seed.

    Args:
        tokenizer: fast tokenizer.
        labels: labels of the heads.
        length: maximum number of subwords per window.
        values: values to swap in; None swaps none.
        swap: share of values to swap.
        seed: random seed of swaps and wrong spans.
    """

    def __init__(
        self,
        tokenizer: Any,
        labels: Labels,
        length: int,
        values: Values | None = None,
        swap: float = 0.0,
        seed: int = 0,
    ) -> None:
        self._tokenizer = tokenizer
        self._labels = labels
        self._length = length
        self._values = values or {}
        self._swap = swap
        self._rng = np.random.default_rng(seed)
        self._type = {name: n for n, name in enumerate(labels.types)}
        self._relation = {name: n for n, name in enumerate(labels.relations)}

    def __call__(self, texts: Sequence[TaggedText]) -> dict[str, Tensor]:
        """Return the inputs of `JointTagger.forward`."""
        if self._swap:
            texts = [swap_values(text, self._values, self._swap, self._rng) for text in texts]
        windows = cut_windows(self._tokenizer, texts, self._length)
        shape = windows.inputs["input_ids"].shape
        entity = torch.full(shape, IGNORED)
        kinds = torch.full(shape, IGNORED)
        open_types = torch.zeros(shape[0], len(self._type), dtype=torch.bool)
        for row, n in enumerate(windows.text):
            places = [place for place, _ in windows.words[row]]
            entity[row, places] = 0
            kinds[row, places] = 0
            open_types[row, self._type[OUTSIDE]] = True
            for name in texts[n].unknown & self._type.keys():
                open_types[row, self._type[name]] = True
            self._label(windows, row, texts[n], entity, kinds)
        pairs, relation = self._pairs(windows, texts)
        return {
            **windows.inputs,
            "entity": entity,
            "attribute": kinds,
            "open_types": open_types,
            "pairs": pairs,
            "relation": relation,
        }

    def _label(
        self, windows: Windows, row: int, text: TaggedText, entity: Tensor, kinds: Tensor
    ) -> None:
        first, _ = windows.ends(row)
        begins = {span.start: span for span in text.spans}
        within = {word: span for span in text.spans for word in range(span.start, span.end)}
        for place, word in windows.words[row]:
            span = within.get(word)
            if span is not None:
                begin = begins.get(word) is span and first[word] == place
                entity[row, place] = 1 if begin else 2
                kinds[row, place] = self._type[span.type]

    def _pairs(self, windows: Windows, texts: Sequence[TaggedText]) -> tuple[Tensor, Tensor]:
        rows = []
        for row, n in enumerate(windows.text):
            first, last = windows.ends(row)
            for pair, name in labelled_pairs(texts[n], self._rng):
                places = pair_places(pair, first, last)
                if places is not None:
                    rows.append((row, *places, self._relation[name]))
        table = torch.tensor(rows, dtype=torch.long).reshape(-1, 6)
        return table[:, :5], table[:, 5]


def pair_places(
    pair: Sequence[int], first: dict[int, int], last: dict[int, int]
) -> tuple[int, int, int, int] | None:
    """Return the subwords at the ends of a pair; the product is the first subword."""
    head_start, head_end, start, end = pair
    if start not in first or end - 1 not in last:
        return None
    if head_start < 0:
        return 0, 0, first[start], last[end - 1]
    if head_start not in first or head_end - 1 not in last:
        return None
    return first[head_start], last[head_end - 1], first[start], last[end - 1]
