"""Nodes shared by several records: created at the first reference, with the best surface form."""

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
    """Merges shared nodes, with a cache of merged nodes, so that not every record merges them.

    The cache takes the merged nodes of a transaction only after its commit, and is cleared when
    nodes may have been removed.
    """

    def __init__(self) -> None:
        self._known: set[tuple[str, Spelling]] = set()
        self._seen: set[tuple[str, Spelling]] = set()
        self.renamed = False
        """Whether the transaction gave an existing node another name."""

    def begin(self) -> None:
        """Start a transaction, or start it again after a conflict."""
        self._seen.clear()
        self.renamed = False

    def commit(self) -> None:
        """Add the nodes of the committed transaction to the cache."""
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
        self._known |= self._seen
        self._seen.clear()

    def forget(self) -> None:
        """Clear the cache, because nodes may have been removed."""
        self._known.clear()
        self._seen.clear()

    def merge(self, tx: Transaction, nodes: Iterable[Node]) -> None:
        """Create referenced nodes, with the nodes and edges derived from their keys."""
        new: list[Node] = []
        edges: set[tuple[str, str, str]] = set()
        for node in nodes:
            if self._is_new(node):
                parents, follow = definitions(node)
                new += [node, *(parent for parent in parents if self._is_new(parent))]
                edges.update(follow)
        for label, rows in sorted(_rows_by_label(new).items()):
            rows.sort(key=lambda row: (row["key"], row["spelling"] or []))
            better = [row | {"better": row["properties"] | {"renamed": True}} for row in rows]
            [merged] = tx.run("merge_nodes", {"label": label}, rows=better)
            self.renamed = self.renamed or merged["renamed"] > 0
        write_edges(tx, "merge_edges", edges)

    def _is_new(self, node: Node) -> bool:
        """Return whether the node in this surface form is not in the cache yet, and add it."""
        entry = (node.key, spelling(node) if "name" in node.properties else ())
        if entry in self._known or entry in self._seen:
            return False
        self._seen.add(entry)
        return True


def node_row(node: Node) -> Row:
    """Return a row for `merge_nodes`; None removes a missing number or unit of a value."""
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
    """Run a statement for edges (head, relation, tail), once for each type and pair of labels.

    Raises:
        RaceLostError: one of the nodes was removed.
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
