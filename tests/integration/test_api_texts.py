"""Texts that look like statements, in every place where the schema takes a text."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from catalograph.schema import ONTOLOGY
from catalograph.settings import Settings
from catalograph.store import Connection
from tests.cypher_texts import TEXTS
from tests.every_field import Walk

from .conftest import Ask, key, user, whole_app
from .test_api_subscriptions import Server, opened, with_live

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

KNOWN = {
    "key": key("cam1"),
    "from": key("cam1"),
    "to": key("cam2"),
    "productKey": key("cam1"),
    "keys": key("cam1"),
    "userKey": user("ann"),
    "source": "probe",
    "id": "probe",
}
KINDS = {t.label for t in ONTOLOGY.nodes} | {t.name for t in ONTOLOGY.relations} | {"Source"}
REFUSALS = {"INVALID_INPUT", "BAD_CURSOR", "NOT_FOUND", "INVALID_DOCUMENT"}
UNTOUCHED = """
MATCH (n) WHERE NOT n:Served AND NOT n:OutboxEntry RETURN elementId(n) AS id, labels(n) AS labels,
  properties(n {.*, changed: null, change: null, changes: null}) AS properties
UNION ALL
MATCH ()-[r]->() RETURN elementId(r) AS id, [type(r)] AS labels, properties(r) AS properties
"""
OUTSIDE = (
    "SHOW INDEXES YIELD name, properties",
    "SHOW CONSTRAINTS YIELD name, properties",
    "SHOW USERS YIELD user",
)
PLACES = [place for place in Walk(KNOWN).texts() if not place[2].startswith("subscription")]
FEW = 1
"""Texts that each place gets in the ordinary run; the next place gets the next one."""


def picture(connection: Connection) -> dict[str, Any]:
    """Everything in the graph by its id."""
    return {row["id"]: (row["labels"], row["properties"]) for row in connection.execute(UNTOUCHED)}


def outside(connection: Connection) -> list[Any]:
    """What else a statement can change."""
    return [sorted(map(str, connection.execute(text))) for text in OUTSIDE]


@pytest.fixture
async def client(settings: Settings, shop: Connection) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server that takes products and erases users."""
    app = whole_app(settings, shop)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as opened,
    ):
        yield opened


@pytest.mark.parametrize("count", [FEW, pytest.param(len(TEXTS), marks=pytest.mark.heavy)])
async def test_no_text_becomes_part_of_a_statement(ask: Ask, shop: Connection, count: int) -> None:
    """Queries change nothing; mutations add what they say and leave all else as it was."""
    before, around = picture(shop), outside(shop)
    for n, (name, _, document) in enumerate(PLACES):
        for k in range(count):
            text = TEXTS[(n * FEW + k) % len(TEXTS)]
            answer = await ask(document, text=text)
            codes = {e["extensions"]["code"] for e in answer.get("errors", ())}
            assert codes <= REFUSALS, (name, text, answer)
    after = picture(shop)
    assert {id_: after.get(id_) for id_ in before} == before
    assert {kind for kinds, _ in after.values() for kind in kinds} <= KINDS
    assert outside(shop) == around


async def test_no_text_becomes_part_of_a_statement_that_is_subscribed_to(
    settings: Settings, shop: Connection
) -> None:
    before, around = picture(shop), outside(shop)
    places = [place for place in Walk(KNOWN).texts() if place[2].startswith("subscription")]
    assert len(places) == 11
    async with Server(with_live(settings)) as server, opened(server) as socket:
        for name, _, document in places:
            for n, text in enumerate(TEXTS):
                id_ = f"{name}-{n}"
                await socket.subscribe(id_, document, text=text)
                await socket.send(id=id_, type="complete")
        await socket.subscribe("last", places[0][2], text="x")
        while (await socket.receive())["id"] != "last":
            pass
    assert (picture(shop), outside(shop)) == (before, around)
