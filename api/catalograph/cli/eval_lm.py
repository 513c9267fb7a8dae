"""`catalograph eval lm`: language models before and after a training."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from catalograph.cli.eval_output import JSON, say
from catalograph.cli.train_lm import BASE, LENGTH, ROWS, TEXTS

if TYPE_CHECKING:
    from catalograph.ml.profiling import BenchmarkRow

_TEXTS = typer.Option([], "--texts", help=TEXTS)
_ROWS = typer.Option([], "--rows", help=ROWS)
_TRAINED = typer.Option(None, "--trained", help="Folder of `train lm`; without it, the base alone.")
_OBJECTIVE = "How a base alone reads texts: causal, seq2seq, or mlm for an encoder."


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("lm")(lm)


def lm(
    base: str | None = typer.Option(
        None, "--base", help=f"{BASE} Default: the one that was trained on."
    ),
    trained: Path | None = _TRAINED,
    texts: list[Path] = _TEXTS,
    rows: list[Path] = _ROWS,
    objective: str = typer.Option("causal", "--objective", help=_OBJECTIVE),
    limit: int | None = typer.Option(None, min=1, help="Rows, and texts, at most, evenly spread."),
    length: int = typer.Option(512, min=8, help=LENGTH),
    answer: int = typer.Option(256, "--answer", min=1, help="Tokens of an answer at most."),
    show: int = typer.Option(0, min=0, help="Wrong answers to print, on stderr."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Measure a language model on held texts and dialogues, before and after its training.

    Perplexity of texts and of answers, and the share of answers that are the expected ones.
    """
    from typing import Any, cast

    from catalograph.embed.language_model.persistence import LearnedData
    from catalograph.embed.language_model.rows import read_dialogues, read_texts
    from catalograph.errors import InvalidInputError
    from catalograph.evaluation.language_model import evaluate_language_model

    if not texts and not rows:
        raise InvalidInputError("There is nothing to measure on; name --texts or --rows.")

    def spread(found: list[Any]) -> list[Any]:
        return found if limit is None else found[:: max(len(found) // limit, 1)][:limit]

    data = LearnedData(
        spread([one for file in texts for one in read_texts(file)]),
        spread([one for file in rows for one in read_dialogues(file)]),
    )
    found = evaluate_language_model(
        data,
        base,
        trained,
        objective=cast(Any, objective),
        length=length,
        most_tokens=answer,
        show=show,
        progress=say,
    )
    _print(found, [*texts, *rows], as_json=as_json)


def _print(rows: list["BenchmarkRow"], files: list[Path], *, as_json: bool) -> None:
    from catalograph.cli.eval_output import print_rows
    from catalograph.cli.output import print_table

    if as_json:
        print_rows("eval lm", files, 0, rows, as_json=True)
        return
    names = list(rows[0].metrics)
    table = [[name, *(f"{row.metrics[name]:.4g}" for row in rows)] for name in names]
    print_table(f"eval lm, {rows[0].n:,} examples", ["metric", *(r.model for r in rows)], table)
    for row in rows:
        print(f"{row.model}: {row.seconds:.1f} s; {row.peak_mb:.0f} MiB; {row.config['model']}")
