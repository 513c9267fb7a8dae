"""A trained ranker, which scores products for a query."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from catalograph.embed.ranker.baseline_features import BaselineFeatures, QueryFeatures
from catalograph.embed.ranker.data import Products
from catalograph.embed.ranker.graph import ProductGraph
from catalograph.embed.ranker.layers import FrozenLayers, split
from catalograph.embed.ranker.model import RankerNet
from catalograph.embed.ranker.settings import RankerSettings
from catalograph.embed.recommend.matrices import Ints
from catalograph.errors import NotFoundError
from catalograph.ml.encoders import load_trainable
from catalograph.ml.torch_precision import precision

_BATCH = 64


@dataclass(frozen=True)
class TextRanker:
    """The teacher: a transformer that reads query and product together.

    Attributes:
        net: trained layers, and the graph.
        frozen: layers below them.
        products: products that can be scored.
        evidence: features that the score starts from.
        settings: settings that the network was built with.
    """

    net: RankerNet
    frozen: FrozenLayers
    products: Products
    evidence: BaselineFeatures
    settings: RankerSettings

    def score(self, query: str, products: Sequence[str]) -> NDArray[np.float32]:
        """Score products by their keys.

        Args:
            query: search query.
            products: keys of the products.

        Returns:
            float32 [len(products)]; higher is better.

        Raises:
            NotFoundError: the ranker was trained without one of the products.
        """
        return self.score_rows(self.evidence.ask(query), rows_of(self.products, products))

    def score_rows(self, asked: QueryFeatures, rows: Ints) -> NDArray[np.float32]:
        """Score products, float32 [c], by their rows, int64 [c]; higher is better."""
        # Batch texts of similar length: less padding.
        order = np.argsort([len(self.products.texts[row]) for row in rows], kind="stable")
        scores = np.empty(len(rows), np.float32)
        self.net.eval()
        with torch.inference_mode(), precision(self.device):
            for start in range(0, len(order), _BATCH):
                chosen = order[start : start + _BATCH]
                states, mask = self.frozen.states([asked.text] * len(chosen), rows[chosen])
                found = self.forward(states, mask, rows[chosen], asked.features[rows[chosen]])
                scores[chosen] = found.float().cpu().numpy()
        return scores

    def forward(
        self, states: torch.Tensor, mask: torch.Tensor, rows: Ints, features: NDArray[np.float32]
    ) -> torch.Tensor:
        """Score pairs, float [b], with gradients if enabled.

        Args:
            states: float [b, n, width], as the frozen layers return them.
            mask: int64 [b, n].
            rows: int64 [b], rows of the products.
            features: float32 [b, features].
        """
        own = torch.from_numpy(rows).to(self.device)
        told = torch.from_numpy(features).to(self.device)
        scores: torch.Tensor = self.net(states, mask, own, told)
        return scores

    @property
    def device(self) -> torch.device:
        """Device of the weights."""
        return self.net.head.weight.device


def new_ranker(
    products: Products,
    evidence: BaselineFeatures,
    settings: RankerSettings,
    graph: ProductGraph | None,
    *,
    frozen: FrozenLayers | None = None,
    device: str | None = None,
) -> TextRanker:
    """Create an untrained ranker.

    Args:
        products: products to rank.
        evidence: features, with the neighbours of the same graph.
        settings: settings of the network and its training.
        graph: graph of the products; None leaves it out.
        frozen: lower layers with kept states, to share between rankers of the same encoder,
            frozen layers and length.
        device: device such as `cuda:0`; None takes CUDA if available.

    Raises:
        ConfigError: there is no such encoder.
    """
    torch.manual_seed(settings.seed)
    where = device or ("cuda" if torch.cuda.is_available() else "cpu")
    tokenizer, encoder = load_trainable(settings.encoder)
    lower, upper = split(encoder, settings.frozen_layers)
    net = RankerNet(upper, settings, graph, len(evidence.names)).to(where)
    if frozen is None:
        frozen = FrozenLayers(lower.to(where), tokenizer, products.texts, settings.length)
    return TextRanker(net, frozen, products, evidence, settings)


def rows_of(products: Products, keys: Sequence[str]) -> Ints:
    """Return the rows of products by their keys, int64.

    Raises:
        NotFoundError: there is no such product.
    """
    index = products.index
    unknown = [key for key in keys if key not in index]
    if unknown:
        raise NotFoundError(
            f"The ranker does not know the product '{unknown[0]}' ({len(unknown)} of {len(keys)} "
            "are unknown to it); train it again with the present catalogue."
        )
    return np.array([index[key] for key in keys], np.int64)
