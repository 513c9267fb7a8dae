"""Tuning, what is stored of it, and `catalograph eval recommend`."""

import importlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from catalograph.cli import eval as eval_commands
from catalograph.embed import recommend
from catalograph.embed.recommend import (
    KGEaseConfig,
    RecommendData,
    RelationFacts,
    Search,
    evaluate_holdout,
    find_tuned,
    incidence,
    read_folder,
    save_tuned,
    tune,
    tune_ease,
)
from catalograph.errors import ConfigError, MissingExtraError
from catalograph.evaluation.recommendation import MODELS, evaluate, models_for

BLOCKS, SIZE, USERS = 6, 8, 90
BASE = ("popularity", "item-knn", "gf-cf", "rp3beta", "ease", "ease-weighted", "ensemble")
"""The rows that need no facts."""


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Shoppers of planted tastes: five of eight products of a brand to train on, one to find."""
    rng = np.random.default_rng(5)
    split: dict[str, list[str]] = {"train": [], "test": []}
    for user in range(USERS):
        liked = rng.permutation(SIZE) + SIZE * (user % BLOCKS)
        split["train"] += [f"{user}\t{item}" for item in liked[:3]]
        split["test"] += [f"{user}\t{item}" for item in liked[3:5]]
    made = tmp_path / "shop"
    made.mkdir()
    for name, rows in split.items():
        (made / f"{name}.tsv").write_text("\n".join(["user_id\tproduct_id", *rows]) + "\n")
    facts = [f"{i}\tproduced_by\tbrand\t{i // SIZE}" for i in range(BLOCKS * SIZE)]
    facts += [f"{i}\tnoise\tthing\t{rng.integers(9)}" for i in range(BLOCKS * SIZE)]
    head = "product_id\trelation\ttail_type\ttail_id"
    (made / "kg.tsv").write_text("\n".join([head, *facts]) + "\n")
    return made


def run(*arguments: str) -> tuple[int, str, str]:
    app = typer.Typer()
    eval_commands.register(app)
    app.command("other")(lambda: None)
    result = CliRunner().invoke(app, ["eval", "recommend", *arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_json_is_one_object_of_the_agreed_shape(folder: Path) -> None:
    code, out, err = run(str(folder), "--k", "5", "--json")
    assert code == 0
    report = json.loads(out)
    assert list(report) == ["command", "data", "seed", "rows"]
    assert (report["command"], report["data"], report["seed"]) == ("eval recommend", str(folder), 0)
    assert [row["model"] for row in report["rows"]] == list(MODELS)
    for row in report["rows"]:
        assert list(row) == ["model", "metrics", "n", "config", "seconds", "peak_mb"]
        assert list(row["metrics"]) == ["ndcg@5", "recall@5", "hit_ratio@5", "precision@5"]
        assert all(0 <= value <= 1 for value in row["metrics"].values())
        assert row["n"] == USERS
        assert row["seconds"] > 0
        assert row["peak_mb"] > 10
    by_model = {row["model"]: row["metrics"]["ndcg@5"] for row in report["rows"]}
    assert by_model["kg-ease"] > by_model["popularity"] + 0.3
    assert by_model["kg-ease"] >= by_model["kg-ease-shuffled"]
    assert "kg-ease-none: " in err


def test_the_table_is_in_per_cent(folder: Path) -> None:
    _, out, _ = run(str(folder), "--models", "ease,kg-ease", "--models", "popularity")
    lines = [line.split("│")[1:] for line in out.splitlines() if line.startswith("│")]
    assert [cells[0].strip() for cells in lines] == ["ease", "kg-ease", "popularity"]
    assert float(lines[0][3]) > 1  # hit ratio
    assert f"@10 in per cent, {USERS} users, seed 0" in out
    assert "from defaults" in out


def test_without_a_kg_file_its_rows_are_left_out_and_that_is_said(folder: Path) -> None:
    (folder / "kg.tsv").unlink()
    code, out, err = run(str(folder), "--json")
    assert code == 0
    assert [row["model"] for row in json.loads(out)["rows"]] == list(BASE)
    assert "no kg.tsv" in err
    assert "Left out, as the facts they need are not there: kg-ease," in err


def test_kgats_form_has_its_ndcg_too(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("0 1 2\n1 2 3\n2 1 3\n")
    (tmp_path / "test.txt").write_text("0 3\n1 1\n")
    _, out, _ = run(str(tmp_path), "--k", "2", "--json")
    rows = json.loads(out)["rows"]
    assert [row["model"] for row in rows] == list(BASE)
    assert all("ndcg_kgat@2" in row["metrics"] for row in rows)


def test_an_unknown_model_is_refused(folder: Path) -> None:
    with pytest.raises(ConfigError, match="No model 'kgat'; expected some of popularity"):
        run(str(folder), "--models", "ease,kgat")


def test_tuning_is_stored_and_used_by_the_next_run(folder: Path, tmp_path: Path) -> None:
    store = tmp_path / "deep" / "tuned.json"
    _, first, err = run(str(folder), "--tune", "--store", str(store), "--json")
    assert f"Stored in {store}" in err
    entry = json.loads(store.read_text())
    assert entry["data_hash"] == read_folder(folder).digest
    assert set(entry["kg-ease"]["weights"]) == {"produced_by", "noise"}
    _, second, err = run(str(folder), "--store", str(store), "--json")
    assert "Stored" not in err
    told = [[(r["model"], r["metrics"], r["config"]) for r in json.loads(x)["rows"]]
            for x in (first, second)]  # fmt: skip
    assert told[0] == told[1]
    assert told[1][BASE.index("ease")][2]["from"] == f"stored {store}"


def test_the_users_cache_serves_without_a_store(folder: Path, tmp_path: Path) -> None:
    run(str(folder), "--tune", "--models", "ease")
    data = read_folder(folder)
    tuned = find_tuned(data)
    assert tuned.ease_origin == f"stored {tmp_path}/cache/catalograph/tuned/{data.digest}.json"
    assert (tuned.kg_ease, tuned.kg_ease_origin) == (KGEaseConfig(), "defaults")


def test_what_is_stored_of_other_data_or_models_is_respected(folder: Path, tmp_path: Path) -> None:
    data, store = read_folder(folder), tmp_path / "tuned.json"
    save_tuned(data, {"ease": {"lambda": 3.0}}, store)
    save_tuned(data, {"kg-ease": {"lambda": 4.0, "weights": {"noise": 0.0}}}, store)
    tuned = find_tuned(data, store)
    assert (tuned.ease_lambda, tuned.kg_ease.lambda_) == (3.0, 4.0)
    assert (tuned.kg_ease.weight("noise"), tuned.kg_ease.weight("produced_by")) == (0.0, 1.0)
    assert find_tuned(replace(data, relations={}), store).ease_origin == "defaults"


@pytest.mark.parametrize("text", ["{", '{"data_hash": "HASH", "ease": {"lambda": "x"}}'])
def test_a_damaged_store_is_named(folder: Path, tmp_path: Path, text: str) -> None:
    data, store = read_folder(folder), tmp_path / "tuned.json"
    store.write_text(text.replace("HASH", data.digest))
    with pytest.raises(ConfigError, match="tuned.json"):
        find_tuned(data, store)


def test_tuning_finds_the_planted_relation(folder: Path) -> None:
    data = read_folder(folder)
    lines: list[str] = []
    search = Search(progress=lines.append)
    config = tune(data, search)
    assert config.weight("produced_by") > config.weight("noise")
    assert len(lines) == len(set(lines))
    assert tune(data) == config
    k = "ndcg@10"
    assert evaluate_holdout(data, config)[k] >= evaluate_holdout(data, KGEaseConfig())[k]


def test_tuning_does_not_look_at_the_test_part(folder: Path) -> None:
    data = read_folder(folder)
    assert data.test is not None
    backwards = replace(data, test=incidence(np.array([0]), np.array([0]), data.test.shape))
    assert tune(backwards) == tune(data)


def test_tuning_keeps_its_time(folder: Path) -> None:
    lines: list[str] = []
    config = tune(read_folder(folder), Search(seconds=0, progress=lines.append))
    assert len(lines) == 1
    assert config.lambda_ in {200.0, 800.0}


def test_with_one_interaction_a_user_nothing_is_tuned() -> None:
    data = RecommendData(
        train=incidence(np.array([0, 1]), np.array([0, 1]), (2, 3)),
        relations={"r": RelationFacts(incidence(np.array([0]), np.array([0]), (3, 1)))},
    )
    start = KGEaseConfig(7.0)
    assert tune(data, start=start) == start
    assert tune_ease(data, start=5.0) == 5.0
    assert evaluate_holdout(data, start) == {}


def test_brand_and_category_alone_need_these_relations(folder: Path) -> None:
    data = read_folder(folder)
    without = replace(data, relations={"noise": data.relations["noise"]})
    assert models_for(data) == (MODELS, ())
    assert models_for(without)[1] == ("kg-ease-brand-category",)
    row = evaluate(data, ["kg-ease-brand-category"])[0]
    assert row.config["weights"] == {"produced_by": 1.0}
    assert evaluate(data, ["kg-ease-none"])[0].config["weights"] == {}


def test_without_scipy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"catalograph\[embed\]"):
        importlib.reload(recommend)


def test_lists_must_have_a_place(folder: Path) -> None:
    with pytest.raises(ConfigError, match="k is 0; expected at least 1"):
        evaluate(read_folder(folder), ["ease"], k=0)
