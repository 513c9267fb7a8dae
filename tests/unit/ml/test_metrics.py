"""Counts of found sets, and where to cut a ranking; lists are in embed/test_recommend_metrics."""

import numpy as np
import pytest

from catalograph.ml.metrics import find_best_cut, score_counts, score_sets


def test_scores_are_counted_over_all_sentences() -> None:
    gold = [{"a", "b"}, {"c"}, set[str]()]
    found = [{"a"}, {"d"}, {"e"}]
    assert score_sets(gold, found, "_x") == {
        "f1_x": pytest.approx(1 / 3),
        "precision_x": pytest.approx(1 / 3),
        "recall_x": pytest.approx(1 / 3),
    }
    assert score_sets([set()], [set()]) == {"f1": 0.0, "precision": 0.0, "recall": 0.0}


def test_counts_without_an_answer_or_a_question_are_zero() -> None:
    assert score_counts(3, 4, 12) == {"f1": 6 / 16, "precision": 3 / 4, "recall": 1 / 4}
    assert score_counts(0, 0, 5) == {"f1": 0.0, "precision": 0.0, "recall": 0.0}
    assert score_counts(0, 5, 0) == {"f1": 0.0, "precision": 0.0, "recall": 0.0}


def test_a_ranking_is_cut_where_f1_is_highest() -> None:
    scores, right = np.array([0.3, 0.9, 0.7]), np.array([False, True, True])
    assert find_best_cut(scores, right, 2) == (0.7, 0.3, 1.0)
    # Two more that were never scored count as missed.
    assert find_best_cut(scores, right, 4) == pytest.approx((0.7, 0.3, 4 / 6))
    assert find_best_cut(np.array([0.5]), np.array([True]), 1) == (0.5, 0.5, 1.0)
