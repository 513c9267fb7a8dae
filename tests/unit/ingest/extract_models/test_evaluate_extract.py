import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.errors import ConfigError, TrainingDataError
from catalograph.evaluation.extraction import (
    ExtractionTask,
    count_cases,
    evaluate_extract,
    parse_shares,
)
from catalograph.evaluation.products import read_products
from catalograph.ingest.extract.examples import ProductExample
from catalograph.ingest.extract.findings import Finding
from catalograph.ingest.extract.protocol import ProductText
from catalograph.ingest.extract.training import CascadeSettings
from catalograph.schema import Span

DICTIONARY = CascadeSettings("dictionary")


def test_the_five_cases_and_micro_f1_are_extractgpts() -> None:
    examples = [
        ProductExample({}, "", {"a": ("x",), "b": (), "c": ("y", "z")}),
        ProductExample({}, "", {"a": ("x",), "b": ()}),
        ProductExample({}, "", {"a": ("x",)}),
    ]
    answers = [
        {"a": ("x", 0.9), "c": ("z", 0.8), "d": ("not asked", 0.9)},
        {"a": ("wrong", 0.7), "b": ("made up", 0.6)},
        {},
    ]
    total, by_attribute = count_cases(examples, answers)
    assert (total.nn, total.nv, total.vn, total.vc, total.vw) == (1, 1, 1, 2, 1)
    metrics = total.metrics()
    assert metrics["precision"] == 2 / 4
    assert metrics["recall"] == 2 / 4
    assert metrics["micro_f1"] == 0.5
    assert list(by_attribute) == ["a", "b", "c"]
    assert by_attribute["c"].metrics()["micro_f1"] == 1.0


def test_both_forms_are_read(tmp_path: Path) -> None:
    rows = [
        {
            "input": "Tazo Tea",
            "category": "Tea",
            "target_scores": {"Brand Name": {" Tazo ": 1}, "Pack": {"n/a": 1}},
        },
        {
            "input_title": "Box",
            "input_description": "made by Acme",
            "category": "Office Products",
            "target_scores": {"Brand": {"Acme": {"pid": [1], "score": 1}}, "Width": {"n/a": 1}},
        },
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    assert read_products([path]) == [
        ProductExample({"title": "Tazo Tea"}, "tea", {"brand": ("Tazo",), "pack": ()}),
        ProductExample(
            {"title": "Box", "description": "made by Acme"},
            "office products",
            {"brand": ("Acme",), "width": ()},
        ),
    ]


def test_a_malformed_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"input": "x", "category": "y", "target_scores": {}}\n{"title": 1}\n')
    with pytest.raises(TrainingDataError, match="Line 2 of"):
        read_products([path])
    with pytest.raises(TrainingDataError, match="could not be read"):
        read_products([tmp_path / "none.jsonl"])


def test_a_dictionary_knows_the_teas(tea_file: Path) -> None:
    rows = evaluate_extract(ExtractionTask([tea_file], tea_file, DICTIONARY))
    assert rows[0].metrics["micro_f1"] == 1.0
    assert rows[0].n == 90
    assert [row.model for row in rows[1:]] == [
        "dictionary: brand",
        "dictionary: flavor",
        "dictionary: size",
    ]


def test_cross_validation_measures_every_product_once(tea_file: Path) -> None:
    rows = evaluate_extract(ExtractionTask([tea_file], None, DICTIONARY, folds=3))
    assert rows[0].config["products"] == 30
    assert rows[0].n == 90


def test_another_catalogue_shows_the_drop(tea_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    scores = {"BRAND": {"Lipton": 1}, "Roast": {"Dark": 1}}
    row = {"input": "Lipton Dark Roast", "category": "Coffee", "target_scores": scores}
    other.write_text(json.dumps(row))
    (total, *_) = evaluate_extract(ExtractionTask([tea_file], other, DICTIONARY))
    assert total.metrics["recall"] <= 0.5
    assert total.metrics["drop"] >= 0.3


class Oracle:
    """A language model that is always right about the flavour."""

    name = "oracle"
    version = "1"

    def find(self, products: Sequence[ProductText]) -> list[list[Finding]]:
        found = []
        for product in products:
            title = product.texts["title"]
            end = title.index(" Tea,")
            start = title.index("Organic ") + len("Organic ")
            span = Span("title", start, end)
            found.append([Finding("flavor", title[start:end], "oracle", "1", 0.9, span)])
        return found


def test_the_curve_goes_up_with_the_share_of_model_calls(tea_file: Path, tmp_path: Path) -> None:
    # Given a test whose flavours no training title has,
    test = tmp_path / "test.jsonl"
    rows = [
        {"input": f"Tazo Organic {f} Tea, 20 Count", "category": "Tea",
         "target_scores": {"Brand": {"Tazo": 1}, "Flavor": {f: 1}}}
        for f in ("Hibiscus", "Rooibos", "Oolong", "Fennel")
    ]  # fmt: skip
    test.write_text("\n".join(map(json.dumps, rows)))
    task = ExtractionTask([tea_file], test, DICTIONARY, model=lambda _: Oracle(), shares=(0.5, 1.0))
    curve = {
        row.metrics["model_call_share"]: row.metrics["micro_f1"]
        for row in evaluate_extract(task)
        if ":" not in row.model
    }
    assert list(curve) == [0.0, 0.5, 1.0]
    assert curve[0.0] < curve[0.5] < curve[1.0] == 1.0


def test_the_model_alone_is_measured_too(tea_file: Path) -> None:
    task = ExtractionTask([tea_file], tea_file, CascadeSettings("llm"), model=lambda _: Oracle())
    rows = {row.model: row.metrics for row in evaluate_extract(task)}
    assert rows["llm"]["model_call_share"] == 1.0
    assert rows["llm: flavor"]["micro_f1"] == 1.0
    assert rows["llm: brand"]["recall"] == 0.0


def test_wrong_tasks_are_said(tea_file: Path) -> None:
    with pytest.raises(ConfigError, match="No extractor 'magic'"):
        evaluate_extract(ExtractionTask([tea_file], tea_file, CascadeSettings("magic")))
    with pytest.raises(ConfigError, match="No language model"):
        evaluate_extract(ExtractionTask([tea_file], tea_file, DICTIONARY, shares=(0.5,)))
    with pytest.raises(ConfigError, match="not between 0 and 1"):
        parse_shares("0.1,2")
    with pytest.raises(ConfigError, match="are no shares"):
        parse_shares("half")
    assert parse_shares("0.1, 0.5") == (0.1, 0.5)


def test_the_command_prints_one_json_object(tea_file: Path) -> None:
    files = ["--train", str(tea_file), "--test", str(tea_file)]
    result = CliRunner().invoke(
        app, ["eval", "extract", *files, "--extractor", "dictionary", "--json"]
    )
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["command"] == "eval extract"
    assert set(told["rows"][0]["metrics"]) >= {
        "micro_f1", "precision", "recall", "calibration_error", "model_call_share",
    }  # fmt: skip


def test_rows_by_category_have_their_calibration_error(tea_file: Path) -> None:
    files = ["--train", str(tea_file), "--test", str(tea_file), "--by", "category"]
    result = CliRunner().invoke(
        app, ["eval", "extract", *files, "--extractor", "dictionary", "--json"]
    )
    assert result.exit_code == 0, result.output
    total, *rows = json.loads(result.stdout)["rows"]
    assert [row["model"] for row in rows] == ["dictionary: tea"]
    assert rows[0]["metrics"]["calibration_error"] == total["metrics"]["calibration_error"]


def test_the_training_command_writes_an_extractor(tea_file: Path, tmp_path: Path) -> None:
    from catalograph.ingest.extract.persistence import load_extractor

    out = tmp_path / "extractor"
    result = CliRunner().invoke(
        app, ["train", "extractor", str(tea_file), "--out", str(out), "--extractor", "crf"]
    )
    assert result.exit_code == 0, result.output
    (found,) = load_extractor(out).find(
        [ProductText("product:x:1", {"title": "Stash Organic Mint Tea, 50 Count"}, "Tea")]
    )
    assert ("brand", "Stash") in [(f.attribute, f.name) for f in found]
