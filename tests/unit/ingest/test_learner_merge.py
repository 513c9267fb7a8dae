"""What a learner of all rows teaches, the sum of learners of parts of them teaches too."""

import random

import pytest

from catalograph.ingest.extract.learning import Learner
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
