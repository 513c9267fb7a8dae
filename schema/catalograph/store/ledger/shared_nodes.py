"""Nodes that several records share: made when first referred to, spelled as well as any says."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from catalograph.schema import Node, definitions
from catalograph.schema.keys import label_of
from catalograph.schema.triples import Spelling, spelling
from catalograph.store.connection.connect import (
    Row,
    Transaction,
    check_created,
)

_MOST_REMEMBERED = 200_000


class SharedNodes:
    """Merges shared nodes; remembers which are there, so that each is not merged for every record.

    What a transaction merged is remembered only once it is committed, and all is forgotten when
    nodes were taken away meanwhile.
    """

    def __init__(self) -> None:
        self._known: set[tuple[str, Spelling]] = set()
        self._seen: set[tuple[str, Spelling]] = set()

    def begin(self) -> None:
        """A transaction begins, perhaps for the second time."""
        self._seen.clear()

    def commit(self) -> None:
        """The transaction is committed."""
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
        self._known |= self._seen
        self._seen.clear()

    def forget(self) -> None:
        """Nodes may have gone."""
        self._known.clear()
        self._seen.clear()

    def merge(self, tx: Transaction, nodes: Iterable[Node]) -> None:
        """Make nodes that are only referred to, with what follows from their keys."""
        new: list[Node] = []
        edges: set[tuple[str, str, str]] = set()
        for node in nodes:
            if self._is_new(node):
                parents, follow = definitions(node)
                new += [node, *(parent for parent in parents if self._is_new(parent))]
                edges.update(follow)
        for label, rows in sorted(_rows_by_label(new).items()):
            rows.sort(key=lambda row: (row["key"], row["spelling"] or []))
            tx.run("merge_nodes", {"label": label}, rows=rows)
        write_edges(tx, "merge_edges", edges)

    def _is_new(self, node: Node) -> bool:
        """Whether this writer has not merged the node in this spelling; it is about to."""
        entry = (node.key, spelling(node) if "name" in node.properties else ())
        if entry in self._known or entry in self._seen:
            return False
        self._seen.add(entry)
        return True


def node_row(node: Node) -> Row:
    """A row of merge_nodes; numbers and units that a value has not are taken away."""
    properties: dict[str, Any] = dict(node.properties)
    if node.label == "Value":
        number = properties.get("number")
        properties["number"] = None if number is None else float(number)
        properties.setdefault("unit", None)
    named = "name" in properties
    spelled = list(spelling(node)) if named else None
    return {"key": node.key, "properties": properties, "spelling": spelled}


def write_edges(
    tx: Transaction, name: str, edges: Iterable[tuple[str, str, str]], **parameters: Any
) -> None:
    """Run a statement for edges (head, relation, tail), once for each kind of them.

    Raises:
        RaceLostError: one of the nodes is gone.
    """
    groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for head, relation, tail in sorted(edges):
        groups[label_of(head), relation, label_of(tail)].append({"head": head, "tail": tail})
    for (head, relation, tail), rows in sorted(groups.items()):
        types = {"head": head, "relation": relation, "tail": tail}
        written = tx.run(name, types, rows=rows, **parameters)
        check_created(written, len(rows), f"edges of type {relation}")


def _rows_by_label(nodes: Iterable[Node]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for node in nodes:
        groups[node.label].append(node_row(node))
    return groups
