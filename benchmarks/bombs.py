"""Cost of refusing malicious documents (bombs), and their effect on good traffic.

    python benchmarks/bombs.py

Needs no database: good traffic asks for a type of the schema, which is parsed, checked and
executed like any query. First each document of tests/bombs.py is refused by a cold cache:
milliseconds of CPU, median and maximum of ten. Then a server is started and one good client sends
requests, by turns alone and while another client sends bombs, each made different so that no
cached result is used: milliseconds of wall time.
"""

import argparse
import gc
import json
import multiprocessing
import os
import socket
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx
import uvicorn
from graphql import specified_rules

sys.path.insert(0, str(Path(__file__).parents[1]))

from catalograph.api import build_schema, create_app
from catalograph.api.limits import Documents
from catalograph.settings import load_settings
from catalograph.settings.api import ApiSettings
from tests.bombs import ADVISORIES, BOMBS

GOOD = 'query Good { __type(name: "Product") { name fields { name type { name kind } } } }'
DOCUMENTS = {name: text for name, (text, _) in (BOMBS | ADVISORIES).items()}


def refusals(repeats: int) -> dict[str, dict[str, float]]:
    """Return the CPU milliseconds of the refusal of each document."""
    schema = build_schema()._schema  # noqa: SLF001
    settle()
    found = {}
    for name, text in DOCUMENTS.items():
        times = []
        for _ in range(repeats):
            documents = Documents(ApiSettings())
            start = time.process_time()
            checked = documents.check(schema, text, specified_rules)
            times.append((time.process_time() - start) * 1000)
            assert checked.errors, name
        found[name] = {"median": round(statistics.median(times), 2), "most": round(max(times), 2)}
    return found


def settle() -> None:
    """Freeze the objects made so far, as `catalograph serve` does: they are not collected again."""
    gc.collect()
    gc.freeze()


def serve(listening: socket.socket, home: str) -> None:
    """Run the server, in a process of its own."""
    # Nothing listens on port 1: the server runs without a database.
    away = {"uri": "bolt://127.0.0.1:1", "password": "none"}
    app = create_app(load_settings(home=home, neo4j=away))
    settle()
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listening])


def good_traffic(client: httpx.Client, count: int) -> list[float]:
    times = []
    for _ in range(count):
        start = time.perf_counter()
        answer = client.post("/graphql", json={"query": GOOD})
        times.append((time.perf_counter() - start) * 1000)
        assert "errors" not in answer.json()
    return times


def attack(url: str, stop: threading.Event, pause: float, sent: list[int]) -> None:
    """Send bombs until `stop` is set; a comment makes each another document."""
    with httpx.Client(base_url=url) as client:
        while not stop.is_set():
            for text in DOCUMENTS.values():
                client.post("/graphql", json={"query": f"{text}# {sent[0]}"})
                sent[0] += 1
                if stop.wait(pause):
                    return


def traffic(rounds: int, count: int, pause: float) -> dict[str, object]:
    """Measure good traffic alone and under attack, by turns."""
    with tempfile.TemporaryDirectory() as home, socket.create_server(("127.0.0.1", 0)) as held:
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        worker = multiprocessing.Process(target=serve, args=(held, home), daemon=True)
        worker.start()
        alone: list[float] = []
        attacked: list[float] = []
        sent = [0]
        with httpx.Client(base_url=url, timeout=60) as client:
            good_traffic(client, 50)  # warm-up
            for _ in range(rounds):
                alone += good_traffic(client, count)
                stop = threading.Event()
                thread = threading.Thread(target=attack, args=(url, stop, pause, sent))
                thread.start()
                attacked += good_traffic(client, count)
                stop.set()
                thread.join()
        worker.terminate()
        worker.join()
    return {"alone": summary(alone), "under attack": summary(attacked), "bombs": sent[0]}


def summary(times: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(times, n=100)
    return {"requests": len(times), "p50": round(cuts[49], 2), "p99": round(cuts[98], 2)}


def main() -> None:
    """Print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=10, help="times each bomb is refused")
    parser.add_argument("--rounds", type=int, default=5, help="turns of good traffic")
    parser.add_argument("--count", type=int, default=300, help="good requests a turn")
    parser.add_argument("--pause", type=float, default=0.1, help="seconds between two bombs")
    given = parser.parse_args()
    found = refusals(given.repeats)
    result = {
        "load average": os.getloadavg()[0],
        "cpu ms to refuse": found,
        "most cpu ms": max(row["most"] for row in found.values()),
        "good traffic, ms": traffic(given.rounds, given.count, given.pause),
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
