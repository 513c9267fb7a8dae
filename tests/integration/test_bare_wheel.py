"""The wheel without extras: every command helps, and says in one sentence what it lacks."""

import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest
import typer

from catalograph.cli import app
from catalograph.settings import Settings

pytestmark = [pytest.mark.neo4j, pytest.mark.heavy]

ROOT = Path(__file__).parents[2]
RUN_FOR_GOOD = {"up", "down", "demo", "ingest watch", "ingest stream", "backup", "restore"}
"""Not run plainly: they start, stop or follow something."""
NO_EXTRA_NEEDED = {"status", "schema check", "runs list", "user-key", "cypher", "quarantine list"}


def commands(command: Any, path: tuple[str, ...] = ()) -> dict[str, Any]:
    if not hasattr(command, "commands"):
        return {" ".join(path): command}
    found: dict[str, Any] = {}
    for name, child in command.commands.items():
        found |= commands(child, (*path, name))
    return found


ALL = commands(typer.main.get_command(app))


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of a virtual environment that has the built wheel and no extra."""
    folder = tmp_path_factory.mktemp("bare")
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w"]
    subprocess.run([*build, str(folder), str(ROOT)], check=True, capture_output=True)
    venv.create(folder / "venv", with_pip=True)
    [wheel] = folder.glob("catalograph-*.whl")
    python = folder / "venv/bin/python"
    subprocess.run([str(python), "-m", "pip", "install", "-q", str(wheel)], check=True)
    return folder / "venv/bin/catalograph"


@pytest.fixture(scope="module")
def environment(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables that point at the tests' server, so that a command goes on to what it needs."""
    assert settings.neo4j.uri is not None
    assert settings.neo4j.password is not None
    return os.environ | {
        "CATALOGRAPH_HOME": str(tmp_path_factory.mktemp("home")),
        "CATALOGRAPH_USER_SECRET": "a secret of the tests",
        "CATALOGRAPH_NEO4J__URI": settings.neo4j.uri,
        "CATALOGRAPH_NEO4J__PASSWORD": settings.neo4j.password.get_secret_value(),
    }


def run(
    program: Path, environment: dict[str, str], folder: Path, *words: str
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(program), *words],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode in (0, 1, 2), done.stderr
    return done


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_command_helps(
    name: str, program: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    done = run(program, environment, tmp_path, *name.split(), "--help")
    assert done.returncode == 0
    assert "Usage: catalograph" in done.stdout


@pytest.mark.parametrize("name", sorted(set(ALL) - RUN_FOR_GOOD))
def test_no_command_ends_in_a_traceback(
    name: str, program: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    """Given only what a command requires, it works or says in an error what it lacks."""
    (tmp_path / "rows.jsonl").write_text('{"id": "1", "title": "Red pan", "brand": "Acme"}\n')
    words = name.split()
    for parameter in ALL[name].params:
        if parameter.required:
            shown = parameter.opts[:1] if parameter.param_type_name == "option" else []
            words += [*shown, "rows.jsonl"]
    done = run(program, environment, tmp_path, *words)
    assert not done.returncode or done.stderr.strip() or done.stdout.strip()
    if name in NO_EXTRA_NEEDED:
        assert "pip install" not in done.stderr, done.stderr


def test_a_missing_extra_is_one_sentence(
    program: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    done = run(program, environment, tmp_path, "api-key", "new", "shop")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: This needs the package '")
    assert "pip install 'catalograph[api]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1
