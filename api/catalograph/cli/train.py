"""`catalograph train …`: learn from labelled examples; only `multitask` may read the graph."""

from pathlib import Path

import typer

from catalograph.cli import (
    train_aspects,
    train_dialogues,
    train_intent,
    train_lm,
    train_matcher,
    train_multitask,
    train_ner,
    train_ranker,
    train_toxicity,
)
from catalograph.cli.eval_output import JSON, say
from catalograph.cli.options import accept_old_names

_FILES = typer.Argument(
    ..., metavar="FILE…", help="Labelled products, JSON lines as ExtractGPT's or WDC-PAVE's."
)
KIND = "Which extractor: dictionary, crf, tagger or cascade."
PRESET = "Settings of the tagger: seed, best or quick."
ENCODER = "A transformers model: a name, a folder, or the packaged default."
TAGGERS = "Taggers trained; each leaves out a fold."


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    group = typer.Typer(
        help="Learn models from labelled examples.", no_args_is_help=True, rich_markup_mode=None
    )
    group.callback()(_group)
    group.command("extractor", cls=accept_old_names(out="output"))(extractor)
    parts = (
        train_ner,
        train_aspects,
        train_intent,
        train_dialogues,
        train_lm,
        train_matcher,
        train_multitask,
        train_ranker,
        train_toxicity,
    )
    for part in parts:
        part.register(group)
    app.add_typer(group, name="train")


def _group() -> None:
    """Learn models from labelled examples; needs no database, except for `multitask`."""


def extractor(
    files: list[Path] = _FILES,
    output: Path = typer.Option(..., "--output", help="Folder to keep the extractor in."),
    kind: str = typer.Option("cascade", "--extractor", help=KIND),
    preset: str = typer.Option("best", "--preset", help=PRESET),
    encoder: str | None = typer.Option(None, "--encoder", help=ENCODER),
    taggers: int = typer.Option(3, "--taggers", min=2, help=TAGGERS),
    precision: float = typer.Option(
        0.95, "--precision", min=0.5, max=1, help="Of values accepted without review."
    ),
    seed: int = typer.Option(0, min=0, help="Of folds and everything random."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Learn to read attribute values in titles and descriptions.

    A training that was stopped goes on when the same command is run again.
    """
    from catalograph.cli.output import print_json
    from catalograph.evaluation.products import read_products
    from catalograph.ingest.extract.persistence import train
    from catalograph.ingest.extract.training import cascade_settings

    examples = read_products(files)
    say(f"{len(examples):,} products.")
    settings = cascade_settings(
        kind,
        preset,
        encoder=encoder,
        folds=taggers,
        precision=precision,
        absent_weight=1.0,  # a value for an attribute that a product lacks is a wrong triple
        seed=seed,
    )
    cascade, validation = train(examples, settings, output, progress=say)
    if as_json:
        from dataclasses import asdict

        print_json(
            {"out": str(output), "version": cascade.version, "validation": asdict(validation)}
        )
        return
    print(
        f"micro F1 {validation.micro_f1:.4f}, calibration error "
        f"{validation.calibration_error:.4f} on examples left out; kept in {output}, see card.md."
    )
