"""Quality of query plans, by questions with known plans about a real graph."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from catalograph.api import create_app
from catalograph.api.assistant_query import open_reader, read_vocabulary
from catalograph.api.auth import ALL_SCOPES, Principal
from catalograph.api.context import Context
from catalograph.assistant.answers import (
    Answer,
    AnswerStatus,
    answer_in_steps,
    answer_planned,
    language_of_question,
    may_plan,
)
from catalograph.assistant.planning import plan_turn
from catalograph.assistant.query_understanding import SearchVocabulary
from catalograph.cli.answer_quality import (
    Say,
    find_source,
    ingest_beside,
    open_question_graph,
    spread_evenly,
    withhold_facts,
)
from catalograph.cli.wording_model import GatewayModel, open_wording_model
from catalograph.errors import EvaluationDataError
from catalograph.evaluation.questions import (
    PlanJudgement,
    QuestionRow,
    is_cited,
    read_questions,
    read_rows,
)
from catalograph.ml.live_encoder import LiveTextEncoder
from catalograph.ml.profiling import BenchmarkRow, Profiler
from catalograph.schema import keys
from catalograph.schema.query_plan import parse_plan, write_plan
from catalograph.settings import Settings, load_settings

RULES, BOTH = "rules", "both"


def evaluate_plans(
    catalog: Path,
    questions: Path,
    work: Path | None,
    say: Say,
    show: int,
    limit: int | None = None,
    *,
    use_model: bool = False,
) -> list[BenchmarkRow]:
    """Plan questions about a catalogue and the documents, reviews and orders beside the file.

    Args:
        catalog: file that `ingest_catalog` reads.
        questions: file of questions; those with an answer and a plan or sources count.
        work: folder to keep the graph of the catalogue in; None keeps nothing.
        say: callback that receives the current step.
        show: largest number of plans that are not right to print.
        limit: number of questions, spread evenly over the file; None for all.
        use_model: whether the language model of the settings plans every question too.

    Raises:
        EvaluationDataError: a file cannot be used, or no question has a plan.
        MissingSettingError: a language model is asked for, and none is configured.
    """
    every = read_questions(questions)
    planned = [row for row in every if row.answerable and (row.plan or row.sources)]
    if not any(row.plan for row in planned):
        raise EvaluationDataError(
            f"No question of '{questions}' has a 'plan'. Make them by `catalograph eval questions`."
        )
    rows = spread_evenly(planned, limit)
    model = open_wording_model(load_settings()) if use_model else None
    with open_question_graph(catalog, work, say, copy=True) as (settings, connection):
        source = find_source(connection)
        ingest_beside(questions.parent, settings, source)
        withhold_facts(connection, every)
        connection.execute("CALL db.awaitIndexes(600)")
        with Profiler() as watch:
            judgement = asyncio.run(_judge_all(settings, rows, source, model, say))
    for row, maker, made in judgement.errors[:show]:
        say(f"{maker} | {row.kind} | {row.question}\n    {made}\n    expected {row.plan}")
    makers = [RULES] if model is None else [RULES, model.name, BOTH]
    return [watch.row(maker, judgement.measures(maker), len(rows), {}) for maker in makers]


async def _judge_all(
    settings: Settings,
    rows: Sequence[QuestionRow],
    source: str,
    model: GatewayModel | None,
    say: Say,
) -> PlanJudgement:
    judgement = PlanJudgement()
    app = create_app(settings, LiveTextEncoder(settings, lambda: None, threads=1))
    async with app.router.lifespan_context(app):
        context = Context(app.state.services, Principal("evaluation", frozenset(ALL_SCOPES)))
        vocabulary = await read_vocabulary(context)
        for number, row in enumerate(rows, 1):
            # Orders and reviews name users of the catalogue that their products are in.
            user = row.user and keys.user_key(source, row.user, settings.user_hmac_key)
            answers = await _plan(context, vocabulary, row, user, model)
            for maker, answer in answers.items():
                right = await _is_right(context, vocabulary, row, user, answer)
                plans = [] if answer is None else [write_plan(plan) for plan in answer.plans]
                judgement.judge(row, maker, plans, right=right)
            if model is not None:
                say(f"{number} of {len(rows)} questions")
    return judgement


async def _plan(
    context: Context,
    vocabulary: SearchVocabulary,
    row: QuestionRow,
    user: str | None,
    model: GatewayModel | None,
) -> dict[str, Answer | None]:
    """Return the answer of each maker's plans."""
    turn = await context.services.intents.understand(row.question, vocabulary)
    reader = open_reader(context, vocabulary, user)
    language = language_of_question(row.question, vocabulary)
    rules = await answer_planned(plan_turn(turn, vocabulary), reader, language)
    if model is None:
        return {RULES: rules}
    steps = await answer_in_steps(turn, vocabulary, reader, model, language)
    helped = rules.status in (AnswerStatus.UNKNOWN, AnswerStatus.UNCLEAR)
    helped = helped and may_plan(turn, vocabulary, rules.plans)
    return {RULES: rules, model.name: steps, BOTH: steps if helped and steps else rules}


async def _is_right(
    context: Context,
    vocabulary: SearchVocabulary,
    row: QuestionRow,
    user: str | None,
    answer: Answer | None,
) -> bool:
    """Return whether the last plan finds the rows of the right one, or a wanted source."""
    if answer is None or not answer.plans:
        return False
    if row.plan is None:
        return is_cited(row, [one.key for one in answer.sources])
    reader = open_reader(context, vocabulary, user)
    wanted = await read_rows(parse_plan(row.plan), reader)
    return await read_rows(answer.plans[-1], reader) == wanted
