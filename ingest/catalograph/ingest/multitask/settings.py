"""Settings of a joint training."""

from dataclasses import dataclass

from catalograph.errors import ConfigError
from catalograph.ml.encoders import PACKAGED_MODEL


@dataclass(frozen=True, slots=True)
class MultitaskSettings:
    """Settings of the network and its training.

    Attributes:
        encoder: a transformers model: a name, a folder, or a packaged one.
        learning_rate: learning rate of the encoder after warm-up.
        head_rate: learning rate of the heads.
        batch: number of examples per step.
        length: maximum number of subwords of a text or pair.
        epochs: maximum number of passes; one has as many steps as all tasks have batches.
        sampling: exponent of a task's size in its share of the steps: 1 draws in proportion to the
            sizes, 0 draws all tasks equally often.
        warmup: share of the steps in which the rates rise.
        weight_decay: weight decay of all matrices.
        clip: maximum norm of a gradient.
        dropout: dropout before each head.
        frozen_layers: number of frozen lowest layers of the encoder, in addition to its
            embeddings; 0 freezes the embeddings only, -1 trains everything.
        augment: share of values that are swapped for others of their attribute, of other words that
            are dropped, and half the share of pairs whose sides change places.
        pretraining: whether to learn first that the shop's pairs of texts belong together.
        fgm: length of the adversarial step on the embeddings (Miyato et al. 2017); 0 for none. It
            doubles the cost of a step.
        patience: number of epochs without a better validation before stopping.
        seed: seed of all random numbers.

    Raises:
        ConfigError: a value is out of range.
    """

    encoder: str = PACKAGED_MODEL
    learning_rate: float = 3e-4
    head_rate: float = 1e-3
    batch: int = 16
    length: int = 64
    epochs: int = 5
    sampling: float = 0.7
    warmup: float = 0.1
    weight_decay: float = 0.01
    clip: float = 1.0
    dropout: float = 0.1
    frozen_layers: int = 1
    augment: float = 0.1
    pretraining: bool = True
    fgm: float = 0.0
    patience: int = 2
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("sampling", "augment", "dropout", "warmup"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"{name} is {getattr(self, name)}; expected 0 to 1.")
        for name in ("batch", "length", "epochs", "patience"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}; expected 1 or more.")
        if self.fgm < 0:
            raise ConfigError(f"fgm is {self.fgm}; expected 0 or more.")
