"""Hyperparameters of the networks and of the job."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from catalograph.errors import ConfigError

__all__ = ["AttentionConfig", "GraphJobConfig", "LightGCNConfig", "TrainConfig"]


@dataclass(frozen=True)
class TrainConfig:
    """Hyperparameters that both networks share.

    Raises:
        ConfigError: a number is out of range.
    """

    dimension: int = 64
    """Length of the vectors."""
    layers: int = 2
    """Number of layers: steps outwards from a node."""
    epochs: int = 100
    """Maximum number of epochs over all users."""
    seconds: float = 900.0
    """Time limit, in seconds: no epoch starts that would end after it. When it applies, the result
    depends on the speed of the machine."""
    patience: int = 5
    """Number of validations in a row without improvement after which training stops."""
    validate_every: int = 2
    """Number of epochs between validations."""
    validation_users: int = 4_000
    """Number of users whose held-out interactions are validated on; others keep all of theirs."""
    users_per_step: int = 1_024
    """Number of users per step, over all processes."""
    pool: int = 4_096
    """Number of items drawn per step as negatives; all items if there are not more."""
    hidden_share: float = 0.5
    """Share of the interactions of a step's users that is hidden from the messages and predicted;
    0 predicts all of them and hides none."""
    temperature: float = 0.1
    """Temperature: divisor of the cosines in the loss."""
    learning_rate: float = 0.03
    """Learning rate of Adam; halved by each validation without improvement."""
    clip: float = 1.0
    """Maximum norm of the gradient."""
    seed: int = 0
    """Seed of the validation split, the initial vectors and all sampling."""

    def __post_init__(self) -> None:
        least = {"dimension": 1, "layers": 1, "epochs": 1, "users_per_step": 1, "pool": 1}
        for name, smallest in least.items():
            if getattr(self, name) < smallest:
                raise ConfigError(f"{name} is {getattr(self, name)}; expected at least {smallest}.")
        if not 0 <= self.hidden_share < 1:
            raise ConfigError(f"hidden_share is {self.hidden_share}; expected from 0 to below 1.")

    def as_dict(self) -> dict[str, Any]:
        """Return the configuration for tables and model cards."""
        return asdict(self)


@dataclass(frozen=True)
class LightGCNConfig(TrainConfig):
    """Hyperparameters of LightGCN."""

    hidden_share: float = 0.0
    """No interactions are hidden by default, as LightGCN then learns faster."""


@dataclass(frozen=True)
class AttentionConfig(TrainConfig):
    """Hyperparameters of the relational attention network."""

    fan_out: int = 8
    """Number of neighbours drawn per node, with replacement."""
    facts_per_step: int = 2_048
    """Number of facts per step."""
    fact_weight: float = 0.1
    """Weight of the facts' loss beside that of the interactions."""


@dataclass(frozen=True)
class GraphJobConfig:
    """Settings of the job that embeds products."""

    training: AttentionConfig = field(default_factory=AttentionConfig)
    """Hyperparameters of the network."""
    attributes: int = 8
    """Number of attributes, largest first, that get their own relation; the rest share one."""
    checkpoint: Path | None = None
    """Folder for the state of the training, from which the job resumes."""

    @classmethod
    def of(cls, card: Mapping[str, Any]) -> "GraphJobConfig":
        """Return the configuration of a model card; the usual one of an empty card."""
        known = {one.name for one in fields(AttentionConfig)}
        training = AttentionConfig(**{k: v for k, v in card.items() if k in known})
        return cls(training, attributes=card.get("attributes", cls.attributes))

    def as_dict(self) -> dict[str, Any]:
        """Return the settings that determine the vectors, for the model card."""
        told = {"algorithm": "relational attention", "attributes": self.attributes}
        return told | self.training.as_dict()
