"""Errors and recovery times that callers see when the database hangs or is killed, under load.

    python benchmarks/faults.py --json

Starts a Neo4j and `catalograph serve` on this machine. A few clients ask for a product, another one
for `/readyz`, without pause. Then Neo4j is stopped (SIGSTOP) for some seconds and goes on, and is
killed (SIGKILL) and started again. For each fault, in seconds:

- `first_error`: from the fault to the first coded error; `slowest_error`: the longest wait
  for one until recovery; `slowest_answer`: the same of answers of any kind, of which the
  last is the first good one and waits for a cold server;
- `ready_503`: from the fault to the first 503 of `/readyz`; the other two as above;
- `recovered`: from the database's return (it goes on, or answers a direct connection) to the first
  good answer, and `ready_200` to the first 200.

`codes` counts all codes of errors, `stale` the lists answered from memory, and `host_names` the
answers in which the database's address, or any other, was found: it must be 0.
"""

import argparse
import json
import os
import random
import re
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from catalograph.errors import StoreError
from catalograph.settings import Settings
from catalograph.store import connect
from catalograph.store.managed_server import ChildServer, child_server
from serving import LIST, PRODUCT, product, seed, served, small_settings, user

CLIENTS = 4
PAUSE = 0.05
HANG_SECONDS = 8.0
SHOPPERS = 20
# No answer may contain an address, a host or a stack trace.
HOSTS = re.compile(r"bolt|neo4j|localhost|\d+\.\d+\.\d+\.\d+|Traceback", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """One answer: its time, its duration, its content."""

    at: float
    seconds: float
    good: bool


@dataclass
class Watch:
    """All answers, in the order of their arrival."""

    graphql: list[Answer] = field(default_factory=list)
    ready: list[Answer] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    stale: int = 0
    host_names: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def ask(self, address: str, number: int) -> None:
        """Request products and lists until the end."""
        rng = random.Random(number)
        with httpx.Client(base_url=address, timeout=60) as http:
            while not self.ended.wait(PAUSE):
                shopper = user(rng.randrange(SHOPPERS))
                for body in (
                    {"query": PRODUCT, "variables": {"k": product(rng.randrange(100))}},
                    {"query": LIST, "variables": {"u": shopper}},
                ):
                    began = time.monotonic()
                    response = http.post("/graphql", json=body)
                    self.note(response, began, is_product=body["query"] is PRODUCT)

    def note(self, response: httpx.Response, began: float, *, is_product: bool) -> None:
        """Record an answer; lists may be stale, so only products show recovery."""
        now, answer = time.monotonic(), response.json()
        errors = answer.get("errors", [])
        self.codes.update(e["extensions"]["code"] for e in errors)
        self.host_names += bool(HOSTS.search(response.text))
        lists = (answer.get("data") or {}).get("recommendations") or {}
        self.stale += lists.get("stale", False)
        if is_product or errors:
            self.graphql.append(Answer(now, now - began, not errors))

    def look(self, address: str) -> None:
        """Poll `/readyz` until the end."""
        with httpx.Client(base_url=address, timeout=60) as http:
            while not self.ended.wait(PAUSE):
                began = time.monotonic()
                response = http.get("/readyz")
                now = time.monotonic()
                self.host_names += bool(HOSTS.search(response.text))
                self.ready.append(Answer(now, now - began, response.status_code == 200))


def hang(server: ChildServer) -> float:
    """Stop the database for a while; return the time when it went on."""
    pid = server.info.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(HANG_SECONDS)
    finally:
        os.kill(pid, signal.SIGCONT)
    return time.monotonic()


def kill(server: ChildServer) -> float:
    """Kill the database; return the time when it answered a direct connection again."""
    server.kill()
    while not answers(server.settings):
        time.sleep(0.1)
    return time.monotonic()


def answers(settings: Settings) -> bool:
    """Return whether the database answers a statement."""
    try:
        with connect(settings) as connection:
            return bool(connection.execute("RETURN 1 AS one"))
    except StoreError:
        return False


def figures(watch: Watch, fault: float, back: float) -> dict[str, Any]:
    """Return the figures of one fault."""

    def told(
        answers: list[Answer], bad: str, good: str, error: str, answer: str
    ) -> dict[str, float]:
        first_bad = next(a.at for a in answers if a.at > fault and not a.good)
        first_good = next(a.at for a in answers if a.at > back and a.good)
        between = [a for a in answers if fault < a.at <= first_good]
        values = {
            bad: first_bad - fault,
            good: first_good - back,
            f"slowest_{error}": max(a.seconds for a in between if not a.good),
            f"slowest_{answer}": max(a.seconds for a in between),
        }
        return {name: round(value, 2) for name, value in values.items()}

    return {
        **told(watch.graphql, "first_error", "recovered", "error", "answer"),
        **told(watch.ready, "ready_503", "ready_200", "ready_503", "ready_answer"),
    }


def recovered(watch: Watch, back: float) -> bool:
    """Return whether both kinds of request have had a good answer since."""
    seen = (watch.graphql, watch.ready)
    return all(any(a.at > back and a.good for a in list(answers)) for answers in seen)


def measure(server: ChildServer, address: str) -> dict[str, Any]:
    """Measure both faults: hang the database, then kill it."""
    watch, found = Watch(), dict[str, Any]()
    threads = [
        threading.Thread(target=watch.ask, args=(address, n), daemon=True) for n in range(CLIENTS)
    ]
    threads.append(threading.Thread(target=watch.look, args=(address,), daemon=True))
    for thread in threads:
        thread.start()
    time.sleep(10)
    faults: dict[str, Callable[[ChildServer], float]] = {"hang": hang, "kill": kill}
    for name, fault in faults.items():
        began = time.monotonic()
        back = fault(server)
        while not recovered(watch, back):
            time.sleep(0.1)
        time.sleep(5)
        found[name] = figures(watch, began, back)
    watch.ended.set()
    for thread in threads:
        thread.join()
    found |= {"codes": dict(watch.codes), "stale": watch.stale, "host_names": watch.host_names}
    return found | {"answers": len(watch.graphql), "load_average": os.getloadavg()[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, child_server(small_settings(home)) as server:
        seed(server.settings)
        with served(server.settings) as (address, _):
            found = measure(server, address)
    print(json.dumps(found) if arguments.json else json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
