"""CSV files of nodes and edges, in the form that Neo4j's importer reads.

The first line names the columns as `property:type`; `key:ID` is the node's id for the import and
its property `key`; `:START_ID`, `:END_ID` and `:TYPE` make an edge. A text is quoted and a missing
value is not, which tells an empty text from none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from catalograph.errors import BulkLoadError
from catalograph.schema import ONTOLOGY, PropertySpec, PropertyType

_ROWS_PER_CHUNK = 32_768
"""Rows held in memory for one file."""
_COLUMNS: dict[PropertyType, tuple[str, pa.DataType]] = {
    PropertyType.STRING: ("string", pa.string()),
    PropertyType.INTEGER: ("long", pa.int64()),
    PropertyType.FLOAT: ("double", pa.float64()),
    PropertyType.BOOLEAN: ("boolean", pa.bool_()),
    # As text, because a time of a feed keeps its own time zone.
    PropertyType.DATETIME: ("datetime", pa.string()),
    PropertyType.STRING_LIST: ("string[]", pa.list_(pa.string())),
    PropertyType.FLOAT_LIST: ("double[]", pa.list_(pa.float64())),
}
ARRAY_DELIMITER = "\x1f"
"""Between the elements of a list; a control character, which names and texts do not contain."""
SUFFIX = ".csv"
_LINES = ".lines"
"""Before the suffix of a file with line breaks in its fields, which the importer must know."""
START, TYPE, END = ":START_ID", ":TYPE", ":END_ID"
_LABELS = {"Review": ("Review", "Source"), "Event": ("Event", "Source")}
"""Labels of nodes that have a second one: reviews and events are their own sources."""
EDGES = "edges"
"""Name of the table of edges without properties."""


@dataclass(frozen=True)
class ImportLayout:
    """Columns of a table.

    Attributes:
        name: name of the table: a label, a relation or `EDGES`.
        fields: name and Arrow type of each column.
        properties: names of the properties, in the order of the columns that hold them.
        times: numbers, in `properties`, of those that are times.
    """

    name: str
    fields: tuple[tuple[str, pa.DataType], ...]
    properties: tuple[str, ...]
    times: tuple[int, ...]

    def values_of(self, properties: Mapping[str, Any]) -> list[Any]:
        """Return the properties of a node or an edge as cells, missing ones as None."""
        cells: list[Any] = [properties.get(name) for name in self.properties]
        for n in self.times:
            cells[n] = write_time(cells[n])
        return cells


@cache
def node_layout(label: str) -> ImportLayout:
    """Return the columns of the nodes of a label: `key:ID`, then the properties."""
    return _layout(label, (("key:ID", pa.string()),), ONTOLOGY.node(label).properties)


@cache
def edge_layout(relation: str) -> ImportLayout:
    """Return the columns of the edges of a relation: both ends, then the properties."""
    ends = ((START, pa.string()), (END, pa.string()))
    return _layout(relation, ends, ONTOLOGY.relation(relation).properties)


PLAIN_EDGES = ImportLayout(
    EDGES, ((START, pa.string()), (TYPE, pa.string()), (END, pa.string())), (), ()
)
"""Columns of edges without properties, of any relation."""


def write_time(moment: datetime | None) -> str | None:
    """Return a time as Neo4j reads it, with a named zone in brackets where there is one."""
    if moment is None:
        return None
    zone = getattr(moment.tzinfo, "key", None)
    return f"{moment.isoformat()}[{zone}]" if zone else moment.isoformat()


class ImportTable:
    """A file that is written row by row; rows are collected up to a chunk."""

    def __init__(self, folder: Path, layout: ImportLayout) -> None:
        self.layout = layout
        self._path = folder / f"{layout.name}{SUFFIX}"
        self._schema = pa.schema(
            [
                (name, pa.string() if pa.types.is_list(kind) else kind)
                for name, kind in layout.fields
            ]
        )
        self._rows: list[Sequence[Any]] = []
        self._has_lines = False
        self._stream: IO[bytes] | None = None
        self._writer: csv.CSVWriter | None = None
        self.add = self._rows.append
        """Add a row: a cell for each column."""

    def flush_full(self) -> None:
        """Write the collected rows if they are enough for a chunk."""
        if len(self._rows) >= _ROWS_PER_CHUNK:
            self._flush()

    def close(self) -> None:
        """Write the rest; a table without rows leaves no file."""
        self._flush()
        if self._writer is not None and self._stream is not None:
            self._writer.close()
            self._stream.close()
            if self._has_lines:
                self._path.rename(self._path.with_suffix(_LINES + SUFFIX))

    def _flush(self) -> None:
        if not self._rows:
            return
        if self._writer is None:
            self._stream = self._path.open("wb")
            self._stream.write(",".join(self._schema.names).encode() + b"\n")
            options = csv.WriteOptions(include_header=False, quoting_style="needed")
            self._writer = csv.CSVWriter(self._stream, self._schema, write_options=options)
        columns = zip(*self._rows, strict=True)
        pairs = zip(columns, self.layout.fields, strict=True)
        arrays = [_make_column(column, kind, name) for column, (name, kind) in pairs]
        self._has_lines = self._has_lines or any(map(_holds_lines, arrays))
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        self._rows.clear()


def _make_column(cells: Sequence[Any], kind: pa.DataType, name: str) -> pa.Array:
    """Return a column as the file has it."""
    if cells.count(None) == len(cells):  # as most properties of a feed are
        return pa.nulls(len(cells), pa.string() if pa.types.is_list(kind) else kind)
    return _join_lists(pa.array(cells, kind), name)


def _join_lists(column: pa.Array, name: str) -> pa.Array:
    """Return a column as the file has it: lists as texts, with a delimiter between elements."""
    if not pa.types.is_list(column.type):
        return column
    texts = pc.cast(column, pa.list_(pa.string()))
    if pc.any(pc.match_substring(texts.flatten(), ARRAY_DELIMITER)).as_py():
        raise BulkLoadError(
            f"A value of `{name.partition(':')[0]}` holds the control character U+001F, which no "
            "bulk load can carry. Remove it from the feed."
        )
    return pc.binary_join(texts, ARRAY_DELIMITER)


def _holds_lines(column: pa.Array) -> bool:
    if not pa.types.is_string(column.type) or column.null_count == len(column):
        return False
    return any(pc.any(pc.match_substring(column, sign)).as_py() for sign in "\n\r")


class ImportTables:
    """The tables of one folder, made when they are first asked for.

    Args:
        folder: folder of the files; made if it does not exist.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._tables: dict[str, ImportTable] = {}

    def nodes(self, label: str) -> ImportTable:
        """Return the table of the nodes of a label."""
        return self._tables.get(label) or self._add(node_layout(label))

    def edges(self, relation: str) -> ImportTable:
        """Return the table of the edges of a relation that has properties."""
        return self._tables.get(relation) or self._add(edge_layout(relation))

    def plain_edges(self) -> ImportTable:
        """Return the table of edges without properties."""
        return self._tables.get(EDGES) or self._add(PLAIN_EDGES)

    def flush_full(self) -> None:
        """Write the tables that have enough rows."""
        for table in self._tables.values():
            table.flush_full()

    def close(self) -> None:
        """Write what is left in all of them."""
        for table in self._tables.values():
            table.close()

    def _add(self, layout: ImportLayout) -> ImportTable:
        table = self._tables[layout.name] = ImportTable(self._folder, layout)
        return table


@dataclass(frozen=True)
class ImportFiles:
    """Files of a load.

    Attributes:
        nodes: pairs of labels, joined by ":", and file.
        edges: pairs of relation, or "" for a file of several relations, and file.
    """

    nodes: tuple[tuple[str, Path], ...]
    edges: tuple[tuple[str, Path], ...]

    @property
    def paths(self) -> list[Path]:
        """All files."""
        return [path for _, path in (*self.nodes, *self.edges)]

    @property
    def with_lines(self) -> list[Path]:
        """Files with line breaks in their fields."""
        return [path for path in self.paths if path.name.endswith(_LINES + SUFFIX)]


def list_import_files(folder: Path) -> ImportFiles:
    """Return the files of nodes and edges below a folder."""
    nodes, edges = [], []
    for path in sorted(folder.rglob(f"*{SUFFIX}")):
        name = path.name.partition(".")[0]
        if name == EDGES:
            edges.append(("", path))
        elif ONTOLOGY.find_relation(name) is not None:
            edges.append((name, path))
        else:
            nodes.append((":".join(_LABELS.get(name, (name,))), path))
    return ImportFiles(tuple(nodes), tuple(edges))


def _layout(
    name: str, ends: tuple[tuple[str, pa.DataType], ...], specs: Sequence[PropertySpec]
) -> ImportLayout:
    fields = [(f"{s.name}:{_COLUMNS[s.type][0]}", _COLUMNS[s.type][1]) for s in specs]
    times = [n for n, spec in enumerate(specs) if spec.type is PropertyType.DATETIME]
    return ImportLayout(name, (*ends, *fields), tuple(spec.name for spec in specs), tuple(times))
