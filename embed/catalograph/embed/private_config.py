"""How a preference model with differential privacy is learned, as its options and card say."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalograph.errors import ConfigError
from catalograph.schema.model_kinds import PRIVACY_KEY, TITLE
from catalograph.schema.privacy import PUBLIC_RELATIONS, SHOPPER_AGGREGATES

__all__ = ["DEFAULT_DELTA", "PrivateConfig", "private_config_of", "sign_data_hash"]

DEFAULT_DELTA = 1e-6


@dataclass(frozen=True)
class PrivateConfig:
    """Settings of a private training.

    Attributes:
        epsilon: ε of its release, above 0.
        delta: δ of its release.
        aggregates: whether co-purchase lists of the catalogue count as well, which are shoppers'
            aggregates that ε does not cover.
    """

    epsilon: float
    delta: float = DEFAULT_DELTA
    aggregates: bool = False

    @property
    def relations(self) -> tuple[str, ...]:
        """Relations that the model reads."""
        return (*PUBLIC_RELATIONS, *(SHOPPER_AGGREGATES if self.aggregates else ()))

    def as_dict(self) -> dict[str, Any]:
        """Return the settings for the model card."""
        return {
            "epsilon": self.epsilon,
            "delta": self.delta,
            "relations": [*self.relations, TITLE],
            "not_covered": list(SHOPPER_AGGREGATES) if self.aggregates else [],
        }

    def check_shoppers(self, shoppers: int) -> None:
        """Refuse δ that is too large for so many shoppers.

        Raises:
            ConfigError: δ is not less than one in the number of shoppers.
        """
        if self.delta * max(1, shoppers) >= 1:
            raise ConfigError(
                f"delta is {self.delta:g} for {shoppers:,} shoppers; it must be less than one in "
                "the number of shoppers, as it is the chance that the guarantee fails for one."
            )

    @classmethod
    def of_card(cls, config: Mapping[str, Any]) -> "PrivateConfig | None":
        """Read the settings from a model card, the inverse of `as_dict`; None without privacy."""
        details = config.get(PRIVACY_KEY)
        if details is None:
            return None
        return cls(details["epsilon"], details["delta"], bool(details["not_covered"]))


def private_config_of(
    epsilon: float | None, delta: float | None, *, aggregates: bool
) -> PrivateConfig | None:
    """Return the settings that options of a command give; None without `epsilon`.

    Raises:
        ConfigError: options are given that mean nothing without `epsilon`.
    """
    if epsilon is None:
        if delta is not None or aggregates:
            raise ConfigError(
                "--delta and --co-purchases are for trainings with privacy; give --epsilon, too."
            )
        return None
    return PrivateConfig(epsilon, DEFAULT_DELTA if delta is None else delta, aggregates)


def sign_data_hash(data_hash: str, secret: bytes) -> str:
    """Return a hash by which nobody without the secret can tell who was among the data."""
    return hmac.new(secret, data_hash.encode(), "sha256").hexdigest()
