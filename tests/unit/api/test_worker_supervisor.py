"""The supervisor of workers, with real processes that serve a small application."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.worker_tree import worker_ids

pytestmark = pytest.mark.slow

# `broken` makes a start fail, `slow` makes it last for ever.
SCRIPT = """
import os, socket, sys, time
from pathlib import Path

FOLDER = Path(os.environ["FOLDER"])

def make_app():
    if (FOLDER / "broken").exists():
        sys.exit(1)
    while (FOLDER / "slow").exists():
        time.sleep(0.01)
    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(os.getpid()).encode()})
    return app

def main():
    import uvicorn
    from catalograph.cli import worker_supervisor
    worker_supervisor._HUNG_SECONDS = 2.0
    worker_supervisor._FIRST_PAUSE = 0.05
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    config = uvicorn.Config(
        "shop_server:make_app", factory=True, workers=2, log_level="error", lifespan="off"
    )
    supervisor = worker_supervisor.WorkerSupervisor(
        config, listening, start_timeout=float(os.environ["LIMIT"]), stop_timeout=1
    )
    sys.exit(supervisor.run())
"""


class Server:
    """The supervisor and its workers."""

    def __init__(self, folder: Path, limit: float) -> None:
        self.folder = folder
        (folder / "shop_server.py").write_text(SCRIPT)
        paths = os.pathsep.join([str(folder), *sys.path])
        self.process = subprocess.Popen(
            [sys.executable, "-c", "import shop_server; shop_server.main()"],
            env=os.environ | {"PYTHONPATH": paths, "FOLDER": str(folder), "LIMIT": str(limit)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.address = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def end(self) -> None:
        """Kill all that still runs; a test that failed must not wait for it for ever."""
        with self.process:
            if self.process.poll() is None:
                for pid in self.processes():
                    os.kill(pid, signal.SIGKILL)
                self.process.kill()

    def processes(self) -> set[int]:
        """Ids of the workers that run, ready or not."""
        return worker_ids(self.process.pid)

    def answering(self) -> int:
        """Id of the worker that answers a request."""
        try:
            return int(httpx.get(self.address, timeout=30).text)
        except httpx.RemoteProtocolError:
            # Plain uvicorn closes new connections when it ends; `RequestConnection` does not.
            return self.answering()

    def wait_until_both_answer(self) -> set[int]:
        seen: set[int] = set()

        def both() -> bool:
            seen.add(self.answering())
            seen.intersection_update(self.processes())
            return len(seen) == 2 and seen == self.processes()

        eventually(both)
        return seen


def eventually(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def limit() -> float:
    return 60.0


@pytest.fixture
def server(tmp_path: Path, limit: float) -> Iterator[Server]:
    running = Server(tmp_path, limit)
    yield running
    running.end()


def test_a_killed_and_a_hung_worker_are_replaced_and_the_end_is_orderly(server: Server) -> None:
    killed, hung = sorted(server.wait_until_both_answer())
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: len(server.processes() - {killed}) == 2)
    os.kill(hung, signal.SIGSTOP)
    eventually(lambda: hung not in server.processes())
    assert not server.wait_until_both_answer() & {killed, hung}
    server.process.terminate()
    assert server.process.wait(timeout=60) == 0


def test_a_restart_replaces_all_workers_and_one_serves_at_any_time(server: Server) -> None:
    old = server.wait_until_both_answer()
    server.process.send_signal(signal.SIGHUP)
    eventually(lambda: server.answering() not in old)
    eventually(lambda: bool(server.answering()) and not server.processes() & old)
    assert not server.wait_until_both_answer() & old


def test_a_restart_whose_workers_fail_is_tried_again(server: Server) -> None:
    old = server.wait_until_both_answer()
    (server.folder / "broken").touch()
    server.process.send_signal(signal.SIGHUP)
    failed: set[int] = set()

    def failed_twice() -> bool:
        failed.update(server.processes() - old)
        return len(failed) == 2

    eventually(failed_twice)
    assert server.answering() in old
    (server.folder / "broken").unlink()
    eventually(lambda: not server.processes() & old)
    assert not server.wait_until_both_answer() & old


def test_a_restart_that_fails_for_good_leaves_the_old_workers(server: Server) -> None:
    old = server.wait_until_both_answer()
    (server.folder / "broken").touch()
    server.process.send_signal(signal.SIGHUP)
    started: set[int] = set()

    def given_up() -> bool:
        started.update(server.processes() - old)
        return len(started) >= 3 and server.processes() == old and quiet()

    def quiet() -> bool:
        time.sleep(3)
        return server.processes() == old

    eventually(given_up)
    assert server.wait_until_both_answer() == old


@pytest.mark.parametrize("limit", [5.0])
def test_a_start_that_does_not_end_is_cut_short_and_tried_again(server: Server) -> None:
    old = server.wait_until_both_answer()
    (server.folder / "slow").touch()
    lost = min(old)
    os.kill(lost, signal.SIGKILL)
    eventually(lambda: len(server.processes() - {lost}) == 2)
    [stuck] = server.processes() - old
    eventually(lambda: stuck not in server.processes())
    (server.folder / "slow").unlink()
    assert max(old) in server.wait_until_both_answer()


def test_the_server_ends_where_no_worker_can_be_started(tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    server = Server(tmp_path, 60)
    try:
        assert server.process.wait(timeout=120) == 3
    finally:
        server.end()
