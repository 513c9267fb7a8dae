"""`catalograph train intent`: learn what is asked from labelled sentences."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from catalograph.cli.eval_output import JSON, say

if TYPE_CHECKING:
    from catalograph.assistant.intents import LabelledTurn

ALONE = "Learn from the files alone, without packaged sentences beside them."
FORM = "Rows with `utterance` and `intent`, as Bitext's; tab or comma separated, or JSON lines."
_FILES = typer.Argument(
    None, metavar="[FILE…]", help=f"{FORM} Without files, the packaged model is made again."
)
_TEACHER = (
    "Folder of `train lm` that learned these intents; it labels the sentences of --unlabelled."
)
_UNLABELLED = typer.Option(
    [], "--unlabelled", help="Files of sentences, one a line or JSON lines with `text`."
)


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("intent")(intent)


def intent(
    files: list[Path] | None = _FILES,
    output: Path = typer.Option(..., "--output", help="File to keep the model in."),
    alone: bool = typer.Option(False, "--alone", help=ALONE),
    teacher: Path | None = typer.Option(None, "--teacher", help=_TEACHER),
    unlabelled: list[Path] = _UNLABELLED,
    seed: int = typer.Option(0, min=0, help="Of packaged sentences, folds and copies."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Learn intents from English sentences; Chinese is read by glosses.

    Packaged sentences are learned beside those of the files, also of intents that the files lack.
    A server reads the model that
    CATALOGRAPH_API__INTENTS names.
    """
    from catalograph.assistant.intents import train_intents
    from catalograph.cli.output import print_json
    from catalograph.evaluation.intents import read_turns, with_packaged
    from catalograph.ml.encoders import PACKAGED_MODEL, load_encoder
    from catalograph.settings import load_settings

    given = [one for file in files or () for one in read_turns(file)]
    if teacher is not None:
        given += _ask_teacher(teacher, given, unlabelled)
    rows = with_packaged(given, seed, same=not alone, lacking=not alone)
    encoder = load_encoder(load_settings(), name=PACKAGED_MODEL)
    model = train_intents(rows, encoder, PACKAGED_MODEL, seed=seed, progress=say)
    model.save(output)
    card = model.card
    if as_json:
        print_json(
            {"out": str(output), "intents": model.intents, "cut": card.english.cut} | card.training
        )
        return
    told = card.training
    print(
        f"{len(model.intents)} intents from {told['rows']:,} sentences; of those left out "
        f"{told['read_right']:.1%} read right, of unknown intents "
        f"{told['unknown_rejected']:.1%} refused; kept in {output}."
    )


def _ask_teacher(
    teacher: Path, given: "list[LabelledTurn]", files: list[Path]
) -> "list[LabelledTurn]":
    """Return sentences labelled by a language model; the student learns what it answers."""
    from catalograph.embed.language_model.persistence import load_trained
    from catalograph.embed.language_model.rows import read_texts
    from catalograph.errors import InvalidInputError
    from catalograph.evaluation.dialogues import label_turns

    if not given or not files:
        raise InvalidInputError("A --teacher needs labelled files, and sentences by --unlabelled.")
    texts = [text for file in files for text in read_texts(file)]
    found = label_turns(load_trained(teacher), texts, [row.intent for row in given])
    say(f"The teacher labelled {len(found):,} of {len(texts):,} sentences.")
    return found
