"""README's steps as a shop takes them: feed, events, reviews, and then a list comes out."""

import asyncio
import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from catalograph.api import create_app
from catalograph.cli import app
from catalograph.schema import keys
from catalograph.settings import Settings
from catalograph.store import Connection, Writer
from tests.conftest import wipe
from tests.integration.conftest import open_client
from tests.integration.test_kills import environment

pytestmark = pytest.mark.neo4j

ITEMS = "items { product { key } }"
Rows = Sequence[Sequence[object]]
PRODUCTS: Rows = [
    (f"{n:04}", f"{maker} {thing}", maker, thing, 5 + n)
    for n, (maker, thing) in enumerate(
        (maker, thing)
        for thing in ("Kettle", "Teapot", "Toaster", "Lamp")
        for maker in ("Acme", "Zeta", "红日")
    )
]
VIEWS: Rows = [
    # A data frame made numbers of the ids; shopper n views products n and n + 1 of each thing.
    (f"e{user}-{n}", f"u{user}", f"{n % 12}.0", "purchase", f"2026-03-0{1 + user}T10:00:00Z")
    for user in range(6)
    for n in (user, user + 1, user + 6)
]
REVIEWS: Rows = [
    (f"r{user}", f"u{user}", f"{(user + 2) % 12:04}", 5, f"Fine. Shopper {user} likes it.")
    for user in range(6)
]


def write(name: str, header: str, rows: Rows) -> None:
    with Path(name).open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header.split(), *rows])


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def ingest(kind: str, file: str, *options: str) -> dict[str, Any]:
    """Propose a mapping, keep it as proposed, and ingest with it."""
    mapping = Path(file).with_suffix(".yaml")
    mapping.write_text(run("ingest", kind, file, "--guess"), encoding="utf-8")
    answer = run("ingest", kind, file, "--mapping", str(mapping), "--json", *options)
    return dict(json.loads(answer))


@pytest.fixture
def folder(
    connection: Connection, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Three files of a shop, in the current folder; the graph is empty."""
    wipe(connection)
    for name, said in environment(settings).items():
        monkeypatch.setenv(name, said)
    monkeypatch.setenv("CATALOGRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    write("shop.csv", "sku title brand category price", PRODUCTS)
    write("clicks.csv", "event_id user_id product_id event_type timestamp", VIEWS)
    write("reviews.csv", "review_id user_id product_id rating text", REVIEWS)
    return tmp_path


def test_a_feed_its_events_and_reviews_meet_and_a_list_comes_out(
    folder: Path, connection: Connection, settings: Settings
) -> None:
    ingest("catalog", "shop.csv")
    events = ingest("events", "clicks.csv")
    proposed = yaml.safe_load(Path("clicks.yaml").read_text())
    assert (proposed["product_source"], proposed["user_source"]) == ("shop", "shop")
    assert (events["written"], events["products"]["unknown"]) == (len(VIEWS), 0)
    assert events["products"]["respelled"] == len(VIEWS)
    reviews = ingest("reviews", "reviews.csv")
    assert (reviews["written"], reviews["products"]["unknown"]) == (len(REVIEWS), 0)
    [row] = connection.execute(
        "MATCH (u:User) MATCH (u)-[:PERFORMED|WROTE]->()-[:ON|REVIEWS]->(p:Product) "
        "RETURN count(DISTINCT u) AS users, count(DISTINCT p) AS products, "
        "count(CASE WHEN p.listed THEN null ELSE 1 END) AS phantoms"
    )
    assert row == {"users": 6, "products": 12, "phantoms": 0}

    run("embed", "preference")
    shopper = keys.user_key("shop", "u0", settings.user_hmac_key)
    assert run("user-key", "shop", "u0").strip() == shopper
    found = asyncio.run(recommend(settings, shopper))
    assert len(found) == 3
    assert not set(found) & {f"product:shop:{n:04}" for n in (0, 1, 2, 6)}


async def recommend(settings: Settings, shopper: str) -> list[str]:
    """Return the keys of the products that the API recommends."""
    query = f"{{ recommendations(userKey: {json.dumps(shopper)}, first: 3) {{ {ITEMS} }} }}"
    async with open_client(create_app(settings)) as client:
        answer = (await client.post("/graphql", json={"query": query})).json()
    return [item["product"]["key"] for item in answer["data"]["recommendations"]["items"]]


def test_what_does_not_meet_is_reported_and_seen_later(folder: Path) -> None:
    missing = "1 of 1 events name products that are not in the graph, for example '99'."
    write("clicks.csv", "event_id user_id product_id event_type timestamp", [VIEWS[0]])
    alone = run("ingest", "events", "clicks.csv", "--mapping", mapping_of("clicks"), "--dry-run")
    assert "The graph holds no catalogue yet" in alone
    ingest("catalog", "shop.csv")
    row = ("e9", "u9", "99.0", "view", "2026-03-01T10:00:00Z")
    write("clicks.csv", "event_id user_id product_id event_type timestamp", [row])
    assert missing in run("ingest", "events", "clicks.csv", "--mapping", mapping_of("clicks"))
    report = json.loads(
        run("ingest", "events", "clicks.csv", "--mapping", mapping_of("clicks"), "--json")
    )
    assert missing in run("runs", "show", report["run"])


def mapping_of(source: str) -> str:
    path = Path(f"{source}.yaml")
    path.write_text(
        f"kind: events\nsource: {source}\nevent: event_type\nid: event_id\nuser: user_id\n"
        "product: product_id\ntime: timestamp\n"
    )
    return str(path)


def test_two_catalogues_are_asked_about_only_if_both_may_be_meant(
    folder: Path, connection: Connection
) -> None:
    ingest("catalog", "shop.csv")
    ingest("catalog", "shop.csv", "--source", "outlet")
    rug = ("R1", "Rug", "Acme", "Rugs", 5, "4006381333931")
    write("rest.csv", "sku title brand category price gtin", [rug])
    ingest("catalog", "rest.csv")
    assert Writer(connection).catalogues.list_catalogues() == ["outlet", "rest", "shop"]
    given = ["ingest", "events", "clicks.csv", "--mapping", mapping_of("clicks")]
    refused = CliRunner().invoke(app, given)
    assert refused.exit_code != 0
    assert "--product-source" in str(refused.exception)
    assert connection.execute("MATCH (e:Event) RETURN count(e) AS n") == [{"n": 0}]
    run(*given, "--product-source", "outlet")
    [row] = connection.execute("MATCH (:Event)-[:ON]->(p) RETURN collect(DISTINCT p.source) AS s")
    assert row == {"s": ["outlet"]}
    # Only one catalogue has this id.
    views = [
        (f"e9{id_}", "u9", id_, "view", "2026-03-01T10:00:00Z") for id_ in ("r1", "4006381333931.0")
    ]
    write("clicks.csv", "event_id user_id product_id event_type timestamp", views)
    run(*given)
    rows = connection.execute(
        "MATCH (e:Event)-[:ON]->(p) WHERE e.id STARTS WITH 'e9' RETURN p.key AS key"
    )
    assert rows == [{"key": "product:rest:R1"}] * 2


def test_a_watched_folder_does_the_same(folder: Path, connection: Connection) -> None:
    inbox = folder / "inbox"
    (inbox / "events").mkdir(parents=True)
    ingest("catalog", "shop.csv")
    Path("clicks.csv").rename(inbox / "events" / "clicks.csv")
    options = ("--mapping", mapping_of("clicks"), "--once", "--settle", "0")
    products = json.loads(run("ingest", "watch", str(inbox), *options))["report"]["products"]
    assert products["catalogues"] == {str(inbox / "events" / "clicks.csv"): "shop"}
