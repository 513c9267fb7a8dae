"""Full-snapshot feed: records missing from it are withdrawn, unless too many are missing.

An empty or truncated delivery must not empty the graph. So nothing is withdrawn if a row could not
be read, since it may describe any product, or if more than a given share of the records is missing.
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
    """Collects the records of a feed, in 8 bytes each.

    A hash collision only keeps a record that should be withdrawn; with 10 million keys the chance
    is one in two million.

    Attributes:
        sources: names of the feeds that the snapshot covers.
        unreadable: number of rows without a readable key.
    """

    def __init__(self) -> None:
        self.sources: set[str] = set()
        self.unreadable = 0
        self._present = array("Q")

    def see(self, key: str) -> None:
        """Note the key of a record in the feed."""
        self._present.append(fingerprint.short_hash(key))

    def merge(self, other: "FeedSnapshot") -> None:
        """Add what another reader of the same delivery saw."""
        self.sources |= other.sources
        self.unreadable += other.unreadable
        self._present.extend(other._present)  # noqa: SLF001 - of the same class

    def withdraw_missing(
        self, store: RecordWriter, run: str | None, tally: Counters, most: float
    ) -> None:
        """Withdraw the records missing from the snapshot; in a dry run only count them.

        Args:
            store: store of the records.
            run: id of the run that withdraws them; None in a dry run.
            tally: counters that receive the number of missing records, or why none was withdrawn.
            most: largest share of records that may be missing; 1 withdraws in any case.
        """
        present = np.unique(np.frombuffer(self._present, dtype=np.uint64))
        # Count first, so that nothing is withdrawn if too many records are missing.
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
                "Nothing was withdrawn; correct these rows, or allow it with --allow-shrink."
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
