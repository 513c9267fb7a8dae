"""Examples as tokens: with the labels that are learned, masked anew in each epoch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
import transformers
from torch import Tensor
from torch.utils.data import Dataset

from catalograph.embed.language_model.rows import ChatTurn, Dialogue
from catalograph.errors import ConfigError

IGNORED = -100
"""Label of a token that is not learned."""
_FEWEST_WORDS = 6
_NEXT, _OTHER = 0, 1


@dataclass(frozen=True)
class Example:
    """Tokens of an example.

    Attributes:
        ids: token ids.
        labels: ids of the tokens that are learned, else `IGNORED`; blank for masked tokens.
        kinds: 0 or 1 for the first and second sentence; blank for one.
        follows: 0 if the second sentence follows the first, 1 if not, None for one sentence.
    """

    ids: Sequence[int]
    labels: Sequence[int] = ()
    kinds: Sequence[int] = ()
    follows: int | None = None


def encode_dialogues(
    dialogues: Sequence[Dialogue], tokenizer: Any, length: int
) -> tuple[list[Example], int]:
    """Return dialogues as examples of which the assistant's turns are learned.

    Returns:
        The examples, and the number of dialogues left out because they are longer than `length`.

    Raises:
        ConfigError: the chat template rewrites earlier turns, so that none can be told apart.
    """
    found = []
    for one in dialogues:
        text, spans = _render(one.turns, tokenizer)
        coded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        if len(coded["input_ids"]) > length:
            continue
        labels = [
            token if any(a <= start and end <= b for a, b in spans) and end > start else IGNORED
            for token, (start, end) in zip(coded["input_ids"], coded["offset_mapping"], strict=True)
        ]
        found.append(Example(coded["input_ids"], labels))
    return found, len(dialogues) - len(found)


def render_prompt(turns: Sequence[ChatTurn], tokenizer: Any) -> str:
    """Return turns as a model reads them before it answers."""
    return str(
        tokenizer.apply_chat_template(_messages(turns), tokenize=False, add_generation_prompt=True)
    )


def _render(turns: Sequence[ChatTurn], tokenizer: Any) -> tuple[str, list[tuple[int, int]]]:
    """Return a dialogue as text, and where the assistant's turns are in it."""
    text = str(tokenizer.apply_chat_template(_messages(turns), tokenize=False))
    spans = []
    for n, turn in enumerate(turns):
        if turn.role != "assistant":
            continue
        before = render_prompt(turns[:n], tokenizer)
        until = str(tokenizer.apply_chat_template(_messages(turns[: n + 1]), tokenize=False))
        if not until.startswith(before) or not text.startswith(until):
            raise ConfigError(
                "The chat template of this model writes earlier turns differently once later ones "
                "follow, so answers cannot be learned; choose another base model."
            )
        spans.append((len(before), len(until)))
    return text, spans


def _messages(turns: Sequence[ChatTurn]) -> list[dict[str, str]]:
    return [{"role": turn.role, "content": turn.content} for turn in turns]


def encode_blocks(texts: Sequence[str], tokenizer: Any, length: int) -> list[Example]:
    """Return texts, one after another with an end token each, cut into blocks of tokens."""
    end = tokenizer.eos_token_id
    stream: list[int] = []
    for ids in _encode(texts, tokenizer):
        stream += [*ids, end] if end is not None else ids
    blocks = [stream[n : n + length] for n in range(0, len(stream), length)]
    return [Example(block, block) for block in blocks if len(block) > 1]


def encode_sentences(texts: Sequence[str], tokenizer: Any, length: int) -> list[Example]:
    """Return texts as examples of an encoder, cut to a number of tokens."""
    return [
        Example(tokenizer(text, truncation=True, max_length=length)["input_ids"]) for text in texts
    ]


def encode_halves(texts: Sequence[str], tokenizer: Any, length: int, seed: int) -> list[Example]:
    """Return texts in two halves, every other one with the second half of another text.

    Texts of fewer than six words are left out.
    """
    draw = np.random.default_rng(seed)
    halves = [
        (" ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :]))
        for words in (text.split() for text in texts)
        if len(words) >= _FEWEST_WORDS
    ]
    found = []
    for n, (first, second) in enumerate(halves):
        follows = _NEXT
        if n % 2 and len(halves) > 1:
            other = (n + 1 + int(draw.integers(len(halves) - 1))) % len(halves)
            second, follows = halves[other][1], _OTHER
        coded = tokenizer(first, second, truncation=True, max_length=length)
        kinds = coded.get("token_type_ids", ())
        found.append(Example(coded["input_ids"], (), kinds, follows))
    return found


def _encode(texts: Sequence[str], tokenizer: Any) -> Iterator[list[int]]:
    for text in texts:
        yield tokenizer(text, add_special_tokens=False)["input_ids"]


@dataclass
class ExampleSet(Dataset[dict[str, Any]]):
    """Examples in the form of transformers; safe to read in any order.

    Masks depend on the seed, the epoch and the position alone, so that a resumed training masks
    what an uninterrupted one would have.

    Attributes:
        examples: examples.
        tokenizer: their tokenizer.
        masked: share of the tokens that are masked; 0 for none.
        seed: seed of the masks.
        epoch: number of the epoch.
    """

    examples: Sequence[Example]
    tokenizer: Any
    masked: float = 0.0
    seed: int = 0
    epoch: int = field(default=0, compare=False)

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, n: int) -> dict[str, Any]:
        one = self.examples[n]
        ids = torch.tensor(one.ids)
        labels = torch.tensor(one.labels) if one.labels else ids
        if self.masked:
            ids, labels = self._mask(ids, n)
        item: dict[str, Any] = {"input_ids": ids, "labels": labels}
        if one.kinds:
            item["token_type_ids"] = torch.tensor(one.kinds)
        if one.follows is not None:
            item["next_sentence_label"] = one.follows
        return item

    def _mask(self, ids: Tensor, n: int) -> tuple[Tensor, Tensor]:
        """Return ids with masks, at least one, and the labels of the masked tokens, int64 [n]."""
        collator: Any = transformers.DataCollatorForLanguageModeling(
            self.tokenizer, mlm_probability=self.masked
        )
        state = int(np.random.SeedSequence([self.seed, self.epoch, n]).generate_state(1)[0])
        collator.generator = torch.Generator().manual_seed(state)
        masked, labels = collator.torch_mask_tokens(ids[None].clone())
        if (labels == IGNORED).all():
            at = state % len(ids)
            masked[0, at], labels[0, at] = self.tokenizer.mask_token_id, ids[at]
        return masked[0], labels[0]


def collate(items: Sequence[dict[str, Any]], padding: int, *, keeps_logits: bool) -> dict[str, Any]:
    """Return a batch, padded on the right.

    Args:
        items: items of an `ExampleSet`.
        padding: id of the padding token.
        keeps_logits: whether the model can leave out logits; then it computes none before the first
            token that is learned, as the vocabulary is the largest product of a small model.
    """
    fill = {"input_ids": padding, "labels": IGNORED, "token_type_ids": 0}
    batch: dict[str, Any] = {
        name: torch.nn.utils.rnn.pad_sequence(
            [item[name] for item in items], batch_first=True, padding_value=value
        )
        for name, value in fill.items()
        if name in items[0]
    }
    longest = batch["input_ids"].shape[1]
    sizes = torch.tensor([len(item["input_ids"]) for item in items])
    batch["attention_mask"] = (torch.arange(longest)[None] < sizes[:, None]).long()
    if "next_sentence_label" in items[0]:
        told = [item["next_sentence_label"] for item in items]
        batch["next_sentence_label"] = torch.tensor(told)
    if keeps_logits:
        learned = (batch["labels"] != IGNORED).any(0).nonzero()
        first = max(int(learned[0]) - 1, 0) if len(learned) else 0
        batch["labels"] = batch["labels"][:, first:]
        batch["logits_to_keep"] = longest - first
    return batch
