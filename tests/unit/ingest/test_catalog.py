from datetime import UTC, datetime
from typing import Any

import pytest

from catalograph.ingest.catalog import CatalogFeed
from catalograph.ingest.mapping import CatalogMapping
from catalograph.schema import Origin, RejectionReason, SourceRecord

MAPPING = CatalogMapping.model_validate(
    {
        "source": "shop",
        "id": "id",
        "title": "name",
        "description": "text",
        "brand": "brand",
        "category": {"columns": "path", "split": r"\s*>>\s*", "drop_title": True},
        "price": {"column": "cents", "divide_by": 100},
        "currency": "EUR",
        "gtins": "ean",
        "released": "date",
        "also_bought": "also",
        "attributes": [
            {"column": "shade", "attribute": "colour"},
            {"prefix": "specs.n_", "units": {"net weight": "g"}, "exclude": ["box_*"]},
        ],
    }
)
ROW: dict[str, Any] = {
    "id": 7,
    "name": "Acme - Kettle 2.5W - Black",
    "text": "Boils <b>water</b>.",
    "brand": "Acme",
    "path": '["Home >> Kettles >> Acme - Kettle 2.5W..."]',
    "cents": 1999,
    "ean": ["4006381333931", "012345678905"],
    "date": "2020-02-03",
    "also": ["8", "7"],
    "specs": {"n_net_weight": 450.0, "n_box_size": 3},
}


def record_of(row: dict[str, Any], mapping: CatalogMapping = MAPPING) -> SourceRecord:
    built = CatalogFeed(mapping).build(row)
    assert built.record is not None
    return built.record


def tails(record: SourceRecord) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for triple in record.triples:
        found.setdefault(triple.support.extractor, []).append(triple.tail.key)
    return found


def test_columns_become_properties_and_asserted_triples() -> None:
    record = record_of(ROW)
    assert record.key == "source:shop:catalog/7"
    (node,) = record.nodes
    assert dict(node.properties) == {
        "source": "shop",
        "id": "7",
        "listed": True,
        "title": "Acme - Kettle 2.5W - Black",
        "description": "Boils water.",
        "price": 19.99,
        "price_amount": "19.99",
        "currency": "EUR",
        "gtins": ["00012345678905", "04006381333931"],
        "released": datetime(2020, 2, 3, tzinfo=UTC),
    }
    assert tails(record) == {
        "column": [
            "brand:acme",
            "category:home/kettles",
            "value:net weight=450 g",
            "product:shop:8",
        ],
        "rule:power": ["value:power=2.5 w"],
        "rule:colour_at_end": ["value:colour=black"],
    }
    assert {t.support.origin for t in record.triples if t.support.span} == {Origin.EXTRACTED}


def test_a_mapped_value_that_is_gone_is_taken_away() -> None:
    (node,) = record_of({"id": "7", "name": "Kettle"}).nodes
    assert [node.properties[p] for p in ("description", "price", "currency", "gtins")] == [None] * 4


def test_an_attribute_a_column_asserts_is_not_guessed() -> None:
    assert "rule:colour_at_end" not in tails(record_of(ROW | {"shade": "Jet"}))


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        ({"id": ""}, RejectionReason.MISSING, "id"),
        ({"id": "x" * 201}, RejectionReason.TOO_LONG, "id"),
        ({"id": {"a": 1}}, RejectionReason.WRONG_TYPE, "id"),
        ({"name": " "}, RejectionReason.MISSING, "title"),
        ({"name": "x" * 2001}, RejectionReason.TOO_LONG, "title"),
    ],
)
def test_a_bad_required_value_rejects_the_row(
    change: dict[str, Any], reason: RejectionReason, field: str
) -> None:
    built = CatalogFeed(MAPPING).build(ROW | change)
    assert built.record is None
    assert [(r.reason, r.field, r.scope) for r in built.rejections] == [(reason, field, "row")]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"cents": "a lot"}, "price"),
        ({"cents": -5}, "price"),
        ({"date": "soon"}, "released"),
        ({"brand": "x" * 300}, "brand"),
        ({"text": "x" * 100_001}, "description"),
    ],
)
def test_a_bad_optional_value_is_dropped_and_kept_as_a_rejection(
    change: dict[str, Any], field: str
) -> None:
    built = CatalogFeed(MAPPING).build(ROW | change)
    assert built.record is not None
    assert [(r.field, r.scope) for r in built.rejections] == [(field, "value")]
    assert built.record.nodes[0].properties.get(field) is None


def test_the_hash_depends_on_content_and_on_nothing_else() -> None:
    shuffled = dict(reversed(ROW.items())) | {"specs": dict(reversed(ROW["specs"].items()))}
    assert record_of(shuffled).content_hash == record_of(ROW).content_hash
    assert record_of(ROW | {"cents": 2000}).content_hash != record_of(ROW).content_hash


def test_an_id_of_several_columns_is_a_hash() -> None:
    mapping = CatalogMapping(source="s", id=("a", "b"), title="b")
    record = record_of({"a": "x", "b": "y"}, mapping)
    assert len(str(record.nodes[0].properties["id"])) == 32
