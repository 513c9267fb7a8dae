"""Thin histories: contenders get a further share where validation shows that it helps them."""

import numpy as np

from catalograph.embed.preference import choices_of, learn_preferences
from catalograph.embed.recommend.blend import Blend, BlendScorer
from catalograph.embed.recommend.contributions import TRACE, AddedPart, strongest_weights
from catalograph.embed.recommend.data import RecommendData, hold_out
from catalograph.embed.recommend.kgease import KGEaseConfig, fit_kg_ease
from catalograph.embed.recommend.matrices import Csr, incidence
from catalograph.embed.recommend.thin_histories import THIN_PRODUCTS, choose_thin_parts
from catalograph.embed.recommend.vector_similarity import similar_items
from catalograph.embed.served_model import ServedModel
from catalograph.schema import EmbeddingTable
from catalograph.schema.model_kinds import THIN
from catalograph.store import GraphSnapshot

SORTS, EACH, MANY, FEW = 10, 12, 150, 400
N_ITEMS = SORTS * EACH


def shop(seed: int = 4) -> tuple[RecommendData, np.ndarray]:
    """Regulars choose by a taste that texts do not tell; newcomers stay within what texts tell."""
    rng = np.random.default_rng(seed)
    pairs = set()
    for user in range(MANY):
        own = np.arange(user % SORTS, N_ITEMS, SORTS)  # one of each sort of text and more
        pairs |= {(user, int(item)) for item in rng.choice(own, 9, replace=False)}
    for user in range(MANY, MANY + FEW):
        own = np.arange(EACH) + EACH * (user % SORTS)
        pairs |= {(user, int(item)) for item in rng.choice(own, 3, replace=False)}
    users, items = np.array(sorted(pairs)).T
    vectors = np.zeros((N_ITEMS, SORTS), np.float32)
    vectors[np.arange(N_ITEMS), np.arange(N_ITEMS) // EACH] = 1.0
    return RecommendData(incidence(users, items, (MANY + FEW, N_ITEMS))), vectors


def snapshot_of(data: RecommendData) -> GraphSnapshot:
    rows, columns = data.train.nonzero()
    return GraphSnapshot(
        products=tuple(f"product:t:{n:03}" for n in range(N_ITEMS)),
        users=tuple(f"user:t:{n:03}" for n in range(MANY + FEW)),
        interaction_users=rows.astype(np.int32),
        interaction_products=columns.astype(np.int32),
        facts={},
        parents=(),
        data_hash="",
    )


def test_a_part_that_helps_newcomers_alone_is_theirs() -> None:
    data, vectors = shop()
    split = hold_out(data, 0)
    fit = fit_kg_ease(split, KGEaseConfig(lambda_=30.0))
    rng = np.random.default_rng(5)
    noise: Csr = similar_items(rng.normal(size=(N_ITEMS, 4)).astype(np.float32))
    contenders = {"noise": noise, "text": similar_items(vectors)}
    found = choose_thin_parts(split, split.train, BlendScorer(fit), contenders)
    assert list(found.weights) == ["text"]
    assert found.ndcg["thin/text"] > 1.2 * found.ndcg["thin/none"]


def test_too_few_newcomers_decide_nothing() -> None:
    data, vectors = shop()
    few = RecommendData(data.train[:MANY])
    split = hold_out(few, 0)
    fit = fit_kg_ease(split, KGEaseConfig(lambda_=30.0))
    contenders = {"text": similar_items(vectors)}
    found = choose_thin_parts(split, split.train, BlendScorer(fit), contenders)
    assert (found.weights, found.ndcg) == ({}, {})


def test_all_lists_have_a_trace_and_thin_ones_the_whole() -> None:
    _, vectors = shop()
    alike = similar_items(vectors)
    [part] = Blend(thin_weights={"text": 0.5}).parts({"text": alike})
    assert part.name == f"text{THIN}"
    assert part.thin * TRACE == 1
    np.testing.assert_allclose(part.weights.toarray(), alike.toarray() * 0.5 * TRACE, rtol=1e-6)
    assert AddedPart("text", alike).thin == 1
    # Edges that count for thin histories are kept, however weak they are for others.
    data, _ = shop()
    fit = fit_kg_ease(data, KGEaseConfig(lambda_=30.0))
    whole = AddedPart(part.name, part.weights * 40)
    kept = strongest_weights(fit, EACH, [whole]).weights
    linked = np.asarray(kept[alike.nonzero()]).ravel() != 0
    assert linked.mean() > 0.9


def test_the_served_model_has_two_sets_of_weights() -> None:
    data, vectors = shop()
    snapshot = snapshot_of(data)
    table = EmbeddingTable(list(snapshot.products), vectors)
    found = learn_preferences(snapshot, vectors={"text": table})
    tuned = found.tuned
    assert tuned["added_thin"]["text"] > 0
    assert tuned["thin_products"] == THIN_PRODUCTS
    assert choices_of({"tuned": tuned}).blend.thin_weights == tuned["added_thin"]
    np.testing.assert_allclose(found.edges.parts.sum(axis=1), found.edges.weights, atol=1e-6)
    served = ServedModel.of(found)
    thin, thick = data.train[[MANY]].copy(), data.train[[0]]
    thin.data[2:] = 0  # two of three products
    thin.eliminate_zeros()
    factors = [tuned["thin_factors"].get(name, 1.0) for name in found.edges.part_names]
    values = found.edges.parts @ factors
    own = np.zeros((N_ITEMS, N_ITEMS))
    own[found.edges.sources, found.edges.targets] = values
    expected = (thin @ own).ravel()
    np.testing.assert_allclose(
        served.score(thin)[0], np.where(expected > 0, expected, -np.inf), rtol=1e-6
    )
    usual = (thick @ served.weights).toarray()[0]
    np.testing.assert_allclose(
        served.score(thick)[0], np.where(usual > 0, usual, -np.inf), rtol=1e-6
    )


def test_vectors_that_learn_from_choices_never_see_what_decides() -> None:
    data, vectors = shop()
    snapshot = snapshot_of(data)
    seen = []

    def learn(known: GraphSnapshot) -> EmbeddingTable:
        users, items = known.interaction_users, known.interaction_products
        seen.append(incidence(users, items, (MANY + FEW, N_ITEMS)))
        return EmbeddingTable(list(known.products), vectors)

    found = learn_preferences(snapshot, learners={"structure": learn})
    assert found.tuned["added_thin"]["structure"] > 0
    assert found.tuned["validation"]["thin/structure"] > found.tuned["validation"]["thin/none"]
    assert all(known.nnz < data.train.nnz for known in seen[:-1])
    assert seen[-1].nnz == data.train.nnz  # what is published learns from all of them
    # Without times nothing but new products and thin histories is decided.
    assert len(seen) <= 4
