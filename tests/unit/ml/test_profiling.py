"""The memory and time of a measured block."""

import resource
from pathlib import Path

import numpy as np

from catalograph.evaluation.categories import evaluate_classify
from catalograph.ml.profiling import Profiler

HELD = 400
"""MiB that are held for a moment; far more than anything else here."""


def hold_memory() -> None:
    np.ones(HELD << 20, np.uint8).sum()


def test_memory_held_in_the_block_counts() -> None:
    with Profiler() as quiet:
        pass
    with Profiler() as watch:
        held = np.ones(HELD << 20, np.uint8)
        assert held.sum() == HELD << 20
    assert watch.peak_mb > quiet.peak_mb + HELD * 0.9


def test_memory_that_another_block_held_does_not_count_in_an_evaluation(tmp_path: Path) -> None:
    feed = tmp_path / "feed.csv"
    rows = [f"{word} {n},{word}s" for word in ("phone", "lamp", "shoe") for n in range(30)]
    feed.write_text("\n".join(["title,category", *rows]))
    evaluate_classify([feed], feed)  # loads what is imported in the block
    hold_memory()
    lifetime = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for row in evaluate_classify([feed], feed):
        assert 0 < row.peak_mb < lifetime - HELD / 2
