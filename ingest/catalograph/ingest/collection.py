"""Garbage collection while a feed is read.

Rows and records have no cycles, and are many: Python's search for cycles after each 700 new objects
would take a quarter of the processor time of an ingest.
"""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_NEW_OBJECTS = 100_000
"""New objects after which Python looks for cycles."""
_lock = threading.Lock()
_before: list[tuple[int, int, int]] = []


@contextmanager
def collect_rarely() -> Iterator[None]:
    """Look for cycles of objects rarely; several threads may ask for it at the same time."""
    with _lock:
        _before.append(gc.get_threshold())
        gc.set_threshold(_NEW_OBJECTS, *_before[0][1:])
    try:
        yield
    finally:
        with _lock:
            # Whoever ends last restores what was set before the first.
            first = _before[0]
            _before.pop()
            if not _before:
                gc.set_threshold(*first)
