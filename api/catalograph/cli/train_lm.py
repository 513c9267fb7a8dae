"""`catalograph train lm`: a language model of the shop's own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalograph.cli.eval_output import JSON, say

if TYPE_CHECKING:
    from catalograph.embed.language_model.persistence import LearnedData

BASE = "A transformers model: a name, a folder, a packaged encoder, or a GGUF file."
TEXTS = "File of texts: one a line, or JSON lines with `text`; may be repeated."
ROWS = "JSON lines with `messages`, or with `prompt` and `completion`; may be repeated."
LENGTH = "Tokens of an example at most."
_ADAPTERS = "lora, prefix, ia3, or full for all weights."
_OBJECTIVES = "instruct for dialogues; causal, seq2seq or mlm for texts, mlm for encoders."
_MERGE = "Also write base and adapter in one, for servers."


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("lm")(lm)


def lm(
    base: str = typer.Option(..., "--base", help=BASE),
    output: Path = typer.Option(..., "--output", help="Folder to keep the model in."),
    objective: str = typer.Option("instruct", "--objective", help=_OBJECTIVES),
    rows: Annotated[list[Path] | None, typer.Option("--rows", help=ROWS)] = None,
    texts: Annotated[
        list[Path] | None, typer.Option("--texts", help=f"{TEXTS} Default: those of the graph.")
    ] = None,
    reviews: bool = typer.Option(False, "--reviews", help="Of the graph, read reviews, too."),
    adapter: str = typer.Option("lora", "--adapter", help=_ADAPTERS),
    size: int = typer.Option(16, min=1, help="Rank of LoRA, or tokens of the prefix."),
    next_sentence: bool = typer.Option(
        False, "--next-sentence", help="With mlm, learn which halves of texts belong together."
    ),
    length: int = typer.Option(512, min=8, help=LENGTH),
    epochs: int = typer.Option(3, min=1, help="Passes over the examples at most."),
    steps: int = typer.Option(0, min=0, help="Steps in place of passes; 0 for none."),
    learning_rate: float = typer.Option(0.0, min=0, help="0 for the usual one of the adapter."),
    batch: int = typer.Option(8, min=1, help="Examples at a time in each process."),
    accumulation: int = typer.Option(1, min=1, help="Batches in each step."),
    warmup: float = typer.Option(0.1, min=0, max=0.99, help="Share of steps with a rising rate."),
    clip: float = typer.Option(1.0, min=0, help="Largest norm of a gradient."),
    validation: float = typer.Option(0.1, min=0, max=0.9, help="Share kept for early stopping."),
    checks: int = typer.Option(10, min=1, help="Validations and checkpoints of the training."),
    patience: int = typer.Option(3, min=1, help="Validations without a gain before stopping."),
    checkpointing: bool = typer.Option(
        False, "--checkpointing", help="Compute activations again, to save memory."
    ),
    minutes: float | None = typer.Option(None, min=0.05, help="Stop after so long; run to go on."),
    merge: bool = typer.Option(False, "--merge", help=_MERGE),
    seed: int = typer.Option(0, min=0, help="Of everything random."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Train a language model further, on texts or dialogues.

    A training that was stopped goes on when the same command is run again. Under torchrun, several
    processes share each step.
    """
    given = dict(locals())  # options of training have the names of its settings
    from dataclasses import fields

    from catalograph.embed.language_model.persistence import train_language_model
    from catalograph.embed.language_model.settings import LanguageModelSettings
    from catalograph.embed.processes import choose_device, is_first, process_group

    names = {one.name for one in fields(LanguageModelSettings)}
    settings = LanguageModelSettings(**{name: given[name] for name in names & set(given)})
    data = _read_data(objective, rows or [], texts or [], reviews=reviews)
    with process_group(choose_device("auto")):
        card = train_language_model(
            data, output, settings, minutes=minutes, merge=merge, progress=say
        )
        if is_first():
            _say(card, output, as_json=as_json)


def _read_data(
    objective: str, rows: list[Path], texts: list[Path], *, reviews: bool
) -> "LearnedData":
    from catalograph.embed.language_model.persistence import LearnedData
    from catalograph.embed.language_model.rows import read_dialogues, read_texts
    from catalograph.errors import InvalidInputError
    from catalograph.settings import load_settings
    from catalograph.store import open_store

    source = ", ".join(file.name for file in rows or texts)
    if objective == "instruct":
        if texts or not rows:
            raise InvalidInputError(
                "Dialogues are learned from --rows; `catalograph train dialogues` makes some from "
                "a catalogue. Texts need another --objective: causal, seq2seq or mlm."
            )
        dialogues = [one for file in rows for one in read_dialogues(file)]
        return LearnedData(dialogues=dialogues, source=source)
    if rows:
        raise InvalidInputError("--rows are learned by --objective instruct; name --texts.")
    if texts:
        return LearnedData([one for file in texts for one in read_texts(file)], source=source)
    from catalograph.embed.language_model.graph_texts import read_graph_texts

    with open_store(load_settings(), read_only=True) as store:
        found = read_graph_texts(store.connection, reviews=reviews)
    return LearnedData(
        found, source="products, documents and reviews" if reviews else "products and documents"
    )


def _say(card: dict[str, Any], output: Path, *, as_json: bool) -> None:
    from catalograph.cli.output import print_json

    if as_json:
        print_json(card)
        return
    before, after = card["metrics"]["validation_before"], card["metrics"]["validation"]
    told = "" if after is None else f", validation loss {before:.4f} before, {after:.4f} after"
    on = "" if card["finished"] else " Stopped by the time; run the same command to go on."
    print(f"{card['steps']} steps{told}; kept in {output}, see model/card.md.{on}")
