"""Garbage collection while feeds are read: rare for as long as one is, then as before."""

import gc
from contextlib import ExitStack

from catalograph.ingest.collection import collect_rarely


def test_the_last_to_end_restores_what_was_set() -> None:
    before = gc.get_threshold()
    first, second = ExitStack(), ExitStack()
    first.enter_context(collect_rarely())
    during = gc.get_threshold()
    second.enter_context(collect_rarely())
    assert during[0] > 10 * before[0]
    assert during[1:] == before[1:]
    first.close()
    assert gc.get_threshold() == during
    second.close()
    assert gc.get_threshold() == before
