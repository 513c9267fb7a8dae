"""A small shop for `learn`: shoppers of four styles, which only what they choose tells."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from catalograph.schema import keys
from catalograph.store import Connection

START = datetime(2026, 3, 1, tzinfo=UTC)
STYLES, EACH = 4, 24
PRODUCTS = STYLES * EACH
PUSHED = (7, 8)
"""Products that false events push."""

_PRODUCTS = """
UNWIND $rows AS row
MERGE (b:Brand {key: row.brand}) ON CREATE SET b.name = row.brand
CREATE (p:Product {key: row.key, source: 's', id: row.id, listed: true, title: row.title})
CREATE (p)-[:HAS_BRAND]->(b)
"""
_EVENTS = """
UNWIND $rows AS row
MATCH (p:Product {key: row.product})
MERGE (u:User {key: row.user}) ON CREATE SET u.source = 's'
CREATE (u)-[:PERFORMED]->(:Event {key: row.key, source: 's', id: row.key, kind: 'click',
  time: row.time})-[:ON]->(p)
"""


def product(item: int) -> str:
    """Return the key of a product."""
    return f"product:s:{item:03}"


def shopper(name: object) -> str:
    """Return the key of a shopper."""
    return keys.user_key("s", str(name), b"a secret of the tests")


@dataclass
class LearningShop:
    """Writes products, and the days of its shoppers.

    Attributes:
        connection: connection to the graph.
        shoppers: number of shoppers.
        seed: seed of all chance.
    """

    connection: Connection
    shoppers: int = 120
    seed: int = 0
    chosen: list[set[int]] = field(init=False)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        self.chosen = [set() for _ in range(self.shoppers)]
        self._events = 0

    def write_products(self) -> None:
        """Write the catalogue; brands say nothing of styles."""
        rows = [
            {
                "key": product(item),
                "id": f"{item:03}",
                "title": f"Thing {item}",
                "brand": f"brand:b{item // 7 % 5}",
            }
            for item in range(PRODUCTS)
        ]
        self.connection.execute(_PRODUCTS, rows=rows)

    def spend_day(self, day: int, *, late: bool = False, many: int = 1) -> None:
        """Let each shopper choose products of the own style; late ones after a change of taste."""
        rows = []
        for user in range(self.shoppers):
            for _ in range(many):
                liked = [
                    item
                    for item in range(PRODUCTS)
                    if item % STYLES == user % STYLES
                    and (item // STYLES >= EACH // 2) == late
                    and item not in self.chosen[user]
                ]
                if not liked or self.rng.random() < 0.1:
                    liked = [n for n in range(PRODUCTS) if n not in self.chosen[user]]
                item = int(self.rng.choice(liked))
                self.chosen[user].add(item)
                rows.append(self._event(shopper(user), item, day))
        self.connection.execute(_EVENTS, rows=rows)

    def flood(self, day: int, accounts: int = 150) -> None:
        """Let new accounts choose two products together with twenty others."""
        rows = [
            self._event(shopper(f"false{account}"), int(item), day)
            for account in range(accounts)
            for item in (*PUSHED, *self.rng.choice(PRODUCTS, 20, replace=False))
        ]
        self.connection.execute(_EVENTS, rows=rows)

    def _event(self, user: str, item: int, day: int) -> dict[str, object]:
        self._events += 1
        time = START + timedelta(days=day, seconds=int(self.rng.integers(3_600, 80_000)))
        key = f"event:s:{self._events}"
        return {"key": key, "user": user, "product": product(item), "time": time}
