"""Clear a slot of any kind of model."""

from catalograph.schema.model_kinds import model_kind
from catalograph.schema.vectors import Slot
from catalograph.store.connection.connect import Connection
from catalograph.store.connection.cypher_loader import statement


def empty_slot(connection: Connection, kind: str, slot: Slot) -> None:
    """Remove all vectors, values or edges of a kind from a slot, in batches."""
    described = model_kind(kind)
    for relation in described.relations:
        connection.execute(statement("wipe_edges", relation=relation), slot=slot)
    for prop in described.properties(slot):
        for label in described.labels:
            connection.execute(statement("wipe_property", label=label), property=prop)
