"""Attributes of one meaning get one name, whatever the language of the feed."""

import pytest

from catalograph.ingest.attributes import AttributeReader
from catalograph.ingest.extract.findings import Finding
from catalograph.ingest.mapping import CatalogMapping
from catalograph.ingest.normalise import canonical_attribute, canonical_value
from catalograph.ingest.values import Cells
from catalograph.schema import Span


@pytest.mark.parametrize(
    "name", ["color", "Colour", "COLOURS", "颜色", "Farbe", "couleur", "PrimaryColor"]
)
def test_one_colour(name: str) -> None:
    assert canonical_attribute(name) == "colour"


@pytest.mark.parametrize("name", ["band colour", "net weight", "unheard of"])
def test_a_name_of_another_meaning_stays(name: str) -> None:
    assert canonical_attribute(name) == name


def test_columns_and_extractors_write_the_same_node() -> None:
    mapping = CatalogMapping.model_validate(
        {
            "source": "s",
            "id": "id",
            "title": "t",
            "attributes": [
                {"column": "颜色", "attribute": "颜色"},
                {"column": "w", "attribute": "Gewicht"},
            ],
        }
    )
    cells = Cells({"颜色": "黑色", "w": "1,5 kg"})
    said = [tail.key for _, tail in AttributeReader(mapping).read(cells)]
    assert said == ["value:colour=black", "value:weight=1500 g"]
    finding = Finding("Color", "Black", "x", "1", 0.9, Span("title", 0, 5))
    assert finding.tail() == canonical_value("couleur", "black")
