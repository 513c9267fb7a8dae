"""Optional MLflow tracking: each published version becomes one run with its card.

Only this module imports mlflow. The Model node stays authoritative; a run is a copy of it.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from catalograph.embed.card import render_card
from catalograph.errors import MissingExtraError
from catalograph.settings import EmbedSettings
from catalograph.store import PublishedModel

_log = logging.getLogger(__name__)
_HISTORY = "history"
_LONGEST_PARAMETER = 6_000


class Tracker:
    """Writes runs to one experiment of a tracking server or database."""

    def __init__(self, settings: EmbedSettings) -> None:
        try:
            import mlflow.entities
            import mlflow.tracking
        except ImportError as exc:
            raise MissingExtraError("mlflow", "mlflow") from exc
        self._mlflow = mlflow
        self._uri = settings.mlflow_uri
        self._experiment = settings.mlflow_experiment

    def log(self, model: PublishedModel, models: Sequence[PublishedModel]) -> None:
        """Write the parameters, metrics, learning history and card of a version.

        The version is live already, so an unreachable tracking server is a warning, not an error.
        """
        try:
            self._log(model, render_card(model, models))
        except (self._mlflow.MlflowException, OSError) as exc:
            _log.warning("%s was published but not tracked: %s", model.key, exc)

    def _log(self, model: PublishedModel, card: str) -> None:
        client = self._mlflow.tracking.MlflowClient(tracking_uri=self._uri)
        found = client.get_experiment_by_name(self._experiment)
        experiment = (
            client.create_experiment(self._experiment) if found is None else found.experiment_id
        )
        made = int(model.created.timestamp() * 1000)
        tags = {"kind": model.kind, "version": str(model.version), "data_hash": model.data_hash}
        run = client.create_run(
            experiment,
            start_time=made - int(model.seconds * 1000),
            tags=tags,
            run_name=model.key.removeprefix("model:"),
        ).info.run_id
        client.log_batch(
            run,
            params=[self._mlflow.entities.Param(name, value) for name, value in _parameters(model)],
            metrics=[
                self._mlflow.entities.Metric(name, value, made, step)
                for name, value, step in _metrics(model.metrics)
            ],
        )
        client.log_text(run, card, "card.md")
        client.set_terminated(run, end_time=made)


def tracker(settings: EmbedSettings) -> Tracker | None:
    """Return the tracker, or None if the settings have no tracking address.

    Raises:
        MissingExtraError: the settings have one, and the extra `mlflow` is not installed.
    """
    return Tracker(settings) if settings.mlflow_uri else None


def _parameters(model: PublishedModel) -> Iterator[tuple[str, str]]:
    for name, value in {**model.config, **model.counts}.items():
        yield _name(name), str(value)[:_LONGEST_PARAMETER]


def _metrics(metrics: Mapping[str, Any]) -> Iterator[tuple[str, float, int]]:
    """Yield numbers as (name, value, step); those of the history have their epoch as step."""
    for name, value in metrics.items():
        if isinstance(value, int | float):
            yield _name(name), float(value), 0
    for step, entry in enumerate(metrics.get(_HISTORY, ())):
        for name, value in entry.items():
            if name != "epoch" and isinstance(value, int | float):
                yield _name(f"{_HISTORY}/{name}"), float(value), int(entry.get("epoch", step))


def _name(name: str) -> str:
    """Convert a name to MLflow's alphabet: letters, digits and a few signs."""
    return "".join(sign if sign.isalnum() or sign in "_-. /" else "_" for sign in name)
