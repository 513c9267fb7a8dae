"""The only package that talks to Neo4j: connect, read, write, export, migrate, manage servers."""

from collections.abc import Iterator
from contextlib import contextmanager

from catalograph.settings import Settings
from catalograph.store.connection.address import Address, resolve_address
from catalograph.store.connection.capabilities import Capabilities, read_capabilities
from catalograph.store.connection.connect import AsyncConnection, Connection
from catalograph.store.connection.migrate import (
    SchemaState,
    check_schema,
    enforce_keys,
    migrate,
    require_schema,
    schema_state,
)
from catalograph.store.ledger.content_hash import content_hash
from catalograph.store.ledger.erase import (
    EraseReport,
    OrphanCounts,
    count_orphans,
    erase_orphans,
    erase_user,
)
from catalograph.store.ledger.imputed_edges import set_imputed_visibility, shows_imputed
from catalograph.store.ledger.personal_data import (
    Consent,
    DataAccess,
    list_accesses,
    log_access,
    read_consent,
    read_personal_data,
    require_consent,
    write_consent,
)
from catalograph.store.ledger.retention import RetentionReport, remove_old_events
from catalograph.store.ledger.rollback import (
    RollbackReport,
    roll_back_run,
)
from catalograph.store.ledger.run_changes import RunChanges, read_run_changes
from catalograph.store.ledger.runs import (
    KILLED,
    RunRecord,
    cancel_run,
    list_runs,
    prune_runs,
    read_run,
)
from catalograph.store.ledger.training_run import (
    EMBED,
    LEARN,
    TrainingRun,
    record_training_run,
)
from catalograph.store.ledger.write import (
    WriteCounts,
    Writer,
)
from catalograph.store.models.edge_artefact import EdgeTable, prune_artefacts
from catalograph.store.models.export import (
    INTERACTION_KINDS,
    LIKED_RATING,
    FactTable,
    GraphSnapshot,
    ProductTexts,
    PurchaseContext,
    export_purchase_context,
    export_snapshot,
    export_texts,
)
from catalograph.store.models.gds_projection import (
    ProjectedGraph,
    embedded_products,
    estimate_node2vec,
    free_heap,
    gds_client,
    project_entities,
    project_graph,
    project_vectors,
    server_versions,
)
from catalograph.store.models.imputed import extracted_assertions
from catalograph.store.models.learning_data import (
    NewChoices,
    TrainingContents,
    count_training_data,
    export_past,
    read_new_choices,
)
from catalograph.store.models.privacy_budget import (
    PrivacyBudget,
    read_budget,
    spend_budget,
    state_budget,
)
from catalograph.store.models.publish import (
    ModelVersionCard,
    NamedCommunity,
    PublishedModel,
    RelationVectors,
    SkippedCounts,
    StagedModel,
    list_models,
    live_models,
    live_text_encoder,
    marked_vectors,
    relation_vectors,
    roll_back,
    switch,
    unchanged_vectors,
)
from catalograph.store.models.retraining import stale_models
from catalograph.store.models.search_log import LoggedSearch, export_search_log
from catalograph.store.models.slot_writer import (
    ComplementEdges,
    FurtherShoppers,
    stage_artefact,
    stage_edges,
    stage_values,
    stage_vectors,
)
from catalograph.store.models.trial import (
    Trial,
    end_trial,
    read_trial,
    stage_rival,
    start_trial,
)
from catalograph.store.models.vectors import read_vectors

__all__ = [
    "EMBED",
    "INTERACTION_KINDS",
    "KILLED",
    "LEARN",
    "LIKED_RATING",
    "Address",
    "AsyncConnection",
    "Capabilities",
    "ComplementEdges",
    "Connection",
    "Consent",
    "DataAccess",
    "EdgeTable",
    "EraseReport",
    "FactTable",
    "FurtherShoppers",
    "GraphSnapshot",
    "LoggedSearch",
    "ModelVersionCard",
    "NamedCommunity",
    "NewChoices",
    "OrphanCounts",
    "PrivacyBudget",
    "ProductTexts",
    "ProjectedGraph",
    "PublishedModel",
    "PurchaseContext",
    "RelationVectors",
    "RetentionReport",
    "RollbackReport",
    "RunChanges",
    "RunRecord",
    "SchemaState",
    "SkippedCounts",
    "StagedModel",
    "TrainingContents",
    "TrainingRun",
    "Trial",
    "WriteCounts",
    "Writer",
    "cancel_run",
    "check_schema",
    "connect",
    "content_hash",
    "count_orphans",
    "count_training_data",
    "embedded_products",
    "end_trial",
    "enforce_keys",
    "erase_orphans",
    "erase_user",
    "estimate_node2vec",
    "export_past",
    "export_purchase_context",
    "export_search_log",
    "export_snapshot",
    "export_texts",
    "extracted_assertions",
    "free_heap",
    "gds_client",
    "list_accesses",
    "list_models",
    "list_runs",
    "live_models",
    "live_text_encoder",
    "log_access",
    "marked_vectors",
    "migrate",
    "open_store",
    "open_to_read",
    "project_entities",
    "project_graph",
    "project_vectors",
    "prune_artefacts",
    "prune_runs",
    "read_budget",
    "read_capabilities",
    "read_consent",
    "read_new_choices",
    "read_personal_data",
    "read_run",
    "read_run_changes",
    "read_trial",
    "read_vectors",
    "record_training_run",
    "relation_vectors",
    "remove_old_events",
    "require_consent",
    "require_schema",
    "resolve_address",
    "roll_back",
    "roll_back_run",
    "schema_state",
    "server_versions",
    "set_imputed_visibility",
    "shows_imputed",
    "spend_budget",
    "stage_artefact",
    "stage_edges",
    "stage_rival",
    "stage_values",
    "stage_vectors",
    "stale_models",
    "start_trial",
    "state_budget",
    "switch",
    "unchanged_vectors",
    "write_consent",
]


@contextmanager
def connect(settings: Settings, *, read_only: bool = False) -> Iterator[Connection]:
    """Connect to the server of the settings; the graph may still be empty.

    Args:
        settings: settings with the connection.
        read_only: whether the database refuses every write, whatever the account may do.

    Raises:
        StoreUnavailableError: there is no server, or it does not answer.
        StoreAuthError: the server refused the password.
    """
    with Connection(resolve_address(settings), read_only=read_only) as connection:
        connection.verify()
        yield connection


@contextmanager
def open_to_read(settings: Settings) -> Iterator[Connection]:
    """Connect to a graph of the schema of this code, for reading only; writes nothing.

    Raises:
        MigrationError: the graph lacks migrations, or is newer than this code.
    """
    with connect(settings, read_only=True) as connection:
        require_schema(connection)
        yield connection


@contextmanager
def open_store(settings: Settings, *, read_only: bool = False) -> Iterator[Writer]:
    """Connect, update the schema, and provide a writer; to rehearse, one that cannot write.

    Raises:
        MigrationError: the graph is newer than this code, or keyed with another secret; or it is
            older, and nothing may be written.
    """
    if read_only:
        with connect(settings, read_only=True) as connection:
            require_schema(connection, empty=True)
            yield Writer(connection)
        return
    with connect(settings) as connection:
        migrate(connection, settings.user_secret_fingerprint)
        set_imputed_visibility(connection, settings.ingest.imputed)
        yield Writer(connection)
