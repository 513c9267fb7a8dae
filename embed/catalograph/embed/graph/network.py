"""What both networks are to their training, and what they end in."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from torch import Tensor, nn

from catalograph.embed.graph.batches import PairBatch
from catalograph.embed.recommend.data import RecommendData
from catalograph.embed.recommend.matrices import Floats, Ints

__all__ = ["Network", "UserItemVectors"]


@dataclass(frozen=True)
class UserItemVectors:
    """A scorer by inner products.

    Attributes:
        users: float32 [users, d].
        items: float32 [items, d], each of length one.
    """

    users: Floats
    items: Floats

    def score_users(self, users: Ints) -> Floats:
        """Score all items for some users, by number; float32 [users, items]."""
        scores: Floats = self.users[users] @ self.items.T
        return scores


class Network(nn.Module, ABC):
    """A torch module that turns a batch into its loss."""

    @abstractmethod
    def forward(self, batch: PairBatch) -> Tensor:
        """Loss of a batch."""

    @abstractmethod
    def vectors(self, data: RecommendData) -> UserItemVectors:
        """Vectors of all users and items.

        Args:
            data: with the users, items and facts that the network was made for; it may hold
                more interactions.
        """

    def reseed(self, number: int) -> None:
        """Begin the random numbers anew, of a network that draws any of its own."""
