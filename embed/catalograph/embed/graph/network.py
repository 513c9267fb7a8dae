"""Interface of both networks to the training, and the vectors they produce."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from torch import Tensor, nn

from catalograph.embed.graph.batches import PairBatch
from catalograph.embed.recommend.data import RecommendData
from catalograph.embed.recommend.matrices import Floats, Ints

__all__ = ["Network", "UserItemVectors"]


@dataclass(frozen=True)
class UserItemVectors:
    """Scores by inner products of user and item vectors.

    Attributes:
        users: float32 [users, d].
        items: float32 [items, d], each of length one.
    """

    users: Floats
    items: Floats

    def score_users(self, users: Ints) -> Floats:
        """Score all items for some users, by user number; float32 [users, items]."""
        scores: Floats = self.users[users] @ self.items.T
        return scores


class Network(nn.Module, ABC):
    """A torch module that computes the loss of a batch."""

    @abstractmethod
    def forward(self, batch: PairBatch) -> Tensor:
        """Compute the loss of a batch."""

    @abstractmethod
    def vectors(self, data: RecommendData) -> UserItemVectors:
        """Compute vectors of all users and items.

        Args:
            data: data with the users, items and facts that the network was made for; it may have
                more interactions.
        """

    def reseed(self, number: int) -> None:
        """Restart the random numbers with a seed, in a network that draws any."""
