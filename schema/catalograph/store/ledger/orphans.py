"""Clean up after removals: delete orphaned nodes and choose the names of nodes again."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from catalograph.schema import Node
from catalograph.schema.keys import label_of, parents_of
from catalograph.schema.triples import node_of, spelling, surface_form
from catalograph.store.connection.connect import (
    Row,
    Transaction,
)

_SPELLED = ("Brand", "Category", "Value")


@dataclass
class CleanupScope:
    """Nodes affected by the removals of a transaction.

    Attributes:
        nodes: keys of nodes that lost an edge.
        undescribed: keys of products that a record no longer describes.
        spelled: (key, surface form) pairs that a record no longer uses.
    """

    nodes: set[str] = field(default_factory=set)
    undescribed: set[str] = field(default_factory=set)
    spelled: set[tuple[str, str]] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.nodes or self.undescribed or self.spelled)

    @property
    def products(self) -> frozenset[str]:
        """Keys of the products among them."""
        return frozenset(k for k in self.nodes | self.undescribed if label_of(k) == "Product")


def sweep(tx: Transaction, loosened: CleanupScope, run: str | None = None) -> bool:
    """Remove orphaned nodes, then rename nodes whose surface form no record uses any longer.

    Args:
        tx: open transaction.
        loosened: nodes affected by its removals.
        run: run that keeps what withdrawn products cost; None keeps nothing.

    Returns:
        Whether a node has another name now.
    """
    groups: dict[str, set[str]] = defaultdict(set)
    for key in loosened.nodes | loosened.undescribed:
        groups[label_of(key)].add(key)
    clusters: set[str] = set()
    if loosened.undescribed:
        history = {"now": datetime.now(UTC), "run": run}
        clusters |= _clusters(tx, "unlist_products", loosened.undescribed, **history)
    if groups["Product"]:
        clusters |= _clusters(tx, "remove_products", groups["Product"])
    if clusters:
        tx.run("remove_clusters", keys=sorted(clusters))
    if groups["User"]:
        tx.run("remove_users", keys=sorted(groups["User"]))
    for label in ("Brand", "Value"):
        if groups[label]:
            tx.run("remove_orphans", {"label": label}, keys=sorted(groups[label]))
    attributes = {key for value in groups["Value"] for key in parents_of(value)}
    if attributes:
        tx.run("remove_orphans", {"label": "Attribute"}, keys=sorted(attributes))
    _remove_categories(tx, groups["Category"])
    return _respell(tx, loosened.spelled)


def _clusters(tx: Transaction, name: str, keys: Iterable[str], **parameters: Any) -> set[str]:
    """Run a statement on products; return the keys of the clusters that lost a member."""
    rows = tx.run(name, keys=sorted(keys), **parameters)
    return {key for row in rows for key in row["clusters"]}


def _remove_categories(tx: Transaction, keys: Iterable[str]) -> None:
    """Remove orphaned categories, children first, because a child keeps its parent."""
    levels: dict[int, set[str]] = defaultdict(set)
    for key in keys:
        for category in (key, *parents_of(key)):
            levels[category.count("/")].add(category)
    for _, level in sorted(levels.items(), reverse=True):
        tx.run("remove_orphans", {"label": "Category"}, keys=sorted(level))


def _respell(tx: Transaction, spelled: Iterable[tuple[str, str]]) -> bool:
    """Choose new names for nodes whose current surface form was withdrawn; return if any has."""
    renamed = False
    lost: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for key, said in spelled:
        label = label_of(key)
        lost[label][key].add(said)
        if label == "Category":
            for parent in parents_of(key):
                lost[label][parent].add(_cut_to_ancestor(said, parent))
    for label in _SPELLED:
        if not lost[label]:
            continue
        varied = tx.run("read_variants", {"label": label}, keys=sorted(lost[label]))
        current = {row["node"]["key"]: surface_form(_node(label, row["node"])) for row in varied}
        rows = [
            {"key": key, "said": said, "under": f"{said}\t" if label == "Category" else None}
            for key, said in sorted(current.items())
            if said in lost[label][key]
        ]
        if rows:
            renamed = _choose(tx, label, rows) or renamed
    return renamed


def _choose(tx: Transaction, label: str, rows: list[Row]) -> bool:
    gone = [
        row["key"] for row in tx.run("read_unreferenced_spellings", {"label": label}, rows=rows)
    ]
    if not gone:
        return False
    chosen: dict[str, Node] = {}
    for row in tx.run("read_spellings", {"label": label}, keys=gone):
        key = row["key"]
        nodes = [node_of(key, _cut_to_ancestor(said, key)) for said in row["said"]]
        if nodes:
            chosen[key] = min(nodes, key=spelling)
    if chosen:
        renamed = [
            {"key": key, "properties": dict(node.properties)} for key, node in chosen.items()
        ]
        tx.run("rename_nodes", {"label": label}, rows=renamed)
    return bool(chosen)


def _cut_to_ancestor(said: str, key: str) -> str:
    """Cut a category's surface form to the length of this ancestor's path."""
    if not key.startswith("category:"):
        return said
    return "\t".join(said.split("\t")[: key.count("/") + 1])


def _node(label: str, properties: Row) -> Node:
    return Node(label, properties["key"], properties)
