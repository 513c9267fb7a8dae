from pathlib import Path

import pytest

from catalograph.errors import MappingError
from catalograph.ingest import dump_mapping, load_mapping, shipped_names
from catalograph.ingest.mapping import (
    choose_mapping,
    columns_of,
    parse_mapping,
    shipped_mapping,
)


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_mapping_loads_and_survives_a_round_trip(name: str) -> None:
    mapping = shipped_mapping(name)
    assert parse_mapping(dump_mapping(mapping), name) == mapping
    assert columns_of(mapping)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("kind: catalog\nsource: x\nid: id\n", "title"),
        ("kind: catalog\nsource: Not A Name\nid: id\ntitle: t\n", "source"),
        ("kind: catalog\nsource: x\nid: id\ntitle: t\ncolour: c\n", "colour"),
        (
            "kind: catalog\nsource: x\nid: i\ntitle: t\ncategory: {columns: c, split: '('}\n",
            "split",
        ),
        ("kind: events\nsource: x\nevent: {}\n", "constant"),
        ("kind: other\n", "kind"),
        ("just text", "--guess"),
        ("a: [", "YAML"),
    ],
)
def test_a_wrong_mapping_names_file_field_and_mend(tmp_path: Path, text: str, field: str) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(text)
    with pytest.raises(MappingError) as caught:
        load_mapping(path)
    assert field in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_mapping_is_chosen_by_file_name_then_by_columns() -> None:
    assert choose_mapping("catalog", "bestbuy_products", [])[0] == "bestbuy_products"
    columns = ["asin", "reviewerID", "overall", "summary", "reviewText", "unixReviewTime"]
    assert choose_mapping("reviews", "f", [*columns, "helpful"])[0] == "amazon_reviews_2014"
    assert choose_mapping("reviews", "f", [*columns, "verified", "vote"])[0] == (
        "amazon_reviews_2018"
    )
    with pytest.raises(MappingError, match="--guess"):
        choose_mapping("catalog", "f", ["x", "y"])
