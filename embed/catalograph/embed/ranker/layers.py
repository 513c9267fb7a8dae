"""The transformer in two parts: frozen layers with cached states, and trained layers."""

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from catalograph.embed.recommend.matrices import Ints
from catalograph.errors import ConfigError
from catalograph.ml.torch_precision import precision

_BATCH = 64


class FrozenStates(nn.Module):
    """Replaces the embeddings when states are passed in directly."""

    def forward(self, inputs_embeds: Tensor, **_: Any) -> Tensor:
        """Return the states unchanged."""
        return inputs_embeds


class FrozenLayers:
    """Token states of query and product after the layers that are not trained.

    They are never trained and use no dropout, so a pair's states are computed once and, with
    `keep`, cached in half precision: training then costs only the upper layers.

    Args:
        encoder: a BERT with the frozen layers only.
        tokenizer: tokenizer of the encoder.
        texts: texts of the products, by row.
        length: maximum number of subwords of a pair.
        keep: whether to cache the states; about 35 kB per pair.
    """

    def __init__(
        self, encoder: Any, tokenizer: Any, texts: Sequence[str], length: int, *, keep: bool = False
    ) -> None:
        self.encoder = encoder
        self.tokenizer = tokenizer
        self._texts = texts
        self._length = length
        self._keep = keep
        self._kept: dict[tuple[str, int], Tensor] = {}

    def states(self, queries: Sequence[str], rows: Ints) -> tuple[Tensor, Tensor]:
        """Return states and mask of b pairs, float [b, n, width] and int64 [b, n]."""
        pairs = list(zip(queries, rows.tolist(), strict=True))
        if not self._keep:
            return self._compute(pairs)
        missing = [pair for pair in dict.fromkeys(pairs) if pair not in self._kept]
        # Texts of similar length share a batch: less padding.
        missing.sort(key=lambda pair: len(self._texts[pair[1]]))
        for start in range(0, len(missing), _BATCH):
            part = missing[start : start + _BATCH]
            found, mask = self._compute(part)
            for pair, own, count in zip(part, found, mask.sum(1).tolist(), strict=True):
                self._kept[pair] = own[:count].bfloat16().clone()
        listed = [self._kept[pair] for pair in pairs]
        ones = [torch.ones(len(own), dtype=torch.long, device=own.device) for own in listed]
        return pad_sequence(listed, batch_first=True).float(), pad_sequence(ones, batch_first=True)

    def without_cache(self) -> "FrozenLayers":
        """Return the same layers without a cache."""
        return FrozenLayers(self.encoder, self.tokenizer, self._texts, self._length)

    def _compute(self, pairs: Sequence[tuple[str, int]]) -> tuple[Tensor, Tensor]:
        inputs = self.tokenizer(
            [query for query, _ in pairs],
            [self._texts[row] for _, row in pairs],
            truncation=True,
            max_length=self._length,
            padding=True,
            return_tensors="pt",
        ).to(self.encoder.device)
        # No segment ids: peft's prefix takes none, and the packaged encoder never saw a second one.
        with torch.no_grad(), precision(self.encoder.device):
            found = self.encoder(inputs["input_ids"], attention_mask=inputs["attention_mask"])
        return found.last_hidden_state.float(), inputs["attention_mask"]


def split(encoder: Any, frozen: int) -> tuple[Any, Any]:
    """Split an encoder into its frozen and its trained layers.

    Args:
        encoder: a BERT of transformers.
        frozen: number of lowest layers that are not trained.

    Returns:
        A BERT of embeddings and frozen layers, in evaluation mode, and one of the other layers,
        which takes states as `inputs_embeds`.

    Raises:
        ConfigError: the encoder does not have more layers than that.
    """
    layers = list(encoder.encoder.layer)
    if not 0 <= frozen < len(layers):
        raise ConfigError(f"frozen_layers is {frozen}; the encoder has {len(layers)} layers.")
    lower, upper = copy.deepcopy(encoder), copy.deepcopy(encoder)
    for part, kept in ((lower, slice(0, frozen)), (upper, slice(frozen, None))):
        part.encoder.layer = part.encoder.layer[kept]
        part.config.num_hidden_layers = len(part.encoder.layer)
        for n, layer in enumerate(part.encoder.layer):
            layer.attention.self.layer_idx = n  # peft's prefix expects layers numbered from 0
    upper.embeddings = FrozenStates()
    return lower.eval().requires_grad_(False), upper
