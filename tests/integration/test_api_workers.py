"""`catalograph serve` as users start it: a real process tree, its figures and its end."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from catalograph.settings import Settings
from catalograph.store import Connection
from catalograph.store.managed_server import ChildServer
from tests.worker_tree import worker_ids

from .conftest import user

pytestmark = [pytest.mark.neo4j, pytest.mark.heavy]

LIST = "query($u: String) { recommendations(userKey: $u, first: 3) { servedId } }"
MAIN = "from catalograph.cli import main; main()"


class Tree:
    """A running server."""

    def __init__(self, process: "subprocess.Popen[str]", address: str) -> None:
        self.process = process
        self.address = address

    def workers(self) -> set[int]:
        """Ids of the processes that serve or are about to."""
        return worker_ids(self.process.pid)

    def post(self, document: str, **variables: Any) -> httpx.Response:
        """Send on a connection of its own, so that any worker may take it."""
        body = {"query": document, "variables": variables}
        return httpx.post(f"{self.address}/graphql", json=body, timeout=60)

    def figure(self, name: str) -> float:
        """The sum of a figure over its labels."""
        text = httpx.get(f"{self.address}/metrics", timeout=60).text
        values = re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
        return sum(map(float, values))


def eventually(condition: Callable[[], bool], seconds: float = 400) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@contextmanager
def serving(settings: Settings, home: Path, workers: int, patience: float = 30) -> Iterator[Tree]:
    assert settings.neo4j.uri
    assert settings.neo4j.password
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, "serve", "--port", "0", "--workers", str(workers)],
        env=os.environ
        | {
            "CATALOGRAPH_HOME": str(home),
            "CATALOGRAPH_USER_SECRET": "a secret of the tests",
            "CATALOGRAPH_NEO4J__URI": settings.neo4j.uri,
            "CATALOGRAPH_NEO4J__PASSWORD": settings.neo4j.password.get_secret_value(),
            "CATALOGRAPH_NEO4J__PATIENCE": str(patience),
            "CATALOGRAPH_NEO4J__POOL_SIZE": "7",
            "CATALOGRAPH_API__VECTOR_SEARCH": "false",
            "CATALOGRAPH_API__SHUTDOWN_TIMEOUT": "60",
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, line
        yield Tree(process, found[0])
    finally:
        everyone = [psutil.Process(process.pid)] if psutil.pid_exists(process.pid) else []
        everyone += [child for one in everyone for child in one.children(recursive=True)]
        process.kill()
        process.wait()
        process.stdout.close()
        for one in everyone:
            if one.is_running():
                one.kill()


def test_two_workers_answer_as_one_server_and_a_lost_one_is_replaced(
    settings: Settings, shop: Connection, tmp_path: Path
) -> None:
    with serving(settings, tmp_path, workers=2) as tree:
        eventually(lambda: ready(tree) and tree.figure("catalograph_pool_size") == 14)
        for n in range(20):
            assert "errors" not in tree.post(LIST, u=user(str(n))).json()
        assert tree.figure("catalograph_request_statements_count") == 20
        lost, kept = sorted(tree.workers())
        os.kill(lost, signal.SIGKILL)
        eventually(lambda: len(tree.workers() - {lost}) == 2)
        eventually(lambda: ready(tree) and tree.figure("catalograph_pool_size") == 14)
        assert kept in tree.workers()
        assert "errors" not in tree.post(LIST, u=user("later")).json()
        assert tree.figure("catalograph_request_statements_count") == 21
        left = tree.workers()
        tree.process.kill()  # without a word to its workers
        tree.process.wait()
        eventually(lambda: not any(psutil.pid_exists(pid) for pid in left))


def ready(tree: Tree) -> bool:
    try:
        return httpx.get(f"{tree.address}/readyz", timeout=60).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("workers", [1, 2])
def test_a_request_under_way_is_answered_at_shutdown_and_its_list_is_kept(
    settings: Settings, shop: Connection, server: ChildServer, tmp_path: Path, workers: int
) -> None:
    answers: list[httpx.Response] = []
    with serving(settings, tmp_path, workers) as tree:
        eventually(lambda: ready(tree))
        asking = threading.Thread(
            target=lambda: answers.append(tree.post(LIST, u=user(f"last of {workers}")))
        )
        os.kill(server.info.pid, signal.SIGSTOP)
        try:
            asking.start()
            time.sleep(1)  # on its way to a database that does not run
            tree.process.terminate()
            time.sleep(1)
        finally:
            os.kill(server.info.pid, signal.SIGCONT)
        asking.join()
        code = tree.process.wait(timeout=60)
    assert code == (-signal.SIGTERM if workers == 1 else 0)
    [answer] = answers
    served = answer.json()["data"]["recommendations"]["servedId"]
    rows = shop.execute(
        "MATCH (s:Served {key: $key}) RETURN s.items AS items", key=f"served:{served}"
    )
    assert len(rows) == 1


@contextmanager
def burners(count: int) -> Iterator[None]:
    """Processes that do nothing but use the processors."""
    command = [sys.executable, "-S", "-c", "while True: pass"]
    running = [subprocess.Popen(command) for _ in range(count)]
    try:
        yield
    finally:
        for one in running:
            one.kill()
            one.wait()


@contextmanager
def clients(tree: Tree, count: int) -> Iterator[Counter[str]]:
    """Ask for lists without pause from several threads; yields what came, by code."""
    came: Counter[str] = Counter()
    ended = threading.Event()

    def ask(number: int) -> None:
        while not ended.is_set():
            try:
                answer = tree.post(LIST, u=user(f"client {number}")).json()
            except httpx.TransportError:
                came["cut"] += 1
                continue
            codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
            came[codes[0] if codes else "OK"] += 1

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield came
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def test_under_load_a_killed_worker_is_replaced_within_three_seconds(
    settings: Settings, shop: Connection, tmp_path: Path
) -> None:
    with serving(settings, tmp_path, workers=2) as tree:
        eventually(lambda: ready(tree))
        with clients(tree, 8) as came:
            for _ in range(4):
                eventually(lambda: tree.figure("catalograph_pool_size") == 14)  # both serve
                before = tree.workers()
                os.kill(min(before), signal.SIGKILL)
                deadline = time.monotonic() + 3
                while not tree.workers() - before:
                    assert time.monotonic() < deadline
        assert came["OK"] > 0
        assert set(came) <= {"OK", "cut"}


def test_under_load_sighup_replaces_all_workers_and_costs_no_answer(
    settings: Settings, shop: Connection, tmp_path: Path
) -> None:
    with serving(settings, tmp_path, workers=2) as tree:
        eventually(lambda: ready(tree))
        with burners(4), clients(tree, 8) as came:
            old = tree.workers()  # one of them may only be about to serve
            tree.process.send_signal(signal.SIGHUP)
            eventually(lambda: not tree.workers() & old)
            eventually(lambda: len(tree.workers()) == 2)
        assert set(came) == {"OK"}


READERS = 4
SLOW = "UNWIND range(1, 30000000) AS a WITH a WHERE sqrt(a) < 0 RETURN count(a) AS none"


@pytest.mark.parametrize("beside", ["burners", "readers"])
def test_a_busy_machine_is_not_a_hung_database(
    settings: Settings, shop: Connection, tmp_path: Path, beside: str
) -> None:
    """Every list is answered, and fresh, though processors or database have much else to do."""
    ended = threading.Event()

    def read_heavily() -> None:
        while not ended.is_set():
            shop.execute(SLOW)

    readers = [
        threading.Thread(target=read_heavily) for _ in range(READERS if beside == "readers" else 0)
    ]
    with serving(settings, tmp_path, workers=1, patience=1.0) as tree:
        eventually(lambda: ready(tree))
        with burners(12 if beside == "burners" else 0):
            for thread in readers:
                thread.start()
            with clients(tree, 16) as came:
                time.sleep(45)
            ended.set()
            for thread in readers:
                thread.join()
        assert set(came) == {"OK"}
        assert tree.figure("catalograph_degraded_total") == 0
