"""What a language model answers, and how well it expects texts."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, cast

import torch
import transformers

from catalograph.embed.language_model.examples import (
    IGNORED,
    Example,
    ExampleSet,
    collate,
    render_prompt,
)
from catalograph.embed.language_model.persistence import TrainedModel
from catalograph.embed.language_model.rows import Dialogue
from catalograph.ml.torch_precision import precision

_BATCH = 8
_MOST_TOKENS = 256


def perplexity(trained: TrainedModel, examples: Sequence[Example], masked: float = 0.0) -> float:
    """Return exp of the mean negative log-likelihood of the learned tokens.

    Args:
        trained: the model.
        examples: examples as its objective encodes them.
        masked: share of the tokens that are masked, for an encoder.
    """
    items = ExampleSet(examples, trained.tokenizer, masked)
    device = trained.model.device
    total, count = 0.0, 0
    for start in range(0, len(items), _BATCH):
        batch = collate(
            [items[n] for n in range(start, min(start + _BATCH, len(items)))],
            trained.tokenizer.pad_token_id,
            keeps_logits=False,
        )
        batch.pop("next_sentence_label", None)
        labels = batch.pop("labels")
        with torch.inference_mode(), precision(device):
            found = trained.model(**{name: part.to(device) for name, part in batch.items()})
        scores = found["logits"] if "logits" in found else found["prediction_logits"]
        if not masked:  # a decoder predicts the next token
            scores, labels = scores[:, :-1], labels[:, 1:]
        total += float(
            torch.nn.functional.cross_entropy(
                scores.float().flatten(0, 1),
                labels.flatten().to(device),
                ignore_index=IGNORED,
                reduction="sum",
            )
        )
        count += int((labels != IGNORED).sum())
    return math.exp(total / max(count, 1))


def _end_tokens(trained: TrainedModel) -> list[int]:
    """Return the tokens that end an answer; a chat model ends a turn by another than a text."""
    told = (
        trained.tokenizer.eos_token_id,
        trained.model.config.eos_token_id,
        trained.model.generation_config.eos_token_id,
    )
    known = [one for part in told for one in (part if isinstance(part, list) else [part])]
    return sorted({one for one in known if one is not None})


def answer_dialogues(
    trained: TrainedModel, dialogues: Sequence[Dialogue], most_tokens: int = _MOST_TOKENS
) -> Iterator[str]:
    """Yield the most likely answer, token by token, to each dialogue without its last turn.

    Args:
        trained: the model.
        dialogues: dialogues.
        most_tokens: maximum number of tokens of an answer.
    """
    tokenizer, model = trained.tokenizer, trained.model
    config = cast(Any, transformers).GenerationConfig(
        max_new_tokens=most_tokens,
        do_sample=False,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=_end_tokens(trained),
    )
    for start in range(0, len(dialogues), _BATCH):
        prompts = [
            render_prompt(one.prompt, tokenizer) for one in dialogues[start : start + _BATCH]
        ]
        coded = tokenizer(
            prompts,
            add_special_tokens=False,
            padding=True,
            padding_side="left",
            return_tensors="pt",
            return_token_type_ids=False,
        ).to(model.device)
        with torch.inference_mode(), precision(model.device):
            found = model.generate(**coded, generation_config=config)
        for row in found[:, coded["input_ids"].shape[1] :]:
            yield str(tokenizer.decode(row, skip_special_tokens=True)).strip()
