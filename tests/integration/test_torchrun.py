"""Hosts train one model from the graph: the first one reads and publishes, the others compute."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from catalograph.embed.jobs import run_jobs
from catalograph.embed.jobs.kge import configure
from catalograph.schema.ontology import RunStatus
from catalograph.settings import Settings
from catalograph.store import Connection, list_runs, live_models
from tests.conftest import wipe
from tests.integration import test_ranker
from tests.integration.kafka import free_port
from tests.integration.test_kge_job import shop
from tests.integration.test_kills import environment
from tests.integration.test_learn_ranker import simulate
from tests.integration.test_ranker import seed, shop_api

__all__ = ["shop"]  # a fixture

pytestmark = pytest.mark.neo4j
CATALOGRAPH = (sys.executable, "-c", "from catalograph.cli import main; main()")
KGE = ("embed", "kge", "--set", "dimension=16", "--json")


@dataclass(frozen=True)
class Host:
    """A host: its address, the network interface that has it, and how to run a program there."""

    address: str = "127.0.0.1"
    interface: str = "lo"
    run: tuple[str, ...] = ()


def start(
    hosts: Sequence[Host], command: Sequence[str], settings: Settings, home: Path
) -> list[subprocess.Popen[str]]:
    """Start a torchrun on each host; only the first one knows where the graph is."""
    endpoint = f"{hosts[0].address}:{free_port()}"
    known = environment(settings)
    unknown = {name: said for name, said in os.environ.items() if "CATALOGRAPH" not in name}
    told: list[Mapping[str, str]] = [known, unknown | {"CATALOGRAPH_HOME": str(home)}]
    return [
        subprocess.Popen(
            [
                *(*host.run, sys.executable, "-m", "torch.distributed.run", "--nnodes", "2"),
                *("--nproc-per-node", "1", "--node-rank", str(rank), "--rdzv-backend", "c10d"),
                *("--rdzv-endpoint", endpoint, "--rdzv-conf", f"is_host={rank == 0}"),
                *("--local-addr", host.address, "--no-python"),
                *(*CATALOGRAPH, *command),
            ],
            env={**own, "GLOO_SOCKET_IFNAME": host.interface, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank, (host, own) in enumerate(zip(hosts, told, strict=True))
    ]


def finish(hosts: Sequence[subprocess.Popen[str]]) -> tuple[list[int], list[str], list[str]]:
    """Wait for all; return codes, outputs and errors."""
    try:
        told = [host.communicate(timeout=900) for host in hosts]
    finally:
        for host in hosts:
            host.kill()
    return [host.returncode for host in hosts], [out for out, _ in told], [err for _, err in told]


@pytest.fixture
def namespaces() -> Iterator[list[Host]]:
    """This host and a network namespace that has a cable to it, and nothing else."""
    if os.geteuid() or shutil.which("ip") is None:
        pytest.skip("Network namespaces need root and iproute2.")
    name, near, far = (f"{kind}{os.getpid() % 100_000}" for kind in ("host", "near", "far"))
    inside = ("ip", "netns", "exec", name)
    steps = [
        ("ip", "netns", "add", name),
        ("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", name),
        ("ip", "address", "add", "10.213.7.1/24", "dev", near),
        ("ip", "link", "set", near, "up"),
        (*inside, "ip", "address", "add", "10.213.7.2/24", "dev", far),
        (*inside, "ip", "link", "set", far, "up"),
        (*inside, "ip", "link", "set", "lo", "up"),
    ]
    try:
        for step in steps:
            subprocess.run(step, check=True)
        yield [Host("10.213.7.1", near), Host("10.213.7.2", far, inside)]
    finally:
        subprocess.run(("ip", "netns", "delete", name), check=False)


def check_published(
    connection: Connection, settings: Settings, hosts: Sequence[Host], home: Path
) -> None:
    """Train on two hosts, then in one process, and compare."""
    command = (*KGE, "--set", "epochs=60")
    codes, outputs, errors = finish(start(hosts, command, settings, home))
    assert codes == [0, 0], errors
    [report] = json.loads(outputs[0][outputs[0].index("{") :])["jobs"]
    assert (report["kind"], report["version"], report["unchanged"]) == ("kge", 1, False)
    assert '"jobs"' not in outputs[1]
    found = live_models(connection)["kge"]
    assert found.written
    [run] = list_runs(connection, 10)
    assert run.status == RunStatus.FINISHED
    chosen = configure(changes=["dimension=16", "epochs=60"])
    [alone] = run_jobs(connection, settings, ["kge"], force=True, configs={"kge": chosen})
    assert found.metrics["mrr"] == pytest.approx(alone.metrics["mrr"], abs=0.15)


def test_two_hosts_publish_one_version(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    check_published(connection, settings, [Host(), Host()], tmp_path)


@pytest.mark.heavy
def test_hosts_with_networks_of_their_own_publish_one_version(
    connection: Connection, settings: Settings, tmp_path: Path, namespaces: list[Host]
) -> None:
    check_published(connection, settings, namespaces, tmp_path)


def test_a_lost_host_ends_the_training_and_nothing_is_published(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    hosts = start([Host(), Host()], (*KGE, "--set", "epochs=1000000"), settings, tmp_path)
    deadline = time.monotonic() + 300
    while not any("epoch" in str(run.progress) for run in list_runs(connection, 1)):
        assert time.monotonic() < deadline, finish(hosts)
        time.sleep(0.2)
    [worker] = [
        child
        for child in psutil.Process(hosts[1].pid).children(recursive=True)
        if "catalograph" in " ".join(child.cmdline())
    ]
    worker.kill()
    codes, _, errors = finish(hosts)
    assert all(codes)
    assert "Another process of this training is gone" in errors[0]
    assert "kge" not in live_models(connection)
    [run] = list_runs(connection, 1)
    assert run.status == RunStatus.FAILED
    assert "Another process of this training is gone" in (run.error or "")
    [report] = run_jobs(connection, settings, ["kge"])
    assert report.written > 0


@pytest.mark.heavy  # minutes: the text ranker's transformer
@pytest.mark.anyio
async def test_hosts_train_the_ranker_of_the_shops_log(
    connection: Connection,
    settings: Settings,
    tmp_path: Path,
    namespaces: list[Host],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(test_ranker, "PER_KIND", 12)  # each training scores all pairs
    wipe(connection)
    seed(connection)
    run_jobs(connection, settings, ["text"])
    async with shop_api(settings) as send:
        await simulate(send, 160)
    command = ("embed", "ranker", "--student", "--force", "--json")
    codes, outputs, errors = finish(start(namespaces, command, settings, tmp_path))
    assert codes == [0, 0], errors
    [report] = json.loads(outputs[0][outputs[0].index("{") :])["jobs"]
    assert "linear with student" in report["metrics"]["candidates"]
    assert live_models(connection)["ranker"].version == report["version"]
