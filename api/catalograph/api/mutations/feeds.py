"""Runs of feeds by mutation: started, stopped, resumed, rolled back; rejected rows replayed."""

import asyncio
from collections.abc import Awaitable
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from catalograph.api.context import Info
from catalograph.api.cursors import global_id
from catalograph.api.decorators import describe_argument, mutation
from catalograph.api.feeds_query import (
    SCOPE,
    desk_of,
    mapping_of,
    options_of,
    reference_of,
    run_id,
)
from catalograph.api.mutations.idempotency import SentMutation, run_once
from catalograph.api.mutations.results import Conflict, InvalidInput, NotFound, prefix_errors
from catalograph.api.types.feeds import FeedContent, FeedInput, FeedOptionsInput
from catalograph.errors import InvalidInputError, LimitExceededError
from catalograph.schema.feeds import CorrectedRow
from catalograph.store import cancel_run

MAX_ROWS = 1_000
_Key = Annotated[
    str | None,
    describe_argument("A text of your own for this request; see `recordEvent`."),
]


@strawberry.input(description="A feed to bring in.")
class RunFeedInput:
    """Input of `runFeed`."""

    feed: FeedInput = strawberry.field(description="The feed.")
    kind: FeedContent = strawberry.field(description="What its rows are.")
    mapping: JSON | None = strawberry.field(
        default=None, description="Mapping; null for a shipped one that fits. A topic needs one."
    )
    options: FeedOptionsInput | None = strawberry.field(
        default=None, description="How it is read and written."
    )


@strawberry.input(description="A run.")
class RunInput:
    """Input of what is done with a run."""

    run: str = strawberry.field(description="`run:<id>`.")


@strawberry.input(description="A rejected row with corrected columns.")
class CorrectedRowInput:
    """A corrected row."""

    line: int = strawberry.field(description="Its line, as `rejectedRows` names it.")
    fields: JSON = strawberry.field(
        description="Values by column; columns that are not named stay as they are."
    )


@strawberry.input(description="Rejected rows to try again.")
class ReplayRejectedInput:
    """Input of `replayRejected`."""

    run: str = strawberry.field(description="Run that rejected them, `run:<id>`.")
    mapping: JSON | None = strawberry.field(
        default=None, description="Mapping to read them with; null for the run's."
    )
    rows: list[CorrectedRowInput] = strawberry.field(
        default_factory=list,
        description=f"Corrected rows, at most {MAX_ROWS:,}; none tries all rows as they are.",
    )


@strawberry.type(description="A run that goes on in a process of the server.")
class StartedRun:
    """Outcome of a start."""

    id: strawberry.ID = strawberry.field(description="Global id of the run, for `node`.")
    key: str = strawberry.field(description="Key of the run, for `runProgress`.")


@strawberry.type(description="A run that was asked to stop.")
class CancelledRun:
    """Outcome of a cancellation."""

    key: str = strawberry.field(description="Key of the run; it stops at its next batch.")


@strawberry.type(description="A replayed row that failed again.")
class ReplayFault:
    """Row that failed again."""

    line: int = strawberry.field(description="Its line.")
    fault: str = strawberry.field(description="Why.")


@strawberry.type(description="What became of rejected rows that were tried again.")
class ReplayedRejections:
    """Outcome of a replay."""

    key: str = strawberry.field(description="Key of the replay's own run.")
    repaired: int = strawberry.field(description="Rows that were written.")
    failed: int = strawberry.field(description="Rows that failed again.")
    left: int = strawberry.field(description="Rows whose content is not kept.")
    faults: list[ReplayFault] = strawberry.field(description="Why rows failed; 100 at most.")


@strawberry.type(description="An upload that was deleted.")
class DiscardedUpload:
    """Outcome of a deletion."""

    upload: strawberry.ID = strawberry.field(description="Its id.")


RunStartResult = Annotated[
    StartedRun | InvalidInput | NotFound | Conflict,
    strawberry.union("RunStartResult", description="A run that was started, or why not."),
]
CancelRunResult = Annotated[
    CancelledRun | InvalidInput | NotFound | Conflict,
    strawberry.union("CancelRunResult", description="A run that stops, or why not."),
]
ReplayRejectedResult = Annotated[
    ReplayedRejections | InvalidInput | NotFound | Conflict,
    strawberry.union("ReplayRejectedResult", description="Rows that were tried, or why not."),
]
DiscardUploadResult = Annotated[
    DiscardedUpload | InvalidInput | NotFound | Conflict,
    strawberry.union("DiscardUploadResult", description="A deleted upload, or why not."),
]


async def _start(run: Awaitable[str]) -> StartedRun:
    key = f"run:{await run}"
    return StartedRun(id=strawberry.ID(global_id(key)), key=key)


async def _run_feed(info: Info, given: RunFeedInput) -> StartedRun:
    with prefix_errors("input"):
        feed, options = reference_of(given.feed), options_of(given.options)
        mapping = mapping_of(given.mapping)
        return await _start(desk_of(info).start(feed, given.kind.value, mapping, options))


async def _cancel(info: Info, run: str) -> CancelledRun:
    await asyncio.to_thread(cancel_run, info.context.services.blocking, run_id(run))
    return CancelledRun(key=run)


async def _replay(info: Info, given: ReplayRejectedInput) -> ReplayedRejections:
    if len(given.rows) > MAX_ROWS:
        raise LimitExceededError(f"'rows' has {len(given.rows):,} rows; at most {MAX_ROWS:,}.")
    rows = []
    for n, row in enumerate(given.rows):
        if not isinstance(row.fields, dict):
            with prefix_errors("input", "rows", n, "fields"):
                raise InvalidInputError("'fields' must be an object of columns and values.")
        rows.append(CorrectedRow(row.line, row.fields))
    with prefix_errors("input"):
        done = await desk_of(info).replay(run_id(given.run), mapping_of(given.mapping), rows)
    return ReplayedRejections(
        key=f"run:{done['run']}",
        repaired=done["repaired"],
        failed=done["failed"],
        left=done["left"],
        faults=[ReplayFault(**fault) for fault in done["faults"]],
    )


async def _discard(info: Info, upload: str) -> DiscardedUpload:
    await desk_of(info).discard(upload)
    return DiscardedUpload(upload=strawberry.ID(upload))


@strawberry.type
class FeedMutation:
    """Mutations of feeds."""

    @mutation(
        "Bring in a feed. The run goes on in a process of the server, whoever leaves; follow it "
        "with `runProgress` or `node`. When the server stops, the run stops in order and can be "
        "resumed.",
        scope=SCOPE,
    )
    async def run_feed(
        self,
        info: Info,
        input: Annotated[RunFeedInput, describe_argument("The feed.")],
        idempotency_key: _Key = None,
    ) -> RunStartResult:
        """Start it, or say why not."""
        sent = SentMutation("runFeed", input, idempotency_key, (StartedRun,))
        return await run_once(info.context, sent, lambda: _run_feed(info, input))

    @mutation("Stop a run at its next batch; what it has written stays.", scope=SCOPE)
    async def cancel_run(
        self, info: Info, input: Annotated[RunInput, describe_argument("The run.")]
    ) -> CancelRunResult:
        """Ask it to stop, or say why not."""
        sent = SentMutation("cancelRun", input, None, (CancelledRun,))
        return await run_once(info.context, sent, lambda: _cancel(info, input.run))

    @mutation(
        "Run the same feed again: what was written is unchanged and quick, the rest follows.",
        scope=SCOPE,
    )
    async def resume_run(
        self, info: Info, input: Annotated[RunInput, describe_argument("The run.")]
    ) -> RunStartResult:
        """Start it, or say why not."""
        sent = SentMutation("resumeRun", input, None, (StartedRun,))
        return await run_once(
            info.context, sent, lambda: _start(desk_of(info).resume(run_id(input.run)))
        )

    @mutation(
        "Make the graph what it was before a run; `runEffects` says beforehand what that does.",
        scope=SCOPE,
    )
    async def roll_back_run(
        self, info: Info, input: Annotated[RunInput, describe_argument("The run.")]
    ) -> RunStartResult:
        """Start it, or say why not."""
        sent = SentMutation("rollBackRun", input, None, (StartedRun,))
        return await run_once(
            info.context, sent, lambda: _start(desk_of(info).roll_back(run_id(input.run)))
        )

    @mutation(
        "Try rejected rows of a run again, with corrected columns or another mapping.", scope=SCOPE
    )
    async def replay_rejected(
        self, info: Info, input: Annotated[ReplayRejectedInput, describe_argument("The rows.")]
    ) -> ReplayRejectedResult:
        """Try them."""
        sent = SentMutation("replayRejected", input, None, (ReplayedRejections, ReplayFault))
        return await run_once(info.context, sent, lambda: _replay(info, input))

    @mutation("Delete an uploaded feed; what was brought in from it stays.", scope=SCOPE)
    async def discard_upload(
        self, info: Info, upload: Annotated[strawberry.ID, describe_argument("Its id.")]
    ) -> DiscardUploadResult:
        """Delete it, or say that there is none."""
        sent = SentMutation("discardUpload", upload, None, (DiscardedUpload,))
        return await run_once(info.context, sent, lambda: _discard(info, str(upload)))
