"""Weights as whole numbers, and what shops that lack an intent do to the average."""

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.typing import NDArray

from catalograph.embed.federated.averaging import WeightCode, train_part
from catalograph.embed.federated.contribution import SumRange
from catalograph.embed.federated.federation import CoordinatorPlan
from catalograph.embed.federated.flower_processes import LinkAddress
from catalograph.errors import ConfigError, TrainingDataError
from catalograph.ml.softmax_head import HeadRows, HeadWeights, train_head

LABELS = ("a", "b", "c")


def rows_of(labels: tuple[str, ...], n: int, seed: int) -> HeadRows:
    """Rows whose label is the place of their largest feature, beside a constant."""
    draw = np.random.default_rng(seed)
    targets = draw.integers(len(labels), size=n)
    features = draw.random((n, 4)).astype(np.float32)
    features[np.arange(n), [LABELS.index(labels[t]) for t in targets]] += 1
    features[:, 3] = 1
    return HeadRows(labels, sp.csr_matrix(features), targets, "test")


def share_right(weights: NDArray[np.float64], rows: HeadRows) -> float:
    return float(((rows.features @ weights).argmax(axis=1) == rows.targets).mean())


def test_a_sum_of_numbers_is_the_average_by_rows() -> None:
    draw = np.random.default_rng(0)
    code = WeightCode(1_000_000)
    weights = [draw.normal(0, 5, (4, 3)) for _ in range(3)]
    counts = [np.array([10, 0, 5_000]), np.array([30, 7, 1_000]), np.array([0, 21, 500])]
    sent = [code.encode(*one) for one in zip(weights, counts, strict=True)]
    for numbers in sent:
        SumRange(1_000_000, 3).require(numbers)
    found = code.decode(np.sum(sent, axis=0), 3, 3)
    capped = np.minimum(counts, 1_000)
    expected = sum(w * c for w, c in zip(weights, capped, strict=True)) / capped.sum(axis=0)
    # 64 / largest at a thousand rows; an intent with few rows is rounded more.
    assert np.abs(found - expected)[:, 2].max() < 2e-4
    assert np.abs(found - expected).max() < 1e-2


def test_no_weight_leaves_the_range() -> None:
    code = WeightCode(1_000)
    numbers = code.encode(np.array([[1e9, -1e9]]), np.array([5_000, 5_000]))
    assert numbers.tolist() == [1_000, 1_000, 1_000, 0]


def test_shops_that_lack_an_intent_average_to_what_knows_all() -> None:
    shops = [rows_of(("a", "b"), 60, 1), rows_of(("b", "c"), 60, 2), rows_of(("a", "c"), 60, 3)]
    test = rows_of(LABELS, 300, 4)
    average = np.zeros((4, 3))
    code = WeightCode(1_000_000)
    for _ in range(3):
        total = sum(code.encode(*train_part(one, LABELS, average)) for one in shops)
        average = code.decode(np.asarray(total), 3, 3)
    alone = HeadWeights(
        ("a", "b"), train_head(shops[0], np.zeros((4, 2)), ridge=0.1, steps=50)
    ).place(LABELS)
    assert share_right(average, test) > 0.95
    assert share_right(alone, test) < 0.75


def test_an_intent_that_nobody_shares_is_left_out_of_a_part() -> None:
    rows = rows_of(("a", "b", "c"), 90, 5)
    weights, counted = train_part(rows, ("a", "b"), np.zeros((4, 2)))
    assert weights.shape == (4, 2)
    assert counted.tolist() == np.bincount(rows.targets)[:2].tolist()


def test_files_come_back_as_they_were(tmp_path: Path) -> None:
    rows = rows_of(LABELS, 9, 6)
    rows.save(tmp_path / "rows.npz")
    found = HeadRows.load(tmp_path / "rows.npz")
    assert (found.labels, found.form) == (rows.labels, "test")
    assert abs(found.features - rows.features).max() == 0
    with pytest.raises(TrainingDataError, match="no weights"):
        HeadWeights.load(tmp_path / "rows.npz")
    with pytest.raises(TrainingDataError, match="no rows"):
        HeadRows.load(tmp_path / "nothing.npz")


def test_names_of_labels_are_not_hidden_by_private_matching() -> None:
    with pytest.raises(ConfigError, match="--private is for"):
        CoordinatorPlan(LinkAddress("localhost", 9), 3, private=True, rounds=2)
