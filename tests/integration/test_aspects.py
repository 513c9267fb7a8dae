"""Aspects of reviews in a real graph: written with the review, read once, gone with it."""

from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from catalograph.ingest import ReviewMapping, ingest_reviews
from catalograph.ingest.language.aspects import Aspect, AspectReader
from catalograph.settings import Settings
from catalograph.store import Connection, Writer

pytestmark = pytest.mark.neo4j
MAPPING = ReviewMapping.model_validate(
    {"source": "shop", "product": "item", "user": "who", "id": "id", "text": "text"}
)
REVIEWS = [
    {"id": "1", "item": "a", "who": "u", "text": "The battery is great."},
    {"id": "2", "item": "a", "who": "v", "text": "The screen is terrible."},
]


class CountingReader:
    """The rules, which remember what they were given to read."""

    version = "1"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def read(self, texts: Sequence[str], subjects: Sequence[str] = ()) -> list[list[Aspect]]:
        self.asked += texts
        return AspectReader().read(texts)

    def report(self) -> dict[str, int]:
        return {"asked": len(self.asked)}


def mentions(connection: Connection) -> list[tuple[str, str, str]]:
    rows = connection.execute(
        "MATCH (r:Review)-[m:MENTIONS]->(v:Value {attribute: 'aspect'}) "
        "RETURN r.id AS id, v.name AS name, m.sentiment AS sentiment, "
        "substring(r.text, m.start, m.end - m.start) AS proof ORDER BY id, name"
    )
    assert all(row["proof"].casefold() == row["name"] for row in rows)
    return [(row["id"], row["name"], row["sentiment"]) for row in rows]


def test_reviews_mention_aspects(
    settings: Settings, connection: Connection, tmp_path: Path
) -> None:
    reader = CountingReader()

    def ingest(rows: list[dict[str, str]]) -> int:
        feed = tmp_path / "reviews.jsonl"
        feed.write_bytes(b"\n".join(map(orjson.dumps, rows)))
        store = Writer(connection)
        out = tmp_path / "out"
        return ingest_reviews(
            [feed], store, settings, MAPPING, aspects=reader, rejected=out
        ).written

    assert ingest(REVIEWS) == 2
    battery, screen = ("1", "battery", "positive"), ("2", "screen", "negative")
    assert mentions(connection) == [battery, screen]

    assert ingest(REVIEWS) == 0
    assert len(reader.asked) == 2

    changed = REVIEWS[1] | {"text": "The keyboard is great."}
    assert ingest([REVIEWS[0], changed]) == 1
    assert mentions(connection) == [battery, ("2", "keyboard", "positive")]
    assert connection.execute("MATCH (v:Value {name: 'screen'}) RETURN v") == []
