"""Show or hide imputed facts: an assertion that only imputation supports has an edge or has none.

The graph itself says which (`GraphState.imputed`), so that all writers agree.
"""

from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import Literal

from catalograph.store.connection.connect import Connection, Transaction
from catalograph.store.ledger.assertions import (
    WriteResult,
    read_snapshots,
    restore_snapshots,
    withdraw_sources,
)
from catalograph.store.ledger.shared_nodes import SharedNodes
from catalograph.store.ledger.write import RECORDS_PER_BATCH, Writer
from catalograph.store.models.imputed import imputed_prefix

Visibility = Literal["hide", "show"]


def shows_imputed(connection: Connection) -> bool:
    """Return whether facts that only imputation supports have edges in the graph."""
    states = list(connection.read("read_graph_state"))
    return bool(states) and states[0]["imputed"] == "show"


def set_imputed_visibility(connection: Connection, wanted: Visibility) -> int:
    """Give imputed facts edges, or take these away. Idempotent; an interrupted change is resumed.

    Args:
        connection: connection to a graph; one that was never migrated has no such facts.
        wanted: setting `CATALOGRAPH_INGEST__IMPUTED`.

    Returns:
        Number of records of completion that were rewritten; 0 if the graph is so already.
    """
    states = list(connection.read("read_graph_state"))
    if not states or (states[0]["imputed"] == wanted and not states[0]["imputed_pending"]):
        return 0
    _write_state(connection, wanted, pending=True)
    writer, rewritten = Writer(connection), 0
    for source in writer.catalogues.list_catalogues():
        keys = writer.list_record_keys(imputed_prefix(source))
        while batch := list(islice(keys, RECORDS_PER_BATCH)):
            rewritten += writer.commit(partial(_rewrite, batch)).records
    _write_state(connection, wanted, pending=False)
    return rewritten


def _rewrite(keys: Sequence[str], tx: Transaction, shared: SharedNodes) -> WriteResult:
    """Withdraw records and write them again, as the graph's state now says."""
    old = read_snapshots(tx, tx.run("lock_records", keys=sorted(keys)))
    withdrawn = withdraw_sources(tx, keys, None)
    # What the withdrawal removed must be merged again, whatever this writer has merged before.
    shared.forget()
    outcome = restore_snapshots(tx, old, shared)
    return WriteResult(
        len(old),
        outcome.touched,
        removed=True,
        related=withdrawn.touched | withdrawn.related | outcome.related,
        renamed=withdrawn.renamed or outcome.renamed,
    )


def _write_state(connection: Connection, imputed: Visibility, *, pending: bool) -> None:
    connection.write(lambda tx: tx.run("write_imputed_state", imputed=imputed, pending=pending))
