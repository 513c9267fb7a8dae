"""What a file format consists of, for `FILE_FORMATS`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from catalograph.ingest.readers.rows import FeedRow
from catalograph.ingest.readers.source import FeedSource


@dataclass(frozen=True, slots=True)
class FileShape:
    """What a file is, and how its rows are read.

    Attributes:
        format: name of the format, such as `csv`.
        rows: reads the rows; it knows what was detected, such as a dialect.
        by_line: whether each line is a row by itself, so that parts of the file can be read apart.
    """

    format: str
    rows: Callable[[FeedSource], Iterator[FeedRow]]
    by_line: bool = False


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A file format, or several that are detected together.

    Attributes:
        labels: names for people, in messages and in the documentation.
        detect: tells by content what a file is, None for a file of another format. It gets the
            first bytes as UTF-8 without a byte-order mark, and whether they are the whole file.
        extensions: what a file is by the extension of its name, in lower case with its dot; it
            counts where no format recognises the content.
        compressed: whether the format is compressed itself and read at random; gzipped files of
            it are refused.
    """

    labels: tuple[str, ...]
    detect: Callable[[bytes, bool], FileShape | None]
    extensions: Mapping[str, FileShape] = field(default_factory=dict)
    compressed: bool = False
