"""Normalised labels in the form of WDC-PAVE, on offers made up here."""

import random
from pathlib import Path
from typing import Any

import orjson
import pytest

from catalograph.errors import TrainingDataError
from catalograph.evaluation.conventions import convention_of
from catalograph.evaluation.normalisation import evaluate_normalise
from catalograph.evaluation.value_cases import evaluate_values, read_value_cases


@pytest.mark.parametrize(
    ("attribute", "text", "values"),
    [
        ("Width", 'Desk 23-1/2" W x 30 in. H, cord 6 ft', ["59.7", "76.2", "182.9"]),
        ("Depth", "Box 5mm deep", ["0.5"]),
        ("Size/Weight", "Cocoa 1 1/2 lb; 12 oz; 300 g", ["680", "340", "300"]),
        ("Paper Weight", "Copier paper, 20 lb, white", ["9.1"]),
        ("Pack Quantity", "Folders, 100/Box", ["100"]),
        ("Rotational Speed", "146GB 15K SAS disk, 7,200 RPM", ["15000", "7200"]),
        ("Part Number", "HP 432322-001 disk", ["432322001"]),
        ("Retail UPC", "UPC 012345678905", ["12345"]),
        ("Capacity", "disk 73-GB and 2TB", ["73 Gigabytes", "2 Terabytes"]),
        ("Color", "Royal Blue, Gray", ["blue", "blue", "grey"]),
    ],
)
def test_conventions(attribute: str, text: str, values: list[str]) -> None:
    convention = convention_of(attribute)
    assert convention is not None
    found = list(convention.find(text))
    assert [value for _, _, value in found] == values
    assert all(text[start:end].strip() for start, end, _ in found)


def test_an_unknown_attribute_has_no_convention() -> None:
    assert convention_of("Interface") is None


def offers(n: int) -> list[dict[str, Any]]:
    """Cabinets whose width and height stand in either order, each with its sign."""
    draw = random.Random(7)
    rows = []
    for number in range(n):
        width, height = draw.randint(10, 60), draw.randint(61, 90)
        sides = [f'{width}-1/2"W', f'{height}"H']
        draw.shuffle(sides)
        told = number % 5 != 0
        title = f"Cabinet {' x '.join(sides if told else sides[:0])}, {number + 2} per Box"
        targets = {
            "Width": {str(round((width + 0.5) * 2.54, 1)) if told else "n/a": labelled()},
            "Height": {str(round(height * 2.54, 1)) if told else "n/a": labelled()},
            "Pack Quantity": {str(number + 2): labelled()},
            "Product Type": {"Furniture": labelled()},
        }
        rows.append({"input_title": title, "input_description": "", "target_scores": targets})
    return rows


def labelled() -> dict[str, Any]:
    return {"pid": [0], "score": 1}


def test_evaluate_normalise(tmp_path: Path) -> None:
    path = tmp_path / "offers.jsonl"
    path.write_bytes(b"\n".join(orjson.dumps(row) for row in offers(60)))
    rows = {
        (row.config["operation"], row.config["attribute"]): row for row in evaluate_normalise(path)
    }
    assert set(rows) == {
        ("all", "all"),
        ("unit conversion", "all"),
        ("string wrangling", "all"),
        ("unit conversion", "Width"),
        ("unit conversion", "Height"),
        ("string wrangling", "Pack Quantity"),
    }
    assert rows["all", "all"].n == 180
    assert all(row.metrics["reach"] == 1 for row in rows.values())
    assert all(row.metrics["f1"] > 0.95 for row in rows.values())


def test_a_file_of_another_form(tmp_path: Path) -> None:
    path = tmp_path / "other.jsonl"
    path.write_text('{"title": "x"}\n')
    with pytest.raises(TrainingDataError, match="input_title"):
        evaluate_normalise(path)


def test_packaged_columns_are_read_right() -> None:
    wrong = [one for one in read_value_cases() if one.reading != one.expected]
    assert wrong == []
    rows = {(row.config["kind"], row.config["language"]): row for row in evaluate_values()}
    assert rows["all", "all"].metrics == {"right": 1, "wrong": 0, "lost": 0}
    kinds = {"time", "number", "price", "gtin", "placeholder", "text"}
    assert {kind for kind, language in rows if language == "all"} == {"all", *kinds}
    assert {"en", "zh", "de", "fr", "es", "it", "ja"} <= {language for _, language in rows}


def test_columns_that_are_read_wrong_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "columns.yaml"
    path.write_text(
        '- {kind: price, language: de, cells: [["5 €", "5 EUR"], ["7 €", "8 EUR"], ["x", "1 EUR"], '
        '["N/A", blank]]}\n'
    )
    [row] = [row for row in evaluate_values(path) if row.config["kind"] == "price"]
    assert row.metrics == {"right": 0.5, "wrong": 0.25, "lost": 0.25}
    path.write_text("- {kind: colour}\n")
    with pytest.raises(TrainingDataError, match="kind"):
        evaluate_values(path)
