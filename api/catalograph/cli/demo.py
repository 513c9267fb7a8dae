"""`catalograph demo`: from a catalogue file to recommendations with reasons, on a real Neo4j."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import socket

    from catalograph.cli.demo_lists import ShownShopper
    from catalograph.cli.demo_run import DemoReport
    from catalograph.settings import Settings

_METRICS = {"ndcg@10": "nDCG@10", "recall@10": "recall@10", "to_taste@10": "to taste"}
"""Metrics printed, with their headings; `--json` has all."""
_QUERY = (
    "query ($user: String) { recommendations(userKey: $user, first: 3) "
    "{ items { product { title price } score reasons { contribution text } } } }"
)


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("demo")(demo)


def demo(
    once: Annotated[bool, typer.Option("--once", help="Show and end, without serving.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    port: Annotated[
        int | None,
        typer.Option(help="Port to serve on; default CATALOGRAPH_API__PORT or a free one."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Decides what the shoppers do.")] = 7,
    shoppers: Annotated[int, typer.Option(min=1, help="How many shoppers to simulate.")] = 500,
    products: Annotated[
        int | None, typer.Option(min=1, help="Take only so many products, for a quicker look.")
    ] = None,
) -> None:
    """Load a real catalogue and simulated shoppers, learn, recommend with reasons, and serve.

    Neo4j runs as a child of this command and ends with it; its data stays in CATALOGRAPH_HOME, so
    that a second run finds everything unchanged. CATALOGRAPH_NEO4J__URI uses another server.
    """
    from catalograph import log
    from catalograph.cli.progress import ProgressLine
    from catalograph.cli.serve import run_server
    from catalograph.settings import load_settings

    run = _demo_run()
    settings = load_settings()
    log.configure(settings.log)
    config = run.DemoConfig(shoppers=shoppers, seed=seed, products=products)
    # Listen first, so that a port in use is reported before minutes of work.
    listening = None if once else _listen(settings, port)
    with (
        ProgressLine() as line,
        run.demo_server(settings, config, line.update) as (served, step, browser),
    ):
        report = run.run_demo(served, config, step, line.update, line.say)
        line.stop()
        _print(report, as_json=as_json)
        if listening is not None:
            shown = _prepare_studio(served, report)
            run_server(shown, listening, lambda at: _print_where(report, browser, at))


def _demo_run() -> Any:
    """Return the module of the steps; imported here, as it needs the extras."""
    from catalograph.errors import MissingExtraError

    try:
        from catalograph.cli import demo_run
    except ImportError as exc:
        raise MissingExtraError("api", exc.name or "strawberry-graphql") from exc
    return demo_run


def _listen(settings: "Settings", port: int | None) -> "socket.socket":
    """Listen on the given port; without one, on the usual port, or a free one if it is in use."""
    from catalograph.cli.serve import open_socket
    from catalograph.errors import ConfigError

    host = settings.api.host
    if port is not None:
        return open_socket(host, port)
    try:
        return open_socket(host, settings.api.port)
    except ConfigError:
        return open_socket(host, 0)


def _prepare_studio(settings: "Settings", report: "DemoReport") -> "Settings":
    """Return settings with shoppers, pictures and, where all may do everything, queries."""
    from catalograph.cli.demo_grocery import PICTURES, pictures_folder

    shown = {
        "studio_shoppers": report.offered,
        "image_copies": {PICTURES: pictures_folder()},
        "cypher": settings.api.cypher or not settings.api.auth.configured,
    }
    return settings.model_copy(update={"api": settings.api.model_copy(update=shown)})


def _print(report: "DemoReport", *, as_json: bool) -> None:
    from catalograph.cli.output import print_json, print_table

    if as_json:
        print_json(report)
        return
    rows = [(step.step, step.result, f"{step.seconds:.1f}") for step in report.steps]
    print_table("From a catalogue to recommendations", ("step", "what came of it", "s"), rows)
    print(
        "\nThe products of Best Buy are real, and so are the pictures of the groceries. Prices and "
        "reviews of these are made up, and all shoppers simulated, with tastes planted by a seed."
    )
    for shopper in report.shoppers:
        _print_shopper(shopper)
    print()
    print_table(
        "Their last visits, which nothing has learned from, found again",
        ("lists by", *(f"{heading} %" for heading in _METRICS.values()), "shoppers"),
        [
            (row.model, *(f"{100 * row.metrics[name]:.1f}" for name in _METRICS), row.n)
            for row in report.found
        ],
    )


def _print_shopper(shopper: "ShownShopper") -> None:
    print(f"\nSimulated shopper {shopper.id}; planted taste: {shopper.taste}")
    for done in shopper.lately:
        print(f"  lately {done}")
    for place, item in enumerate(shopper.items, 1):
        taste = "" if item.to_taste else ", not to the planted taste"
        print(f"  {place}. {item.title} (score {item.score:.3f}{taste})")
        for reason in item.in_short:
            print(f"       {reason.contribution:+.3f}  {reason.text}")


def _print_where(report: "DemoReport", browser: str, address: str) -> None:
    """Print the addresses to open, each with a description."""
    from urllib.parse import quote

    keys = [shopper.key for shopper in report.shoppers]
    asked = {"query": _QUERY} | ({"variables": f'{{"user": "{keys[0]}"}}'} if keys else {})
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items())
    print("\nOpen")
    print(f"  the Studio         {address}/?user={report.offered[-1] if report.offered else ''}")
    print(f"  a query to change  {address}/graphiql?{query}")
    if browser:
        print(f"  the graph          {browser}")
    print("Commands such as `catalograph status` find the demo while it runs. Stop with Ctrl-C.")
