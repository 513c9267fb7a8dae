"""Small tasks, and an encoder small enough to train in seconds."""

from pathlib import Path

import numpy as np
import pytest

from catalograph.ingest.multitask.graph_data import matching_example
from catalograph.ingest.multitask.settings import MultitaskSettings
from catalograph.ingest.multitask.tasks import (
    CATEGORY,
    MATCHING,
    SENTIMENT,
    TAGGING,
    TASKS,
    TaskData,
    TaskExample,
    by_group,
    make_task,
    tagging_example,
)
from catalograph.ingest.resolve.records import ProductRecord
from tests.tiny_encoder import write_tiny_encoder

BRANDS = ("Tazo", "Lipton", "Stash", "Numi")
COLOURS = ("red", "blue", "green", "black")
THINGS = ("lamp", "kettle", "chair")


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a BERT of two layers and random weights, with the packaged encoder's vocabulary."""
    return write_tiny_encoder(tmp_path_factory.mktemp("encoder"), 2)


@pytest.fixture(scope="session")
def small(encoder: Path) -> MultitaskSettings:
    return MultitaskSettings(
        encoder=str(encoder),
        learning_rate=3e-3,
        head_rate=1e-2,
        batch=16,
        length=32,
        epochs=6,
        frozen_layers=0,
        augment=0.05,
        patience=6,
    )


@pytest.fixture(scope="session")
def tasks() -> list[TaskData]:
    """Return 240 products by four brands with all labels; what is the same says so."""
    rng = np.random.default_rng(0)
    listed: dict[str, list[TaskExample]] = {name: [] for name in TASKS}
    for n in range(240):
        brand, colour = BRANDS[rng.integers(4)], COLOURS[rng.integers(4)]
        thing = THINGS[rng.integers(3)]
        title = f"{brand} {thing} in {colour}, number {n}"
        values = {"brand": (brand,), "colour": (colour,)}
        listed[TAGGING].append(tagging_example(title, "home", values, group=f"p{n}"))
        listed[CATEGORY].append(TaskExample(title, label=thing, group=f"p{n}"))
        word, label = (("great", "positive"), ("awful", "negative"))[int(rng.integers(2))]
        listed[SENTIMENT].append(TaskExample(f"{word} {thing}", label=label, group=f"r{n}"))
        same = bool(rng.integers(2))
        other = colour if same else COLOURS[(COLOURS.index(colour) + 1) % 4]
        left = ProductRecord(f"l{n}", "l", title=f"{brand} {thing} {colour}", brand=brand)
        right = ProductRecord(f"r{n}", "r", title=f"{thing} {other}", brand=brand)
        listed[MATCHING].append(matching_example(left, right, same=same, group=f"m{n}"))
    return [make_task(name, by_group(examples)) for name, examples in listed.items()]
