"""Models of sequences against hand computation and planted orders, and `eval sequence`."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from catalograph.cli import eval as eval_commands
from catalograph.embed.recommend import (
    KGEaseConfig,
    RecommendData,
    RelationFacts,
    fit_ease,
    fit_kg_ease,
    incidence,
    measure,
)
from catalograph.embed.recommend.sequence import (
    SequenceConfig,
    Sequences,
    fit_sequence,
    histories,
    splits,
)
from catalograph.errors import ConfigError, EvaluationDataError
from catalograph.evaluation.sequence import (
    SEQUENCE_MODELS,
    evaluate_sequence,
    sequence_models_for,
)
from catalograph.evaluation.sequence_folder import read_sequence_folder

DOUBLE = KGEaseConfig(lambda_=2.0, dtype="float64")


def of(*lists: list[int], n_items: int = 4) -> Sequences:
    ends = np.cumsum([0, *(len(items) for items in lists)])
    return Sequences(np.array([i for items in lists for i in items], np.int64), ends, n_items)


def test_the_last_items_come_off() -> None:
    known = of([0, 1, 2], [3], [2, 3]).without_last()
    assert known.items.tolist() == [0, 1, 2]
    assert known.indptr.tolist() == [0, 2, 2, 3]
    last = of([0, 1, 2], [3], [2, 3])
    np.testing.assert_array_equal(last.last_items().nonzero(), [[0, 1, 2], [2, 3, 3]])
    np.testing.assert_array_equal(last.last_items(2).nonzero(), [[0, 2], [1, 2]])


def test_a_history_fades_from_its_end_and_the_latest_time_of_an_item_counts() -> None:
    rows = histories(of([1, 0, 1, 2], [], [3]), decay=2.0).toarray()
    half = math.exp(-1 / 2)
    expected = np.array([[half**2, half, 1, 0], [0] * 4, [0, 0, 0, 1]])
    np.testing.assert_allclose(rows, expected, rtol=1e-6)
    np.testing.assert_array_equal(histories(of([1, 0, 1])).toarray(), [[1, 1, 0, 0]])


def test_splits_fade_on_both_sides() -> None:
    S, T = splits(of([0, 1, 2], [3], [1, 3]), past_decay=1.0, future_decay=2.0)
    e, f = math.exp(-1), math.exp(-1 / 2)
    pasts = np.array([[1, 0, 0, 0], [e, 1, 0, 0], [0, 1, 0, 0]])
    futures = np.array([[0, 1, f, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    np.testing.assert_allclose(S.toarray(), pasts, rtol=1e-6)
    np.testing.assert_allclose(T.toarray(), futures, rtol=1e-6)


def test_interactions_at_one_time_have_no_order() -> None:
    # User 0 takes 2 and 1 at time 3, then 0; user 1 has no times.
    train = incidence(np.array([0, 0, 0, 1, 1]), np.array([0, 1, 2, 0, 3]), (2, 4))
    visits = Sequences.of_events(train, np.array([8, 3, 3, -1, -1]))
    assert visits.items.tolist() == [1, 2, 0, 0, 3]
    S, T = splits(visits, past_decay=1.0, future_decay=1.0)
    np.testing.assert_allclose(S.toarray(), [[0, 1, 1, 0]])
    np.testing.assert_allclose(T.toarray(), [[1, 0, 0, 0]])
    e = math.exp(-1)
    rows = histories(visits, decay=1.0).toarray()
    wanted = np.array([[1, e, e, 0], [1, 0, 0, 1]])
    np.testing.assert_allclose(rows, wanted, rtol=1e-6)


def test_far_ends_of_long_sequences_do_not_count() -> None:
    S, T = splits(of(list(range(200)), n_items=200), past_decay=2.0, future_decay=1.0)
    assert S.shape == (199, 200)
    assert np.diff(S.indptr).max() == np.diff(T.indptr).max() == 64
    assert S[[150]].indices.tolist() == list(range(87, 151))


def test_weights_of_one_split_by_hand() -> None:
    # S = [1, 0], T = [0, 1], λ = 2: A = diag(3, 2), d·(SᵀT − SᵀS) = [[−1, 1], [0, 0]],
    # M = [[−1/3, 1/3], [0, 0]]; only 0 leads to 1.
    config = SequenceConfig(DOUBLE, undirected=0.0)
    B = fit_sequence(of([0, 1], n_items=2), config=config).weights
    np.testing.assert_allclose(B, np.array([[0, 1 / 3], [0, 0]]), atol=1e-12)


def some(seed: int = 0, users: int = 60, n_items: int = 12) -> Sequences:
    rng = np.random.default_rng(seed)
    lists = [rng.permutation(n_items)[: rng.integers(1, 6)].tolist() for _ in range(users)]
    return of(*lists, n_items=n_items)


def some_facts(n_items: int = 12) -> dict[str, RelationFacts]:
    rng = np.random.default_rng(1)
    facts = incidence(np.arange(n_items), rng.integers(0, 3, n_items), (n_items, 3))
    return {"brand": RelationFacts(facts)}


def test_weights_solve_the_stacked_regression() -> None:
    """Off the diagonal the gradient of the objective in the module's text is zero."""
    sequences, facts = some(), some_facts()
    config = SequenceConfig(DOUBLE, undirected=0.7, directed=1.5, past_decay=2, future_decay=3)
    B = fit_sequence(sequences, facts, config).weights
    X = histories(sequences).toarray().astype(np.float64)
    S, T = (side.toarray().astype(np.float64) for side in splits(sequences, 2, 3))
    data = RecommendData(incidence(np.array([0]), np.array([0]), (1, 12)), facts)
    F = fit_kg_ease(data, DOUBLE).grams.relations["brand"]
    G = np.zeros((12, 12))
    F.add_to(G, 1.0)
    gradient = 0.7 * X.T @ (X @ B - X) + 1.5 * S.T @ (S @ B - T) + G @ B - G + 2.0 * B
    np.testing.assert_allclose(gradient - np.diag(np.diag(gradient)), 0, atol=1e-5)
    assert not np.diag(B).any()


def test_without_direction_it_is_ease() -> None:
    sequences = some()
    config = SequenceConfig(DOUBLE, undirected=1.0, directed=0.0)
    B = fit_sequence(sequences, config=config).weights
    expected = fit_ease(histories(sequences), 2.0, "float64").weights
    np.testing.assert_allclose(B, expected, atol=1e-10)


def chains(users: int = 200, length: int = 5, n_items: int = 30) -> Sequences:
    """Everyone goes round the same circle of items, from anywhere."""
    rng = np.random.default_rng(3)
    lists = []
    for _ in range(users):
        walk = (rng.integers(n_items) + np.arange(length)) % n_items
        lists.append(walk.tolist())
    return of(*lists, n_items=n_items)


def hit_first(sequences: Sequences, directed: float) -> float:
    # Without fading, what came before a history and what comes after it are as near.
    config = SequenceConfig(directed=directed, history_decay=math.inf)
    known = sequences.without_last()
    data = RecommendData(histories(known, config.history_decay), test=sequences.last_items())
    return measure(fit_sequence(known, config=config), data, 1)[0]["hit_ratio@1"]


def test_order_is_learned_where_company_alone_cannot_tell() -> None:
    assert hit_first(chains(length=3), directed=1.0) > 0.9
    assert hit_first(chains(length=3), directed=0.0) < 0.8


@pytest.mark.parametrize(
    "wrong", [{"undirected": -1.0}, {"directed": math.nan}, {"past_decay": 0.0}]
)
def test_wrong_configurations_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="expected a number"):
        SequenceConfig(**wrong)  # type: ignore[arg-type]


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Walks round circles of items, numbered from 1, and a shop that names them with facts."""
    made, shop = tmp_path / "walks", tmp_path / "shop"
    made.mkdir()
    shop.mkdir()
    walks = chains()
    lines = [
        " ".join(map(str, [user + 1, *(walks.items[start:stop] + 1)]))
        for user, (start, stop) in enumerate(zip(walks.indptr, walks.indptr[1:], strict=False))
    ]
    (made / "sequences.txt").write_text("\n".join(lines) + "\n")
    rows = [f"{i + 1}\tA{i}\t7 8" for i in range(30)]
    (made / "items.tsv").write_text("\n".join(["item_id\tasin\tattribute_ids", *rows]) + "\n")
    # The shop numbers them the other way round, knows one more and does not know A0.
    names = [f"{40 - i}\tA{i}" for i in range(1, 31)]
    (shop / "product.tsv").write_text("\n".join(["id\tname", *names]) + "\n")
    (shop / "related_product.tsv").write_text("id\tname\n0\tA3\n1\tA30\n")
    facts = [f"{40 - i}\tproduced_by\tbrand\t{i // 10}" for i in range(1, 31)]
    facts += ["38\talso_bought\trelated_product\t0", "38\talso_bought\trelated_product\t1"]
    head = "product_id\trelation\ttail_type\ttail_id"
    (shop / "kg.tsv").write_text("\n".join([head, *facts]) + "\n")
    return made, shop


def test_facts_are_found_by_the_names_of_the_items(folders: tuple[Path, Path]) -> None:
    data = read_sequence_folder(*folders)
    assert (data.unnamed, data.sequences.n_items) == (1, 30)
    brand = data.relations["produced_by"].facts.toarray()
    np.testing.assert_array_equal(brand[1:].argmax(axis=1), np.arange(1, 30) // 10)
    assert not brand[0].any()
    bought = data.relations["also_bought"]
    np.testing.assert_array_equal(bought.facts.nonzero()[0], [2, 2])
    assert bought.tail_items is not None
    assert bought.tail_items.tolist() == [3, -1]


def run(*arguments: str) -> tuple[str, str]:
    app = typer.Typer()
    eval_commands.register(app)
    app.command("other")(lambda: None)
    result = CliRunner().invoke(app, ["eval", "sequence", *arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout, result.stderr


def test_the_command_prints_rows_of_the_agreed_shape(folders: tuple[Path, Path]) -> None:
    out, err = run(str(folders[0]), "--facts", str(folders[1]), "--json")
    report = json.loads(out)
    assert report["command"] == "eval sequence"
    assert [row["model"] for row in report["rows"]] == list(SEQUENCE_MODELS)
    for row in report["rows"]:
        assert list(row["metrics"]) == ["hit_ratio@10", "ndcg@10"]
        assert row["n"] == 200
    found = {row["model"]: row["metrics"]["ndcg@10"] for row in report["rows"]}
    assert found["mixture"] >= found["ease-recency"] >= found["ease"] > found["popularity"] + 0.3
    assert "1 items are not among the products" in err


def test_without_facts_their_rows_are_left_out(folders: tuple[Path, Path]) -> None:
    out, err = run(str(folders[0]), "--models", "slist,kg-mixture", "--k", "3", "--json")
    assert [row["model"] for row in json.loads(out)["rows"]] == ["slist"]
    assert "Left out, as the facts they need are not there: kg-mixture." in err


def test_validation_does_not_look_at_the_last_item(folders: tuple[Path, Path]) -> None:
    data = read_sequence_folder(*folders)
    row = evaluate_sequence(data, ["slist"], validation=True)[0]
    items = data.sequences.items.copy()
    items[data.sequences.indptr[1:] - 1] = 5
    changed = Sequences(items, data.sequences.indptr, 30)
    other = type(data)(changed, data.relations, data.name)
    assert evaluate_sequence(other, ["slist"], validation=True)[0].metrics == row.metrics


def test_what_cannot_be_run_is_said(folders: tuple[Path, Path]) -> None:
    data = read_sequence_folder(folders[0])
    with pytest.raises(ConfigError, match="No model 'gru'; expected some of popularity"):
        sequence_models_for(data, ["gru"])
    with pytest.raises(ConfigError, match="k is 0"):
        evaluate_sequence(data, ["slist"], k=0)
    short = type(data)(of([1], [2]), {}, "short")
    with pytest.raises(EvaluationDataError, match="long enough; expected at least one with 2"):
        evaluate_sequence(short, ["popularity"])


def test_a_file_without_an_item_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sequences.txt").write_text("1\n2\n")
    with pytest.raises(EvaluationDataError, match="no interaction"):
        read_sequence_folder(tmp_path)
    with pytest.raises(EvaluationDataError, match=r"sequences.txt .* is missing"):
        read_sequence_folder(tmp_path / "no")
