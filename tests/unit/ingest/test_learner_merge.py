"""What a learner of all rows teaches, the sum of learners of parts of them teaches too."""

import random

import pytest

from catalograph.ingest.conventions import ConventionLearner
from catalograph.ingest.extract.learning import Learner
from catalograph.ingest.mapping import CatalogMapping
from catalograph.ingest.product_ids import ProductIdSample
from catalograph.schema import brand, category, value

ROWS, KEYS = 600, 400


def observe(learner: Learner, n: int) -> None:
    dice = random.Random(n)
    colour = dice.choice(("red", "Red", "deep blue", "grass green"))
    tails = [
        ("HAS_VALUE", value("colour", colour)),
        ("HAS_BRAND", brand(f"Maker {n % 7}")),
        ("IN_CATEGORY", category(("Kitchen", f"Kettles {n % 3}"))),
    ]
    learner.observe(f"product:shop:{n % KEYS}", {"title": f"Kettle {n}, {colour}"}, tails)


@pytest.mark.parametrize("parts", [1, 2, 5])
def test_counts_names_and_sample_add_up(parts: int) -> None:
    whole = Learner()
    learners = [Learner() for _ in range(parts)]
    for n in range(ROWS):
        observe(whole, n)
        observe(learners[n % KEYS % parts], n)  # the rows of a key in one part
    total = Learner()
    for learner in learners:
        total.merge(learner)
    assert (total.asserted, total.names) == (whole.asserted, whole.names)
    taught, wanted = total.finish(), whole.finish()
    assert list(taught.dictionary.entries) == list(wanted.dictionary.entries) != []
    assert taught.absent == wanted.absent


@pytest.mark.parametrize("parts", [1, 2, 5])
def test_neighbouring_parts_have_the_sample_of_the_whole(
    parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the sample has room for some rows of a key only."""
    monkeypatch.setattr("catalograph.ingest.extract.learning._SAMPLE", 101)
    whole, total = Learner(), Learner()
    for n in range(ROWS):
        observe(whole, n)
    for part in range(parts):
        learner = Learner()
        for n in range(ROWS * part // parts, ROWS * (part + 1) // parts):
            observe(learner, n)
        total.merge(learner)
    assert sorted(total.sample, key=lambda row: row[:2]) == sorted(
        whole.sample, key=lambda row: row[:2]
    )


PRICES = ("12,99 €", "1.299", "7 kr", "45", "1.100", "3,50 €")
DATES = ("03/04/2026", "31/01/2026", "2026-05-06")


@pytest.mark.parametrize("rows", [1, 7, 60])
@pytest.mark.parametrize("parts", [2, 3])
def test_conventions_of_neighbouring_parts_are_those_of_the_whole(rows: int, parts: int) -> None:
    mapping = CatalogMapping.model_validate(
        {
            "kind": "catalog",
            "source": "shop",
            "id": ["sku"],
            "title": "name",
            "price": {"column": "price"},
            "released": {"column": "released"},
        }
    )
    dice = random.Random(rows)
    lines = [
        {"sku": n, "name": "x", "price": dice.choice(PRICES), "released": dice.choice(DATES)}
        for n in range(rows)
    ]
    whole, total = ConventionLearner(mapping), ConventionLearner(mapping)
    for line in lines:
        whole.observe(line)
    for part in range(parts):
        learner = ConventionLearner(mapping)
        for line in lines[rows * part // parts : rows * (part + 1) // parts]:
            learner.observe(line)
        total.merge(learner)
    assert total.complete() == whole.complete()
    assert (total.notes(), total.doubts()) == (whole.notes(), whole.doubts())


def test_samples_of_product_ids_add_up() -> None:
    whole, one, two = ProductIdSample(), ProductIdSample(), ProductIdSample()
    for n in range(3_000):
        whole.add(f"p{n}")
        (one if n % 3 else two).add(f"p{n}")
    one.merge(two)
    assert one.ids == whole.ids
    assert len(one.ids) == 1_000
