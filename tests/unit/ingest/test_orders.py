"""Orders of several forms: lists in one row, rows for each line, with shipments and returns."""

from collections.abc import Mapping
from pathlib import Path

import orjson
import pytest

from catalograph.errors import MappingError
from catalograph.ingest import OrderMapping, ingest_events, ingest_orders
from catalograph.ingest.mapping import find_mapping
from catalograph.ingest.orders import read_status
from catalograph.schema import check_composite, keys
from catalograph.schema.service import OrderStatus
from catalograph.settings import Settings

from .conftest import MemoryWriter

ORDER = {
    "order_id": "1001",
    "user_id": "ada@example.com",
    "time": "2026-03-01T10:00:00Z",
    "status": "运输中",
    "total": "59.80",
    "currency": "EUR",
    "shipping_address": "1 Main Street",
    "lines": [
        {"product_id": "12.0", "title": "Red camera", "quantity": 2, "price": "19.90"},
        {"product_id": "bag1", "title": "Bag", "quantity": 1, "price": "20.00"},
    ],
    "shipments": [{"status": "InTransit", "carrier": "DHL", "tracking": "JD01"}],
    "returns": [{"product_id": "bag1", "status": "received", "refund": 20, "reason": "too small"}],
}
SHOPIFY = """Name,Email,Phone,Created at,Financial Status,Fulfillment Status,Fulfilled at,Currency,\
Total,Refunded Amount,Shipping Method,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,\
Lineitem fulfillment status
#1,ada@example.com,,2026-03-01 10:00:00 +0000,paid,fulfilled,2026-03-02 10:00:00 +0000,EUR,\
40.00,0,Post,1,Camera,20.00,cam1,fulfilled
#2,bob@example.com,,2026-03-03 10:00:00 +0000,pending,,,EUR,5.00,0,Post,1,Tea,5.00,tea1,pending
#1,ada@example.com,,,,,,,,,,1,Bag,20.00,bag1,fulfilled
"""


def write(path: Path, *rows: Mapping[str, object]) -> Path:
    path.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    return path


def test_an_order_with_lists(tmp_path: Path, writer: MemoryWriter, settings: Settings) -> None:
    writer.catalogues.ids = {"catalogue": ["12", "bag1"]}
    file = write(tmp_path / "orders.jsonl", ORDER)
    report = ingest_orders([file], writer, settings, rejected=tmp_path / "no.jsonl")
    assert (report.rows, report.written, report.rejected) == (1, 1, 0)
    record = writer.composites["order:shop:1001"]
    assert record.user == keys.user_key("catalogue", "ada@example.com", settings.user_hmac_key)
    said = record.node.properties
    assert (said["status"], said["status_text"]) == (OrderStatus.SHIPPED, "运输中")
    assert (said["total"], said["total_amount"], said["currency"]) == (59.8, "59.80", "EUR")
    labels = [part.label for part in record.parts]
    assert labels == ["OrderLine", "OrderLine", "Shipment", "Return"]
    assert record.parts[2].properties["status"] == OrderStatus.SHIPPED
    assert record.parts[3].properties["refund_amount"] == "20.00"
    assert {(link.head, link.relation, link.tail.key) for link in record.links} == {
        ("order-line:shop:1001#1", "OF_PRODUCT", "product:catalogue:12"),
        ("order-line:shop:1001#2", "OF_PRODUCT", "product:catalogue:bag1"),
        ("return:shop:1001#1", "RETURNS", "order-line:shop:1001#2"),
    }
    assert not check_composite(record)
    text = repr(record)
    assert "Main Street" not in text
    assert "ada@example.com" not in text
    again = ingest_orders([file], writer, settings, rejected=tmp_path / "no.jsonl")
    assert (again.written, again.unchanged) == (0, 1)


def test_rows_of_one_order_belong_together_wherever_they_stand(
    tmp_path: Path, writer: MemoryWriter, settings: Settings
) -> None:
    file = tmp_path / "export.csv"
    file.write_text(SHOPIFY)
    report = ingest_orders([file], writer, settings, rejected=tmp_path / "no.jsonl")
    assert report.files[0][1] == "shopify_order_history"
    assert (report.rows, report.written, report.rejected) == (3, 3, 0)
    first = writer.composites["order:shopify:#1"]
    lines = [part for part in first.parts if part.label == "OrderLine"]
    assert [line.properties["title"] for line in lines] == ["Camera", "Bag"]
    assert first.node.properties["status"] == OrderStatus.SHIPPED
    assert first.node.properties["total_amount"] == "40.00"
    second = writer.composites["order:shopify:#2"]
    assert second.node.properties["status"] == OrderStatus.PENDING


def test_what_cannot_be_read_is_counted_and_the_rest_kept(
    tmp_path: Path, writer: MemoryWriter, settings: Settings
) -> None:
    rows: list[Mapping[str, object]] = [
        {"order_id": "", "lines": []},
        {
            "order_id": "2",
            "lines": [{"product_id": "a", "quantity": "many"}],
            "currency": "cowries",
        },
    ]
    file = write(tmp_path / "orders.jsonl", *rows)
    report = ingest_orders([file], writer, settings, rejected=tmp_path / "no.jsonl")
    assert (report.rows, report.rejected, report.written) == (2, 1, 1)
    assert {"missing id", "wrong_type quantity", "wrong_type currency"} <= set(report.reasons)
    logged = (tmp_path / "no.jsonl").read_text()
    assert "'cowries' is no currency code" in logged


def test_an_order_that_a_row_deletes_is_withdrawn(
    tmp_path: Path, writer: MemoryWriter, settings: Settings
) -> None:
    given = find_mapping("orders").model_dump() | {"deleted": {"column": "gone", "values": ["yes"]}}
    mapping = OrderMapping.model_validate(given)
    file = write(tmp_path / "orders.jsonl", ORDER)
    ingest_orders([file], writer, settings, mapping, rejected=tmp_path / "no.jsonl")
    write(file, ORDER | {"gone": "yes"})
    report = ingest_orders([file], writer, settings, mapping, rejected=tmp_path / "no.jsonl")
    assert (report.withdrawn, writer.composites) == (1, {})


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Delivered to neighbour", OrderStatus.DELIVERED),
        ("已签收", OrderStatus.DELIVERED),
        ("teilweise storniert", OrderStatus.CANCELLED),
        ("OutForDelivery", OrderStatus.SHIPPED),
        ("lost in space", OrderStatus.UNKNOWN),
    ],
)
def test_words_of_shops_become_codes(text: str, status: OrderStatus) -> None:
    assert read_status(text) == status


def test_a_mapping_of_another_kind_is_refused(
    tmp_path: Path, writer: MemoryWriter, settings: Settings
) -> None:
    file = write(tmp_path / "orders.jsonl", ORDER)
    with pytest.raises(MappingError, match="Use `ingest events`"):
        ingest_orders([file], writer, settings, find_mapping("shopify_orders"))
    with pytest.raises(MappingError, match="Use `ingest orders`"):
        ingest_events([file], writer, settings, find_mapping("orders"))
