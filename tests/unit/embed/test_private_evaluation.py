"""What privacy costs and what attackers learn, on a small shop with planted tastes."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.embed.recommend import read_folder
from catalograph.errors import EvaluationDataError
from catalograph.evaluation.private.attacks import AttackOptions
from catalograph.evaluation.private.methods import METHODS, PublicKnowledge, Release
from catalograph.evaluation.private.rows import (
    ALL,
    FEW,
    PrivateOptions,
    evaluate_private,
    variants_of,
)
from catalograph.ml.privacy.noise import simulate_noise
from catalograph.ml.profiling import BenchmarkRow

pytest.importorskip("dp_accounting")

BRANDS, SIZE, USERS = 6, 10, 240


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Shoppers of one brand each, who take the popular products of it more often."""
    random = np.random.default_rng(5)
    chances = 1.0 / np.arange(1, SIZE + 1)
    chances /= chances.sum()
    split: dict[str, list[str]] = {"train": [], "test": []}
    for user in range(USERS):
        liked = random.choice(SIZE, 5, replace=False, p=chances) + SIZE * (user % BRANDS)
        split["train"] += [f"{user}\t{item}" for item in liked[1:]]
        split["test"] += [f"{user}\t{liked[0]}"]
    lone = BRANDS * SIZE
    split["train"] += [f"{USERS}\t{item}" for item in (lone, 0, SIZE, 2 * SIZE)]
    made = tmp_path / "shop"
    made.mkdir()
    for name, rows in split.items():
        (made / f"{name}.tsv").write_text("\n".join(["user_id\tproduct_id", *rows]) + "\n")
    facts = [f"{i}\tproduced_by\tbrand\t{i // SIZE}" for i in range(lone + 1)]
    facts += [f"{i}\talso_bought\tproduct\t{(i + 1) % lone}" for i in range(lone)]
    head = "product_id\trelation\ttail_type\ttail_id"
    (made / "kg.tsv").write_text("\n".join([head, *facts]) + "\n")
    return made


def by_name(rows: list[BenchmarkRow]) -> dict[str, BenchmarkRow]:
    return {row.model: row for row in rows}


def test_both_variants_stand_side_by_side_and_counts_help(folder: Path) -> None:
    options = PrivateOptions(
        (1.0, 1e6), seeds=2, k=3, floors=(3,), attacks=AttackOptions(8, 40, 100)
    )
    rows = by_name(evaluate_private(read_folder(folder), options))
    for variant in (ALL, FEW):
        public = rows[f"{variant}: public graph"]
        exact = rows[f"{variant}: counts without noise"]
        assert exact.metrics["ndcg@3"] > 1.2 * public.metrics["ndcg@3"]
        loose, strict = (rows[f"{variant}: counts, ε {e}"].metrics for e in ("1e+06", "1"))
        assert loose["ndcg@3"] == pytest.approx(exact.metrics["ndcg@3"], rel=0.05)
        assert strict["ndcg@3 low"] <= strict["ndcg@3"] <= strict["ndcg@3 high"]
        for method in METHODS:
            assert rows[f"{variant}: {method}, ε 1"].config["draws"] == 2
        assert f"{variant}: no privacy, at least 3 shoppers" in rows
    assert rows[f"{ALL}: public graph"].config["relations"] == ["also_bought", "produced_by"]
    assert rows[f"{FEW}: public graph"].config["relations"] == ["produced_by"]
    assert "no privacy: EASE" in rows


def test_attacks_learn_more_from_weights_than_from_private_counts(folder: Path) -> None:
    options = PrivateOptions((0.5,), seeds=2, k=3, floors=(2,), attacks=AttackOptions(24, 60, 200))
    rows = by_name(evaluate_private(read_folder(folder), options))
    before = rows[f"{FEW}: membership, weights without privacy"].metrics["auc"]
    after = rows[f"{FEW}: membership, counts, ε 0.5"].metrics["auc"]
    assert before > 0.6
    assert after < min(0.57, before)
    # The one shopper who alone chose a product is found by its edges, not with a floor or noise.
    assert rows[f"{FEW}: reconstruction, published edges"].metrics["found"] == 1.0
    floored = rows[f"{FEW}: reconstruction, at least 2 shoppers"].metrics["found"]
    assert floored < 1.0
    public = rows[f"{FEW}: reconstruction, public graph"].metrics["found"]
    private = rows[f"{FEW}: reconstruction, distribution, ε 0.5"].metrics["found"]
    assert private <= max(public, 0.67)


def test_a_folder_without_facts_is_refused_and_one_with_others_has_one_variant(
    folder: Path,
) -> None:
    kg = (folder / "kg.tsv").read_text()
    (folder / "kg.tsv").write_text(kg.replace("produced_by", "made_in"))
    assert list(variants_of(read_folder(folder))) == [ALL]
    (folder / "kg.tsv").unlink()
    with pytest.raises(EvaluationDataError, match=r"has no facts"):
        evaluate_private(read_folder(folder), PrivateOptions((1.0,), seeds=2))


def test_every_method_gives_a_positive_factor_to_every_product(folder: Path) -> None:
    data = read_folder(folder)
    for name, method in METHODS.items():
        release = Release(data.train, 4.5, simulate_noise(0), PublicKnowledge(data))
        variants = list(method(release))
        assert variants, name
        for values, factors in variants:
            assert factors.shape == (data.n_items,), values
            assert (factors > 0).all()
            assert np.isfinite(factors).all()


def test_the_command_prints_json(folder: Path) -> None:
    arguments = ["eval", "private", str(folder), "--epsilon", "2,8", "--seeds", "2", "--json"]
    result = CliRunner().invoke(app, [*arguments, "--no-attacks", "--floors", ""])
    assert result.exit_code == 0, result.output
    body = json.loads(result.stdout)
    assert body["command"] == "eval private"
    assert {row["config"].get("epsilon") for row in body["rows"]} == {None, 0.0, 2.0, 8.0}
    wrong = CliRunner().invoke(app, ["eval", "private", str(folder), "--epsilon", "two"])
    assert wrong.exit_code == 2
    assert "no list of numbers" in wrong.output
