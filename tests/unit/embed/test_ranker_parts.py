"""The parts of the ranker, each against a hand computation."""

import math

import numpy as np
import pytest
import torch

from catalograph.embed.ranker.baseline_features import candidates
from catalograph.embed.ranker.graph import ProductGraph, graph_of, nearest, shuffle, with_vectors
from catalograph.embed.ranker.lexical import Bm25, tokens
from catalograph.embed.ranker.losses import in_batch, outputs, pointwise, triples
from catalograph.embed.ranker.model import neighbourhood
from catalograph.embed.ranker.product_types import kind_of
from catalograph.embed.ranker.settings import RankerSettings
from catalograph.embed.recommend.matrices import incidence
from catalograph.errors import ConfigError, DimensionMismatchError
from catalograph.ml.adversarial import fgm_step, with_typos
from catalograph.ml.metrics import graded_ndcg


def test_neighbours_are_summed_by_the_softmax_of_their_inner_products() -> None:
    own = torch.tensor([[1.0, 0.0]])
    others = torch.tensor([[[2.0, 1.0], [0.0, 3.0], [9.0, 9.0]]])
    known = torch.tensor([[True, True, False]])

    around = neighbourhood(own, others, known)

    first = math.exp(2) / (math.exp(2) + math.exp(0))
    expected = [first * 2.0, first * 1.0 + (1 - first) * 3.0]
    assert around[0].tolist() == pytest.approx(expected)


def test_no_neighbour_is_a_zero_neighbourhood() -> None:
    around = neighbourhood(
        torch.ones(1, 2), torch.ones(1, 3, 2), torch.zeros(1, 3, dtype=torch.bool)
    )
    assert around.tolist() == [[0.0, 0.0]]


def test_pointwise_is_cross_entropy_of_the_rating_as_a_share() -> None:
    loss = pointwise(torch.tensor([0.0, 2.0]), torch.tensor([3.0, 0.0]), 3.0)
    expected = (math.log(2) + math.log1p(math.exp(2))) / 2
    assert loss.item() == pytest.approx(expected)


def test_in_batch_shares_the_aim_by_gain_within_each_query() -> None:
    scores = torch.tensor([1.0, 0.0, 5.0, 7.0])
    ratings = torch.tensor([2.0, 1.0, 0.0, 0.0])  # gains 3 and 1; the second query has no answer

    loss = in_batch(scores, ratings, [2, 2])

    total = math.log(math.e + 1)
    assert loss.item() == pytest.approx(0.75 * (total - 1) + 0.25 * total)


def test_in_batch_without_any_answer_is_zero_and_has_a_gradient() -> None:
    scores = torch.tensor([1.0, 2.0], requires_grad=True)
    in_batch(scores, torch.zeros(2), [2]).backward()  # type: ignore[no-untyped-call]
    assert scores.grad is not None
    assert scores.grad.tolist() == [0.0, 0.0]


def test_outputs_is_cross_entropy_of_softened_scores() -> None:
    loss = outputs(torch.tensor([2.0, 0.0]), torch.tensor([0.0, 0.0]), 2.0)
    low = math.log(math.e + 1)
    assert loss.item() == pytest.approx(4 * 0.5 * ((low - 1) + low))


def test_triples_want_a_margin_between_better_and_worse() -> None:
    scores = torch.tensor([1.0, 0.8, 2.0])
    ratings = torch.tensor([3.0, 1.0, 1.0])
    # (0, 1): 0.5 - 0.2 = 0.3; (0, 2): 0.5 + 1.0 = 1.5; products 1 and 2 are equally good
    assert triples(scores, ratings, 0.5).item() == pytest.approx((0.3 + 1.5) / 2)
    assert triples(scores, torch.ones(3), 0.5).item() == 0


def test_fgm_steps_along_the_gradient_of_each_example() -> None:
    gradient = torch.tensor([[[3.0, 4.0]], [[0.0, 0.0]]])
    assert fgm_step(gradient, 0.5).tolist() == [
        [[pytest.approx(0.3), pytest.approx(0.4)]],
        [[0.0, 0.0]],
    ]


def test_typos_are_the_same_for_a_seed_and_spare_short_words() -> None:
    wrong = with_typos("tv wireless mouse", 1)
    assert wrong == with_typos("tv wireless mouse", 1)
    first, *others = wrong.split()
    assert first == "tv"
    for word, typed in zip(["wireless", "mouse"], others, strict=True):
        swapped = sorted(typed) == sorted(word) and typed != word
        assert swapped or len(typed) == len(word) - 1


def test_ndcg_uses_exponential_gains_and_all_judged_products() -> None:
    ratings = {5: 3.0, 7: 1.0, 9: 2.0}
    rows, scores = np.array([7, 5, 1]), np.array([0.9, 0.8, 0.7])
    ideal = 7 + 3 / math.log2(3) + 1 / 2
    assert graded_ndcg(rows, scores, ratings) == pytest.approx((1 + 7 / math.log2(3)) / ideal)
    assert graded_ndcg(rows, scores, ratings, k=1) == pytest.approx(1 / 7)


def test_bm25_is_the_formula_and_coverage_a_share() -> None:
    bm25 = Bm25(["red mice", "red red cable", "blue cable"])
    idf = math.log1p((3 - 1 + 0.5) / (1 + 0.5))
    length = 2 / (7 / 3)
    expected = idf * 2.2 / (1 + 1.2 * (0.25 + 0.75 * length))
    assert bm25.scores("Mice") == pytest.approx([expected, 0, 0])
    assert bm25.scores("unknown").tolist() == [0, 0, 0]
    assert bm25.coverage("red cables cables") == pytest.approx([0.5, 1, 0.5])
    assert tokens("USB cables, glass bus") == ["usb", "cable", "glass", "bus"]


def test_candidates_fuse_both_ranks() -> None:
    features = np.array([[0.9, 0.0], [0.8, 0.9], [0.1, 1.0], [0.2, 0.1]], np.float32)
    assert candidates(features, 2).tolist()[0] == 1


def test_products_with_like_facts_are_neighbours() -> None:
    rows = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    facts = incidence(rows, np.array([0, 1, 0, 1, 2, 3, 2, 3]), (4, 4))
    graph = graph_of(facts, dimension=2, neighbours=1)
    assert graph.neighbours.tolist() == [[1], [0], [3], [2]]
    assert np.linalg.norm(graph.vectors, axis=1) == pytest.approx(np.ones(4))


def test_a_graph_of_few_products_marks_missing_neighbours() -> None:
    assert nearest(np.eye(2, dtype=np.float32), 3).tolist() == [[1, -1, -1], [0, -1, -1]]


def test_shuffling_moves_vectors_and_neighbours_together() -> None:
    graph = ProductGraph(np.eye(6, dtype=np.float32), np.arange(6)[:, None])
    mixed = shuffle(graph, 0)
    assert sorted(mixed.neighbours[:, 0].tolist()) == list(range(6))
    assert mixed.neighbours[:, 0].tolist() != list(range(6))
    assert np.argmax(mixed.vectors, axis=1).tolist() == mixed.neighbours[:, 0].tolist()


def test_mean_of_neighbours_leaves_missing_ones_out() -> None:
    neighbours = np.array([[1, 2], [0, -1], [-1, -1]])
    graph = ProductGraph(np.eye(3, dtype=np.float32), neighbours)
    table = np.array([[2.0], [4.0], [6.0]], np.float32)
    assert graph.mean_of_neighbours(table).tolist() == [[5.0], [2.0], [0.0]]


def test_other_vectors_become_of_length_one() -> None:
    graph = ProductGraph(np.eye(2, dtype=np.float32), np.array([[1], [0]]))
    vectors = with_vectors(graph, np.array([[3.0, 4.0], [0.0, 2.0]], np.float32)).vectors
    assert vectors.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0.0, 1.0]]
    with pytest.raises(DimensionMismatchError, match="1 graph vectors"):
        with_vectors(graph, np.ones((1, 2), np.float32))


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Targus CN313 notebook case 34 cm", "notebook case"),
        ("HP 80 Original Cyan", ""),
        ("Duracell for the AA", ""),
    ],
)
def test_a_kind_is_what_a_title_writes_small(title: str, kind: str) -> None:
    assert kind_of(title) == kind


def test_strong_facts_decide_who_is_near() -> None:
    rows = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    facts = incidence(rows, np.array([0, 2, 0, 3, 1, 2, 1, 3]), (4, 4))
    for strength, nearest_of_first in (([3.0, 3, 1, 1], 1), ([1.0, 1, 3, 3], 2)):
        graph = graph_of(facts, strength=np.array(strength), dimension=3, neighbours=1)
        assert graph.neighbours[0, 0] == nearest_of_first


def test_settings_say_what_is_wrong() -> None:
    with pytest.raises(ConfigError, match="fusion is 'middle'; expected early"):
        RankerSettings(fusion="middle")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="leave no room"):
        RankerSettings(candidates=3)
    with pytest.raises(ConfigError, match="validation is 1"):
        RankerSettings(validation=1)
