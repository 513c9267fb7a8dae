"""Inference with a trained tagger."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from catalograph.ingest.extract.examples import TypedSpan
from catalograph.ingest.extract.tagger.batches import cut_windows, pair_places
from catalograph.ingest.extract.tagger.data import Labels, Pair, TaggedText
from catalograph.ingest.extract.tagger.model import JointTagger
from catalograph.ingest.extract.tagger.presets import TaggerSettings

_TEXTS_PER_STEP = 64

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class TagProbabilities:
    """Probabilities for one text of n words.

    Attributes:
        entity: probabilities of outside, begin and inside, float32 [n, 3].
        types: type probabilities over the types that the context allows, float32 [n, types].
        pairs: relation probabilities of the requested pairs, float32 [p, relations].
    """

    entity: Floats
    types: Floats
    pairs: Floats


class Tagger:
    """A trained network with its tokenizer and labels."""

    def __init__(
        self, model: JointTagger, tokenizer: Any, labels: Labels, settings: TaggerSettings
    ) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.labels = labels
        self.settings = settings

    def read(
        self, texts: Sequence[TaggedText], pairs: Sequence[Sequence[Pair]] | None = None
    ) -> list[TagProbabilities]:
        """Read texts, and score pairs of spans in them.

        Args:
            texts: texts, of which only words and context are used.
            pairs: pairs to score in each text; None scores none.
        """
        asked = pairs if pairs is not None else [()] * len(texts)
        order = sorted(range(len(texts)), key=lambda n: len(texts[n].tokens))
        readings: dict[int, TagProbabilities] = {}
        for start in range(0, len(order), _TEXTS_PER_STEP):
            chosen = order[start : start + _TEXTS_PER_STEP]
            batch = self._read([texts[n] for n in chosen], [asked[n] for n in chosen])
            readings.update(zip(chosen, batch, strict=True))
        return [readings[n] for n in range(len(texts))]

    @torch.inference_mode()
    def _read(
        self, texts: Sequence[TaggedText], pairs: Sequence[Sequence[Pair]]
    ) -> list[TagProbabilities]:
        device = next(self.model.parameters()).device
        windows = cut_windows(self.tokenizer, texts, self.settings.length)
        inputs = {name: part.to(device) for name, part in windows.inputs.items()}
        hidden = self.model.encode(**inputs)
        entity = self.model.entity(hidden).softmax(-1).float().cpu().numpy()
        scores = self.model.attribute(hidden)
        scores = scores.masked_fill(~self._mask_types(texts, windows.text).to(device), -torch.inf)
        types = scores.softmax(-1).float().cpu().numpy()
        blank = [self._blank(text, len(asked)) for text, asked in zip(texts, pairs, strict=True)]
        seen = [np.zeros(len(text.tokens), bool) for text in texts]
        for row, n in enumerate(windows.text):
            first, last = windows.ends(row)
            for word, place in first.items():
                if not seen[n][word]:
                    seen[n][word] = True
                    blank[n].entity[word] = entity[row, place]
                    blank[n].types[word] = types[row, place]
            places = [pair_places(pair, first, last) for pair in pairs[n]]
            told = [k for k, found in enumerate(places) if found is not None]
            if told:
                table = torch.tensor([(row, *(places[k] or ())) for k in told], device=device)
                related = self.model.relate(hidden, table).softmax(-1)
                blank[n].pairs[told] = related.float().cpu().numpy()
        return blank

    def _blank(self, text: TaggedText, pairs: int) -> TagProbabilities:
        n = len(text.tokens)
        reading = TagProbabilities(
            np.zeros((n, 3), np.float32),
            np.zeros((n, len(self.labels.types)), np.float32),
            np.zeros((pairs, len(self.labels.relations)), np.float32),
        )
        reading.entity[:, 0] = 1
        reading.types[:, 0] = 1
        reading.pairs[:, 0] = 1
        return reading

    def _mask_types(self, texts: Sequence[TaggedText], rows: Sequence[int]) -> torch.Tensor:
        allowed = torch.ones(len(rows), 1, len(self.labels.types), dtype=torch.bool)
        for row, n in enumerate(rows):
            names = self.labels.by_context.get(texts[n].context)
            if names is not None:
                mask = [k == 0 or name in names for k, name in enumerate(self.labels.types)]
                allowed[row, 0] = torch.tensor(mask)
        return allowed

    def spans(self, reading: TagProbabilities) -> list[TypedSpan]:
        """Return the most probable spans."""
        return decode(reading.entity, reading.types, self.labels.types)


def decode(entity: Floats, types: Floats, names: Sequence[str]) -> list[TypedSpan]:
    """Return runs of words with the same most probable type, split where a new span begins.

    Args:
        entity: entity probabilities, float32 [n, 3].
        types: type probabilities, float32 [n, types].
        names: names of the types; the first is outside.
    """
    best = types.argmax(1)
    begins = entity[:, 1] > entity[:, 2]
    found: list[TypedSpan] = []
    for word, kind in enumerate(best):
        if kind == 0:
            continue
        if word > 0 and best[word - 1] == kind and not begins[word]:
            found[-1] = TypedSpan(found[-1].start, word + 1, found[-1].type)
        else:
            found.append(TypedSpan(word, word + 1, names[kind]))
    return found
