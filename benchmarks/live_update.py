"""Time from a mutation to the recommendation that it changes, over HTTP.

    python benchmarks/live_update.py --data DIR --json

Loads a folder in the form of amazon_beauty_pgpr and learns preferences, as recommend.py does and
in the same `--home`, starts `catalograph serve`, and then, for shopper after shopper:

- event: `recordEvent` for the first item of the shopper's list, then the list again; it has to
  differ;
- product: `upsertProduct` with the brand and the categories of a product that the shopper
  interacted with and nothing else, then the shopper's list of that brand, 100 long. Where the new
  product is not in it, as others of the brand have shoppers already, the round is counted as
  `not_listed`, not timed.

Milliseconds, from sending the mutation until the changed list arrives. All written data is
deleted at the end.
"""

import json
import random
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
from recommend import arguments_of, percentiles, prepare, served

from catalograph.schema import keys
from catalograph.settings import Settings, load_settings
from catalograph.store import connect, open_store
from catalograph.store.managed_server import child_server

FIRST = 10
MANY = 100
SOURCE = "live-update"
LIST = """query ($user: String!, $first: Int!, $filter: ProductFilter) {
  recommendations(userKey: $user, first: $first, filter: $filter) {
    items { score product { key } reasons { contribution text } } } }"""
EVENT = """mutation ($input: RecordEventInput!) { recordEvent(input: $input) {
  ... on RecordedEvent { key } ... on InvalidInput { message } } }"""
PRODUCT = """mutation ($input: UpsertProductInput!) { upsertProduct(input: $input) {
  ... on UpsertedProduct { key placed dropped } ... on InvalidInput { message } } }"""
FACTS = "query ($key: String!) { product(key: $key) { brands { key name } categories { path } } }"


@dataclass
class Client:
    """Sends requests over HTTP, and remembers the keys of what it wrote."""

    http: httpx.Client
    events: list[str] = field(default_factory=list)
    products: list[str] = field(default_factory=list)
    not_listed: int = 0

    def ask(self, document: str, **variables: Any) -> Any:
        """Return the one field of an answer."""
        body = {"query": document, "variables": variables}
        answer = self.http.post("/graphql", json=body).json()
        if "errors" in answer:
            raise RuntimeError(answer["errors"])
        return next(iter(answer["data"].values()))

    def list_for(self, user: str, first: int = FIRST, **arguments: Any) -> list[str]:
        """Return the keys of a shopper's list."""
        found = self.ask(LIST, user=user, first=first, **arguments)
        return [item["product"]["key"] for item in found["items"]]

    def event(self, user: str) -> float:
        """Return the milliseconds until an event has changed the shopper's list."""
        before = self.list_for(user)
        id_ = str(len(self.events))
        event = {
            "source": SOURCE,
            "id": id_,
            "kind": "CLICK",
            "userKey": user,
            "productKey": before[0],
        }
        began = time.perf_counter()
        written = self.ask(EVENT, input=event)
        after = self.list_for(user)
        took = 1_000 * (time.perf_counter() - began)
        self.events.append(written["key"])
        if before[0] in after or before == after:
            raise RuntimeError(f"The event did not change the list of {user}.")
        return took

    def product(self, user: str, liked: str) -> float | None:
        """Return the milliseconds until a new product is in the shopper's list, or None."""
        facts = self.ask(FACTS, key=liked)
        if not facts["brands"] or not facts["categories"]:
            return None
        brand = facts["brands"][0]
        product = {
            "source": SOURCE,
            "id": str(len(self.products)),
            "title": "A new product",
            "brand": brand["name"],
            "categories": [category["path"] for category in facts["categories"]],
        }
        self.list_for(user, MANY, filter={"brand": brand["key"]})
        began = time.perf_counter()
        written = self.ask(PRODUCT, input=product)
        after = self.list_for(user, MANY, filter={"brand": brand["key"]})
        took = 1_000 * (time.perf_counter() - began)
        self.products.append(str(product["id"]))
        if not written.get("placed"):
            raise RuntimeError(f"{written} was not placed.")
        if written["key"] not in after:
            self.not_listed += 1
            return None
        return took


def liked_products(settings: Settings, users: list[str]) -> dict[str, str]:
    """Return one product that each shopper interacted with."""
    with connect(settings) as connection:
        rows = connection.execute(
            "UNWIND $users AS user MATCH (:User {key: user})-[:PERFORMED]->()-[:ON]->(p:Product) "
            "RETURN user, min(p.key) AS product",
            users=users,
        )
    return {row["user"]: row["product"] for row in rows}


def clean_up(settings: Settings, client: Client) -> None:
    """Delete what was written, so that the graph is as it was when the model was trained."""
    with open_store(settings) as store:
        store.discard(client.events, None)
        written = [keys.source_key(SOURCE, "catalog", id_) for id_ in client.products]
        store.take_back(written)


def main() -> None:
    parser = arguments_of(__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    arguments = parser.parse_args()

    settings = load_settings(home=arguments.home.resolve())
    with child_server(settings, settings.home / "server") as server:
        everyone = prepare(server.settings, arguments.data)
        rng = random.Random(arguments.seed)
        chosen = rng.sample(everyone, min(arguments.rounds, len(everyone)))
        liked = liked_products(server.settings, chosen)
        with (
            served(server.settings) as address,
            httpx.Client(base_url=address, timeout=60) as http,
        ):
            client = Client(http)
            try:
                times = {
                    "event": [client.event(user) for user in chosen],
                    "product": [
                        took
                        for user in chosen
                        if (took := client.product(user, liked[user])) is not None
                    ],
                }
            finally:
                clean_up(server.settings, client)
    result: dict[str, object] = {"rounds": len(chosen), "not_listed": client.not_listed}
    for name, values in times.items():
        warm = values[1:]  # in the first one the database plans the statements
        result[name] = {
            "n": len(warm),
            "first": round(values[0], 2),
            **percentiles(warm),
            "max": round(max(warm), 2),
        }
    print(json.dumps(result, indent=None if arguments.json else 2))


if __name__ == "__main__":
    main()
