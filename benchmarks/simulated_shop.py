"""Thirty days of a simulated shop whose recommendations are learned anew each night.

    python benchmarks/simulated_shop.py --json

Shoppers like some genres, which the catalogue knows, and some styles, which it does not: they have
to be learned from what shoppers choose. Each day the active ones find products by themselves, and
see a list of ten over HTTP. They look at a place of the list with a probability that falls with its
number (position bias), and click what they like; the clicks name the list (`servedId`). Each night
`catalograph learn` decides. Two things are planted:

- a change of taste: from one day on, other products are in fashion, of which nothing was known;
- a flood of false events: new accounts choose five products together with the popular ones. The
  night's challenger must not go live. The next morning the false events are taken back.

NDCG@10 of the lists by day, on what the active shoppers find by themselves that day: of the served
lists, of popularity, of the first model as it was (with the shoppers' present histories), and of an
oracle that knows their tastes. The lists of a day are asked for in its morning.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray
from recommend import served

from catalograph.embed.learn import LearnOptions, LearnReport, learn
from catalograph.ml.metrics import ndcg
from catalograph.schema import (
    Node,
    SourceRecord,
    SourceSupport,
    Triple,
    brand,
    category,
    keys,
)
from catalograph.settings import Settings, load_settings
from catalograph.store import Connection, connect, live_models, migrate, open_store
from catalograph.store.managed_server import child_server

SOURCE = "simulated"
SECRET = b"simulated"
FIRST = 10
START = datetime(2025, 1, 1, tzinfo=UTC)
GENRES, STYLES, EACH = 6, 5, 8
LIST = """query ($user: String!) { recommendations(userKey: $user, first: 10) {
  servedId model { version } items { product { key } } } }"""
EVENTS = """mutation ($input: RecordEventsInput!) { recordEvents(input: $input) {
  ... on RecordedEvents { results { ... on RecordedEvent { key }
    ... on MutationError { message } } } ... on MutationError { message } } }"""

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]


@dataclass
class Shop:
    """Products, shoppers and their tastes; what they chose so far.

    Attributes:
        rng: source of all chance.
        shoppers: number of shoppers.
    """

    rng: np.random.Generator
    shoppers: int
    chosen: list[dict[int, datetime]] = field(init=False)

    def __post_init__(self) -> None:
        n = GENRES * STYLES * EACH
        self.n_products = n
        self.genre = np.arange(n) % GENRES
        self.style = np.arange(n) // GENRES % STYLES
        self.late = np.arange(n) // (GENRES * STYLES) % 2 == 1  # in fashion after the change
        self.quality = self.rng.lognormal(0.0, 0.5, n)
        self.genres = self.rng.dirichlet(np.full(GENRES, 0.4), self.shoppers)
        self.styles = self.rng.dirichlet(np.full(STYLES, 0.25), self.shoppers)
        self.chosen = [{} for _ in range(self.shoppers)]

    def liking(self, *, late: bool) -> Floats:
        """Return how much each shopper likes each product; float [shoppers, products]."""
        fashion = np.where(self.late == late, 1.0, 0.02)
        taste = self.genres[:, self.genre] * self.styles[:, self.style]
        return taste * self.quality * fashion + 2e-4

    def find(self, shopper: int, liking: Floats, many: int) -> list[int]:
        """Return products that a shopper finds without help, none chosen before."""
        odds = liking.copy()
        odds[list(self.chosen[shopper])] = 0.0
        found = self.rng.choice(len(odds), many, replace=False, p=odds / odds.sum())
        return [int(item) for item in found]

    def look(self, items: Sequence[int], liking: Floats) -> list[int]:
        """Return the places of a list that a shopper looks at and clicks (position bias)."""
        places = np.arange(len(items))
        seen = self.rng.random(len(items)) < (1.0 + places) ** -0.8
        liked = self.rng.random(len(items)) < np.minimum(1.0, 6.0 * liking[list(items)])
        return [int(n) for n in np.flatnonzero(seen & liked)]


@dataclass
class Api:
    """Client of the running server."""

    http: httpx.Client
    sent: int = 0

    def ask(self, document: str, **variables: Any) -> Any:
        """Return the one field of an answer."""
        body = {"query": document, "variables": variables}
        answer = self.http.post("/graphql", json=body).json()
        if "errors" in answer:
            raise RuntimeError(answer["errors"])
        return next(iter(answer["data"].values()))

    def lists(self, users: Sequence[str]) -> list[dict[str, Any]]:
        """Return the lists of shoppers, four at a time."""
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(lambda user: self.ask(LIST, user=user), users))

    def record(self, events: Sequence[dict[str, Any]]) -> list[str]:
        """Write events; return their keys."""
        written = []
        for start in range(0, len(events), 100):
            rows = [
                {"source": SOURCE, "id": str(self.sent + start + n), **event}
                for n, event in enumerate(events[start : start + 100])
            ]
            done = self.ask(EVENTS, input={"events": rows})
            written += [result["key"] for result in done["results"]]
        self.sent += len(events)
        return written


def product_key(item: int) -> str:
    return keys.product_key(SOURCE, f"{item:04}")


def shopper_key(name: object) -> str:
    return keys.user_key(SOURCE, str(name), SECRET)


def write_catalogue(settings: Settings, shop: Shop) -> None:
    """Write the products, with their genres as categories and chance brands."""
    records = []
    for item in range(shop.n_products):
        key = product_key(item)
        properties = {
            "source": SOURCE,
            "id": f"{item:04}",
            "listed": True,
            "title": f"Product {item} of genre {shop.genre[item]}",
        }
        tails = [
            ("IN_CATEGORY", category([f"Genre {shop.genre[item]}"])),
            ("HAS_BRAND", brand(f"Brand {shop.rng.integers(12)}")),
        ]
        triples = tuple(Triple(key, name, tail, SourceSupport("simulated")) for name, tail in tails)
        source = keys.source_key(SOURCE, "catalog", f"{item:04}")
        records.append(
            SourceRecord(source, SOURCE, "1", (Node("Product", key, properties),), triples)
        )
    with open_store(settings) as store:
        run = store.start_run("simulated")
        store.write_records(records, run)
        store.finish_run(run, {})


@dataclass(frozen=True)
class KeptModel:
    """The weights of a version as they were published."""

    weights: Floats
    half_life: float | None

    @classmethod
    def read(cls, connection: Connection, shop: Shop) -> "KeptModel":
        """Read the edges of the live version."""
        weights = np.zeros((shop.n_products, shop.n_products))
        index = {product_key(item): item for item in range(shop.n_products)}
        for row in connection.execute(
            "MATCH (m:Model {kind: 'preference', live: true}) "
            "MATCH (a:Product)-[w:CO_PREFERRED]->(b:Product) WHERE w.slot = m.slot "
            "RETURN a.key AS a, b.key AS b, w.weight AS weight"
        ):
            weights[index[row["a"]], index[row["b"]]] = row["weight"]
        tuned = live_models(connection)["preference"].config["tuned"]
        return cls(weights, tuned["recency_half_life_days"])

    def rank(self, history: dict[int, datetime]) -> list[int]:
        """Return the list that it would serve for a history."""
        items = list(history)
        newest = max(history.values())
        ages = np.array([(newest - time) / timedelta(days=1) for time in history.values()])
        factors = np.ones(len(items)) if self.half_life is None else 0.5 ** (ages / self.half_life)
        return best(factors @ self.weights[items], history)


def best(scores: Floats, history: dict[int, datetime]) -> list[int]:
    """Return the best items that are not in a history."""
    scores = scores.copy()
    scores[list(history)] = -np.inf
    return [int(item) for item in np.argsort(-scores, kind="stable")[:FIRST]]


def quality(lists: Sequence[Sequence[int]], wanted: Sequence[Sequence[int]]) -> float:
    """Return the mean NDCG@10 of lists on what shoppers found."""
    hits = np.zeros((len(lists), FIRST), bool)
    for row, (items, found) in enumerate(zip(lists, wanted, strict=True)):
        hits[row, : len(items)] = np.isin(items[:FIRST], found)
    return round(float(ndcg(hits, np.array([len(found) for found in wanted])).mean()), 4)


@dataclass
class Simulation:
    """The days of a shop.

    Attributes:
        shop: shoppers and products.
        api: the running server.
        connection: connection for `learn`.
        settings: settings for `learn`.
        change: day from which other products are in fashion.
        flood: day of the false events.
    """

    shop: Shop
    api: Api
    connection: Connection
    settings: Settings
    change: int
    flood: int
    first: KeptModel | None = None

    def warm_up(self, days: int) -> LearnReport:
        """Let shoppers find products before there is a model, and learn for the first time."""
        liking = self.shop.liking(late=False)
        for day in range(-days, 0):
            for shopper in self._active():
                self._write(day, shopper, self.shop.find(shopper, liking[shopper], 2))
            self._send()
        report = self._learn()
        self.first = KeptModel.read(self.connection, self.shop)
        return report

    def run(self, days: int) -> Iterator[dict[str, Any]]:
        """Yield what was measured and decided on each day."""
        for day in range(days):
            liking = self.shop.liking(late=day >= self.change)
            active = self._active()
            told = {"day": day, **self._live_through(day, active, liking)}
            false = self._flood(day) if day == self.flood else []
            report = self._learn()
            [outcome] = report.outcomes
            told |= {
                "decision": str(outcome.decision),
                "version": outcome.version,
                "seconds": round(report.seconds, 1),
            }
            if outcome.comparison is not None:
                told["interval"] = outcome.comparison.as_dict()["interval"]
            if false:
                told |= {
                    "flooded": len(false),
                    "reason": outcome.reason,
                    "suspects": list(outcome.suspects),
                }
                with open_store(self.settings) as store:
                    store.discard(false, None)
            yield told

    def _live_through(self, day: int, active: Sequence[int], liking: Floats) -> dict[str, Any]:
        shop, first = self.shop, self.first
        assert first is not None
        answers = self.api.lists([shopper_key(shopper) for shopper in active])
        shown = [[int(i["product"]["key"][-4:]) for i in a["items"]] for a in answers]
        popular = np.zeros(shop.n_products)
        for history in shop.chosen:
            popular[list(history)] += 1
        rankings = {
            "served": shown,
            "popularity": [best(popular, shop.chosen[s]) for s in active],
            "first_model": [first.rank(shop.chosen[s]) for s in active],
            "oracle": [best(liking[s], shop.chosen[s]) for s in active],
        }
        wanted = [shop.find(s, liking[s], 2) for s in active]
        told = {name: quality(lists, wanted) for name, lists in rankings.items()}
        clicks = 0
        for shopper, items, answer, found in zip(active, shown, answers, wanted, strict=True):
            for place in shop.look(items, liking[shopper]):
                self._write(
                    day, shopper, [items[place]], servedId=answer["servedId"], position=place
                )
                clicks += 1
            self._write(day, shopper, [item for item in found if item not in shop.chosen[shopper]])
        self._send()
        return told | {"lists": len(active), "clicks": clicks}

    def _active(self) -> list[int]:
        return [int(s) for s in np.flatnonzero(self.shop.rng.random(self.shop.shoppers) < 0.7)]

    def _write(self, day: int, shopper: int, items: Sequence[int], **more: Any) -> None:
        for item in items:
            time = START + timedelta(days=day, seconds=int(self.shop.rng.integers(3600, 72_000)))
            self.shop.chosen[shopper][item] = time
            self._waiting.append(self._event(shopper_key(shopper), item, time) | more)

    def _event(self, user: str, item: int, time: datetime) -> dict[str, Any]:
        return {
            "kind": "CLICK",
            "userKey": user,
            "productKey": product_key(item),
            "time": time.isoformat(),
        }

    def _send(self) -> None:
        self.api.record(self._waiting)
        self._waiting.clear()

    def _flood(self, day: int) -> list[str]:
        """Let false accounts choose five products together with popular ones."""
        rng, time = self.shop.rng, START + timedelta(days=day, hours=20)
        popular = np.zeros(self.shop.n_products)
        for history in self.shop.chosen:
            popular[list(history)] += 1
        pushed, usual = np.argsort(popular)[:5], np.argsort(-popular)[:60]
        events = [
            self._event(shopper_key(f"false {account}"), int(item), time)
            for account in range(self.shop.shoppers)
            for item in (*pushed, *rng.choice(usual, 15, replace=False))
        ]
        return self.api.record(events)

    def _learn(self) -> LearnReport:
        report = learn(self.connection, self.settings, LearnOptions(kinds=("preference",)))
        print(json.dumps(report.as_dict()["kinds"]), file=sys.stderr)
        return report

    def __post_init__(self) -> None:
        self._waiting: list[dict[str, Any]] = []


def summarise(days: Sequence[dict[str, Any]], change: int, flood: int) -> dict[str, Any]:
    """Return means before and after the change, when it was followed, and what the flood did."""
    names = ("served", "popularity", "first_model", "oracle")
    spans = {"before_change": days[:change], "after_change": days[change + 2 :]}
    means = {
        span: {name: round(float(np.mean([day[name] for day in part])), 4) for name in names}
        for span, part in spans.items()
        if part
    }
    told: dict[str, Any] = {**means, "published": sum(d["decision"] == "published" for d in days)}
    if change < len(days):
        usual = np.mean([day["served"] / day["oracle"] for day in days[:change]])
        shares = [day["served"] / day["oracle"] / usual for day in days[change:]]
        told["days_to_follow_change"] = {
            name: next((n for n, share in enumerate(shares) if share >= least), None)
            for name, least in (("half", 0.5), ("three_quarters", 0.75), ("whole", 1.0))
        }
    if flood < len(days):
        told["flood_published"] = days[flood]["decision"] == "published"
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--change", type=int, default=14, help="day of the change of taste")
    parser.add_argument("--flood", type=int, default=22, help="day of the false events")
    parser.add_argument("--shoppers", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--home", type=Path, default=Path(".cache/simulated-shop"))
    parser.add_argument("--json", action="store_true", help="print JSON only")
    arguments = parser.parse_args()

    settings = load_settings(home=arguments.home.resolve())
    shop = Shop(np.random.default_rng(arguments.seed), arguments.shoppers)
    with child_server(settings) as server, connect(server.settings) as connection:
        migrate(connection, server.settings.user_secret_fingerprint)
        write_catalogue(server.settings, shop)
        with (
            served(server.settings) as address,
            httpx.Client(base_url=address, timeout=120) as http,
        ):
            simulation = Simulation(
                shop, Api(http), connection, server.settings, arguments.change, arguments.flood
            )
            simulation.warm_up(7)
            days = []
            for day in simulation.run(arguments.days):
                print(json.dumps(day), file=sys.stderr)
                days.append(day)
    result = {
        "shoppers": arguments.shoppers,
        "products": shop.n_products,
        "seed": arguments.seed,
        "summary": summarise(days, arguments.change, arguments.flood),
        "days": days,
    }
    print(json.dumps(result, indent=None if arguments.json else 2))


if __name__ == "__main__":
    main()
