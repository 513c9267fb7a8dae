"""`catalograph train dialogues`: dialogues for a language model, where a shop has none."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalograph.cli.eval_output import JSON, say
from catalograph.cli.eval_search import CATALOG
from catalograph.cli.train_intent import FORM

if TYPE_CHECKING:
    from catalograph.embed.language_model.rows import Dialogue

_WORK = typer.Option(None, "--work", help="Folder to keep the graph in; a second run is quick.")
_TRAIN, _TEST = "train.jsonl", "test.jsonl"
_LEARNED_WORDINGS, _HELD_WORDINGS = ("tuned", "held"), ("fresh",)
_HELD_OUT = 5
"""One of so many dialogues is to test on."""
_PER_QUESTION = 2
"""Dialogues that a question gives, about."""


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("dialogues")(dialogues)


def dialogues(
    output: Path = typer.Option(..., "--output", help="Folder to write train and test files in."),
    catalog: Path | None = typer.Option(None, "--catalog", help=CATALOG),
    intents: Annotated[
        list[Path] | None, typer.Option("--intents", help=f"{FORM} May be repeated.")
    ] = None,
    packaged: bool = typer.Option(False, "--packaged", help="Learn the packaged intents, too."),
    count: int = typer.Option(10_000, min=20, max=10_000, help="Dialogues to learn from at most."),
    work: Path | None = _WORK,
    seed: int = typer.Option(0, min=0, help="Of everything random."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Make dialogues for `train lm` from a catalogue, and from labelled sentences.

    The assistant answers questions about the catalogue; right answers become requests for plans
    and for wordings, in the assistant's own words, and dialogues. The test has other wordings of
    the questions, and other sentences. Starts a Neo4j of its own for a catalogue.
    """
    from collections import Counter

    from catalograph.cli.output import print_json
    from catalograph.embed.language_model.rows import write_dialogues
    from catalograph.errors import InvalidInputError
    from catalograph.evaluation.dialogues import choose_dialogues

    if catalog is None and not intents and not packaged:
        raise InvalidInputError("There is nothing to make dialogues from; name a --catalog.")
    parts = _read_intents(intents or [], seed, packaged=packaged)
    if catalog is not None:
        from catalograph.cli.dialogue_rows import catalogue_dialogues

        asked = -(-count // (2 * _PER_QUESTION))
        for n, (wordings, share) in enumerate(
            ((_LEARNED_WORDINGS, asked), (_HELD_WORDINGS, -(-asked // _HELD_OUT)))
        ):
            first = seed + n * len(_LEARNED_WORDINGS)
            parts[n] += catalogue_dialogues(catalog, work, wordings, share, first, say)
    output.mkdir(parents=True, exist_ok=True)
    made = {}
    for name, part, most in zip((_TRAIN, _TEST), parts, (count, count // 4), strict=True):
        chosen = choose_dialogues(part, most, seed)
        write_dialogues(chosen, output / name)
        made[name] = dict(sorted(Counter(one.kind for one in chosen).items()))
    if as_json:
        print_json({"folder": str(output), "dialogues": made})
        return
    for name, kinds in made.items():
        told = ", ".join(f"{number:,} of {kind}" for kind, number in kinds.items())
        print(f"{output / name}: {told}")


def _read_intents(files: list[Path], seed: int, *, packaged: bool) -> "list[list[Dialogue]]":
    """Return questions for intents to learn from, and to test on."""
    from catalograph.assistant.intents import make_turns
    from catalograph.evaluation.categories import is_test
    from catalograph.evaluation.dialogues import intent_dialogues
    from catalograph.evaluation.intents import read_turns

    rows = [one for file in files for one in read_turns(file)]
    rows += make_turns(seed) if packaged else []
    made = intent_dialogues(rows)
    held = [is_test(row.text) for row in rows]
    return [[one for one, out in zip(made, held, strict=True) if out == test] for test in (0, 1)]
