"""The jobs that run one algorithm of GDS over the snapshot: vectors, communities, ranks."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from catalograph.embed import gds
from catalograph.embed.jobs.task import JobContext, JobKind, JobOutput, JobTask, of_card
from catalograph.schema import EmbeddingTable
from catalograph.store import (
    Connection,
    GraphSnapshot,
    stage_values,
    stage_vectors,
)

Found = TypeVar("Found")


class _Config(Protocol):
    def as_dict(self) -> dict[str, Any]: ...


def node2vec(context: JobContext) -> JobTask:
    """Embed products by random walks."""
    return _vectors(context, JobKind.NODE2VEC, gds.Node2VecConfig, gds.embed_node2vec)


def hashgnn(context: JobContext) -> JobTask:
    """Embed products by hashing what is around them."""
    return _vectors(context, JobKind.HASHGNN, gds.HashGnnConfig, gds.embed_hashgnn)


def community(context: JobContext) -> JobTask:
    """Find communities."""
    return _values(context, JobKind.COMMUNITY, gds.CommunityConfig, gds.find_communities)


def pagerank(context: JobContext) -> JobTask:
    """Rank products, brands, categories and values."""
    return _values(context, JobKind.PAGERANK, gds.PageRankConfig, gds.rank_nodes)


def _vectors(
    context: JobContext,
    kind: JobKind,
    make: Callable[..., _Config],
    embed: Callable[[Connection, GraphSnapshot, Any], EmbeddingTable],
) -> JobTask:
    def stage_output(table: EmbeddingTable) -> JobOutput:
        context.progress(kind, "writing vectors")
        return JobOutput(lambda card: stage_vectors(context.connection, kind, table, card))

    return _task(context, kind, make, embed, stage_output)


def _values(
    context: JobContext,
    kind: JobKind,
    make: Callable[..., _Config],
    find: Callable[[Connection, GraphSnapshot, Any], gds.NodeValues],
) -> JobTask:
    def stage_output(found: gds.NodeValues) -> JobOutput:
        context.progress(kind, "writing values")
        return JobOutput(
            lambda card: stage_values(context.connection, kind, found.keys, found.values, card),
            found.metrics,
        )

    return _task(context, kind, make, find, stage_output)


def _task(
    context: JobContext,
    kind: JobKind,
    make: Callable[..., _Config],
    run: Callable[[Connection, GraphSnapshot, Any], Found],
    learned: Callable[[Found], JobOutput],
) -> JobTask:
    config, snapshot = context.config_as_live(kind, of_card(make)), context.snapshot

    def learn() -> JobOutput:
        context.progress(kind, "running in Neo4j")
        return learned(run(context.connection, snapshot, config))

    return JobTask(kind, config.as_dict(), snapshot.data_hash, learn)
