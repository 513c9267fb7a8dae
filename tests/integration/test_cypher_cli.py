"""`catalograph cypher`: statements from argument, file, standard input and the library."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.errors import StatementInvalidError, StatementRefusedError
from catalograph.settings import Settings
from catalograph.store import Connection
from catalograph.store.analyst import saved_queries

from .conftest import key

pytestmark = pytest.mark.neo4j
_RED = (
    "MATCH (p:Product)-[:HAS_VALUE]->(:Value {name: $colour}) RETURN p.id AS id, p.price AS price"
)


@pytest.fixture(autouse=True)
def environment(settings: Settings, shop: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.neo4j.uri is not None
    assert settings.neo4j.password is not None
    monkeypatch.setenv("CATALOGRAPH_HOME", str(settings.home))
    monkeypatch.setenv("CATALOGRAPH_NEO4J__URI", settings.neo4j.uri)
    monkeypatch.setenv("CATALOGRAPH_NEO4J__PASSWORD", settings.neo4j.password.get_secret_value())
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str, words: str | None = None, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["cypher", *arguments], input=words)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return done.stdout


def test_a_statement_comes_from_argument_file_or_standard_input(tmp_path: Path) -> None:
    text = f"{_RED} ORDER BY id"
    path = tmp_path / "red.cypher"
    path.write_text(text)
    options = ("--param", "colour=red", "--format", "csv")
    expected = "id,price\ncam1,100.0\nold1,1.0\ntea2,6.0\n"
    assert run(text, *options) == expected
    assert run("--file", str(path), *options) == expected
    assert run(*options, words=text) == expected
    assert run("-", *options, words=text) == expected


def test_it_prints_json_and_tables(tmp_path: Path) -> None:
    answer = json.loads(
        run(f"{_RED} ORDER BY id", "--param", 'colour="red"', "--format", "json", "--limit", "1")
    )
    assert answer.pop("milliseconds") > 0
    assert answer == {
        "columns": ["id", "price"],
        "rows": [["cam1", 100.0]],
        "truncated": True,
        "notifications": [],
    }
    table = run("MATCH (p:Product {id: 'tea1'}) RETURN p.title AS title, '[red]' AS text, [1] AS l")
    for shown in ("title", "Green tea", "[red]", "[1]"):
        assert shown in table


def test_saved_queries_are_listed_and_run() -> None:
    listed = run("--list")
    assert "brand_share_by_week" in listed
    names = [query["name"] for query in json.loads(run("--list", "--format", "json"))]
    assert names == sorted(names)
    assert names == sorted(query.name for query in saved_queries())
    rows = run(
        "--saved", "alike_by_text", "--param", f"product={key('tea1')}", "--param", "first=1",
        "--format", "csv",
    )  # fmt: skip
    assert rows == f"product,title,similarity\n{key('tea2')},Red tea,1.0\n"


def test_the_plan_is_shown() -> None:
    assert (
        run("--explain", "MATCH (p:Product {key: 'x'}) RETURN p")
        .splitlines()[1]
        .startswith("  NodeUniqueIndexSeek")
    )


def test_a_mistyped_property_is_noticed() -> None:
    done = CliRunner().invoke(app, ["cypher", "MATCH (p:Product) RETURN p.prce LIMIT 1"])
    assert done.exit_code == 0
    assert "prce" in done.stderr
    assert "Did you mean 'price'?" in done.stderr
    said = json.loads(run("MATCH (p:Prodct) RETURN p", "--json"))["notifications"]
    assert ["Did you mean 'Product'?" in notice["description"] for notice in said] == [True]
    assert json.loads(run("MATCH (p:Product) RETURN p.price", "--json"))["notifications"] == []


def test_no_rows_of_a_saved_query_are_explained() -> None:
    words = ["cypher", "--saved", "price_bands_by_category", "--param", "currency=XXX"]
    done = CliRunner().invoke(app, words)
    assert "No rows: No category has so many listed products" in done.stderr
    assert "currency = 'XXX'" in done.stderr


def test_what_is_wrong_is_told() -> None:
    with pytest.raises(StatementRefusedError, match="statements only read"):
        run("MATCH (p:Product) SET p.price = 0")
    with pytest.raises(StatementInvalidError, match="needs the parameter 'week'"):
        run("--saved", "trending_by_week")
    run("RETURN 1", "--param", "nonsense", code=2)
    run("RETURN 1", "--file", "x.cypher", code=2)
    run("--file", "no-such-file.cypher", code=2)
