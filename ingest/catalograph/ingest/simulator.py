"""Simulated shoppers with known preferences, over a real or invented catalogue.

No shopper here is real, and all their events have the source name `simulated`. Each shopper gets a
taste (favourite categories, a favourite brand, a price band) and makes a few visits; most viewed
products fit that taste, the others are popular ones. A model trained on the events can be checked
against the known taste, and against the last visit of each shopper, which is held out.

The same seed gives the same events on every machine. A shopper's events depend only on the seed and
the shopper's number, so a larger simulation contains the smaller one.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, chain, islice
from math import sqrt
from pathlib import Path
from typing import TypeVar

import orjson

from catalograph.ingest.catalog import describe
from catalograph.ingest.mapping import CatalogMapping, EventMapping, shipped_mapping
from catalograph.ingest.readers import open_feed
from catalograph.schema import EventKind, Node, Rejection

SOURCE = "simulated"
MAPPING = "simulated_events"
FEED_NAME = f"{MAPPING}.jsonl"
"""Name of the events file, for which the shipped mapping is chosen."""

_START = datetime(2026, 1, 5, tzinfo=UTC)
_DAYS = 90
_SMALLEST_CATEGORY = 5
_PRICE_BANDS = 3

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Parameters of the shoppers' behaviour.

    Attributes:
        visits: minimum and maximum number of visits of a shopper.
        products: minimum and maximum number of products viewed in a visit.
        off_taste: share of products viewed regardless of taste.
        brand_pull: factor by which a product of the favourite brand is more likely.
        price_pull: factor by which a product in the price band is more likely.
        elsewhere: relative likelihood of a product of the favourite brand outside the favourite
            categories, compared to a product in them.
        query: share of visits that begin with a search.
        click: share of viewed products that are clicked.
        cart: share of viewed products that go into the basket.
        purchase: share of products in the basket that are bought.
        share: share of viewed products that are shared with a friend.
    """

    visits: tuple[int, int] = (4, 6)
    products: tuple[int, int] = (2, 4)
    off_taste: float = 0.18
    brand_pull: float = 6.0
    price_pull: float = 2.0
    elsewhere: float = 0.5
    query: float = 0.5
    click: float = 0.3
    cart: float = 0.2
    purchase: float = 0.5
    share: float = 0.03


@dataclass(frozen=True, slots=True)
class ShopProduct:
    """A product as a shopper sees it, with its id in the catalogue."""

    id: str
    title: str
    brand: str | None
    category: tuple[str, ...]
    price: float | None
    popularity: float = 0.0


@dataclass(frozen=True, slots=True)
class Taste:
    """The known preferences of a shopper.

    Attributes:
        categories: paths of the favourite categories.
        brand: favourite brand; None in a catalogue without brands.
        prices: lowest and highest price of the band; None without prices.
    """

    categories: tuple[tuple[str, ...], ...]
    brand: str | None
    prices: tuple[float, float] | None

    def fits(self, product: ShopProduct) -> bool:
        """Return whether a product is of a favourite category or the favourite brand."""
        return product.category in self.categories or (
            self.brand is not None and product.brand == self.brand
        )

    def can_afford(self, product: ShopProduct) -> bool:
        """Return whether a product is within the price band."""
        if self.prices is None or product.price is None:
            return False
        return self.prices[0] <= product.price <= self.prices[1]


@dataclass(frozen=True, slots=True)
class Shopper:
    """A simulated shopper."""

    id: str
    taste: Taste


@dataclass(frozen=True, slots=True)
class SimulatedEvent:
    """An event of a simulated shopper.

    Attributes:
        id: id, unique among all seeds.
        shopper: id of the shopper.
        visit: number of the visit, from 0.
        kind: kind of the event.
        time: time of the event.
        product: id of the product; None for a query.
        query: search words of a query.
        value: price, for basket and purchase events.
    """

    id: str
    shopper: str
    visit: int
    kind: EventKind
    time: datetime
    product: str | None = None
    query: str | None = None
    value: float | None = None


@dataclass(frozen=True)
class Simulation:
    """Shoppers and their events, ordered by shopper and time.

    Attributes:
        shoppers: all shoppers.
        events: events of every visit except each shopper's last.
        held_out: events of the last visits; no model may be trained on them.
    """

    shoppers: tuple[Shopper, ...]
    events: tuple[SimulatedEvent, ...]
    held_out: tuple[SimulatedEvent, ...]

    def to_find(self) -> dict[str, frozenset[str]]:
        """Return the products of each shopper's last visit that were not viewed before."""
        seen, later = _products_by_shopper(self.events), _products_by_shopper(self.held_out)
        return {shopper: later[shopper] - seen.get(shopper, frozenset()) for shopper in later}


def read_shop(path: Path | str, mapping: CatalogMapping) -> tuple[ShopProduct, ...]:
    """Read the products of a catalogue feed, ordered by id."""
    found: dict[str, ShopProduct] = {}
    with open_feed(path) as file:
        for row in file.rows():
            if isinstance(row.fields, Rejection):
                continue
            described = describe(row.fields, mapping)
            if not isinstance(described, Rejection):
                product = _shop_product(described.node, described.tails)
                found[product.id] = product
    return tuple(found[id_] for id_ in sorted(found))


def simulate(
    products: Sequence[ShopProduct],
    n_shoppers: int,
    seed: int,
    behaviour: Behaviour | None = None,
) -> Simulation:
    """Generate shoppers and their visits.

    Args:
        products: products on sale, at least one.
        n_shoppers: number of shoppers.
        seed: random seed, which determines the result.
        behaviour: parameters of the shoppers' behaviour.
    """
    shop = _Shop(products)
    behaviour = behaviour or Behaviour()
    shoppers: list[Shopper] = []
    events: list[SimulatedEvent] = []
    held_out: list[SimulatedEvent] = []
    for number in range(n_shoppers):
        # A text seed gives the same numbers on every machine, unlike one from `hash`.
        draw = random.Random(f"{seed}/{number}")  # noqa: S311 - nothing secret is drawn
        shopper = Shopper(f"s{seed}-{number:05}", _taste(shop, draw))
        own = list(_simulate_visits(shopper, shop, behaviour, draw))
        last = own[-1].visit
        shoppers.append(shopper)
        events += [event for event in own if event.visit < last]
        held_out += [event for event in own if event.visit == last]
    return Simulation(tuple(shoppers), tuple(events), tuple(held_out))


def events_mapping(product_source: str) -> EventMapping:
    """Return the shipped mapping of simulated events, for products of the named catalogue."""
    mapping = shipped_mapping(MAPPING)
    if not isinstance(mapping, EventMapping):
        raise TypeError(f"The shipped mapping {MAPPING} is no mapping of events.")
    return mapping.model_copy(update={"product_source": product_source})


def write_events(events: Iterable[SimulatedEvent], path: Path) -> None:
    """Write events as JSONL, for `ingest events`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        for event in events:
            row = {
                "event_id": event.id,
                "shopper_id": event.shopper,
                "event": event.kind,
                "time": event.time,
                "product_id": event.product,
                "query": event.query,
                "value": event.value,
            }
            stream.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))


class _Shop:
    """A catalogue prepared for random sampling."""

    def __init__(self, products: Sequence[ShopProduct]) -> None:
        self.products = tuple(sorted(products, key=lambda p: (-p.popularity, p.id)))
        # Popularity falls with the square root of the rank.
        self.crowd = list(accumulate(1 / sqrt(1 + n) for n in range(len(self.products))))
        self.of_category: dict[tuple[str, ...], list[ShopProduct]] = {}
        self.of_brand: dict[str | None, list[ShopProduct]] = {}
        self.pull: dict[str, float] = {}
        for product in self.products:
            alike = self.of_category.setdefault(product.category, [])
            self.pull[product.id] = 1 / sqrt(1 + len(alike))
            alike.append(product)
            self.of_brand.setdefault(product.brand, []).append(product)
        named = sorted(c for c in self.of_category if c)
        large = [c for c in named if len(self.of_category[c]) >= _SMALLEST_CATEGORY]
        self.categories = large or named

    def fitting(self, taste: Taste) -> list[ShopProduct]:
        """Return the distinct products that fit a taste, in a fixed order."""
        found = [p for c in taste.categories for p in self.of_category[c]]
        branded = self.of_brand[taste.brand] if taste.brand is not None else []
        return found + [p for p in branded if p.category not in taste.categories]


def _taste(shop: _Shop, draw: random.Random) -> Taste:
    sizes = [sqrt(len(shop.of_category[c])) for c in shop.categories]
    wanted = draw.choice((1, 2))
    categories = tuple(islice(_by_weight(shop.categories, sizes, draw), wanted))
    offered = [p for c in categories for p in shop.of_category[c]] or shop.products
    brands = [p.brand for p in offered if p.brand]
    prices = sorted(p.price for p in offered if p.price is not None)
    band = draw.randrange(_PRICE_BANDS)
    edges = [prices[(len(prices) - 1) * n // _PRICE_BANDS] for n in (band, band + 1) if prices]
    return Taste(
        categories,
        draw.choice(brands) if brands else None,
        (edges[0], edges[1]) if edges else None,
    )


def _simulate_visits(
    shopper: Shopper, shop: _Shop, behaviour: Behaviour, draw: random.Random
) -> Iterator[SimulatedEvent]:
    """Yield all events of a shopper ordered by time; no product is viewed in two visits."""
    wishes = _order_wishes(shopper.taste, shop, behaviour, draw)
    number = 0
    days = sorted(draw.sample(range(_DAYS), draw.randint(*behaviour.visits)))
    for visit, day in enumerate(days):
        time = _START + timedelta(days=day, seconds=draw.randint(7 * 3600, 21 * 3600))
        looked_at = list(islice(wishes, draw.randint(*behaviour.products)))
        for kind, product in _steps(looked_at, behaviour, draw):
            time += timedelta(seconds=draw.randint(10, 180))
            told = kind is EventKind.QUERY
            yield SimulatedEvent(
                id=f"e{shopper.id[1:]}-{number:03}",
                shopper=shopper.id,
                visit=visit,
                kind=kind,
                time=time,
                product=None if told else product.id,
                query=_search_words(product) if told else None,
                value=product.price if kind in (EventKind.CART, EventKind.PURCHASE) else None,
            )
            number += 1


def _order_wishes(
    taste: Taste, shop: _Shop, behaviour: Behaviour, draw: random.Random
) -> Iterator[ShopProduct]:
    """Yield distinct products in the order in which a shopper views them, until none is left."""
    fitting = shop.fitting(taste)
    weights = [_appeal(taste, p, behaviour) * shop.pull[p.id] for p in fitting]
    liked = _by_weight(fitting, weights, draw)
    crowd = iter(lambda: draw.choices(shop.products, cum_weights=shop.crowd)[0], None)
    seen: set[str] = set()
    while len(seen) < len(shop.products):
        off_taste = draw.random() < behaviour.off_taste
        product = next(p for p in chain([] if off_taste else liked, crowd) if p.id not in seen)
        seen.add(product.id)
        yield product


def _appeal(taste: Taste, product: ShopProduct, behaviour: Behaviour) -> float:
    """Return the relative likelihood of a product that fits the taste."""
    appeal = 1.0 if product.category in taste.categories else behaviour.elsewhere
    if taste.brand is not None and product.brand == taste.brand:
        appeal *= behaviour.brand_pull
    return appeal * behaviour.price_pull if taste.can_afford(product) else appeal


def _by_weight(things: Sequence[T], weights: Sequence[float], draw: random.Random) -> Iterator[T]:
    """Return all items in weighted random order (Efraimidis and Spirakis 2006)."""
    order = sorted((draw.expovariate(weight), n) for n, weight in enumerate(weights))
    return (things[n] for _, n in order)


def _steps(
    products: Sequence[ShopProduct], behaviour: Behaviour, draw: random.Random
) -> Iterator[tuple[EventKind, ShopProduct]]:
    """Yield the actions of a visit, in order; a query is for its first product."""
    if products and draw.random() < behaviour.query:
        yield EventKind.QUERY, products[0]
    for product in products:
        yield EventKind.VIEW, product
        if draw.random() < behaviour.click:
            yield EventKind.CLICK, product
        if draw.random() < behaviour.cart:
            yield EventKind.CART, product
            if draw.random() < behaviour.purchase:
                yield EventKind.PURCHASE, product
        if draw.random() < behaviour.share:
            yield EventKind.SHARE, product


def _search_words(product: ShopProduct) -> str:
    words = [product.brand, product.category[-1] if product.category else None]
    return " ".join(word for word in words if word) or product.id


def _shop_product(node: Node, tails: Iterable[tuple[str, Node]]) -> ShopProduct:
    """Convert a described product, with its first brand and first category."""
    first: dict[str, Node] = {}
    for relation, tail in tails:
        first.setdefault(relation, tail)
    brand, category = first.get("HAS_BRAND"), first.get("IN_CATEGORY")
    said = node.properties
    return ShopProduct(
        id=str(said["id"]),
        title=str(said["title"]),
        brand=str(brand.properties["name"]) if brand else None,
        category=tuple(category.properties["path"]) if category else (),
        price=said.get("price"),
        popularity=said.get("popularity") or 0.0,
    )


def _products_by_shopper(events: Iterable[SimulatedEvent]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for event in events:
        products = found.setdefault(event.shopper, set())
        if event.product is not None:
            products.add(event.product)
    return {shopper: frozenset(products) for shopper, products in found.items()}
