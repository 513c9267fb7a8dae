"""Mappings proposed from the command line for reviews whose catalogue is in the graph."""

from pathlib import Path

import orjson
import pytest
import yaml
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.settings import Settings
from catalograph.store import Connection
from tests.conftest import wipe
from tests.integration.test_kills import environment

pytestmark = pytest.mark.neo4j


def write(path: Path, rows: list[dict[str, object]]) -> str:
    path.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    return str(path)


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["ingest", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_ids_of_the_graph_decide_which_column_names_the_product(
    connection: Connection, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing in the names of the columns says which of two is the product."""
    wipe(connection)
    for name, said in environment(settings).items():
        monkeypatch.setenv(name, said)
    monkeypatch.setenv("CATALOGRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    goods = write(
        Path("laden.jsonl"), [{"sku": f"T{n}", "name": f"Kettle number {n}"} for n in range(12)]
    )
    Path("laden.yaml").write_text(run("catalog", goods, "--guess"), "utf-8")
    run("catalog", goods, "--mapping", "laden.yaml")
    reviews = write(
        Path("r.jsonl"),
        [
            {"a": f"S{n % 6}", "b": f"T{n % 9}", "stars": 1 + n % 5, "text": "Nice and good"}
            for n in range(40)
        ],
    )
    proposed = run("reviews", reviews, "--guess")
    mapping = yaml.safe_load(proposed)
    assert (mapping["product"], mapping["product_source"]) == ("b", "laden")
    assert "100 % of its ids are in the graph's catalogue 'laden'" in " ".join(proposed.split())
    Path("r.yaml").write_text(proposed, "utf-8")
    run("reviews", reviews, "--mapping", "r.yaml")
    on_listed = "MATCH (:Review)-[:REVIEWS]->(p:Product {listed: true}) RETURN count(*) AS n"
    assert connection.execute(on_listed) == [{"n": 40}]
    wipe(connection)
