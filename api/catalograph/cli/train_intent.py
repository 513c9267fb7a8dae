"""`catalograph train intent`: learn what is asked from labelled sentences."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from catalograph.cli.eval_output import JSON, say

if TYPE_CHECKING:
    from catalograph.assistant.intents import LabelledTurn
    from catalograph.ml.softmax_head import HeadWeights
    from catalograph.schema import TextEncoder

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

_ROWS = "Write the files' sentences as numbers, for `federate weights`, and train nothing."
_AVERAGE = (
    "File of `federate weights`: begin at the average of several shops, if that reads no fewer of "
    "the files' held-out sentences rightly; else nothing is kept, and the command ends with 1."
)


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("intent")(intent)


def intent(
    files: list[Path] | None = _FILES,
    output: Path | None = typer.Option(None, "--output", help="File to keep the model in."),
    rows_file: Path | None = typer.Option(None, "--rows", help=_ROWS),
    average: Path | None = typer.Option(None, "--average", help=_AVERAGE),
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
    from catalograph.errors import ConfigError
    from catalograph.evaluation.intents import read_turns, with_packaged
    from catalograph.ml.encoders import PACKAGED_MODEL, load_encoder
    from catalograph.ml.softmax_head import HeadWeights
    from catalograph.settings import load_settings

    given = [one for file in files or () for one in read_turns(file)]
    if teacher is not None:
        given += _ask_teacher(teacher, given, unlabelled)
    if (output is None) == (rows_file is None) or (rows_file and average):
        raise ConfigError("Give --output, or --rows alone.")
    encoder = load_encoder(load_settings(), name=PACKAGED_MODEL)
    if output is None:
        _write_rows(given, encoder, rows_file, as_json=as_json)
        return
    start = None if average is None else HeadWeights.load(average)
    told = {} if start is None else _require_better(given, encoder, start, as_json=as_json)
    rows = with_packaged(given, seed, same=not alone, lacking=not alone)
    model = train_intents(rows, encoder, PACKAGED_MODEL, seed=seed, progress=say, average=start)
    model.save(output)
    card = model.card
    if as_json:
        made = {"out": str(output), "intents": model.intents, "cut": card.english.cut}
        print_json(made | card.training | told)
        return
    told = card.training
    print(
        f"{len(model.intents)} intents from {told['rows']:,} sentences; of those left out "
        f"{told['read_right']:.1%} read right, of unknown intents "
        f"{told['unknown_rejected']:.1%} refused; kept in {output}."
    )


def _write_rows(
    given: "list[LabelledTurn]", encoder: "TextEncoder", file: Path | None, *, as_json: bool
) -> None:
    """Write the sentences as numbers for an average with other shops."""
    from catalograph.assistant.intents.federated import head_rows
    from catalograph.cli.output import print_json
    from catalograph.ml.encoders import PACKAGED_MODEL

    if file is None:
        return
    rows = head_rows(given, encoder, PACKAGED_MODEL)
    rows.save(file)
    if as_json:
        print_json({"out": str(file), "rows": len(rows.targets), "intents": rows.labels})
        return
    print(f"{len(rows.targets):,} sentences of {len(rows.labels)} intents; kept in {file}.")


def _require_better(
    given: "list[LabelledTurn]", encoder: "TextEncoder", start: "HeadWeights", *, as_json: bool
) -> dict[str, float]:
    """End with 1 where the average of the shops is worse here; else return the figures."""
    from catalograph.assistant.intents.federated import judge_average
    from catalograph.cli.output import print_json
    from catalograph.ml.encoders import PACKAGED_MODEL

    found = judge_average(given, encoder, PACKAGED_MODEL, start)
    told = {"alone": found.alone, "together": found.together, "held_out": found.sentences}
    said = (
        f"Of {found.sentences:,} held-out sentences {found.together:.1%} are read rightly with the "
        f"average, {found.alone:.1%} without."
    )
    if not found.passed:
        if as_json:
            print_json({"out": None} | told)
        else:
            print(f"{said} It is not used.")
        raise typer.Exit(1)
    say(said)
    return told


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
