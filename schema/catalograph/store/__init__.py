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
from catalograph.store.erase import Erased, erase_user
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
    unchanged_vectors,
)
from catalograph.store.rollback import RolledBack, roll_back_run
from catalograph.store.runs import RunRecord, cancel_run, list_runs, prune_runs, read_run
from catalograph.store.stale import stale_models
from catalograph.store.write import WriteCounts, Writer

__all__ = [
    "INTERACTION_KINDS",
    "LIKED_RATING",
    "Address",
    "AsyncConnection",
    "Connection",
    "EdgeTable",
    "Erased",
    "FactTable",
    "ModelCard",
    "ProductTexts",
    "ProjectedGraph",
    "PublishedModel",
    "RolledBack",
    "RunRecord",
    "SchemaState",
    "Skipped",
    "Snapshot",
    "StagedModel",
    "WriteCounts",
    "Writer",
    "cancel_run",
    "check_schema",
    "connect",
    "content_hash",
    "erase_user",
    "export_snapshot",
    "export_texts",
    "free_heap",
    "gds_client",
    "list_models",
    "list_runs",
    "live_models",
    "migrate",
    "open_store",
    "project_graph",
    "prune_runs",
    "read_run",
    "resolve_address",
    "roll_back",
    "roll_back_run",
    "schema_state",
    "stage_edges",
    "stage_vectors",
    "stale_models",
    "switch",
    "unchanged_vectors",
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
