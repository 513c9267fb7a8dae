"""A small shop whose shoppers have four tastes, and shoppers elsewhere with the same tastes."""

from typing import Any

import numpy as np

from catalograph.api import create_app
from catalograph.schema import keys
from catalograph.settings import Settings
from catalograph.store import Connection
from tests.integration.conftest import open_client

TASTES, EACH, OWN = 4, 12, 24
NEW = EACH - 1
"""A product of the first taste, which nobody in the graph has chosen."""
LIST = """query ($user: String!) { recommendations(userKey: $user, first: 8, diversity: 0) {
  items { product { key } reasons { text } } } }"""


def product(item: int) -> str:
    return keys.product_key("t", f"{item:02}")


def gtin(item: int) -> str:
    return f"{item:014}"


def shopper(number: int) -> str:
    return keys.user_key("t", str(number), b"a secret of the tests")


def choose(shoppers: int, seed: int, *, new: bool) -> list[list[int]]:
    """Let shoppers choose four products of one taste each."""
    rng = np.random.default_rng(seed)
    return [
        (user % TASTES * EACH + rng.choice(EACH if new else NEW, 4, replace=False)).tolist()
        for user in range(shoppers)
    ]


def write_shop(connection: Connection) -> list[list[int]]:
    """Write products with GTINs, and shoppers; return what these chose."""
    connection.execute(
        "UNWIND $rows AS row MERGE (b:Brand {key: row.brand}) "
        "CREATE (:Product {key: row.key, source: 't', id: row.id, title: row.title, listed: true, "
        "gtins: [row.gtin]})-[:HAS_BRAND]->(b)",
        rows=[
            {
                "key": product(item),
                "id": f"{item:02}",
                "title": f"Thing {item}",
                "gtin": gtin(item),
                "brand": f"brand:{item % 5}",
            }
            for item in range(TASTES * EACH)
        ],
    )
    chosen = choose(OWN, 0, new=False)
    connection.execute(
        "UNWIND $rows AS row MATCH (p:Product {key: row.on}) "
        "MERGE (u:User {key: row.user}) ON CREATE SET u.source = 't' "
        "CREATE (u)-[:PERFORMED]->(:Event {key: row.key, kind: 'view'})-[:ON]->(p)",
        rows=[
            {"user": shopper(user), "key": f"event:t:{user}-{item}", "on": product(item)}
            for user, items in enumerate(chosen)
            for item in items
        ],
    )
    return chosen


async def recommend(settings: Settings, user: int) -> list[str]:
    """Return the keys of the products that GraphQL recommends to a shopper."""
    return [item["product"]["key"] for item in await recommend_items(settings, user)]


async def recommend_items(settings: Settings, user: int) -> list[dict[str, Any]]:
    """Return the items that GraphQL recommends to a shopper."""
    async with open_client(create_app(settings, None)) as client:
        asked = {"query": LIST, "variables": {"user": shopper(user)}}
        answer = (await client.post("/graphql", json=asked)).json()
    assert "errors" not in answer, answer
    items: list[dict[str, Any]] = answer["data"]["recommendations"]["items"]
    return items
