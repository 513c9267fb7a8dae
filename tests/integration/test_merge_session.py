"""An anonymous session becomes part of a shopper's history at the login, and goes with it."""

import secrets
from typing import Any

import pytest

from catalograph.store import Connection, Writer, erase_user

from .conftest import Ask, key, user

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

LIST = """query($user: String) {
  recommendations(userKey: $user, first: 10, diversity: 0) { items { product { key } } } }"""
RECORD = """mutation($input: RecordEventInput!) { recordEvent(input: $input) {
  ... on RecordedEvent { key } ... on MutationError { message } } }"""
MERGE = """mutation($input: MergeSessionInput!) { mergeSession(input: $input) {
  ... on MergedSession { userKey events reviews } ... on MutationError { code message path } } }"""


async def record(ask: Ask, user_key: str, product: str) -> str:
    event = {
        "source": "shop",
        "id": secrets.token_hex(8),
        "kind": "CLICK",
        "userKey": user_key,
        "productKey": key(product),
    }
    result: dict[str, Any] = (await ask(RECORD, input=event))["data"]["recordEvent"]
    return str(result["key"])


async def merge(ask: Ask, session: str, user_key: str | None) -> dict[str, Any]:
    given = {"sessionKey": session, "userKey": user_key}
    result: dict[str, Any] = (await ask(MERGE, input=given))["data"]["mergeSession"]
    return result


async def list_of(ask: Ask, user_key: str) -> list[str]:
    answer = await ask(LIST, user=user_key)
    return [item["product"]["key"] for item in answer["data"]["recommendations"]["items"]]


async def test_the_very_next_list_counts_the_session(ask: Ask, shop: Connection) -> None:
    session, shopper = user("a browser"), user("logs in")
    await record(ask, shopper, "tea1")
    assert await list_of(ask, shopper) == [key("tea2")]
    await record(ask, session, "cam1")
    merged = await merge(ask, session, shopper)
    assert merged == {"userKey": shopper, "events": 1, "reviews": 0}
    assert await list_of(ask, shopper) == [
        key(name) for name in ("tea2", "bag1", "cam2", "cam3", "tri1")
    ]
    assert shop.execute("MATCH (u:User {key: $key}) RETURN u", key=session) == []


async def test_merging_again_moves_nothing_and_late_events_need_another(ask: Ask) -> None:
    session, shopper = user("another browser"), user("comes back")
    await record(ask, session, "cam1")
    assert (await merge(ask, session, shopper))["events"] == 1
    assert (await merge(ask, session, shopper))["events"] == 0
    await record(ask, session, "tea1")
    assert (await merge(ask, session, shopper))["events"] == 1


async def test_a_session_without_a_shopper_yet_makes_one(ask: Ask, shop: Connection) -> None:
    session, shopper = user("first visit"), user("signs up")
    await record(ask, session, "cam1")
    await merge(ask, session, shopper)
    [row] = shop.execute(
        "MATCH (u:User {key: $key}) RETURN u.source AS source, u.sessions AS sessions", key=shopper
    )
    assert row == {"source": "shop", "sessions": [session]}
    unknown = await merge(ask, user("nobody's session"), user("nobody"))
    assert unknown["events"] == 0
    assert shop.execute("MATCH (u:User {key: $key}) RETURN u", key=user("nobody")) == []


async def test_erasing_the_shopper_erases_the_session(ask: Ask, shop: Connection) -> None:
    session, shopper = user("a phone"), user("leaves")
    moved = await record(ask, session, "cam1")
    await merge(ask, session, shopper)
    late = await record(ask, session, "cam2")
    purged: list[str] = []
    report = erase_user(Writer(shop), shopper, purged.extend)
    assert report.records == tuple(sorted((moved, late)))
    assert {session, shopper} <= set(purged)
    for left in (session, shopper):
        assert shop.execute("MATCH (u:User {key: $key}) RETURN u", key=left) == []


async def test_what_is_no_session_is_refused_with_its_place(ask: Ask) -> None:
    shopper = user("refused")
    refused = await merge(ask, "session:abc", shopper)
    assert (refused["code"], refused["path"]) == ("INVALID_INPUT", ["input", "sessionKey"])
    same = await merge(ask, shopper, shopper)
    assert "nothing to merge" in same["message"]
    nobody = await merge(ask, user("a session"), None)
    assert nobody["path"] == ["input", "userKey"]
