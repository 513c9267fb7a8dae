"""How the networks are trained."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from catalograph.errors import ConfigError

__all__ = ["AttentionConfig", "GraphJobConfig", "LightGCNConfig", "TrainConfig"]


@dataclass(frozen=True)
class TrainConfig:
    """What both networks have in common.

    Raises:
        ConfigError: a number is out of range.
    """

    dimension: int = 64
    """Length of the vectors."""
    layers: int = 2
    """Steps outwards from a node."""
    epochs: int = 100
    """At most so many times over all users."""
    seconds: float = 900.0
    """Training begins no epoch that would end later than this; what it stops at depends on the
    speed of the machine then."""
    patience: int = 5
    """Validations in a row without a better one after which training stops."""
    validate_every: int = 2
    """Epochs between validations."""
    validation_users: int = 4_000
    """Users whose held-out interactions are validated on; the others keep all theirs."""
    users_per_step: int = 1_024
    """Users of one step, over all processes."""
    pool: int = 4_096
    """Items drawn for a step's users to be told apart from; all, when there are not more."""
    hidden_share: float = 0.5
    """Part of the interactions of a step's users that is hidden from the messages and predicted;
    0 predicts all of them and hides none."""
    temperature: float = 0.1
    """What cosines are divided by in the loss."""
    learning_rate: float = 0.03
    """Of Adam; halved by each validation that is not better."""
    clip: float = 1.0
    """Longest gradient."""
    seed: int = 0
    """Of the validation split, the first vectors and all sampling."""

    def __post_init__(self) -> None:
        least = {"dimension": 1, "layers": 1, "epochs": 1, "users_per_step": 1, "pool": 1}
        for name, smallest in least.items():
            if getattr(self, name) < smallest:
                raise ConfigError(f"{name} is {getattr(self, name)}; expected at least {smallest}.")
        if not 0 <= self.hidden_share < 1:
            raise ConfigError(f"hidden_share is {self.hidden_share}; expected from 0 to below 1.")

    def as_dict(self) -> dict[str, Any]:
        """The configuration for tables and model cards."""
        return asdict(self)


@dataclass(frozen=True)
class LightGCNConfig(TrainConfig):
    """How LightGCN is trained."""

    hidden_share: float = 0.0
    """It learns faster with nothing hidden."""


@dataclass(frozen=True)
class AttentionConfig(TrainConfig):
    """How the relational attention network is trained."""

    fan_out: int = 8
    """Neighbours drawn for a node, with replacement."""
    facts_per_step: int = 2_048
    """Facts of one step."""
    fact_weight: float = 0.1
    """What their loss counts beside that of the interactions."""


@dataclass(frozen=True)
class GraphJobConfig:
    """How the job embeds products."""

    training: AttentionConfig = field(default_factory=AttentionConfig)
    """Of the network."""
    attributes: int = 8
    """Attributes with most facts that are a relation of their own; the others count as one."""
    checkpoint: Path | None = None
    """Folder to keep the training in; the same one goes on."""

    def as_dict(self) -> dict[str, Any]:
        """What decides the vectors, for the model card."""
        told = {"algorithm": "relational attention", "attributes": self.attributes}
        return told | self.training.as_dict()
