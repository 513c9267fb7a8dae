"""The network: a shared encoder, a head over subwords for tagging, heads over texts for classes."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from catalograph.ingest.multitask.tasks import TAGGING


class MultitaskNet(nn.Module):
    """Scores of all heads from one pass of the encoder.

    Args:
        encoder: a transformer of transformers.
        sizes: number of classes by task; of tagging the number of tags.
        dropout: dropout before each head.
    """

    def __init__(self, encoder: Any, sizes: Mapping[str, int], dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        width = int(encoder.config.hidden_size)
        self.heads = nn.ModuleDict({name: nn.Linear(width, size) for name, size in sizes.items()})

    def embed_words(self, ids: Tensor) -> Tensor:
        """Return the word embeddings, float [b, n, width]."""
        embedded: Tensor = self.encoder.get_input_embeddings()(ids)
        return embedded

    def encode(self, embedded: Tensor, mask: Tensor, kinds: Tensor) -> Tensor:
        """Return the states of the subwords, float [b, n, width]."""
        states: Tensor = self.encoder(
            inputs_embeds=embedded, attention_mask=mask, token_type_ids=kinds
        ).last_hidden_state
        return states

    def score(self, task: str, states: Tensor, mask: Tensor) -> Tensor:
        """Return the scores of one head: float [b, n, tags] for tagging, else [b, classes]."""
        read = states if task == TAGGING else pool(states, mask)
        scores: Tensor = self.heads[task](self.dropout(read))
        return scores

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor
    ) -> tuple[Tensor, ...]:
        """Return the scores of all heads, in their order."""
        states = self.encode(self.embed_words(input_ids), attention_mask, token_type_ids)
        return tuple(self.score(name, states, attention_mask) for name in self.heads)


def pool(states: Tensor, mask: Tensor) -> Tensor:
    """Return the mean state of each text, float [b, width]."""
    kept = mask[:, :, None].to(states.dtype)
    return (states * kept).sum(1) / kept.sum(1)


def tagging_loss(scores: Tensor, tags: Tensor, allowed: Tensor) -> Tensor:
    """Return the negative log-likelihood of the tags, mean over the subwords that count.

    A subword outside all known values may be part of a value that nobody labelled: its likelihood
    is that of all tags that the text allows there.

    Args:
        scores: float [b, n, tags].
        tags: int64 [b, n], below 0 where a subword does not count.
        allowed: bool [b, tags], tags that a subword outside all values may have.
    """
    counted = tags >= 0
    own = tags[counted]
    chances = scores[counted].log_softmax(-1)
    rows = counted.nonzero()[:, 0]
    exact = nn.functional.one_hot(own, chances.shape[1]).bool()
    possible = torch.where((own == 0)[:, None], allowed[rows], exact)
    return -chances.masked_fill(~possible, -torch.inf).logsumexp(-1).mean()


def contrastive_loss(left: Tensor, right: Tensor, temperature: float) -> Tensor:
    """Return InfoNCE of pairs, where the other pairs of the batch are negatives (both ways).

    Van den Oord et al. 2018 (arXiv:1807.03748); symmetric as in CLIP.

    Args:
        left: float [b, width].
        right: float [b, width]; row i belongs to row i of `left`.
        temperature: divisor of the cosines.
    """
    left, right = (nn.functional.normalize(side, dim=-1) for side in (left, right))
    cosines = left @ right.T / temperature
    own = torch.arange(len(left), device=left.device)
    loss: Tensor = (
        nn.functional.cross_entropy(cosines, own) + nn.functional.cross_entropy(cosines.T, own)
    ) / 2
    return loss
