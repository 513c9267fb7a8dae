"""`catalograph eval search`: the API's own search, on judged queries."""

from pathlib import Path

import typer

from catalograph.cli.eval_output import JSON, print_rows, say

CATALOG = "A catalogue that `ingest catalog` reads."
QRELS = "Judgements, tab-separated with the header query, product_id, rating."
_WORK = typer.Option(
    None, "--work", help="Folder to keep the graph and its vectors in; a second run is quick."
)


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("search")(search)


def search(
    catalog: Path = typer.Option(..., "--catalog", help=CATALOG),
    qrels: Path = typer.Option(..., "--qrels", help=QRELS),
    work: Path | None = _WORK,
    seed: int = typer.Option(0, min=0, help="Of the bootstrap."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Search a catalogue for judged queries: by full text, vectors and both; then re-ranked.

    Starts a Neo4j of its own, reads the catalogue into it, embeds the texts and sends the statement
    that the API sends, with the parameters that it is shipped with. The second stage is fitted on
    the queries of four folds and measured on those of the fifth, for each of five.
    """
    from catalograph.cli.search_quality import evaluate_search

    rows = evaluate_search(catalog, qrels, work, seed, say)
    print_rows("eval search", [catalog, qrels], seed, rows, as_json=as_json)
