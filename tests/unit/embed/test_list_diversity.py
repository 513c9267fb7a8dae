"""What items of a list are compared by, and the choice of the default diversity."""

from dataclasses import replace

import numpy as np
import pytest

from catalograph.embed.preference import PreferenceConfig, learn_preferences
from catalograph.embed.recommend import RecommendData, incidence
from catalograph.embed.recommend.list_diversity import choose_diversity
from catalograph.embed.recommend.matrices import Csr, Floats
from catalograph.errors import EvaluationDataError
from catalograph.schema.diversity import item_features, jaccard

from .test_blend import snapshot

ITEMS, USERS = 40, 200


def test_variants_are_more_alike_than_others_of_their_kind() -> None:
    kinds = ["brand:apple", "category:phones"]
    titles = ["Apple iPhone 6s 64GB - Gold", "Apple iPhone 6s 64GB - Silver", "Apple Watch", None]
    alike = jaccard([item_features(kinds, title) for title in titles])
    assert alike[0, 1] == pytest.approx(6 / 8)
    assert alike[0, 2] == pytest.approx(3 / 8)
    assert alike[0, 3] == pytest.approx(2 / 7)
    assert item_features([], "红色 iPhone手机壳") == {"红", "色", "iphone", "手", "机", "壳"}


class Ranked:
    """Scores that fall with the number of the item, the same for all users."""

    def score(self, rows: Csr) -> Floats:
        return np.tile(np.linspace(1.0, 0.1, ITEMS), (rows.shape[0], 1))


def lists(*wanted: int) -> RecommendData:
    """Everyone has taken the last item, and takes one of the wanted ones next."""
    users = np.arange(USERS)
    train = incidence(users, np.full(USERS, ITEMS - 1), (USERS, ITEMS))
    chosen = np.array(wanted)[users % len(wanted)]
    return RecommendData(train, test=incidence(users, chosen, (USERS, ITEMS)))


# The first eight items are variants of one thing, the others are unlike each other.
FEATURES = [frozenset("abc") if n < 8 else frozenset({str(n)}) for n in range(ITEMS)]


def test_lists_are_diverse_where_shoppers_want_other_things() -> None:
    found = choose_diversity(lists(0, 8, 9, 10), Ranked(), FEATURES, k=4)
    assert found.diversity == 0.5
    assert found.after > 2 * found.before > 0
    # From .4 on the ninth item comes second: .6·.27 against .6·.91 − .4, of twelve candidates.
    kept = choose_diversity(lists(1, 2), Ranked(), FEATURES, k=4)
    assert kept.diversity == 0.3
    assert kept.after == kept.before


def test_it_is_the_most_diverse_that_does_no_harm() -> None:
    # The best item comes first whatever the diversity.
    assert choose_diversity(lists(0), Ranked(), FEATURES, k=3).diversity == 0.5


def test_without_an_item_to_find_it_is_refused() -> None:
    with pytest.raises(EvaluationDataError, match="no test interaction"):
        choose_diversity(replace(lists(0), test=None), Ranked(), FEATURES)


def test_the_job_publishes_the_choice_or_the_start() -> None:
    found = learn_preferences(snapshot())
    assert found.tuned["diversity"] in {0.0, 0.1, 0.2, 0.3, 0.4, 0.5}
    assert "diverse-lists/ndcg@10" in found.metrics
    given = PreferenceConfig(validated_products=0, diversity=0.25)
    assert learn_preferences(snapshot(), given).tuned["diversity"] == 0.25
