"""Inline supports: a leaner form of facts that one record alone states.

Most facts have one support, which says no more than that a column of the record states them. Such
a support fits on the edge of the fact, so its `Assertion` and `SUPPORTED_BY` can go. Every writer
restores the assertions of the products that it touches before it reads them, so that the ledger
knows one form only; readers of the graph know both.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from catalograph.schema import ONTOLOGY
from catalograph.store.connection.connect import Connection, Row, Transaction

_PRODUCTS_PER_BATCH = 2_000
_FACT_TYPES = [relation.name for relation in ONTOLOGY.facts]
_NODE, _EDGE, _PROPERTIES, _STRING = 15, 34, 41, 128
"""Bytes of one record of each store in Neo4j's format `aligned`."""


@dataclass(frozen=True)
class InlineReport:
    """Result of moving supports to edges, or back.

    Attributes:
        facts: number of facts whose support was moved; each saves, or costs, a node and an edge.
        nodes: number of nodes in the graph afterwards.
        edges: number of edges in the graph afterwards.
        bytes: estimate of the bytes saved, by the sizes of Neo4j's records; 0 if moved back.
    """

    facts: int
    nodes: int
    edges: int
    bytes: int


def inline_supports(connection: Connection) -> InlineReport:
    """Move the supports of facts that one record alone asserts to their edges. Idempotent.

    No fact, page, count or provenance changes. Neo4j keeps the space for what is written next;
    its files do not shrink.
    """
    connection.write(lambda tx: tx.run("write_inlined_state", inlined=True))
    after, facts, letters = "", 0, 0
    while (batch := connection.write(partial(_inline_batch, after)))["products"]:
        after = batch["last"]
        facts += batch["facts"]
        letters += batch["letters"]
    return _report(connection, facts, _bytes_of(facts, letters))


def restore_all_assertions(connection: Connection) -> InlineReport:
    """Move all supports from edges back to assertions. Idempotent."""
    after, facts = "", 0
    while keys := [
        row["key"]
        for row in connection.read("list_product_keys", after=after, limit=_PRODUCTS_PER_BATCH)
    ]:
        after = keys[-1]
        facts += connection.write(partial(restore_assertions, products=keys))
    connection.write(lambda tx: tx.run("write_inlined_state", inlined=False))
    return _report(connection, facts, 0)


def restore_assertions(
    tx: Transaction, products: Iterable[str] = (), sources: Iterable[str] = ()
) -> int:
    """Move supports from edges back to assertions, before they are read or changed.

    Args:
        tx: open transaction.
        products: keys of products whose facts are concerned.
        sources: keys of records that describe such products.

    Returns:
        The number of assertions restored.
    """
    [row] = tx.run(
        "restore_assertions",
        products=sorted(set(products)),
        sources=sorted(set(sources)),
        relations=_FACT_TYPES,
    )
    restored: int = row["restored"]
    return restored


def _inline_batch(after: str, tx: Transaction) -> Row:
    [row] = tx.run("inline_supports", after=after, limit=_PRODUCTS_PER_BATCH, relations=_FACT_TYPES)
    return row


def _report(connection: Connection, facts: int, saved: int) -> InlineReport:
    [counts] = connection.read("count_graph")
    return InlineReport(facts, counts["nodes"], counts["relations"], saved)


def _bytes_of(facts: int, letters: int) -> int:
    """Estimate the bytes that moving supports saves.

    An assertion takes a node, a key in the string store and in the index, an edge and three records
    of properties; the support on the fact's edge takes two.
    """
    blocks = math.ceil(letters / max(1, facts) / 120)
    strings = facts * blocks * _STRING
    each = _NODE + _EDGE + _PROPERTIES + (3 - 2) * _PROPERTIES
    return facts * each + strings + letters
