"""Every relation of the ontology, trained, published and served as a reason of its own."""

import math
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from catalograph.api import create_app
from catalograph.cli.served_reasons import measure_served_reasons
from catalograph.embed.jobs import run_jobs
from catalograph.embed.preference import PreferenceConfig
from catalograph.schema import ONTOLOGY, RelationType
from catalograph.schema.graph_types import FactWording, Wording
from catalograph.settings import Settings
from catalograph.store import Connection
from catalograph.store.connection import cypher_loader
from catalograph.store.queries.projection import insertion

from .conftest import Ask, open_client, user

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

PRODUCTS = 16
UNTUNED = {"preference": PreferenceConfig(tuned_products=0)}
ADDED = RelationType(
    "GROWN_BY",
    "Comes from a farm.",
    (("Product", "Brand"),),
    asserted=True,
    wording=FactWording(
        label=Wording("farm", "农场"),
        shared=Wording("From the farm of “{product}”: {name}.", "与“{product}”同农场：{name}。"),
        short=Wording("from the farm {name}", "同农场（{name}）"),
    ),
)
REASONS = """reasons(first: 40) { __typename contribution text chinese: text(locale: ZH) template
  arguments { name value } path { key relation }
  ... on InteractionReason { shoppers } ... on SharedFactReason { relation attribute name }
  ... on IndirectReason { part } }
  shortReasons { contribution text chinese: text(locale: ZH) reasons { template contribution } }"""
ITEMS = f"items {{ product {{ key }} score {REASONS} }}"


def key(n: int) -> str:
    return f"product:t:{n:02}"


@pytest.fixture(scope="module", autouse=True)
def grown_ontology() -> Iterator[None]:
    """Add a relation to the ontology, and nothing anywhere else."""
    before = dict(vars(ONTOLOGY))
    vars(ONTOLOGY)["relations"] = (*ONTOLOGY.relations, ADDED)
    clear_caches()
    yield
    vars(ONTOLOGY).clear()
    vars(ONTOLOGY).update(before)
    for name in ("facts", "_relations", "_nodes"):
        vars(ONTOLOGY).pop(name, None)
    clear_caches()


def clear_caches() -> None:
    for name in ("facts", "_relations"):
        vars(ONTOLOGY).pop(name, None)
    for cached in (cypher_loader._text, cypher_loader.statement, insertion._pieces):
        cached.cache_clear()


@pytest.fixture(scope="module")
def learned(connection: Connection, settings: Settings) -> Connection:
    """Products in pairs that share one fact of each relation, shoppers with events, learned."""
    connection.execute("MATCH (n) WHERE NOT n:GraphState DETACH DELETE n")
    connection.execute(
        "UNWIND range(0, $n - 1) AS n CREATE (p:Product {key: 'product:t:' + right('0' + n, 2), "
        "source: 't', id: toString(n), listed: true, title: 'Good ' + n})",
        n=PRODUCTS,
    )
    for relation in ONTOLOGY.facts:
        if relation.links_products:
            links = "UNWIND range(0, $n - 1, 2) AS n MATCH (p:Product {id: toString(n)}) " + (
                f"MATCH (q:Product {{id: toString(n + 1)}}) CREATE (p)-[:{relation.name}]->(q)"
            )
            connection.execute(links, n=PRODUCTS)
        for _, tail in relation.patterns:
            if tail != "Product":
                connection.execute(
                    "UNWIND range(0, $n - 1) AS n MATCH (p:Product {id: toString(n)}) "
                    f"MERGE (t:{tail} {{key: $prefix + n / 4}}) SET t.name = $name + n / 4 "
                    f"CREATE (p)-[:{relation.name}]->(t)",
                    n=PRODUCTS,
                    prefix={"Value": f"value:{relation.name.lower()}="}.get(
                        tail, f"{tail.lower()}:{relation.name.lower()} "
                    ),
                    name=f"{relation.name.lower()} ",
                )
    # Shopper n chooses products 2n and 2n + 1, seven shoppers those of the first pair.
    connection.execute(
        "UNWIND $rows AS row MERGE (u:User {key: row[0]}) WITH u, row "
        "MATCH (p:Product {id: row[1]}) CREATE (u)-[:PERFORMED]->"
        "(:Event:Source {key: 'event:t:' + row[0] + row[1], kind: 'click'})-[:ON]->(p)",
        rows=[[user(f"u{n}"), str(2 * (n % 8) + m)] for n in range(8) for m in (0, 1)]
        + [[user(f"v{n}"), str(m)] for n in range(6) for m in (0, 1)],
    )
    # Reviews praise the screen of one half, and criticise the battery of all but one product.
    connection.execute(
        "UNWIND range(0, $n - 1) AS n MATCH (p:Product {id: toString(n)}) "
        "MERGE (s:Value {key: 'value:aspect=screen'}) SET s.name = 'screen', s.attribute = 'aspect'"
        "MERGE (b:Value {key: 'value:aspect=battery'}) SET b.name = 'battery' "
        "CREATE (r:Review:Source {key: 'review:t:' + n, rating: 1.0})-[:REVIEWS]->(p) "
        "FOREACH (_ IN CASE WHEN n < $n / 2 THEN [1] ELSE [] END | "
        "  CREATE (r)-[:MENTIONS {sentiment: 'positive'}]->(s)) "
        "FOREACH (_ IN CASE WHEN n > 0 THEN [1] ELSE [] END | "
        "  CREATE (r)-[:MENTIONS {sentiment: 'negative'}]->(b))",
        n=PRODUCTS,
    )
    run_jobs(connection, settings, ["preference"], configs=UNTUNED)
    return connection


@pytest.fixture
async def ask(settings: Settings, learned: Connection) -> Any:
    """Return a function that sends a query and returns its data."""
    async with open_client(create_app(settings)) as client:
        yield lambda document, **variables: send(client, document, variables)


async def send(client: httpx.AsyncClient, document: str, variables: dict[str, Any]) -> Any:
    response = await client.post("/graphql", json={"query": document, "variables": variables})
    answer = response.json()
    assert "errors" not in answer, answer
    return answer["data"]


def item_of(served: dict[str, Any], product: str) -> dict[str, Any]:
    [item] = [item for item in served["items"] if item["product"]["key"] == product]
    found: dict[str, Any] = item
    return found


def told_relations(item: dict[str, Any]) -> set[str]:
    assert abs(math.fsum(r["contribution"] for r in item["reasons"]) - item["score"]) < 1e-9
    return {r["relation"] for r in item["reasons"] if r["__typename"] == "SharedFactReason"}


ALL = {relation.name for relation in ONTOLOGY.facts} | {"MENTIONS", "GROWN_BY"}


async def test_all_statements_tell_every_relation(ask: Ask) -> None:
    session = f"""query($k: String!) {{ a: recommendations(session: [{{productKey: $k}}],
        first: 3) {{ {ITEMS} }}
      b: basketRecommendations(keys: [$k], first: 3) {{ {ITEMS} }}
      c: productRecommendations(key: $k, intent: RELATED, first: 3) {{ {ITEMS} }} }}"""
    data = await ask(session, k=key(2))
    for served in data.values():
        item = item_of(served, key(3))
        assert told_relations(item) == ALL
        assert all(r["__typename"] != "IndirectReason" for r in item["reasons"])
    why = await ask(
        f"""query($k: String!, $u: String!) {{
          why(productKey: $k, userKey: $u) {{ score {REASONS} }} }}""",
        k=key(3),
        u=user("u1"),
    )
    assert told_relations(why["why"]) == ALL


async def test_the_added_relation_is_told_in_its_own_words(ask: Ask) -> None:
    document = f"""query($k: String!) {{ productRecommendations(key: $k, intent: RELATED,
      first: 3) {{ {ITEMS} }} }}"""
    served = (await ask(document, k=key(2)))["productRecommendations"]
    [told] = [r for r in item_of(served, key(3))["reasons"] if r["template"] == "GROWN_BY.shared"]
    assert told["text"] == "From the farm of “Good 2”: grown_by 0."
    assert told["chinese"] == "与“Good 2”同农场：grown_by 0。"
    assert told["arguments"] == [
        {"name": "product", "value": "Good 2"},
        {"name": "relation", "value": "grown by"},
        {"name": "name", "value": "grown_by 0"},
    ]
    assert told["path"] == [
        {"key": key(2), "relation": None},
        {"key": "brand:grown_by 0", "relation": "GROWN_BY"},
        {"key": key(3), "relation": "GROWN_BY"},
    ]


async def test_what_reviews_say_is_told_by_what_they_think(ask: Ask) -> None:
    document = f"""query($k: String!) {{ productRecommendations(key: $k, intent: RELATED,
      first: 3) {{ {ITEMS} }} }}"""
    served = (await ask(document, k=key(2)))["productRecommendations"]
    texts = [r["text"] for r in item_of(served, key(3))["reasons"] if r["template"][:4] == "MENT"]
    assert sorted(texts) == [
        "Reviews criticise the battery, as they do for “Good 2”.",
        "Reviews praise the screen, as they do for “Good 2”.",
    ]


async def test_shoppers_are_named_from_five_on(ask: Ask) -> None:
    document = f"""query($k: String!) {{ productRecommendations(key: $k, intent: RELATED,
      first: 3) {{ {ITEMS} }} }}"""
    many = item_of((await ask(document, k=key(0)))["productRecommendations"], key(1))
    [told] = [r for r in many["reasons"] if r["__typename"] == "InteractionReason"]
    assert told["shoppers"] == 7
    assert many["shortReasons"][0]["text"].startswith("Like “Good 0”: ")
    assert many["shortReasons"][0]["chinese"].startswith("与“Good 0”相比：")
    served = (await ask(document, k=key(2)))["productRecommendations"]
    [few] = [r for r in item_of(served, key(3))["reasons"] if r["template"] == "interactions.few"]
    assert (few["__typename"], few["path"]) == ("OtherReason", [])
    assert "Good" not in few["text"]


async def test_short_reasons_speak_for_the_item(ask: Ask) -> None:
    document = f"""query($k: [String!]!) {{ basketRecommendations(keys: $k, first: 3)
      {{ {ITEMS} }} }}"""
    served = await ask(document, k=[key(n) for n in (0, 2, 4, 6, 8)])
    for item in served["basketRecommendations"]["items"]:
        assert len(item["shortReasons"]) <= 3
        for short in item["shortReasons"]:
            assert short["contribution"] > 0
            assert all(r["contribution"] > 0 for r in short["reasons"])
            assert not any("disliked" in r["template"] for r in short["reasons"])


def test_the_served_lists_are_accounted_for(learned: Connection, settings: Settings) -> None:
    row = measure_served_reasons(settings, users=6, k=3, seed=0)
    assert (row.n, row.config) == (18, {"users": 6, "k": 3})
    assert row.metrics["max_sum_error"] < 1e-9
    kinds = ("fact", "interaction", "few_shoppers", "indirect")
    assert sum(row.metrics[f"{kind}_share"] for kind in kinds) == pytest.approx(1)
    assert row.metrics["indirect_share"] < 0.1


def test_the_opinions_of_a_version_are_removed_with_it(
    learned: Connection, settings: Settings
) -> None:
    count = "MATCH ()-[o:JUDGED_ON]->() RETURN o.slot AS slot, count(*) AS n"
    assert learned.execute(count) == [{"slot": "a", "n": 8 + 15}]
    for _ in range(2):
        run_jobs(learned, settings, ["preference"], force=True, configs=UNTUNED)
    slots = {row["slot"]: row["n"] for row in learned.execute(count)}
    assert slots == {"a": 8 + 15, "b": 8 + 15}
