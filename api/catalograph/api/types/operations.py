"""Models and runs: what was made of the graph, and what wrote it."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from catalograph.api.decorators import require_scope
from catalograph.api.types.catalog import RelayNode


@require_scope("operations:read")
@strawberry.type(description="A version of an embedding or recommender, with its card.")
class ModelCard(RelayNode):
    """A model."""

    kind: str = strawberry.field(description="What was learned: text, structure, preference, …")
    version: int = strawberry.field(description="Counts up within a kind.")
    live: bool = strawberry.field(description="Whether readers use it.")
    held: bool = strawberry.field(
        description="Whether its output is in the graph, so that it is live or can be again."
    )
    stale: bool = strawberry.field(
        description="It learned from a user who was erased since, and needs retraining."
    )
    created: datetime | None = strawberry.field(description="When it was published.")
    seconds: float | None = strawberry.field(description="Training time in seconds.")
    dimension: int | None = strawberry.field(description="Length of its vectors.")
    parts: list[str] = strawberry.field(description="What the parts of its edges stand for.")
    purpose: str | None = strawberry.field(description="What its output is good for.")
    limits: list[str] = strawberry.field(description="What it cannot do.")
    data_hash: str | None = strawberry.field(description="Hash of the snapshot it learned from.")
    metrics: JSON | None = strawberry.field(description="Measured quality.")
    config: JSON | None = strawberry.field(description="Configuration.")
    counts: JSON | None = strawberry.field(description="How much there was to learn from.")
    written: int | None = strawberry.field(description="Vectors, values or edges in its slot.")


@require_scope("operations:read")
@strawberry.type(description="One ingest, or the roll-back of one.")
class Run(RelayNode):
    """A run."""

    kind: str = strawberry.field(description="What ran.")
    status: str | None = strawberry.field(description="Where it stands.")
    started: datetime | None = strawberry.field(description="When it began.")
    beat: datetime | None = strawberry.field(description="When it was last heard of.")
    finished: datetime | None = strawberry.field(description="When it ended.")
    progress: JSON | None = strawberry.field(description="How far it has come.")
    counts: JSON | None = strawberry.field(description="Its report.")
    error: str | None = strawberry.field(description="Why it failed.")
