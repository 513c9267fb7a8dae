"""`catalograph eval extract`: attribute values in titles and descriptions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import typer

from catalograph.cli.eval_output import JSON, TRAIN, print_rows, say

_TEST = typer.Option(None, "--test", help="File to measure on. Default: cross-validation on train.")
_EXTRACTOR = typer.Option(
    "cascade", "--extractor", help="One of dictionary, crf, tagger, cascade, llm."
)
_SHARES = typer.Option(
    None, "--llm-share", help="Shares of products the language model reads, as 0.1,0.25,0.5."
)
_MODE = typer.Option(None, "--mode", help="Of the language model: zero-shot or few-shot.")
_BY = typer.Option("attribute", "--by", help="Rows below the total: attribute or category.")
_WORK = typer.Option(None, "--work", help="Folder to keep finished taggers in, to go on from.")


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("extract")(extract)


def extract(
    train: list[Path] = typer.Option(..., "--train", help=TRAIN),
    test: Path | None = _TEST,
    extractor: str = _EXTRACTOR,
    folds: int = typer.Option(5, "--folds", min=2, help="Of the cross-validation."),
    preset: str = typer.Option("best", "--preset", help="Of the tagger: seed, best or quick."),
    encoder: str | None = typer.Option(None, "--encoder", help="Of the tagger."),
    taggers: int = typer.Option(3, "--taggers", min=2, help="Taggers; each leaves out a fold."),
    llm_share: str | None = _SHARES,
    mode: str | None = _MODE,
    seed: int = typer.Option(0, min=0, help="Of folds and everything random."),
    work: Path | None = _WORK,
    by: Literal["attribute", "category"] = _BY,
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Find attribute values, and count them as ExtractGPT does."""
    from catalograph.evaluation.extraction import (
        LLM,
        CaseGroup,
        ExtractionTask,
        evaluate_extract,
        parse_shares,
    )
    from catalograph.ingest.extract.training import CascadeSettings, cascade_settings

    shares = parse_shares(llm_share)
    model = _model(mode) if extractor == LLM or shares else None
    settings = (
        CascadeSettings(LLM, seed=seed)
        if extractor == LLM
        else cascade_settings(extractor, preset, encoder=encoder, folds=taggers, seed=seed)
    )
    task = ExtractionTask(train, test, settings, folds, model, shares, work, CaseGroup(by))
    rows = evaluate_extract(task, say)
    if as_json:
        data = [*train, test] if test else train
        print_rows("eval extract", data, seed, rows, as_json=True)
    else:
        _print(rows, seed)


def _print(rows: list[Any], seed: int) -> None:
    from catalograph.cli.output import print_table

    names = list(rows[0].metrics)
    table = [
        [row.model, row.n, *(f"{100 * row.metrics.get(name, 0):.2f}" for name in names)]
        for row in rows
    ]
    print_table(f"eval extract, per cent, seed {seed}", ["model", "values", *names], table)
    told = "; ".join(f"{name} {value}" for name, value in rows[0].config.items())
    print(f"{rows[0].seconds:.1f} s; {rows[0].peak_mb:.0f} MiB; {told}")


def _model(mode: str | None) -> Callable[[Any], Any]:
    """Return the factory that makes the gateway's extractor from its demonstrations."""
    from catalograph.ingest.llm import (
        AttributeGuide,
        Demonstration,
        DemonstrationIndex,
        Gateway,
        LanguageModelExtractor,
    )
    from catalograph.settings import load_settings

    settings = load_settings()

    def make(examples: Any) -> LanguageModelExtractor:
        solved = [Demonstration(e.texts, e.category, e.targets) for e in examples]
        shown = solved if (mode or settings.llm.mode) == "few-shot" else []
        return LanguageModelExtractor(
            Gateway(settings), AttributeGuide(solved), DemonstrationIndex(shown)
        )

    return make
