"""`catalograph learn`: train what the graph can support, publish what is better, by a schedule."""

from typing import TYPE_CHECKING, Annotated

import typer

from catalograph.cli.options import Json

if TYPE_CHECKING:
    from catalograph.embed.learn import LearnOptions, LearnReport

Kinds = Annotated[
    list[str] | None,
    typer.Option(
        "--kind",
        help="Kind to consider; may be repeated. Unset: text, structure, preference and those "
        "that are live.",
    ),
]
Days = Annotated[
    int | None,
    typer.Option("--days", min=1, help="Last days to judge by. Unset: as few as suffice."),
]
Minutes = Annotated[float | None, typer.Option("--minutes", help="Longest time for everything.")]
Memory = Annotated[
    float | None, typer.Option("--memory", metavar="GB", help="Memory that it may take.")
]
Trial = Annotated[
    str,
    typer.Option(
        "--trial",
        metavar="near|always|never",
        help="When two versions share served lists, so that clicks decide: `near`, when the "
        "comparison favours the new one without proof; `always`, also after a version was "
        "published; `never`.",
    ),
]
Epsilon = Annotated[
    float | None,
    typer.Option(
        "--epsilon",
        metavar="E",
        help="Learn preferences with differential privacy: ε of each release. Unset: as the live "
        "version.",
    ),
]
Delta = Annotated[
    float | None, typer.Option("--delta", metavar="D", help="δ of a release. Default: 1e-6.")
]
CoPurchases = Annotated[
    bool,
    typer.Option("--co-purchases", help="With --epsilon: as of `catalograph embed preference`."),
]
Every = Annotated[
    str | None, typer.Option("--every", metavar="INTERVAL", help="With --watch: 30m, 6h, 1d.")
]
At = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="With --watch: time of day, such as 03:30."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("learn")(learn)


def learn(
    kinds: Kinds = None,
    days: Days = None,
    minutes: Minutes = None,
    memory: Memory = None,
    tune: Annotated[bool, typer.Option("--tune", help="Tune again in any case.")] = False,
    trial: Trial = "near",
    watch: Annotated[
        bool, typer.Option("--watch", help="Again and again; stop by Ctrl-C.")
    ] = False,
    every: Every = None,
    at: At = None,
    epsilon: Epsilon = None,
    delta: Delta = None,
    co_purchases: CoPurchases = False,
    as_json: Json = False,
) -> None:
    """Train what the graph can support, judge it on the last days, publish what is better."""
    from catalograph.embed.learn import LearnOptions, Schedule
    from catalograph.embed.learn import watch as repeat
    from catalograph.embed.private_config import private_config_of
    from catalograph.errors import CatalographError, ConfigError

    if trial not in ("near", "always", "never"):
        raise ConfigError(f"--trial is '{trial}'; expected near, always or never.")
    if (every or at) and not watch:
        raise ConfigError("--every and --at are for --watch; give it too.")
    options = LearnOptions(
        kinds=tuple(kinds) if kinds else None,
        days=days,
        tune=tune,
        trial=trial,  # type: ignore[arg-type]  # checked above
        minutes=minutes,
        gigabytes=memory,
        private=private_config_of(epsilon, delta, aggregates=co_purchases),
    )
    if not watch:
        run_learning(options, as_json)
        return

    def tell(exc: CatalographError) -> None:
        typer.echo(f"Error: {exc}", err=True)

    repeat(Schedule.parse(every, at), lambda: run_learning(options, as_json), tell)


def run_learning(options: "LearnOptions", as_json: bool) -> None:
    """Learn once and print the report."""
    from catalograph.cli.embed_common import open_graph, show_progress
    from catalograph.cli.output import print_json
    from catalograph.embed.learn import learn as learn_once

    with open_graph() as (connection, settings), show_progress() as progress:
        report = learn_once(connection, settings, options, progress)
    if as_json:
        print_json(report.as_dict())
    else:
        print_report(report)


def print_report(report: "LearnReport") -> None:
    """Print what was found and what became of each kind, for people."""
    from catalograph.cli.output import print_table

    held = report.contents
    typer.echo(
        f"Run {report.run}: {held.products:,} products, {held.facts:,} facts, {held.users:,} "
        f"shoppers, {held.interactions:,} interactions ({held.timed:,} with a time), "
        f"{held.reviews:,} reviews, {held.served:,} served lists."
    )
    rows = [
        (one.kind, str(one.decision), one.version or "", f"{one.seconds:.1f}", one.reason)
        for one in report.outcomes
    ]
    print_table("Learning", ("kind", "result", "live", "seconds", "why"), rows)
    for one in report.outcomes:
        if one.trial is not None:
            typer.echo(
                f"{one.kind}: trial, {one.trial['live_votes']:,} votes for the live version, "
                f"{one.trial['rival_votes']:,} for the other: {one.trial['outcome']}."
            )
        for suspect in one.suspects:
            typer.echo(f"{one.kind}: {suspect}.")
    for note in report.notes:
        typer.echo(note)
