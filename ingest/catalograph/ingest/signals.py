"""Ending on SIGTERM and SIGINT in an orderly way."""

import signal
import threading
from types import FrameType


class StopSignal:
    """Whether somebody asked to stop; call it to ask."""

    def __init__(self) -> None:
        self.event = threading.Event()

    def __call__(self) -> bool:
        """Whether a signal came."""
        return self.event.is_set()

    def raise_once(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal."""
        del frame
        self.event.set()
        signal.signal(number, signal.SIG_DFL)


def stop_on_signals() -> StopSignal:
    """A flag that SIGTERM and SIGINT raise from now on; a second signal ends at once."""
    flag = StopSignal()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, flag.raise_once)
    return flag
