"""The only code that speaks to Neo4j: connect, read, write, export, migrate, managed server."""

from collections.abc import Iterator
from contextlib import contextmanager

from catalograph.settings import Settings
from catalograph.store.connect import (
    Address,
    AsyncConnection,
    Connection,
    resolve_address,
)
from catalograph.store.content_hash import content_hash
from catalograph.store.export import (
    INTERACTION_KINDS,
    LIKED_RATING,
    FactTable,
    ProductTexts,
    Snapshot,
    export_snapshot,
    export_texts,
)
from catalograph.store.migrate import SchemaState, check_schema, migrate, schema_state
from catalograph.store.project import ProjectedGraph, free_heap, gds_client, project_graph
from catalograph.store.publish import (
    EdgeTable,
    ModelCard,
    PublishedModel,
    Skipped,
    StagedModel,
    list_models,
    live_models,
    roll_back,
    stage_edges,
    stage_vectors,
    switch,
)
from catalograph.store.write import WriteCounts, Writer

__all__ = [
    "INTERACTION_KINDS",
    "LIKED_RATING",
    "Address",
    "AsyncConnection",
    "Connection",
    "EdgeTable",
    "FactTable",
    "ModelCard",
    "ProductTexts",
    "ProjectedGraph",
    "PublishedModel",
    "SchemaState",
    "Skipped",
    "Snapshot",
    "StagedModel",
    "WriteCounts",
    "Writer",
    "check_schema",
    "connect",
    "content_hash",
    "export_snapshot",
    "export_texts",
    "free_heap",
    "gds_client",
    "list_models",
    "live_models",
    "migrate",
    "open_store",
    "project_graph",
    "resolve_address",
    "roll_back",
    "schema_state",
    "stage_edges",
    "stage_vectors",
    "switch",
]


@contextmanager
def connect(settings: Settings) -> Iterator[Connection]:
    """Log in to the server the settings name; the graph may still be empty.

    Raises:
        StoreUnavailableError: no server, or no answer.
        StoreAuthError: the password is refused.
    """
    with Connection(resolve_address(settings)) as connection:
        connection.verify()
        yield connection


@contextmanager
def open_store(settings: Settings) -> Iterator[Writer]:
    """Log in, bring the schema up to date, and hand out a writer.

    Raises:
        MigrationError: the graph is newer than this code, or keyed with another secret.
    """
    with connect(settings) as connection:
        migrate(connection, settings.user_secret_fingerprint)
        yield Writer(connection)
