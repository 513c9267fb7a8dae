import json
from pathlib import Path

import pytest

from catalograph.errors import TrainingDataError
from catalograph.evaluation.planted_relations import (
    PARTS,
    plant,
)
from catalograph.evaluation.relations import evaluate_relations
from catalograph.ingest.extract.protocol import ProductText
from catalograph.ingest.language import RelationReader, read_relations


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Compatible with iPhone 12/13, Galaxy S20 and most Android phones.",
            [
                ("compatible with", "iPhone 12"),
                ("compatible with", "iPhone 13"),
                ("compatible with", "Galaxy S20"),
                ("compatible with", "Android phones"),
            ],
        ),
        ("Case for the Apple iPad Air.", [("compatible with", "Apple iPad Air")]),
        ("It works with Alexa. Not compatible with Siri.", [("compatible with", "Alexa")]),
        ("Works with ease and lasts for hours.", []),
        (
            "Replacement part for Dyson V8 and V10.",
            [("part of", "Dyson V8"), ("part of", "Dyson V10")],
        ),
        ("Ideal for hiking or camping.", [("used for", "hiking"), ("used for", "camping")]),
        ("Great for you.", []),
        ("A rugged speaker by Sony.", [("brand", "Sony")]),
        ("Made by hand.", []),
        (
            "适用于苹果iPhone 12、华为P40，不兼容小米",
            [("compatible with", "苹果iPhone 12"), ("compatible with", "华为P40")],
        ),
        ("用于户外露营", [("used for", "户外露营")]),
        ("由小米公司生产", [("brand", "小米")]),
        ("", []),
    ],
)
def test_relations_are_read_with_their_spans(text: str, expected: list[tuple[str, str]]) -> None:
    found = read_relations(text)
    assert [(f.attribute, f.name) for f in found] == expected
    for finding in found:
        assert finding.name.endswith(text[finding.span.start : finding.span.end])


def test_findings_become_relations_of_the_ontology() -> None:
    text = "Made by Acme. Ideal for hiking. Compatible with iPhone 12. Spare part for Dyson V8."
    assert [(f.relation, f.tail().label) for f in read_relations(text)] == [
        ("HAS_BRAND", "Brand"),
        ("USED_FOR", "Value"),
        ("COMPATIBLE_WITH", "Value"),
        ("PART_OF", "Value"),
    ]


def test_a_product_is_told_each_relation_once_and_none_that_is_known() -> None:
    texts = {"title": "Charger for iPhone 12", "description": "Compatible with iPhone 12. By Acme."}
    product = ProductText("product:a/1", texts, known=frozenset({"brand"}))
    found = RelationReader().find([product, ProductText("product:a/2", {})])
    assert [[(f.attribute, f.name, f.span.field) for f in one] for one in found] == [
        [("compatible with", "iPhone 12", "title")],
        [],
    ]


@pytest.fixture
def products(tmp_path: Path) -> Path:
    file = tmp_path / "products.jsonl"
    rows = [
        {
            "name": f"{b} - Sound X{n} Speaker",
            "brand": b,
            "description": "A fine speaker. It is red.",
        }
        for n, b in enumerate(("Sony", "Bose", "Apple", "Canon", "Nikon"), 10)
    ]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return file


@pytest.mark.parametrize("part", PARTS)
def test_what_is_planted_stands_in_its_zones(products: Path, part: str) -> None:
    planted = plant(products, part, seed=1)
    assert planted == plant(products, part, seed=1)
    assert planted != plant(products, part, seed=2)
    for one in planted:
        told = " ".join(one.text[a:b] for a, b in one.zones).casefold()
        assert one.facts
        assert all(name in told for _, name in one.facts)


def test_relations_are_measured_on_both_parts(products: Path) -> None:
    rows = evaluate_relations(products)
    assert [row.model for row in rows] == ["planted, development", "planted, test"]
    for row in rows:
        assert row.n == 5
        assert 0 < row.metrics["f1"] <= 1


def test_a_feed_with_too_little_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "products.jsonl"
    file.write_text('{"name": "A", "brand": "B", "description": "C."}\n', encoding="utf-8")
    with pytest.raises(TrainingDataError, match="1 products with name, brand and description"):
        plant(file, "test")
