"""Fields of the Query type about feeds and what their runs did."""

import asyncio
from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from catalograph.api.context import Info
from catalograph.api.decorators import describe_argument, resolved_field
from catalograph.api.execution import CompletedValue, answer_object, node_plan
from catalograph.api.inputs import check_first, check_key
from catalograph.api.types.feeds import (
    FeedContent,
    FeedInput,
    FeedLanguage,
    FeedMappingFault,
    FeedMappingProposal,
    FeedOptionsInput,
    FeedPreviewTable,
    FeedRejection,
    FeedRejectionPage,
    FeedSources,
    FeedTrial,
    RunEffects,
)
from catalograph.api.types.operations import Run
from catalograph.errors import InvalidInputError
from catalograph.schema.feeds import FeedDesk, FeedOptions, FeedReference
from catalograph.store import read_run_changes
from catalograph.store.queries import api_queries

SCOPE = "feeds:write"
_Feed = Annotated[FeedInput, describe_argument("The feed.")]
_Kind = Annotated[FeedContent, describe_argument("What its rows are.")]
_Options = Annotated[FeedOptionsInput | None, describe_argument("How it is read.")]
_Language = Annotated[FeedLanguage, describe_argument("Language of reasons and warnings.")]
_Run = Annotated[str, describe_argument("`run:<id>`.")]


def desk_of(info: Info) -> FeedDesk:
    """Return what brings in feeds.

    Raises:
        InvalidInputError: this server does not take feeds.
    """
    desk = info.context.services.feeds
    if desk is None:
        raise InvalidInputError("This server takes no feeds. `catalograph serve` does.")
    return desk


def reference_of(feed: FeedInput) -> FeedReference:
    """Return the reference of an input.

    Raises:
        InvalidInputError: not exactly one feed is named, or a query without a database.
    """
    named = {"upload": feed.upload, "file": feed.file, "database": feed.database}
    if sum(value is not None for value in (*named.values(), feed.topic)) != 1:
        raise InvalidInputError("Name exactly one of 'upload', 'file', 'database' and 'topic'.")
    if (feed.query is None) != (feed.database is None):
        raise InvalidInputError("'database' and 'query' go together.")
    return FeedReference(**named, query=feed.query, topic=feed.topic)


def options_of(options: FeedOptionsInput | None) -> FeedOptions:
    """Return the options of an input."""
    if options is None:
        return FeedOptions()
    lists = {"language": tuple(options.language), "currency": tuple(options.currency)}
    return FeedOptions(**(vars(options) | lists))


def mapping_of(mapping: object) -> dict[str, Any] | None:
    """Return a mapping that was given as JSON.

    Raises:
        InvalidInputError: it is no object.
    """
    if mapping is not None and not isinstance(mapping, dict):
        raise InvalidInputError("'mapping' must be an object in the form of a mapping file.")
    return mapping


def run_id(run: str) -> str:
    """Return the id in the key of a run.

    Raises:
        InvalidInputError: it is no key of a run.
    """
    return check_key("run", run, "Run").removeprefix("run:")


@strawberry.type
class FeedsQuery:
    """Fields of the Query type about feeds."""

    @resolved_field("What feeds may be taken from.", FeedSources, scope=SCOPE)
    async def feed_sources(self, info: Info) -> CompletedValue:
        """List them."""
        return answer_object(info, FeedSources.of(await desk_of(info).list_sources()))

    @resolved_field(
        "The first rows of a feed, its columns, and some values of each.",
        FeedPreviewTable,
        scope=SCOPE,
    )
    async def feed_preview(
        self,
        info: Info,
        feed: _Feed,
        first: Annotated[int, describe_argument("How many rows: 1 to 100.")] = 20,
        options: _Options = None,
    ) -> CompletedValue:
        """Read them."""
        sample = await desk_of(info).sample(
            reference_of(feed), check_first(first), options_of(options)
        )
        return answer_object(info, FeedPreviewTable.of(sample))

    @resolved_field(
        "A mapping for a feed, from the names and all values of its columns, with the reason of "
        "each line: a shipped one that fits, else an inferred one.",
        FeedMappingProposal,
        scope=SCOPE,
    )
    async def feed_proposal(
        self,
        info: Info,
        feed: _Feed,
        kind: _Kind,
        options: _Options = None,
        language: _Language = FeedLanguage.EN,
    ) -> CompletedValue:
        """Propose one."""
        proposal = await desk_of(info).propose(
            reference_of(feed), kind.value, options_of(options), language.value
        )
        return answer_object(info, FeedMappingProposal.of(proposal))

    @resolved_field(
        "What is wrong with a mapping for a feed; an empty list if it can be used.",
        list[FeedMappingFault],
        scope=SCOPE,
    )
    async def feed_mapping_faults(
        self,
        info: Info,
        feed: _Feed,
        kind: _Kind,
        mapping: Annotated[JSON, describe_argument("Mapping in the form of a mapping file.")],
        options: _Options = None,
    ) -> CompletedValue:
        """Check it."""
        faults = await desk_of(info).check(
            reference_of(feed), kind.value, mapping_of(mapping) or {}, options_of(options)
        )
        return answer_object(info, [FeedMappingFault(**fault) for fault in faults])

    @resolved_field(
        "What a run of a feed would do: counts, the first five records, the first rejections. "
        "Nothing is written.",
        FeedTrial,
        scope=SCOPE,
    )
    async def feed_dry_run(
        self,
        info: Info,
        feed: _Feed,
        kind: _Kind,
        mapping: Annotated[
            JSON | None, describe_argument("Mapping; null for a shipped one that fits.")
        ] = None,
        options: _Options = None,
        language: _Language = FeedLanguage.EN,
    ) -> CompletedValue:
        """Try it."""
        trial = await desk_of(info).try_out(
            *(reference_of(feed), kind.value, mapping_of(mapping)),
            options_of(options),
            language.value,
        )
        return answer_object(info, FeedTrial.of(trial))

    @resolved_field(
        "Rows that a run by the API rejected, and values that it left out, with their reasons.",
        FeedRejectionPage,
        scope=SCOPE,
    )
    async def rejected_rows(
        self,
        info: Info,
        run: _Run,
        first: Annotated[int, describe_argument("How many: 1 to 100.")] = 20,
        after: Annotated[str | None, describe_argument("`next` of the page before.")] = None,
    ) -> CompletedValue:
        """Read a page."""
        if after is not None and not (after.isascii() and after.isdigit() and len(after) < 16):
            raise InvalidInputError("'after' is none of this list; give the 'next' of a page.")
        rows, following = await desk_of(info).read_rejected(
            run_id(run), check_first(first), int(after or 0)
        )
        found = [FeedRejection.of(row) for row in rows]
        page = FeedRejectionPage(rows=found, next=None if following is None else str(following))
        return answer_object(info, page)

    @resolved_field("One run by key.", Run | None, scope="operations:read")
    async def run(
        self, info: Info, key: Annotated[str, describe_argument("`run:<id>`.")]
    ) -> CompletedValue | None:
        """Read by key."""
        plan = node_plan(info, "Run")
        wanted = check_key("key", key, "Run")
        row = await api_queries.read_node(info.context.connection, plan.statement, wanted)
        return None if row is None else CompletedValue(plan.shape(row))

    @resolved_field(
        "What a run did to the graph, with examples; its roll-back undoes exactly that.",
        RunEffects,
        scope="operations:read",
    )
    async def run_effects(
        self,
        info: Info,
        run: _Run,
        first: Annotated[int, describe_argument("Examples of each effect: 1 to 100.")] = 5,
    ) -> CompletedValue:
        """Read them."""
        connection = info.context.services.blocking
        # In a thread: this reader is not asynchronous.
        async with info.context.connection.guard():
            changes = await asyncio.to_thread(
                read_run_changes, connection, run_id(run), check_first(first)
            )
        return answer_object(info, RunEffects.of(changes))
