"""Compare recommendations with reasons over HTTP with the same statement sent by the driver.

    python benchmarks/recommend.py --json

Loads a folder in the form of amazon_beauty_pgpr into a Neo4j of its own (kept in `--home`, so that
a second run starts with measuring), learns preferences, starts `catalograph serve` twice, with and
without the artefact of the model, and then asks for each shopper in turn over HTTP (GraphQL, items
with score, title and reasons; `by score` without the diversity that is on by default) and with the
plain driver (the Cypher statement that serves without the artefact and its parameters, by score,
rows fetched). Milliseconds.
"""

import argparse
import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import httpx
import neo4j

from catalograph.embed.jobs import run_jobs
from catalograph.ingest import ingest_triples
from catalograph.settings import Settings, load_settings
from catalograph.store import connect, open_store
from catalograph.store.connection.cypher_loader import statement
from catalograph.store.managed_server import child_server
from catalograph.store.queries.api_queries import (
    History,
    Rules,
    recommendation_parameters,
)

FIRST = 10
QUERY = """
query ($user: String!, $first: Int!, $diversity: Float) {
  recommendations(userKey: $user, first: $first, diversity: $diversity) {
    servedId
    items {
      score
      product { key title }
      reasons { contribution text path { key relation } }
    }
  }
}
"""


def prepare(settings: Settings, data: Path) -> list[str]:
    """Load and train unless that was done before; return all shoppers' keys."""
    with open_store(settings) as store:
        kept_out = settings.home / "rejected.jsonl"
        report = ingest_triples(data, store, settings, progress=_say, rejected=kept_out)
        print(f"ingest: {report}", file=sys.stderr)
    with connect(settings) as connection:
        for job in run_jobs(connection, settings, ["preference"], progress=_note):
            print(f"embed: {job}", file=sys.stderr)
        rows = connection.execute("MATCH (u:User) RETURN u.key AS key ORDER BY key")
    return [row["key"] for row in rows]


def _say(what: str, share: float, rows: int) -> None:
    print(f"\r{what} {share:.0%} {rows:,} rows", end="", file=sys.stderr)


def _note(kind: str, doing: str) -> None:
    print(f"{kind}: {doing}", file=sys.stderr)


@contextlib.contextmanager
def served(settings: Settings, log: IO[bytes] | None = None, **more: str) -> Iterator[str]:
    """Run `catalograph serve` as a process of its own; yield its address.

    Args:
        settings: settings of the database.
        log: file of its log; None for this process's own.
        more: additional environment variables.
    """
    assert settings.neo4j.uri
    assert settings.neo4j.password
    port = str(random.randint(20_000, 32_000))
    process = subprocess.Popen(
        [sys.executable, "-c", "from catalograph.cli import main; main()", "serve", "--port", port],
        env=os.environ
        | {
            "CATALOGRAPH_HOME": str(settings.home),
            "CATALOGRAPH_NEO4J__URI": settings.neo4j.uri,
            "CATALOGRAPH_NEO4J__PASSWORD": settings.neo4j.password.get_secret_value(),
            **more,
        },
        stdout=log or sys.stderr,
        stderr=log,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{address}/healthz").status_code == 200:
                    break
            time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait()


def measure(
    settings: Settings, ways: dict[str, tuple[str, float | None]], users: list[str]
) -> dict[str, list[float]]:
    """Request the list of every user in all ways, in turn; return milliseconds of each.

    Args:
        settings: settings of the database.
        ways: address and diversity of each way.
        users: keys of the users.
    """
    assert settings.neo4j.uri
    assert settings.neo4j.password
    times: dict[str, list[float]] = {name: [] for name in (*ways, "driver")}
    auth = (settings.neo4j.user, settings.neo4j.password.get_secret_value())
    text = statement("read_recommendations")
    by_score = Rules(diversity=0.0)
    with (
        httpx.Client(timeout=60) as http,
        neo4j.GraphDatabase.driver(
            settings.neo4j.uri, auth=auth, notifications_min_severity="OFF"
        ) as driver,
    ):
        for user in users:
            for name, (address, diversity) in ways.items():
                asked = {"user": user, "first": FIRST, "diversity": diversity}
                body = {"query": QUERY, "variables": asked}
                began = time.perf_counter()
                answer = http.post(f"{address}/graphql", json=body).json()
                times[name].append(1_000 * (time.perf_counter() - began))
                if "errors" in answer:
                    raise RuntimeError(answer)
            began = time.perf_counter()
            with driver.session(default_access_mode=neo4j.READ_ACCESS) as session:
                session.run(text, recommendation_parameters(History(user), FIRST, by_score)).data()
            times["driver"].append(1_000 * (time.perf_counter() - began))
    return times


def percentiles(values: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=100)
    return {"p50": round(cuts[49], 2), "p99": round(cuts[98], 2)}


def arguments_of(description: str | None) -> argparse.ArgumentParser:
    """Return the parser of the arguments that benchmarks over this graph share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data/kgrec/amazon_beauty_pgpr")
    )
    parser.add_argument("--home", type=Path, default=Path(".cache/recommend"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print JSON only")
    return parser


def main() -> None:
    parser = arguments_of(__doc__)
    parser.add_argument("--users", type=int, default=1_000)
    arguments = parser.parse_args()

    settings = load_settings(home=arguments.home.resolve())
    with child_server(settings, settings.home / "server") as server:
        everyone = prepare(server.settings, arguments.data)
        rng = random.Random(arguments.seed)
        chosen = rng.sample(everyone, min(arguments.users, len(everyone)))
        warm_up = rng.sample(everyone, min(100, len(everyone)))
        with (
            served(server.settings) as address,
            served(server.settings, CATALOGRAPH_API__ARTEFACTS="false") as without,
        ):
            ways = {
                "served": (address, None),
                "by score": (address, 0.0),
                "without artefact": (without, None),
            }
            measure(server.settings, ways, warm_up)
            times = measure(server.settings, ways, chosen)
    result: dict[str, object] = {"users": len(chosen)}
    result |= {name: percentiles(values) for name, values in times.items()}
    medians = {name: statistics.median(values) for name, values in times.items()}
    result["median_ratios"] = {
        name: round(medians["served"] / median, 2) for name, median in medians.items()
    }
    print(json.dumps(result, indent=None if arguments.json else 2))


if __name__ == "__main__":
    main()
