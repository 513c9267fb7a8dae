"""Change events of Debezium are read as the rows they are about."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest

from catalograph.ingest.debezium import RowChange, unwrap_change, unwrap_key
from catalograph.schema import Rejection

SOURCE = {"connector": "postgresql", "table": "product"}


def envelope(op: str, before: Any = None, after: Any = None) -> dict[str, Any]:
    return {"before": before, "after": after, "source": SOURCE, "op": op, "ts_ms": 1}


@pytest.mark.parametrize("op", ["c", "u", "r"])
def test_a_written_row_is_what_it_became(op: str) -> None:
    change = unwrap_change(envelope(op, after={"id": 7, "title": "保温杯"}))
    assert change == RowChange({"id": 7, "title": "保温杯"}, deleted=False)


def test_a_deleted_row_is_what_it_was() -> None:
    assert unwrap_change(envelope("d", before={"id": 7})) == RowChange({"id": 7}, deleted=True)


def test_a_row_with_columns_like_an_envelope_is_a_row() -> None:
    assert unwrap_change({"id": 7, "op": "c", "source": "shop", "after": "x"}) is None
    assert unwrap_change({"id": 7, "title": "Cup"}) is None


def test_values_are_read_as_the_schema_says() -> None:
    columns = [
        {
            "field": "price",
            "name": "org.apache.kafka.connect.data.Decimal",
            "parameters": {"scale": "2"},
        },
        {"field": "loss", "name": "io.debezium.data.VariableScaleDecimal"},
        {"field": "sold", "name": "io.debezium.time.MicroTimestamp"},
        {"field": "seen", "name": "io.debezium.time.Timestamp"},
        {"field": "released", "name": "io.debezium.time.Date"},
        {"field": "details", "name": "io.debezium.data.Json"},
        {"field": "title"},
    ]
    row = {
        "price": "BNI=",
        "loss": {"scale": 3, "value": "/w=="},
        "sold": 1_767_571_200_123_456,
        "seen": 1_767_571_200_123,
        "released": 20_458,
        "details": '{"颜色": "黑色"}',
        "title": "Cup",
    }
    message = {
        "schema": {"fields": [{"field": "after", "fields": columns}]},
        "payload": envelope("c", after=row),
    }
    change = unwrap_change(message)
    assert isinstance(change, RowChange)
    assert change.fields == {
        "price": Decimal("12.34"),
        "loss": Decimal("-0.001"),
        "sold": datetime(2026, 1, 5, 0, 0, 0, 123_456, tzinfo=UTC),
        "seen": datetime(2026, 1, 5, 0, 0, 0, 123_000, tzinfo=UTC),
        "released": date(2026, 1, 5),
        "details": {"颜色": "黑色"},
        "title": "Cup",
    }


def test_a_large_value_left_out_is_taken_from_before() -> None:
    after = {"id": 7, "description": "__debezium_unavailable_value"}
    whole = unwrap_change(envelope("u", {"id": 7, "description": "Long"}, after))
    assert whole == RowChange({"id": 7, "description": "Long"}, deleted=False)


def test_what_cannot_be_applied_is_rejected_with_the_remedy() -> None:
    after = {"id": 7, "description": "__debezium_unavailable_value"}
    lacking = unwrap_change(envelope("u", None, after))
    assert isinstance(lacking, Rejection)
    assert lacking.field == "description"
    assert "REPLICA IDENTITY FULL" in lacking.detail
    truncated = unwrap_change(envelope("t"))
    assert isinstance(truncated, Rejection)
    assert "--snapshot" in truncated.detail
    bare = unwrap_change(envelope("d"))
    assert isinstance(bare, Rejection)
    assert "REPLICA IDENTITY" in bare.detail


@pytest.mark.parametrize(
    ("key", "columns", "id_"),
    [
        ({"id": 7}, ("id",), "7"),
        ({"schema": {"type": "struct"}, "payload": {"id": "A-1"}}, ("id",), "A-1"),
        ({"id": 7, "shop": 1}, ("id", "shop"), None),
        ({"number": 7}, ("id",), None),
        (7, ("id",), None),
    ],
)
def test_a_key_is_its_id_column(key: Any, columns: tuple[str, ...], id_: str | None) -> None:
    assert unwrap_key(orjson.dumps(key), columns) == id_


def test_a_key_that_is_no_json_is_no_key_of_debezium() -> None:
    assert unwrap_key(b"A-1", ("id",)) is None
