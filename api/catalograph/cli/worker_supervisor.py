"""Supervisor of `catalograph serve`'s workers; it replaces them one by one on SIGHUP.

The workers are uvicorn's processes. Its own supervisor pings each in turn over a pipe and waits for
the answer, so that under load one dead or slow worker delays all else. This one waits on all
processes at the same time, never on a single one.
"""

import logging
import os
import signal
import time
from collections.abc import Sequence
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from uvicorn.config import STARTUP_FAILURE, Config
from uvicorn.supervisors.multiprocess import Process

if TYPE_CHECKING:
    import socket

_log = logging.getLogger(__name__)
_TICK = 0.25
"""Maximum time between two health checks, in seconds."""
_HUNG_SECONDS = 30.0
"""Seconds without an answer after which a started worker is killed and replaced."""
_STOP_MARGIN = 30.0
"""Seconds that a worker may take to end after its last request: it writes served lists then."""
_ATTEMPTS = 5
"""Failed starts in a row that end a restart, or the server where no worker has ever served."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
"""Seconds before the next start after a failed one; doubled for each further one."""


class Worker:
    """One process that serves or is starting."""

    def __init__(self, config: Config, listening: "socket.socket", generation: int) -> None:
        """Start the process.

        Args:
            config: uvicorn's configuration.
            listening: the socket that all workers share.
            generation: number of restarts requested before it was started.
        """
        self.generation = generation
        self.serves = False
        self.since = time.monotonic()
        """Time of its start, or of the request to end."""
        self._asked_at: float | None = None
        self._process = Process(config, [listening])
        self._process.start()
        # Only the worker holds the child's end now, so that its death closes the pipe.
        self._process.child_conn.close()

    @property
    def pid(self) -> int | None:
        """Process id."""
        return self._process.pid

    @property
    def sentinel(self) -> int:
        """Becomes ready, for `multiprocessing.connection.wait`, when the process ends."""
        return self._process.process.sentinel

    @property
    def exit_code(self) -> int | None:
        """Exit code; None while it runs, negative after a signal."""
        return self._process.exitcode

    @property
    def silent_for(self) -> float:
        """Seconds since a ping that it has not answered; 0 if it has."""
        return 0.0 if self._asked_at is None else time.monotonic() - self._asked_at

    def exchange(self) -> None:
        """Read the answer to the last ping and send the next; never wait."""
        pipe = self._process.parent_conn
        try:
            if self._asked_at is not None and pipe.poll():
                self.serves = bool(pipe.recv())
                self._asked_at = None
            if self._asked_at is None:
                pipe.send(b"ping")
                self._asked_at = time.monotonic()
        except (OSError, EOFError):
            return  # it has ended; `sentinel` reports it

    def end(self) -> None:
        """Tell it to end after its current requests."""
        self.since = time.monotonic()
        self._process.terminate()

    def kill(self) -> None:
        """Kill it at once."""
        self._process.kill()

    def close(self) -> None:
        """Free the resources of an ended process."""
        self._process.join()
        self._process.parent_conn.close()


class WorkerSupervisor:
    """Runs a number of workers until it gets SIGTERM or SIGINT; SIGHUP replaces them one by one."""

    def __init__(
        self,
        config: Config,
        listening: "socket.socket",
        *,
        start_timeout: float,
        stop_timeout: float,
    ) -> None:
        """Make a supervisor; `run` starts the workers.

        Args:
            config: uvicorn's configuration, with the number of workers.
            listening: the socket that they share.
            start_timeout: time limit of a worker's start, in seconds.
            stop_timeout: time limit of a worker's last requests after SIGTERM, in seconds.
        """
        self._config = config
        self._listening = listening
        self._start_timeout = start_timeout
        self._stop_timeout = stop_timeout + _STOP_MARGIN
        self._workers: list[Worker] = []
        self._ending: list[Worker] = []
        self._generation = 0
        self._failed_starts = 0
        self._next_start = 0.0
        self._served = False
        self._stopping = False

    def run(self) -> int:
        """Run the workers; return the exit code of the server, which is 0 after a signal."""
        # A signal writes to the pipe (set_wakeup_fd), which ends the wait in `_sleep` at once.
        wakeup, ring = os.pipe()
        os.set_blocking(ring, False)
        signal.set_wakeup_fd(ring)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_stop)
        signal.signal(signal.SIGHUP, self._ask_restart)
        exit_code = 0
        while not self._stopping and not exit_code:
            self._start_missing()
            self._sleep([wakeup])
            self._look_at_workers()
            self._retire_outdated()
            exit_code = self._hopeless()
        for worker in list(self._workers):
            self._end(worker)
        while self._ending:
            self._sleep([])
            self._look_at_ending()
        return exit_code

    def _ask_stop(self, *_: object) -> None:
        self._stopping = True

    def _ask_restart(self, *_: object) -> None:
        _log.info("SIGHUP: the workers are replaced one by one")
        self._generation += 1
        self._failed_starts = 0
        self._next_start = 0.0

    def _sleep(self, wakeups: Sequence[int]) -> None:
        """Sleep until a worker ends, a signal comes or a tick is over."""
        sentinels = [worker.sentinel for worker in self._workers + self._ending]
        ready = wait([*sentinels, *wakeups], _TICK)
        for wakeup in wakeups:
            if wakeup in ready:
                os.read(wakeup, 4096)

    def _start_missing(self) -> None:
        """Start missing workers, or else the successor of an outdated one."""
        if time.monotonic() < self._next_start:
            return
        missing = self._config.workers - len(self._workers)
        if missing <= 0:
            # One successor at a time, and only while all workers serve.
            outdated = any(worker.generation < self._generation for worker in self._workers)
            missing = int(outdated and all(worker.serves for worker in self._workers))
        for _ in range(missing):
            self._workers.append(Worker(self._config, self._listening, self._generation))

    def _look_at_workers(self) -> None:
        self._look_at_ending()
        for worker in list(self._workers):
            served = worker.serves
            worker.exchange()
            if worker.serves and not served:
                self._failed_starts = 0
                self._served = True
                _log.info("worker %s serves", worker.pid)
            if reason := self._why_lost(worker):
                worker.kill()
                worker.close()
                self._workers.remove(worker)
                _log.warning("worker %s %s; it is replaced", worker.pid, reason)
                if not served:
                    self._note_failed_start(worker)

    def _why_lost(self, worker: Worker) -> str:
        """Return the reason to replace a worker; empty if there is none."""
        if worker.exit_code is not None:
            return f"ended with {worker.exit_code}"
        if not worker.serves and time.monotonic() - worker.since > self._start_timeout:
            return (
                f"did not serve within {self._start_timeout:g} s "
                "(CATALOGRAPH_API__START_TIMEOUT sets how long to wait)"
            )
        if worker.serves and worker.silent_for > _HUNG_SECONDS:
            return f"gave no sign of life for {_HUNG_SECONDS:g} s"
        return ""

    def _note_failed_start(self, worker: Worker) -> None:
        """Wait before the next start; give up a restart whose workers fail again and again."""
        self._failed_starts += 1
        pause = min(_FIRST_PAUSE * 2 ** (self._failed_starts - 1), _LONGEST_PAUSE)
        self._next_start = time.monotonic() + pause
        serving = [one for one in self._workers if one.serves]
        if len(serving) >= self._config.workers and self._failed_starts == _ATTEMPTS:
            _log.error(
                "%s new workers failed to start, the last with %s; the old ones go on serving. "
                "Find the cause in their log, then send SIGHUP again.",
                _ATTEMPTS,
                worker.exit_code,
            )
            # The old workers count as current, so that no further restart is tried.
            for one in serving:
                one.generation = self._generation

    def _retire_outdated(self) -> None:
        """End an outdated worker for each serving one beyond the wanted number."""
        serving = [worker for worker in self._workers if worker.serves]
        surplus = len(serving) - self._config.workers
        outdated = [worker for worker in serving if worker.generation < self._generation]
        for worker in outdated[: max(surplus, 0)]:
            self._end(worker)

    def _end(self, worker: Worker) -> None:
        worker.end()
        self._workers.remove(worker)
        self._ending.append(worker)

    def _look_at_ending(self) -> None:
        for worker in list(self._ending):
            if worker.exit_code is not None:
                worker.close()
                self._ending.remove(worker)
            elif time.monotonic() - worker.since > self._stop_timeout:
                _log.warning("worker %s did not end in time; it is killed", worker.pid)
                worker.kill()

    def _hopeless(self) -> int:
        """Return the exit code where no worker has ever served and none will; else 0."""
        if self._served or self._failed_starts < _ATTEMPTS:
            return 0
        _log.error(
            "%s workers failed to start and none has ever served; find the cause in their log",
            self._failed_starts,
        )
        return STARTUP_FAILURE
