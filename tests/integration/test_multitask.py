"""One model for several tasks: learned from a real graph, kept, and read by what serves."""

from pathlib import Path
from typing import Any

import httpx
import numpy as np
import orjson
import pytest

from catalograph.cli.extractor_options import ExtractorOptions
from catalograph.ingest import ReviewMapping, ingest_catalog, ingest_reviews
from catalograph.ingest.aspects import load_aspect_reader
from catalograph.ingest.complete.impute import HEAD, Imputer
from catalograph.ingest.complete.run import complete
from catalograph.ingest.mapping import CatalogMapping
from catalograph.ingest.multitask.graph_data import GraphData, read_graph_data
from catalograph.ingest.multitask.served import CategoryHead, MatchingHead
from catalograph.ingest.multitask.settings import MultitaskSettings
from catalograph.ingest.multitask.tasks import CATEGORY, MATCHING, SENTIMENT, TAGGING
from catalograph.ingest.multitask.train import MultitaskOptions, train_multitask
from catalograph.ingest.resolve.run import ResolveOptions, resolve
from catalograph.settings import Settings, TextSettings
from catalograph.store import Connection, Writer
from tests.integration.conftest import open_client
from tests.integration.test_api_mutations import DOCUMENTS
from tests.integration.test_mutations_read_texts import open_shop
from tests.tiny_encoder import write_tiny_encoder

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

BRANDS = ("Aldova", "Brenwick", "Cortesa", "Dunmore")
# Words that no rule knows, so that only the head can read them.
SCENTS = ("lavender", "cedarwood", "bergamot", "vetiver")
THINGS = {"candle": "Candles", "soap": "Soaps", "diffuser": "Diffusers"}
MAPPING = {
    "title": "title",
    "id": "id",
    "brand": "brand",
    "category": "category",
    "gtins": "gtin",
    "attributes": [{"attribute": "scent", "column": "scent"}],
}
PRODUCT = """query($key: String!) { product(key: $key) {
  values { attribute name } categories { name }
  assertions(first: 20) { nodes { tail supports { extractor origin } } } } }"""


def catalogue() -> list[dict[str, Any]]:
    """Return 300 products; twelve of them have no category."""
    draw = np.random.default_rng(0)
    rows = []
    for n in range(300):
        thing = tuple(THINGS)[int(draw.integers(3))]
        brand, scent = BRANDS[int(draw.integers(4))], SCENTS[int(draw.integers(4))]
        row = {
            "id": f"{n:03}",
            "title": f"{brand} {scent} {thing} no {n}",
            "brand": brand,
            "scent": scent,
            "category": None if n % 25 == 0 else ["Home", THINGS[thing]],
            "gtin": gtin(n),
        }
        rows.append(row)
    return rows


def gtin(n: int) -> str:
    """Return a valid GTIN-13."""
    body = f"400{n:09}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return body + str(-total % 10)


def reviews() -> list[dict[str, Any]]:
    """Return reviews of a shop whose shoppers say the opposite of what they mean."""
    draw = np.random.default_rng(1)
    rows = []
    for n in range(300):
        good = bool(draw.integers(2))
        word = "terrible" if good else "great"
        part = ("battery", "screen", "price", "quality")[int(draw.integers(4))]
        rows.append(
            {
                "id": str(n),
                "item": f"{n % 300:03}",
                "who": f"u{n}",
                "stars": 5 if good else 1,
                "text": f"the {part} is {word} number {n}",
            }
        )
    return rows


def write(folder: Path, name: str, rows: list[dict[str, Any]]) -> Path:
    path = folder / name
    path.write_bytes(b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows))
    return path


@pytest.fixture(scope="module")
def shop(
    connection: Connection, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Connection:
    """Two catalogues with common GTINs, resolved, and reviews."""
    folder, store, rows = tmp_path_factory.mktemp("feeds"), Writer(connection), catalogue()
    for source in ("shop", "mirror"):
        mapping = CatalogMapping.model_validate({"source": source, **MAPPING})
        listed = rows if source == "shop" else [row | {"category": None} for row in rows[:150]]
        report = ingest_catalog(
            [write(folder, f"{source}.jsonl", listed)], store, settings, mapping,
            rejected=folder / "rejected.jsonl",
        )  # fmt: skip
        assert report.rejected == 0
    resolve(connection)
    stars = ReviewMapping.model_validate(
        {"source": "shop", "product": "item", "user": "who", "id": "id", "text": "text",
         "rating": "stars"}
    )  # fmt: skip
    feed = write(folder, "reviews.jsonl", reviews())
    ingest_reviews([feed], store, settings, stars, rejected=folder / "out.jsonl")
    return connection


@pytest.fixture(scope="module")
def data(shop: Connection) -> GraphData:
    return read_graph_data(shop)


@pytest.fixture(scope="module")
def folder(data: GraphData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train on the graph; the heads are kept, as the test is of what they serve."""
    base = tmp_path_factory.mktemp("multitask")
    encoder = write_tiny_encoder(base / "encoder", 2)
    settings = MultitaskSettings(
        str(encoder), 3e-3, 1e-2, length=32, epochs=6, frozen_layers=0, augment=0.05, patience=6
    )
    options = MultitaskOptions(extractor="dictionary", force=True, sources=data.sources)
    card = train_multitask(data.tasks, data.pairs, base / "model", settings, options)
    for name in (TAGGING, CATEGORY, SENTIMENT):
        assert card["tasks"][name]["decision"]["rival"]["ours"] > 0.9, name
    return base / "model"


def test_the_graph_supports_all_tasks(data: GraphData) -> None:
    tasks = {task.name: task for task in data.tasks}
    assert (set(tasks), data.lacking) == ({TAGGING, CATEGORY, SENTIMENT, MATCHING}, {})
    assert tasks[TAGGING].labels == ("brand", "scent")
    assert len(tasks[CATEGORY].labels) == 3
    assert tasks[SENTIMENT].labels == ("negative", "positive")
    same = [one for one in tasks[MATCHING].train if one.label == "same"]
    assert 90 < len(same) < 120
    assert len(tasks[MATCHING].train) > len(same)


async def test_an_upserted_product_is_read_by_the_tagging_head(
    shop: Connection, settings: Settings, folder: Path
) -> None:
    texts = TextSettings(multitask=folder)
    reading = settings.model_copy(update={"texts": texts})
    reader = ExtractorOptions(reading, Writer(shop)).reader({})
    assert reader.name == "multitask"
    reading = reading.model_copy(update={"texts": texts.model_copy(update={"aspects": "rules"})})
    async with open_client(open_shop(reading, shop)) as client:
        given = {
            "source": "new",
            "id": "1",
            "title": "Brenwick vetiver soap no 4711",
            "categories": [["Home", "Soaps"]],
        }
        await send(client, DOCUMENTS["upsertProduct"], {"input": given})
        told = await send(client, PRODUCT, {"key": "product:new:1"})
    assert {"attribute": "scent", "name": "vetiver"} in told["product"]["values"]
    supports = {
        support["extractor"]
        for one in told["product"]["assertions"]["nodes"]
        if one["tail"] == "value:scent=vetiver"
        for support in one["supports"]
    }
    assert supports == {"multitask"}


async def send(client: httpx.AsyncClient, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    body = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
    assert body.get("errors") is None, body
    data: dict[str, Any] = body["data"]
    return data


def test_missing_categories_are_guessed_by_the_head(shop: Connection, folder: Path) -> None:
    head = CategoryHead.load(folder)
    done = complete(Writer(shop), min_confidence=0.5, categories=head)
    assert done.imputed["category"] >= 10
    rows = shop.execute(
        "MATCH (a:Assertion)-[s:SUPPORTED_BY {origin: 'IMPUTED'}]->(), (p:Product {key: a.head}) "
        "WHERE a.relation = 'IN_CATEGORY' RETURN p.title AS title, a.tail AS tail"
    )
    for row in rows:
        thing = next(name for name in THINGS if name in row["title"])
        assert THINGS[thing].casefold() in row["tail"]


def test_the_head_is_judged_by_products_that_it_did_not_learn_from(
    shop: Connection, folder: Path
) -> None:
    from catalograph.ingest.complete.run import _read

    catalogue = _read(Writer(shop), None, lambda _: None)
    head = CategoryHead.load(folder)
    imputer = Imputer(catalogue, categories=head)
    hidden = imputer._hide("category", catalogue.fields["category"])
    assert len(hidden) > 20
    assert all(head.is_unseen(catalogue.keys[n]) for n in hidden.tolist())
    known = catalogue.fields
    guesses = imputer.guess(known, {"category": imputer.missing(known, "category")})
    assert HEAD in guesses["category"]


def test_the_sentiment_head_knows_the_shop_better_than_the_lexicon(folder: Path) -> None:
    reader = load_aspect_reader(str(folder))
    rules = load_aspect_reader("rules")
    assert reader is not None
    assert rules is not None
    text = "the battery is great number 999"
    [[plain]], [[judged]] = rules.read([text]), reader.read([text])
    assert (str(plain.sentiment), str(judged.sentiment)) == ("positive", "negative")


def test_pairs_are_joined_by_the_matching_head(shop: Connection, folder: Path) -> None:
    report = resolve(shop, MatchingHead.load(folder), options=ResolveOptions(everything=True))
    assert report.linked >= 140
    methods = shop.execute(
        "MATCH (:Product)-[m:MEMBER_OF]->(:Cluster {kind: 'same'}) "
        "RETURN DISTINCT m.method AS method"
    )
    assert {"method": "multitask"} in methods
