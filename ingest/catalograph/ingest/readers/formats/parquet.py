"""Rows of Parquet files."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from catalograph.ingest.readers.formats.protocol import FileFormat, FileShape
from catalograph.ingest.readers.rows import FeedRow
from catalograph.ingest.readers.source import FeedSource
from catalograph.ingest.readers.unpack import unpacked_size_error

if TYPE_CHECKING:
    from pyarrow.parquet import FileMetaData

_MAGIC = b"PAR1"
_ROWS = 1_000
_BYTES = 16 * 1024**2
"""Rows and bytes of a file held at once."""


def parquet_rows(source: FeedSource) -> Iterator[FeedRow]:
    """Rows of a Parquet file.

    Raises:
        SourceFormatError: it is no Parquet file, or unpacks to more than the limit.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(source.path, pre_buffer=False) as file:
            total = max(1, file.metadata.num_rows)
            size = _unpacked_bytes(file.metadata, source)
            at_once = min(_ROWS, max(1, _BYTES * total // max(1, size)))
            number = 0
            for batch in file.iter_batches(batch_size=at_once):
                for fields in batch.to_pylist():
                    number += 1
                    source.note_position(number / total)
                    yield FeedRow(number, fields)
    except (pa.ArrowException, OSError, ValueError) as exc:
        raise source.unreadable(exc) from exc


def _unpacked_bytes(metadata: "FileMetaData", source: FeedSource) -> int:
    """Bytes of the columns unpacked, as the file states them."""
    size: int = sum(metadata.row_group(n).total_byte_size for n in range(metadata.num_row_groups))
    if size > source.limits.unpacked_bytes:
        raise unpacked_size_error(source.name, source.limits)
    return size


_SHAPE = FileShape("parquet", parquet_rows)


def _detect(head: bytes, whole: bool) -> FileShape | None:
    del whole
    return _SHAPE if head.startswith(_MAGIC) else None


FORMAT = FileFormat(
    labels=("Parquet",),
    detect=_detect,
    extensions={".parquet": _SHAPE, ".pq": _SHAPE},
    compressed=True,
)
