"""Training settings of a tagger, and named presets."""

from collections.abc import Mapping
from dataclasses import dataclass

from catalograph.ml.encoders import PACKAGED_MODEL


@dataclass(frozen=True, slots=True)
class TaggerSettings:
    """Settings of one training.

    Attributes:
        encoder: transformers model: a name, a folder, or the packaged default.
        learning_rate: learning rate of the encoder after the warm-up.
        head_rate: learning rate of the three heads.
        batch: number of texts per step.
        length: maximum number of subwords per window; longer texts are read in windows.
        epochs: maximum number of passes over the examples.
        warmup: share of the steps in which the rate rises.
        weight_decay: weight decay of all weights except biases and norms.
        clip: largest norm of a gradient.
        dropout: dropout rate before each head.
        frozen_layers: number of frozen lowest layers of the encoder, in addition to its
            embeddings; 0 freezes the embeddings only, -1 trains everything.
        swap: share of the values that are replaced, each time they are read, by another value of
            their attribute and category.
        validation: share of the examples held out for early stopping; 0 trains all epochs.
        patience: number of epochs without a better validation loss before stopping.
        seed: random seed of the whole training.
    """

    encoder: str = PACKAGED_MODEL
    learning_rate: float = 2e-5
    head_rate: float = 2e-5
    batch: int = 16
    length: int = 128
    epochs: int = 5
    warmup: float = 0.1
    weight_decay: float = 0.01
    clip: float = 1.0
    dropout: float = 0.1
    frozen_layers: int = -1
    swap: float = 0.0
    validation: float = 0.1
    patience: int = 3
    seed: int = 0


PRESETS: Mapping[str, TaggerSettings] = {
    "seed": TaggerSettings(),
    "best": TaggerSettings(
        learning_rate=3e-4, head_rate=1e-3, epochs=6, frozen_layers=0, swap=0.15, validation=0.0
    ),
    "quick": TaggerSettings(
        learning_rate=3e-4, head_rate=2e-3, epochs=3, frozen_layers=2, validation=0.0
    ),
}
"""`seed` as given with the task; `best` tuned on splits of the training sets."""
