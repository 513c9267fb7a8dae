"""Dialogues from a catalogue: the assistant is asked, and its right answers are learned from."""

import asyncio
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from catalograph.assistant.intents.live_intents import LiveIntents
from catalograph.assistant.query_understanding import SearchVocabulary
from catalograph.cli.answer_quality import (
    QUESTIONS,
    ask_questions,
    find_source,
    ingest_beside,
    make_question_folder,
    open_question_graph,
    withhold_facts,
)
from catalograph.cli.search_quality import open_work_folder
from catalograph.embed.language_model.rows import Dialogue
from catalograph.evaluation.dialogues import (
    AnsweredQuestion,
    is_learnable,
    plan_dialogue,
    shop_dialogues,
    wording_dialogue,
)
from catalograph.evaluation.questions import QuestionRow, read_questions
from catalograph.settings import Settings
from catalograph.store.queries.vocabulary import read_vocabulary_now

Say = Callable[[str], None]
_LANGUAGES = ("en", "zh")


def catalogue_dialogues(
    catalog: Path, work: Path | None, templates: Sequence[str], questions: int, seed: int, say: Say
) -> list[Dialogue]:
    """Ask the assistant questions about a catalogue; return what its right answers teach.

    Args:
        catalog: file that `ingest_catalog` reads.
        work: folder to keep the graph in; None keeps nothing.
        templates: names of sets of wordings; the questions are shared out among them.
        questions: number of questions in each language at most.
        seed: seed of the questions.
        say: callback that receives the current step.

    Returns:
        Requests for plans and for wordings, by the assistant's prompts, and dialogues.

    Raises:
        EvaluationDataError: the catalogue cannot be used.
        MissingExtraError: the extra `client` is not installed.
    """
    found: list[Dialogue] = []
    with open_work_folder(work) as home:
        for n, name in enumerate(templates):
            folder = home / f"questions-{name}"
            shutil.rmtree(folder, ignore_errors=True)
            share = -(-questions // len(templates))
            make_question_folder(
                catalog, folder, home, share, name, seed + n, _LANGUAGES, say, exact=False
            )
            made = _ask_folder(catalog, folder, home, seed, say)
            say(f"{name}: {len(made):,} dialogues.")
            found += made
    return found


def _ask_folder(catalog: Path, folder: Path, home: Path, seed: int, say: Say) -> list[Dialogue]:
    rows = read_questions(folder / QUESTIONS)
    with open_question_graph(catalog, home, say, copy=True) as (settings, connection):
        source = find_source(connection)
        ingest_beside(folder, settings, source)
        withhold_facts(connection, rows)
        connection.execute("CALL db.awaitIndexes(600)")
        vocabulary = SearchVocabulary(*read_vocabulary_now(connection))
        return asyncio.run(_ask_all(settings, vocabulary, rows, source, seed))


async def _ask_all(
    settings: Settings,
    vocabulary: SearchVocabulary,
    rows: Sequence[QuestionRow],
    source: str,
    seed: int,
) -> list[Dialogue]:
    intents = LiveIntents(settings, None, None)
    answered: list[AnsweredQuestion] = []
    found: list[Dialogue | None] = []
    async for row, answer, _ in ask_questions(settings, rows, source):
        if not is_learnable(row, answer):
            continue
        one = AnsweredQuestion(row, answer)
        answered.append(one)
        if row.answerable:
            turn = await intents.understand(row.question, vocabulary)
            found += [plan_dialogue(turn, vocabulary, one), await wording_dialogue(one)]
    return [one for one in found if one is not None] + shop_dialogues(answered, seed)
