"""Mutations: what they write, how they refuse, and that sending twice writes once."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest

from catalograph.api.mutations import idempotency
from catalograph.ingest.quarantine import WriteFailure, open_quarantine
from catalograph.settings import Settings
from catalograph.store import (
    AsyncConnection,
    Connection,
    Writer,
    export_snapshot,
    list_runs,
    resolve_address,
    roll_back_run,
)
from catalograph.store.queries.idempotency import sweep_requests

from .conftest import Ask, key, open_client, user, whole_app

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

WITHDRAWN = {"rows": 1, "withdrawn": 1}
ERROR = "... on MutationError { __typename code message path }"
DOCUMENTS = {
    name: f"""mutation($input: {name[0].upper()}{name[1:]}Input!, $key: String) {{
      {name}(input: $input, idempotencyKey: $key) {{ {wanted} {ERROR} }} }}"""
    for name, wanted in {
        "recordEvent": "... on RecordedEvent { key created responded }",
        "recordEvents": "... on RecordedEvents { results { "
        f"... on RecordedEvent {{ key created }} {ERROR} }} }}",
        "recordFeedback": "... on RecordedFeedback { key kind created productKey position }",
        "writeReview": "... on WrittenReview { key created changed }",
        "upsertProduct": "... on UpsertedProduct { key changed }",
        "withdrawProduct": "... on WithdrawnProduct { key }",
        "eraseUser": "... on ErasedUser { records staleModels }",
    }.items()
}


@pytest.fixture
async def client(settings: Settings, shop: Connection) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server that takes products and purges files."""
    async with open_client(whole_app(settings, shop)) as opened:
        yield opened


async def send(ask: Ask, name: str, once_key: str | None = None, **given: Any) -> dict[str, Any]:
    answer = await ask(DOCUMENTS[name], input=given, key=once_key)
    assert answer.get("errors") is None, answer
    result: dict[str, Any] = answer["data"][name]
    return result


def event(**changed: Any) -> dict[str, Any]:
    return {
        "source": "shop",
        "id": secrets.token_hex(8),
        "kind": "CLICK",
        "userKey": user("mutates"),
        "productKey": key("cam1"),
    } | changed


def review(**changed: Any) -> dict[str, Any]:
    return {
        "source": "shop",
        "userKey": user("writes"),
        "productKey": key("cam1"),
        "rating": 4,
        "title": " Good ",
        "text": "Sharp pictures.",
    } | changed


def nodes(connection: Connection) -> int:
    [row] = connection.execute("MATCH (n) RETURN count(n) AS n")
    count: int = row["n"]
    return count


@pytest.mark.parametrize(
    ("name", "given", "code", "path"),
    [
        ("recordEvent", event(source="Not A Source"), "INVALID_INPUT", ["input", "source"]),
        ("recordEvent", event(id=""), "INVALID_INPUT", ["input", "id"]),
        ("recordEvent", event(userKey="ada@example.com"), "INVALID_INPUT", ["input", "userKey"]),
        ("recordEvent", event(productKey="brand:acme"), "INVALID_INPUT", ["input", "productKey"]),
        ("recordEvent", event(productKey=None), "INVALID_INPUT", ["input", "productKey"]),
        ("recordEvent", event(productKey=key("no")), "NOT_FOUND", ["input", "productKey"]),
        ("recordEvent", event(kind="QUERY"), "INVALID_INPUT", ["input", "query"]),
        ("recordEvent", event(position=-1), "INVALID_INPUT", ["input", "position"]),
        ("recordEvent", event(time="2026-01-01T00:00:00"), "INVALID_INPUT", ["input", "time"]),
        ("recordEvents", {"events": []}, "INVALID_INPUT", ["input", "events"]),
        ("recordEvents", {"events": [event()] * 101}, "INVALID_INPUT", ["input", "events"]),
        ("writeReview", review(rating=11), "INVALID_INPUT", ["input", "rating"]),
        ("writeReview", review(rating=None, text=" "), "INVALID_INPUT", ["input", "rating"]),
        ("writeReview", review(text="x" * 100_001), "INVALID_INPUT", ["input", "text"]),
        ("writeReview", review(text="a\0b"), "INVALID_INPUT", ["input", "text"]),
        ("writeReview", review(productKey=key("no")), "NOT_FOUND", ["input", "productKey"]),
        ("upsertProduct", {"source": "shop", "id": "", "title": "x"}, "INVALID_INPUT",
         ["input", "id"]),
        ("upsertProduct", {"source": "shop", "id": "x", "title": "x", "alsoBought": ["1"] * 500},
         "INVALID_INPUT", ["input", "alsoBought"]),
        ("withdrawProduct", {"source": "shop", "id": "no"}, "NOT_FOUND", ["input", "id"]),
        ("withdrawProduct", {"source": "No", "id": "x"}, "INVALID_INPUT", ["input", "source"]),
        ("eraseUser", {"userKey": "ada"}, "INVALID_INPUT", ["input", "userKey"]),
        ("recordFeedback", {"servedId": "no", "action": "CLICKED", "position": 0}, "NOT_FOUND",
         ["input", "servedId"]),
        ("recordFeedback", {"servedId": "no", "action": "CLICKED"}, "INVALID_INPUT",
         ["input", "position"]),
    ],
)  # fmt: skip
async def test_what_is_refused_says_where_and_writes_nothing(
    ask: Ask, shop: Connection, name: str, given: dict[str, Any], code: str, path: list[str]
) -> None:
    before = nodes(shop)
    refused = await send(ask, name, "a key" if name == "recordEvent" else None, **given)
    assert (refused["code"], refused["path"]) == (code, path)
    assert refused["__typename"] == {"INVALID_INPUT": "InvalidInput", "NOT_FOUND": "NotFound"}[code]
    assert nodes(shop) == before


async def test_a_batch_of_events_has_a_result_for_each(ask: Ask, shop: Connection) -> None:
    first = event(id="batch-1")
    events = [
        first,
        event(id="batch-2", kind="LIKE"),
        event(id="batch-3", userKey="raw"),
        event(id="batch-4", productKey=key("no")),
        first,
        event(id="batch-2", kind="CART"),
        event(id="batch-5", userKey=None, productKey=None, kind="QUERY", query="red"),
    ]
    results = (await send(ask, "recordEvents", events=events))["results"]
    assert results[0] == {"key": "event:shop:batch-1", "created": True}
    assert results[1] == {"key": "event:shop:batch-2", "created": True}
    assert (results[2]["code"], results[2]["path"]) == (
        "INVALID_INPUT",
        ["input", "events", "2", "userKey"],
    )
    assert (results[3]["code"], results[3]["path"]) == (
        "NOT_FOUND",
        ["input", "events", "3", "productKey"],
    )
    assert results[4] == {"key": "event:shop:batch-1", "created": False}
    assert (results[5]["code"], results[5]["path"]) == ("CONFLICT", ["input", "events", "5", "id"])
    assert results[6] == {"key": "event:shop:batch-5", "created": True}
    rows = shop.execute(
        "MATCH (e:Event) WHERE e.id STARTS WITH 'batch-' RETURN e.id AS id ORDER BY id"
    )
    assert [row["id"] for row in rows] == ["batch-1", "batch-2", "batch-5"]
    again = (await send(ask, "recordEvents", events=[event(id="batch-1"), events[-1]]))["results"]
    assert [r["created"] for r in again] == [False, False]


async def test_a_batch_costs_one_statement(ask: Ask) -> None:
    events = [event(productKey=key("tea1")) for _ in range(100)]
    answer = await ask(DOCUMENTS["recordEvents"], input={"events": events})
    assert all(r["created"] for r in answer["data"]["recordEvents"]["results"])
    assert answer["extensions"]["cost"]["statements"] == 1


async def test_a_second_review_takes_the_place_of_the_first(ask: Ask, shop: Connection) -> None:
    written = await send(ask, "writeReview", **review())
    assert (written["created"], written["changed"]) == (True, True)
    assert user("writes") not in written["key"]
    # What was read in the first text, with a value that nothing else mentions.
    shop.execute(
        "MATCH (r:Review {key: $key}) CREATE (r)-[:MENTIONS {sentiment: 'positive'}]->"
        "(:Value {key: 'value:aspect=picture', attribute: 'aspect', name: 'picture'})",
        key=written["key"],
    )
    same = await send(ask, "writeReview", **review())
    assert same == {"key": written["key"], "created": False, "changed": False}
    second = await send(ask, "writeReview", **review(rating=1, text="It broke.", verified=True))
    assert second == {"key": written["key"], "created": False, "changed": True}
    rows = shop.execute(
        "MATCH (:User {key: $user})-[:WROTE]->(r:Review:Source)-[:REVIEWS]->(p) "
        "RETURN r {.rating, .title, .text, .verified} AS review, p.key AS product, "
        "EXISTS { (r)-[:MENTIONS]->() } OR EXISTS { (:Value {name: 'picture'}) } AS mentions",
        user=user("writes"),
    )
    said = {"rating": 1.0, "title": "Good", "text": "It broke.", "verified": True}
    assert rows == [{"review": said, "product": key("cam1"), "mentions": False}]
    other = await send(ask, "writeReview", **review(productKey=key("cam2")))
    assert other["created"] is True


async def test_nobody_overwrites_the_review_of_another(ask: Ask, shop: Connection) -> None:
    mine = await send(ask, "writeReview", **review(id="r1", userKey=user("owner")))
    assert mine["key"] == "review:shop:r1"
    theirs = await send(ask, "writeReview", **review(id="r1", userKey=user("thief"), rating=1))
    assert (theirs["code"], theirs["path"]) == ("CONFLICT", ["input", "id"])
    [row] = shop.execute("MATCH (r:Review {key: 'review:shop:r1'}) RETURN r.rating AS rating")
    assert row["rating"] == 4.0


async def test_a_review_loses_personal_data_if_the_settings_say_so(
    settings: Settings, shop: Connection
) -> None:
    ingest = settings.ingest.model_copy(update={"remove_personal_data": True})
    careful = settings.model_copy(update={"ingest": ingest})
    text = "My husband Peter likes it. 打我手机 138 1234 5678，我叫王小明"
    given = review(id="private", userKey=user("careful"), text=text)
    async with open_client(whole_app(careful, shop)) as client:
        body = {"query": DOCUMENTS["writeReview"], "variables": {"input": given}}
        answer = (await client.post("/graphql", json=body)).json()
    assert answer["data"]["writeReview"]["created"] is True
    [row] = shop.execute("MATCH (r:Review {key: 'review:shop:private'}) RETURN r.text AS text")
    assert row["text"] == "My husband [NAME] likes it. 打我手机 [PHONE]，我叫[NAME]"


LIST = """query($user: String) { recommendations(userKey: $user, first: 3) {
  servedId items { product { key } } } }"""


async def served(ask: Ask, shopper: str) -> tuple[str, list[str]]:
    answer = (await ask(LIST, user=shopper))["data"]["recommendations"]
    return answer["servedId"], [item["product"]["key"] for item in answer["items"]]


def learned_from(connection: Connection, shopper: str) -> set[str]:
    """Products that training counts for a shopper."""
    snapshot = export_snapshot(connection)
    if shopper not in snapshot.users:
        return set()
    chosen = snapshot.interaction_products[
        snapshot.interaction_users == snapshot.users.index(shopper)
    ]
    return {snapshot.products[n] for n in chosen}


async def test_feedback_is_an_event_that_serving_and_training_know(
    ask: Ask, shop: Connection
) -> None:
    shopper = user("gives feedback")
    await send(ask, "recordEvent", **event(userKey=shopper))
    id_, items = await served(ask, shopper)
    given = {"servedId": id_, "userKey": shopper}
    liked = await send(ask, "recordFeedback", **given, action="HELPFUL", position=0)
    assert (liked["kind"], liked["created"], liked["productKey"]) == ("LIKE", True, items[0])
    again = await send(ask, "recordFeedback", **given, action="HELPFUL", productKey=items[0])
    assert again == liked | {"created": False}
    assert learned_from(shop, shopper) == {key("cam1"), items[0]}
    gone = await send(ask, "recordFeedback", **given, action="NOT_HELPFUL", productKey=items[1])
    assert (gone["kind"], gone["position"]) == ("DISMISS", 1)
    assert items[1] not in (await served(ask, shopper))[1]
    taken = await send(ask, "recordFeedback", **given, action="DISMISSED", position=0)
    assert taken["kind"] == "DISMISS"
    assert learned_from(shop, shopper) == {key("cam1")}
    rows = shop.execute(
        "MATCH (:User {key: $user})-[:PERFORMED]->(e)-[r:RESPONDS_TO]->(s:Served) "
        "RETURN e.kind AS kind, r.position AS position ORDER BY e.time",
        user=shopper,
    )
    assert [(r["kind"], r["position"]) for r in rows] == [
        ("like", 0),
        ("dismiss", 1),
        ("dismiss", 0),
    ]
    for wrong, path in (
        ({"position": 99}, "position"),
        ({"productKey": key("old1")}, "productKey"),
        ({"position": 0, "productKey": items[1]}, "position"),
    ):
        refused = await send(ask, "recordFeedback", **given, action="CLICKED", **wrong)
        assert (refused["code"], refused["path"]) == ("INVALID_INPUT", ["input", path])


async def test_anonymous_feedback_counts_for_nobody(ask: Ask, shop: Connection) -> None:
    id_, items = await served(ask, user("nobody in particular"))
    told = await send(ask, "recordFeedback", servedId=id_, action="CLICKED", position=0)
    assert (told["kind"], told["created"]) == ("CLICK", True)
    [row] = shop.execute(
        "MATCH (e:Event {key: $key})-[:ON]->(p) "
        "RETURN p.key AS product, EXISTS { (e)<-[:PERFORMED]-() } AS somebody",
        key=told["key"],
    )
    assert row == {"product": items[0], "somebody": False}


async def test_a_withdrawn_product_goes_with_its_own_facts_and_comes_back(
    ask: Ask, shop: Connection
) -> None:
    new: dict[str, Any] = {"source": "shop", "id": "lamp", "title": "Lamp", "brand": "Lux"}
    new["alsoBought"] = ["cam1"]
    assert (await send(ask, "upsertProduct", **new))["changed"] is True
    writer = Writer(shop)
    writer.finish_run(writer.start_run("test"), {})  # so that the withdrawal is in a run of its own
    gone = await send(ask, "withdrawProduct", source="shop", id="lamp")
    assert gone == {"key": key("lamp")}
    trace = "MATCH (n) WHERE n.key IN [$key, 'brand:lux'] RETURN n.key AS key"
    assert shop.execute(trace, key=key("lamp")) == []
    run = list_runs(shop)[0]
    assert (run.kind, run.status, run.counts) == ("mutations", "finished", WITHDRAWN)
    roll_back_run(writer, run.id)
    assert len(shop.execute(trace, key=key("lamp"))) == 2


async def test_nothing_is_left_of_an_erased_user(
    ask: Ask, shop: Connection, settings: Settings
) -> None:
    shopper = user("to be erased")
    await send(ask, "recordEvent", "ek", **event(id="erase-me", userKey=shopper))
    await send(ask, "recordEvents", "eks", events=[event(id="erase-me-too", userKey=shopper)])
    wrote = await send(ask, "writeReview", "rk", **review(userKey=shopper, text="Forget me."))
    with open_quarantine(settings) as quarantine:
        about: dict[str, Any] = {"detail": "Forget me.", "subject": wrote["key"]}
        quarantine.put([WriteFailure("model", "shop", "", wrote["key"], "model_output", **about)])
    erased = await send(ask, "eraseUser", "xk", userKey=shopper)
    assert erased == {"records": 3, "staleModels": []}
    everything = shop.execute("MATCH (n) RETURN collect(properties(n)) AS all")
    edges = shop.execute("MATCH ()-[r]->() RETURN collect(properties(r)) AS all")
    found = orjson.dumps([everything, edges], default=str).decode()
    for trace in (shopper, "erase-me", "Forget me.", wrote["key"]):
        assert trace not in found
    files = [path for path in settings.home.iterdir() if path.is_file()]
    assert not any(b"Forget me." in path.read_bytes() for path in files)
    assert await send(ask, "eraseUser", "xk", userKey=shopper) == erased
    assert (await send(ask, "eraseUser", userKey=shopper))["records"] == 0


class TestIdempotency:
    """The same key twice."""

    async def test_the_first_answer_comes_again_and_nothing_is_written(
        self, ask: Ask, shop: Connection
    ) -> None:
        given = event()
        first = await send(ask, "recordEvent", "once-1", **given)
        assert first["created"] is True
        before = nodes(shop)
        assert await send(ask, "recordEvent", "once-1", **given) == first
        assert nodes(shop) == before
        # Without the key it is told that it was there.
        assert (await send(ask, "recordEvent", **given))["created"] is False
        batch = {"events": [event(), event(productKey=key("no"))]}
        first = await send(ask, "recordEvents", "once-2", **batch)
        assert await send(ask, "recordEvents", "once-2", **batch) == first
        id_, _ = await served(ask, user("once"))
        told = {"servedId": id_, "action": "SHARED", "position": 1}
        first = await send(ask, "recordFeedback", "once-3", **told)
        assert await send(ask, "recordFeedback", "once-3", **told) == first

    async def test_another_input_is_a_conflict_and_another_mutation_is_not(self, ask: Ask) -> None:
        await send(ask, "recordEvent", "same", **event())
        other = await send(ask, "recordEvent", "same", **event())
        assert (other["__typename"], other["code"]) == ("Conflict", "CONFLICT")
        assert other["path"] == ["idempotencyKey"]
        assert (await send(ask, "writeReview", "same", **review(userKey=user("same"))))["created"]
        for wrong in ("", "x" * 201):
            refused = await send(ask, "recordEvent", wrong, **event())
            assert (refused["code"], refused["path"]) == ("INVALID_INPUT", ["idempotencyKey"])

    async def test_a_refusal_frees_the_key(self, ask: Ask) -> None:
        refused = await send(ask, "recordEvent", "freed", **event(userKey="raw"))
        assert refused["code"] == "INVALID_INPUT"
        assert (await send(ask, "recordEvent", "freed", **event()))["created"] is True

    async def test_of_many_that_send_at_once_one_writes(self, ask: Ask, shop: Connection) -> None:
        given = review(userKey=user("impatient"), text="Now!")
        answers = await asyncio.gather(
            *(send(ask, "writeReview", "at once", **given) for _ in range(12))
        )
        assert all(answer == answers[0] for answer in answers)
        assert answers[0]["created"] is True
        given = event(userKey=user("impatient"))
        inputs = [given | {"id": f"at-once-{n % 2}"} for n in range(10)]
        answers = await asyncio.gather(
            *(send(ask, "recordEvent", "two inputs", **each) for each in inputs)
        )
        codes = [answer.get("code", "written") for answer in answers]
        assert sorted(codes) == ["CONFLICT"] * 5 + ["written"] * 5
        rows = shop.execute("MATCH (e:Event) WHERE e.id STARTS WITH 'at-once-' RETURN e.id AS id")
        assert len(rows) == 1

    async def test_an_expired_answer_is_forgotten(
        self, ask: Ask, shop: Connection, settings: Settings
    ) -> None:
        given = event()
        await send(ask, "recordEvent", "expires", **given)
        past = datetime.now(UTC) - timedelta(seconds=1)
        shop.execute("MATCH (r:Request) SET r.expires = $past", past=past)
        assert (await send(ask, "recordEvent", "expires", **given))["created"] is False
        connection = AsyncConnection(resolve_address(settings))
        await sweep_requests(connection)
        await connection.close()
        assert shop.execute("MATCH (r:Request) RETURN count(r) AS n") == [{"n": 1}]

    async def test_what_a_dead_server_left_undone_is_done(
        self, ask: Ask, shop: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(idempotency, "WAIT_SECONDS", 0.1)
        given = event()
        await send(ask, "recordEvent", "dies", **given)
        # As if the server had died before it kept the answer.
        taken = "MATCH (r:Request) WHERE r.expires > datetime() AND r.users = [$user] "
        shop.execute(taken + "SET r.answer = null", user=given["userKey"])
        waited = await send(ask, "recordEvent", "dies", **given)
        assert (waited["code"], waited["path"]) == ("CONFLICT", ["idempotencyKey"])
        past = datetime.now(UTC) - timedelta(seconds=61)
        shop.execute(taken + "SET r.claimed = $past", user=given["userKey"], past=past)
        done = await send(ask, "recordEvent", "dies", **given)
        assert done["created"] is False  # it was written; the event's own id saw to it
