"""Hyperparameter search on validation data by Optuna (Akiba et al. 2019); a killed one goes on."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalograph.errors import MissingExtraError
from catalograph.ml.limits import Limits

if TYPE_CHECKING:
    import optuna

__all__ = ["Choice", "NumberSpan", "search"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class NumberSpan:
    """Numbers from `low` to `high`, on a logarithmic scale."""

    low: float
    high: float

    def suggest(self, trial: "optuna.Trial", name: str) -> float:
        """Return the value of a trial."""
        return trial.suggest_float(name, self.low, self.high, log=True)


@dataclass(frozen=True)
class Choice:
    """One of some values."""

    values: tuple[Any, ...]

    def suggest(self, trial: "optuna.Trial", name: str) -> Any:
        """Return the value of a trial."""
        return trial.suggest_categorical(name, self.values)


def search(
    space: Mapping[str, NumberSpan | Choice],
    objective: Callable[[Mapping[str, Any]], float],
    *,
    start: Mapping[str, Any],
    trials: int,
    journal: Path,
    study: str,
    limits: Limits,
    seed: int = 0,
) -> dict[str, Any]:
    """Search the values that maximise an objective on validation data.

    The search is a tree-structured Parzen estimator (TPE, Bergstra et al. 2011), and begins with
    the present values. Finished trials are kept in a file, so that a killed search goes on.

    Args:
        space: values to choose from, by name.
        objective: returns what is to be maximised.
        start: the present values, of the names in `space`.
        trials: number of trials, earlier ones of the study included.
        journal: file that keeps the trials.
        study: name of what is searched; another one starts anew.
        limits: no trial starts when half of the time is over.
        seed: seed of the search.

    Returns:
        The best values found.

    Raises:
        MissingExtraError: Optuna is not installed.
    """
    held = _open_study(journal, study, seed)
    if not held.trials:
        held.enqueue_trial(dict(start))
    finished = [trial for trial in held.trials if trial.state.is_finished()]
    enough = limits.seconds_left / 2

    def measure(trial: "optuna.Trial") -> float:
        return objective({name: values.suggest(trial, name) for name, values in space.items()})

    for _ in range(trials - len(finished)):
        if limits.seconds_left < enough:
            break
        held.optimize(measure, n_trials=1)
    if not any(trial.state.is_finished() for trial in held.trials):
        return dict(start)
    _log.info("searched", extra={"study": study, "best": held.best_value})
    return dict(held.best_params)


def _open_study(journal: Path, name: str, seed: int) -> "optuna.Study":
    try:
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend
    except ImportError as exc:
        raise MissingExtraError("embed", "optuna") from exc
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    journal.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    study = optuna.create_study(
        study_name=name,
        storage=JournalStorage(JournalFileBackend(str(journal))),
        direction="maximize",
        load_if_exists=True,
    )
    # A search that goes on must not draw again what it drew before.
    study.sampler = optuna.samplers.TPESampler(seed=seed + len(study.trials))
    return study
