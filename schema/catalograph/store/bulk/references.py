"""Nodes that records share, collected on disk while records are read, and joined at the end.

A reference is the key of a node and the form in which a record spells it. SQLite keeps each pair
once, sorted, so that memory does not grow with the feed; the parts that several processes wrote
are merged while they are read. The best form names the node, as `SharedNodes` chooses it.
"""

import heapq
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from catalograph.schema import Node, definitions
from catalograph.schema import keys as schema_keys
from catalograph.schema.keys import label_of
from catalograph.schema.triples import node_of, spelling, surface_form

_FILE = "references.sqlite"
_UNFINISHED = "references.unfinished"
_MOST_REMEMBERED = 200_000
_MOST_SEEN = 16_384
_CACHE_KIB = 65_536
_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE reference (key TEXT, said TEXT, PRIMARY KEY (key, said)) WITHOUT ROWID;
CREATE TABLE product (key TEXT, ids TEXT, grp TEXT);
CREATE TABLE record (key TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE catalogue (name TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_INDEXES = """
CREATE INDEX IF NOT EXISTS product_key ON product (key);
CREATE INDEX IF NOT EXISTS product_group ON product (grp, key) WHERE grp IS NOT NULL;
"""


class ReferenceIndex:
    """References, described products and, on demand, records of one part of a load.

    Args:
        folder: folder of the part; the file must not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # A batch is written by a thread of its own, one at a time.
        self._database = sqlite3.connect(
            folder / _UNFINISHED, isolation_level=None, check_same_thread=False
        )
        self._database.executescript(f"PRAGMA cache_size = -{_CACHE_KIB};" + _SCHEMA)
        # Feeds use one object for a value of many rows.
        self._seen: dict[int, Node] = {}
        self._known: set[tuple[str, str]] = set()
        self._new: list[tuple[str, str]] = []
        self._products: list[tuple[str, str | None, str | None]] = []
        self._catalogues: set[str] = set()

    def refer(self, node: Node) -> None:
        """Note a node that a record refers to, with the nodes that follow from its key."""
        if self._seen.get(id(node)) is node:
            return
        if len(self._seen) >= _MOST_SEEN:
            self._seen.clear()
        self._seen[id(node)] = node
        if self._note(node):
            for parent in definitions(node)[0]:
                self._note(parent)

    def describe(self, node: Node, source: str) -> None:
        """Note a product that a record of a catalogue describes."""
        self._catalogues.add(source)
        group, gtins = node.properties.get("group"), node.properties.get("gtins")
        self._products.append((node.key, json.dumps(list(gtins)) if gtins else None, group))

    def take_new(self, keys: Sequence[str]) -> set[str]:
        """Return those of the records' keys that were not taken before, and take them."""
        new = set()
        with self._transaction():
            for key in keys:
                done = self._database.execute("INSERT OR IGNORE INTO record VALUES (?)", (key,))
                if done.rowcount:
                    new.add(key)
        return new

    def flush(self) -> None:
        """Write what was noted."""
        with self._transaction():
            self._database.executemany("INSERT OR IGNORE INTO reference VALUES (?, ?)", self._new)
            self._database.executemany("INSERT INTO product VALUES (?, ?, ?)", self._products)
        self._new.clear()
        self._products.clear()

    def close(self) -> None:
        """Write the rest and index the products; only then readers of the load see the part."""
        self.flush()
        self._database.executemany(
            "INSERT OR IGNORE INTO catalogue VALUES (?)", [(name,) for name in self._catalogues]
        )
        self._database.executescript(_INDEXES)
        self._database.close()
        (self._folder / _UNFINISHED).rename(self._folder / _FILE)

    def _note(self, node: Node) -> bool:
        """Note a node in one form; return False if it is known already."""
        entry = (node.key, _form_of(node))
        if entry in self._known:
            return False
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known.add(entry)
        self._new.append(entry)
        return True

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._database)


class _Transaction:
    """One transaction for many statements, which is a hundred times quicker."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __enter__(self) -> None:
        self._database.execute("BEGIN")

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._database.execute("COMMIT")


class ReferenceReader:
    """What the finished parts of a load refer to and describe; a context manager.

    It answers what `catalograph.store.queries.catalogues.CatalogueReader` answers of a graph.

    Args:
        folder: folder of the load, with its parts.
    """

    def __init__(self, folder: Path) -> None:
        files = list_references(folder)
        self._parts = [
            sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)
            for path in files
        ]

    def __enter__(self) -> "ReferenceReader":
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the files."""
        for part in self._parts:
            part.close()

    def list_shared_nodes(self) -> Iterator[tuple[Node, bool]]:
        """Yield the shared nodes by key, each with whether records spell it in several ways.

        A product that a record describes is not among them.
        """
        references = self._merge("SELECT key, said FROM reference ORDER BY key, said")
        for key, forms in groupby(references, itemgetter(0)):
            nodes = [_node(key, said) for said in dict.fromkeys(said for _, said in forms)]
            if nodes[0].label == "Product" and self.find_listed_products([key]):
                continue
            spellings = {spelling(node) for node in nodes}
            yield min(nodes, key=spelling), len(spellings) > 1

    def find_records(self, keys: Collection[str]) -> set[str]:
        """Return those of the records' keys that a part has taken."""
        wanted = json.dumps(list(keys))
        rows = self._merge(
            "SELECT key FROM record WHERE key IN (SELECT value FROM json_each(?))", wanted
        )
        return {str(key) for (key,) in rows}

    def list_catalogues(self) -> list[str]:
        """Return the names of the catalogues, sorted."""
        return sorted({str(name) for (name,) in self._merge("SELECT name FROM catalogue")})

    def find_listed_products(self, keys: Collection[str]) -> set[str]:
        """Return those of the product keys that a catalogue describes."""
        wanted = json.dumps(list(keys))
        rows = self._merge(
            "SELECT key FROM product WHERE key IN (SELECT value FROM json_each(?))", wanted
        )
        return {str(key) for (key,) in rows}

    def find_group_variants(self, source: str, groups: Collection[str]) -> dict[str, str]:
        """Return the id of the first variant, by key, of each group of a catalogue."""
        start = schema_keys.LABEL_PREFIX["Product"] + f":{source}:"
        rows = self._merge(
            "SELECT grp, min(key) FROM product WHERE grp IN (SELECT value FROM json_each(?)) "
            "AND substr(key, 1, ?) = ? GROUP BY grp",
            json.dumps(list(groups)),
            len(start),
            start,
        )
        first: dict[str, str] = {}
        for group, key in rows:  # of each part
            first[group] = min(first.get(group, key), key)
        return {group: schema_keys.natural_id(key) for group, key in first.items()}

    def list_product_ids(self, source: str) -> Iterator[tuple[str, list[str]]]:
        """Yield the id of each product of a catalogue, with its GTINs and group, by key."""
        start = schema_keys.LABEL_PREFIX["Product"] + f":{source}:"
        rows = self._merge(
            "SELECT key, ids, grp FROM product WHERE substr(key, 1, ?) = ? ORDER BY key",
            len(start),
            start,
        )
        for key, gtins, group in rows:
            yield key[len(start) :], [*json.loads(gtins or "[]"), *([group] if group else [])]

    def list_names(self) -> Iterator[tuple[str, str, list[str]]]:
        """Yield label, key and path of the brands and categories; that of a brand is its name."""
        for node, _ in self.list_shared_nodes():
            if node.label in ("Brand", "Category"):
                said = node.properties
                yield node.label, node.key, list(said.get("path") or [said["name"]])

    def _merge(self, query: str, *parameters: Any) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query over all parts, in its order."""
        rows: list[Iterable[Any]] = [part.execute(query, parameters) for part in self._parts]
        return heapq.merge(*rows, key=itemgetter(0))


def list_references(folder: Path) -> list[Path]:
    """Return the files of references of the finished parts of a load."""
    return sorted(folder.glob(f"*/{_FILE}"))


def _form_of(node: Node) -> str:
    """Return the form of a node, from which `_node` makes it again."""
    if node.label == "Attribute":
        return str(node.properties["name"])
    return surface_form(node) or ""


def _node(key: str, said: str) -> Node:
    if label_of(key) == "Attribute":
        return Node("Attribute", key, {"name": said})
    return node_of(key, said or None)
