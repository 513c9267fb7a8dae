"""Trains a link prediction model on a data set and measures it, including time and memory."""

import time
from pathlib import Path

from catalograph.embed.kge.config import KgeConfig
from catalograph.embed.kge.evaluate import evaluate_link
from catalograph.embed.kge.train import Progress, train
from catalograph.embed.kge.triples import LinkData
from catalograph.embed.processes import is_first
from catalograph.ml.profiling import BenchmarkRow, Profiler

__all__ = ["BenchmarkRow", "measure_link"]


def measure_link(
    data: LinkData,
    config: KgeConfig,
    *,
    minutes: float,
    checkpoint: Path | None = None,
    device: str = "auto",
    progress: Progress = lambda _: None,
) -> BenchmarkRow:
    """Train within a time limit, then rank the test triples.

    Args:
        data: train, validation and test triples.
        config: hyperparameters, see `KgeConfig`.
        minutes: time limit of training and validation, including earlier calls with the same
            checkpoint.
        checkpoint: folder that keeps the state, to resume from; the trained model is saved in its
            subfolder `model`.
        device: `cpu`, `cuda` or `auto`.
        progress: callback that receives the new entry of the history after each epoch.

    Returns:
        The metrics of `evaluate_link`; `seconds` covers training, validation and test of this call.
    """
    with Profiler() as watch:
        model = train(
            data.train,
            data.valid,
            config,
            checkpoint=checkpoint,
            resume=checkpoint is not None,
            deadline=60 * minutes,
            device=device,
            progress=progress,
        )
        if checkpoint and is_first():
            model.save(checkpoint / "model")
        began = time.perf_counter()
        metrics = evaluate_link(model, data.test, data.known)
        testing = time.perf_counter() - began
    found = [entry for entry in model.history if "valid_mrr" in entry]
    told = {
        **config.as_dict(),
        "epochs_trained": len(model.history),
        "training_seconds": model.history[-1]["seconds"],
        "test_seconds": round(testing, 1),
        "valid_mrr": max(entry["valid_mrr"] for entry in found) if found else None,
        "n_seen": metrics.n_seen,
    }
    return watch.row(config.model, metrics.as_dict(), metrics.n, told)
