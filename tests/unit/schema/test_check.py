from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalograph.errors import UnknownTypeError
from catalograph.schema import (
    ONTOLOGY,
    Node,
    RejectionReason,
    SourceRecord,
    SourceSupport,
    Triple,
    brand,
    category,
    check_node,
    check_record,
    definitions,
    value,
)
from catalograph.schema.ddl import MIGRATIONS
from catalograph.schema.keys import LABEL_PREFIX

GOOD = {"source": "shop", "id": "1", "listed": True, "title": "Lamp"}


def product(**changes: Any) -> Node:
    return Node("Product", "product:shop:1", GOOD | changes)


def test_a_good_product_passes() -> None:
    fine = product(price=9, gtins=["0012"], released=datetime(2020, 1, 1, tzinfo=UTC), url=None)
    assert check_node(fine) == []


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"price": "9.99"}, RejectionReason.WRONG_TYPE, "price"),
        ({"price": -1.0}, RejectionReason.OUT_OF_RANGE, "price"),
        ({"price": float("nan")}, RejectionReason.OUT_OF_RANGE, "price"),
        ({"price": True}, RejectionReason.WRONG_TYPE, "price"),
        ({"price": 1.1e12}, RejectionReason.OUT_OF_RANGE, "price"),
        ({"sale_price": 1e308}, RejectionReason.OUT_OF_RANGE, "sale_price"),
        ({"url": "javascript:alert(1)"}, RejectionReason.MALFORMED, "url"),
        ({"url": " https://shop.example"}, RejectionReason.MALFORMED, "url"),
        ({"url": "shop.example/1"}, RejectionReason.MALFORMED, "url"),
        ({"image_url": "data:image/png;base64,x"}, RejectionReason.MALFORMED, "image_url"),
        ({"image_url": "https:///1.jpg"}, RejectionReason.MALFORMED, "image_url"),
        ({"popularity": 2**64}, RejectionReason.OUT_OF_RANGE, "popularity"),
        ({"title": "x" * 2_001}, RejectionReason.TOO_LONG, "title"),
        ({"title": "a\x00b"}, RejectionReason.BAD_TEXT, "title"),
        ({"title": "\ud800"}, RejectionReason.BAD_TEXT, "title"),
        ({"gtins": [1]}, RejectionReason.WRONG_TYPE, "gtins"),
        ({"released": datetime(2020, 1, 1)}, RejectionReason.WRONG_TYPE, "released"),  # noqa: DTZ001
        ({"released": datetime(1, 1, 1, tzinfo=UTC)}, RejectionReason.OUT_OF_RANGE, "released"),
        ({"released": datetime(9999, 1, 1, tzinfo=UTC)}, RejectionReason.OUT_OF_RANGE, "released"),
        ({"nested": {"a": 1}}, RejectionReason.UNKNOWN_PROPERTY, "nested"),
        ({"listed": None}, RejectionReason.MISSING, "listed"),
    ],
)
def test_a_bad_value_is_named(changes: dict[str, Any], reason: RejectionReason, field: str) -> None:
    [rejection] = check_node(product(**changes))
    assert (rejection.reason, rejection.field) == (reason, field)


@pytest.mark.parametrize("address", ["https://shop.example", "HTTP://10.0.0.1:8080/ä?b=c#d"])
def test_absolute_addresses_pass(address: str) -> None:
    assert check_node(product(url=address, image_url=address)) == []


def test_a_category_has_at_most_twenty_levels() -> None:
    levels = [f"level {n}" for n in range(21)]
    assert check_node(category(levels[:20]), created_here=False) == []
    [rejection] = check_node(category(levels), created_here=False)
    assert (rejection.reason, rejection.field) == (RejectionReason.TOO_LONG, "path")


def test_a_key_of_another_label_is_refused() -> None:
    [rejection] = check_node(Node("Product", "brand:acme", GOOD))
    assert rejection.reason is RejectionReason.MALFORMED


def test_a_pattern_outside_the_ontology_is_refused() -> None:
    wrong = Triple("product:shop:1", "HAS_BRAND", category(["Lamps"]), SourceSupport("column"))
    [rejection] = check_record(SourceRecord("source:shop:catalog/1", "shop", "0", triples=(wrong,)))
    assert rejection.reason is RejectionReason.FORBIDDEN_PATTERN
    assert "Product to Brand" in rejection.detail


@given(
    st.dictionaries(
        st.text(max_size=8) | st.sampled_from(["title", "price", "gtins"]),
        st.none() | st.text() | st.floats() | st.integers() | st.lists(st.text() | st.integers()),
    )
)
def test_the_gate_never_raises_on_data(properties: dict[str, Any]) -> None:
    check_node(Node("Product", "product:shop:1", properties))


def test_unknown_labels_are_an_error_of_the_code() -> None:
    with pytest.raises(UnknownTypeError, match="no node type 'Robot'"):
        check_node(Node("Robot", "robot:1"))


def test_parents_follow_from_a_category_path() -> None:
    node = category(["A/B", "c"])
    nodes, edges = definitions(node)
    assert [n.key for n in nodes] == ["category:a%2Fb"]
    assert edges == [("category:a%2Fb/c", "CHILD_OF", "category:a%2Fb")]


def test_attributes_follow_from_values() -> None:
    nodes, edges = definitions(value("Colour", "Red"))
    assert [n.key for n in nodes] == ["attribute:colour"]
    assert edges == [("value:colour=red", "VALUE_OF", "attribute:colour")]


def test_helpers_make_nodes_the_gate_takes() -> None:
    for node in (brand("Acme"), category(["A", "B"]), value("size", "5 in", number=5, unit="in")):
        assert check_node(node) == []


def test_every_label_has_a_prefix_and_a_constraint() -> None:
    labels = {t.label for t in ONTOLOGY.nodes}
    assert labels == set(LABEL_PREFIX)
    ddl = "\n".join(text for m in MIGRATIONS for text in m.statements)
    assert [label for label in labels if f"(n:{label}) REQUIRE n.key IS UNIQUE" not in ddl] == []


def test_patterns_name_known_labels() -> None:
    for relation in ONTOLOGY.relations:
        for head, tail in relation.patterns:
            assert ONTOLOGY.node(head).label == head
            assert ONTOLOGY.node(tail).label == tail
