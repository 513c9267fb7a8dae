"""Garbage collection while feeds are read: rare for as long as one is, then as before."""

import gc
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from catalograph.ingest.collection import collect_rarely


@pytest.fixture
def before() -> Iterator[tuple[int, int, int]]:
    """Python's own thresholds, whatever a library has set in this process."""
    kept, usual = gc.get_threshold(), (700, 10, 10)
    gc.set_threshold(*usual)
    yield usual
    gc.set_threshold(*kept)


def test_the_last_to_end_restores_what_was_set(before: tuple[int, int, int]) -> None:
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
