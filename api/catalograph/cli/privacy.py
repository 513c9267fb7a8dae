"""`catalograph privacy`: the privacy budget, consent, and who read personal data."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from catalograph.cli.options import Json

if TYPE_CHECKING:
    from catalograph.api.served_lists import PruneReport
    from catalograph.store import PrivacyBudget

_app = typer.Typer(
    help="Protect shoppers: privacy budget, consent, reads of personal data.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_app, name="privacy")


@_app.callback()
def group() -> None:
    """Protect shoppers: privacy budget, consent, reads of personal data."""


@_app.command()
def budget(
    epsilon: Annotated[
        float | None,
        typer.Option("--epsilon", metavar="E", help="ε that all releases together may cost."),
    ] = None,
    delta: Annotated[
        float | None, typer.Option("--delta", metavar="D", help="δ at which ε is counted.")
    ] = None,
    as_json: Json = False,
) -> None:
    """State the privacy budget of the graph, or show it and what was spent.

    What was spent cannot be taken back, by no roll-back and no erasure: it may have been seen.
    """
    from catalograph.cli.embed_common import open_graph, open_graph_to_read
    from catalograph.cli.output import print_json
    from catalograph.embed.private_config import DEFAULT_DELTA
    from catalograph.errors import ConfigError
    from catalograph.ml.privacy.accounting import check_budget, spent_epsilon
    from catalograph.store import read_budget, state_budget

    if epsilon is None and delta is not None:
        raise ConfigError("--delta goes with --epsilon; give both.")
    opened = open_graph_to_read if epsilon is None else open_graph
    with opened() as (connection, _):
        if epsilon is None:
            found = read_budget(connection)
        else:
            at = DEFAULT_DELTA if delta is None else delta
            check_budget(epsilon, at)
            found = state_budget(connection, epsilon, at, spent_epsilon)
    spent = 0.0 if found is None else spent_epsilon(found.multipliers, found.delta)
    if as_json:
        details = found and {"epsilon": found.epsilon, "delta": found.delta}
        releases = [] if found is None else list(found.releases)
        print_json({"budget": details, "spent": spent, "releases": releases})
    else:
        _print_budget(found, spent)


def _print_budget(found: "PrivacyBudget | None", spent: float) -> None:
    from catalograph.cli.output import print_table

    if found is None:
        typer.echo(
            "No privacy budget is stated. State one: catalograph privacy budget --epsilon 8 "
            "--delta 1e-6"
        )
        return
    typer.echo(
        f"ε {spent:.4g} of {found.epsilon:g} is spent at δ {found.delta:g}, by "
        f"{len(found.releases):,} releases."
    )
    rows = [(one["time"], one["kind"], f"{one['epsilon']:g}") for one in found.releases]
    if rows:
        print_table("Releases", ("time", "kind", "ε alone"), rows)


@_app.command()
def consent(
    source: Annotated[str, typer.Argument(help="Source that the shopper's id is of.")],
    id: Annotated[str, typer.Argument(help="The shopper's id there.")],
    training: Annotated[
        bool | None,
        typer.Option("--training/--no-training", help="Whether models may learn from the data."),
    ] = None,
    personalisation: Annotated[
        bool | None,
        typer.Option(
            "--personalisation/--no-personalisation",
            help="Whether the shopper's own lists may follow from the data.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write what a shopper agrees to and refuses, or show it."""
    from catalograph.cli.embed_common import open_graph, open_graph_to_read
    from catalograph.cli.output import print_json
    from catalograph.schema import keys
    from catalograph.schema.privacy import Purpose
    from catalograph.store import read_consent, write_consent

    said = {Purpose.TRAINING: training, Purpose.PERSONALISATION: personalisation}
    agreed = [purpose for purpose, yes in said.items() if yes is True]
    refused = [purpose for purpose, yes in said.items() if yes is False]
    opened = open_graph if agreed or refused else open_graph_to_read
    with opened() as (connection, settings):
        user = keys.user_key(source, id, settings.user_hmac_key)
        stale = write_consent(connection, user, agreed, refused) if agreed or refused else []
        found = read_consent(connection, user)
    allowed = {str(purpose): found.allows(purpose) for purpose in Purpose}
    if as_json:
        print_json({"allowed": allowed, "stale": stale})
        return
    for purpose, yes in allowed.items():
        typer.echo(f"{purpose}: {'yes' if yes else 'no'}")
    for kind in stale:
        typer.echo(f"The {kind} model learned from this shopper: catalograph embed {kind}")


@_app.command("require-consent")
def require(
    required: Annotated[
        bool,
        typer.Argument(
            metavar="YES|NO", help="`yes`: who said nothing refuses; `no`: who said nothing agrees."
        ),
    ],
    as_json: Json = False,
) -> None:
    """Say whether data of shoppers who said nothing are used, for all that serve this graph."""
    from catalograph.cli.embed_common import open_graph
    from catalograph.cli.output import print_json
    from catalograph.store import require_consent

    with open_graph() as (connection, _):
        require_consent(connection, required=required)
    if as_json:
        print_json({"required": required})
        return
    typer.echo("Consent is required." if required else "Consent is assumed until it is refused.")


@_app.command()
def reads(
    source: Annotated[str | None, typer.Argument(help="Source of a shopper's id.")] = None,
    id: Annotated[str | None, typer.Argument(help="The shopper's id there.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Number of reads at most.")] = 50,
    as_json: Json = False,
) -> None:
    """List who read personal data of a shopper, or of anybody, newest first."""
    from catalograph.cli.embed_common import open_graph_to_read
    from catalograph.cli.output import print_json, print_table
    from catalograph.errors import InvalidInputError
    from catalograph.schema import keys
    from catalograph.store import list_accesses

    if (source is None) != (id is None):
        raise InvalidInputError("A shopper is named by SOURCE and ID; give both or none.")
    with open_graph_to_read() as (connection, settings):
        user = None
        if source is not None and id is not None:
            user = keys.user_key(source, id, settings.user_hmac_key)
        found = list_accesses(connection, user, limit)
    if as_json:
        print_json({"reads": found})
        return
    rows = [(f"{one.time:%Y-%m-%d %H:%M:%S}", one.reader, one.field, one.user) for one in found]
    print_table("Reads of personal data", ("time", "reader", "by", "shopper"), rows)


@_app.command()
def prune(as_json: Json = False) -> None:
    """Remove what is past its age limit: events, served lists, conversations, notes of reads.

    A running server does the same every hour. The limits are settings; events have none unless
    CATALOGRAPH_PRIVACY__EVENT_DAYS is set.
    """
    import asyncio

    from catalograph.api.served_lists import prune as prune_once
    from catalograph.cli.embed_common import open_graph
    from catalograph.cli.output import print_json
    from catalograph.store import AsyncConnection

    with open_graph() as (connection, settings):

        async def run() -> "PruneReport":
            shared = AsyncConnection(connection.address)
            try:
                return await prune_once(shared, connection, settings)
            finally:
                await shared.close()

        done = asyncio.run(run())
    if as_json:
        print_json(asdict(done))
        return
    typer.echo(
        f"{done.searches:,} served searches, {done.conversations:,} conversations and "
        f"{done.accesses:,} notes of reads removed."
    )
    if done.events is None:
        typer.echo("Events have no age limit; CATALOGRAPH_PRIVACY__EVENT_DAYS sets one.")
        return
    typer.echo(
        f"{done.events.events:,} events, {done.events.copies:,} copies of events for roll-backs "
        f"and {done.events.served:,} served lists removed."
    )
    for kind in done.events.stale:
        typer.echo(f"The {kind} model learned before the limit: catalograph embed {kind}")
