"""Search of the settings of a joint training on validation data, by Optuna."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalograph.ingest import fingerprint
from catalograph.ingest.multitask.settings import MultitaskSettings
from catalograph.ingest.multitask.tasks import TaskData
from catalograph.ingest.multitask.training import SCORE, fit_net, hash_tasks, new_net
from catalograph.ml.limits import Limits
from catalograph.ml.tuning import Choice, NumberSpan, search

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SPACE: Mapping[str, NumberSpan | Choice] = {
    "learning_rate": NumberSpan(5e-5, 1e-3),
    "head_rate": NumberSpan(3e-4, 1e-2),
    "frozen_layers": Choice((0, 1, 2, 4)),
    "sampling": Choice((0.0, 0.5, 0.7, 1.0)),
    "augment": Choice((0.0, 0.1, 0.2)),
    "fgm": Choice((0.0, 0.3)),
}
"""Settings that are searched, with their possible values."""


@dataclass(frozen=True)
class SearchOptions:
    """How to search.

    Attributes:
        trials: number of trials, those of a killed search included.
        minutes: longest time; None for no limit. No trial starts when half of it is over, so that
            the last one ends in time.
        epochs: passes of each trial; the training itself has its own number.
    """

    trials: int = 8
    minutes: float | None = None
    epochs: int = 2


def search_settings(
    encoder: Any,
    tokenizer: "Tokenizer",
    tasks: Sequence[TaskData],
    settings: MultitaskSettings,
    options: SearchOptions,
    work: Path,
) -> dict[str, Any]:
    """Return the settings with the best mean score of all tasks on validation.

    The search begins with the present settings; its trials are kept in `work`, so that a killed one
    goes on.

    Args:
        encoder: encoder to start each trial from.
        tokenizer: its tokenizer.
        tasks: data of all tasks; their test parts are not read.
        settings: present settings.
        options: how to search.
        work: folder of the trials.

    Raises:
        MissingExtraError: Optuna is not installed.
    """
    present = asdict(settings)

    def measure(values: Mapping[str, Any]) -> float:
        tried = replace(settings, **values, epochs=min(options.epochs, settings.epochs))
        net = new_net(encoder, tasks, tried)
        history = fit_net(net, tokenizer, tasks, tried)
        return max((entry.get(SCORE, 0.0) for entry in history), default=0.0)

    return search(
        SPACE,
        measure,
        start={name: present[name] for name in SPACE if _allows(name, present[name])},
        trials=options.trials,
        journal=work / "search.journal",
        study=fingerprint.digest(
            f"{hash_tasks(tasks)}\t{sorted(present.items())}\t{options.epochs}"
        ),
        limits=Limits(options.minutes),
        seed=settings.seed,
    )


def _allows(name: str, value: Any) -> bool:
    values = SPACE[name]
    if isinstance(values, Choice):
        return value in values.values
    return bool(values.low <= value <= values.high)
