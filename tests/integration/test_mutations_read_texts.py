"""Mutations read texts as feeds do: products by the named extractors, reviews by aspects."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from catalograph.api import create_app
from catalograph.cli.extractor_options import ExtractorOptions
from catalograph.ingest import ingest_catalog
from catalograph.ingest.aspects import MentionReader, load_aspect_reader
from catalograph.ingest.extract.knowledge_files import KnowledgeFiles
from catalograph.ingest.extract.protocol import ExtractionResult, ProductText
from catalograph.ingest.mapping import CatalogMapping
from catalograph.ingest.quarantine import open_quarantine
from catalograph.ingest.upsert import ProductUpserts, UpsertTexts
from catalograph.settings import Settings, TextSettings
from catalograph.store import Connection, Writer
from tests.integration.conftest import key, open_client, user
from tests.integration.test_api_mutations import DOCUMENTS

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]
Send = Callable[..., Any]


class WaitingTexts(UpsertTexts):
    """Texts that a test waits for: the work of the thread ends before the mutation does."""

    def take(self, record: Any) -> Any:
        done = super().take(record)
        done.result(60)
        return done


class BrokenReader:
    name, version = "broken", "1"

    def read(self, products: Sequence[ProductText]) -> list[ExtractionResult]:
        raise RuntimeError("no answer")


@pytest.fixture
def reading(settings: Settings) -> Settings:
    return settings.model_copy(update={"texts": TextSettings(relations=True, aspects="rules")})


def open_shop(settings: Settings, shop: Connection, reader: Any = None) -> Any:
    """Return an app as `serve` makes it, whose mutations wait for their texts."""
    options = ExtractorOptions(settings, Writer(shop))
    maker = options.shared_stage_maker(reader or options.reader({}))
    texts = WaitingTexts(Writer(shop), maker, place=lambda keys: ())
    products = ProductUpserts(
        Writer(shop), place=lambda keys: (), texts=texts, knowledge=KnowledgeFiles(settings).of
    )
    aspects = load_aspect_reader(settings.texts.aspects)
    assert aspects is not None
    return create_app(settings, None, products, reviews=MentionReader(aspects))


@pytest.fixture
async def client(reading: Settings, shop: Connection) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(open_shop(reading, shop)) as opened:
        yield opened


async def send(client: httpx.AsyncClient, name: str, **given: Any) -> dict[str, Any]:
    answer = await client.post(
        "/graphql", json={"query": DOCUMENTS[name], "variables": {"input": given}}
    )
    body = answer.json()
    assert body.get("errors") is None, body
    result: dict[str, Any] = body["data"][name]
    return result


def facts(shop: Connection, product: str) -> set[tuple[str, str]]:
    rows = shop.execute(
        "MATCH (:Product {key: $key})-[r:COMPATIBLE_WITH|USED_FOR|HAS_VALUE|HAS_BRAND]->(n) "
        "RETURN type(r) AS type, n.key AS key",
        key=product,
    )
    return {(row["type"], row["key"]) for row in rows}


async def test_an_upserted_product_is_read_and_withdrawn_whole(
    client: httpx.AsyncClient, shop: Connection
) -> None:
    product = {
        "source": "texts",
        "id": "1",
        "title": "Sleeve for phones 64GB Black",
        "description": "Compatible with Apple iPhone 7. 材质：硅胶",
    }
    assert (await send(client, "upsertProduct", **product))["changed"] is True
    found = facts(shop, "product:texts:1")
    assert ("HAS_VALUE", "value:material=silicone") in found
    assert {type_ for type_, _ in found} == {"HAS_VALUE", "COMPATIBLE_WITH"}
    await send(client, "withdrawProduct", source="texts", id="1")
    assert facts(shop, "product:texts:1") == set()


async def test_a_colour_is_one_attribute_however_it_is_called(
    client: httpx.AsyncClient, shop: Connection
) -> None:
    for id_, name, value in (("c1", "Color", "Black"), ("c2", "颜色", "黑色")):
        attributes = [{"name": name, "value": value}]
        await send(
            client, "upsertProduct", source="texts", id=id_, title="Mug", attributes=attributes
        )
        assert facts(shop, f"product:texts:{id_}") == {("HAS_VALUE", "value:colour=black")}


async def test_a_product_is_read_as_the_feed_of_its_catalogue_was(
    client: httpx.AsyncClient, shop: Connection, reading: Settings, tmp_path: Path
) -> None:
    feed = tmp_path / "taught.jsonl"
    rows = [{"id": n, "title": f"Zephyra fan {n}", "brand": "Zephyra"} for n in range(20)]
    feed.write_text("\n".join(map(json.dumps, rows)))
    mapping = CatalogMapping(source="taught", id=("id",), title="title", brand="brand")
    ingest_catalog([feed], Writer(shop), reading, mapping)
    await send(client, "upsertProduct", source="taught", id="new", title="Zephyra heater")
    assert facts(shop, "product:taught:new") == {("HAS_BRAND", "brand:zephyra")}


async def test_a_review_mentions_its_aspects_and_a_new_one_replaces_them(
    client: httpx.AsyncClient, shop: Connection
) -> None:
    review = {"source": "texts", "userKey": user("reads"), "productKey": key("cam1"), "rating": 3}

    def mentioned() -> set[tuple[str, str]]:
        rows = shop.execute(
            "MATCH (:User {key: $user})-[]->(r:Review)-[m:MENTIONS]->(v) "
            "RETURN v.name AS name, m.sentiment AS sentiment",
            user=user("reads"),
        )
        return {(row["name"], row["sentiment"]) for row in rows}

    words = "The battery is terrible but the screen is great."
    await send(client, "writeReview", **review, text=words)
    assert mentioned() == {("battery", "negative"), ("screen", "positive")}
    again = await send(client, "writeReview", **review, text="The screen is awful.")
    assert again["created"] is False
    assert mentioned() == {("screen", "negative")}


async def test_what_an_extractor_fails_at_is_written_and_set_aside(
    reading: Settings, shop: Connection
) -> None:
    async with open_client(open_shop(reading, shop, BrokenReader())) as opened:
        done = await send(opened, "upsertProduct", source="texts", id="9", title="Steel kettle")
    assert done["changed"] is True
    with open_quarantine(reading) as quarantine:
        kept = [entry for entry in quarantine.find() if entry.key == "product:texts:9"]
    assert [entry.reason for entry in kept] == ["RuntimeError"]
