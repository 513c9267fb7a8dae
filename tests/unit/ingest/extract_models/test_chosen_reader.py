"""A trained extractor and a language model, alone and together, from the options of commands."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.ingest.extract.protocol import ProductText
from catalograph.ingest.text_extractors import make_reader
from catalograph.settings import load_settings
from tests.model_endpoint import serving, values

MINT = ProductText("product:x:1", {"title": "Stash Organic Mint Tea, 50 Count"}, "Tea")


@pytest.fixture(scope="module")
def trained(tea_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained") / "extractor"
    words = ["train", "extractor", str(tea_file), "--output", str(out), "--extractor", "dictionary"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    return out


@pytest.mark.parametrize(
    ("options", "asked", "brands"),
    [
        ({"extractor": True}, 0, {"Stash"}),
        ({"llm": True}, 1, {"Organic"}),
        ({"extractor": True, "llm": True, "llm_share": 0.0}, 0, {"Stash"}),
        ({"extractor": True, "llm": True, "llm_share": 1.0}, 1, {"Stash"}),
    ],
)
def test_options_choose_who_reads(
    options: dict[str, Any], asked: int, brands: set[str], trained: Path, tea_file: Path,
    tmp_path: Path,
) -> None:  # fmt: skip
    """Given a cascade that knows a brand and a model that says another, each reads as asked."""
    with serving(lambda body: values(("brand", "Organic"))) as endpoint:
        settings = load_settings(
            home=tmp_path, llm={"base_url": endpoint.url, "model": "m", "accept": 0.0}
        )
        given = options | {"examples": [tea_file]}
        if "extractor" in given:
            given["extractor"] = trained
        [reading] = make_reader(settings, given).read([MINT])
    assert reading.failure is None
    assert len(endpoint.heard) == asked
    assert {f.name for f in reading.accepted if f.attribute.lower() == "brand"} == brands
