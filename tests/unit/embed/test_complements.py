"""What goes with what: names of devices, alternatives, what is universal, and the order."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from catalograph.embed.recommend import incidence
from catalograph.embed.recommend.complements import (
    FittedName,
    Goods,
    find_complements,
    name_words,
)
from catalograph.embed.recommend.matrices import Csr

# title, category, what it says it fits
SHOP: list[tuple[str, str, list[str]]] = [
    ("Apple - iPhone 7 32GB - Black", "phones/plans", []),  # 0
    ("Apple - iPhone 7 Plus 128GB - Gold", "phones/plans", []),  # 1
    ("Samsung - Galaxy S7 (Unlocked)", "phones/unlocked", []),  # 2
    ("Case for Apple® iPhone® 7 - Red", "cases", ["Apple® iPhone® 7"]),  # 3
    ("Case for Apple® iPhone® 7 Plus", "cases", ["Apple® iPhone® 7 Plus"]),  # 4
    ("Glass for iPhone 7 and Galaxy S7", "protectors", ["iPhone 7", "Samsung Galaxy S 7"]),  # 5
    ("Case for Samsung Galaxy S7", "cases", ["Samsung Galaxy S7"]),  # 6
    ("Wall charger", "chargers", []),  # 7
    ("Apple certified cable", "chargers", []),  # 8
    ("Car mount for most cell phones", "chargers", ["Cell Phones"]),  # 9
    ("Apple - iPhone 7 Silicone Case", "cases", []),  # 10
]
N = len(SHOP)


def goods(shop: list[tuple[str, str, list[str]]], baskets: Csr | None = None) -> Goods:
    n = len(shop)
    return Goods(
        titles=[title for title, _, _ in shop],
        kinds=[[f"category:{kind}"] for _, kind, _ in shop],
        brands=["Apple", "Samsung"],
        names=[
            FittedName(item, f"value:fits={name.casefold()}", name)
            for item, (_, _, names) in enumerate(shop)
            for name in names
        ],
        baskets=sp.csr_array((0, n)) if baskets is None else baskets,
        choices=sp.csr_array(np.tri(n)[::-1]),  # the first product is the most popular one
    )


def everyone_likes_all(n: int = N) -> Csr:
    return sp.csr_array(1.0 - np.eye(n))


def complements(behaviour: Csr, given: Goods | None = None) -> dict[int, dict[int, str | None]]:
    table = find_complements(given or goods(SHOP), behaviour)
    found: dict[int, dict[int, str | None]] = {}
    for source, target, fits, beside in zip(
        table.sources, table.targets, table.fits, table.beside, strict=True
    ):
        if beside is None:
            found.setdefault(int(source), {})[int(target)] = fits
    return found


def test_spellings_of_one_name_have_the_same_words() -> None:
    assert name_words("Samsung Galaxy S 5") == name_words("SAMSUNG galaxy s5")
    assert name_words("Galaxy S6 edge+") == name_words("Galaxy S6 edge Plus")
    assert name_words("Apple® iPhone® 7") == {"apple", "iphone", "7"}


def test_a_phone_gets_what_fits_it_and_what_fits_all() -> None:
    found = complements(everyone_likes_all())
    assert set(found[0]) == {3, 5, 7, 8, 9, 10}
    assert found[0][3] == "value:fits=apple® iphone® 7"
    assert found[0][7] is None
    assert set(found[1]) == {4, 7, 8, 9}  # no case of the smaller one
    # What is Apple's, by name or by the word in its title, is not for another phone.
    assert set(found[2]) == {5, 6, 7, 9}


def test_alternatives_are_no_complements_though_shoppers_choose_both() -> None:
    found = complements(everyone_likes_all())
    for phone in (0, 1, 2):
        assert not set(found[phone]) & {0, 1, 2}
    assert not set(found[3]) & {4, 6, 10}
    assert {0, 5} <= set(found[3])  # the phone that it fits, and what else fits that


def test_what_fits_needs_no_shopper_and_what_is_universal_does() -> None:
    nobody = sp.csr_array((N, N))
    assert set(complements(nobody)[0]) == {3, 5, 10}


def test_what_fits_comes_first_and_kinds_are_mixed() -> None:
    table = find_complements(goods(SHOP), everyone_likes_all())
    mine = table.targets[table.sources == 0].tolist()
    assert table.places[table.sources == 0].tolist() == list(range(len(mine)))
    assert mine[0] == 3
    assert mine.index(5) == 1  # the second case is too much like the first


@pytest.mark.parametrize("rare", [True, False])
def test_categories_that_baskets_keep_apart_are_alternatives(rare: bool) -> None:
    shop: list[tuple[str, str, list[str]]] = [(f"thing {n}", "abc"[n % 3], []) for n in range(6)]
    rng = np.random.default_rng(0)
    rows, columns = [], []
    for basket in range(300):
        # Products of a and of b are each bought with c, and with each other only if not rare.
        pair = [int(rng.integers(2 if rare else 3)), 2]
        if not rare and pair[0] == 2:
            pair = [0, 1]
        rows += [basket, basket]
        columns += [kind + 3 * int(rng.integers(2)) for kind in pair]
    baskets = incidence(np.array(rows), np.array(columns), (300, 6))
    found = complements(everyone_likes_all(6), goods(shop, baskets))
    assert set(found[0]) == ({2, 5} if rare else {1, 2, 4, 5})


def test_a_product_without_a_category_has_none() -> None:
    bare = goods([("thing", "a", []), ("other", "b", [])])
    lost = Goods(bare.titles, [[], ["category:b"]], (), (), bare.baskets, bare.choices)
    assert complements(everyone_likes_all(2), lost) == {}


def test_what_is_chosen_beside_a_category_fills_the_list() -> None:
    """Shoppers of the other phone chose a charger and its case; nobody chose the iPhone."""
    pairs = [(u, item) for u in range(8) for item in (2, 6, 7)] + [(u, 8) for u in range(8, 30)]
    shop = [(title, "phones" if "phones" in kind else kind, fits) for title, kind, fits in SHOP]
    rows, columns = np.array(pairs).T
    given = replace(goods(shop), choices=incidence(rows, columns, (30, N)))
    table = find_complements(given, sp.csr_array((N, N)))
    rows_of = [n for n in range(len(table.sources)) if table.sources[n] == 0]
    found = {int(table.targets[n]): (table.fits[n], table.beside[n]) for n in rows_of}
    # Not the case of the other phone, no phone, and not what all shoppers choose alike.
    assert found[7] == (None, "category:phones")
    assert 6 not in found
    assert {1, 2}.isdisjoint(found)
    assert 8 not in found
    last = rows_of[-1]
    assert int(table.targets[last]) == 7  # after what fits
    assert table.shares[last] == 1.0
    assert table.places[rows_of].tolist() == list(range(len(rows_of)))
