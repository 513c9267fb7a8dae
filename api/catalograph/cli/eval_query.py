"""`catalograph eval query`: the understanding of search words, on questions from a catalogue."""

from pathlib import Path
from typing import Literal

import typer

from catalograph.cli.eval_output import JSON, print_rows, say
from catalograph.cli.eval_search import CATALOG

_WORK = typer.Option(None, "--work", help="Folder to keep the graph in; a second run is quick.")


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("query")(query)


def query(
    catalog: Path = typer.Option(..., "--catalog", help=CATALOG),
    work: Path | None = _WORK,
    queries: int = typer.Option(200, min=1, max=10_000, help="Questions to make."),
    templates: Literal["reported", "development"] = typer.Option(
        "reported", help="Wordings: those held out, or those that the parser was written with."
    ),
    seed: int = typer.Option(0, min=0, help="Of the products that questions are made from."),
    show: int = typer.Option(0, min=0, help="Questions that are not right to print, on stderr."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Ask for products by brand, category, value, price and exclusion, in words.

    Starts a Neo4j of its own, reads the catalogue into it, and asks the API. Each question states
    facts of a random product, so that the right reading is known.
    """
    from catalograph.cli.query_quality import evaluate_queries

    rows = evaluate_queries(catalog, work, queries, templates, seed, say, show)
    print_rows("eval query", [catalog], seed, rows, as_json=as_json)
