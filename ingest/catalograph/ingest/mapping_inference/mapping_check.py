"""Check of a mapping against all rows of a file: what it leaves out, rejects and replaces."""

from array import array
from collections import Counter
from dataclasses import dataclass

import numpy as np

from catalograph.errors import MappingError
from catalograph.ingest import fingerprint
from catalograph.ingest.catalog import CatalogFeed
from catalograph.ingest.events import EventFeed
from catalograph.ingest.mapping import (
    CatalogMapping,
    EventMapping,
    OrderMapping,
    ReviewMapping,
)
from catalograph.ingest.mapping import Mapping as FeedMapping
from catalograph.ingest.readers import FeedFile, dump_cells
from catalograph.ingest.reviews import ReviewFeed
from catalograph.ingest.row_preparation import prepare_rows
from catalograph.log import shorten
from catalograph.schema import Rejection

_SECRET = b"only for comparing keys within one file"
_EXAMPLES = 100_000
"""Keys looked through for one that several rows share."""


@dataclass(frozen=True)
class MappingOutcome:
    """What becomes of the rows of a file by a mapping.

    Attributes:
        rows: number of rows that could be read and are not left out.
        skipped: number of rows that the mapping leaves out.
        lost: number of rows that a row with the same id and other content replaces.
        repeated: number of rows that repeat another row as it is.
        rejected: number of rows without a record, by reason.
        example: an id that several rows share, with their number; empty if there is none.
    """

    rows: int
    skipped: int
    lost: int
    repeated: int
    rejected: Counter[str]
    example: str

    @property
    def share_kept(self) -> float:
        """Share of the rows that become a record of their own."""
        gone = self.lost + self.rejected.total()
        return 1 - gone / self.rows if self.rows else 0.0

    def warnings(self, mapping: FeedMapping) -> list[str]:
        """Return what people should know before they use the mapping."""
        found = []
        columns = ", ".join(mapping.id) if mapping.id else _derived_id(mapping)
        if self.lost:
            shown = f" ({self.example})" if self.example else ""
            found.append(
                f"{self.lost:,} of {self.rows:,} rows share an id ({columns}) with another row of "
                f"other content{shown}; the last row of each id is kept."
            )
        if self.repeated:
            found.append(
                f"{self.repeated:,} of {self.rows:,} rows repeat another row as it is, so they "
                f"share its id ({columns}); one of each is kept."
            )
        for why, number in self.rejected.most_common(3):
            found.append(f"{number:,} of {self.rows:,} rows will be rejected: {why}")
        return found


def check_mapping(file: FeedFile, mapping: FeedMapping) -> MappingOutcome:
    """Give every row of a file its key by a mapping, and count what is lost.

    Takes 16 bytes of memory a row.

    Raises:
        MappingError: the mapping is for orders.
    """
    feed = _feed_of(mapping)
    ids, contents = array("Q"), array("Q")
    rejected: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    skipped = rows = 0
    for row in prepare_rows(file, mapping):
        if row is None:
            skipped += 1
            continue
        if isinstance(row.fields, Rejection):
            continue
        rows += 1
        key = feed.key(row.fields)
        if isinstance(key, Rejection):
            rejected[f"{key.field}: {key.detail}"] += 1
            continue
        content = dump_cells(row.fields)
        ids.append(fingerprint.short_hash(key))
        contents.append(fingerprint.short_hash(f"{key}\x1e{content!r}"))
        if rows <= _EXAMPLES and isinstance(mapping, CatalogMapping):
            seen[key] += 1
    distinct, whole = _count_distinct(ids), _count_distinct(contents)
    example = ""
    if whole > distinct and isinstance(mapping, CatalogMapping) and len(mapping.id) == 1:
        key, number = seen.most_common(1)[0]
        id_ = key.removeprefix(feed.key_of("x")[:-1])
        example = f"'{shorten(id_)}' {number:,} times" if number > 1 else ""
    return MappingOutcome(rows, skipped, whole - distinct, len(ids) - whole, rejected, example)


def _derived_id(mapping: FeedMapping) -> str:
    if isinstance(mapping, ReviewMapping):
        time = None if mapping.time is None else mapping.time.column
        return ", ".join(c for c in (mapping.user, mapping.product, time) if c)
    return "the whole row"


def _count_distinct(hashes: "array[int]") -> int:
    return len(np.unique(np.frombuffer(hashes, dtype=np.uint64))) if hashes else 0


def _feed_of(mapping: FeedMapping) -> CatalogFeed | ReviewFeed | EventFeed:
    match mapping:
        case CatalogMapping():
            return CatalogFeed(mapping, learn=False)
        case ReviewMapping():
            return ReviewFeed(mapping, _SECRET)
        case EventMapping():
            return EventFeed(mapping, _SECRET)
        case OrderMapping():
            raise MappingError("Mappings of orders are not proposed; `--mapping orders` is one.")
