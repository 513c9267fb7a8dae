"""Parts of a federated run that need no Flower: vectors, matching, masks, checks of a sum."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from catalograph.embed.federated.blinding import (
    blind_points,
    blind_texts,
    make_secret,
    split_points,
)
from catalograph.embed.federated.contribution import (
    SumRange,
    choose_products,
    count_shop,
    pack,
    products_by_gtin,
    unpack,
)
from catalograph.embed.federated.federation import CoordinatorPlan, ShopPlan, judge_sum
from catalograph.embed.federated.flower_processes import LinkAddress, Tls
from catalograph.embed.federated.gate import find_faults, subtract_own, try_others
from catalograph.embed.federated.masks import draw_masks
from catalograph.embed.recommend import KGEaseConfig, RecommendData, incidence
from catalograph.embed.recommend.counts import PairCounts
from catalograph.embed.recommend.matrices import Csr, row_of_entry
from catalograph.errors import ConfigError, EmbedError
from catalograph.store import GraphSnapshot

ITEMS = 30
KEYS = tuple(f"{n:014}" for n in range(ITEMS))
CONFIG = KGEaseConfig(20.0)


def shoppers(number: int, seed: int = 0, each: int = 6) -> Csr:
    """Shoppers of three tastes, who choose among ten items of theirs."""
    rng = np.random.default_rng(seed)
    users = np.repeat(np.arange(number), each)
    return incidence(users, users % 3 * 10 + rng.integers(10, size=len(users)), (number, ITEMS))


MANY = tuple(f"{n:014}" for n in range(300))


def fans(number: int, seed: int = 0, each: int = 5) -> Csr:
    """Shoppers of fifteen styles, who choose among twenty items of theirs."""
    rng = np.random.default_rng(seed)
    users = np.repeat(np.arange(number), each)
    chosen = users % 15 * 20 + rng.integers(20, size=len(users))
    return incidence(users, chosen, (number, len(MANY)))


def shop(number: int, seed: int = 0) -> PairCounts:
    return PairCounts.of(shoppers(number, seed), KEYS)


def test_a_vector_holds_shoppers_and_all_pairs_once() -> None:
    counts = shop(40)
    vector = pack(counts.pairs, counts.n_shoppers)
    assert len(vector) == 1 + ITEMS * (ITEMS + 1) // 2
    pairs, n = unpack(vector)
    assert n == 40
    assert abs(pairs - counts.pairs).max() == 0
    both, n = unpack(vector + pack(shop(30, 1).pairs, 30))
    assert n == 70
    assert abs(both - counts.pairs - shop(30, 1).pairs).max() == 0


def test_numbers_that_would_be_cut_or_overflow_are_refused() -> None:
    numbers = SumRange(100, 4)
    numbers.require(np.array([0, 100]))
    for wrong in ([101], [-1]):
        with pytest.raises(EmbedError, match="--largest-count"):
            numbers.require(np.array(wrong))
    assert SumRange(2**29 - 1, 4).quantization == 2**30 - 2
    with pytest.raises(EmbedError, match="below 2\\^32"):
        SumRange(2**29, 4)


def test_products_of_two_shops_are_matched_without_being_told() -> None:
    lists = [["a", "b", "c"], ["c", "d", "a"], ["e", "a"]]
    secrets = [make_secret() for _ in lists]
    blinded = []
    for owner, texts in enumerate(lists):
        points = blind_texts(secrets[owner], texts)
        assert not set(split_points(points)) & {text.encode() for text in texts}
        for step in range(1, len(lists)):  # each owner's list meets the secrets in another order
            points = blind_points(secrets[(owner + step) % len(lists)], points)
        blinded.append(split_points(points))
    token = {
        text: point
        for texts, points in zip(lists, blinded, strict=True)
        for text, point in zip(texts, points, strict=True)
    }
    assert len(set(token.values())) == 5
    for texts, found in zip(lists, blinded, strict=True):
        assert [token[text] for text in texts] == found
    assert set(choose_products(blinded)) == {token["a"], token["c"]}
    assert choose_products(lists) == ["a", "c"]
    # With one secret missing, nothing matches.
    assert not set(split_points(blind_texts(secrets[0], lists[0]))) & set(token.values())


def test_masks_cancel_and_depend_on_the_whole_key() -> None:
    shapes = [(1,), (1000,), (30, 20)]
    first, second = (draw_masks(b"shared__key_of_all__", 1 << 32, shapes) for _ in range(2))
    assert all((a == b).all() for a, b in zip(first, second, strict=True))
    assert [mask.shape for mask in first] == shapes
    # Equal when folded to 32 bits, which is all that Flower's own masks depend on.
    other = draw_masks(b"ed__sharkey_of_all__", 1 << 32, shapes)
    assert (first[1] != other[1]).mean() > 0.99
    large = draw_masks(b"x" * 32, 1 << 32, [(100_000,)])[0]
    assert large.min() >= 0
    assert large.max() < 1 << 32
    assert abs(large.mean() / 2**31 - 1) < 0.01
    assert draw_masks(b"x", 1 << 8, [(1000,)])[0].max() < 256


def snapshot(train: Csr) -> GraphSnapshot:
    return GraphSnapshot(
        products=tuple(f"product:t:{n:02}" for n in range(train.shape[1])),
        users=tuple(f"user:t:{n:03}" for n in range(train.shape[0])),
        interaction_users=row_of_entry(train).astype(np.int32),
        interaction_products=train.indices.astype(np.int32),
        facts={},
        parents=(),
        data_hash="hash",
    )


def test_a_shop_counts_what_has_a_gtin_and_no_more_than_the_limit_of_a_shopper() -> None:
    identifiers: list[tuple[str, list[str], str | None]]
    identifiers = [(f"product:t:{n:02}", [KEYS[n], "9" * 14], "mpn") for n in range(20)]
    identifiers += [("product:t:25", [KEYS[3]], None), ("product:t:26", [], "mpn")]
    products = products_by_gtin(identifiers)
    assert len(products) == 20
    assert products[KEYS[3]] == "product:t:03"
    counts = count_shop(snapshot(shoppers(60)), products, most=3, seed=1)
    assert sorted(counts.keys) == list(KEYS[:20])
    assert list(counts.keys) != sorted(counts.keys)
    assert counts.n_shoppers == 40  # the third taste is in products without a GTIN
    assert counts.pairs.diagonal().sum() <= 3 * 40
    whole = count_shop(snapshot(shoppers(60)), products, most=50, seed=1)
    assert abs(whole.place(KEYS[:20]) - shop(60).pairs[:20][:, :20]).max() == 0
    with pytest.raises(EmbedError, match="GTIN"):
        count_shop(snapshot(shoppers(60)), {}, most=3)


def test_an_honest_sum_has_no_fault() -> None:
    own, total = shop(40), shop(40) + shop(50, 1) + shop(60, 2)
    others = subtract_own(total, own)
    assert others.n_shoppers == 110
    assert abs(others.pairs - (shop(50, 1) + shop(60, 2)).pairs).max() == 0
    assert find_faults(others, most=6) is None
    assert (
        find_faults(replace(others, pairs=sp.csr_array((ITEMS, ITEMS), dtype=np.int64)), 6) is None
    )


def change(*entries: tuple[int, int, int]) -> Callable[[PairCounts], PairCounts]:
    def lie(counts: PairCounts) -> PairCounts:
        pairs = counts.pairs.tolil()
        for row, column, value in entries:
            pairs[row, column] = pairs[column, row] = value
        return replace(counts, pairs=sp.csr_array(pairs))

    return lie


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        (change((0, 1, -1)), "below zero"),
        (change((0, 0, 1000)), "more than the"),
        (change((0, 20, 90)), "than of one of them"),
        (change(*((0, item, 9) for item in range(10, ITEMS))), "chosen together"),
        (lambda counts: replace(counts, n_shoppers=-1), "below zero"),
        (lambda counts: replace(counts, n_shoppers=60), "more than 6 products"),
    ],
)
def test_what_cannot_come_from_shoppers_is_found(
    lie: Callable[[PairCounts], PairCounts], words: str
) -> None:
    found = find_faults(lie(shop(100)), most=6)
    assert found is not None
    assert words in found


def test_others_are_used_only_where_own_lists_improve() -> None:
    data = RecommendData(fans(45))
    helpful = try_others(data, PairCounts.of(fans(3_000, 1), MANY).pairs, CONFIG)
    assert helpful.passed, helpful.reason
    rng = np.random.default_rng(0)
    users = np.repeat(np.arange(3_000), 6)
    made = incidence(users, rng.integers(len(MANY), size=len(users)), (3_000, len(MANY)))
    false = PairCounts.of(made, MANY)
    assert find_faults(false, most=6) is None  # made-up shoppers are possible ones
    harmful = try_others(data, false.pairs, CONFIG)
    assert not harmful.passed
    assert "no proof" in harmful.reason
    with pytest.raises(EmbedError, match="two interactions"):
        try_others(RecommendData(fans(45, each=1)), false.pairs, CONFIG)


def test_a_shop_judges_a_sum_by_its_own_products() -> None:
    own = snapshot(fans(45))
    products = {gtin: f"product:t:{n:02}" for n, gtin in enumerate(MANY)}
    others = PairCounts.of(fans(3_000, 1), MANY)
    assert judge_sum(own, products, others, 5).passed
    refused = judge_sum(own, products, change((0, 1, -1))(others), 5)
    assert not refused.passed
    assert refused.comparison is None


def test_nothing_goes_over_a_network_in_the_clear() -> None:
    far, here = LinkAddress.parse("10.0.0.5:9092"), LinkAddress.parse("127.0.0.1:9092")
    assert str(LinkAddress.parse("[::1]:80")) == "[::1]:80"
    for wrong in ("10.0.0.5", "host:port", ":80", "host:0"):
        with pytest.raises(ConfigError, match="HOST:PORT"):
            LinkAddress.parse(wrong)
    ShopPlan(here)
    ShopPlan(far, tls=Tls(Path("ca.pem")))
    with pytest.raises(ConfigError, match="--ca"):
        ShopPlan(far)
    with pytest.raises(ConfigError, match="--certificate"):
        CoordinatorPlan(far, 4, tls=Tls(Path("ca.pem")))
    with pytest.raises(ConfigError, match="3 are needed"):
        CoordinatorPlan(here, 2)


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.8.0.1", True),
        ("localhost", True),
        ("[::1]", True),
        ("10.0.0.5", False),
        ("127.example.com", False),
        ("localhost.example.com", False),
    ],
)
def test_only_addresses_of_this_machine_need_no_certificates(host: str, local: bool) -> None:
    address = LinkAddress.parse(f"{host}:9092")
    assert address.is_local == local
    if not local:
        with pytest.raises(ConfigError, match="over a network"):
            Tls().require(address, server=False)
