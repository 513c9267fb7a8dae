"""Numbered lines of a byte stream, for formats whose rows are lines."""

from collections.abc import Iterator
from typing import IO

from catalograph.ingest.readers.rows import FeedLimits

BOM = b"\xef\xbb\xbf"


def numbered_lines(stream: IO[bytes], limits: FeedLimits) -> Iterator[tuple[int, bytes]]:
    """Lines from 1; one that is too long comes cut to one byte over the limit."""
    most = limits.row_bytes + 1
    number = 0
    while line := stream.readline(most):
        number += 1
        if number == 1:
            line = line.removeprefix(BOM)
        rest = line
        while len(rest) >= most and not rest.endswith(b"\n"):
            rest = stream.readline(most)
        yield number, line
