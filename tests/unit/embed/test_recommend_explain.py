"""Explanations: they add up, name what is shared, and what they cite matters."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from catalograph.embed.recommend import (
    INTERACTIONS,
    KGEaseConfig,
    RecommendData,
    RelationFacts,
    TunedSettings,
    fit_kg_ease,
    incidence,
    strongest_edges,
)
from catalograph.embed.recommend.checkpoint import FittedModel
from catalograph.embed.recommend.contributions import count_users
from catalograph.embed.recommend.ease import DTypeName
from catalograph.embed.recommend.explain import Explanation, explain
from catalograph.embed.recommend.kgease import count_pairs
from catalograph.embed.recommend.matrices import Csr
from catalograph.errors import ConfigError, EvaluationDataError
from catalograph.evaluation.explanation import (
    ExplainSize,
    evaluate_explain,
)

CONFIG = KGEaseConfig(
    5.0,
    {"narrow": 2.0, "broad": 0.7, "linked": 3.0},
    dtype="float64",
    item_power=0.3,
    user_power=0.4,
)


SHARES = ("fact", "interaction", "few_shoppers", "indirect")


def random_data(seed: int = 1, n: int = 40, users: int = 30, events: int = 5) -> RecommendData:
    rng = np.random.default_rng(seed)

    def pairs(m: int, rows: int, columns: int) -> Csr:
        return incidence(rng.integers(0, rows, m), rng.integers(0, columns, m), (rows, columns))

    own = np.where(rng.random(n) < 0.5, rng.permutation(n), -1)
    relations = {
        "narrow": RelationFacts(pairs(2 * n, n, n)),
        "broad": RelationFacts(pairs(2 * n, n, 3)),
        "linked": RelationFacts(pairs(3 * n, n, n), tail_items=own),
    }
    return RecommendData(pairs(events * users, users, n), relations, pairs(2 * users, users, n))


def fitted(data: RecommendData, config: KGEaseConfig = CONFIG) -> FittedModel:
    return FittedModel.of(fit_kg_ease(data, config), data)


def of_user(model: FittedModel, row: Csr) -> list[Explanation]:
    return explain(model, row, np.setdiff1d(np.arange(model.n_items), row.indices))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("events", [5, 90])
def test_contributions_add_up_to_every_score(dtype: DTypeName, events: int) -> None:
    data = random_data(n=120, users=12, events=events)
    model = fitted(data, replace(CONFIG, dtype=dtype))
    row = data.train[[3]]
    scores = model.score(row)[0]
    for told in of_user(model, row):
        assert told.total == pytest.approx(float(scores[told.item]), abs=1e-5)
        assert told.total == pytest.approx(told.score, abs=1e-12)
        # The remainder does not hide parts that fail to add up.
        assert abs(told.rounding) < (1e-12 if dtype == "float64" else 1e-5)


def test_paths_and_what_is_indirect_make_up_the_parts_of_the_edges() -> None:
    data = random_data()
    model = fitted(data)
    edges = strongest_edges(fit_kg_ease(data, CONFIG), k=40)
    row = incidence(np.array([0]), np.array([7]), (1, 40))
    shared = {name: (F @ F.T).toarray() for name, F in model.features.items()}
    shared[INTERACTIONS] = model.interactions.toarray()
    for told in of_user(model, row):
        edge = np.flatnonzero((edges.source == 7) & (edges.target == told.item))
        parts = edges.parts[edge[0]] if len(edge) else np.zeros(len(edges.part_names))
        expected_indirect = 0.0
        for name, part in zip(edges.part_names, parts, strict=True):
            direct = sum(path.contribution for path in told.paths if path.relation == name)
            rests = shared[name][7, told.item] > 0
            if name == INTERACTIONS and part < 0:
                rests = shared[name][7, 7] > shared[name][7, told.item]
            if rests:
                assert direct == pytest.approx(part, abs=1e-12)
            else:
                assert direct == 0
                expected_indirect += part
        assert told.indirect == pytest.approx(expected_indirect, abs=1e-10)
        assert sum(told.indirect_parts.values()) == pytest.approx(expected_indirect, abs=1e-10)
        assert told.nothing_shared >= abs(expected_indirect) - 1e-10
        assert told.size == pytest.approx(abs(parts).sum(), abs=1e-10)


def test_facts_that_speak_against_each_other_are_netted() -> None:
    rng = np.random.default_rng(2)
    facts = incidence(rng.integers(0, 40, 160), rng.integers(0, 6, 160), (40, 6))
    facts.data = rng.choice([-1.0, -0.3, 0.5, 1.0], facts.nnz).astype(np.float32)
    data = replace(random_data(), relations={"judged": RelationFacts(facts)})
    model = fitted(data, KGEaseConfig(5.0, dtype="float64"))
    edges = strongest_edges(fit_kg_ease(data, model.config), k=40)
    row = incidence(np.array([0]), np.array([7]), (1, 40))
    F = model.features["judged"].toarray()
    place = edges.part_names.index("judged")
    mixed = 0
    for told in of_user(model, row):
        products = F[7] * F[told.item]
        [edge] = np.flatnonzero((edges.source == 7) & (edges.target == told.item))
        part = edges.parts[edge, place]
        paths = {path.tail: path.contribution for path in told.paths if path.relation == "judged"}
        if not products.any():
            assert paths == {}
            continue
        assert sum(paths.values()) == pytest.approx(part, abs=1e-12)
        assert all(abs(share) <= abs(part) + 1e-12 for share in paths.values())
        if (products * part > 0).any() and (products * part < 0).any():
            mixed += 1
            assert all(paths[int(t)] == 0 for t in np.flatnonzero(products * part < 0))
    assert mixed > 3


def test_a_path_names_what_both_ends_have_and_shares_by_weight() -> None:
    data = random_data()
    model = fitted(data)
    row = data.train[[0]]
    told_any = False
    for told in of_user(model, row):
        for path in told.paths:
            assert path.event in row.indices
            if path.relation == INTERACTIONS:
                assert path.tail == -1
                own, both = (model.interactions[path.event, j] for j in (path.event, told.item))
                assert (both if path.contribution > 0 else own - both) > 0
                continue
            F = model.features[path.relation].toarray()
            products = F[path.event] * F[told.item]
            assert products[path.tail] > 0
            of_pair = [
                other
                for other in told.paths
                if (other.event, other.relation) == (path.event, path.relation)
            ]
            part = sum(other.contribution for other in of_pair)
            share = products[path.tail] / products.sum()
            assert path.contribution == pytest.approx(part * share, abs=1e-12)
            told_any = True
    assert told_any


def test_users_of_both_ends_are_counted() -> None:
    train = incidence(np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 1, 2]), (3, 3))
    source, target = np.array([0, 1, 0, 2]), np.array([1, 0, 2, 1])
    pairs = count_pairs(RecommendData(train))
    assert count_users(pairs, source, target).tolist() == [[2, 0], [2, 0], [0, 2], [0, 1]]


def test_negative_contributions_are_kept_and_paths_are_strongest_first() -> None:
    data = random_data()
    told = [one for user in range(10) for one in of_user(fitted(data), data.train[[user]])]
    assert any(path.contribution < 0 for one in told for path in one.paths)
    for one in told:
        sizes = [abs(path.contribution) for path in one.paths]
        assert sizes == sorted(sizes, reverse=True)


def test_a_direct_edge_is_a_path_by_the_items_own_tail() -> None:
    # Item 0 names tail 0, which is item 1: both then have "named with item 1" in common.
    facts = incidence(np.array([0]), np.array([0]), (3, 1))
    train = incidence(np.array([0, 1]), np.array([0, 2]), (2, 3))
    data = RecommendData(train, {"bought_with": RelationFacts(facts, np.array([1]))})
    (told,) = explain(fitted(data, KGEaseConfig()), data.train[[0]], np.array([1]))
    assert [(path.event, path.relation, path.tail) for path in told.paths] == [
        (0, "bought_with", 0)
    ]
    assert told.paths[0].contribution == pytest.approx(told.score)


def test_history_weights_scale_the_contributions() -> None:
    data = random_data()
    model = fitted(data)
    row = data.train[[0]]
    halved: Csr = sp.csr_array(row / 2)
    item = np.setdiff1d(np.arange(40), row.indices)[:1]
    (whole,), (half,) = explain(model, row, item), explain(model, halved, item)
    assert half.score == pytest.approx(whole.score / 2)
    assert half.paths[0].contribution == pytest.approx(whole.paths[0].contribution / 2)


def test_without_events_there_is_nothing_to_tell() -> None:
    data = random_data()
    row = incidence(np.array([], int), np.array([], int), (1, 40))
    (told,) = explain(fitted(data), row, np.array([3]))
    assert (told.score, told.paths, told.indirect) == (0, (), 0)


def planted(blocks: int = 6, size: int = 8) -> RecommendData:
    """Users who like one block each, and one stray item; facts name the block."""
    rng = np.random.default_rng(0)
    n, train, test = blocks * size, [], []
    for user in range(60):
        liked = rng.permutation(size)[:5] + size * (user % blocks)
        train += [(user, item) for item in (*liked[:3], rng.integers(n))]
        test += [(user, item) for item in liked[3:]]
    items = np.arange(n)
    relations = {
        "made_by": RelationFacts(incidence(items, items // size, (n, blocks))),
        "noise": RelationFacts(incidence(np.repeat(items, 4), rng.integers(0, n, 4 * n), (n, n))),
    }
    (rows, seen), (asked, wanted) = np.array(train).T, np.array(test).T
    train_part, test_part = (incidence(*p, shape=(60, n)) for p in ((rows, seen), (asked, wanted)))
    return RecommendData(train_part, relations, test_part)


def test_what_is_cited_matters_more_than_what_is_not() -> None:
    tuned = TunedSettings(kg_ease=KGEaseConfig(10.0, {"made_by": 4.0, "noise": 0.1}))
    (row,) = evaluate_explain(planted(), ExplainSize(users=40, refits=20, k=3), tuned=tuned)
    assert row.n == 120
    assert row.metrics["max_sum_error"] < 1e-5
    assert row.metrics["coverage"] == 1
    shares = {kind: row.metrics[f"{kind}_share"] for kind in SHARES}
    assert sum(shares.values()) == pytest.approx(1)
    assert 0 < shares["indirect"] < shares["fact"]
    assert 0 < row.metrics["nothing_shared_share"] < 1
    for kind in ("event", "event_refit", "fact"):
        cited = row.metrics[f"{kind}_deletion_drop"]
        assert cited > row.metrics[f"{kind}_random_drop"] + 0.05
        assert row.config[f"{kind}_deletions"] > 10
    kinds = ("event", "event_refit", "fact")
    drops = [row.metrics[f"{kind}_deletion_drop"] for kind in kinds]
    assert row.metrics["deletion_drop"] == pytest.approx(np.mean(drops))


def test_shoppers_are_named_from_a_number_on() -> None:
    tuned = TunedSettings(kg_ease=KGEaseConfig(10.0, {"made_by": 4.0, "noise": 0.1}))
    size = ExplainSize(users=20, refits=0, k=3)
    found = {
        named: evaluate_explain(planted(), replace(size, named_shoppers=named), tuned=tuned)[0]
        for named in (1, 5, 1000)
    }
    assert found[1].metrics["few_shoppers_share"] == 0
    assert found[1000].metrics["interaction_share"] == 0
    assert found[5].metrics["interaction_share"] < found[1].metrics["interaction_share"]
    by_event = {row.metrics["nothing_shared_share"] for row in found.values()}
    assert len(by_event) == 1


def test_the_same_seed_draws_the_same() -> None:
    tuned, size = TunedSettings(kg_ease=KGEaseConfig(10.0)), ExplainSize(users=12, refits=4, k=3)
    first, second = (evaluate_explain(planted(), size, tuned=tuned)[0] for _ in range(2))
    assert first.metrics == second.metrics
    other = evaluate_explain(planted(), replace(size, seed=1), tuned=tuned)[0]
    assert other.metrics != first.metrics


def test_users_with_one_event_are_counted_and_not_deleted_from() -> None:
    one = incidence(np.array([0, 1]), np.array([0, 1]), (2, 6))
    facts = RelationFacts(incidence(np.arange(6), np.arange(6) // 2, (6, 3)))
    data = RecommendData(one, {"made_by": facts}, test=one)
    (row,) = evaluate_explain(data, ExplainSize(users=5, refits=0, k=2))
    assert row.config["users_with_one_event"] == 2
    assert row.n == 4
    assert row.metrics["deletion_drop"] == row.metrics["random_drop"] == 0


def test_data_without_anyone_to_explain_to_is_refused() -> None:
    train = incidence(np.array([0]), np.array([0]), (2, 3))
    test = incidence(np.array([1]), np.array([1]), (2, 3))
    for data in (RecommendData(train), RecommendData(train, test=test)):
        with pytest.raises(EvaluationDataError, match="both an event and a test item"):
            evaluate_explain(data)


def test_the_command_prints_the_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import json

    from catalograph.cli import app

    data = planted()
    assert data.test is not None
    for name, matrix in (("train", data.train), ("test", data.test)):
        users, items = matrix.nonzero()
        lines = [f"{user}\t{item}" for user, item in zip(users, items, strict=True)]
        (tmp_path / f"{name}.tsv").write_text("\n".join(["user_id\tproduct_id", *lines, ""]))
    for wrong in (["eval", "explain"], ["eval", "explain", str(tmp_path), "--graph"]):
        with pytest.raises(ConfigError, match="Either a folder or --graph"):
            app(wrong, standalone_mode=False)
    command = ["eval", "explain", str(tmp_path), "--users", "9", "--refits", "2", "--json"]
    app(command, standalone_mode=False)
    printed = json.loads(capsys.readouterr().out)
    assert printed["command"] == "eval explain"
    assert printed["rows"][0]["n"] == 90
    assert {"max_sum_error", "coverage", "deletion_drop", "random_drop"} <= set(
        printed["rows"][0]["metrics"]
    )
