"""Models by mutation: going back to a version, as by `catalograph embed rollback`."""

import asyncio
from typing import Annotated

import strawberry

from catalograph.api.context import Context
from catalograph.api.mutations.results import Conflict, InvalidInput, NotFound, prefix_errors
from catalograph.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    NotPublishedError,
    WriteConflictError,
)
from catalograph.schema.model_kinds import MODEL_KINDS
from catalograph.store import roll_back


@strawberry.input(description="Which kind of model to go back with.")
class RollBackModelInput:
    """Input of `rollBackModel`."""

    kind: str = strawberry.field(description="Kind of model, such as preference.")


@strawberry.type(description="The version that serves now.")
class RolledBackModel:
    """Outcome of going back."""

    kind: str = strawberry.field(description="Kind of model.")
    version: int = strawberry.field(description="Version that is live now, or was retired.")
    live: bool = strawberry.field(
        description="False where there was no earlier version and the only one was retired."
    )


RollBackModelResult = Annotated[
    RolledBackModel | InvalidInput | NotFound | Conflict,
    strawberry.union("RollBackModelResult", description="What is live now, or why not."),
]


async def roll_back_model(context: Context, given: RollBackModelInput) -> RolledBackModel:
    """Make the version in the other slot live.

    Raises:
        InvalidInputError: there is no such kind, or passages would have to be embedded again.
        NotFoundError: there is no version to go back to.
        ConflictError: another publish took its slot meanwhile.
    """
    with prefix_errors("input", "kind"):
        spec = MODEL_KINDS.get(given.kind)
        if spec is None:
            raise InvalidInputError(
                f"There is no kind of model '{given.kind[:80]}'. Known: {', '.join(MODEL_KINDS)}."
            )
        if "Passage" in spec.labels:
            raise InvalidInputError(
                "Passages written since have to be embedded by that version: run "
                f"`catalograph embed rollback {spec.name}` on the server."
            )
        services = context.services
        try:
            async with services.connection.guard():
                model = await asyncio.to_thread(roll_back, services.blocking, spec.name)
        except NotPublishedError as exc:
            raise NotFoundError(str(exc)) from exc
        except WriteConflictError as exc:
            raise ConflictError(str(exc)) from exc
    await services.answers.catch_up()
    return RolledBackModel(kind=model.kind, version=model.version, live=model.live)
