"""Labels of values are in the unit that catalogues write most, with a number for people."""

import pytest

from catalograph.assistant.labels import label_value


@pytest.mark.parametrize(
    ("name", "number", "unit", "written", "label"),
    [
        ("1219.2 mm", 1219.2, "mm", ["4 ft", "4ft", "48 in"], "4 ft"),
        ("1219.2 mm", 1219.2, "mm", ["4 ft", "48 in"], "4 ft"),
        ("0.03125 GB", 0.03125, "GB", ["32 MB"], "32 MB"),
        ("1828.8 mm", 1828.8, "mm", ["6'"], "6 ft"),
        ("13.3 in", 13.3, "in", ['13.3"', "13,3 in"], "13.3 in"),
        ("500 g", 500.0, "g", ["500克", "500克", "0.5 kg"], "500 克"),
        ("33.3333333 mm", 33.3333333, "mm", ["about three cm"], "33.33 mm"),
        ("12345 mAh", 12345.0, "mAh", [], "12345 mAh"),
        ("red", None, None, ["Red"], "red"),
    ],
)
def test_a_label_is_what_most_records_write(
    name: str, number: float | None, unit: str | None, written: list[str], label: str
) -> None:
    assert label_value(name, number, unit, written) == label


@pytest.mark.parametrize(
    ("name", "number", "unit", "written", "label"),
    [
        ("1219.2 mm", 1219.2, "mm", ["4 ft"], "4 英尺"),
        ("500 g", 500.0, "g", ["500克"], "500 克"),
        ("500 g", 500.0, "g", [], "500 克"),
        ("2 kg", 2000.0, "g", ["2 kg"], "2 千克"),
        ("5000 mAh", 5000.0, "mAh", ["5000mAh"], "5000 毫安时"),
        ("32 GB", 32.0, "GB", ["32 GB"], "32 GB"),
        ("3 furlongs", 3.0, "furlong", [], "3 furlong"),
        ("red", None, None, ["Red"], "red"),
    ],
)
def test_a_label_in_chinese_has_the_chinese_unit(
    name: str, number: float | None, unit: str | None, written: list[str], label: str
) -> None:
    assert label_value(name, number, unit, written, "ZH_CN") == label
    assert label_value(name, number, unit, written, "DE") == label_value(
        name, number, unit, written
    )
