"""Recommendations with reasons, and what becomes of them once shoppers answer."""

import asyncio
import math
import secrets
from typing import Any

import httpx
import pytest

from catalograph.store import Connection

from .conftest import EDGES, Ask, key, user

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

FIELDS = """servedId model { kind version } items { position score product { key listed }
  reasons { __typename contribution text path { key relation forward }
    ... on SharedFactReason { relation attribute name } ... on OtherReason { count }
    ... on PopularityReason { shoppers } } }"""
FOR_USER = f"""query($user: String, $first: Int!) {{
  recommendations(userKey: $user, first: $first) {{ {FIELDS} }} }}"""
NARROWED = f"""query($brand: String!) {{
  recommendations(first: 10, filter: {{brand: $brand}}) {{ {FIELDS} }} }}"""
FOR_PRODUCT = f"""query($key: String!, $intent: Intent!, $first: Int!) {{
  productRecommendations(key: $key, intent: $intent, first: $first) {{ {FIELDS} }} }}"""
RECORD = """mutation($input: RecordEventInput!) { recordEvent(input: $input) {
  ... on RecordedEvent { key created responded } ... on MutationError { code message } } }"""
FEEDBACK = """{ modelFeedback(kind: PREFERENCE) {
  version live lists items clicked converted clickThrough conversion } }"""


async def recommend(ask: Ask, user_key: str | None, first: int = 10) -> dict[str, Any]:
    answer = await ask(FOR_USER, user=user_key, first=first)
    assert answer["extensions"]["cost"]["statements"] == 1
    found: dict[str, Any] = answer["data"]["recommendations"]
    return found


async def record(ask: Ask, **event: Any) -> dict[str, Any]:
    event = {"source": "shop", "id": secrets.token_hex(8), "kind": "CLICK"} | event
    answer = await ask(RECORD, input=event)
    result: dict[str, Any] = answer["data"]["recordEvent"]
    return result


def keys_of(served: dict[str, Any]) -> list[str]:
    return [item["product"]["key"] for item in served["items"]]


def assert_sums(served: dict[str, Any]) -> None:
    for item in served["items"]:
        contributions = [reason["contribution"] for reason in item["reasons"]]
        assert contributions
        assert abs(math.fsum(contributions) - item["score"]) < 1e-9


async def test_an_unknown_shopper_gets_the_most_popular(ask: Ask) -> None:
    await record(ask, userKey=user("a fan"), productKey=key("tri1"))
    for nobody in (None, user("nobody")):
        served = await recommend(ask, nobody)
        assert served["model"] is None
        assert keys_of(served)[0] == key("tri1")
        assert key("old1") not in keys_of(served)
        assert served["items"][0]["reasons"][0]["__typename"] == "PopularityReason"
        assert_sums(served)


async def test_an_unknown_shopper_chooses_from_what_was_popular_at_publishing(
    ask: Ask, shop: Connection
) -> None:
    everything = keys_of(await recommend(ask, None))
    usual = [key("tea2"), key("old1"), key("bag1"), "product:gone"]
    await asyncio.to_thread(
        shop.execute,
        "MATCH (m:Model {kind: 'preference', live: true}) SET m.popular = $usual",
        usual=usual,
    )
    try:
        chosen = keys_of(await recommend(ask, None))
        narrowed = await ask(NARROWED, brand="brand:leaf")
    finally:
        await asyncio.to_thread(shop.execute, "MATCH (m:Model) REMOVE m.popular")
    # Their order is that of now.
    assert chosen == [k for k in everything if k in usual]
    assert len(chosen) == 2
    leaf = keys_of(narrowed["data"]["recommendations"])
    assert sorted(leaf) == [key("tea1"), key("tea2")]


async def test_an_event_changes_the_very_next_recommendation(ask: Ask) -> None:
    shopper = user("next")
    assert (await recommend(ask, shopper))["model"] is None
    await record(ask, userKey=shopper, productKey=key("tea1"), kind="PURCHASE")
    after_tea = await recommend(ask, shopper)
    # The negative weight towards cam1 does not make it a recommendation.
    assert keys_of(after_tea) == [key("tea2")]
    await record(ask, userKey=shopper, productKey=key("cam1"))
    after_camera = await recommend(ask, shopper)
    assert keys_of(after_camera) == [key(i) for i in ("tea2", "bag1", "cam2", "cam3", "tri1")]
    assert after_camera["model"] == {"kind": "preference", "version": 7}
    await record(ask, userKey=shopper, productKey=key("bag1"))
    assert key("bag1") not in keys_of(await recommend(ask, shopper))


async def test_scores_and_reasons_are_those_of_the_edges(ask: Ask) -> None:
    shopper = user("exact")
    for id_ in ("cam1", "cam2"):
        await record(ask, userKey=shopper, productKey=key(id_), kind="VIEW")
    served = await recommend(ask, shopper)
    assert_sums(served)
    bag = served["items"][0]
    parts = [parts for _, to, parts in EDGES if to == "bag1"]
    assert bag["product"]["key"] == key("bag1")
    assert bag["score"] == pytest.approx(math.fsum(map(math.fsum, parts)))
    told = [
        (r["__typename"], r["path"][0]["key"] if r["path"] else None, r["contribution"])
        for r in bag["reasons"]
    ]
    assert told == [
        ("InteractionReason", key("cam1"), pytest.approx(0.4)),
        # Both name the bag itself as also bought, so the edge between them is the fact.
        ("SharedFactReason", key("cam1"), pytest.approx(0.2)),
        ("SharedFactReason", key("cam1"), pytest.approx(0.1)),
        ("InteractionReason", key("cam2"), pytest.approx(0.1)),
        ("SharedFactReason", key("cam2"), pytest.approx(0.05)),
        ("SharedFactReason", key("cam2"), pytest.approx(0.01)),
    ]
    direct, brand = bag["reasons"][1], bag["reasons"][2]
    assert direct["text"] == "Also bought with “Red camera”."
    assert direct["path"] == [
        {"key": key("cam1"), "relation": None, "forward": True},
        {"key": key("bag1"), "relation": "ALSO_BOUGHT", "forward": True},
    ]
    assert brand["text"] == "Same brand as “Red camera”: Acme."
    assert [step["key"] for step in brand["path"]] == [key("cam1"), "brand:acme", key("bag1")]
    assert [step["forward"] for step in brand["path"]] == [True, True, False]


async def test_parts_without_a_common_fact_are_indirect(ask: Ask) -> None:
    shopper = user("indirect")
    await record(ask, userKey=shopper, productKey=key("cam1"))
    served = await recommend(ask, shopper)
    reasons = {item["product"]["key"]: item["reasons"] for item in served["items"]}
    kinds = [(r["__typename"], r["contribution"]) for r in reasons[key("tri1")]]
    assert kinds == [
        ("InteractionReason", pytest.approx(0.15)),
        ("IndirectReason", pytest.approx(0.05)),
    ]
    # Another colour: its negative part has no common fact and is kept.
    assert ("IndirectReason", pytest.approx(-0.02)) in [
        (r["__typename"], r["contribution"]) for r in reasons[key("cam3")]
    ]


async def test_bad_reviews_and_queries_are_no_history(ask: Ask, shop: Connection) -> None:
    shopper = user("critic")
    for n, (id_, rating) in enumerate({"tea1": 2.0, "cam2": None, "bag1": 2.5}.items()):
        shop.execute(
            "MATCH (p:Product {key: $product}) MERGE (u:User {key: $user}) "
            "CREATE (u)-[:WROTE]->(:Review:Source {key: $key, rating: $rating})-[:REVIEWS]->(p)",
            product=key(id_),
            user=shopper,
            key=f"review:shop:{n}",
            rating=rating,
        )
    await record(ask, userKey=shopper, kind="QUERY", productKey=key("cam3"), query="tea")
    # From cam2 alone; the bag it leads to was disliked.
    assert keys_of(await recommend(ask, shopper)) == [key("cam1")]


async def test_related_products_share_brand_or_category(ask: Ask) -> None:
    answer = await ask(FOR_PRODUCT, key=key("cam1"), intent="RELATED", first=10)
    served = answer["data"]["productRecommendations"]
    assert keys_of(served) == [key("bag1"), key("cam2"), key("cam3")]
    assert answer["extensions"]["cost"]["statements"] == 1
    assert_sums(served)


async def test_complementary_products_are_of_another_leaf_category(ask: Ask) -> None:
    answer = await ask(FOR_PRODUCT, key=key("cam1"), intent="COMPLEMENTARY", first=10)
    served = answer["data"]["productRecommendations"]
    assert [(i["product"]["key"], i["score"]) for i in served["items"]] == [
        (key("bag1"), pytest.approx(0.6)),
        (key("tri1"), pytest.approx(0.15)),
    ]
    assert answer["extensions"]["cost"]["statements"] == 1
    assert_sums(served)


async def test_a_product_without_edges_gets_its_nearest_by_text(ask: Ask) -> None:
    answer = await ask(FOR_PRODUCT, key=key("cam3"), intent="RELATED", first=2)
    served = answer["data"]["productRecommendations"]
    assert served["model"] == {"kind": "text", "version": 2}
    assert keys_of(served) == [key("cam1"), key("cam2")]
    assert served["items"][0]["reasons"][0]["__typename"] == "SimilarityReason"
    assert_sums(served)


async def test_an_unknown_product_is_not_found(ask: Ask) -> None:
    for intent in ("RELATED", "COMPLEMENTARY"):
        answer = await ask(FOR_PRODUCT, key=key("none"), intent=intent, first=2)
        assert [e["extensions"]["code"] for e in answer["errors"]] == ["NOT_FOUND"]


async def test_without_a_live_model_the_code_says_so(ask: Ask, shop: Connection) -> None:
    await asyncio.to_thread(shop.execute, "MATCH (m:Model) SET m.was = m.live, m.live = false")
    try:
        answer = await ask(FOR_USER, user=None, first=5)
    finally:
        await asyncio.to_thread(shop.execute, "MATCH (m:Model) SET m.live = m.was REMOVE m.was")
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "NO_MODEL"
    assert "catalograph embed preference" in error["message"]


async def test_the_same_event_twice_is_one_event(ask: Ask, shop: Connection) -> None:
    event = {"id": "once", "userKey": user("twice"), "productKey": key("tea2")}
    first, second = await record(ask, **event), await record(ask, **event)
    assert first == {"key": "event:shop:once", "created": True, "responded": False}
    assert second == first | {"created": False}
    [row] = shop.execute(
        "MATCH (u:User {key: $user})-[:PERFORMED]->(e:Event:Source)-[:ON]->(p) "
        "RETURN count(*) AS n, collect(e.kind) AS kinds, collect(e.source) AS sources",
        user=user("twice"),
    )
    assert row == {"n": 1, "kinds": ["click"], "sources": ["shop"]}
    other = await record(ask, **event | {"productKey": key("tea1")})
    assert other["code"] == "CONFLICT"


@pytest.mark.parametrize(
    "event",
    [
        {"productKey": "brand:acme"},
        {"productKey": None},
        {"kind": "QUERY", "query": " "},
        {"userKey": "alice@example.org"},
        {"source": "Not A Source"},
        {"id": ""},
        {"id": "x" * 300},
        {"kind": "QUERY", "query": "x" * 2000},
        {"time": "2026-01-01T00:00:00"},
        {"position": -1},
        {"servedId": "x" * 100},
    ],
)
async def test_a_wrong_event_is_refused_and_nothing_written(
    ask: Ask, shop: Connection, event: dict[str, Any]
) -> None:
    count = "MATCH (n) WHERE n:Event OR n:User RETURN count(n) AS n"
    before = shop.execute(count)
    result = await record(ask, **{"userKey": user("wrong"), "productKey": key("tea1")} | event)
    assert result["code"] == "INVALID_INPUT", result
    assert shop.execute(count) == before


async def test_served_list_to_click_to_feedback(
    ask: Ask, client: httpx.AsyncClient, shop: Connection
) -> None:
    before = (await ask(FEEDBACK))["data"]["modelFeedback"][0]
    shopper = user("feedback")
    await record(ask, userKey=shopper, productKey=key("cam1"))
    lists = [await recommend(ask, shopper, first=2) for _ in range(4)]
    shown = keys_of(lists[0])
    answers = [
        await record(ask, productKey=shown[1], servedId=lists[0]["servedId"], kind=kind)
        for kind in ("CLICK", "CLICK", "PURCHASE")
    ]
    answers.append(
        await record(ask, productKey=shown[0], servedId=lists[1]["servedId"], position=0)
    )
    assert [a["responded"] for a in answers] == [True] * 4
    # Not in that list, and no such list.
    for event in (
        {"productKey": key("tea1"), "servedId": lists[2]["servedId"]},
        {"productKey": shown[0], "servedId": "unknown"},
    ):
        assert (await record(ask, **event))["responded"] is False
    rows = shop.execute(
        "MATCH (:Event)-[r:RESPONDS_TO]->(s:Served {key: $key})-[:SERVED_BY]->(m:Model) "
        "RETURN r.position AS position, m.version AS version, s.items AS items",
        key=f"served:{lists[0]['servedId']}",
    )
    assert rows == [{"position": 1, "version": 7, "items": shown}] * 3
    answer = await ask(FEEDBACK)
    newest, oldest = answer["data"]["modelFeedback"]
    assert answer["extensions"]["cost"]["statements"] == 1
    gained = {
        name: newest[name] - before[name] for name in ("lists", "items", "clicked", "converted")
    }
    assert gained == {"lists": 4, "items": 8, "clicked": 2, "converted": 1}
    assert (newest["version"], newest["live"]) == (7, True)
    assert newest["clickThrough"] == newest["clicked"] / newest["lists"]
    assert oldest == {
        "version": 6,
        "live": False,
        "lists": 0,
        "items": 0,
        "clicked": 0,
        "converted": 0,
        "clickThrough": None,
        "conversion": None,
    }


ITEMS = "items { product { key } score reasons { contribution } }"


async def test_a_session_and_a_basket_count_like_recorded_events(ask: Ask) -> None:
    shopper = user("recorded")
    for id_ in ("cam1", "tea1"):
        await record(ask, userKey=shopper, productKey=key(id_))
    recorded = (await ask(FOR_USER, user=shopper, first=10))["data"]["recommendations"]
    chosen = [key("cam1"), key("tea1")]
    session = await ask(
        f"query($s: [SessionEvent!]!) {{ recommendations(session: $s, first: 10) {{ {ITEMS} }} }}",
        s=[{"productKey": one} for one in chosen],
    )
    basket = await ask(
        f"query($k: [String!]!) {{ basketRecommendations(keys: $k, first: 10) {{ {ITEMS} }} }}",
        k=chosen,
    )
    for found in (
        session["data"]["recommendations"],
        basket["data"]["basketRecommendations"],
    ):
        assert keys_of(found) == keys_of(recorded)
        assert [i["score"] for i in found["items"]] == [i["score"] for i in recorded["items"]]
        assert_sums(found)
    refused = await ask(f"{{ basketRecommendations(keys: [], first: 1) {{ {ITEMS} }} }}")
    assert refused["errors"][0]["extensions"]["code"] == "INVALID_INPUT"


async def test_why_tells_the_place_in_the_list(ask: Ask) -> None:
    shopper = user("curious")
    await record(ask, userKey=shopper, productKey=key("cam1"))
    listed = (await recommend(ask, shopper))["items"]
    document = """query($u: String!, $p: String!) { why(userKey: $u, productKey: $p) {
      score product { key } reasons { __typename contribution text } } }"""
    for item in listed:
        answer = await ask(document, u=shopper, p=item["product"]["key"])
        told = answer["data"]["why"]
        assert told["score"] == item["score"]
        assert [r["text"] for r in told["reasons"]] == [r["text"] for r in item["reasons"]]
    nothing = await ask(document, u=shopper, p=key("tea2"))
    assert nothing["data"] == {"why": None}


async def test_what_if_a_fact_counted_for_nothing(ask: Ask) -> None:
    document = """query($s: [SessionEvent!], $f: [String!]) {
      recommendations(session: $s, first: 10) {
        items { product { key } score reasons(first: 100) {
          contribution ... on SharedFactReason { relation path { key } } } } }
      whatIf(session: $s, withoutFacts: $f, first: 10, seen: false) {
        standings { product { key } scoreBefore scoreAfter } } }"""
    chosen = [{"productKey": key("cam1")}]
    listed = (await ask(document, s=chosen))["data"]["recommendations"]["items"]
    fact = next(
        reason["path"][1]["key"]
        for item in listed for reason in item["reasons"] if len(reason.get("path", ())) == 3
    )  # fmt: skip
    answer = await ask(document, s=chosen, f=[fact])
    assert "errors" not in answer, answer
    standings = {s["product"]["key"]: s for s in answer["data"]["whatIf"]["standings"]}
    taken = 0
    for item in listed:
        part = sum(
            reason["contribution"] for reason in item["reasons"]
            if fact in [step["key"] for step in reason.get("path", ())]
        )  # fmt: skip
        taken += part != 0
        standing = standings[item["product"]["key"]]
        assert standing["scoreBefore"] == pytest.approx(item["score"])
        assert standing["scoreAfter"] == pytest.approx(item["score"] - part)
    assert taken
    [error] = (await ask(document, s=chosen, f=[key("cam1")]))["errors"]
    assert (error["extensions"]["code"], "withoutFacts" in error["message"]) == (
        "INVALID_INPUT", True,
    )  # fmt: skip


async def test_what_if_is_the_list_of_the_other_history(ask: Ask) -> None:
    shopper, other = user("before"), user("after")
    for id_ in ("cam1", "tea1"):
        await record(ask, userKey=shopper, productKey=key(id_))
    for id_ in ("cam1", "cam2"):
        await record(ask, userKey=other, productKey=key(id_))
    document = """query($u: String!, $w: [String!], $a: [String!]) {
      whatIf(userKey: $u, without: $w, with: $a, first: 10) { model { version }
        standings { product { key } scoreBefore scoreAfter rankBefore rankAfter } } }"""
    answer = await ask(document, u=shopper, w=[key("tea1")], a=[key("cam2")])
    standings = {s["product"]["key"]: s for s in answer["data"]["whatIf"]["standings"]}
    seen = """query($u: String!) { recommendations(userKey: $u, first: 10, seen: true) {
      items { product { key } score } } }"""
    for name, who in (("Before", shopper), ("After", other)):
        listed = (await ask(seen, u=who))["data"]["recommendations"]["items"]
        assert listed
        for n, item in enumerate(listed, 1):
            standing = standings[item["product"]["key"]]
            assert standing[f"rank{name}"] == n
            assert standing[f"score{name}"] == pytest.approx(item["score"])
    fallen = standings[key("tea2")]
    assert (fallen["rankAfter"], fallen["scoreAfter"]) == (None, None)
