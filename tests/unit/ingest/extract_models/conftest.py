"""A few labelled tea titles, and an encoder small enough to train in a second."""

import json
from pathlib import Path

import pytest

from catalograph.ingest.extract.examples import ProductExample
from catalograph.ingest.extract.tagger import TaggerSettings
from tests.tiny_encoder import write_tiny_encoder

BRANDS = ("Tazo", "Twinings", "Lipton", "Stash", "Numi", "Bigelow")
FLAVOURS = ("Mint", "Lemon", "Ginger Peach", "Vanilla")
SIZES = ("20 Count", "50 Count", "3.5 Ounce")


def tea(brand: str, flavour: str, size: str) -> ProductExample:
    """Return a title with its brand, flavour and size."""
    return ProductExample(
        {"title": f"{brand} Organic {flavour} Tea, {size}"},
        "tea",
        {"brand": (brand,), "flavor": (flavour,), "size": (size,)},
    )


@pytest.fixture(scope="session")
def teas() -> list[ProductExample]:
    return [
        tea(brand, FLAVOURS[(n + k) % 4], SIZES[(n + k) % 3])
        for n, brand in enumerate(BRANDS)
        for k in range(5)
    ]


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a BERT of one layer and random weights, with the packaged encoder's vocabulary."""
    return write_tiny_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="session")
def tiny(encoder: Path) -> TaggerSettings:
    """Return settings that learn the teas in a second or two."""
    return TaggerSettings(
        encoder=str(encoder),
        learning_rate=3e-3,
        head_rate=1e-2,
        batch=8,
        length=48,
        epochs=12,
        validation=0.0,
    )


@pytest.fixture(scope="session")
def tea_file(teas: list[ProductExample], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the teas in ExtractGPT's form."""
    path = tmp_path_factory.mktemp("teas") / "teas.jsonl"
    rows = [
        {
            "input": e.texts["title"],
            "category": "Tea",
            "target_scores": {
                "Brand": {e.targets["brand"][0]: 1},
                "Flavor": {e.targets["flavor"][0]: 1},
                "Size": {e.targets["size"][0]: 1},
            },
        }
        for e in teas
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path
