"""Processes of feed jobs, seen from the server: their messages, and how they are stopped."""

import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future
from typing import IO, Any, cast

from catalograph import errors
from catalograph.cli.feed_job import FeedJob, pack

_CODE = "from catalograph.cli.feed_job import main; main()"
_log = logging.getLogger(__name__)


class FeedProcess:
    """A running job.

    Attributes:
        started: becomes the id of the run that the job began; an error if it ended without one.
        ended: becomes the result of the job, or its error.
    """

    def __init__(self, job: FeedJob, keep_open: Iterable[int] = ()) -> None:
        """Start the process.

        Args:
            job: the job.
            keep_open: descriptors that the process holds as long as it lives.
        """
        self.started: Future[str] = Future()
        self.ended: Future[Any] = Future()
        # -P: files in the folder of the job are a caller's, and must not be imported.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _CODE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=tuple(keep_open),
        )
        self._stdin = cast(IO[bytes], self._process.stdin)
        self._work = job.work
        self._data = pack(job)
        threading.Thread(target=self._follow, name=f"feed {job.work}", daemon=True).start()

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return not self.ended.done()

    def ask_to_stop(self) -> None:
        """Ask it to stop at the next place where it can."""
        self._stdin.close()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def _follow(self) -> None:
        """Send the job and read the messages until the process ends."""
        result: Any = None
        error: Exception | None = None
        finished = False
        try:
            self._stdin.write(self._data)
            self._stdin.flush()
        except (OSError, ValueError):
            pass  # it died or was stopped at once; what follows says so
        with cast(IO[bytes], self._process.stdout) as messages:
            for line in messages:
                said = json.loads(line)
                if "run" in said:
                    self.started.set_result(said["run"])
                elif "error" in said:
                    finished, error = True, _error_of(said["error"], said["message"])
                else:
                    finished, result = True, said["result"]
        code = self._process.wait()
        self.ask_to_stop()
        if not finished:
            _log.error("a job of a feed died", extra={"work": self._work, "code": code})
            error = errors.InvalidInputError(
                "The process that read the feed died, perhaps for want of memory. Try a smaller "
                "feed, or its parts."
            )
        elif error is not None and self.started.done():
            _log.warning(
                "a run of a feed failed", extra={"work": self._work, "error": type(error).__name__}
            )
        self._end(result, error)

    def _end(self, result: Any, error: Exception | None) -> None:
        if not self.started.done():
            self.started.set_exception(error or errors.CatalographError("No run was started."))
        if error is None:
            self.ended.set_result(result)
        else:
            self.ended.set_exception(error)


def _error_of(name: str, message: str) -> errors.CatalographError:
    """Return the error of a class of `catalograph.errors` by its name."""
    found = getattr(errors, name, errors.CatalographError)
    if "__init__" in vars(found) and found is not errors.CatalographError:
        return errors.CatalographError(message)
    error: errors.CatalographError = found(message)
    return error


def stop_all(processes: Iterable[FeedProcess], seconds: float) -> None:
    """Ask processes to stop; kill those that have not after some seconds."""
    waiting = [one for one in processes if one.runs]
    for one in waiting:
        one.ask_to_stop()
    until = time.monotonic() + seconds
    for one in waiting:
        try:
            one.ended.exception(max(0.1, until - time.monotonic()))
        except TimeoutError:
            one.kill()
            one.ended.exception()
