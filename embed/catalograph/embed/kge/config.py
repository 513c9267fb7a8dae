"""Hyperparameters of the training, and named presets."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from catalograph.errors import ConfigError
from catalograph.schema.suggest import did_you_mean

BILINEAR = ("complex", "distmult")
"""Models that score by an inner product of a query and an entity."""
DISTANCE = ("transe", "rotate")
"""Models that score by a distance."""
MODELS = (*DISTANCE[:1], *reversed(BILINEAR), *DISTANCE[1:])
"""Names of the models: transe, distmult, complex, rotate."""
LOSSES = ("softmax", "self-adversarial", "margin")
QUERIES = ("kvsall", "1vsall")
OPTIMISERS = ("adagrad", "adam")
PRECISIONS = ("auto", "float32", "bfloat16")
_TRUTHS = {"true": True, "false": False}


_NOT_NEGATIVE = (
    "negatives",
    "margin",
    "temperature",
    "n3",
    "dropout",
    "relation_weight",
    "decay",
    "clip",
    "init",
    "patience",
    "validate_on",
    "seed",
)


def _one_of(name: str, value: object, known: tuple[object, ...]) -> None:
    if value not in known:
        listed = ", ".join(map(str, known))
        near = did_you_mean(str(value), map(str, known))
        raise ConfigError(f"{name} is {value!r}; expected one of {listed}.{near}", **{name: value})


def _at_least(name: str, value: float, least: int) -> None:
    if value < least:
        raise ConfigError(f"{name} is {value}; expected at least {least}.", **{name: value})


@dataclass(frozen=True)
class KgeConfig:
    """Everything that determines a training, except the data and the number of processes.

    Raises:
        ConfigError: a value is unknown, out of range, or contradicts another.
    """

    model: str = "complex"
    """Name of the model: `transe`, `distmult`, `complex` or `rotate`."""
    dimension: int = 128
    """Number of coordinates; complex ones, so twice as many reals, for complex and rotate."""
    loss: str = "softmax"
    """Loss: `softmax` (cross-entropy over entities), `self-adversarial` or `margin`."""
    queries: str = "kvsall"
    """Form of the training rows. `kvsall`: one row per distinct (head, relation), weighted by its
    number of answers, which is the loss of `1vsall`, one row per triple, in fewer rows."""
    negatives: int = 0
    """Number of entities drawn as negatives, for the whole batch together (margin: per triple);
    0 means all entities, with softmax only."""
    reciprocal: bool = True
    """Whether an inverse relation has its own vector (Lacroix et al. 2018)."""
    margin: float = 1.0
    """γ of the margin and self-adversarial losses."""
    norm: int = 2
    """Norm of TransE's distance, 1 or 2. RotatE's is the sum of moduli (Sun et al. 2019)."""
    temperature: float = 1.0
    """α of the self-adversarial weights."""
    n3: float = 0.0
    """Weight of the nuclear 3-norm of the entities and relations in the batch's triples."""
    dropout: float = 0.0
    """Share of the coordinates of heads and relations dropped from each query (Ruffinelli et al.
    2020); the others are scaled up."""
    relation_weight: float = 0.0
    """Weight of predicting the relation between a head and a tail (Chen et al. 2021)."""
    optimiser: str = "adagrad"
    """Name of the optimiser: `adagrad` or `adam`."""
    learning_rate: float = 0.1
    decay: float = 0.0
    """Share of the training, at its end, in which the learning rate falls to a fiftieth."""
    clip: float = 0.0
    """Maximum norm of a gradient; 0 means no limit."""
    batch: int = 1000
    """Number of rows of `queries` per step, over all processes."""
    epochs: int = 100
    """Maximum number of epochs; a deadline may end the training earlier."""
    init: float = 1e-3
    """Standard deviation of the initial vectors; 0 means Glorot's uniform initialisation."""
    patience: int = 10
    """Number of validations without a better MRR after which training ends; 0 means never."""
    validate_every: int = 5
    """Number of epochs between validations."""
    validate_on: int = 5000
    """Number of triples sampled once from the validation part; 0 means all."""
    precision: str = "auto"
    """Precision of the scores: `float32`, `bfloat16` or `auto`, bfloat16 if the processor has it.
    Vectors, their updates and all metrics are float32."""
    seed: int = 0

    def __post_init__(self) -> None:
        _one_of("model", self.model, MODELS)
        _one_of("loss", self.loss, LOSSES)
        _one_of("queries", self.queries, QUERIES)
        _one_of("optimiser", self.optimiser, OPTIMISERS)
        _one_of("precision", self.precision, PRECISIONS)
        _one_of("norm", self.norm, (1, 2))
        for name in ("dimension", "batch", "epochs", "validate_every"):
            _at_least(name, getattr(self, name), 1)
        for name in _NOT_NEGATIVE:
            _at_least(name, getattr(self, name), 0)
        if self.learning_rate <= 0:
            raise ConfigError(f"learning_rate is {self.learning_rate}; expected above 0.")
        if self.dropout >= 1:
            raise ConfigError(f"dropout is {self.dropout}; expected a share below 1.")
        if self.decay > 1:
            raise ConfigError(f"decay is {self.decay}; expected a share, at most 1.")
        if self.loss != "softmax" and not self.negatives:
            raise ConfigError(f"Loss {self.loss} needs negatives; expected at least 1, not 0.")
        if self.model not in BILINEAR and (self.n3 or self.relation_weight):
            raise ConfigError(
                f"n3 and relation_weight are for {' and '.join(BILINEAR)}, not for {self.model}; "
                "leave them at 0."
            )

    def as_dict(self) -> dict[str, Any]:
        """Return all values by name, for JSON."""
        return asdict(self)


_N3 = KgeConfig(dimension=100, n3=0.05, batch=500, decay=0.4, epochs=200)

PRESETS: Mapping[str, KgeConfig] = {
    "seed": KgeConfig(
        model="transe",
        dimension=100,
        loss="margin",
        queries="1vsall",
        negatives=1,
        reciprocal=False,
        optimiser="adam",
        learning_rate=0.01,
        init=0.0,
    ),
    "complex": replace(_N3, relation_weight=1.0),
    "complex-wn18rr": replace(_N3, n3=0.1, relation_weight=0.05),
    "distmult": replace(_N3, model="distmult", dimension=200, relation_weight=1.0),
    "distmult-fb15k-237": replace(_N3, model="distmult", dimension=200),
    "transe": KgeConfig(model="transe", init=0.0, decay=0.4, batch=500, epochs=200),
    "rotate": KgeConfig(
        model="rotate",
        loss="self-adversarial",
        queries="1vsall",
        negatives=128,
        margin=9.0,
        optimiser="adam",
        learning_rate=1e-3,
        init=0.0,
        decay=0.4,
        epochs=200,
    ),
}
"""Presets by name. `seed` is TransE as first published (Bordes et al. 2013), with Adam; a model's
name is its default, and with `-` and a data set's name its settings for that data set."""


def choose_config(
    model: str, data: str, preset: str | None = None, changes: Sequence[str] = ()
) -> KgeConfig:
    """Return the configuration for a model on a data set.

    Args:
        model: name of the model, unless a preset is given.
        data: name of the data set; settings tuned for it are used if they exist.
        preset: name in `PRESETS`.
        changes: overrides `name=value` of fields of `KgeConfig`.

    Raises:
        ConfigError: there is no such preset or field, or a value is invalid.
    """
    if preset is not None:
        _one_of("preset", preset, tuple(PRESETS))
        config = PRESETS[preset]
    else:
        _one_of("model", model, MODELS)
        config = PRESETS.get(f"{model}-{data.lower()}", PRESETS[model])
    return replace(config, **dict(_parse(change) for change in changes))


def _parse(change: str) -> tuple[str, Any]:
    name, _, text = change.partition("=")
    _one_of("setting", name, tuple(field.name for field in fields(KgeConfig)))
    kind: type = type(getattr(KgeConfig, name))
    try:
        value = _TRUTHS[text] if kind is bool else kind(text)
    except (ValueError, KeyError) as error:
        raise ConfigError(
            f"{change!r} gives {name} the value {text!r}; expected {kind.__name__}, as in "
            f"{name}={getattr(KgeConfig, name)}."
        ) from error
    return name, value
