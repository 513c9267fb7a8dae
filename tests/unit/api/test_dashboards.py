"""Dashboards: YAML files that are checked against the saved queries they name."""

from pathlib import Path

import pytest

from catalograph.api.dashboards import load_dashboards
from catalograph.errors import ConfigError

GOOD = """
title: {en: Prices, zh: 价格}
panels:
  - query: price_bands_by_category
    parameters: {least: 10}
    chart: bar
    x: category
    y: [median]
"""


def test_one_is_shipped() -> None:
    assert [one.name for one in load_dashboards(None)] == ["shop"]


def test_a_folder_adds_dashboards_and_replaces_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "prices.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "shop.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no dashboard", encoding="utf-8")
    found = {one.name: one for one in load_dashboards(tmp_path)}
    assert {name: one.title.zh for name, one in found.items()} == {"prices": "价格", "shop": "价格"}
    [panel] = found["prices"].panels
    assert (panel.query, panel.parameters, panel.chart, panel.x, panel.y) == (
        "price_bands_by_category",
        {"least": 10},
        "bar",
        "category",
        ("median",),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: {en: A, zh: B}\npanels: []", "wrong at 'panels'"),
        (GOOD.replace("price_bands", "price_band"), "There is no saved query 'price_band_by"),
        (GOOD.replace("[median]", "[mean]"), "has no column 'mean'. Did you mean 'median'?"),
        (GOOD.replace("least: 10", "least: ten"), "'least' is 'ten'; it must be a INTEGER"),
        (GOOD.replace("    x: category\n", ""), "a bar chart needs 'x' and 'y'"),
        (GOOD.replace("chart: bar", "chart: pie"), "wrong at 'panels.0.chart'"),
        ("- a list", "expected are `title` and `panels`"),
        ("title: [", "cannot be used"),
    ],
)
def test_a_wrong_one_is_refused_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "prices.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_dashboards(tmp_path)
    assert said in str(caught.value)
    assert "prices.yaml" in str(caught.value)


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="DASHBOARDS .* cannot be read"):
        load_dashboards(tmp_path / "none")
