"""Trends, overviews, profiles, neighbourhoods and paths over a shop with planted events."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from catalograph.store import Connection

from .conftest import Ask, key, user

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]
NOW = datetime(2026, 3, 1, tzinfo=UTC)
# product, days before NOW, how many
EVENTS = [("cam1", 2, 9), ("cam1", 9, 4), ("bag1", 3, 4), ("tea1", 10, 6), ("old1", 1, 50)]
# product, days before NOW, stars, sentiment on "battery"
REVIEWS = [("bag1", 1, 5.0, "positive"), ("bag1", 2, 5.0, "positive"), ("cam1", 3, 1.0, "negative")]


@pytest.fixture(scope="module")
def busy(shop: Connection) -> Connection:
    """The shop with events and reviews of one shopper."""
    shop.execute("CREATE (:User {key: $user, source: 'shop'})", user=user("busy"))
    events = [
        {"on": key(id_), "key": f"event:shop:{id_}-{days}-{n}", "time": NOW - timedelta(days=days)}
        for id_, days, count in EVENTS
        for n in range(count)
    ]
    shop.execute(
        "UNWIND $rows AS row MATCH (p:Product {key: row.on}) MATCH (u:User {key: $user}) "
        "CREATE (u)-[:PERFORMED]->(:Event:Source {key: row.key, kind: 'view', time: row.time})"
        "-[:ON]->(p)",
        rows=events,
        user=user("busy"),
    )
    reviews = [
        {"on": key(id_), "n": n, "time": NOW - timedelta(days=days), "stars": stars, "how": how}
        for n, (id_, days, stars, how) in enumerate(REVIEWS)
    ]
    shop.execute(
        "MERGE (v:Value {key: 'value:aspect=battery'}) SET v.attribute = 'aspect', "
        "v.name = 'battery' WITH v UNWIND $rows AS row MATCH (p:Product {key: row.on}) "
        "MATCH (u:User {key: $user}) CREATE (u)-[:WROTE]->(r:Review:Source "
        "{key: 'review:shop:' + row.n, source: 'shop', rating: row.stars, time: row.time})"
        "-[:REVIEWS]->(p) CREATE (r)-[:MENTIONS {sentiment: row.how, confidence: 1.0, "
        "extractor: 'test', version: '1'}]->(v)",
        rows=reviews,
        user=user("busy"),
    )
    return shop


async def test_products_trend_by_growth_and_opinion(ask: Ask, busy: Connection) -> None:
    answer = await ask(
        """query($until: DateTime!) { trending(first: 5, days: 7, until: $until) {
          product { key title } score recent earlier reviews rating positive negative } }""",
        until=NOW.isoformat(),
    )
    assert "errors" not in answer, answer
    found = answer["data"]["trending"]
    assert [t["product"]["key"] for t in found] == [key("bag1"), key("cam1")]
    bag, cam = found
    assert (bag["recent"], bag["earlier"], bag["reviews"], bag["rating"]) == (4, 0, 2, 5.0)
    assert (bag["positive"], bag["negative"]) == (4, 0)
    assert bag["score"] == pytest.approx(4 / 4**0.5 + 0.5 * 4 / 5**0.5)
    assert cam["score"] == pytest.approx(5 / 13**0.5 - 0.5 * 2 / 3**0.5)
    assert answer["extensions"]["cost"]["statements"] == 1


async def test_a_brand_and_a_category_in_numbers(ask: Ask, busy: Connection) -> None:
    weeks = (datetime.now(UTC) - NOW).days // 7 + 10
    fields = """products prices { low median high } ratings { stars count } averageRating events
      shareOfEvents eventsTrend sentimentTrend
      weeks { week events reviews positive negative topics { name positive negative } }"""
    answer = await ask(
        f"""query($weeks: Int!) {{
          brandOverview(key: "brand:acme", weeks: $weeks) {{ {fields} }}
          categoryOverview(key: "category:food", weeks: $weeks) {{ {fields} }} }}""",
        weeks=min(weeks, 104),
    )
    assert "errors" not in answer, answer
    acme, food = answer["data"]["brandOverview"], answer["data"]["categoryOverview"]
    assert acme["products"] == 3
    assert acme["prices"] == {"low": 20.0, "median": 100.0, "high": 120.0}
    assert acme["ratings"] == [{"stars": 5, "count": 2}, {"stars": 1, "count": 1}]
    assert acme["averageRating"] == pytest.approx(11 / 3)
    assert acme["events"] == 17
    assert acme["shareOfEvents"] == pytest.approx(17 / 73)
    assert sum(week["events"] for week in acme["weeks"]) == 17
    assert sum(week["reviews"] for week in acme["weeks"]) == 3
    topics = [topic for week in acme["weeks"] for topic in week["topics"]]
    assert {topic["name"] for topic in topics} == {"battery"}
    assert sum(topic["positive"] for topic in topics) == 2
    assert acme["eventsTrend"] == pytest.approx(13 - 4)
    assert (food["products"], food["events"], food["ratings"]) == (2, 6, [])
    assert food["averageRating"] is food["sentimentTrend"] is food["eventsTrend"] is None


async def test_a_profile_is_what_was_chosen(ask: Ask, busy: Connection) -> None:
    document = """query($user: String!) { userProfile(userKey: $user) { events { kind count }
      reviews averageRating firstSeen lastSeen products prices brands { name count }
      categories { key count } values { name count } chosen { key title kind time } } }"""
    answer = await ask(document, user=user("busy"))
    assert "errors" not in answer, answer
    profile = answer["data"]["userProfile"]
    assert profile["events"] == [{"kind": "view", "count": 73}]
    assert (profile["reviews"], profile["products"]) == (3, 4)
    assert profile["averageRating"] == pytest.approx(11 / 3)
    assert profile["prices"] == [1.0, pytest.approx(12.5), 100.0]
    assert profile["brands"] == [{"name": "Acme", "count": 3}, {"name": "Leaf", "count": 1}]
    assert profile["firstSeen"].startswith("2026-02-19")
    assert len(profile["chosen"]) == profile["products"]
    times = [one["time"] for one in profile["chosen"]]
    assert times == sorted(times, reverse=True)
    assert {one["kind"] for one in profile["chosen"]} <= {"view", "review"}
    assert (await ask(document, user=user("nobody")))["data"] == {"userProfile": None}


def parts(drawing: dict[str, Any]) -> tuple[set[str], set[tuple[str, str, str]]]:
    nodes = {node["key"] for node in drawing["nodes"]}
    return nodes, {(e["head"], e["relation"], e["tail"]) for e in drawing["edges"]}


async def test_a_neighbourhood_shows_facts_and_no_shopper(ask: Ask, busy: Connection) -> None:
    document = """query($key: String!) { neighbourhood(key: $key, first: 50) {
      nodes { key label name } edges { head relation tail } } }"""
    answer = await ask(document, key=key("cam1"))
    nodes, edges = parts(answer["data"]["neighbourhood"])
    around = {"brand:acme", "category:photo/cameras", "value:colour=red", key("bag1")}
    assert nodes == around | {key("cam1")}
    assert (key("cam1"), "HAS_BRAND", "brand:acme") in edges
    assert len(edges) == 4
    assert (await ask(document, key="brand:none"))["data"] == {"neighbourhood": None}
    for refused in (user("busy"), "review:shop:0", "GraphState", "' OR 1=1"):
        [error] = (await ask(document, key=refused))["errors"]
        assert error["extensions"]["code"] == "INVALID_INPUT"


async def test_a_neighbourhood_is_narrowed_and_says_how_sure_it_is(
    ask: Ask, busy: Connection
) -> None:
    document = """query($key: String!, $first: Int! = 50, $direction: EdgeDirection! = BOTH,
      $filter: EdgeFilter) {
      neighbourhood(key: $key, first: $first, direction: $direction, filter: $filter) {
        totalCount nodes { key }
        edges { head relation tail confidence imputed assertionId } } }"""

    async def drawn(**variables: Any) -> dict[str, Any]:
        answer = await ask(document, **variables)
        assert "errors" not in answer, answer
        found: dict[str, Any] = answer["data"]["neighbourhood"]
        return found

    brand = await drawn(key=key("cam1"), filter={"relations": ["HAS_BRAND"]})
    [edge] = brand["edges"]
    assert (edge["confidence"], edge["imputed"], brand["totalCount"]) == (1.0, False, 1)
    node = await ask(
        "query($id: ID!) { node(id: $id) { ... on Assertion { key supports { origin } } } }",
        id=edge["assertionId"],
    )
    assert node["data"]["node"]["key"] == f"assertion:{key('cam1')}\tHAS_BRAND\tbrand:acme"
    # A brand has incoming edges alone; those that do not fit are counted.
    assert (await drawn(key="brand:acme", direction="OUTGOING"))["edges"] == []
    some = await drawn(key="brand:acme", direction="INCOMING", first=2)
    assert (len(some["edges"]), some["totalCount"]) == (2, 4)
    # Each relation has its share of what is shown.
    few = await drawn(key=key("cam1"), first=3)
    assert (len({one["relation"] for one in few["edges"]}), few["totalCount"]) == (3, 4)
    # What follows from a key needs no record, so it is sure, and never a guess.
    parent = {"key": "category:photo/cameras", "filter": {"minConfidence": 1}}
    child = [one for one in (await drawn(**parent))["edges"] if one["relation"] == "CHILD_OF"]
    assert [(one["confidence"], one["assertionId"]) for one in child] == [(None, None)]
    assert (await drawn(key=key("cam1"), filter={"imputed": True}))["edges"] == []
    refusals = ({"relations": ["WROTE"]}, {"minConfidence": 1.5})
    for refused in refusals:
        [error] = (await ask(document, key=key("cam1"), filter=refused))["errors"]
        assert error["extensions"]["code"] == "INVALID_INPUT"


async def test_paths_join_two_products(ask: Ask, busy: Connection) -> None:
    document = """query($from: String!, $to: String!) { paths(from: $from, to: $to, first: 5) {
      nodes { key } edges { head relation tail } } }"""
    answer = await ask(document, **{"from": key("cam1"), "to": key("cam2")})
    found = answer["data"]["paths"]
    middles = {path["nodes"][1]["key"] for path in found}
    assert middles == {"brand:acme", "category:photo/cameras", key("bag1")}
    assert all(len(path["edges"]) == 2 for path in found)
    nothing = await ask(document, **{"from": key("tea1"), "to": key("tea1")})
    assert nothing["data"] == {"paths": []}


async def test_paths_join_other_nodes_over_the_relations_that_are_asked_for(
    ask: Ask, busy: Connection
) -> None:
    document = """query($from: String!, $to: String!, $filter: EdgeFilter) {
      paths(from: $from, to: $to, first: 5, filter: $filter) {
        nodes { key } edges { relation confidence imputed } } }"""
    ends = {"from": "brand:acme", "to": "value:colour=red"}
    found = (await ask(document, **ends))["data"]["paths"]
    assert key("cam1") in {path["nodes"][1]["key"] for path in found}
    for path in found:
        keys = [node["key"] for node in path["nodes"]]
        assert [keys[0], keys[-1], len(keys)] == [ends["from"], ends["to"], 3]
        assert {edge["confidence"] for edge in path["edges"]} == {1.0}
    cameras = {"from": key("cam1"), "to": key("cam2")}
    found = await ask(document, **cameras, filter={"relations": ["HAS_BRAND"], "minConfidence": 1})
    assert [len(path["nodes"]) for path in found["data"]["paths"]] == [3]
    assert (await ask(document, **cameras, filter={"imputed": True}))["data"] == {"paths": []}
    [error] = (await ask(document, **{"from": user("busy"), "to": key("cam1")}))["errors"]
    assert error["extensions"]["code"] == "INVALID_INPUT"
