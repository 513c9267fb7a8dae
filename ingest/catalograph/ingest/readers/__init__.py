"""Rows out of files, whatever their names; the formats are listed in `formats.FILE_FORMATS`.

Format, compression (gzip), encoding and dialect are told by content. Everything streams: memory
stays flat however large the file or its unpacked form is. A row that cannot be read is a
`Rejection` of that row; only a file that cannot be read at all, or that is over a limit, raises.

| format | rows |
|---|---|
| JSONL | a line |
| JSON array, objects over many lines | an element, an object |
| JSON document | an object in its largest list, or the document if that is one product |
| separated by `,` tab `;` `|`, quoted by `"` `'` or not at all | a record below the header |
| Parquet | a row |
| XML: RSS, Atom, Google Merchant, Yandex YML, any other | an element that repeats |
| the query of a PostgreSQL database | a row |
| schema.org JSON-LD, in any JSON above and in HTML | a Product |

Text is UTF-8, UTF-16, or in the encoding that XML and HTML state. Other text is read in the
encoding that its bytes suggest, which `FeedFile.notes` says; where they suggest none clearly, the
file is refused until `ReadOptions` names it.
"""

from catalograph.ingest.readers.database import DatabaseQuery, is_database
from catalograph.ingest.readers.encodings import codec_name
from catalograph.ingest.readers.feed import FeedFile, open_feed
from catalograph.ingest.readers.rows import (
    FeedLimits,
    FeedRow,
    ReadOptions,
    dump_cells,
    json_object,
    json_row,
)

__all__ = [
    "DatabaseQuery",
    "FeedFile",
    "FeedLimits",
    "FeedRow",
    "ReadOptions",
    "codec_name",
    "dump_cells",
    "is_database",
    "json_object",
    "json_row",
    "open_feed",
]
