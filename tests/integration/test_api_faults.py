"""A database that hangs is given up within seconds and taken back without a restart; a busy one or
a busy API process is not."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from catalograph.api import create_app
from catalograph.errors import StoreError, StoreUnavailableError
from catalograph.settings import Neo4jSettings, Settings
from catalograph.store import AsyncConnection, Connection, resolve_address
from catalograph.store.managed_server import ChildServer

from .conftest import WordEncoder, key, user

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

LIST = """query($u: String) { recommendations(userKey: $u, first: 3) {
  stale servedId items { position } } }"""
RELATED = """query($k: String!) { productRecommendations(key: $k, first: 3, intent: RELATED) {
  stale items { position } } }"""
PRODUCT = "query($k: String!) { product(key: $k) { key } }"
RECORD = """mutation($i: RecordEventInput!) { recordEvent(input: $i) { __typename } }"""


@pytest.fixture
async def impatient(settings: Settings, shop: Connection) -> AsyncIterator[httpx.AsyncClient]:
    """An API that gives up as soon as one that serves customers does."""
    quick = {"patience": 0.5, "probe_timeout": 0.8, "probe_pause": 0.1}
    neo4j = settings.neo4j.model_copy(update=quick)
    app = create_app(settings.model_copy(update={"neo4j": neo4j}), WordEncoder())
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1", timeout=60
        ) as client,
    ):
        yield client


@contextmanager
def hung(server: ChildServer) -> Iterator[None]:
    """The database does not run in this block."""
    pid = server.info.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def send(client: httpx.AsyncClient, document: str, **variables: Any) -> dict[str, Any]:
    response = await client.post("/graphql", json={"query": document, "variables": variables})
    for word in ("bolt", "127.0.0.1", "Traceback"):
        assert word not in response.text
    answer: dict[str, Any] = response.json()
    return answer


async def good(client: httpx.AsyncClient, document: str, **variables: Any) -> Any:
    """Ask until there is an answer, as on a busy machine even a well database may seem hung."""
    async with asyncio.timeout(60):
        while "errors" in (answer := await send(client, document, **variables)):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return next(iter(answer["data"].values()))


def code(answer: dict[str, Any]) -> str:
    [error] = answer["errors"]
    assert error["extensions"]["retryable"] is True
    return str(error["extensions"]["code"])


async def test_while_it_hangs_known_lists_are_stale_and_all_else_is_refused(
    impatient: httpx.AsyncClient, server: ChildServer
) -> None:
    shopper, other = user("stale"), user("not known")
    fresh = await good(impatient, LIST, u=shopper)
    related = await good(impatient, RELATED, k=key("cam1"))
    assert (fresh["stale"], related["stale"]) == (False, False)
    event = {"source": "shop", "id": "lost", "kind": "CLICK", "productKey": key("cam1")}
    with hung(server):
        answers = await asyncio.gather(
            send(impatient, LIST, u=shopper),
            send(impatient, RELATED, k=key("cam1")),
            send(impatient, LIST, u=other),
            send(impatient, PRODUCT, k=key("cam1")),
            send(impatient, RECORD, i=event),
        )
        ready = await impatient.get("/readyz")
        health = await impatient.get("/healthz")
        later = await send(impatient, LIST, u=shopper)
        figures = (await impatient.get("/metrics")).text
    assert answers[0]["data"]["recommendations"] == fresh | {"stale": True}
    assert answers[1]["data"]["productRecommendations"] == related | {"stale": True}
    assert [code(answer) for answer in answers[2:]] == ["SERVICE_UNAVAILABLE"] * 3
    assert later["data"]["recommendations"]["stale"] is True
    assert (ready.status_code, health.status_code) == (503, 200)
    assert ready.json()["reasons"] == ["The database does not answer."]
    assert 'catalograph_degraded_total{field="recommendations"} 2.0' in figures
    assert (await good(impatient, PRODUCT, k=key("cam1")))["key"] == key("cam1")
    again = await good(impatient, LIST, u=shopper)
    assert again["stale"] is False
    assert again["servedId"] != fresh["servedId"]


async def test_a_restart_of_the_server_costs_no_reader_an_answer(
    impatient: httpx.AsyncClient, shop: Connection
) -> None:
    """All connections of the pool are cut, as a restart does, while the server is there."""
    await asyncio.gather(*(good(impatient, PRODUCT, k=key("cam1")) for _ in range(4)))
    cut = "CALL dbms.listConnections() YIELD connectionId, userAgent RETURN connectionId AS id"
    mine = "CALL dbms.killConnections($ids) YIELD connectionId RETURN count(*) AS cut"
    ids = [row["id"] for row in shop.execute(cut)]
    with pytest.raises(StoreError):  # it cuts its own connection as well
        shop.execute(mine, ids=ids)
    answer = await send(impatient, PRODUCT, k=key("cam1"))
    assert answer.get("data") == {"product": {"key": key("cam1")}}


SLOW = "UNWIND range(1, $n) AS a WITH a WHERE sqrt(a) < 0 RETURN count(a) AS none"
"""Takes seconds and answers in one row."""


@pytest.fixture
async def pool(settings: Settings) -> AsyncIterator[AsyncConnection]:
    """A pool as patient as one that serves customers."""
    own = Neo4jSettings()
    usual = {name: getattr(own, name) for name in ("patience", "probe_timeout", "probe_pause")}
    neo4j = settings.neo4j.model_copy(update=usual)
    opened = AsyncConnection(resolve_address(settings.model_copy(update={"neo4j": neo4j})))
    yield opened
    await opened.close()


async def test_statements_outlast_a_busy_event_loop(
    pool: AsyncConnection, connection: Connection
) -> None:
    """A loop that builds answers is late for everything that the database sends."""
    running = [asyncio.create_task(pool.read_compiled(SLOW, {"n": 20_000_000}, "slow"))]
    until = time.monotonic() + 6
    while time.monotonic() < until:
        time.sleep(0.4)  # noqa: ASYNC251 - this is the busy loop
        running.append(asyncio.create_task(pool.read("ping")))
        await asyncio.sleep(0)
    answers = await asyncio.gather(*running)
    assert [len(rows) for rows in answers] == [1] * len(running)


@pytest.mark.heavy  # a bound in seconds, which a machine under load may miss
async def test_a_hung_database_is_given_up_within_three_seconds_and_taken_back(
    pool: AsyncConnection, server: ChildServer
) -> None:
    for _ in range(3):
        async with asyncio.timeout(60):
            while not await answers(pool):  # noqa: ASYNC110 - the database's return is polled for
                await asyncio.sleep(0.1)
        with hung(server):
            began = time.monotonic()
            waits = await asyncio.gather(
                *(pool.read("ping") for _ in range(20)), return_exceptions=True
            )
            seconds = time.monotonic() - began
            later = time.monotonic()
            assert not await answers(pool)
            refused_after = time.monotonic() - later
        assert {type(one) for one in waits} == {StoreUnavailableError}
        assert seconds < 3
        assert refused_after < 0.5


async def answers(pool: AsyncConnection) -> bool:
    try:
        return await pool.read("ping") == [{"answer": 1}]
    except StoreUnavailableError:
        return False
