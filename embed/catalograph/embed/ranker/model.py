"""The network: text and graph fused by attention, with a score from the first token."""

from typing import Any

import torch
from torch import Tensor, nn

from catalograph.embed.ranker.adapters import with_adapter
from catalograph.embed.ranker.graph import ProductGraph
from catalograph.embed.ranker.settings import RankerSettings

_HEAD_START = 0.001
"""Standard deviation of the initial head: small, so that at first the features rank alone."""


def neighbourhood(own: Tensor, others: Tensor, known: Tensor) -> Tensor:
    """Aggregate neighbours by similarity: Σ_j softmax_j(u·v_j) v_j.

    Args:
        own: float [b, d], the vectors u.
        others: float [b, k, d], the vectors v.
        known: bool [b, k]: whether the neighbour exists.

    Returns:
        float [b, d]; zeros without a neighbour.
    """
    likeness = (others @ own[:, :, None]).squeeze(-1)
    # The lowest finite number, not -inf: a row without neighbours would become NaN.
    likeness = likeness.masked_fill(~known, torch.finfo(likeness.dtype).min)
    weights = likeness.softmax(-1) * known
    return (weights[:, None, :] @ others).squeeze(1)


class GraphView(nn.Module):
    """A product in the graph: its own vector and its neighbourhood's, with attention.

    Args:
        graph: graph with the initial table, which is trained with the rest.
        heads: number of attention heads.
    """

    neighbours: Tensor

    def __init__(self, graph: ProductGraph, heads: int) -> None:
        super().__init__()
        vectors = torch.from_numpy(graph.vectors)
        # Pad to a multiple of the heads, which split the dimensions; zeros change no inner product.
        start = nn.functional.pad(vectors, (0, -vectors.shape[1] % heads))
        self.table = nn.Embedding(*start.shape, _weight=start)  # type: ignore[misc]
        self.register_buffer("neighbours", torch.from_numpy(graph.neighbours))
        self.attention = nn.MultiheadAttention(self.width, heads, batch_first=True)

    @property
    def width(self) -> int:
        """Length of each vector."""
        return int(self.table.embedding_dim)

    def forward(self, products: Tensor) -> Tensor:
        """Return product and neighbourhood, float [b, 2, width], of `products`, int64 [b]."""
        own = self.table(products)
        listed = self.neighbours[products]
        around = neighbourhood(own, self.table(listed.clamp_min(0)), listed >= 0)
        both = torch.stack([own, around], 1)
        attended: Tensor = self.attention(both, both, both, need_weights=False)[0]
        return both + attended


class Join(nn.Module):
    """Adds the graph to every token: h + W[h; product; neighbourhood], W initially zero."""

    def __init__(self, width: int, graph_width: int) -> None:
        super().__init__()
        self.mix = nn.Linear(width + 2 * graph_width, width)
        nn.init.zeros_(self.mix.weight)
        nn.init.zeros_(self.mix.bias)

    def forward(self, hidden: Tensor, graph: Tensor) -> Tensor:
        """Return joined states, float [b, n, width]; `graph` is float [b, 2, width]."""
        told = graph.flatten(1)[:, None, :].expand(-1, hidden.shape[1], -1)
        joined: Tensor = hidden + self.mix(torch.cat([hidden, told], -1))
        return joined


class InteractionEncoder(nn.Module):
    """Tokens attend to product and neighbourhood, then to each other.

    Both attentions are added to the states, and are zero at first.
    """

    def __init__(self, width: int, graph_width: int, heads: int) -> None:
        super().__init__()
        self.to_graph = nn.MultiheadAttention(
            width, heads, kdim=graph_width, vdim=graph_width, batch_first=True
        )
        self.to_tokens = nn.MultiheadAttention(width, heads, batch_first=True)
        for attention in (self.to_graph, self.to_tokens):
            nn.init.zeros_(attention.out_proj.weight)

    def forward(self, hidden: Tensor, graph: Tensor, mask: Tensor) -> Tensor:
        """Return joined states, float [b, n, width]; `mask`, int [b, n], is 0 without a token."""
        hidden = hidden + self.to_graph(hidden, graph, graph, need_weights=False)[0]
        around = self.to_tokens(
            hidden, hidden, hidden, key_padding_mask=mask == 0, need_weights=False
        )[0]
        joined: Tensor = hidden + around
        return joined


class RankerNet(nn.Module):
    """Scores pairs of query and product from the states of their tokens.

    score = w·features + head(first token of the fused states). The features (`evidence`) rank
    well on their own, so the network starts from their ranking even with few judgements.

    Args:
        layers: trained layers, as `layers.split` returns them.
        settings: settings, of which fusion, adapter, heads and dropout are used.
        graph: graph of the products; None leaves it out, whatever the fusion.
        features: number of features of each pair.
    """

    def __init__(
        self, layers: Any, settings: RankerSettings, graph: ProductGraph | None, features: int
    ) -> None:
        super().__init__()
        width = int(layers.config.hidden_size)
        self.layers = with_adapter(layers, settings.adapter, settings.adapter_size)
        self.fusion = "none" if graph is None else settings.fusion
        self.view = GraphView(graph, settings.heads) if graph and self.fusion != "none" else None
        if self.view and self.fusion == "interactive":
            self.join: nn.Module | None = InteractionEncoder(width, self.view.width, settings.heads)
        else:
            self.join = Join(width, self.view.width) if self.view else None
        self.dropout = nn.Dropout(settings.dropout)
        self.head = nn.Linear(width, 1)
        nn.init.normal_(self.head.weight, std=_HEAD_START)
        nn.init.zeros_(self.head.bias)
        self.mixture = nn.Linear(features, 1, bias=False)

    def forward(self, states: Tensor, mask: Tensor, products: Tensor, features: Tensor) -> Tensor:
        """Compute the scores, float [b].

        Args:
            states: float [b, n, width], token states after the frozen layers.
            mask: int64 [b, n]; 0 where there is no token.
            products: int64 [b], rows of the graph table.
            features: float [b, features].
        """
        graph = self.view(products) if self.view else None
        if self.join and self.fusion == "early":
            states = self.join(states, graph)
        states = self.layers(inputs_embeds=states, attention_mask=mask).last_hidden_state
        if self.join and self.fusion == "late":
            states = self.join(states, graph)
        if self.join and self.fusion == "interactive":
            states = self.join(states, graph, mask)
        text = self.head(self.dropout(states[:, 0]))
        score: Tensor = (text + self.mixture(features)).squeeze(-1)
        return score
