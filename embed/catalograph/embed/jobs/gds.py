"""The jobs that run one algorithm of GDS over the snapshot: vectors, communities, ranks."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from catalograph.embed import gds
from catalograph.embed.jobs.task import JobContext, JobKind, Learned, Task, of_card
from catalograph.schema import EmbeddingTable
from catalograph.store import (
    Connection,
    Snapshot,
    stage_values,
    stage_vectors,
)

Found = TypeVar("Found")


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
    def learned(table: EmbeddingTable) -> Learned:
        context.progress(kind, "writing vectors")
        return Learned(lambda card: stage_vectors(context.connection, kind, table, card))

    return _task(context, kind, make, embed, learned)


def _values(
    context: JobContext,
    kind: JobKind,
    make: Callable[..., _Config],
    find: Callable[[Connection, Snapshot, Any], gds.NodeValues],
) -> Task:
    def learned(found: gds.NodeValues) -> Learned:
        context.progress(kind, "writing values")
        return Learned(
            lambda card: stage_values(context.connection, kind, found.keys, found.values, card),
            found.metrics,
        )

    return _task(context, kind, make, find, learned)


def _task(
    context: JobContext,
    kind: JobKind,
    make: Callable[..., _Config],
    run: Callable[[Connection, Snapshot, Any], Found],
    learned: Callable[[Found], Learned],
) -> Task:
    config, snapshot = context.config_as_live(kind, of_card(make)), context.snapshot

    def learn() -> Learned:
        context.progress(kind, "running in Neo4j")
        return learned(run(context.connection, snapshot, config))

    return Task(kind, config.as_dict(), snapshot.data_hash, learn)
