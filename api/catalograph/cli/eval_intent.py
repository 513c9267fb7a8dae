"""`catalograph eval intent`: what is asked in a turn."""

from pathlib import Path

import typer

from catalograph.cli.eval_output import JSON, print_rows, say
from catalograph.cli.train_intent import ALONE, FORM

_TRAIN = typer.Option([], "--train", help=f"{FORM} May be repeated. Default: the packaged model.")
_TEST = typer.Option(
    None, "--test", help="File to measure on. Default: a fifth of train, by hash of the text."
)


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("intent")(intent)


def intent(
    train: list[Path] = _TRAIN,
    test: Path | None = _TEST,
    model: Path | None = typer.Option(None, "--model", help="File of `train intent` to measure."),
    alone: bool = typer.Option(False, "--alone", help=ALONE),
    seed: int = typer.Option(0, min=0, help="Of folds, copies, and sentences joined."),
    show: int = typer.Option(0, min=0, help="Turns read wrong to print, on stderr."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Tell the intent of sentences, and refuse sentences that have none of those learned.

    Rows whose intent is not learned have to be refused; where the test has none, a second model is
    trained without a fifth of the intents.
    """
    from catalograph.errors import InvalidInputError
    from catalograph.evaluation.intents import evaluate_intents

    if test is None and not train:
        raise InvalidInputError("There is nothing to measure on; name a file with --test.")
    if model is not None and train:
        raise InvalidInputError("--train and --model exclude each other.")
    rows = evaluate_intents(train, test, model, alone=alone, seed=seed, show=show, progress=say)
    print_rows("eval intent", [*train, *([test] if test else [])], seed, rows, as_json=as_json)
