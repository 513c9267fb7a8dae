"""What the processes beside the first one do in a job that torchrun started.

They take part in the trainings that the first process hands out, with the data that come with it:
they need neither the graph nor its files, and write nothing.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from catalograph.embed.processes import receive

__all__ = ["follow"]


def follow() -> None:
    """Take part in trainings until the first process needs no more.

    Raises:
        LostProcessError: the first process is gone.
    """
    while (order := receive()) is not None:
        training, given = order
        _TRAININGS[training](**given)


def _train_kge(**given: Any) -> None:
    from catalograph.embed.kge import train

    train(**given)


def _train_graph(folder: Path | None, **given: Any) -> None:
    from catalograph.embed.graph import TrainingOptions, fit_relational_attention

    fit_relational_attention(**given, options=TrainingOptions(folder=folder))


def _train_text_ranker(**given: Any) -> None:
    from catalograph.embed.ranker.crossval import CrossValidation

    plan, learned = given.pop("plan"), given.pop("learned")
    CrossValidation(**given, settings=plan.settings, folds=2).teacher(plan, learned)


_TRAININGS: Mapping[str, Callable[..., None]] = {
    "kge": _train_kge,
    "graph": _train_graph,
    "text ranker": _train_text_ranker,
}
