from neo4j.time import DateTime

from catalograph.schema import InteractionRecord, Node
from catalograph.store.ledger.record_snapshot import (
    InteractionSnapshot,
    RecordSnapshot,
    SupportSnapshot,
    dump,
    load,
)


def test_a_record_comes_back_as_it_was_kept() -> None:
    moment = DateTime.from_iso_format("2026-01-02T03:04:05.000000678+01:00")
    said = {"source": "shop", "id": "1", "listed": True, "gtins": ["1"], "released": moment}
    fact = SupportSnapshot(
        "assertion:product:shop:1\tHAS_BRAND\tbrand:acme",
        Node("Brand", "brand:acme", {"name": "Acme"}),
        {"extractor": "column", "run": "r", "said": "Acme"},
    )
    node = Node("Product", "product:shop:1", said)
    image = RecordSnapshot("source:shop:catalog/1", "shop", "h", "r", (node,), (fact,))
    assert load(dump(image)) == image


def test_a_review_comes_back_as_it_was_kept() -> None:
    node = Node("Review", "review:shop:1", {"content_hash": "h", "text": "Ünder {} \\u0000"})
    tail = Node("Value", "value:aspect=light", {"attribute": "aspect", "name": "light"})
    mentions = ((tail, {"sentiment": "positive", "start": 1}),)
    record = InteractionRecord(node, "user:shop:x", "product:shop:1", "served:1", 3, mentions)
    review = InteractionSnapshot(record, None)
    assert load(dump(review)) == review
