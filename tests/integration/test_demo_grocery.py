"""The grocery shop of the demo, as the public API and the Studio show it."""

from pathlib import Path

import pytest

from catalograph.api import create_app
from catalograph.cli import demo_grocery
from catalograph.ingest.review.desk import GraphReviewDesk
from catalograph.settings import Settings
from catalograph.store import Connection
from tests.integration.conftest import Ask, open_client

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

MILK = "product:grocery:oatly-oat-milk-1"
PRODUCT = """query($key: String!) { product(key: $key) {
  en: title(locale: EN) zh: title(locale: ZH) imageUrl availabilityStatus quantity
  pricing { current { amount currencyCode } } group { options { name values } }
  reviews(first: 20) { nodes { rating text } } } }"""


@pytest.fixture(scope="module")
def shop(
    connection: Connection, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Connection:
    """The groceries in an otherwise empty graph."""
    folder = tmp_path_factory.mktemp("groceries")
    demo_grocery.simulate_grocery(folder, 8)
    demo_grocery.ingest_grocery(connection, settings, folder, lambda doing: None)
    demo_grocery.find_twins(connection)
    return connection


async def test_a_product_has_two_languages_stock_a_currency_and_reviews(ask: Ask) -> None:
    found = (await ask(PRODUCT, key=MILK))["data"]["product"]
    assert (found["en"], found["zh"]) == ("Oatly oat milk 1 l", "Oatly 燕麦奶 1升")
    assert found["pricing"]["current"]["currencyCode"] == "SEK"
    assert found["availabilityStatus"] in ("IN_STOCK", "OUT_OF_STOCK")
    assert found["reviews"]["nodes"]


async def test_variants_differ_by_their_pack(ask: Ask, shop: Connection) -> None:
    [row] = shop.execute(
        "MATCH (p:Product {source: 'grocery'}) WITH p.group AS group, collect(p.key) AS keys "
        "WHERE size(keys) = 2 RETURN keys ORDER BY group LIMIT 1"
    )
    found = (await ask(PRODUCT, key=row["keys"][0]))["data"]["product"]
    [option] = found["group"]["options"]
    assert (option["name"], len(option["values"])) == ("pack", 2)


async def test_values_and_pairs_wait_for_a_reviewer(settings: Settings, shop: Connection) -> None:
    desk = GraphReviewDesk(settings, shop)
    app = create_app(settings, review=desk)
    async with open_client(app) as client:
        body = {"query": "{ reviewProgress { counts { kind waiting } } }"}
        answer = (await client.post("/graphql", json=body)).json()
    counts = answer["data"]["reviewProgress"]["counts"]
    waiting = {row["kind"]: row["waiting"] for row in counts}
    assert waiting["value"] > 0
    assert waiting["pair"] > 5


async def test_opinions_are_read_in_both_languages(ask: Ask) -> None:
    document = """{ opinionTrends(days: 90, until: "2026-04-05T00:00:00Z", first: 30) {
      name total { reviews negative } } }"""
    trends = (await ask(document))["data"]["opinionTrends"]
    names = {trend["name"] for trend in trends if trend["name"]}
    assert {"taste", "味道"} <= names


async def test_the_studio_shows_copies_of_the_pictures(
    settings: Settings, shop: Connection, ask: Ask
) -> None:
    url = (await ask(PRODUCT, key=MILK))["data"]["product"]["imageUrl"]
    assert url.startswith(demo_grocery.PICTURES)
    copies = {demo_grocery.PICTURES: demo_grocery.pictures_folder()}
    api = settings.api.model_copy(update={"image_copies": copies})
    async with open_client(create_app(settings.model_copy(update={"api": api}))) as client:
        picture = await client.get("/pictures/0/" + url.removeprefix(demo_grocery.PICTURES))
        assert picture.headers["content-type"] == "image/jpeg"
        assert picture.content[:3] == b"\xff\xd8\xff"
        for outside in ("../LICENSE", "..%2fLICENSE", "%2e%2e/LICENSE"):
            assert (await client.get(f"/pictures/0/{outside}")).status_code == 404


def test_the_pictures_are_small_and_have_their_licence() -> None:
    folder = demo_grocery.pictures_folder()
    assert sum(path.stat().st_size for path in folder.rglob("*.jpg")) < 1_000_000
    assert "MIT License" in Path(folder.with_name("LICENSE")).read_text()
