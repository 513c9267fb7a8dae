"""`catalograph eval rank`: product search, cross-validated by query."""

from pathlib import Path

import typer

from catalograph.cli.eval_output import JSON, print_rows, say

CATALOG = "Products as JSON lines: id, title, brand, short_description, attributes."
QRELS = "Judgements, tab-separated with the header query, product_id, rating."
KGE = "Folder of trained graph vectors by product id. Default: an SVD of the facts."
_MODELS = typer.Option([], "--model", help="Comma-separated or repeated. Default: all.")
_WORK = typer.Option(
    None, "--work", help="Folder to keep vectors and finished folds in; a second run goes on."
)


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("rank")(rank)


def rank(
    catalog: Path = typer.Option(..., "--catalog", help=CATALOG),
    qrels: Path = typer.Option(..., "--qrels", help=QRELS),
    models: list[str] = _MODELS,
    folds: int = typer.Option(5, min=2, help="Parts of the queries, each measured once."),
    seeds: str = typer.Option("0", help="Of the trainings, comma-separated; means are printed."),
    seed: int = typer.Option(0, min=0, help="Of the folds, typing errors and shuffled graph."),
    epochs: int | None = typer.Option(None, min=0, help="Passes over the queries at most."),
    kge: Path | None = typer.Option(None, "--kge", help=KGE),
    work: Path | None = _WORK,
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Rank products for queries: BM25, the untrained encoder, teacher, student, ablations."""
    from dataclasses import replace

    from catalograph.embed.ranker.settings import RankerSettings
    from catalograph.errors import InvalidInputError
    from catalograph.evaluation.ranker import (
        RankOptions,
        evaluate_ranker,
    )
    from catalograph.ml.encoders import load_encoder
    from catalograph.settings import load_settings

    try:
        chosen = [int(part) for part in seeds.split(",")]
    except ValueError as exc:
        raise InvalidInputError(f"--seeds is '{seeds}'; expected numbers and commas.") from exc
    settings = RankerSettings()
    if epochs is not None:
        settings = replace(settings, epochs=epochs)
    wanted = [name for given in models for name in given.split(",") if name]
    options = RankOptions(wanted, folds, chosen, seed, settings, kge=kge, work=work)
    encoder = load_encoder(load_settings())
    rows = evaluate_ranker(catalog, qrels, options, encoder, say)
    print_rows("eval rank", [catalog, qrels], seed, rows, as_json=as_json)
