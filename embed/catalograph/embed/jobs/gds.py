"""Plan a job that runs one algorithm of GDS over the snapshot, for vectors or for values."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from catalograph.embed.gds import NodeValues
from catalograph.embed.jobs.task import JobContext, JobOutput, JobTask, of_card
from catalograph.schema import EmbeddingTable
from catalograph.store import (
    Connection,
    GraphSnapshot,
    NamedCommunity,
    stage_values,
    stage_vectors,
)

Found = TypeVar("Found")


class _Config(Protocol):
    def as_dict(self) -> dict[str, Any]: ...


def plan_vectors(
    context: JobContext,
    kind: str,
    make: Callable[..., _Config],
    embed: Callable[[Connection, GraphSnapshot, Any], EmbeddingTable],
) -> JobTask:
    """Plan a job whose algorithm makes vectors of products.

    Args:
        context: context of the job.
        kind: kind of model.
        make: configuration class of the algorithm.
        embed: algorithm.
    """

    def stage_output(table: EmbeddingTable) -> JobOutput:
        context.progress(kind, "writing vectors")
        return JobOutput(lambda card: stage_vectors(context.connection, kind, table, card))

    return _plan(context, kind, make, embed, stage_output)


def plan_values(
    context: JobContext,
    kind: str,
    make: Callable[..., _Config],
    find: Callable[[Connection, GraphSnapshot, Any], NodeValues],
    name: Callable[[GraphSnapshot, NodeValues], Sequence[NamedCommunity]] | None = None,
) -> JobTask:
    """Plan a job whose algorithm finds one value a node.

    Args:
        context: context of the job.
        kind: kind of model.
        make: configuration class of the algorithm.
        find: algorithm.
        name: function that names the values, where they are communities.
    """

    def stage_output(found: NodeValues) -> JobOutput:
        context.progress(kind, "writing values")
        named = () if name is None else name(context.snapshot, found)
        return JobOutput(
            lambda card: stage_values(
                context.connection, kind, found.keys, found.values, card, named
            ),
            found.metrics,
        )

    return _plan(context, kind, make, find, stage_output)


def _plan(
    context: JobContext,
    kind: str,
    make: Callable[..., _Config],
    run: Callable[[Connection, GraphSnapshot, Any], Found],
    learned: Callable[[Found], JobOutput],
) -> JobTask:
    config, snapshot = context.config_as_live(kind, of_card(make)), context.snapshot

    def learn() -> JobOutput:
        context.progress(kind, "running in Neo4j")
        return learned(run(context.connection, snapshot, config))

    return JobTask(kind, config.as_dict(), snapshot.data_hash, learn)
