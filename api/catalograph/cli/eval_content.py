"""`catalograph eval content | toxicity`: generated texts, and the check of abuse."""

from pathlib import Path

import typer

from catalograph.cli.eval_output import JSON, print_rows, say

_AUDIENCES = typer.Option(
    None, "--audience", help="For whom, in words; may be repeated. Default: four of each language."
)
_LANGUAGES = typer.Option(None, "--lang", help="en or zh; may be repeated. Default: both.")
_KINDS = typer.Option(
    None,
    "--kind",
    help="title, bullets, description, advertisement or email; may be repeated. Default: all.",
)
_FILES = typer.Argument(..., metavar="FILE…", help="Labelled texts to measure on, each file apart.")
_TRAIN = typer.Option(
    None, "--train", help="Labelled texts to learn from; may be repeated. Default: folds of FILE."
)


def register(group: typer.Typer) -> None:
    """Add this module's commands."""
    group.command("content")(content)
    group.command("toxicity")(toxicity)


def content(
    catalog: Path = typer.Option(..., "--catalog", help="A catalogue file."),
    mapping: str | None = typer.Option(None, "--mapping", help="Shipped mapping, or a file."),
    limit: int = typer.Option(200, min=1, help="Number of products, drawn at random."),
    audience: list[str] | None = _AUDIENCES,
    lang: list[str] | None = _LANGUAGES,
    kind: list[str] | None = _KINDS,
    llm: bool = typer.Option(False, "--llm", help="Ask the language model of the settings."),
    seed: int = typer.Option(0, min=0, help="Of the draw."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Write texts for audiences; count unsupported claims, changes by swaps, and hits of rules."""
    from catalograph.cli.write import make_content_writer
    from catalograph.errors import InvalidInputError
    from catalograph.evaluation.content import evaluate_content
    from catalograph.schema.generated_content import ContentKind
    from catalograph.settings import load_settings

    unknown = set(kind or ()) - set(ContentKind)
    if unknown:
        raise InvalidInputError(
            f"'{min(unknown)}' is no kind of text; known: {', '.join(ContentKind)}."
        )
    settings = load_settings()
    rows = evaluate_content(
        catalog,
        settings,
        make_content_writer(settings, llm=llm),
        mapping=mapping,
        limit=limit,
        audiences=audience or (),
        languages=lang or ("en", "zh"),
        kinds=[ContentKind(name) for name in kind or ContentKind],
        seed=seed,
        progress=say,
    )
    _print(rows, catalog, seed, as_json=as_json)


def _print(rows: list, catalog: Path, seed: int, *, as_json: bool) -> None:  # type: ignore[type-arg]
    from catalograph.cli.output import print_table

    if as_json:
        print_rows("eval content", [catalog], seed, rows, as_json=True)
        return
    names = list(rows[0].metrics)
    table = [[name, *(f"{row.metrics[name]:.4g}" for row in rows)] for name in names]
    print_table("eval content, counts and shares", ["metric", *(row.model for row in rows)], table)
    for row in rows:
        told = "; ".join(f"{name} {value}" for name, value in row.config.items())
        print(f"{row.model}: {row.seconds:.1f} s; {told}")


def toxicity(
    files: list[Path] = _FILES,
    train: list[Path] | None = _TRAIN,
    folds: int = typer.Option(5, min=2, max=20, help="Folds where there is nothing to learn from."),
    seed: int = typer.Option(0, min=0, help="Of the solver."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Tell abusive texts from others: by word lists, by the trained check, by a tf-idf baseline.

    Rows of one template stay in one fold. Columns: a text (`text`, `TEXT`, `test_case`), a label
    (`label`, `label_gold`: 1 or `hateful`), and where there is one a template (`templ_id`).
    """
    from catalograph.evaluation.toxicity import evaluate_toxicity

    rows = evaluate_toxicity(files, train or (), folds=folds, seed=seed, progress=say)
    print_rows("eval toxicity", files, seed, rows, as_json=as_json)
