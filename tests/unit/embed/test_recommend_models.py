"""The closed forms against hand computation, optimality conditions and planted answers."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from catalograph.embed.recommend import (
    KGEaseConfig,
    RecommendData,
    RelationFacts,
    fact_features,
    fit_ease,
    fit_kg_ease,
    incidence,
    measure,
    rank_users,
    shuffle_tails,
    strongest_edges,
    strongest_weights,
)
from catalograph.embed.recommend.baselines import fit_item_knn, fit_popularity
from catalograph.embed.recommend.ease import DTypeName, inverse_in_place
from catalograph.embed.recommend.gram import FactoredGram, Gram, SparseGram, gram_of
from catalograph.embed.recommend.matrices import Csr, Floats
from catalograph.errors import ConfigError, EmbedError, EvaluationDataError

BLOCKS, SIZE = 8, 12
"""Planted tastes, and items of each."""


def planted(seed: int = 0, taken: int = 4, users: int = 160) -> RecommendData:
    """Users who like one block of items each; facts that name the block, and the next item."""
    rng = np.random.default_rng(seed)
    n = BLOCKS * SIZE
    train, test = [], []
    for user in range(users):
        liked = rng.permutation(SIZE)[: taken + 3] + SIZE * (user % BLOCKS)
        train += [(user, item) for item in liked[:taken]]
        test += [(user, item) for item in liked[taken:]]
        # Noise that everyone shares: item 0 of each block is popular.
        train += [(user, SIZE * block) for block in rng.permutation(BLOCKS)[:2]]
    rows, columns = np.array(train).T
    seen = incidence(rows, columns, (users, n))
    rows, columns = np.array(test).T
    wanted: Csr = incidence(rows, columns, (users, n))
    wanted = sp.csr_array(wanted - wanted.multiply(seen))
    wanted.eliminate_zeros()
    items = np.arange(n)
    following = items + 1 - SIZE * ((items + 1) % SIZE == 0)
    relations = {
        "made_by": RelationFacts(incidence(items, items // SIZE, (n, BLOCKS))),
        "bought_with": RelationFacts(incidence(items, following, (n, n)), tail_items=items),
        "sold_in": RelationFacts(incidence(items, items % 2, (n, 2))),
        "unused": RelationFacts(incidence(items[:0], items[:0], (n, 3))),
    }
    return RecommendData(train=seen, test=wanted, relations=relations, name="planted")


def random_data(seed: int = 1, n: int = 40) -> RecommendData:
    rng = np.random.default_rng(seed)
    train = incidence(rng.integers(0, 30, 150), rng.integers(0, n, 150), (30, n))
    relations = {
        "narrow": RelationFacts(
            incidence(rng.integers(0, n, 60), rng.integers(0, 50, 60), (n, 50))
        ),
        "broad": RelationFacts(incidence(rng.integers(0, n, 90), rng.integers(0, 3, 90), (n, 3))),
        "linked": RelationFacts(
            incidence(rng.integers(0, n, 80), rng.integers(0, n, 80), (n, n)),
            tail_items=np.where(rng.random(n) < 0.5, rng.permutation(n), -1),
        ),
    }
    return RecommendData(train=train, relations=relations)


CONFIG = KGEaseConfig(5.0, {"narrow": 2.0, "broad": 0.7, "linked": 3.0}, dtype="float64")


def dense_gram_matrix(data: RecommendData, config: KGEaseConfig) -> Floats:
    A = (data.train.T @ data.train).toarray().astype(np.float64)
    for name, relation in data.relations.items():
        F = fact_features(relation, "float64").toarray()
        A += config.weight(name) * (F @ F.T)
    return A + config.lambda_ * np.eye(data.n_items)


def test_ease_of_two_items_by_hand() -> None:
    # XᵀX + I = [[3, 1], [1, 2]], its inverse [[2, −1], [−1, 3]] / 5.
    train = incidence(np.array([0, 0, 1]), np.array([0, 1, 0]), (2, 2))
    fit = fit_ease(train, 1.0, "float64")
    np.testing.assert_allclose(fit.P, np.array([[2, -1], [-1, 3]]) / 5)
    np.testing.assert_allclose(fit.weights, [[0, 1 / 3], [1 / 2, 0]])
    # The second user has item 0, which raises item 1 by B[0, 1].
    np.testing.assert_allclose(fit.score(train), [[1 / 2, 1 / 3], [0, 1 / 3]], atol=1e-15)


def test_scores_are_the_rows_times_the_weights() -> None:
    data = random_data()
    fit = fit_kg_ease(data, CONFIG)
    np.testing.assert_allclose(fit.score(data.train), data.train @ fit.weights, atol=1e-12)
    np.testing.assert_array_equal(fit.weights_of(7, 19), fit.weights[7:19])


def test_weights_solve_the_ridge_problem() -> None:
    """Off the diagonal the gradient A·B − (A − λI) of the stacked least squares is zero."""
    data = random_data()
    A = dense_gram_matrix(data, CONFIG)
    B = fit_kg_ease(data, CONFIG).weights
    gradient = A @ B - (A - CONFIG.lambda_ * np.eye(len(A)))
    np.testing.assert_allclose(gradient - np.diag(np.diag(gradient)), 0, atol=1e-12)
    assert np.all(np.diag(B) == 0)


def test_facts_are_idf_weighted_rows_of_length_one_with_own_tails() -> None:
    # Items 0 and 1 name tail 0, which is item 2; only item 0 names tail 1.
    facts = incidence(np.array([0, 1, 0]), np.array([0, 0, 1]), (4, 2))
    F = fact_features(RelationFacts(facts, tail_items=np.array([2, -1]))).toarray()
    common, rare = np.log(5 / 4), np.log(5 / 2)  # three items share tail 0 now
    length = np.hypot(common, rare)
    expected = [[common / length, rare / length], [1, 0], [1, 0], [0, 0]]
    np.testing.assert_allclose(F, expected, rtol=1e-6)


def test_a_tail_that_every_item_has_says_nothing() -> None:
    facts = incidence(np.arange(3), np.zeros(3, dtype=int), (3, 1))
    assert fact_features(RelationFacts(facts)).nnz == 0


@pytest.mark.parametrize("kind", ["sparse", "factored", "chosen"])
def test_gram_forms_agree_with_the_dense_one(kind: str) -> None:
    data = random_data()
    P = fit_kg_ease(data, CONFIG).P
    rows = np.array([3, 0, 17])
    for relation in data.relations.values():
        F = fact_features(relation, "float64")
        dense = F.toarray() @ F.toarray().T
        forms: dict[str, Gram] = {
            "sparse": SparseGram(sp.csr_array(F @ F.T)),
            "factored": FactoredGram(F),
            "chosen": gram_of(F),
        }
        made = forms[kind]
        total = np.ones_like(dense)
        made.add_to(total, 2.0)
        np.testing.assert_allclose(total, 1 + 2 * dense, atol=1e-12)
        M = P @ (dense - np.diag(np.diag(dense)))
        read = made.product(P)
        for column in (0, 1, 11, 39):
            np.testing.assert_allclose(read(rows, column), M[rows, column], atol=1e-12)


def test_a_sparse_gram_reads_the_same_by_blocks_and_by_entries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = random_data()
    P = fit_kg_ease(data, CONFIG).P
    F = fact_features(data.relations["linked"], "float64")
    rows, gram = np.arange(40), SparseGram(sp.csr_array(F @ F.T))
    read = {}
    for share in (0.0, 1.0):
        monkeypatch.setattr("catalograph.embed.recommend.gram._DENSE_SHARE", share)
        monkeypatch.setattr("catalograph.embed.recommend.gram._BLOCK_CELLS", 7 * 40)
        product = gram.product(P)
        read[share] = [product(rows, column) for column in range(40)]
    np.testing.assert_allclose(read[0.0], read[1.0], atol=1e-12)


def test_parts_add_up_to_the_weights() -> None:
    edges = strongest_edges(fit_kg_ease(random_data(), CONFIG), k=40)
    assert edges.part_names == ("interactions", "broad", "linked", "narrow")
    np.testing.assert_allclose(edges.parts.sum(axis=1), edges.weight, atol=1e-10, rtol=0)


def test_parts_by_the_formula_on_all_pairs() -> None:
    data = random_data()
    fit = fit_kg_ease(data, CONFIG)
    edges = strongest_edges(fit, k=40)
    F = fact_features(data.relations["linked"], "float64").toarray()
    G = CONFIG.weights["linked"] * (F @ F.T)
    M = fit.P @ (G - np.diag(np.diag(G)))
    expected = M - fit.P * (np.diag(M) / np.diag(fit.P))
    place = edges.part_names.index("linked")
    found = edges.parts[:, place]
    np.testing.assert_allclose(found, expected[edges.source, edges.target], atol=1e-12)


def test_a_relation_without_weight_is_no_part() -> None:
    config = replace(CONFIG, weights={"linked": 0.0, "narrow": 1.0, "broad": 0.0})
    assert strongest_edges(fit_kg_ease(random_data(), config)).part_names == (
        "interactions",
        "narrow",
    )


def test_edges_are_the_strongest_of_each_source_in_order() -> None:
    fit = fit_kg_ease(random_data(), CONFIG)
    edges = strongest_edges(fit, k=5)
    B = fit.weights
    np.testing.assert_array_equal(edges.weight, B[edges.source, edges.target])
    for source in range(40):
        kept = np.sort(np.abs(edges.weight[edges.source == source]))
        np.testing.assert_array_equal(kept, np.sort(np.abs(B[source]))[-5:])
    order = np.lexsort((edges.source, edges.target))
    np.testing.assert_array_equal(order, np.arange(len(order)))
    assert edges.source.dtype == edges.target.dtype == np.dtype(np.int32)


def test_with_few_items_the_served_model_is_the_model() -> None:
    data = random_data()
    fit = fit_kg_ease(data, CONFIG)
    served = strongest_weights(fit, 200).score(data.train)
    np.testing.assert_allclose(served, fit.score(data.train), atol=1e-12)


def ndcg(scorer: object, data: RecommendData) -> float:
    return measure(scorer, data, 10)[0]["ndcg@10"]  # type: ignore[arg-type]


def test_planted_tastes_are_found() -> None:
    data = planted()
    config = KGEaseConfig(10.0)
    popular = ndcg(fit_popularity(data.train), data)
    for scorer in (
        fit_ease(data.train, 10.0),
        fit_item_knn(data.train, 20),
        fit_kg_ease(data, config),
    ):
        assert ndcg(scorer, data) > popular + 0.3


def test_served_edges_keep_the_planted_answer() -> None:
    data = planted()
    fit = fit_kg_ease(data, KGEaseConfig(10.0))
    full = rank_users(fit, data, 10).items
    served = rank_users(strongest_weights(fit, 40), data, 10).items
    kept = [len(np.intersect1d(a, b)) / 10 for a, b in zip(full, served, strict=True)]
    assert np.mean(kept) > 0.9


def test_true_facts_beat_shuffled_ones_and_none() -> None:
    data = planted(taken=1)
    config = KGEaseConfig(10.0, other_weight=3.0)
    with_facts = ndcg(fit_kg_ease(data, config), data)
    assert with_facts > ndcg(fit_kg_ease(shuffle_tails(data), config), data) + 0.1
    assert with_facts > ndcg(fit_kg_ease(replace(data, relations={}), config), data) + 0.1


def test_shuffling_keeps_the_degrees_and_follows_the_seed() -> None:
    data = random_data()
    one, two = shuffle_tails(data, 3), shuffle_tails(data, 3)
    assert one.digest == two.digest != shuffle_tails(data, 4).digest
    assert one.digest != data.digest
    narrow = one.relations["narrow"].facts
    # Two facts of one item may fall on one tail and count once.
    assert 0.8 * data.relations["narrow"].facts.nnz < narrow.nnz
    assert narrow.nnz <= data.relations["narrow"].facts.nnz


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_same_data_gives_the_same_numbers(dtype: DTypeName) -> None:
    config = replace(CONFIG, dtype=dtype)
    first, second = (fit_kg_ease(random_data(), config) for _ in range(2))
    np.testing.assert_array_equal(first.P, second.P)
    assert first.P.dtype == dtype
    edges = [strongest_edges(fit, 7) for fit in (first, second)]
    np.testing.assert_array_equal(edges[0].parts, edges[1].parts)


def test_without_relations_kg_ease_is_ease() -> None:
    data = replace(random_data(), relations={})
    np.testing.assert_array_equal(
        fit_kg_ease(data, CONFIG).P, fit_ease(data.train, CONFIG.lambda_, "float64").P
    )


def empty(n_users: int, n_items: int) -> Csr:
    nothing = np.array([], dtype=int)
    return incidence(nothing, nothing, (n_users, n_items))


@pytest.mark.parametrize("shape", [(1, 3), (0, 3), (1, 1), (0, 0)])
def test_data_with_nothing_in_it_fits_and_serves_nothing(shape: tuple[int, int]) -> None:
    fit = fit_kg_ease(RecommendData(train=empty(*shape)))
    assert len(strongest_edges(fit).source) == 0
    assert fit.score(empty(*shape)).shape == shape


def test_a_new_item_is_scored_from_its_facts() -> None:
    train = incidence(np.array([0]), np.array([0]), (1, 3))
    brand = RelationFacts(incidence(np.array([0, 2]), np.array([0, 0]), (3, 1)))
    data = RecommendData(train=train, relations={"made_by": brand})
    scores = fit_kg_ease(data).score(train)[0]
    assert scores[2] > scores[1] == 0


def test_a_matrix_that_is_not_positive_definite_is_refused() -> None:
    with pytest.raises(EmbedError, match="not positive definite"):
        inverse_in_place(np.array([[1.0, 2.0], [2.0, 1.0]]))


def test_the_inverse_does_not_depend_on_the_memory_order() -> None:
    A = dense_gram_matrix(random_data(), CONFIG)
    expected = np.linalg.inv(A)
    np.testing.assert_allclose(inverse_in_place(np.asfortranarray(A)), expected, atol=1e-12)
    np.testing.assert_allclose(inverse_in_place(A), expected, atol=1e-12)


@pytest.mark.parametrize(
    "wrong", [{"lambda_": 0.0}, {"lambda_": float("nan")}, {"weights": {"a": -1.0}}]
)
def test_wrong_configurations_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="expected a finite number"):
        KGEaseConfig(**wrong)  # type: ignore[arg-type]


def test_matrices_that_disagree_are_refused() -> None:
    with pytest.raises(EvaluationDataError, match="same items"):
        RecommendData(train=empty(2, 3), relations={"r": RelationFacts(empty(4, 1))})
    with pytest.raises(EvaluationDataError, match="same users and items"):
        RecommendData(train=empty(2, 3), test=empty(3, 3))
    with pytest.raises(EvaluationDataError, match="one entry a tail"):
        RelationFacts(empty(2, 3), tail_items=np.array([0]))
