"""Readings of cells that are remembered: the same facts, rejections and notes as without."""

from typing import Any

import pytest

from catalograph.ingest.mapping import CatalogMapping
from catalograph.ingest.product_reader import ProductReader, describe
from catalograph.ingest.values import Recall

MAPPING = CatalogMapping.model_validate(
    {
        "source": "shop",
        "id": "id",
        "title": "title",
        "brand": "brand",
        "category": {"columns": ["category"], "split": ">"},
        "attributes": [
            {"column": "weight", "attribute": "weight", "unit": "kg"},
            {"column": "colour", "attribute": "colour", "split": ","},
            {"prefix": "more."},
            {"pairs": "pairs"},
        ],
    }
)
ROWS: list[dict[str, Any]] = [
    {"brand": "Acme Inc.", "category": "Toys > Cars", "weight": "1.5", "colour": "red,navy"},
    {"brand": ["Acme Inc.", "N/A"], "category": ["Toys > Cars", "Games"], "weight": 1},
    {"brand": "x\x00y", "weight": True, "colour": "n/a"},
    {"weight": 1.0, "more": {"size": "XL", "depth": 3}},
    {"weight": "heavy", "more": {"size": "XL", "depth": 3.0}},
    {"weight": ["1", "2"], "pairs": [{"name": "Fit", "value": "Slim"}, {"name": "", "value": 1}]},
    {"brand": "z" * 300, "category": "c" * 300, "colour": {"a": 1}},
]


def test_what_is_remembered_is_what_the_row_says() -> None:
    reader = ProductReader(MAPPING)
    for number, cells in enumerate([*ROWS, *ROWS, *reversed(ROWS)]):
        row = {"id": number, "title": f"Thing {number}"} | cells
        assert reader.read(row) == describe(row, MAPPING)


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, 1.0), (1, True), (1, "1"), (0.0, -0.0), (["a", "b"], "a"), (None, ""), (["a"], "a")],
)
def test_cells_that_are_read_in_other_ways_are_told_apart(one: Any, other: Any) -> None:
    recall = Recall()
    assert recall.key_of([one]) != recall.key_of([other])


@pytest.mark.parametrize("cell", ["t" * 300, {"a": 1}, [1, 2], ["a", None]])
def test_cells_that_hardly_come_again_are_not_remembered(cell: Any) -> None:
    assert Recall().key_of([cell]) is None
