"""Rows of a PostgreSQL query, read by ADBC as Arrow batches.

The result is spooled to a temporary file: an ingest reads its feed twice, and both times it must
be the same rows, however the tables change meanwhile.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from catalograph.errors import MissingExtraError, SourceFormatError
from catalograph.ingest.readers.formats.protocol import FileShape
from catalograph.ingest.readers.rows import FeedLimits, FeedRow, json_value
from catalograph.ingest.readers.source import FeedSource
from catalograph.ingest.readers.unpack import unpacked_size_error
from catalograph.schema import Rejection

if TYPE_CHECKING:
    from pyarrow import DataType, Field, RecordBatchReader, Schema

DATABASE_SCHEMES = ("postgresql://", "postgres://")
_AT_ONCE = 1_000
"""Rows converted to Python values at once."""
_REMEDIES = {
    "money": "money arrives as a bare number of cents; write {name}::numeric",
    "bytea": "bytes are no value of a product; leave {name} out, or write encode({name}, 'hex')",
    "interval": "a span of time has no one form; write {name}::text",
}


@dataclass(frozen=True, slots=True)
class DatabaseQuery:
    """A query whose rows are a feed.

    Attributes:
        uri: address of the database, `postgresql://user@host/name`. A password may stand in it;
            else libpq takes it from PGPASSWORD or its password file.
        sql: one SELECT statement.
    """

    uri: str
    sql: str

    def __str__(self) -> str:
        """Return the address without its password."""
        parts = urlsplit(self.uri)
        user = f"{parts.username}@" if parts.username else ""
        place = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, user + place, parts.path, "", ""))


def is_database(path: object) -> bool:
    """Return whether a feed's address is that of a database."""
    return str(path).startswith(DATABASE_SCHEMES)


@contextmanager
def spool_query(query: DatabaseQuery, limits: FeedLimits) -> Iterator[tuple[Path, FileShape]]:
    """Run a query in a read-only transaction; give the file of its rows and how it is read.

    Raises:
        MissingExtraError: the extra `postgres` is not installed.
        SourceFormatError: the database refuses address or statement, the statement gives no rows,
            two columns share a name, or a column has a type that is no value of a feed.
    """
    try:
        from adbc_driver_manager import dbapi
        from adbc_driver_postgresql.dbapi import connect
    except ImportError as exc:
        raise MissingExtraError("postgres", "adbc-driver-postgresql") from exc
    with tempfile.TemporaryDirectory(prefix="catalograph-") as folder:
        spool = Path(folder) / "rows.arrow"
        try:
            with connect(query.uri) as connection, connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
                cursor.execute(query.sql.rstrip().removesuffix(";"))
                rows = _write(cursor.fetch_record_batch(), spool, query, limits)
        except dbapi.Error as exc:
            raise SourceFormatError(
                f"{query} did not answer the query: {' '.join(str(exc).split())} Check the "
                "address, the rights of its user and the statement, which may only read.",
                file=str(query),
            ) from exc
        yield spool, FileShape("postgresql", partial(spooled_rows, total=rows))


def _write(
    batches: "RecordBatchReader", spool: Path, query: DatabaseQuery, limits: FeedLimits
) -> int:
    """Write the batches to a file; return the number of rows."""
    import pyarrow as pa

    _check(batches.schema, query)
    rows = size = 0
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_file(str(spool), batches.schema, options=options) as writer:
        for batch in batches:
            rows, size = rows + batch.num_rows, size + batch.nbytes
            if size > limits.unpacked_bytes:
                raise unpacked_size_error(str(query), limits)
            writer.write_batch(batch)
    return rows


def _check(schema: "Schema", query: DatabaseQuery) -> None:
    if not schema.names:
        raise SourceFormatError(
            f"The statement for {query} gives no rows. Give one SELECT with --query.",
            file=str(query),
        )
    double = [name for name, times in Counter(schema.names).items() if times > 1]
    faults = [f"two columns are named '{name}'; name one with AS" for name in double]
    for field in schema:
        of = _type_of(field)
        remedy = _REMEDIES.get(of)
        if remedy is None and _is_unknown(field.type):
            remedy = f"values of the type {of} arrive as bytes; write {{name}}::text"
        if remedy is not None:
            faults.append(f"'{field.name}': {remedy.format(name=field.name)}")
    if faults:
        raise SourceFormatError(
            f"The query for {query} cannot be read: {'; '.join(faults)}.", file=str(query)
        )


def _type_of(field: "Field") -> str:
    """Return the PostgreSQL type of a column, as ADBC notes it."""
    noted = (field.metadata or {}).get(b"POSTGRESQL:type", b"")
    return str(noted.decode())


def spooled_rows(source: FeedSource, *, total: int) -> Iterator[FeedRow]:
    """Rows of a spooled query.

    `numeric` and the numbers in `json` come as Decimal, so that no digit is lost; uuid and time
    as text.

    Args:
        source: the spooled file.
        total: number of its rows.
    """
    import pyarrow as pa

    number = 0
    with pa.memory_map(str(source.path)) as mapped, pa.ipc.open_file(mapped) as file:
        readers = {field.name: _reader(_type_of(field), source.limits) for field in file.schema}
        special = {name: reader for name, reader in readers.items() if reader is not None}
        for n in range(file.num_record_batches):
            batch = file.get_batch(n)
            for start in range(0, batch.num_rows, _AT_ONCE):
                for fields in batch.slice(start, _AT_ONCE).to_pylist():
                    number += 1
                    source.note_position(number / total)
                    yield FeedRow(number, _read_row(fields, special))


_Reader = Callable[[Any], Any]


def _read_row(fields: dict[str, Any], special: dict[str, _Reader]) -> dict[str, Any] | Rejection:
    for name, reader in special.items():
        if fields[name] is not None:
            fields[name] = reader(fields[name])
            if isinstance(fields[name], Rejection):
                return Rejection(fields[name].reason, name, fields[name].detail)
    return fields


def _reader(of: str, limits: FeedLimits) -> _Reader | None:
    """Return what converts the values of a column; None for those that are right as they are."""
    if of.startswith("_") and (one := _reader(of[1:], limits)) is not None:
        return lambda values: [None if value is None else one(value) for value in values]
    if of == "numeric":
        return _number
    if of in ("json", "jsonb"):
        return partial(_json, limits=limits)
    return str if of in ("uuid", "time", "timetz") else None


def _is_unknown(of: "DataType") -> bool:
    """Return whether ADBC gives the bytes of a type that it does not know."""
    import pyarrow as pa

    storage = getattr(of, "storage_type", of)
    if pa.types.is_list(storage):
        return _is_unknown(storage.value_type)
    return bool(pa.types.is_binary(storage))


def _number(text: str) -> Decimal | None:
    number = Decimal(text)
    return number if number.is_finite() else None


def _json(text: str, limits: FeedLimits) -> Any:
    value = json_value(text.encode(), limits)
    return value if isinstance(value, Rejection) else json.loads(text, parse_float=Decimal)
