"""Next-item lists over HTTP beside the same lists computed by `eval sequence`.

    python benchmarks/served_sequences.py --sequences DIR --facts DIR --items 2000 --json

Loads the beginnings of the sequences as events, a day from one to the next, and the facts about
their items into a Neo4j of its own, learns preferences, starts `catalograph serve`, and asks for
the list of each shopper over HTTP, without diversity. HR@10 and NDCG@10 of these lists stand beside
those of `catalograph.evaluation.served` on the exported graph, for the same shoppers. `--items`
keeps the most frequent items only, for a quicker run.
"""

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from recommend import served

from catalograph.embed.jobs import run_jobs
from catalograph.embed.recommend.matrices import incidence
from catalograph.embed.recommend.sequence import Sequences
from catalograph.evaluation.sequence_folder import (
    SequenceFolder,
    read_sequence_folder,
    select_facts,
)
from catalograph.evaluation.served import learn_served
from catalograph.ml.metrics import average_metrics
from catalograph.schema import keys
from catalograph.settings import load_settings
from catalograph.store import Connection, connect, export_snapshot, migrate
from catalograph.store.managed_server import child_server

FIRST = 10
RELATIONS = {
    "produced_by": ("HAS_BRAND", "Brand", "brand:"),
    "belongs_to": ("IN_CATEGORY", "Category", "category:"),
    "also_bought": ("ALSO_BOUGHT", "Product", "product:tail:"),
    "also_viewed": ("ALSO_VIEWED", "Product", "product:tail:"),
    "bought_together": ("BOUGHT_TOGETHER", "Product", "product:tail:"),
}
LIST = """query($user: String!, $first: Int!) {
  recommendations(userKey: $user, first: $first, diversity: 0) { items { product { key } } } }"""


def keep_frequent(folder: SequenceFolder, n_items: int) -> SequenceFolder:
    """Keep the most frequent items of the sequences, and facts about these."""
    sequences = folder.sequences
    counts = np.bincount(sequences.items, minlength=sequences.n_items)
    kept = np.sort(np.argsort(-counts, kind="stable")[:n_items])
    place = np.full(sequences.n_items, -1)
    place[kept] = np.arange(len(kept))
    there = place[sequences.items] >= 0
    lengths = np.bincount(sequences.users[there], minlength=sequences.n_users)
    ends = np.concatenate([[0], np.cumsum(lengths)])
    relations = {name: select_facts(facts, kept) for name, facts in folder.relations.items()}
    return SequenceFolder(
        Sequences(place[sequences.items[there]], ends, len(kept)), relations, folder.name
    )


def product(item: int) -> str:
    """Return the key of an item; keys sort as items do."""
    return f"product:item:{item:06}"


def load(connection: Connection, folder: SequenceFolder, users: list[str]) -> None:
    """Write products, facts, and all events but the last of each shopper."""
    known = folder.sequences.without_last()
    connection.execute(
        "UNWIND range(0, size($keys) - 1) AS n CREATE (:Product {key: $keys[n], listed: true})",
        keys=[product(item) for item in range(known.n_items)],
    )
    for name, relation in folder.relations.items():
        kind, label, prefix = RELATIONS[name]
        own = relation.tail_items
        heads, tails = relation.facts.nonzero()
        items = own if own is not None else np.full(relation.facts.shape[1], -1)
        keys_of_tails = [
            product(int(item)) if item >= 0 else f"{prefix}{tail}"
            for tail, item in enumerate(items)
        ]
        rows = [
            [product(head), keys_of_tails[tail]]
            for head, tail in zip(heads.tolist(), tails.tolist(), strict=True)
        ]
        for start in range(0, len(rows), 20_000):
            connection.execute(
                f"UNWIND $rows AS row MATCH (p:Product {{key: row[0]}}) "
                f"MERGE (t:{label} {{key: row[1]}}) CREATE (p)-[:{kind}]->(t)",
                rows=rows[start : start + 20_000],
            )
    events = [
        [users[u], f"event:e:{n}", product(int(item)), int(place) + 1]
        for n, (u, item, place) in enumerate(
            zip(known.users, known.items, known.places, strict=True)
        )
    ]
    for start in range(0, len(events), 20_000):
        connection.execute(
            "UNWIND $rows AS row MATCH (p:Product {key: row[2]}) MERGE (u:User {key: row[0]}) "
            "CREATE (u)-[:PERFORMED]->(:Event {key: row[1], kind: 'purchase', "
            "time: datetime({epochSeconds: row[3] * 86400})})-[:ON]->(p)",
            rows=events[start : start + 20_000],
        )


def ask(address: str, users: list[str]) -> list[list[str]]:
    """Return the list of each shopper over HTTP."""
    lists = []
    with httpx.Client(base_url=address, timeout=120) as http:
        for user in users:
            body = {"query": LIST, "variables": {"user": user, "first": FIRST}}
            answer = http.post("/graphql", json=body).json()
            if "errors" in answer:
                raise RuntimeError(answer)
            lists.append([i["product"]["key"] for i in answer["data"]["recommendations"]["items"]])
    return lists


def offline(connection: Connection, users: list[str]) -> list[list[str]]:
    """Return the lists that `eval` measures, from the exported graph."""
    snapshot = export_snapshot(connection)
    model, _ = learn_served(snapshot)
    shape = (len(snapshot.users), len(snapshot.products))
    train = incidence(snapshot.interaction_users, snapshot.interaction_products, shape)
    rows = model.rows(train, snapshot.interaction_times)
    place = {key: n for n, key in enumerate(snapshot.users)}
    lists = []
    for user in users:
        scores = model.score(rows[[place[user]]])[0]
        scores[train[[place[user]]].indices] = -np.inf
        best = np.argsort(-scores, kind="stable")[:FIRST]
        lists.append([snapshot.products[n] for n in best if np.isfinite(scores[n])])
    return lists


def score(lists: list[list[str]], targets: list[str]) -> dict[str, float]:
    """Return HR@10 and NDCG@10."""
    hits = np.zeros((len(lists), FIRST), dtype=bool)
    for n, (shown, target) in enumerate(zip(lists, targets, strict=True)):
        hits[n, : len(shown)] = [key == target for key in shown]
    found = average_metrics(hits, np.ones(len(lists), np.int64))
    return {name: round(found[f"{name}@10"], 5) for name in ("hit_ratio", "ndcg")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=Path, required=True)
    parser.add_argument("--facts", type=Path)
    parser.add_argument("--items", type=int)
    parser.add_argument("--users", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print JSON only")
    arguments = parser.parse_args()
    folder = read_sequence_folder(arguments.sequences, arguments.facts)
    if arguments.items:
        folder = keep_frequent(folder, arguments.items)
    settings = load_settings(home=Path(tempfile.mkdtemp(prefix="served-")))
    lengths = np.diff(folder.sequences.indptr)
    names = [keys.user_key("seq", str(u), settings.user_hmac_key) for u in range(len(lengths))]
    tested = random.Random(arguments.seed).sample(
        np.flatnonzero(lengths > 1).tolist(), min(arguments.users, int((lengths > 1).sum()))
    )
    last = folder.sequences.items[folder.sequences.indptr[1:] - 1]
    targets = [product(int(last[user])) for user in tested]
    users = [names[user] for user in tested]
    result: dict[str, Any] = {"items": folder.sequences.n_items, "users": len(tested)}
    with child_server(settings) as server:
        with connect(server.settings) as connection:
            migrate(connection, server.settings.user_secret_fingerprint)
            load(connection, folder, names)
            for job in run_jobs(connection, server.settings, ["preference"]):
                print(job, file=sys.stderr)
            expected = offline(connection, users)
        with served(server.settings) as address:
            shown = ask(address, users)
    result |= {"http": score(shown, targets), "eval": score(expected, targets)}
    result["equal_lists"] = sum(a == b for a, b in zip(shown, expected, strict=True))
    print(json.dumps(result, indent=None if arguments.json else 2))


if __name__ == "__main__":
    main()
