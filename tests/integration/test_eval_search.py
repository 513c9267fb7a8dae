"""`eval search` on a catalogue of six, with a Neo4j of its own."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from catalograph.cli import app

pytestmark = [pytest.mark.neo4j, pytest.mark.heavy]
GOODS = ("Desk lamp", "Floor lamp", "Lamp shade", "Red kettle", "Steel kettle", "Tea cup")


def test_each_mode_is_measured_on_judged_queries(tmp_path: Path) -> None:
    catalog, qrels = tmp_path / "goods.jsonl", tmp_path / "judged.tsv"
    rows = [{"id": str(n), "title": title, "brand": "Acme"} for n, title in enumerate(GOODS)]
    catalog.write_text("".join(json.dumps(row) + "\n" for row in rows))
    judged = [("lamp", 0, 3), ("lamp", 1, 3), ("lamp", 2, 3), ("kettle", 3, 2), ("kettle", 4, 2)]
    judged += [("kettle", 0, 0), ("nobody wants it", 5, 0)]
    lines = ["query\tproduct_id\trating", *("\t".join(map(str, row)) for row in judged)]
    qrels.write_text("\n".join(lines))

    arguments = ["eval", "search", "--catalog", str(catalog), "--qrels", str(qrels), "--json"]
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    told = json.loads(result.stdout)
    assert (told["command"], told["data"]) == ("eval search", f"{catalog}, {qrels}")
    by_mode = {row["model"]: row for row in told["rows"]}
    assert list(by_mode) == ["full-text", "vector", "hybrid"]
    # The third query has no useful product.
    assert [row["n"] for row in told["rows"]] == [2, 2, 2]
    assert by_mode["full-text"]["metrics"] == {"ndcg@10": 1.0, "ndcg_judged@10": 1.0}
    assert by_mode["hybrid"]["config"]["ndcg@10 gain"] == 0.0
