"""A feed that is a full snapshot: what is missing from it is withdrawn, unless that is too much.

An empty or cut-off delivery must not empty the graph. So nothing is withdrawn where a row could
not be read, since it may be of any product, or where more than a stated share is missing.
"""

from array import array
from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from catalograph.ingest import fingerprint
from catalograph.ingest.batches import MOST_RECORDS, RecordWriter
from catalograph.ingest.report import Counters

_PAGE = 10_000


class FeedSnapshot:
    """Remembers which records a feed has, 8 bytes each.

    Two keys of one hash only keep a record that could go; at 10 million keys that is one in
    two million.

    Attributes:
        sources: feeds whose records are all in the snapshot.
        unreadable: rows of which it is not known what they are about.
    """

    def __init__(self) -> None:
        self.sources: set[str] = set()
        self.unreadable = 0
        self._present = array("Q")

    def see(self, key: str) -> None:
        """Take note of a record that is there."""
        self._present.append(fingerprint.short_hash(key))

    def withdraw_missing(
        self, store: RecordWriter, run: str | None, tally: Counters, most: float
    ) -> None:
        """Withdraw the records that the snapshot lacks; in a dry run only count them.

        Args:
            store: holds the records.
            run: run that withdraws them; None in a dry run.
            tally: told how many vanished, or why none was withdrawn.
            most: share of the records that may be missing; 1 withdraws in any case.
        """
        present = np.unique(np.frombuffer(self._present, dtype=np.uint64))
        held = missing = 0
        for page in _pages(self._stored_keys(store), _PAGE):
            held += len(page)
            missing += sum(1 for _ in _absent(page, present))
        tally.refused = self._refusal(held, missing, most)
        if tally.refused:
            return
        if run is not None:
            gone = (
                k
                for page in _pages(self._stored_keys(store), _PAGE)
                for k in _absent(page, present)
            )
            for part in _pages(gone, MOST_RECORDS):
                store.withdraw_records(part, run)
        tally.vanished = missing

    def _stored_keys(self, store: RecordWriter) -> Iterator[str]:
        for source in sorted(self.sources):
            yield from store.list_record_keys(f"source:{source}:catalog/")

    def _refusal(self, held: int, missing: int, most: float) -> str:
        if most >= 1 or not missing:
            return ""
        if self.unreadable:
            return (
                f"{missing:,} of {held:,} records are missing from the snapshot, but "
                f"{self.unreadable:,} of its rows could not be read and may be some of them. "
                "Nothing was withdrawn; mend these rows, or allow it with --allow-shrink."
            )
        if missing > most * held:
            return (
                f"{missing:,} of {held:,} records are missing from the snapshot, more than the "
                f"share of {most:g} that may be. Nothing was withdrawn; check that the feed is "
                "whole, or allow it with --allow-shrink."
            )
        return ""


def _absent(keys: list[str], present: NDArray[np.uint64]) -> Iterator[str]:
    hashes = np.array([fingerprint.short_hash(key) for key in keys], dtype=np.uint64)
    there = np.isin(hashes, present)
    return (key for key, found in zip(keys, there.tolist(), strict=True) if not found)


def _pages(keys: Iterable[str], size: int) -> Iterator[list[str]]:
    remaining = iter(keys)
    while page := list(islice(remaining, size)):
        yield page
