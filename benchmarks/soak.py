"""Memory and connections of the server under half an hour of load.

    python benchmarks/soak.py --minutes 30 --json

Starts a Neo4j and `catalograph serve` on this machine, with an artificial shop of 1,000 products,
and sends a bounded mix of lists, products, searches and events from a few clients. Prints:

- `rss_mb_per_minute`: slope of the server's resident memory after the warm-up, by least squares,
  and its first and last value;
- `bolt`: connections that Neo4j counts (`dbms.listConnections`) after the warm-up, at the end, and
  once the server has ended; this script's own is left out;
- milliseconds of a request, requests and errors by code.
"""

import argparse
import json
import random
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np
import psutil

from catalograph.store import Connection, connect
from catalograph.store.managed_server import child_server
from serving import seed, served, small_settings, some_request

SHOPPERS = 200


@dataclass
class Load:
    """Results that the clients saw."""

    milliseconds: list[float] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self, address: str, rate: float, seed_: int) -> None:
        """Send requests at a rate until the end."""
        rng = random.Random(seed_)
        with httpx.Client(base_url=address, timeout=30) as http:
            while not self.ended.wait(1 / rate):
                body = some_request(rng, rng.randrange(SHOPPERS))
                began = time.perf_counter()
                try:
                    answer = http.post("/graphql", json=body).json()
                except httpx.TransportError as error:
                    self.codes[type(error).__name__] += 1
                    continue
                self.milliseconds.append(1_000 * (time.perf_counter() - began))
                errors = answer.get("errors", [])
                self.codes.update(e["extensions"]["code"] for e in errors)
                self.codes.update(["OK"] if not errors else [])


def bolt_connections(admin: Connection) -> int:
    """Return the number of Neo4j's connections, without the one that asks."""
    rows = admin.execute("CALL dbms.listConnections() YIELD connectionId, connector RETURN *")
    return sum(1 for row in rows if row["connector"] == "bolt") - 1


def rss_mb(pid: int) -> float:
    """Return the resident memory of a process and its children, in MB."""
    process = psutil.Process(pid)
    everyone = [process, *process.children(recursive=True)]
    return sum(float(one.memory_info().rss) for one in everyone) / 2**20


def slope(samples: list[tuple[float, float]]) -> float:
    """Return the slope of (seconds, MB) by least squares, in MB per minute."""
    if len(samples) < 2:
        return 0.0
    seconds, values = np.array(samples).T
    return float(np.polyfit(seconds / 60, values, 1)[0])


def soak(minutes: float, clients: int, rate: float) -> dict[str, Any]:
    """Run the load and return the figures."""
    warm = 60 * min(2.0, minutes / 5)
    with tempfile.TemporaryDirectory() as home, child_server(small_settings(home)) as server:
        seed(server.settings)
        with connect(server.settings) as admin:
            load, samples = Load(), list[tuple[float, float]]()
            with served(server.settings) as (address, process):
                threads = [
                    threading.Thread(target=load.run, args=(address, rate, n), daemon=True)
                    for n in range(clients)
                ]
                for thread in threads:
                    thread.start()
                began = time.monotonic()
                time.sleep(warm)
                at_start = bolt_connections(admin)
                while time.monotonic() - began < 60 * minutes:
                    samples.append((time.monotonic() - began, rss_mb(process.pid)))
                    time.sleep(5)
                load.ended.set()
                for thread in threads:
                    thread.join()
                at_end = bolt_connections(admin)
            time.sleep(1)  # let Neo4j see the closed connections
            left = bolt_connections(admin)
    return {
        "minutes": minutes,
        "warm_up_seconds": warm,
        "clients": clients,
        "requests": len(load.milliseconds),
        "codes": dict(load.codes),
        "p50_ms": round(float(np.percentile(load.milliseconds, 50)), 1),
        "p99_ms": round(float(np.percentile(load.milliseconds, 99)), 1),
        "rss_mb_first": round(samples[0][1], 1),
        "rss_mb_last": round(samples[-1][1], 1),
        "rss_mb_per_minute": round(slope(samples), 3),
        "rss_mb_per_minute_second_half": round(slope(samples[len(samples) // 2 :]), 3),
        "bolt": {"after_warm_up": at_start, "at_end": at_end, "after_server_ended": left},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--rate", type=float, default=10, help="requests a second and client")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    arguments = parser.parse_args()
    found = soak(arguments.minutes, arguments.clients, arguments.rate)
    print(json.dumps(found) if arguments.json else json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
