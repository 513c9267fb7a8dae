"""The jobs that run one algorithm of GDS over the snapshot: vectors, communities, ranks."""

import time
from collections.abc import Callable
from typing import Any, Protocol

from catalograph.embed import gds
from catalograph.embed.jobs.task import JobContext, JobKind, Task, of_card
from catalograph.schema import EmbeddingTable
from catalograph.store import (
    Connection,
    ModelCard,
    Snapshot,
    StagedModel,
    stage_values,
    stage_vectors,
)


class _Config(Protocol):
    def as_dict(self) -> dict[str, Any]: ...


def node2vec(context: JobContext) -> Task:
    """Embed products by random walks."""
    return _vectors(context, JobKind.NODE2VEC, gds.Node2VecConfig, gds.embed_node2vec)


def hashgnn(context: JobContext) -> Task:
    """Embed products by hashing what is around them."""
    return _vectors(context, JobKind.HASHGNN, gds.HashGnnConfig, gds.embed_hashgnn)


def community(context: JobContext) -> Task:
    """Find communities."""
    return _values(context, JobKind.COMMUNITY, gds.CommunityConfig, gds.find_communities)


def pagerank(context: JobContext) -> Task:
    """Rank products, brands, categories and values."""
    return _values(context, JobKind.PAGERANK, gds.PageRankConfig, gds.rank_nodes)


def _vectors(
    context: JobContext,
    kind: JobKind,
    make: Callable[..., _Config],
    embed: Callable[[Connection, Snapshot, Any], EmbeddingTable],
) -> Task:
    config, snapshot = context.config_as_live(kind, of_card(make)), context.snapshot

    def stage() -> StagedModel:
        begun = time.perf_counter()
        context.progress(kind, "running in Neo4j")
        table = embed(context.connection, snapshot, config)
        card = ModelCard(config.as_dict(), snapshot.data_hash, seconds=time.perf_counter() - begun)
        context.progress(kind, "writing vectors")
        return stage_vectors(context.connection, kind, table, card)

    return Task(kind, config.as_dict(), snapshot.data_hash, stage)


def _values(
    context: JobContext,
    kind: JobKind,
    make: Callable[..., _Config],
    find: Callable[[Connection, Snapshot, Any], gds.NodeValues],
) -> Task:
    config, snapshot = context.config_as_live(kind, of_card(make)), context.snapshot

    def stage() -> StagedModel:
        begun = time.perf_counter()
        context.progress(kind, "running in Neo4j")
        found = find(context.connection, snapshot, config)
        card = ModelCard(
            config.as_dict(),
            snapshot.data_hash,
            metrics=found.metrics,
            seconds=time.perf_counter() - begun,
        )
        context.progress(kind, "writing values")
        return stage_values(context.connection, kind, found.keys, found.values, card)

    return Task(kind, config.as_dict(), snapshot.data_hash, stage)
