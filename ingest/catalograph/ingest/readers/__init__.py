"""Rows out of files, whatever their names; the formats are listed in `formats.FILE_FORMATS`.

Format, compression (gzip), encoding and dialect are told by content. Everything streams: memory
stays flat however large the file or its unpacked form is. A row that cannot be read is a
`Rejection` of that row; only a file that cannot be read at all, or that is over a limit, raises.

| format | rows |
|---|---|
| JSONL | a line |
| JSON array, objects over many lines | an element, an object |
| separated by `,` tab `;` `|`, quoted by `"` `'` or not at all | a record below the header |
| Parquet | a row |
| XML: RSS, Atom, Google Merchant | an `item`, `entry` or `product` |
| the query of a PostgreSQL database | a row |
| schema.org JSON-LD, in any JSON above and in HTML | a Product |

Text is UTF-8, UTF-16 with a byte-order mark, or, in separated files only, Windows-1252.
"""

from catalograph.ingest.readers.database import DatabaseQuery, is_database
from catalograph.ingest.readers.feed import FeedFile, open_feed
from catalograph.ingest.readers.rows import FeedLimits, FeedRow, json_object

__all__ = [
    "DatabaseQuery",
    "FeedFile",
    "FeedLimits",
    "FeedRow",
    "is_database",
    "json_object",
    "open_feed",
]
