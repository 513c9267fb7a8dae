"""Progress of a long command on standard error: one line that changes, or a log."""

import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.status import Status

QUIET_SECONDS = 15.0
"""Maximum time between two lines of a step off a terminal, in seconds."""


class ProgressLine:
    """Shows the current step, as `step: how far`.

    On a terminal that is one line which changes. Elsewhere, as in CI or under nohup, a step prints
    a line at its start and then one every `QUIET_SECONDS`.
    """

    def __init__(self) -> None:
        self._status: Status | None = None
        self._doing, self._step = "", ""
        self._begun = self._said = time.monotonic()
        self._changing = threading.Lock()
        self._stopped = threading.Event()
        self._beat = threading.Thread(target=self._repeat, daemon=True)

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console

            self._status = Console(stderr=True).status("starting")
            self._status.start()
        else:
            self._beat.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def update(self, doing: str) -> None:
        """Show the current step."""
        if self._status is not None:
            self._status.update(doing)
            return
        with self._changing:
            self._doing = doing
            step = doing.partition(":")[0]
            if step != self._step:
                self._step, self._begun = step, time.monotonic()
                self._say(doing)

    def say(self, line: str) -> None:
        """Print a line that stays."""
        if self._status is not None:
            self._status.console.print(line, highlight=False, markup=False, soft_wrap=True)
            return
        with self._changing:
            self._say(line)
            self._doing = ""

    def stop(self) -> None:
        """Stop, and clear the changing line."""
        self._stopped.set()
        if self._status is not None:
            self._status.stop()

    def _repeat(self) -> None:
        # Checks every second, and prints one second early to stay below QUIET_SECONDS.
        while not self._stopped.wait(QUIET_SECONDS / 15):
            with self._changing:
                now = time.monotonic()
                if self._doing and now - self._said >= QUIET_SECONDS - 1:
                    self._say(f"{self._doing} ({now - self._begun:.0f} s)")

    def _say(self, line: str) -> None:
        self._said = time.monotonic()
        print(line, file=sys.stderr, flush=True)
