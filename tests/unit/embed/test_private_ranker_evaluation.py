"""The evaluation of a private second stage, on a small catalogue with planted ratings."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.errors import ConfigError, EvaluationDataError
from catalograph.evaluation.private.search_ranking import (
    SimulationOptions,
    evaluate_private_ranker,
)

from .test_ranker_network import WordVectors

pytest.importorskip("opacus")
pytestmark = pytest.mark.engines

QUERIES, JUDGED = 12, 12


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A catalogue in which what is relevant has all words of the query in its title."""
    products, judgements = [], ["query\tproduct_id\trating"]
    for q in range(QUERIES):
        for n in range(JUDGED):
            good = n % 3 == 0
            title = f"alpha{q} beta{q}" if good else f"alpha{q} alpha{q} other{n} more{q}"
            products.append(json.dumps({"id": f"{q}-{n}", "title": title, "brand": f"b{n % 4}"}))
            judgements.append(f"alpha{q} beta{q}\t{q}-{n}\t{3 if good else 0}")
    catalog, qrels = tmp_path / "products.jsonl", tmp_path / "qrels.tsv"
    catalog.write_text("\n".join(products))
    qrels.write_text("\n".join(judgements))
    return catalog, qrels


def test_rows_stand_for_each_number_of_shoppers_and_epsilon(files: tuple[Path, Path]) -> None:
    pytest.importorskip("dp_accounting")
    options = SimulationOptions(epsilons=(0.01,), shoppers=(40, 200), seeds=2)
    told: list[str] = []
    rows = evaluate_private_ranker(
        *files, WordVectors(), options, on_row=lambda row: told.append(row.model)
    )
    names = ["first stage", "no privacy", "without noise", "ε 0.01"]
    assert told == [f"{n} shoppers: {name}" for n in (40, 200) for name in names]
    found = {row.model: row.metrics for row in rows}
    assert {row.n for row in rows} == {QUERIES // 2}
    for metrics in found.values():
        assert 0 < metrics["low"] <= metrics["ndcg@10"] <= metrics["high"] <= 1
    assert found["40 shoppers: first stage"] == found["200 shoppers: first stage"]
    learned, plain = (found[f"200 shoppers: {name}"] for name in ("without noise", "first stage"))
    assert learned["ndcg@10"] >= plain["ndcg@10"]


def test_too_few_queries_and_nothing_to_simulate_are_refused(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    few = tmp_path / "few.tsv"
    few.write_text("".join(files[1].read_text().splitlines(keepends=True)[: 1 + 3 * JUDGED]))
    with pytest.raises(EvaluationDataError, match="too few judged queries"):
        evaluate_private_ranker(files[0], few, WordVectors(), SimulationOptions(seeds=1))
    with pytest.raises(ConfigError, match="nothing to simulate"):
        SimulationOptions(shoppers=())


def test_the_command_refuses_what_is_no_number(files: tuple[Path, Path]) -> None:
    said = CliRunner().invoke(
        app, ["eval", "private-ranker", *map(str, files), "--shoppers", "many"]
    )
    assert said.exit_code == 2
