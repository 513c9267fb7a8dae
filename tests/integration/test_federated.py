"""A real federated run on this machine: SuperLink, nodes, SecAgg+, from the graph to GraphQL."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalograph.embed.federated.protocol import CONTRIBUTION, OUTCOME, SUM
from catalograph.embed.further_counts import read_further_counts
from catalograph.embed.recommend import incidence
from catalograph.embed.recommend.counts import PairCounts
from catalograph.settings import Settings
from catalograph.store import Connection
from catalograph.store.managed_server.ports import spare_ports
from tests.conftest import wipe
from tests.counted_shop import EACH, NEW, TASTES, choose, gtin, product, recommend, write_shop
from tests.integration.test_kills import environment

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio, pytest.mark.engines]

SECONDS = "300"
_NODE = """
import sys, time
from pathlib import Path
from catalograph.embed.federated.flower_processes import LinkAddress, Tls, start_node
address, folder, until = LinkAddress.parse(sys.argv[1]), Path(sys.argv[2]), time.monotonic() + 900
with start_node(address, Tls(), folder):
    while not Path(sys.argv[3]).exists() and time.monotonic() < until:
        time.sleep(0.5)
"""

_GUARD = """
from types import SimpleNamespace
from catalograph.embed.federated import flower_client
from catalograph.embed.federated.contribution import MODULUS
from catalograph.errors import EmbedError
from flwr.app import ConfigRecord, RecordDict

def ask(state, **values):
    content = RecordDict({"secaggplus_configs": ConfigRecord(values)})
    message, context = SimpleNamespace(content=content), SimpleNamespace(state=state)
    try:
        return flower_client.guard(message, context, lambda message, context: "passed")
    except EmbedError as exc:
        return str(exc)

setup = {"stage": "setup", "sample_num": 4, "share_num": 4, "threshold": 3,
         "clipping_range": 100.0, "target_range": 200, "mod_range": MODULUS, "max_weight": 1.0}
for changed in ({}, {"sample_num": 2}, {"threshold": 2}, {"target_range": 100},
                {"mod_range": 2**30}, {"max_weight": 2.0}, {"clipping_range": 2.0**30}):
    print(ask(RecordDict(), **setup | changed))
def unmask(state, there, gone):
    return ask(state, stage="unmask", active_nids=there, dead_nids=gone)
state = RecordDict()
ask(state, **setup)
flower_client._remember(SimpleNamespace(state=state), what="pairs")
print(unmask(state, [1, 2, 3], [3]))
print(unmask(state, [1, 2], [3, 4]))
print(unmask(state, [1, 2, 3], [4]))
print(unmask(state, [1, 2, 3, 4], []))
"""


def test_a_node_refuses_what_would_show_more_than_a_sum_or_not_be_exact(flower: Path) -> None:
    done = subprocess.run(
        [str(flower / "python"), "-c", _GUARD], capture_output=True, text=True, check=True
    )
    words = [
        "passed",
        "from the sum",
        "from the sum",
        "not be exact",
        "not be exact",
        "not be exact",
        "below 2^32",
        "more than their sum",
        "more than their sum",
        "passed",
        "unmasked already",
    ]
    lines = done.stdout.splitlines()
    assert len(lines) == len(words)
    assert all(word in line for word, line in zip(words, lines, strict=True)), lines


@pytest.fixture(scope="session")
def flower() -> Path:
    """Return the folder of the commands of the environment with Flower."""
    default = Path(__file__).parents[2] / ".venv-federate" / "bin"
    folder = Path(os.environ.get("FLOWER", default))
    assert (folder / "flower-superlink").exists(), "Flower is missing; run `make federate`."
    return folder


def count(chosen: list[list[int]]) -> PairCounts:
    """Count shoppers by GTIN."""
    users = np.repeat(np.arange(len(chosen)), 4)
    train = incidence(users, np.concatenate(chosen), (len(chosen), TASTES * EACH))
    return PairCounts.of(train, [gtin(item) for item in range(TASTES * EACH)])


@contextmanager
def start_shop(flower: Path, address: str, folder: Path) -> Iterator[None]:
    """Run a node on a contribution in a folder, until its outcome is there or the block ends."""
    stop = folder / "stop"
    arguments = [str(flower / "python"), "-c", _NODE, address, str(folder), str(stop)]
    with subprocess.Popen(arguments) as node:
        try:
            yield
        finally:
            stop.touch()
            node.wait(60)


@dataclass(frozen=True)
class Run:
    """What came of a run of four shops, of which one is refused."""

    counts: dict[str, PairCounts]
    report: dict[str, Any]
    """The coordinator's."""
    result: dict[str, Any]
    """Of the shop with the graph."""
    folder: Path


@pytest.fixture(scope="module")
def run(
    flower: Path,
    connection: Connection,
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    """Run the coordinator, three nodes and `federate join` on the graph."""
    tmp_path = tmp_path_factory.mktemp("federated")
    wipe(connection)
    counts = {
        "own": count(write_shop(connection)),
        "first": count(choose(400, 1, new=True)),
        "second": count(choose(300, 2, new=True)),
    }
    # More shoppers of one product than --largest-count: its own node refuses to send that.
    counts["third"] = count([[0, 1, 2, 3]] * 2_000)
    address = f"127.0.0.1:{spare_ports(1)[0]}"
    command = [str(flower / "catalograph"), "federate"]
    own = environment(settings) | {"CATALOGRAPH_HOME": str(tmp_path / "home")}
    options = ["--shops", "4", "--largest-count", "1000", "--private", "--timeout", SECONDS]
    server = subprocess.Popen(
        [*command, "server", "--address", address, *options, "--json"],
        env=own | {"CATALOGRAPH_HOME": str(tmp_path / "coordinator")},
        stdout=subprocess.PIPE,
        text=True,
    )
    with server, ExitStack() as stack:
        for name in ("first", "second", "third"):
            counts[name].save(tmp_path / name / CONTRIBUTION)
            stack.enter_context(start_shop(flower, address, tmp_path / name))
        joined = subprocess.run(
            [*command, "join", address, "--per-shopper", "4", "--json"],
            env=own,
            capture_output=True,
            text=True,
            check=False,
        )
        assert joined.returncode == 0, joined.stderr + joined.stdout
        report = json.loads(server.communicate(timeout=120)[0])
    return Run(counts, report, json.loads(joined.stdout), tmp_path)


def test_the_sum_is_exact_without_the_shop_whose_numbers_are_too_large(run: Run) -> None:
    assert run.report["included"] == 3
    assert run.report["shoppers"] == 724
    counts = run.counts
    for name in ("first", "third"):
        outcome = json.loads((run.folder / name / OUTCOME).read_text())
        assert outcome["included"] is (name == "first")
        found = PairCounts.load(run.folder / name / SUM)
        expected = counts["own"] + counts["first"] + counts["second"]
        assert found.n_shoppers == expected.n_shoppers
        assert abs(found.place(expected.keys) - expected.pairs).max() == 0


def test_a_shop_publishes_from_the_sum_of_the_others(run: Run) -> None:
    result, counts = run.result, run.counts
    assert result["sum"]["verdict"]["passed"]
    assert result["sum"]["shoppers"] == 700
    assert [job["kind"] for job in result["jobs"]] == ["preference"]
    products = [product(item) for item in range(TASTES * EACH)]
    others = read_further_counts(run.folder / "home" / "counts", products)
    assert others is not None
    assert abs(others.matrix - (counts["first"] + counts["second"]).pairs).max() == 0


async def test_graphql_recommends_what_only_other_shops_shoppers_chose(
    run: Run, settings: Settings
) -> None:
    assert product(NEW) in await recommend(settings, 0)
