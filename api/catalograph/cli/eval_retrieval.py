"""`catalograph eval retrieval`: finding the passage that answers a question."""

from pathlib import Path

import typer

from catalograph.cli.eval_output import JSON, print_rows, say

_FILES = typer.Argument(
    ...,
    metavar="FILE…",
    help="Rows with `question` and `answer`. With `asked`, the question in other words (one or a "
    "list), passages hold question and answer; without it the answer alone, and the question is "
    "asked. A column `asin`, `product` or `product_id` names the product that a row is about.",
)
_WORK = typer.Option(None, "--work", help="Folder to keep the graph in; a second run is quick.")
_PART = typer.Option(
    "all", "--part", help="Questions to ask: all, dev (a fifth, by hash) or rest (the others)."
)


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("retrieval")(retrieval)


def retrieval(
    files: list[Path] = _FILES,
    part: str = _PART,
    limit: int | None = typer.Option(None, "--limit", min=1, help="Questions to ask, by hash."),
    tune: bool = typer.Option(False, "--tune", help="Measure weights of words in the sum."),
    work: Path | None = _WORK,
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Find the passage that answers each question: by BM25, by vectors, and by both.

    Starts a Neo4j of its own, writes all answers into it and sends the statement that the API
    sends. BM25 is Lucene's, as Neo4j runs it: with English stems, or pairs of Chinese characters.
    """
    from catalograph.cli.search_quality import open_work_folder
    from catalograph.errors import InvalidInputError
    from catalograph.evaluation.retrieval import (
        QuestionSplit,
        choose_questions,
        evaluate_retrieval,
        read_questions,
    )
    from catalograph.settings import load_settings
    from catalograph.store import connect, migrate
    from catalograph.store.managed_server import child_server

    if part not in set(QuestionSplit):
        raise InvalidInputError(f"--part is '{part}'; it must be {', '.join(QuestionSplit)}.")
    questions = read_questions(files)
    asked = choose_questions(questions, QuestionSplit(part), limit)
    with (
        open_work_folder(work) as home,
        child_server(load_settings(home=home), home / "server") as server,
        connect(server.settings) as connection,
    ):
        migrate(connection, server.settings.user_secret_fingerprint)
        rows = evaluate_retrieval(
            server.settings, connection, questions, asked, tune=tune, progress=say
        )
    print_rows("eval retrieval", files, 0, rows, as_json=as_json)
