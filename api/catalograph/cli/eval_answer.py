"""`catalograph eval questions` and `eval answer`: the assistant's answers, judged."""

from pathlib import Path
from typing import Literal

import typer

from catalograph.cli.eval_output import JSON, print_rows, say
from catalograph.cli.eval_search import CATALOG

_WORK = typer.Option(None, "--work", help="Folder to keep the graph in; a second run is quick.")


def register(group: typer.Typer) -> None:
    """Add this module's commands."""
    group.command("questions")(questions)
    group.command("answer")(answer)
    group.command("plan")(plan)


def questions(
    catalog: Path = typer.Option(..., "--catalog", help=CATALOG),
    output: Path = typer.Option(..., "--output", "-o", help="Folder to write."),
    work: Path | None = _WORK,
    count: int = typer.Option(100, min=10, max=5_000, help="Questions in each language."),
    templates: Literal["fresh", "held", "tuned"] = typer.Option(
        "fresh",
        help="Wordings: written after the answers, held out while they were written, or read then.",
    ),
    seed: int = typer.Option(0, min=0, help="Of the facts that are asked for."),
    language: Literal["en", "zh", "both"] = typer.Option("both", help="Of the questions."),
    hops: bool = typer.Option(
        False, "--hops", help="Questions over two or more edges, all with an answer."
    ),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Make questions about a catalogue, with documents, reviews and orders of a made-up shop.

    30 % of them have no answer: the fact is withheld. `eval answer` asks them.
    """
    from catalograph.cli.answer_quality import make_question_folder
    from catalograph.cli.output import print_json

    languages = ("en", "zh") if language == "both" else (language,)
    made = make_question_folder(
        catalog, output, work, count, templates, seed, languages, say, hops=hops
    )
    if as_json:
        print_json({"questions": made, "folder": str(output)})
    else:
        typer.echo(f"{made} questions in {output}")


def answer(
    catalog: Path = typer.Option(..., "--catalog", help=CATALOG),
    questions: Path = typer.Option(..., "--questions", help="File that `eval questions` writes."),
    work: Path | None = _WORK,
    limit: int | None = typer.Option(None, min=1, help="Ask only so many, evenly spread."),
    llm: bool = typer.Option(
        False, "--llm", help="Let the language model of the settings plan and word."
    ),
    show: int = typer.Option(0, min=0, help="Questions that are not right to print, on stderr."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Ask the assistant questions with known answers; count what is right, refused and proved.

    Starts a Neo4j of its own, reads the catalogue into it, and the documents, reviews and orders
    beside the questions, and removes the facts that the questions withhold.
    """
    from catalograph.cli.answer_quality import evaluate_answers

    rows = evaluate_answers(catalog, questions, work, say, show, limit, use_model=llm)
    print_rows("eval answer", [catalog, questions], 0, rows, as_json=as_json)


def plan(
    catalog: Path = typer.Option(..., "--catalog", help=CATALOG),
    questions: Path = typer.Option(..., "--questions", help="File that `eval questions` writes."),
    work: Path | None = _WORK,
    limit: int | None = typer.Option(None, min=1, help="Ask only so many, evenly spread."),
    llm: bool = typer.Option(
        False, "--llm", help="Let the language model of the settings plan every question as well."
    ),
    show: int = typer.Option(0, min=0, help="Plans that are not right to print, on stderr."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Plan questions with known plans; count how often both find the same rows.

    `rules` are the plans without a language model; with `--llm`, its plans of every question, and
    `both`: its plans where `ask(useModel: true)` asks for them.
    """
    from catalograph.cli.plan_quality import evaluate_plans

    rows = evaluate_plans(catalog, questions, work, say, show, limit, use_model=llm)
    print_rows("eval plan", [catalog, questions], 0, rows, as_json=as_json)
