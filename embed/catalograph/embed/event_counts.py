"""Count the shoppers of products in a table of events that is larger than memory, by DuckDB.

DuckDB reads Parquet, CSV and JSON lines, one file or many, and writes intermediate results to disk
where they exceed its limit of memory.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from catalograph.embed.recommend.counts import PairCounts, mirror_upper
from catalograph.errors import EmbedError
from catalograph.schema.keys import product_key

__all__ = ["count_events"]

_CHOICES = """
CREATE TEMP TABLE choices AS
SELECT shopper, product
FROM (SELECT DISTINCT {shopper}::VARCHAR AS shopper, {product}::VARCHAR AS product
      FROM {reader}($events))
WHERE shopper IS NOT NULL AND product IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY shopper ORDER BY hash(shopper, product), product) <= $most
"""
_PRODUCTS = """
CREATE TEMP TABLE products AS
SELECT product, (row_number() OVER (ORDER BY product) - 1)::INTEGER AS place
FROM (SELECT DISTINCT product FROM choices)
"""
_PLACED = """
CREATE TEMP TABLE placed AS SELECT shopper, place FROM choices JOIN products USING (product)
"""
_PAIRS = """
SELECT a.place AS row, b.place AS col, count(*) AS n
FROM placed a JOIN placed b ON a.shopper = b.shopper AND a.place <= b.place
GROUP BY ALL
"""


def count_events(
    events: str,
    *,
    shopper: str,
    product: str,
    source: str | None = None,
    most: int = 500,
    memory: str = "1GB",
) -> PairCounts:
    """Count the shoppers of each product and of each two products.

    Args:
        events: path of Parquet, CSV or JSON-lines files, or a pattern such as `events/*.parquet`.
        shopper: name of the column with the shopper's id.
        product: name of the column with the product's id.
        source: name of the catalogue that the ids belong to; None where they are keys already.
        most: maximum number of products of a shopper that count, at least 1; more are left out at
            random.
        memory: DuckDB's limit of memory; the result, one entry for each pair, comes on top.

    Raises:
        EmbedError: the files or columns cannot be read.
    """
    with (
        tempfile.TemporaryDirectory(prefix="catalograph-") as folder,
        duckdb.connect(config={"memory_limit": memory, "temp_directory": folder}) as database,
    ):
        database.execute("SET preserve_insertion_order = false")
        columns = {"shopper": _quote(shopper), "product": _quote(product)}
        statement = _CHOICES.format(reader=_reader(events), **columns)
        try:
            database.execute(statement, {"events": events, "most": most})
        except duckdb.Error as exc:
            raise EmbedError(f"The events in {events} cannot be counted: {exc}") from exc
        database.execute(_PRODUCTS)
        database.execute(_PLACED)
        database.execute("DROP TABLE choices")
        ids = [row[0] for row in database.execute("FROM products ORDER BY place").fetchall()]
        [(shoppers,)] = database.execute("SELECT count(DISTINCT shopper) FROM placed").fetchall()
        found: Mapping[str, Any] = database.execute(_PAIRS).fetchnumpy()
    keys = ids if source is None else [product_key(source, id_) for id_ in ids]
    pairs = mirror_upper(found["row"], found["col"], found["n"], n=len(keys))
    return PairCounts(tuple(keys), pairs, int(shoppers))


def _reader(events: str) -> str:
    """Return the name of DuckDB's function for files of a kind."""
    readers = {".csv": "read_csv", ".jsonl": "read_json", ".json": "read_json"}
    return readers.get(Path(events.removesuffix(".gz")).suffix, "read_parquet")


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
