"""Joint model of aspects, opinions and their relations on a text encoder.

Each word is tagged twice (BIO of aspects, BIO of opinions), and each pair of words is classified by
the sentiment that joins them, after the grid of Wu et al. 2020 (Grid Tagging Scheme). An added
first token for the whole sentence represents implicit aspects and opinions, so that the quadruples
of ACOS (Cai et al. 2021) need no special case; their category is predicted from the pair. The loss
is the sum over tags, grid and categories.
"""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer, get_linear_schedule_with_warmup

from catalograph.errors import TrainingDataError
from catalograph.ingest.language.opinions import IMPLICIT, LabelledSentence, Opinion, Words
from catalograph.schema import Sentiment

VERSION = "1"
SENTIMENTS = (Sentiment.NEGATIVE, Sentiment.NEUTRAL, Sentiment.POSITIVE)
"""Sentiments of the grid's classes 1, 2 and 3; class 0 means no relation."""
_TAGS = 3
_OUTSIDE, _BEGIN, _INSIDE = range(_TAGS)
_IGNORED = -100
_MOST_WORDS = 100
# Larger distances between words share one embedding.
_FARTHEST = 12


@dataclass(frozen=True)
class OpinionConfig:
    """Training options of the model.

    Attributes:
        epochs: number of passes over the training sentences.
        batch: number of sentences per step.
        rate: learning rate of the encoder; the heads use ten times this rate.
        warmup: share of the steps in which the rate rises.
        clip: largest norm of the gradient.
        decay: weight decay.
        dropout: dropout rate on the encoder's output.
        width: dimension of the pair representation.
        joined: weight of related pairs, relative to unrelated pairs.
        seed: random seed of weights, order and dropout.
    """

    epochs: int = 12
    batch: int = 16
    rate: float = 1e-4
    warmup: float = 0.1
    clip: float = 1.0
    decay: float = 0.01
    dropout: float = 0.2
    width: int = 128
    joined: float = 2.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class ScoredOpinion:
    """An opinion with the model's confidence, 0 to 1."""

    opinion: Opinion
    confidence: float


class _Network(nn.Module):
    def __init__(self, encoder: Any, categories: int, config: OpinionConfig) -> None:
        super().__init__()
        size = encoder.config.hidden_size
        self.encoder = encoder
        self.dropout = nn.Dropout(config.dropout)
        self.tags = nn.Linear(size, 2 * _TAGS)
        self.aspect = nn.Linear(size, config.width)
        self.opinion = nn.Linear(size, config.width)
        self.distance = nn.Embedding(2 * _FARTHEST + 1, config.width)
        self.pair = nn.Linear(2 * config.width, config.width)
        self.joined = nn.Linear(config.width, 1 + len(SENTIMENTS))
        self.category = nn.Linear(config.width, max(1, categories))

    def forward(self, ids: Tensor, mask: Tensor, pooling: Tensor) -> tuple[Tensor, Tensor]:
        """Compute tags and pair representations.

        Args:
            ids: token ids, [sentences, pieces].
            mask: attention mask, [sentences, pieces].
            pooling: weights that average the pieces of each place, [sentences, places, pieces].
                Place 0 is the whole sentence, place n + 1 is word n.

        Returns:
            Logits of both taggings, [sentences, places, 2, 3], and the representation of each
            pair of places, [sentences, places, places, width].
        """
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        words = self.dropout(pooling @ hidden)
        tags = self.tags(words).unflatten(-1, (2, _TAGS))
        aspect, opinion = self.aspect(words), self.opinion(words)
        place = torch.arange(words.shape[1])
        apart = (place[None, :] - place[:, None]).clamp(-_FARTHEST, _FARTHEST) + _FARTHEST
        added = aspect[:, :, None] + opinion[:, None, :] + self.distance(apart)
        crossed = aspect[:, :, None] * opinion[:, None, :]
        pairs = functional.gelu(self.pair(functional.gelu(torch.cat([added, crossed], -1))))
        return tags, self.dropout(pairs)


class OpinionModel:
    """A trained model; create one with `train` or `load`."""

    def __init__(
        self, network: _Network, tokenizer: Any, categories: Sequence[str], card: dict[str, Any]
    ) -> None:
        self._network = network.eval()
        self._tokenizer = tokenizer
        self.categories = tuple(categories)
        self.card = card

    @classmethod
    def train(
        cls,
        sentences: Sequence[LabelledSentence],
        encoder: str,
        config: OpinionConfig | None = None,
        progress: Callable[[str], None] = lambda line: None,
    ) -> "OpinionModel":
        """Fine-tune an encoder.

        Args:
            sentences: training sentences.
            encoder: name or folder of a transformers model.
            config: training options.
            progress: callback that receives the loss after each epoch.

        Raises:
            TrainingDataError: no sentence holds an opinion.
        """
        config = config or OpinionConfig()
        usable = [one for one in sentences if len(one.words) <= _MOST_WORDS]
        if not any(one.opinions for one in usable):
            raise TrainingDataError(
                f"None of the {len(usable):,} sentences up to {_MOST_WORDS} words holds an "
                "opinion; expected labelled triplets or quadruples."
            )
        categories = sorted({o.category for one in usable for o in one.opinions if o.category})
        torch.manual_seed(config.seed)
        network = _Network(AutoModel.from_pretrained(encoder), len(categories), config)
        tokenizer = AutoTokenizer.from_pretrained(encoder)  # type: ignore[no-untyped-call]
        _fit(network, _Batcher(tokenizer, categories), usable, config, progress)
        card = {"version": VERSION, "sentences": len(usable), "config": asdict(config)}
        return cls(network, tokenizer, categories, card)

    def save(self, folder: Path) -> None:
        """Write encoder, tokeniser, heads and model card."""
        folder.mkdir(parents=True, exist_ok=True)
        self._network.encoder.save_pretrained(folder / "encoder")
        self._tokenizer.save_pretrained(folder / "encoder")
        heads = {
            name: weight
            for name, weight in self._network.state_dict().items()
            if not name.startswith("encoder.")
        }
        torch.save(heads, folder / "heads.pt")
        card = self.card | {"categories": self.categories}
        (folder / "card.json").write_text(json.dumps(card, indent=2), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "OpinionModel":
        """Read a model that `save` wrote.

        Raises:
            TrainingDataError: the folder lacks a part of the model.
        """
        try:
            card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
            encoder = AutoModel.from_pretrained(folder / "encoder")
            tokenizer = AutoTokenizer.from_pretrained(  # type: ignore[no-untyped-call]
                folder / "encoder"
            )
            heads = torch.load(folder / "heads.pt", weights_only=True)
        except (OSError, ValueError) as exc:
            raise TrainingDataError(
                f"'{folder}' is no trained opinion model ({exc}). "
                "Train one with: catalograph train aspects FILE --out DIR"
            ) from exc
        categories = card.pop("categories")
        network = _Network(encoder, len(categories), OpinionConfig(**card["config"]))
        network.load_state_dict(heads, strict=False)
        return cls(network, tokenizer, categories, card)

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[ScoredOpinion]]:
        """Return the opinions of tokenised sentences, in order; ignore words past the 100th."""
        cut = [LabelledSentence(tuple(words[:_MOST_WORDS]), frozenset()) for words in sentences]
        found: list[list[ScoredOpinion]] = [[] for _ in cut]
        batcher = _Batcher(self._tokenizer, self.categories)
        # Batch sentences of similar length together, for less padding.
        order = sorted(
            (n for n, one in enumerate(cut) if one.words), key=lambda n: len(cut[n].words)
        )
        for start in range(0, len(order), 32):
            chosen = order[start : start + 32]
            for n, opinions in zip(
                chosen, self._read(batcher, [cut[n] for n in chosen]), strict=True
            ):
                found[n] = opinions
        return found

    @torch.inference_mode()
    def _read(
        self, batcher: "_Batcher", sentences: list[LabelledSentence]
    ) -> Iterator[list[ScoredOpinion]]:
        tags, pairs = self._network(*batcher.inputs(sentences))
        joined = self._network.joined(pairs).softmax(-1).numpy()
        categories = self._network.category(pairs).softmax(-1).numpy()
        said = tags.softmax(-1).numpy()
        for n, one in enumerate(sentences):
            places = slice(1, len(one.words) + 1)
            aspects = _spans(said[n, places, 0])
            opinions = _spans(said[n, places, 1])
            yield self._join(aspects, opinions, joined[n], categories[n])

    def _join(
        self, aspects: list[Words], opinions: list[Words], joined: Any, categories: Any
    ) -> list[ScoredOpinion]:
        """Join aspects and opinions; a pair's score is the mean over its cells."""
        implicit = [IMPLICIT] if self.categories else []
        found = []
        for aspect in aspects + implicit:
            for opinion in opinions + implicit:
                cells = np.ix_(range(*_places(aspect)), range(*_places(opinion)))
                mean = joined[cells].mean((0, 1))
                best = int(mean.argmax())
                if best == 0:
                    continue
                kind = ""
                if self.categories:
                    kind = self.categories[int(categories[cells].mean((0, 1)).argmax())]
                read = Opinion(aspect, opinion, SENTIMENTS[best - 1], kind)
                found.append(ScoredOpinion(read, float(mean[best])))
        return found


class _Batcher:
    """Converts sentences to tensors."""

    def __init__(self, tokenizer: Any, categories: Sequence[str]) -> None:
        self._tokenizer = tokenizer
        self._category = {name: n for n, name in enumerate(categories)}

    def inputs(self, sentences: Sequence[LabelledSentence]) -> tuple[Tensor, Tensor, Tensor]:
        """Return the arguments of the network."""
        words = [list(one.words) for one in sentences]
        coded = self._tokenizer(
            words, is_split_into_words=True, padding=True, truncation=True, max_length=256,
            return_tensors="pt",
        )  # fmt: skip
        places = max(map(len, words)) + 1
        pooling = torch.zeros(len(words), places, coded["input_ids"].shape[1])
        for n in range(len(words)):
            for piece, word in enumerate(coded.word_ids(n)):
                if word is not None:
                    pooling[n, word + 1, piece] = 1.0
            pooling[n, 0, 0] = 1.0
        pooling /= pooling.sum(-1, keepdim=True).clamp(min=1.0)
        return coded["input_ids"], coded["attention_mask"], pooling

    def targets(
        self, sentences: Sequence[LabelledSentence]
    ) -> tuple[Tensor, Tensor, list[list[int]]]:
        """Return tags [n, places, 2], grid [n, places, places] and categories of single cells."""
        places = max(len(one.words) for one in sentences) + 1
        tags = torch.full((len(sentences), places, 2), _IGNORED)
        grid = torch.full((len(sentences), places, places), _IGNORED)
        cells: list[list[int]] = []
        for n, one in enumerate(sentences):
            end = len(one.words) + 1
            tags[n, 1:end] = _OUTSIDE
            grid[n, :end, :end] = 0
            for opinion in one.opinions:
                for column, span in enumerate((opinion.aspect, opinion.opinion)):
                    if span != IMPLICIT:
                        tags[n, span[0] + 1, column] = _BEGIN
                        tags[n, span[0] + 2 : span[1] + 1, column] = _INSIDE
                (a, b), (c, d) = _places(opinion.aspect), _places(opinion.opinion)
                grid[n, a:b, c:d] = 1 + SENTIMENTS.index(opinion.sentiment)
                if opinion.category:
                    category = self._category[opinion.category]
                    cells += [[n, i, j, category] for i in range(a, b) for j in range(c, d)]
        return tags, grid, cells


def _places(span: Words) -> Words:
    return (0, 1) if span == IMPLICIT else (span[0] + 1, span[1] + 1)


def _spans(said: Any) -> list[Words]:
    """Decode the spans of BIO probabilities, [words, 3]."""
    spans: list[Words] = []
    inside = False
    for n, tag in enumerate(said.argmax(-1)):
        if tag == _BEGIN or (tag == _INSIDE and not inside):
            spans.append((n, n + 1))
        elif tag == _INSIDE:
            spans[-1] = (spans[-1][0], n + 1)
        inside = tag != _OUTSIDE
    return spans


def _fit(
    network: _Network,
    batcher: _Batcher,
    sentences: Sequence[LabelledSentence],
    config: OpinionConfig,
    progress: Callable[[str], None],
) -> None:
    encoder = list(network.encoder.parameters())
    of_encoder = set(map(id, encoder))
    heads = [weight for weight in network.parameters() if id(weight) not in of_encoder]
    groups = [{"params": encoder, "lr": config.rate}, {"params": heads, "lr": 10 * config.rate}]
    optimizer = torch.optim.AdamW(groups, weight_decay=config.decay)
    steps = config.epochs * -(-len(sentences) // config.batch)
    schedule = get_linear_schedule_with_warmup(  # type: ignore[no-untyped-call]
        optimizer, int(config.warmup * steps), steps
    )
    shuffler = random.Random(config.seed)  # noqa: S311
    network.train()
    for epoch in range(config.epochs):
        total = 0.0
        for batch in _batches(sentences, config.batch, shuffler):
            loss = _loss(network, batcher, batch, config.joined)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), config.clip)
            optimizer.step()
            schedule.step()
            total += float(loss.detach()) * len(batch)
        progress(f"epoch {epoch + 1} of {config.epochs}: loss {total / len(sentences):.4f}")


def _batches(
    sentences: Sequence[LabelledSentence], size: int, shuffler: random.Random
) -> list[list[LabelledSentence]]:
    """Return shuffled batches, each with sentences of similar length."""
    ranked = sorted(sentences, key=lambda one: len(one.words) + 4 * shuffler.random())
    batches = [list(ranked[n : n + size]) for n in range(0, len(ranked), size)]
    shuffler.shuffle(batches)
    return batches


def _loss(
    network: _Network, batcher: _Batcher, batch: Sequence[LabelledSentence], joined: float
) -> Tensor:
    """Return L_tags + L_grid + L_category."""
    tags, grid, cells = batcher.targets(batch)
    said, pairs = network(*batcher.inputs(batch))
    weights = torch.tensor([1.0] + [joined] * len(SENTIMENTS))
    loss = functional.cross_entropy(said.flatten(0, 2), tags.flatten(), ignore_index=_IGNORED)
    flat = network.joined(pairs).flatten(0, 2)
    loss = loss + functional.cross_entropy(flat, grid.flatten(), weights, ignore_index=_IGNORED)
    if cells:
        n, i, j, category = torch.tensor(cells).unbind(1)
        loss = loss + functional.cross_entropy(network.category(pairs[n, i, j]), category)
    return loss
