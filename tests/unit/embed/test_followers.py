"""Processes of torchrun take part in the trainings that the first one hands out."""

import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from catalograph.embed.facts import FactsConfig, learn_facts
from catalograph.embed.followers import follow
from catalograph.embed.kge import KgeConfig
from catalograph.embed.processes import hand_out, join_processes
from catalograph.embed.ranker.baseline_features import BaselineFeatures
from catalograph.embed.ranker.crossval import CrossValidation, FoldConfig
from catalograph.embed.ranker.data import Products, read_judgements
from catalograph.embed.ranker.graph import ProductGraph
from catalograph.embed.ranker.settings import RankerSettings
from catalograph.embed.search_ranking.student import teacher_arguments
from catalograph.errors import LostProcessError
from catalograph.store import FactTable, GraphSnapshot
from tests.unit.embed.test_ranker_network import evidence, graph, products, settings, shop

__all__ = ["evidence", "graph", "products", "settings", "shop"]  # fixtures

ROOT = Path(__file__).parents[3]
TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
FACTS = FactsConfig(KgeConfig(model="distmult", dimension=16, epochs=40), held_out=0.2)


def snapshot() -> GraphSnapshot:
    """Products of six brands, each of which has two sizes."""
    count = 96
    numbers = np.arange(count, dtype=np.int32)
    none = np.zeros(0, np.int32)
    facts = {
        "HAS_BRAND": FactTable(numbers, numbers % 6, tuple(f"brand:{n}" for n in range(6))),
        "HAS_VALUE:size": FactTable(
            numbers, numbers % 12, tuple(f"value:size={n}" for n in range(12))
        ),
    }
    keys = tuple(f"product:t:{n:02}" for n in range(count))
    return GraphSnapshot(keys, (), none, none, facts, (), "")


def train_teacher(given: dict[str, Any]) -> NDArray[np.float32]:
    """Train the text ranker; return its scores of all products for each query."""
    given = dict(given)
    plan, learned = given.pop("plan"), given.pop("learned")
    ranker, _ = CrossValidation(**given, settings=plan.settings, folds=2).teacher(plan, learned)
    rows = np.arange(len(ranker.products.keys))
    return np.stack([ranker.score_rows(own.asked, rows) for own in learned])


@pytest.mark.parametrize("loss", ["in-batch", "pointwise"])
@pytest.mark.slow
def test_two_processes_train_the_text_ranker_as_one(
    tmp_path: Path,
    shop: Path,
    products: Products,
    graph: ProductGraph,
    evidence: BaselineFeatures,
    settings: RankerSettings,
    loss: Any,
) -> None:
    # Three queries a step: one process has two of them, the other one.
    encoder = str(copy_without_dropout(shop / "bert", tmp_path / "bert"))
    plain = replace(settings, encoder=encoder, dropout=0.0, pretraining=False)
    own = replace(plain, loss=loss, queries=3, fgm=0.1)
    judgements = read_judgements(shop / "qrels.tsv", products.index)
    bench = CrossValidation(products, judgements, evidence, graph, settings=own, folds=2)
    given = teacher_arguments(bench, FoldConfig(own), bench.examples("full"))
    file = tmp_path / "given"
    file.write_bytes(pickle.dumps(given))
    run("ranker", file)
    two, one = np.load(tmp_path / "scores.npy"), train_teacher(given)
    assert one.std() > 0.1
    np.testing.assert_allclose(two, one, atol=5e-3)


def copy_without_dropout(model: Path, to: Path) -> Path:
    """Copy a model; what two processes leave out at random is never what one does."""
    shutil.copytree(model, to)
    file = to / "config.json"
    changes = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    return to


def test_facts_are_learned_as_well_by_two_processes(tmp_path: Path) -> None:
    file = tmp_path / "given"
    run("kge", file)
    found = json.loads(file.read_text())
    one = learn_facts(snapshot(), FACTS, "cpu").metrics
    assert found["processes"] == 2
    assert found["mrr"] == pytest.approx(one["mrr"], abs=0.1)
    assert one["mrr"] > 0.25


def run(what: str, file: Path) -> None:
    """Start two processes of this file, of which the first one leads."""
    done = subprocess.run(
        [*TORCHRUN, __file__, what, str(file)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=environment(),
    )
    assert done.returncode == 0, done.stderr


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


@pytest.mark.parametrize("lost", [0, 1], ids=["the first", "another"])
def test_a_killed_process_is_told_by_the_other(tmp_path: Path, lost: int) -> None:
    """Each process has a torchrun of its own, as on two hosts."""
    port = free_port()
    hosts = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "torch.distributed.run", "--nnodes", "2"),
                *("--nproc-per-node", "1", "--rdzv-backend", "c10d", "--node-rank", str(rank)),
                *("--rdzv-endpoint", f"127.0.0.1:{port}", __file__, "kill", str(tmp_path)),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        for rank in range(2)
    ]
    try:
        wait_for(tmp_path / "pid0")
        wait_for(tmp_path / "pid1")
        os.kill(int((tmp_path / f"pid{lost}").read_text()), signal.SIGKILL)
        told = [host.communicate(timeout=120)[1] for host in hosts]
    finally:
        for host in hosts:
            host.kill()
    assert all(host.returncode for host in hosts)
    wait_for(tmp_path / f"error{1 - lost}")
    said = (tmp_path / f"error{1 - lost}").read_text()
    assert said.startswith("Another process of this training is gone"), told
    assert not (tmp_path / "published").exists()


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + 90
    while not (file.exists() and file.read_text()):
        assert time.monotonic() < deadline, f"{file.name} does not come"
        time.sleep(0.05)


def main(what: str, file: Path) -> None:
    """What the processes of the tests above do."""
    with join_processes("cpu") as leads:
        if what == "kill":
            (file / f"pid{os.environ['RANK']}").write_text(str(os.getpid()))
        try:
            if leads:
                lead(what, file)
            else:
                follow()
        except LostProcessError as exc:
            (file / f"error{os.environ['RANK']}").write_text(str(exc))
            raise


def lead(what: str, file: Path) -> None:
    if what == "ranker":
        given = pickle.loads(file.read_bytes())  # noqa: S301 - written by the test above
        hand_out("text ranker", given)
        np.save(file.with_name("scores.npy"), train_teacher(given))
        return
    longer = replace(FACTS.kge, epochs=100_000 if what == "kill" else FACTS.kge.epochs)
    found = learn_facts(snapshot(), replace(FACTS, kge=longer), "cpu").metrics
    if what == "kill":
        (file / "published").write_text("yes")
    else:
        told = {"mrr": found["mrr"], "processes": torch.distributed.get_world_size()}
        file.write_text(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
