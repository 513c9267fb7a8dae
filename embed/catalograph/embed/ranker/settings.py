"""Settings of a ranker and its training."""

from dataclasses import dataclass
from typing import Literal, get_args

from catalograph.errors import ConfigError
from catalograph.ml.encoders import PACKAGED_MODEL

Fusion = Literal["early", "late", "interactive", "none"]
"""Place where the graph joins the text; `none` leaves the graph out."""
Loss = Literal["pointwise", "in-batch"]
Adapter = Literal["none", "lora", "prefix", "bottleneck"]
ENOUGH_TO_DECIDE = 20
"""Minimum number of validation queries; with fewer, the choice of the best epoch is chance, and
the queries are worth more as training data."""


@dataclass(frozen=True, slots=True)
class RankerSettings:
    """Settings of the teacher, `kg-enhanced-bert`.

    Attributes:
        encoder: a transformers model: a name, a folder, or the packaged default.
        fusion: place of the graph: `early` joins it to the input of the trained layers, `late` to
            the last states, `interactive` lets the last states attend to the graph and each other.
        loss: training loss: `pointwise` is binary cross-entropy of rating / best rating;
            `in-batch` a softmax over the candidates that a query has in its batch.
        adapter: small weights that are trained instead of the layers' own.
        adapter_size: rank of `lora`, number of tokens of `prefix`, width of `bottleneck`.
        frozen_layers: number of lowest layers of the encoder that are not trained, together with
            its word embeddings.
        length: maximum number of subwords of query and product together.
        heads: number of heads of the attention over product and neighbourhood.
        dropout: dropout before the score head.
        candidates: number of candidates of a query per step.
        negatives: number of these that are unjudged and count as irrelevant.
        others: number of these that are good answers to other queries.
        queries: number of queries per step.
        pretraining: whether to train on the catalogue first; see `pretraining.pretrain`.
        epochs: maximum number of passes over the queries.
        learning_rate: learning rate of the layers, their adapter and the graph table after warm-up.
        head_rate: learning rate of the graph's layers and the score head.
        feature_rate: learning rate of the weights of the features that the score starts from.
        warmup: share of the steps in which the rates rise.
        weight_decay: weight decay of all matrices.
        clip: maximum norm of a gradient.
        validation: share of the queries held out for early stopping, if these are at least
            `ENOUGH_TO_DECIDE`; 0 trains all epochs.
        patience: number of epochs without a better validation before stopping.
        fgm: length of the adversarial step on the input of the trained layers (Miyato et al.
            2017); 0 for none. It doubles the cost of a step.
        seed: seed of all random numbers.

    Raises:
        ConfigError: a value is out of range.
    """

    encoder: str = PACKAGED_MODEL
    fusion: Fusion = "late"
    loss: Loss = "in-batch"
    adapter: Adapter = "none"
    adapter_size: int = 8
    frozen_layers: int = 4
    length: int = 64
    heads: int = 4
    dropout: float = 0.1
    candidates: int = 12
    negatives: int = 2
    others: int = 1
    queries: int = 2
    pretraining: bool = True
    epochs: int = 2
    learning_rate: float = 5e-5
    head_rate: float = 1e-3
    feature_rate: float = 2e-3
    warmup: float = 0.1
    weight_decay: float = 0.01
    clip: float = 1.0
    validation: float = 0.15
    patience: int = 2
    fgm: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value, known in (
            ("fusion", self.fusion, get_args(Fusion)),
            ("loss", self.loss, get_args(Loss)),
            ("adapter", self.adapter, get_args(Adapter)),
        ):
            if value not in known:
                raise ConfigError(f"{name} is '{value}'; expected {', '.join(known)}.")
        if self.negatives + self.others >= self.candidates:
            raise ConfigError(
                f"{self.negatives} negatives and {self.others} others leave no room for judged "
                f"products among {self.candidates} candidates; raise `candidates`."
            )
        if not 0 <= self.validation < 1:
            raise ConfigError(f"validation is {self.validation}; expected 0 up to below 1.")


@dataclass(frozen=True, slots=True)
class StudentSettings:
    """Settings of the student: two towers, with precomputed product vectors.

    Attributes:
        width: width of the hidden layer of each tower.
        outputs: weight of the teacher's outputs: cross-entropy between the softmaxes of
            teacher and student over a query's candidates (Hinton et al. 2015).
        triples: weight of the triple loss: of query, better and worse product, the better one
            must score higher by `margin`.
        margin: margin of the triple loss, in scores.
        temperature: temperature of both softmaxes.
        epochs: number of passes over the queries.
        rate: learning rate.
        weight_decay: weight decay of all weights.
        seed: seed of weights and order.
    """

    width: int = 128
    outputs: float = 1.0
    triples: float = 1.0
    margin: float = 0.5
    temperature: float = 1.0
    epochs: int = 30
    rate: float = 2e-3
    weight_decay: float = 0.01
    seed: int = 0
