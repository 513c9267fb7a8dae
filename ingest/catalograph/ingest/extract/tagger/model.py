"""Network of the tagger: one encoder, three heads, one loss."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

IGNORED = -100
_ENTITY_LABELS = 3


class JointTagger(nn.Module):
    """Entity, attribute and relation heads over the same subword vectors.

    Loss L = L_e + L_p + L_r: cross-entropies of each subword's BIO label, of its span's type, and
    of the relation of each pair of spans. The type loss of a subword outside all spans is -log of
    the total probability of "outside" and of the unlabelled types.

    Args:
        encoder: transformers model with `last_hidden_state`.
        types: number of span types, including outside.
        relations: number of relations, including none.
        dropout: dropout rate before each head.
    """

    def __init__(self, encoder: nn.Module, types: int, relations: int, dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        width = int(encoder.config.hidden_size)  # type: ignore[union-attr, arg-type]
        self.dropout = nn.Dropout(dropout)
        self.entity = nn.Linear(width, _ENTITY_LABELS)
        self.attribute = nn.Linear(width, types)
        self.pair = nn.Sequential(
            nn.Linear(4 * width, width), nn.GELU(), nn.Dropout(dropout), nn.Linear(width, relations)
        )

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        token_type_ids: Tensor,
        entity: Tensor,
        attribute: Tensor,
        open_types: Tensor,
        pairs: Tensor,
        relation: Tensor,
    ) -> dict[str, Tensor]:
        """Compute the loss of a batch of b texts of n subwords with p pairs.

        Args:
            input_ids: int64 [b, n]; ids of the subwords.
            attention_mask: int64 [b, n]; 0 for padding.
            token_type_ids: int64 [b, n]; 1 for the text, 0 for its context.
            entity: int64 [b, n]; 0 outside, 1 begin, 2 inside, `IGNORED` elsewhere.
            attribute: int64 [b, n]; 0 outside, `IGNORED` elsewhere.
            open_types: bool [b, types]; possible types of a subword outside all spans, including
                outside.
            pairs: int64 [p, 5]; text, first and last subword of the head, and of the tail.
            relation: int64 [p]; relation of each pair.
        """
        hidden = self.encode(input_ids, attention_mask, token_type_ids)
        told = entity != IGNORED
        dropped = self.dropout(hidden)
        entity_loss = nn.functional.cross_entropy(self.entity(dropped[told]), entity[told])
        log_types = self.attribute(dropped[told]).log_softmax(-1)
        own = attribute[told]
        rows = told.nonzero()[:, 0]
        allowed = torch.where(
            (own == 0)[:, None],
            open_types[rows],
            nn.functional.one_hot(own, log_types.shape[1]).bool(),
        )
        type_loss = -log_types.masked_fill(~allowed, -torch.inf).logsumexp(-1).mean()
        loss = entity_loss + type_loss
        if len(pairs):
            loss = loss + nn.functional.cross_entropy(self.relate(hidden, pairs), relation)
        return {"loss": loss}

    def encode(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """Return the subword vectors, float [b, n, width]."""
        inputs: Mapping[str, Any] = {
            "input_ids": input_ids,
            "attention_mask": attention_mask,
            "token_type_ids": token_type_ids,
        }
        hidden: Tensor = self.encoder(**inputs).last_hidden_state
        return hidden

    def relate(self, hidden: Tensor, pairs: Tensor) -> Tensor:
        """Return the relation scores of pairs, float [p, relations]."""
        rows = pairs[:, 0]
        ends = [hidden[rows, pairs[:, column]] for column in range(1, 5)]
        scores: Tensor = self.pair(self.dropout(torch.cat(ends, -1)))
        return scores
