"""Simulated shoppers: the same for a seed, true to planted tastes, no look into the future."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import orjson
import pytest

from catalograph.ingest import EventMapping, find_mapping
from catalograph.ingest.events import EventFeed
from catalograph.ingest.simulator import (
    MAPPING,
    Behaviour,
    ShopProduct,
    Simulation,
    events_mapping,
    read_shop,
    simulate,
    write_events,
)
from catalograph.schema import EventKind
from tests import small_shop

SHOPPERS = 80
DIGEST = """
import hashlib, sys
from pathlib import Path
from catalograph.ingest.simulator import read_shop, simulate, write_events
from tests import small_shop
shop = read_shop(Path(sys.argv[1]), small_shop.MAPPING)
write_events(simulate(shop, 20, 5).events, Path(sys.argv[2]))
print(hashlib.sha256(Path(sys.argv[2]).read_bytes()).hexdigest())
"""


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shop") / "catalog.jsonl"
    small_shop.write_catalog(path)
    return path


@pytest.fixture(scope="module")
def shop(catalog: Path) -> tuple[ShopProduct, ...]:
    return read_shop(catalog, small_shop.MAPPING)


@pytest.fixture(scope="module")
def simulation(shop: tuple[ShopProduct, ...]) -> Simulation:
    return simulate(shop, SHOPPERS, 5)


def test_a_shop_is_read_by_its_mapping(shop: tuple[ShopProduct, ...]) -> None:
    assert len(shop) == 200
    assert shop[0] == ShopProduct(
        id="000",
        title="Aldova wireless headphones",
        brand="Aldova",
        category=("Audio", "Headphones"),
        price=10.0,
        popularity=0.0,
    )


def test_the_same_seed_gives_the_same_events(
    shop: tuple[ShopProduct, ...], simulation: Simulation
) -> None:
    assert simulate(shop, SHOPPERS, 5) == simulation
    assert simulate(tuple(reversed(shop)), SHOPPERS, 5) == simulation
    assert simulate(shop, SHOPPERS, 6).events != simulation.events


def test_hash_randomisation_changes_nothing(catalog: Path, tmp_path: Path) -> None:
    digests = set()
    for hash_seed in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", DIGEST, str(catalog), str(tmp_path / "events.jsonl")],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(done.stdout)
    assert len(digests) == 1


def test_a_larger_simulation_holds_the_smaller_one(
    shop: tuple[ShopProduct, ...], simulation: Simulation
) -> None:
    few = simulate(shop, 10, 5)
    assert simulation.shoppers[:10] == few.shoppers
    assert simulation.events[: len(few.events)] == few.events


def test_tastes_are_of_the_shop(shop: tuple[ShopProduct, ...], simulation: Simulation) -> None:
    for shopper in simulation.shoppers:
        taste = shopper.taste
        assert 1 <= len(taste.categories) <= 2
        assert set(taste.categories) <= set(small_shop.KINDS)
        assert taste.brand in small_shop.BRANDS
        assert taste.prices is not None
        assert 10 <= taste.prices[0] <= taste.prices[1] < 100
        assert any(taste.fits(p) and taste.can_afford(p) for p in shop)


def test_most_products_are_to_the_planted_taste(
    shop: tuple[ShopProduct, ...], simulation: Simulation
) -> None:
    by_id = {product.id: product for product in shop}
    tastes = {shopper.id: shopper.taste for shopper in simulation.shoppers}
    pairs = {(e.shopper, e.product) for e in simulation.events if e.product is not None}
    fitting = sum(tastes[shopper].fits(by_id[product]) for shopper, product in pairs)
    # 18 % are looked at without regard to taste, and some of those happen to be to it.
    assert 0.82 < fitting / len(pairs) < 0.92
    own = sum(by_id[product].brand == tastes[shopper].brand for shopper, product in pairs)
    assert own / len(pairs) > 2 / len(small_shop.BRANDS)


def test_no_taste_is_left_when_all_is_noise(shop: tuple[ShopProduct, ...]) -> None:
    simulation = simulate(shop, SHOPPERS, 5, Behaviour(off_taste=1.0))
    counts = Counter(e.product for e in simulation.events if e.product is not None)
    by_popularity = sorted(shop, key=lambda p: -p.popularity)
    top = sum(counts[p.id] for p in by_popularity[:20])
    bottom = sum(counts[p.id] for p in by_popularity[-20:])
    assert top > 2 * bottom


def test_the_last_visit_is_held_out_and_lies_after_all_others(simulation: Simulation) -> None:
    shoppers = [shopper.id for shopper in simulation.shoppers]
    assert sorted({e.shopper for e in simulation.events}) == shoppers
    assert sorted({e.shopper for e in simulation.held_out}) == shoppers
    for shopper in shoppers:
        before = [e for e in simulation.events if e.shopper == shopper]
        after = [e for e in simulation.held_out if e.shopper == shopper]
        assert max(e.time for e in before) < min(e.time for e in after)
        assert {e.visit for e in after} == {max(e.visit for e in before) + 1}
        seen = {e.product for e in before if e.product is not None}
        wanted = simulation.to_find()[shopper]
        assert wanted
        assert not wanted & seen
    assert not {e.id for e in simulation.events} & {e.id for e in simulation.held_out}


def test_events_are_in_order_and_of_all_kinds(simulation: Simulation) -> None:
    ids = [e.id for e in simulation.events]
    assert len(set(ids)) == len(ids)
    assert {e.kind for e in simulation.events} == set(EventKind) - {
        EventKind.REVIEW,
        EventKind.DISMISS,
        EventKind.LIKE,
    }
    for event in simulation.events:
        assert (event.product is None) == (event.kind is EventKind.QUERY) == bool(event.query)
        assert (event.value is not None) == (event.kind in (EventKind.CART, EventKind.PURCHASE))


def test_a_shop_of_few_products_without_anything_to_like_runs_out() -> None:
    bare = [ShopProduct(str(n), f"Thing {n}", None, (), None) for n in range(3)]
    simulation = simulate(bare, 4, 1)
    assert all(s.taste.categories == () and s.taste.brand is None for s in simulation.shoppers)
    for shopper in simulation.shoppers:
        own = {e.product for e in simulation.events if e.shopper == shopper.id} - {None}
        assert own <= {"0", "1", "2"}


def test_events_are_written_in_the_form_of_the_shipped_mapping(
    simulation: Simulation, tmp_path: Path
) -> None:
    path = tmp_path / "simulated_events.jsonl"
    write_events(simulation.events, path)
    rows = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    assert len(rows) == len(simulation.events)
    mapping = events_mapping("small-shop")
    assert mapping.source == "simulated"
    shipped = find_mapping(MAPPING)
    assert isinstance(shipped, EventMapping)
    assert shipped.product_source == "bestbuy"
    feed = EventFeed(mapping, b"secret")
    for event, row in zip(simulation.events, rows, strict=True):
        built = feed.build(row)
        assert built.rejections == ()
        record = built.record
        assert record is not None
        assert record.node.key == f"event:simulated:{event.id}"
        assert record.product == (event.product and f"product:small-shop:{event.product}")
        assert record.node.properties["time"] == event.time
        assert record.node.properties["query"] == event.query
        assert record.node.properties["value"] == event.value
