"""Settings of the training of a language model."""

from dataclasses import dataclass
from typing import Literal, get_args

from catalograph.errors import ConfigError
from catalograph.schema.suggest import did_you_mean

Objective = Literal["instruct", "causal", "seq2seq", "mlm"]
Adapter = Literal["lora", "prefix", "ia3", "full"]
_LEAST_LENGTH = 8


@dataclass(frozen=True, slots=True)
class LanguageModelSettings:
    """Settings of the model and its training.

    Attributes:
        base: a transformers model: a name, a folder, a packaged encoder, or a GGUF file.
        objective: `instruct` learns the assistant's turns of dialogues; `causal` the next token
            of texts; `seq2seq` the second half of a text after a prompt with the first; `mlm`
            masked tokens of texts, for encoders.
        adapter: `lora` (Hu et al. 2022), `prefix` (Li and Liang 2021), `ia3` (Liu et al. 2022),
            which scales keys, values and the states between the layers of each feed-forward block,
            or `full` for all weights.
        size: rank of LoRA, or number of prefix tokens.
        next_sentence: whether `mlm` learns, too, whether two halves are of one text.
        masked: share of the tokens that `mlm` masks.
        length: maximum number of tokens of an example.
        epochs: maximum number of passes.
        steps: number of steps in place of `epochs`; 0 for none.
        learning_rate: largest learning rate; 0 for the usual one of the adapter.
        batch: number of examples per step of the processor.
        accumulation: number of such batches per step of the optimiser.
        warmup: share of the steps in which the rate rises; it falls linearly afterwards.
        clip: maximum norm of a gradient.
        weight_decay: weight decay of all matrices.
        validation: share of the examples kept for early stopping.
        checks: number of validations, and checkpoints, of the whole training.
        patience: number of validations without an improvement before stopping.
        checkpointing: whether activations are computed again in the backward pass, to save memory.
        seed: seed of all random numbers.

    Raises:
        ConfigError: a value is out of range, or two do not go together.
    """

    base: str
    objective: Objective = "instruct"
    adapter: Adapter = "lora"
    size: int = 16
    next_sentence: bool = False
    masked: float = 0.15
    length: int = 512
    epochs: int = 3
    steps: int = 0
    learning_rate: float = 0.0
    batch: int = 8
    accumulation: int = 1
    warmup: float = 0.1
    clip: float = 1.0
    weight_decay: float = 0.01
    validation: float = 0.1
    checks: int = 10
    patience: int = 3
    checkpointing: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        for name, known in (("objective", get_args(Objective)), ("adapter", get_args(Adapter))):
            given = getattr(self, name)
            if given not in known:
                near = did_you_mean(given, known)
                raise ConfigError(f"There is no {name} '{given}'; known: {', '.join(known)}.{near}")
        for name in ("masked", "warmup", "validation"):
            if not 0 <= getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}; expected 0 to less than 1.")
        for name in ("size", "epochs", "batch", "accumulation", "checks", "patience"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}; expected 1 or more.")
        if self.length < _LEAST_LENGTH:
            raise ConfigError(f"length is {self.length}; expected {_LEAST_LENGTH} or more.")
        self._check_combination()

    def _check_combination(self) -> None:
        if self.next_sentence and self.objective != "mlm":
            raise ConfigError("Next sentences are learned beside masked tokens; choose mlm.")
        if self.adapter == "prefix" and self.checkpointing:
            raise ConfigError(
                "A prefix cannot be trained with activations computed again; choose another "
                "adapter, or leave out the checkpointing."
            )
        if self.adapter == "prefix" and self.objective == "mlm":
            raise ConfigError(
                "A prefix cannot be merged into an encoder; choose lora, ia3 or full for mlm."
            )

    @property
    def rate(self) -> float:
        """The learning rate, by default the usual one of the adapter."""
        return self.learning_rate or _USUAL_RATES[self.adapter]


_USUAL_RATES = {"lora": 2e-4, "prefix": 5e-3, "ia3": 5e-3, "full": 2e-5}
