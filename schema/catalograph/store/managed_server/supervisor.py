"""Supervisor process that keeps one Neo4j running, restarts it after a crash and stops it.

It runs as a script with an instance folder as its argument, configured by the folder's
`launch.json` (see `Launch`). It imports only the standard library, so that it starts quickly and
stays small.

It starts Java and writes `state.json`. SIGTERM ends both, SIGUSR1 kills Java and restarts it.
After a crash Java is restarted, with a pause, up to `MAX_DEATHS` times within `DEATH_WINDOW`
seconds. With a `holder`, the supervisor also ends when that process ends. The kernel kills Java
when the supervisor dies.
"""

import ctypes
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

MAX_DEATHS = 5
DEATH_WINDOW = 60.0
LAUNCH, STATE, PID, LOCK = "launch.json", "state.json", "supervisor.pid", "supervisor.lock"
CONSOLE = Path("logs") / "console.log"

TAKEN = 3
"""Exit code if another supervisor holds the folder."""

_STOP_SECONDS = 60.0
_PR_SET_PDEATHSIG = 1
_TICK = 1.0


@dataclass(frozen=True)
class Launch:
    """Launch configuration of the supervisor."""

    command: list[str]
    holder: int
    """Id of the starting process, with which the supervisor ends; 0 to detach from it instead."""
    temporary: bool
    """Whether to remove the instance folder at the end."""


@dataclass(frozen=True)
class State:
    """Running processes, rewritten at each change; id and start time identify a process."""

    pid: int
    pid_start: int
    java_pid: int = 0
    java_start: int = 0
    failed: str = ""
    """Reason why the supervisor gave up; empty if it has not."""


def process_start(pid: int) -> int | None:
    """Return when a process started, in clock ticks since boot; None if it is gone or a zombie.

    Id and start time together identify a process: a reused id has another start time.
    """
    try:
        # The command name, in parentheses, may itself contain spaces and parentheses.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def write_private(path: Path, text: str) -> None:
    """Replace a file atomically with one that only the user can read."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as stream:
        stream.write(text)
    draft.replace(path)


class Supervisor:
    """Runs Java for one instance folder until it receives a stop signal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.launch = Launch(**json.loads((folder / LAUNCH).read_text()))
        self.java: subprocess.Popen[bytes] | None = None
        self.deaths: deque[float] = deque(maxlen=MAX_DEATHS)
        self.stopping = False
        self.kill_asked = False

    def run(self) -> int:
        """Keep Java running; return the exit code of the supervisor."""
        wakeup, ring = os.pipe()
        os.set_blocking(ring, False)
        signal.set_wakeup_fd(ring)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask_stop)
        signal.signal(signal.SIGUSR1, self._ask_kill)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to wake up
        failure = ""
        while not self.stopping and not failure:
            self._start_java()
            if self._watch(wakeup):
                failure = self._rest_after_death(wakeup)
        self._end(failure)
        return 1 if failure else 0

    def _ask_stop(self, *_: object) -> None:
        self.stopping = True

    def _ask_kill(self, *_: object) -> None:
        self.kill_asked = True

    def _start_java(self) -> None:
        with (self.folder / CONSOLE).open("ab") as console:
            self.java = subprocess.Popen(
                self.launch.command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                preexec_fn=_die_with(os.getpid()),  # we have one thread only
            )
        self._write_state()

    def _watch(self, wakeup: int) -> bool:
        """Wait for a signal or the end of Java; return whether Java ended by itself."""
        while self.java is not None and self.java.poll() is None:
            if self.stopping:
                return False
            if self.kill_asked:
                self.kill_asked = False
                self.java.kill()
                self.java.wait()
                return False
            self._sleep(wakeup, _TICK)
        return True

    def _rest_after_death(self, wakeup: int) -> str:
        """Pause before the next start; return the reason if there are too many restarts."""
        now = time.monotonic()
        self.deaths.append(now)
        recent = [death for death in self.deaths if now - death < DEATH_WINDOW]
        code = self.java.returncode if self.java else None
        if len(recent) == MAX_DEATHS:
            return f"Neo4j ended {MAX_DEATHS} times within {DEATH_WINDOW:.0f} s, last with {code}"
        until = now + 0.2 * 2 ** len(recent)
        while not self.stopping and (left := until - time.monotonic()) > 0:
            self._sleep(wakeup, left)
        return ""

    def _sleep(self, wakeup: int, seconds: float) -> None:
        """Sleep until a signal or for `seconds`; notice the holder's death."""
        # A changed parent and not a pipe's end: children forked by the holder inherit a pipe.
        if self.launch.holder and os.getppid() != self.launch.holder:
            self.stopping = True
            return
        ready, _, _ = select.select([wakeup], [], [], min(seconds, _TICK))
        if ready:
            os.read(wakeup, 4096)

    def _end(self, failure: str) -> None:
        if self.java and self.java.poll() is None:
            # A temporary database is never read again, so it needs no clean shutdown.
            (self.java.kill if self.launch.temporary else self.java.terminate)()
            try:
                self.java.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.java.kill()
                self.java.wait()
        if self.launch.temporary and not failure:
            shutil.rmtree(self.folder, ignore_errors=True)
            return
        self.java = None
        self._write_state(failure)
        (self.folder / PID).unlink(missing_ok=True)

    def _write_state(self, failure: str = "") -> None:
        java = self.java.pid if self.java else 0
        own = os.getpid()
        state = State(own, process_start(own) or 0, java, process_start(java) or 0, failure)
        write_private(self.folder / PID, f"{own}\n")
        write_private(self.folder / STATE, json.dumps(asdict(state)))


def _die_with(parent: int) -> Callable[[], None]:
    """Return a pre-exec function that makes the kernel kill the child when `parent` dies."""
    # Loaded before the fork: loading a library after it is not safe.
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)  # the parent died before prctl

    return ask


def main(folder: Path) -> int:
    """Supervise the instance in `folder`; a second supervisor of the same folder exits at once."""
    lock = (folder / LOCK).open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return TAKEN
    supervisor = Supervisor(folder)
    if not supervisor.launch.holder and os.fork():
        os._exit(0)  # the child goes on, and the lock with it
    return supervisor.run()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
