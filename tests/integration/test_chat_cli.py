"""`catalograph chat`: piped turns of one conversation, against this graph and a server."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.errors import ConfigError, ServerUnreachableError
from catalograph.settings import Settings
from catalograph.store import Connection

from .conftest import key

pytestmark = pytest.mark.neo4j


@pytest.fixture(autouse=True)
def environment(settings: Settings, shop: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.neo4j.uri is not None
    assert settings.neo4j.password is not None
    monkeypatch.setenv("CATALOGRAPH_HOME", str(settings.home))
    monkeypatch.setenv("CATALOGRAPH_NEO4J__URI", settings.neo4j.uri)
    monkeypatch.setenv("CATALOGRAPH_NEO4J__PASSWORD", settings.neo4j.password.get_secret_value())


def talk(*arguments: str, words: str) -> str:
    done = CliRunner().invoke(app, ["chat", *arguments], input=words)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


def test_piped_turns_are_one_conversation() -> None:
    words = "Which cameras cost less than 150?\n\nHow much is the second?\n第一个呢？\n"
    turns = [json.loads(line) for line in talk("--json", words=words).splitlines()]
    assert [turn["number"] for turn in turns] == [1, 2, 3]
    assert len({turn["conversationKey"] for turn in turns}) == 1
    assert turns[1]["answer"]["productKeys"] == [key("cam2")]
    assert "100.00 EUR" in turns[2]["answer"]["text"]


def test_answers_are_printed_with_their_sources() -> None:
    shown = talk("--product", key("tri1"), words="How much is it?\nI want to talk to a human.\n")
    assert "45.00 EUR" in shown
    assert "[1] record" in shown
    assert "asked: The customer asks for a person." in shown


def test_a_server_that_is_away_and_a_missing_key_are_named(tmp_path: Path) -> None:
    with pytest.raises(ServerUnreachableError, match="catalograph serve"):
        talk("--url", "http://127.0.0.1:9", words="Hello\n")
    with pytest.raises(ConfigError, match="cannot be read"):
        talk("--url", "http://127.0.0.1:9", "--key-file", str(tmp_path / "none"), words="Hello\n")
