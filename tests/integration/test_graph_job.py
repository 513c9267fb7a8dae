"""The graph job: from events and facts to live vectors, and two processes that train as one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from catalograph.embed.graph import AttentionConfig, GraphJobConfig
from catalograph.embed.jobs import run_jobs
from catalograph.settings import Settings
from catalograph.store import Connection, live_models

GROUPS, PER_GROUP, SHOPPERS = 4, 15, 30
QUICK = AttentionConfig(dimension=16, epochs=40, users_per_step=40, pool=30, facts_per_step=64)


def load(connection: Connection, *, events: bool) -> None:
    """Four kinds of goods, each of a brand of its own; a shopper views goods of one kind."""
    connection.execute("MATCH (n) WHERE NOT n:GraphState DETACH DELETE n")
    connection.execute(
        "UNWIND range(0, $groups - 1) AS g MERGE (b:Brand {key: 'brand:' + g}) "
        "SET b.name = 'brand ' + g WITH g, b UNWIND range(0, $each - 1) AS n "
        "CREATE (:Product {key: 'product:t:' + g + '-' + n, title: 'thing', listed: true})"
        "-[:HAS_BRAND]->(b)",
        groups=GROUPS,
        each=PER_GROUP,
    )
    if events:
        connection.execute(
            "UNWIND range(0, $groups - 1) AS g UNWIND range(0, $shoppers - 1) AS u "
            "MERGE (user:User {key: 'user:t:' + g + '-' + u}) WITH g, u, user "
            "UNWIND range(0, 5) AS n "
            "MATCH (p:Product {key: 'product:t:' + g + '-' + ((u * 7 + n * n) % $each)}) "
            "CREATE (user)-[:PERFORMED]->(:Event {key: user.key + n, kind: 'view'})-[:ON]->(p)",
            groups=GROUPS,
            shoppers=SHOPPERS,
            each=PER_GROUP,
        )


def neighbours_of_own_group(connection: Connection) -> float:
    """Share of products whose nearest other product is of their own kind; compared exactly."""
    rows = connection.execute(
        "MATCH (m:Model {kind: 'graph', live: true}) WITH 'graph_embedding_' + m.slot AS name "
        "MATCH (p:Product), (o:Product) WHERE o <> p "
        "WITH p, o, vector.similarity.cosine(p[name], o[name]) AS likeness "
        "ORDER BY likeness DESC WITH p, collect(o.key)[0] AS other RETURN p.key AS key, other"
    )
    assert len(rows) == GROUPS * PER_GROUP
    same = [row["key"].partition("-")[0] == row["other"].partition("-")[0] for row in rows]
    return same.count(True) / len(same)


@pytest.mark.neo4j
@pytest.mark.parametrize("events", [True, False])
def test_vectors_of_one_taste_lie_together(
    connection: Connection, settings: Settings, *, events: bool, tmp_path: Path
) -> None:
    load(connection, events=events)
    config = {"graph": GraphJobConfig(QUICK, checkpoint=tmp_path)}
    (report,) = run_jobs(connection, settings, ["graph"], configs=config)
    assert (report.kind, report.written, report.unchanged) == ("graph", 60, False)
    model = live_models(connection)["graph"]
    assert model.dimension == 16
    assert model.config == config["graph"].as_dict()
    assert len(model.metrics["history"]) == model.metrics["epochs"]
    assert ("validation/ndcg@10" in model.metrics) is events
    assert neighbours_of_own_group(connection) > 0.95
    assert (tmp_path / "checkpoint.pt").is_file()
    (again,) = run_jobs(connection, settings, ["graph"], configs=config)
    assert again.unchanged


TWO_PROCESSES = """
from catalograph.embed import graph
from catalograph.embed.recommend import measure
from tests.unit.embed.test_graph_networks import planted, quick

data = planted()
with graph.process_group(graph.choose_device("cpu")) as (_, count):
    trained = graph.fit_relational_attention(data, quick(), device="cpu")
    if graph.is_first():
        print(count, measure(trained, data, 4)[0]["ndcg@4"])
"""


def test_two_processes_train_as_well_as_one(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(TWO_PROCESSES)
    torchrun = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node")
    root = Path(__file__).parents[2]
    found = []
    for count in ("1", "2"):
        done = subprocess.run(
            [*torchrun, count, str(script)],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            env=os.environ | {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"},
        )
        assert done.returncode == 0, done.stderr
        processes, quality = done.stdout.splitlines()[-1].split()  # Gloo greets before
        assert processes == count
        found.append(float(quality))
    assert min(found) > 0.75
    assert abs(found[0] - found[1]) < 0.1
