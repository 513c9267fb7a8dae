"""Texts of products in a real graph: read once, withdrawn with the product, replayed, accepted."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from catalograph.ingest.extract import Finding
from catalograph.ingest.extract.protocol import ExtractionResult, ProductText
from catalograph.ingest.extraction_stage import ExtractionStage
from catalograph.ingest.quarantine import Quarantine
from catalograph.ingest.reextract import keep_unread, read_feed_texts, text_replayer
from catalograph.schema import (
    Node,
    SourceRecord,
    SourceSupport,
    Span,
    Triple,
    brand,
    category,
    keys,
)
from catalograph.store import (
    Connection,
    Writer,
    content_hash,
)
from catalograph.store.queries.texts import (
    LabelledTitle,
    read_examples,
)

pytestmark = pytest.mark.neo4j


class FirstWord:
    """Takes the first word of a title for the colour, and doubts the second."""

    name, version = "first-word", "1"

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken
        self.asked: list[ProductText] = []

    def read(self, products: Sequence[ProductText]) -> list[ExtractionResult]:
        self.asked += products
        if self.broken:
            return [ExtractionResult(failure="unavailable: no answer") for _ in products]
        return [
            ExtractionResult((self._finding(p, 0, "color"),), (self._finding(p, 1, "style"),))
            for p in products
        ]

    def report(self) -> Mapping[str, Any]:
        return {"calls": len(self.asked)}

    def estimate(self, products: Sequence[ProductText]) -> Mapping[str, Any]:
        return {"requests": len(products)}

    def _finding(self, product: ProductText, word: int, attribute: str) -> Finding:
        title = product.texts["title"]
        name = title.split()[word]
        start = title.index(name)
        span = Span("title", start, start + len(name))
        return Finding(attribute, name, self.name, self.version, 0.9 - word / 2, span)


def product(id_: str, title: str) -> SourceRecord:
    key = keys.product_key("shop", id_)
    node = Node("Product", key, {"source": "shop", "id": id_, "listed": True, "title": title})
    column = SourceSupport("column")
    triples = (
        Triple(key, "HAS_BRAND", brand("Acme"), column),
        Triple(key, "IN_CATEGORY", category(["Home", "Lamps"]), column),
    )
    source = keys.source_key("shop", "catalog", id_)
    return SourceRecord(source, "shop", f"{id_} {title}", (node,), triples)


def colours(connection: Connection) -> dict[str, str]:
    rows = connection.execute(
        "MATCH (p:Product)-[:HAS_VALUE]->(v:Value {attribute: 'colour'}) "
        "RETURN p.id AS id, v.name AS name"
    )
    return {row["id"]: row["name"] for row in rows}


def test_texts_are_read_once_whether_with_the_feed_or_from_the_graph(
    connection: Connection,
) -> None:
    store, reader = Writer(connection), FirstWord()
    run = store.start_run("test")
    records = [product("a", "red lamp"), product("b", "blue lamp")]
    store.write_records(records, run)
    ExtractionStage(store, reader, run).take(records)
    assert colours(connection) == {"a": "red", "b": "blue"}
    assert reader.asked[0].known == {"brand"}
    told = read_feed_texts(connection, store, ExtractionStage(store, reader, run), run, "shop")
    assert (told["products"], told["unchanged"], told["calls"]) == (2, 2, 2)


def test_withdrawing_a_product_withdraws_what_was_read(connection: Connection) -> None:
    store = Writer(connection)
    run = store.start_run("test")
    assert store.withdraw_records([keys.source_key("shop", "catalog", "b")], run) == 1
    assert colours(connection) == {"a": "red"}
    left = connection.execute("MATCH (s:Source) WHERE s.key ENDS WITH '/b' RETURN count(s) AS n")
    assert left[0]["n"] == 0


def test_a_failed_reading_waits_in_quarantine_and_is_replayed(
    connection: Connection, tmp_path: Path
) -> None:
    store = Writer(connection)
    run = store.start_run("test")
    records = [product("c", "green lamp")]
    store.write_records(records, run)
    with Quarantine(tmp_path / "quarantine.sqlite") as quarantine:
        broken = FirstWord(broken=True)
        ExtractionStage(store, broken, run, unread=keep_unread(quarantine)).take(records)
        [entry] = quarantine.find()
        assert (entry.stage, entry.key, entry.reason) == ("text", "product:shop:c", "unavailable")
        before = content_hash(connection)

        def again(reader: FirstWord) -> tuple[int, int]:
            def make(**options: Any) -> ExtractionStage:
                return ExtractionStage(store, reader, run, **options)

            done = quarantine.replay(quarantine.find(), {"text": text_replayer(connection, make)})
            return done.repaired, done.failed

        assert again(broken) == (0, 1)
        assert content_hash(connection) == before
        assert again(FirstWord()) == (1, 0)
        assert quarantine.find() == []
    assert colours(connection)["c"] == "green"


def test_the_graph_gives_examples_to_a_language_model(connection: Connection) -> None:
    examples = {e.title: e for e in read_examples(connection)}
    expected = LabelledTitle("red lamp", "Lamps", {"colour": ("red",)})
    assert examples["red lamp"] == expected
