"""A language model from the command line: new attributes are reviewed, reviews are read."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.settings import Settings
from catalograph.store import Connection
from tests.conftest import wipe
from tests.integration.test_kills import environment
from tests.model_endpoint import Endpoint, asked_texts, serving, status, values

pytestmark = pytest.mark.neo4j

STOOLS = (
    {"sku": "1", "name": "Sund stool, oak frame, 45 cm", "kind": "Stools"},
    {"sku": "2", "name": "Vik stool, beech frame", "kind": "Stools"},
    {"sku": "3", "name": "折叠餐椅 榉木框架", "kind": "餐椅"},
)
CATALOGUE = "kind: catalog\nsource: shop\nid: sku\ntitle: name\ncategory: kind\n"
REVIEWS = (
    {"id": "a", "sku": "1", "who": "Jane Roe", "said": "The frame is solid. Jane, +49 30 901820"},
    {"id": "b", "sku": "3", "who": "w2", "said": "框架很稳，但是漆面掉色。客服小李不理人"},
)
REVIEW_MAPPING = "kind: reviews\nsource: shop\nid: id\nproduct: sku\nuser: who\ntext: said\n"
WOODS = re.compile("oak|beech|榉木")
ASPECTS = {
    "frame": ("solid", "positive"),
    "框架": ("很稳", "正面"),
    "漆面": ("掉色", "negative"),
}


def answer(body: dict[str, Any]) -> str:
    """Answers as a reasoning model does: a wrong draft in its thoughts, then items good and bad."""
    texts = asked_texts(body)
    if "aspects" in body["messages"][0]["content"]:
        said = [
            {"term": term, "sentiment": sentiment, "opinion": opinion}
            for term, (opinion, sentiment) in ASPECTS.items()
            if term in texts["text 1"]
        ]
        return json.dumps({"aspects": [*said, {"term": "price"}, "?"]}, ensure_ascii=False)
    wood = WOODS.search(texts["title"])
    stated = [
        {"attribute": "frame material", "value": [wood[0]] if wood else []},
        {"attribute": "colour", "value": "invisible"},
        {"value": 4},
    ]
    draft = values(("frame material", "plastic"))
    return f"<think>Maybe {draft}</think>{json.dumps({'values': stated}, ensure_ascii=False)}"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving(answer) as held:
        yield held


@pytest.fixture
def shop(
    connection: Connection,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    endpoint: Endpoint,
) -> Path:
    """A folder with a catalogue, reviews and their mappings; the graph is empty."""
    wipe(connection)
    model = {"BASE_URL": endpoint.url, "MODEL": "fake", "ATTEMPTS": "1"}
    told = {f"CATALOGRAPH_LLM__{name}": value for name, value in model.items()}
    for name, said in (environment(settings) | told).items():
        monkeypatch.setenv(name, said)
    monkeypatch.setenv("CATALOGRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    for name, rows in (("stools", STOOLS), ("reviews", REVIEWS)):
        (tmp_path / f"{name}.jsonl").write_bytes(b"\n".join(map(orjson.dumps, rows)))
    (tmp_path / "stools.yaml").write_text(CATALOGUE)
    (tmp_path / "reviews.yaml").write_text(REVIEW_MAPPING)
    return tmp_path


def call(*arguments: str) -> Any:
    """Run a command; what it prints as JSON."""
    result = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def frames(connection: Connection) -> list[tuple[str, str]]:
    rows = connection.execute(
        "MATCH (p:Product)-[:HAS_VALUE]->(v:Value {attribute: 'frame material'}) "
        "RETURN p.id AS id, v.name AS name ORDER BY id"
    )
    return [(row["id"], row["name"]) for row in rows]


def test_a_new_attribute_is_reviewed_before_it_is_asked_for(
    shop: Path, connection: Connection, endpoint: Endpoint
) -> None:
    # Given categories of which the graph knows no attribute
    report = call("ingest", "catalog", "stools.jsonl", "--mapping", "stools.yaml", "--llm")
    # Then what the model proposes waits, and what it cannot prove is counted
    texts = report["texts"]
    assert (texts["accepted"], texts["aside"], texts["proposed"]) == (0, 3, 3)
    assert (texts["dropped"], texts["refused_not_in_text"]) == (3, 3)
    assert frames(connection) == []
    waiting = call("review", "--attribute", "frame material")["items"]
    assert {(item["proposed"], item["origin"]) for item in waiting} == {
        ("oak", "llm proposal"),
        ("beech", "llm proposal"),
        ("榉木", "llm proposal"),
    }
    # When one value is accepted
    oak = next(item["id"] for item in waiting if item["proposed"] == "oak")
    call("review", "accept", oak)
    assert frames(connection) == [("1", "oak")]
    # Then the attribute is among those that the model is asked for, with the value as example
    endpoint.heard.clear()
    call("ingest", "texts", "--llm")
    asked = {asked_texts(body)["title"]: body for body in endpoint.heard}
    stool = asked[STOOLS[1]["name"]]["messages"]
    assert '- "frame material": "oak"' in stool[0]["content"]
    assert frames(connection) == [("1", "oak"), ("2", "beech"), ("3", "榉木")]


def test_reviews_are_read_and_a_failed_one_is_read_again(
    shop: Path, connection: Connection, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CATALOGRAPH_INGEST__REMOVE_PERSONAL_DATA", "true")
    ingest = ("ingest", "reviews", "reviews.jsonl", "--mapping", "reviews.yaml", "--llm")
    # Given an endpoint that fails
    endpoint.always = status(500)
    report = call(*ingest)
    assert (report["written"], report["texts"]["failed"]) == (2, 2)
    # When it answers, the same file is read again, and then no more
    endpoint.always = None
    report = call(*ingest)
    assert (report["written"], report["texts"]["accepted"], report["texts"]["dropped"]) == (2, 3, 4)
    asked = len(endpoint.heard)
    assert call(*ingest)["unchanged"] == 2
    assert len(endpoint.heard) == asked
    rows = connection.execute(
        "MATCH (r:Review)-[m:MENTIONS]->(v:Value) RETURN r.id AS id, v.name AS name, "
        "m.sentiment AS sentiment, m.extractor AS by, "
        "substring(r.text, m.start, m.end - m.start) AS proof ORDER BY id, name"
    )
    assert [(row["id"], row["name"], row["sentiment"]) for row in rows] == [
        ("a", "frame", "positive"),
        ("b", "框架", "positive"),
        ("b", "漆面", "negative"),
    ]
    assert all((row["proof"], row["by"]) == (row["name"], "llm aspects") for row in rows)
    stored = connection.execute("MATCH (r:Review) RETURN r.text AS text ORDER BY r.id")
    assert [row["text"] for row in stored] == [
        "The frame is solid. [NAME], [PHONE]",
        "框架很稳，但是漆面掉色。客服[NAME]不理人",
    ]
    assert not re.search("Jane|901820|小李", json.dumps(endpoint.heard, ensure_ascii=False))


def test_reviews_are_read_in_one_way(shop: Path) -> None:
    result = CliRunner().invoke(
        app, ["ingest", "reviews", "reviews.jsonl", "--aspects", "rules", "--llm"]
    )
    assert result.exit_code == 2
    assert "either --aspects or --llm" in result.output
