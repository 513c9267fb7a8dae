"""LightGCN: user and item vectors, propagated along interactions and averaged over layers.

He et al. 2020, arXiv:2002.02126; trained with a softmax loss instead of BPR.
"""

import warnings
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor, nn
from torch.nn import functional

from catalograph.embed.graph.batches import PairBatch
from catalograph.embed.graph.config import LightGCNConfig
from catalograph.embed.graph.losses import softmax_loss
from catalograph.embed.graph.network import Network, UserItemVectors
from catalograph.embed.recommend.data import RecommendData
from catalograph.embed.recommend.matrices import Csr, Ints

__all__ = ["LightGCN"]


class LightGCN(Network):
    """A vector for each user and item.

    Args:
        data: training data; its facts are not used.
        config: hyperparameters.
        device: device of the parameters.
    """

    def __init__(self, data: RecommendData, config: LightGCNConfig, device: torch.device) -> None:
        super().__init__()
        self._train = data.train
        self._config = config
        self._device = device
        n_users, n_items = data.train.shape
        random = torch.Generator().manual_seed(config.seed)
        self.users = nn.Parameter(0.1 * torch.randn(n_users, config.dimension, generator=random))
        self.items = nn.Parameter(0.1 * torch.randn(n_items, config.dimension, generator=random))
        self._adjacency = _adjacency(data.train, device)
        self.to(device)

    def forward(self, batch: PairBatch) -> Tensor:
        """Compute the loss of a batch."""
        adjacency = self._adjacency
        if len(batch.hidden):
            adjacency = _adjacency(_leave_out(self._train, batch.hidden), self._device)
        users, items = self._spread(adjacency)
        chosen = users[torch.from_numpy(batch.users).to(self._device)]
        pool = items[torch.from_numpy(batch.pool).to(self._device)]
        return softmax_loss(chosen, pool, batch, self._config.temperature)

    @torch.no_grad()
    def vectors(self, data: RecommendData) -> UserItemVectors:
        """Compute vectors of all users and items, propagated along the interactions in `data`."""
        users, items = self._spread(_adjacency(data.train, self._device))
        return UserItemVectors(users.cpu().numpy(), functional.normalize(items).cpu().numpy())

    def _spread(self, adjacency: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        users: Tensor = self.users
        items: Tensor = self.items
        all_users, all_items = users, items
        for _ in range(self._config.layers):
            users, items = _multiply(items, adjacency), _multiply(users, adjacency[::-1])
            all_users, all_items = all_users + users, all_items + items
        layers = self._config.layers + 1
        return all_users / layers, all_items / layers


class _Multiply(torch.autograd.Function):
    """Sparse times dense, with a gradient that uses an existing transpose."""

    @staticmethod
    def forward(ctx: Any, dense: Tensor, matrix: Tensor, transpose: Tensor) -> Tensor:
        ctx.transpose = transpose
        return matrix @ dense

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        return ctx.transpose @ gradients[0], None, None


def _multiply(dense: Tensor, matrices: tuple[Tensor, ...]) -> Tensor:
    product: Tensor = _Multiply.apply(dense, *matrices)  # type: ignore[no-untyped-call]
    return product


def _leave_out(train: Csr, hidden: Ints) -> Csr:
    left = train.copy()
    left.data[hidden] = 0.0
    left.eliminate_zeros()
    return left


def _adjacency(train: Csr, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return interactions over the root of both degrees, [users, items], and the transpose."""
    by_user = np.asarray(train.sum(axis=1)).ravel().clip(min=1) ** -0.5
    by_item = np.asarray(train.sum(axis=0)).ravel().clip(min=1) ** -0.5
    scaled = sp.csr_array(sp.diags_array(by_user) @ train @ sp.diags_array(by_item))
    return _tensor(scaled, device), _tensor(sp.csr_array(scaled.T), device)


def _tensor(matrix: Csr, device: torch.device) -> Tensor:
    with warnings.catch_warnings():
        # Torch warns once that this format is in beta; only products are used here.
        warnings.filterwarnings("ignore", "Sparse CSR tensor support", UserWarning)
        return torch.sparse_csr_tensor(
            torch.from_numpy(matrix.indptr.astype(np.int64)),
            torch.from_numpy(matrix.indices.astype(np.int64)),
            torch.from_numpy(matrix.data.astype(np.float32)),
            matrix.shape,
            device=device,
        )
