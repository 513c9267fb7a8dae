"""What a run did to the records of the graph, which is what its roll-back undoes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from catalograph.errors import RollbackError
from catalograph.schema.keys import label_of
from catalograph.schema.ontology import RunStatus
from catalograph.store.connection.connect import Connection
from catalograph.store.ledger.record_snapshot import RecordSnapshot, load
from catalograph.store.ledger.rollback import check_rollback
from catalograph.store.ledger.runs import read_run

_TITLES = ("title", "query", "kind", "id")


@dataclass(frozen=True, slots=True)
class RunRecordChange:
    """A record that a run added, changed or withdrew.

    Attributes:
        key: key of its node.
        label: label of its node.
        title: title of its node before the run, or of one that the run added; None without one.
        effect: what the run did.
    """

    key: str
    label: str
    title: str | None
    effect: Literal["added", "changed", "withdrawn"]


@dataclass(frozen=True, slots=True)
class RunChanges:
    """What a run did.

    Attributes:
        added: number of records that it added.
        changed: number of records that it changed.
        withdrawn: number of records that it withdrew.
        offers: number of entries of price histories that it wrote.
        obstacle: why it cannot be rolled back; None if it can.
        examples: some records of each effect.
    """

    added: int
    changed: int
    withdrawn: int
    offers: int
    obstacle: str | None
    examples: tuple[RunRecordChange, ...]


def read_run_changes(connection: Connection, run: str, first: int = 5) -> RunChanges:
    """Count what a run did, as far as it still stands, with examples.

    Args:
        connection: connection to the graph.
        run: id of the run.
        first: number of examples of each effect.

    Raises:
        NotFoundError: there is no such run.
    """
    found = read_run(connection, run)
    obstacle: str | None = None
    if found.status == RunStatus.ROLLED_BACK:
        obstacle = f"Run {run} is rolled back already."
    else:
        try:
            check_rollback(connection, run)
        except RollbackError as exc:
            obstacle = str(exc)
    [row] = connection.read("count_run_records", run=run)
    return RunChanges(
        added=row["written"] - row["rewritten"],
        changed=row["changed"],
        withdrawn=row["withdrawn"],
        offers=row["offers"],
        obstacle=obstacle,
        examples=(*_list_added(connection, run, first), *_list_earlier(connection, run, first)),
    )


def _list_added(connection: Connection, run: str, first: int) -> Iterator[RunRecordChange]:
    for row in connection.read("read_added_records", run=run, limit=first):
        # The Source of a review or an event has the key of its node.
        key = row["key"] or row["record"]
        yield RunRecordChange(key, label_of(key) or "Source", row["title"], "added")


def _list_earlier(connection: Connection, run: str, first: int) -> Iterator[RunRecordChange]:
    for withdrawn in (False, True):
        rows = connection.read("read_changed_records", run=run, withdrawn=withdrawn, limit=first)
        for row in rows:
            snapshot = load(row["before"])
            node = (
                snapshot.nodes[0] if isinstance(snapshot, RecordSnapshot) else snapshot.record.node
            )
            titles = (node.properties.get(name) for name in _TITLES)
            title = next((str(text) for text in titles if text), None)
            effect: Literal["changed", "withdrawn"] = "withdrawn" if withdrawn else "changed"
            yield RunRecordChange(node.key, node.label, title, effect)
