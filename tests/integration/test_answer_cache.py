"""Kept answers of two workers on a real Neo4j, while another process writes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from catalograph.api.auth.keys import new_key
from catalograph.schema import (
    InteractionRecord,
    Node,
    SourceRecord,
    SourceSupport,
    Triple,
    brand,
    category,
    keys,
    value,
)
from catalograph.settings import Settings
from catalograph.store import Connection, Writer, erase_user, roll_back_run
from catalograph.store.queries.resolve import ClusterKind, Member, make_cluster, write_decisions
from tests.conftest import wipe

from .conftest import open_client, user, whole_app

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

SOURCE = "kept"
PRODUCT = """query($k: String!) { product(key: $k) {
  key title price brands { name } categories { name path } values { name }
  reviewSummary { reviews averageRating } reviews(first: 5) { nodes { text } }
  priceHistory(first: 5) { nodes { price { amount } } } } }"""
SAME = "query($k: String!) { product(key: $k) { same { key } } }"
PAGE = "{ products(first: 10) { totalCount nodes { key title } } }"
BRANDS = "{ brands(first: 10) { nodes { name productCount } } }"
UPSERT = """mutation($i: UpsertProductInput!) { upsertProduct(input: $i) {
  ... on UpsertedProduct { changed } ... on InvalidInput { message } } }"""


def key(id_: str) -> str:
    return keys.product_key(SOURCE, id_)


def record(id_: str, title: str, maker: str, price: float = 10.0) -> SourceRecord:
    properties = {
        "source": SOURCE,
        "id": id_,
        "listed": True,
        "title": title,
        "price": price,
        "currency": "EUR",
    }
    tails = (
        ("HAS_BRAND", brand(maker)),
        ("IN_CATEGORY", category(["Home", "Light"])),
        ("HAS_VALUE", value("colour", "red")),
    )
    support = SourceSupport("test")
    return SourceRecord(
        keys.source_key(SOURCE, "catalog", id_),
        SOURCE,
        f"{title} {maker} {price}",
        (Node("Product", key(id_), properties),),
        tuple(Triple(key(id_), relation, tail, support) for relation, tail in tails),
    )


def review(id_: str, product: str, rating: float) -> InteractionRecord:
    node = Node(
        "Review",
        f"review:{SOURCE}:{id_}",
        {"source": SOURCE, "id": id_, "content_hash": id_, "rating": rating, "text": "Good."},
    )
    return InteractionRecord(node, user=user("critic"), product=product)


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """Settings for a busy machine, on which a worker may not read the outbox every second."""
    cache = settings.api.cache.model_copy(update={"behind_seconds": 3.0})
    return settings.model_copy(update={"api": settings.api.model_copy(update={"cache": cache})})


@pytest.fixture
def writer(connection: Connection) -> Writer:
    """Another process: what it writes reaches the workers by the outbox alone."""
    wipe(connection)
    made = Writer(connection)
    records = [record("1", "Lamp", "Acme"), record("2", "Torch", "Acme")]
    made.write_records(records, made.start_run("test"))
    made.write_interactions([review("old", key("1"), 5.0)], made.start_run("test"))
    return made


@pytest.fixture
async def workers(
    settings: Settings, connection: Connection, writer: Writer
) -> AsyncIterator[list[httpx.AsyncClient]]:
    async with (
        open_client(whole_app(settings, connection)) as one,
        open_client(whole_app(settings, connection)) as other,
    ):
        yield [one, other]


async def ask(worker: httpx.AsyncClient, document: str, **variables: Any) -> tuple[Any, int]:
    """Return the data of an answer, and the number of statements it took."""
    body = {"query": document, "variables": variables}
    answer = (await worker.post("/graphql", json=body)).json()
    assert "errors" not in answer, answer
    return answer["data"], answer["extensions"]["cost"]["statements"]


async def ask_until_kept(worker: httpx.AsyncClient, document: str, **variables: Any) -> Any:
    """Return the data of an answer once it comes from the cache."""
    for _ in range(40):
        data, statements = await ask(worker, document, **variables)
        if not statements:
            return data
        await asyncio.sleep(0.1)
    raise AssertionError("It is not kept.")


async def see_in_time(
    settings: Settings,
    workers: list[httpx.AsyncClient],
    change: Callable[[], object],
    document: str,
    **variables: Any,
) -> tuple[Any, Any]:
    """Return the answer before and after a change; the same kept one, then the same fresh one."""
    before = [await ask_until_kept(worker, document, **variables) for worker in workers]
    assert before[0] == before[1]
    await asyncio.to_thread(change)
    await asyncio.sleep(settings.api.cache.behind_seconds)
    found = [(await ask(worker, document, **variables))[0] for worker in workers]
    assert found[0] == found[1]
    return before[0], found[0]


async def test_a_changed_product_is_seen_in_time(
    settings: Settings, workers: list[httpx.AsyncClient], writer: Writer
) -> None:
    change = record("1", "Bright lamp", "Zeta", 12.0)

    def write() -> None:
        writer.write_records([change], writer.start_run("test"))

    before, after = await see_in_time(settings, workers, write, PRODUCT, k=key("1"))
    assert (before["product"]["title"], after["product"]["title"]) == ("Lamp", "Bright lamp")
    assert after["product"]["brands"] == [{"name": "Zeta"}]
    assert [o["price"]["amount"] for o in after["product"]["priceHistory"]["nodes"]] == [
        "12.00",
        "10.00",
    ]


async def test_a_roll_back_is_seen_in_time_also_in_the_history(
    settings: Settings, workers: list[httpx.AsyncClient], writer: Writer
) -> None:
    run = writer.start_run("test")
    writer.write_records([record("1", "Bright lamp", "Zeta", 12.0)], run)
    writer.finish_run(run, {})
    before, after = await see_in_time(
        settings, workers, lambda: roll_back_run(writer, run), PRODUCT, k=key("1")
    )
    assert (before["product"]["title"], after["product"]["title"]) == ("Bright lamp", "Lamp")
    assert [o["price"]["amount"] for o in after["product"]["priceHistory"]["nodes"]] == ["10.00"]


async def test_a_withdrawn_product_is_gone_in_time_and_one_that_was_missing_is_there(
    settings: Settings, workers: list[httpx.AsyncClient], writer: Writer
) -> None:
    for worker in workers:
        assert await ask_until_kept(worker, PRODUCT, k=key("3")) == {"product": None}

    def change() -> None:
        run = writer.start_run("test")
        writer.withdraw_records([keys.source_key(SOURCE, "catalog", "2")], run)
        writer.write_records([record("3", "Candle", "Acme")], run)

    before, after = await see_in_time(settings, workers, change, PAGE)
    assert before["products"]["totalCount"] == after["products"]["totalCount"] == 2
    assert [one["title"] for one in after["products"]["nodes"]] == ["Lamp", "Candle"]
    for worker in workers:
        assert (await ask(worker, PRODUCT, k=key("2")))[0] == {"product": None}
        assert (await ask(worker, PRODUCT, k=key("3")))[0]["product"]["title"] == "Candle"


async def test_a_better_name_of_a_brand_is_seen_in_time_in_all_its_products(
    settings: Settings, workers: list[httpx.AsyncClient], writer: Writer
) -> None:
    def write(maker: str) -> Callable[[], object]:
        return lambda: writer.write_records([record("2", "Torch", maker)], writer.start_run("test"))

    # Of two spellings, the first in the alphabet is kept, and the other after its withdrawal.
    before, after = await see_in_time(settings, workers, write("ACme"), PRODUCT, k=key("1"))
    names = [answer["product"]["brands"] for answer in (before, after)]
    assert names == [[{"name": "Acme"}], [{"name": "ACme"}]]
    _, again = await see_in_time(settings, workers, write("Acme"), PRODUCT, k=key("1"))
    assert again["product"]["brands"] == [{"name": "Acme"}]


async def test_reviews_and_the_erasure_of_their_writer_are_seen_in_time(
    settings: Settings, workers: list[httpx.AsyncClient], writer: Writer
) -> None:
    new = review("new", key("1"), 1.0)
    before, after = await see_in_time(
        settings,
        workers,
        lambda: writer.write_interactions([new], writer.start_run("test")),
        PRODUCT,
        k=key("1"),
    )
    summaries = [answer["product"]["reviewSummary"] for answer in (before, after)]
    assert summaries == [
        {"reviews": 1, "averageRating": 5.0},
        {"reviews": 2, "averageRating": 3.0},
    ]
    _, erased = await see_in_time(
        settings, workers, lambda: erase_user(writer, user("critic")), PRODUCT, k=key("1")
    )
    assert erased["product"]["reviewSummary"]["reviews"] == 0
    assert erased["product"]["reviews"]["nodes"] == []


async def test_decisions_about_equal_products_are_seen_in_time(
    settings: Settings, workers: list[httpx.AsyncClient], connection: Connection
) -> None:
    cluster = make_cluster(ClusterKind.SAME, [Member(key(n), 1.0, "person") for n in "12"])
    before, after = await see_in_time(
        settings, workers, lambda: write_decisions(connection, [], [cluster]), SAME, k=key("1")
    )
    assert before["product"]["same"] == []
    assert key("2") in {one["key"] for one in after["product"]["same"]}


async def test_an_answer_about_one_product_outlives_changes_of_others_and_a_list_does_not(
    settings: Settings, workers: list[httpx.AsyncClient], writer: Writer
) -> None:
    worker = workers[0]
    for document, asked in ((PRODUCT, {"k": key("1")}), (BRANDS, {})):
        await ask_until_kept(worker, document, **asked)
    writer.write_records([record("2", "New torch", "Acme")], writer.start_run("test"))
    await asyncio.sleep(settings.api.cache.behind_seconds)
    assert (await ask(worker, PRODUCT, k=key("1")))[1] == 0
    assert (await ask(worker, BRANDS))[1] == 1


async def test_a_worker_sees_its_own_writes_at_once(
    workers: list[httpx.AsyncClient], connection: Connection
) -> None:
    worker = workers[0]
    for n in range(3):
        product = {"source": SOURCE, "id": "1", "title": f"Lamp {n}", "categories": [["Home"]]}
        await ask_until_kept(worker, PRODUCT, k=key("1"))
        await ask(worker, UPSERT, i=product)
        assert (await ask(worker, PRODUCT, k=key("1")))[0]["product"]["title"] == f"Lamp {n}"


async def test_several_fields_and_their_cost_are_answered_from_the_cache(
    workers: list[httpx.AsyncClient],
) -> None:
    document = """query($k: String!) {
      a: product(key: $k) { title brands { name } } b: brands(first: 1) { nodes { name } } }"""
    answers = []
    for _ in range(2):
        body = {"query": document, "variables": {"k": key("1")}}
        answers.append((await workers[0].post("/graphql", json=body)).json())
        await ask_until_kept(workers[0], document, k=key("1"))
    fresh, kept = (answer["extensions"]["cost"] for answer in answers)
    assert answers[0]["data"] == answers[1]["data"]
    assert fresh == kept | {"statements": 2}
    assert kept["statements"] == 0


async def test_a_kept_answer_needs_its_scopes(
    settings: Settings, connection: Connection, writer: Writer
) -> None:
    secret, line = new_key("shop", ["catalog:read"])
    auth = settings.api.auth.model_copy(
        update={"api_keys": SecretStr(line), "anonymous_scopes": ("recommend:read",)}
    )
    closed = settings.model_copy(update={"api": settings.api.model_copy(update={"auth": auth})})
    async with open_client(whole_app(closed, connection)) as worker:
        body = {"query": PRODUCT, "variables": {"k": key("1")}}
        worker.headers["x-api-key"] = secret
        data = await ask_until_kept(worker, PRODUCT, k=key("1"))
        assert data["product"]["title"] == "Lamp"
        del worker.headers["x-api-key"]
        refused = (await worker.post("/graphql", json=body)).json()
        assert refused["errors"][0]["extensions"]["code"] in ("UNAUTHENTICATED", "FORBIDDEN")
        assert "Lamp" not in str(refused)


async def test_the_cache_can_be_off(
    settings: Settings, connection: Connection, writer: Writer
) -> None:
    cache = settings.api.cache.model_copy(update={"megabytes": 0})
    off = settings.model_copy(update={"api": settings.api.model_copy(update={"cache": cache})})
    async with open_client(whole_app(off, connection)) as worker:
        for _ in range(2):
            assert (await ask(worker, PRODUCT, k=key("1")))[1] == 1
