"""Graceful stop on SIGTERM and SIGINT."""

import signal
import threading
from types import FrameType


class StopSignal:
    """Stop flag; call it to read the flag."""

    def __init__(self) -> None:
        self.event = threading.Event()

    def __call__(self) -> bool:
        """Return whether a signal arrived."""
        return self.event.is_set()

    def raise_once(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal."""
        del frame
        self.event.set()
        signal.signal(number, signal.SIG_DFL)


def stop_on_signals() -> StopSignal:
    """Return a flag that SIGTERM and SIGINT set; a second signal ends the process at once."""
    flag = StopSignal()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, flag.raise_once)
    return flag
