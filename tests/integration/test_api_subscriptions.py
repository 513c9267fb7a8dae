"""Subscriptions over real web sockets, with two servers in front of one graph."""

import asyncio
import contextlib
import hashlib
import json
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import orjson
import pytest
import uvicorn
import websockets
from cryptography.hazmat.primitives.asymmetric import ed25519
from jwt.algorithms import OKPAlgorithm

from catalograph.api import create_app
from catalograph.api.subscriptions.connections import LiveConnections
from catalograph.api.subscriptions.socket import MAX_MESSAGE_BYTES
from catalograph.ingest.upsert import ProductUpserts
from catalograph.schema import InteractionRecord, Node
from catalograph.schema.ontology import RunStatus
from catalograph.settings import Settings
from catalograph.settings.api import ApiAuthSettings, ApiLiveSettings
from catalograph.store import Connection, Writer

from .conftest import key, user

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

PROTOCOL = websockets.Subprotocol("graphql-transport-ws")
PRODUCTS = (
    "subscription($keys: [String!]!) { productChanged(keys: $keys) { key presence changed } }"
)
FOR_USER = """subscription($user: String!) { recommendationsChanged(userKey: $user, first: 3) {
  userKey modelVersion popular servedId items { position productKey score } } }"""
RUN = """subscription($key: String!) { runProgress(key: $key) {
  status progress { name value } } }"""
ALERT = """subscription(
  $product: String, $brand: String, $category: String, $topic: String, $days: Int! = 7) {
  negativeShareAlert(
    product: $product, brand: $brand, category: $category, topic: $topic, days: $days) {
    subject days recent recentNegative earlier earlierNegative probability } }"""
PATIENCE = 30


class Server:
    """A server on a loopback port, as `catalograph serve` starts it."""

    def __init__(self, settings: Settings, products: ProductUpserts | None = None) -> None:
        self.app = create_app(settings, None, products)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listening.getsockname()[1]}"
        config = uvicorn.Config(
            self.app,
            log_level="warning",
            timeout_graceful_shutdown=10,
            ws_max_size=MAX_MESSAGE_BYTES,
        )
        self.server = uvicorn.Server(config)
        self.running = asyncio.create_task(self.server.serve(sockets=[self.listening]))

    async def __aenter__(self) -> "Server":
        while not self.server.started:  # noqa: ASYNC110 - uvicorn offers no event to wait for
            await asyncio.sleep(0.01)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.should_exit = True
        await self.running

    @property
    def live(self) -> LiveConnections:
        live: LiveConnections = self.app.state.services.live
        return live

    async def mutate(self, document: str, **variables: Any) -> Any:
        async with httpx.AsyncClient(base_url=f"http://{self.address}", timeout=PATIENCE) as client:
            body = {"query": document, "variables": variables}
            answer = (await client.post("/graphql", json=body)).json()
        assert "errors" not in answer, answer
        return answer["data"]


class Client:
    """One web socket that speaks graphql-transport-ws."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw

    async def send(self, **message: Any) -> None:
        await self.raw.send(orjson.dumps(message).decode())

    async def receive(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            message: dict[str, Any] = orjson.loads(await self.raw.recv())
        return message

    async def subscribe(self, id_: str, query: str, **variables: Any) -> None:
        payload = {"query": query, "variables": variables}
        await self.send(id=id_, type="subscribe", payload=payload)

    async def next(self) -> Any:
        """What the next message tells, which has to be of the type `next`, of its one field."""
        message = await self.receive()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        [told] = message["payload"]["data"].values()
        return told

    async def closed(self) -> tuple[int, str]:
        """The code and reason with which the server closes."""
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                await self.receive()
        return self.raw.close_code, self.raw.close_reason


@contextlib.asynccontextmanager
async def opened(
    server: Server, *, init: bool = True, bearer: str | None = None
) -> AsyncIterator[Client]:
    async with websockets.connect(f"ws://{server.address}/graphql", subprotocols=[PROTOCOL]) as raw:
        client = Client(raw)
        if init:
            payload = {} if bearer is None else {"authorization": f"Bearer {bearer}"}
            await client.send(type="connection_init", payload=payload)
            assert (await client.receive())["type"] == "connection_ack"
        yield client


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - another task makes it true
            await asyncio.sleep(0.01)


def with_live(settings: Settings, **changed: Any) -> Settings:
    live = ApiLiveSettings(**{"poll_seconds": 0.05, "alert_seconds": 0.05} | changed)
    return settings.model_copy(update={"api": settings.api.model_copy(update={"live": live})})


@pytest.fixture
async def api(settings: Settings, shop: Connection) -> AsyncIterator[Server]:
    products = ProductUpserts(Writer(shop), place=lambda keys: ())
    async with Server(with_live(settings), products) as started:
        yield started


@pytest.fixture
async def other(settings: Settings, shop: Connection) -> AsyncIterator[Server]:
    """A second server in front of the same graph."""
    async with Server(with_live(settings)) as started:
        yield started


async def stands(client: Client) -> dict[str, Any]:
    """What is told of a product; a time of change is one of the last minutes."""
    told: dict[str, Any] = await client.next()
    changed = told.pop("changed")
    if changed is not None:
        age = datetime.now(UTC) - datetime.fromisoformat(changed)
        assert timedelta(0) <= age < timedelta(hours=1)
    return told


async def test_a_product_changed_at_one_server_is_told_at_the_other(
    api: Server, other: Server
) -> None:
    upsert = """mutation($input: UpsertProductInput!) { upsertProduct(input: $input) {
      ... on UpsertedProduct { changed } } }"""
    withdraw = """mutation($input: WithdrawProductInput!) { withdrawProduct(input: $input) {
      ... on WithdrawnProduct { key } } }"""
    async with opened(other) as client:
        await client.subscribe("1", PRODUCTS, keys=[key("cam1"), key("new1")])
        first = [await stands(client), await stands(client)]
        assert first == [
            {"key": key("cam1"), "presence": "LISTED"},
            {"key": key("new1"), "presence": "ABSENT"},
        ]
        product = {"source": "shop", "id": "new1", "title": "New", "price": 1.0, "currency": "EUR"}
        await api.mutate(upsert, input=product)
        assert await stands(client) == {"key": key("new1"), "presence": "LISTED"}
        await api.mutate(upsert, input=product | {"price": 2.0})
        assert await stands(client) == {"key": key("new1"), "presence": "LISTED"}
        await api.mutate(withdraw, input={"source": "shop", "id": "new1"})
        assert await stands(client) == {"key": key("new1"), "presence": "ABSENT"}
        await client.send(id="1", type="complete")
        await until(lambda: other.live.hub.topics == 0)


async def test_a_new_list_comes_after_an_event_and_when_a_model_goes_live(
    api: Server, other: Server, shop: Connection
) -> None:
    record = """mutation($input: RecordEventInput!) { recordEvent(input: $input) {
      ... on RecordedEvent { created } } }"""
    shopper = user("listens")
    event = {"source": "shop", "id": "e1", "kind": "CLICK", "userKey": shopper}
    async with opened(other) as client:
        await client.subscribe("1", FOR_USER, user=shopper)
        told = await client.next()
        assert (told["popular"], told["modelVersion"]) == (True, 7)
        await api.mutate(record, input=event | {"productKey": key("cam1")})
        told = await client.next()
        assert told["popular"] is False
        assert told["items"][0]["productKey"] == key("bag1")
        # A feed's review counts as well; it takes the way of ingest.
        values = {"source": "shop", "id": "live", "content_hash": "1", "rating": 5.0}
        node = Node("Review", "review:shop:live", values)
        review = InteractionRecord(node, user=shopper, product=key("bag1"))
        writer = Writer(shop)
        await asyncio.to_thread(writer.write_interactions, [review], writer.start_run("test"))
        told = await client.next()
        assert key("bag1") not in [item["productKey"] for item in told["items"]]
        await asyncio.to_thread(writer.discard, ["review:shop:live"], None)
        assert (await client.next())["items"][0]["productKey"] == key("bag1")
        shop.execute("MATCH (m:Model {key: 'model:preference:6'}) SET m.live = true")
        shop.execute("MATCH (m:Model {key: 'model:preference:7'}) SET m.live = false")
        told = await client.next()
        shop.execute("MATCH (m:Model {kind: 'preference'}) SET m.live = m.version = 7")
        assert told["modelVersion"] == 6
        assert {item["score"] for item in told["items"]} == {99.0}


async def test_a_run_is_followed_to_its_end(api: Server, shop: Connection) -> None:
    writer = Writer(shop)
    run = writer.start_run("test")
    async with opened(api) as client:
        await client.subscribe("1", RUN, key=f"run:{run}")
        assert await client.next() == {"status": "running", "progress": []}
        shop.execute(
            "MATCH (r:Run {key: $key}) SET r.beat = datetime(), r.progress = $progress",
            key=f"run:{run}",
            progress='{"written": 40}',
        )
        figures = [{"name": "written", "value": "40"}]
        assert await client.next() == {"status": "running", "progress": figures}
        await asyncio.to_thread(writer.finish_run, run, {})
        assert (await client.next())["status"] == RunStatus.FINISHED
        assert await client.receive() == {"id": "1", "type": "complete"}
        await client.subscribe("2", RUN, key="run:unknown")
        message = await client.receive()
        [error] = message["payload"]["errors"]
        assert error["extensions"]["code"] == "NOT_FOUND"


def reviews(
    connection: Connection, product: str, ages: range, negative: int, *, stars: bool = True
) -> None:
    """Write a review for each day of age, of which the first so many are negative."""
    rows = [
        {
            "key": f"review:planted:{secrets.token_hex(8)}",
            "time": datetime.now(UTC) - timedelta(days=age, hours=1),
            "rating": (1.0 if n < negative else 5.0) if stars else None,
            "sentiment": "negative" if n < negative else "positive",
        }
        for n, age in enumerate(ages)
    ]
    connection.execute(
        "UNWIND $rows AS row MATCH (p:Product {key: $product}) "
        "MERGE (v:Value {key: 'value:aspect=battery', attribute: 'aspect', name: 'battery'}) "
        "CREATE (r:Review:Source {key: row.key, time: row.time, rating: row.rating})"
        "-[:REVIEWS]->(p) "
        "FOREACH (x IN CASE WHEN row.rating IS NULL THEN [1] ELSE [] END | "
        "CREATE (r)-[:MENTIONS {sentiment: row.sentiment}]->(v))",
        rows=rows,
        product=product,
    )


def calm(api: Server) -> bool:
    """Whether the poller has seen that nothing watched gives cause for alarm."""
    states = [watched.state for watched in api.live.hub._watched.values()]
    return all(state is not None and not state.raised for state in states)


async def test_an_alert_comes_when_the_negative_share_rises_and_only_then(
    api: Server, shop: Connection
) -> None:
    tea, tripod = key("tea1"), key("tri1")
    reviews(shop, tea, range(40, 140), negative=10)
    reviews(shop, tripod, range(40, 140), negative=10)
    async with opened(api) as client:
        # Of the brand's two products one has reviews; the tripod's share does not change.
        await client.subscribe("calm", ALERT, product=tripod, days=30)
        await client.subscribe("tea", ALERT, product=tea, days=30)
        await client.subscribe("leaf", ALERT, brand="brand:leaf", days=30)
        reviews(shop, tripod, range(20), negative=2)
        reviews(shop, tea, range(12), negative=5)
        await until(lambda: api.live.hub.topics == 3)
        await asyncio.sleep(0.5)  # several looks, none of which has cause for alarm
        reviews(shop, tea, range(8), negative=5, stars=False)
        told = [await client.receive(), await client.receive()]
        assert {message["id"] for message in told} == {"tea", "leaf"}
        alert = next(m["payload"]["data"]["negativeShareAlert"] for m in told if m["id"] == "tea")
        assert alert.pop("probability") < 0.001
        assert alert == {
            "subject": tea,
            "days": 30,
            "recent": 20,
            "recentNegative": 10,
            "earlier": 100,
            "earlierNegative": 10,
        }
        # Below the upper bound, but not below the lower one: still the same alert.
        shop.execute("MATCH (r:Review)-[:MENTIONS]->() DETACH DELETE r")
        await asyncio.sleep(0.5)
        assert not calm(api)
        # Calm again, and once more: a second alert, and none in between.
        reviews(shop, tea, range(20), negative=0)
        await until(lambda: calm(api))
        reviews(shop, tea, range(15), negative=14)
        told = [await client.receive(), await client.receive()]
        assert {m["payload"]["data"]["negativeShareAlert"]["recentNegative"] for m in told} == {19}
        await client.subscribe("late", ALERT, product=tea, days=30)
        assert (await client.receive())["id"] == "late"
        wrongs: list[dict[str, Any]] = [
            {},
            {"product": tea, "brand": "brand:leaf"},
            {"product": tea, "days": 0},
            {"product": tea, "topic": tea},
        ]
        for wrong in wrongs:
            await client.subscribe("wrong", ALERT, **wrong)
            message = await client.receive()
            assert message["id"] == "wrong"
            assert "INVALID_INPUT" in str(message["payload"])
            await client.receive()


async def test_an_alert_on_one_topic_of_a_category(api: Server, shop: Connection) -> None:
    camera = key("cam1")
    reviews(shop, camera, range(40, 140), negative=10, stars=False)
    async with opened(api) as client:
        watched = {"category": "category:photo", "days": 30}
        await client.subscribe("screen", ALERT, **watched, topic="value:aspect=screen")
        await client.subscribe("battery", ALERT, **watched, topic="value:aspect=battery")
        reviews(shop, camera, range(20), negative=10, stars=False)
        message = await client.receive()
        assert message["id"] == "battery"
        alert = message["payload"]["data"]["negativeShareAlert"]
        assert (alert["subject"], alert["recent"], alert["recentNegative"]) == (
            "category:photo",
            20,
            10,
        )


async def test_only_subscriptions_and_only_the_new_protocol(api: Server) -> None:
    async with opened(api) as client:
        for document in ("{ __typename }", "mutation { __typename }"):
            await client.subscribe("1", document)
            message = await client.receive()
            assert message["type"] == "error"
            assert message["payload"][0]["extensions"]["code"] == "INVALID_DOCUMENT"
            assert "not allowed" in message["payload"][0]["message"]
        await client.subscribe("2", "subscription { nonsense }")
        assert (await client.receive())["payload"][0]["extensions"]["code"] == "INVALID_DOCUMENT"
        await client.subscribe("3", PRODUCTS, keys=["brand:acme"])
        message = await client.receive()
        assert "INVALID_INPUT" in str(message)
    legacy = websockets.Subprotocol("graphql-ws")
    async with websockets.connect(f"ws://{api.address}/graphql", subprotocols=[legacy]) as raw:
        assert (await Client(raw).closed())[0] == 4406
    async with httpx.AsyncClient(base_url=f"http://{api.address}") as client:
        body = {"query": PRODUCTS, "variables": {"keys": [key("cam1")]}}
        refused = await client.post("/graphql", json=body)
        assert (refused.status_code, "not allowed" in refused.text) == (400, True)


@pytest.mark.parametrize(
    "message",
    [
        b"[]",
        b"1",
        b"{",
        b'{"type": 1}',
        b'{"type": "nonsense"}',
        b'{"type": "subscribe"}',
        b'{"type": "subscribe", "id": 1, "payload": {"query": "{ a }"}}',
        b'{"type": "subscribe", "id": "1", "payload": []}',
        b'{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
        b'{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": []}}',
        b'{"type": "complete", "id": {}}',
    ],
)
async def test_what_is_no_message_closes_the_socket(api: Server, message: bytes) -> None:
    async with opened(api) as client:
        await client.raw.send(message.decode())
        assert (await client.closed())[0] == 4400
    await until(lambda: api.live.sockets.open == 0)


async def test_a_message_that_is_too_long_closes_the_socket(api: Server) -> None:
    async with opened(api) as client:
        await client.subscribe("1", "#" * (MAX_MESSAGE_BYTES + 1))
        assert (await client.closed())[0] == 1009


async def test_pages_of_other_sites_cannot_open_a_socket(api: Server) -> None:
    for origin, status in (("https://evil.example", 403), (f"http://{api.address}", 101)):
        try:
            async with websockets.connect(
                f"ws://{api.address}/graphql",
                subprotocols=[PROTOCOL],
                origin=websockets.Origin(origin),
            ) as raw:
                assert raw.response is not None
                found = raw.response.status_code
        except websockets.InvalidStatus as exc:
            found = exc.response.status_code
        assert found == status


async def test_a_socket_begins_with_init_and_soon(settings: Settings, shop: Connection) -> None:
    async with Server(with_live(settings, init_seconds=0.2)) as api:
        async with opened(api, init=False) as client:
            assert (await client.closed())[0] == 4408
        async with opened(api, init=False) as client:
            await client.subscribe("1", PRODUCTS, keys=[key("cam1")])
            assert (await client.closed())[0] == 4401
        await until(lambda: api.live.sockets.open == 0)


async def test_places_are_capped_and_given_back(settings: Settings, shop: Connection) -> None:
    capped = with_live(settings, sockets=3, sockets_per_caller=2, subscriptions_per_socket=2)
    async with Server(capped) as api:
        async with opened(api) as one, opened(api):
            async with opened(api, init=False) as third:
                with pytest.raises(websockets.InvalidStatus) as refused:
                    await websockets.connect(f"ws://{api.address}/graphql")
                assert refused.value.response.status_code == 503
                await third.send(type="connection_init")
                assert (await third.closed())[0] == 4429
            for id_ in ("1", "2"):
                await one.subscribe(id_, PRODUCTS, keys=[key("cam1")])
                await one.next()
            await one.subscribe("3", PRODUCTS, keys=[key("cam1")])
            message = await one.receive()
            assert (message["id"], message["type"]) == ("3", "error")
            assert message["payload"][0]["extensions"] == {"code": "LIMIT_EXCEEDED"}
            # A place is free once one of them completes, and once one fails.
            await one.send(id="1", type="complete")
            await one.subscribe("4", RUN, key="run:unknown")
            assert "NOT_FOUND" in str(await one.receive())
            assert await one.receive() == {"id": "4", "type": "complete"}
            await one.subscribe("5", PRODUCTS, keys=[key("cam2")])
            assert (await one.next())["key"] == key("cam2")
            assert api.live.hub.topics == 2
        await until(lambda: api.live.sockets.open == 0)
        assert api.live.sockets.by_caller == {}
        assert api.live.hub.topics == 0


async def test_nothing_is_left_of_a_socket_that_breaks_off(api: Server) -> None:
    async with opened(api) as client:
        await client.subscribe("1", PRODUCTS, keys=[key("cam1")])
        await client.subscribe("2", FOR_USER, user=user("breaks off"))
        await client.next()
        client.raw.transport.abort()
        await until(lambda: api.live.sockets.open == 0)
    assert api.live.hub.topics == 0
    assert api.live.sockets.by_caller == {}


async def test_at_shutdown_sockets_are_closed_with_a_code(
    settings: Settings, shop: Connection
) -> None:
    api = Server(with_live(settings))
    async with api:
        connected = contextlib.AsyncExitStack()
        client = await connected.enter_async_context(opened(api))
        await client.subscribe("1", PRODUCTS, keys=[key("cam1")])
        await client.next()
    assert (await client.closed())[0] == 1012
    await connected.aclose()
    assert api.live.sockets.open == 0
    assert api.live.hub.topics == 0


OTHER_DOCUMENT = "subscription($keys: [String!]!) { productChanged(keys: $keys) { presence } }"


def with_manifest(settings: Settings, folder: Path, *, trusted_only: bool) -> Settings:
    """Settings with a manifest that has `PRODUCTS` and a query."""
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps({"products-1": PRODUCTS, "query-1": "{ __typename }"}))
    api = with_live(settings).api.model_copy(
        update={"persisted": (manifest,), "trusted_only": trusted_only}
    )
    return settings.model_copy(update={"api": api})


@pytest.mark.parametrize("trusted_only", [True, False])
async def test_a_socket_takes_the_documents_that_http_takes(
    settings: Settings, shop: Connection, tmp_path: Path, trusted_only: bool
) -> None:
    served = with_manifest(settings, tmp_path, trusted_only=trusted_only)
    sha256 = hashlib.sha256(PRODUCTS.encode()).hexdigest()
    hashed = {"persistedQuery": {"version": 1, "sha256Hash": sha256}}
    variables = {"keys": [key("cam1")]}
    taken: list[dict[str, Any]] = [
        {"documentId": "products-1"},
        {"id": "products-1"},
        {"extensions": hashed},
        {"documentId": "products-1", "query": OTHER_DOCUMENT},  # the id counts
    ]
    refused: list[tuple[dict[str, Any], str]] = [
        ({"documentId": "unknown"}, "PERSISTED_QUERY_NOT_FOUND"),
        ({"documentId": "query-1"}, "INVALID_DOCUMENT"),  # no subscription
    ]
    if trusted_only:
        free = [{"query": text} for text in (OTHER_DOCUMENT, PRODUCTS, "{", "{ __typename }")]
        refused += [(payload, "DOCUMENT_NOT_TRUSTED") for payload in free]
        known_text = {"query": PRODUCTS, "documentId": "unknown"}
        refused.append((known_text, "PERSISTED_QUERY_NOT_FOUND"))
    else:
        taken += [{"query": PRODUCTS}, {"query": PRODUCTS, "documentId": "unknown"}]
    async with Server(served) as api, opened(api) as client:
        for number, payload in enumerate(taken):
            message = {"id": f"t{number}", "type": "subscribe"}
            await client.send(**message, payload=payload | {"variables": variables})
            assert await stands(client) == {"key": key("cam1"), "presence": "LISTED"}
        for number, (payload, code) in enumerate(refused):
            message = {"id": f"r{number}", "type": "subscribe"}
            await client.send(**message, payload=payload | {"variables": variables})
            answer = await client.receive()
            assert (answer["id"], answer["type"]) == (f"r{number}", "error"), payload
            assert answer["payload"][0]["extensions"]["code"] == code, payload
        # The refused ones left the others alone.
        assert api.live.hub.topics == 1
        await client.send(id="t0", type="complete")
        await client.send(id="x", type="subscribe", payload={"variables": variables})
        assert await client.closed() == (4400, "The request has no 'query', and no 'documentId'.")


class Issuer:
    """Signs tokens, and the settings of a server that trusts it."""

    def __init__(self, folder: Path) -> None:
        self._key = ed25519.Ed25519PrivateKey.generate()
        public = json.loads(OKPAlgorithm.to_jwk(self._key.public_key()))
        self._jwks = folder / "jwks.json"
        self._jwks.write_text(json.dumps({"keys": [public | {"kid": "one"}]}))

    def trusted_by(self, settings: Settings) -> Settings:
        auth = ApiAuthSettings(jwks=str(self._jwks), audience="shop", leeway=0)
        api = with_live(settings).api.model_copy(update={"auth": auth})
        return settings.model_copy(update={"api": api})

    def token(self, seconds: int) -> str:
        expires = int(time.time()) + seconds
        held = {"sub": "zoe", "aud": "shop", "scope": "catalog:read", "exp": expires}
        return jwt.encode(held, self._key, "EdDSA", headers={"kid": "one"})


async def test_a_socket_ends_with_its_token(
    settings: Settings, shop: Connection, tmp_path: Path
) -> None:
    issuer = Issuer(tmp_path)
    async with (
        Server(issuer.trusted_by(settings)) as api,
        opened(api, bearer=issuer.token(600)) as lasting,
        opened(api, bearer=issuer.token(3)) as running,
        opened(api, bearer=issuer.token(3)) as idle,
        opened(api, bearer=issuer.token(3)) as stubborn,
    ):
        for client in (lasting, running, stubborn):
            await client.subscribe("1", PRODUCTS, keys=[key("cam1")])
            await client.next()
        stubborn.raw.transport.pause_reading()  # never answers the closing handshake
        expired = (4403, "The token has expired. Connect again with a new one.")
        assert await running.closed() == expired
        assert await idle.closed() == expired
        await until(lambda: api.live.sockets.open == 1)
        stubborn.raw.transport.abort()
        # A socket whose token holds goes on.
        await lasting.subscribe("2", PRODUCTS, keys=[key("tea1")])
        assert (await lasting.next())["key"] == key("tea1")
        assert api.live.hub.topics == 2


ANSWERING = """subscription($input: SayInput!) { answering(input: $input) {
  stage plans understood { language intents { name } } statement { text sources }
  sources { number kind productKey }
  turn { conversationKey turnKey number answer { status statements { text } productKeys } } } }"""


async def test_an_answer_is_streamed_and_its_turn_is_kept(api: Server) -> None:
    async with opened(api) as client:
        said = {"text": "How much is the red camera?"}
        await client.subscribe("1", ANSWERING, input=said)
        steps = [await client.next()]
        while steps[-1]["stage"] != "COMPLETE":
            steps.append(await client.next())
        assert (await client.receive())["type"] == "complete"
        assert [step["stage"] for step in steps] == ["UNDERSTOOD", "PLANNED", "STATED", "COMPLETE"]
        assert steps[0]["understood"]["language"] == "en"
        assert '"facts"' in steps[1]["plans"][0]
        assert "100.00 EUR" in steps[2]["statement"]["text"]
        assert steps[2]["statement"]["sources"] == [1]
        assert [source["productKey"] for source in steps[2]["sources"]] == [key("cam1")]
        turn = steps[3]["turn"]
        assert turn["answer"]["statements"] == [{"text": steps[2]["statement"]["text"]}]
        assert turn["answer"]["productKeys"] == [key("cam1")]
        # The conversation goes on by either door.
        more = {"text": "Who makes it?", "conversationKey": turn["conversationKey"]}
        next_turn = await api.mutate(
            """mutation($input: SayInput!) { say(input: $input) {
              ... on SaidTurn { number answer { text } } } }""",
            input=more,
        )
        assert next_turn["say"]["number"] == 2
        assert "Acme" in next_turn["say"]["answer"]["text"]
        await client.subscribe("2", ANSWERING, input={"text": "?", "conversationKey": "mine"})
        refused = await client.receive()
        errors = refused["payload"].get("errors") if refused["type"] == "next" else None
        [error] = errors or refused["payload"]
        assert error["extensions"]["code"] == "INVALID_INPUT"
