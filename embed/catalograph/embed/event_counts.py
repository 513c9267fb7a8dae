"""Count events or searches in a table that is larger than memory, by DuckDB.

DuckDB reads Parquet, CSV and JSON lines, one file or many, and writes intermediate results to disk
where they exceed its limit of memory.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from catalograph.embed.recommend.counts import PairCounts, mirror_upper
from catalograph.embed.search_ranking.lists import GAINS
from catalograph.embed.search_ranking.shown_counts import ShownCounts
from catalograph.errors import EmbedError
from catalograph.schema.keys import product_key

__all__ = ["SearchColumns", "count_events", "count_searches"]

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
_IMPRESSIONS = """
CREATE TEMP TABLE impressions AS
SELECT {list}::VARCHAR AS list, {query}::VARCHAR AS query, {product}::VARCHAR AS product,
       {place}::BIGINT - $first AS place, max({gain}) AS gain
FROM {reader}($events)
WHERE {list} IS NOT NULL AND {query} IS NOT NULL AND {product} IS NOT NULL
  AND {place}::BIGINT >= $first
GROUP BY ALL
"""
_CELLS = """
SELECT query, product, place, count(*) AS shown, count(*) FILTER (gain > 0) AS clicked,
       sum(gain)::BIGINT AS gains
FROM impressions GROUP BY ALL
"""


@dataclass(frozen=True)
class SearchColumns:
    """Names of the columns of a table of searches, with a row for each product of a list."""

    shown_list: str = "list_id"
    """Column with the id of the list that was shown."""
    query: str = "query"
    """Column with the search words."""
    product: str = "product_id"
    """Column with the product's id."""
    place: str = "position"
    """Column with the place in the list."""
    response: str = "response"
    """Column with what the shopper did, such as click or purchase; NULL for nothing. Of several
    rows of a product in a list the best response counts."""


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
    columns = {"shopper": _quote(shopper), "product": _quote(product)}
    with _open(memory) as database:
        statement = _CHOICES.format(reader=_reader(events), **columns)
        _read(database, statement, events=events, most=most)
        database.execute(_PRODUCTS)
        database.execute(_PLACED)
        database.execute("DROP TABLE choices")
        ids = [row[0] for row in database.execute("FROM products ORDER BY place").fetchall()]
        [(shoppers,)] = database.execute("SELECT count(DISTINCT shopper) FROM placed").fetchall()
        found: Mapping[str, Any] = database.execute(_PAIRS).fetchnumpy()
    keys = ids if source is None else [product_key(source, id_) for id_ in ids]
    pairs = mirror_upper(found["row"], found["col"], found["n"], n=len(keys))
    return PairCounts(tuple(keys), pairs, int(shoppers))


def count_searches(
    events: str,
    columns: SearchColumns | None = None,
    *,
    source: str | None = None,
    first: int = 0,
    memory: str = "1GB",
) -> ShownCounts:
    """Count how often searches showed a product at a place, and how often it had a response.

    Args:
        events: path of Parquet, CSV or JSON-lines files, or a pattern such as `lists/*.parquet`.
        columns: names of the columns.
        source: name of the catalogue that the ids belong to; None where they are keys already.
        first: number of the first place.
        memory: DuckDB's limit of memory; the result comes on top.

    Raises:
        EmbedError: the files or columns cannot be read.
    """
    columns = columns or SearchColumns()
    response = f"lower({_quote(columns.response)}::VARCHAR)"
    worth = " ".join(f"WHEN '{kind}' THEN {gain:.0f}" for kind, gain in GAINS.items())
    statement = _IMPRESSIONS.format(
        reader=_reader(events),
        list=_quote(columns.shown_list),
        query=_quote(columns.query),
        product=_quote(columns.product),
        place=_quote(columns.place),
        gain=f"CASE {response} {worth} ELSE 0 END",
    )
    with _open(memory) as database:
        _read(database, statement, events=events, first=first)
        [(lists,)] = database.execute("SELECT count(DISTINCT list) FROM impressions").fetchall()
        found: Mapping[str, Any] = database.execute(_CELLS).fetchnumpy()
    ids, queries = found["product"].tolist(), found["query"].tolist()
    numbers = np.stack([found[name] for name in ("shown", "clicked", "gains")], axis=1)
    return ShownCounts.of_columns(
        queries,
        ids if source is None else [product_key(source, id_) for id_ in ids],
        found["place"],
        np.zeros(len(ids), np.int64),
        numbers=numbers.astype(np.int64),
        n_lists=int(lists),
    )


@contextmanager
def _open(memory: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database that writes to disk what exceeds its memory."""
    with (
        tempfile.TemporaryDirectory(prefix="catalograph-") as folder,
        duckdb.connect(config={"memory_limit": memory, "temp_directory": folder}) as database,
    ):
        database.execute("SET preserve_insertion_order = false")
        yield database


def _read(
    database: duckdb.DuckDBPyConnection, statement: str, *, events: str, **values: int
) -> None:
    try:
        database.execute(statement, {"events": events, **values})
    except duckdb.Error as exc:
        raise EmbedError(f"The events in {events} cannot be counted: {exc}") from exc


def _reader(events: str) -> str:
    """Return the name of DuckDB's function for files of a kind."""
    readers = {".csv": "read_csv", ".jsonl": "read_json", ".json": "read_json"}
    return readers.get(Path(events.removesuffix(".gz")).suffix, "read_parquet")


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
