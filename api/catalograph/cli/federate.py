"""`catalograph federate`: several shops learn from the sum of their shoppers' counts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from catalograph.embed.federated.federation import ShopResult

commands = typer.Typer(
    name="federate",
    help="Learn with other shops from sums, without pooling data; needs Flower, in an environment "
    "of its own.",
    no_args_is_help=True,
)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Authority = Annotated[
    Path | None, typer.Option("--ca", help="Certificate of the authority; needed over a network.")
]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(commands)


@commands.command()
def server(
    shops: Annotated[int, typer.Option(min=3, help="Shops to wait for.")],
    address: Annotated[str, typer.Option(metavar="HOST:PORT")] = "127.0.0.1:9092",
    products: Annotated[
        int, typer.Option(min=2, help="Products whose pairs are counted, the most chosen first.")
    ] = 1_000,
    largest_count: Annotated[
        int, typer.Option(min=1, help="Largest number a shop may send; a larger one is refused.")
    ] = 1_000_000,
    private: Annotated[
        bool,
        typer.Option("--private", help="Match products without telling which shop sells which."),
    ] = False,
    rounds: Annotated[
        int,
        typer.Option(min=0, help="Average weights of `federate weights` so often; 0: add counts."),
    ] = 0,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait for answers.")] = 600.0,
    ca: Authority = None,
    certificate: Annotated[Path | None, typer.Option(help="The server's certificate.")] = None,
    key: Annotated[Path | None, typer.Option(help="The server's private key.")] = None,
    as_json: Json = False,
) -> None:
    """Coordinate one run: match the shops' products, add up, send the sum to all.

    Whoever can reach the address can take part, so let only the shops reach it.
    """
    from catalograph.cli.output import print_json
    from catalograph.cli.progress import ProgressLine
    from catalograph.embed.federated.federation import CoordinatorPlan, serve
    from catalograph.embed.federated.flower_processes import LinkAddress, Tls
    from catalograph.settings import load_settings

    plan = CoordinatorPlan(
        LinkAddress.parse(address),
        shops,
        products,
        largest_count,
        private,
        rounds,
        timeout,
        Tls(ca, certificate, key),
    )
    with ProgressLine() as line:
        report = serve(load_settings(), plan, line.update)
    if as_json:
        print_json(report)
        return
    if rounds:
        typer.echo(
            f"{report['shops']} shops averaged weights of {len(report['labels'])} labels in "
            f"{rounds} rounds, which took {report['seconds']:.0f} s."
        )
        return
    typer.echo(
        f"The sum of {report['included']} of {report['shops']} shops over {report['products']:,} "
        f"of {report['shared_products']:,} shared products and {report['shoppers']:,} shoppers "
        f"took {report['seconds']:.0f} s."
    )


@commands.command()
def join(
    address: Annotated[str, typer.Argument(metavar="HOST:PORT", help="Of the server.")],
    per_shopper: Annotated[
        int, typer.Option(min=2, help="Products of a shopper that count; agree on it.")
    ] = 50,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds for the whole run.")] = 3600.0,
    ca: Authority = None,
    publish: Annotated[
        bool, typer.Option(help="Learn and publish weights with the sum, if it passes the checks.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Take part in one run with this shop's graph, check the sum, learn from it and publish."""
    from catalograph.cli.embed_common import learn_kinds, open_graph, run_kinds
    from catalograph.cli.output import print_json
    from catalograph.cli.progress import ProgressLine
    from catalograph.embed.federated.federation import ShopPlan
    from catalograph.embed.federated.federation import join as take_part
    from catalograph.embed.federated.flower_processes import LinkAddress, Tls

    plan = ShopPlan(LinkAddress.parse(address), per_shopper, timeout, Tls(ca))
    with open_graph() as (connection, settings), ProgressLine() as line:
        result = take_part(connection, settings, plan, line.update)
    publish = publish and result.verdict.passed
    if as_json:
        jobs = learn_kinds(("preference",), force=False) if publish else []
        print_json({"sum": result, "jobs": jobs})
    else:
        _print(result)
        if publish:
            run_kinds(("preference",), force=False, as_json=False)
    if not result.verdict.passed:
        raise typer.Exit(1)


@commands.command()
def weights(
    address: Annotated[str, typer.Argument(metavar="HOST:PORT", help="Of the server.")],
    rows: Annotated[Path, typer.Argument(help="File of `train intent --rows`; it stays here.")],
    output: Annotated[
        Path, typer.Option("--output", help="File to keep the average in, for `train intent`.")
    ],
    timeout: Annotated[float, typer.Option(min=1, help="Seconds for the whole run.")] = 3600.0,
    ca: Authority = None,
    as_json: Json = False,
) -> None:
    """Train a classifier of intents with other shops: they average weights and show no sentence."""
    from catalograph.cli.output import print_json
    from catalograph.cli.progress import ProgressLine
    from catalograph.embed.federated.federation import ShopPlan, average_weights
    from catalograph.embed.federated.flower_processes import LinkAddress, Tls
    from catalograph.ml.softmax_head import HeadRows
    from catalograph.settings import load_settings

    plan = ShopPlan(LinkAddress.parse(address), seconds=timeout, tls=Tls(ca))
    with ProgressLine() as line:
        found = average_weights(load_settings(), plan, HeadRows.load(rows), line.update)
    found.average.save(output)
    if as_json:
        told = {"out": str(output), "labels": found.average.labels}
        print_json(told | {"shops": found.shops, "rounds": found.rounds})
        return
    typer.echo(
        f"The average of {found.shops} shops has {len(found.average.labels)} labels; kept in "
        f"{output}. Next: catalograph train intent FILE --average {output} --output MODEL"
    )


def _print(result: "ShopResult") -> None:
    typer.echo(
        f"The sum of {result.shops} shops has {result.shoppers:,} other shoppers of "
        f"{result.products:,} products sold here."
    )
    verdict = "It is used" if result.verdict.passed else "It is not used"
    typer.echo(f"{verdict}: {result.verdict.reason}")
