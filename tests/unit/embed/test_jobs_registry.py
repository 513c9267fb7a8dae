"""The registry of embedding jobs: one entry in MODEL_KINDS and one module make a job."""

import json
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.embed.jobs import DEFAULT_KINDS, DEPENDENT_KINDS, Job, load_job, run_jobs
from catalograph.embed.jobs.task import JobContext, JobOutput, JobTask
from catalograph.errors import NotPublishedError
from catalograph.schema.model_kinds import MODEL_KINDS, ModelKindSpec, model_kind
from catalograph.settings import Settings
from catalograph.store import PublishedModel, TrainingRun
from catalograph.store.ledger.runs import RunLog
from tests.architecture.test_imports import HEAVY

JOBS = {
    "text": "vectors",
    "structure": "vectors",
    "node2vec": "vectors",
    "hashgnn": "vectors",
    "community": "values",
    "pagerank": "values",
    "knn": "edges",
    "kge": "vectors",
    "graph": "vectors",
    "preference": "edges",
    "passage": "vectors",
    "passage_zh": "vectors",
    "ranker": "artefact",
}


def test_the_registry_lists_every_job_with_what_it_holds() -> None:
    assert {name: kind.holds for name, kind in MODEL_KINDS.items()} == JOBS
    assert DEFAULT_KINDS == ("text", "structure", "preference")
    assert DEPENDENT_KINDS == ("knn",)


@pytest.mark.parametrize("name", MODEL_KINDS)
def test_a_job_has_a_module_a_purpose_limits_and_a_command(name: str) -> None:
    kind, job = model_kind(name), load_job(name)
    assert kind.name == name
    assert kind.purpose.endswith(".")
    assert kind.limits
    assert bool(kind.relations) == (kind.holds == "edges")
    command = typer.main.get_command(app).commands["embed"].commands[name]  # type: ignore[attr-defined]
    assert (command.name, command.help) == (name, job.help)
    assert {"--force", "--json"} <= {option for p in command.params for option in p.opts}


def test_the_commands_are_listed_without_the_optional_packages() -> None:
    code = "import sys; from catalograph.cli import app; app(['embed', '--help'], "
    code += f"standalone_mode=False); print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    listed = [
        line.split()[0] for line in done.stdout.partition("Commands:")[2].splitlines() if line
    ]
    assert listed[: len(JOBS)] == list(JOBS)
    assert done.stderr.strip() == "[]"


@dataclass(frozen=True)
class ShadeConfig:
    shade: int


def configure(shade: Annotated[int, typer.Option("--shade", min=1)] = 2) -> ShadeConfig:
    return ShadeConfig(shade)


def plan(context: JobContext) -> JobTask:
    config = context.config("colour", ShadeConfig(0))
    return JobTask("colour", {"shade": config.shade}, "data", lambda: pytest.fail("it learned"))


@pytest.fixture
def colour(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that the product does not have: one module and one entry."""
    module = ModuleType("catalograph.embed.jobs.colour")
    module.JOB = Job("Vectors of colours.", plan, configure)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(MODEL_KINDS, "colour", ModelKindSpec("colour", purpose="Colours."))


@pytest.mark.usefixtures("colour")
def test_one_entry_makes_a_command_that_reaches_the_task_with_its_options(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # The live version has these options, so the job is planned and finds nothing to do.
    live = PublishedModel(
        key="model:colour:4",
        kind="colour",
        version=4,
        live=True,
        slot="a",
        index=None,
        dimension=8,
        parts=(),
        config={"shade": 3},
        data_hash="data",
        metrics={},
        created=datetime(2026, 1, 1, tzinfo=UTC),
        seconds=1.0,
    )
    graph = nullcontext((None, Settings(home=tmp_path)))
    monkeypatch.setattr("catalograph.cli.embed_common.open_graph", lambda: graph)
    run = TrainingRun("1", RunLog(None))  # type: ignore[arg-type]
    monkeypatch.setattr("catalograph.store.record_training_run", lambda *_: nullcontext(run))
    monkeypatch.setattr("catalograph.embed.jobs.live_models", lambda connection: {"colour": live})
    done = CliRunner().invoke(app, ["embed", "colour", "--shade", "3", "--json"])
    assert done.exit_code == 0, done.output
    (report,) = json.loads(done.stdout)["jobs"]
    assert (report["kind"], report["version"], report["unchanged"]) == ("colour", 4, True)
    assert "Vectors of colours." in CliRunner().invoke(app, ["embed", "--help"]).stdout
    refused = CliRunner().invoke(app, ["embed", "colour", "--shade", "0"])
    assert refused.exit_code == 2


def test_an_unknown_kind_is_refused_with_the_nearest_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(NotPublishedError, match=r"no kind of model 'txet'.*Known: text, structure"):
        model_kind("txet")
    monkeypatch.setattr("catalograph.embed.jobs.live_models", lambda connection: {})
    nothing: Any = None
    with pytest.raises(NotPublishedError, match="Did you mean 'pagerank'"):
        run_jobs(nothing, Settings(home=tmp_path), ["pagerang"])


@pytest.mark.usefixtures("colour")
def test_a_refusal_is_told_and_fails_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    refused = JobOutput(None, {"ndcg": 0.5}, refusal="No shade is better than the live one.")
    task = JobTask("colour", {}, "data", lambda: refused)
    job = Job("Vectors of colours.", lambda context: task)
    monkeypatch.setattr(sys.modules["catalograph.embed.jobs.colour"], "JOB", job)
    graph = nullcontext((None, Settings(home=tmp_path)))
    monkeypatch.setattr("catalograph.cli.embed_common.open_graph", lambda: graph)
    monkeypatch.setattr("catalograph.embed.jobs.live_models", lambda connection: {})
    run = SimpleNamespace(note=lambda doing: None, counts={})
    monkeypatch.setattr("catalograph.store.record_training_run", lambda *given: nullcontext(run))
    done = CliRunner().invoke(app, ["embed", "colour", "--json"])
    (report,) = json.loads(done.stdout)["jobs"]
    assert (done.exit_code, report["refusal"]) == (1, "No shade is better than the live one.")
    told = CliRunner().invoke(app, ["embed", "colour"])
    assert told.exit_code == 1
    assert "not published" in told.stdout
    assert "No shade is better than the live one." in told.stderr
